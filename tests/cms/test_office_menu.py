"""The goods of the county in the office's menu: each page for whoever may open it, and for nobody else."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from cms.office_menu import NAME, goods_menu
from stations.models import Posting, Region, Role
from tests.cast import make_user
from tests.cms.conftest import signed_in

PAGES = ("reviews", "licences", "brands", "rules", "grades", "recalls", "wanted")


def entries(user: User) -> list[str]:
    """The addresses of the submenu, as the office's own page has them."""
    page = signed_in(user).get("/office/", follow=True).content.decode()
    assert (f'"{NAME}"' in page or f"&quot;{NAME}&quot;" in page) == (goods_menu(user) is not None)
    return list(dict.fromkeys(re.findall(r"/desk/[a-z]+/", page)))


def test_an_official_finds_all_of_them_and_may_open_each(editor: User) -> None:
    found = entries(editor)
    assert found == [reverse(f"desk_{name}") for name in PAGES]
    client = signed_in(editor)
    assert {address: client.get(address).status_code for address in found} == dict.fromkeys(found, 200)


def test_they_speak_the_offices_language(editor: User) -> None:
    for language, label, first in (
        ("zh-hans", "全县商品", "商品审核"),
        ("en", "Goods of the county", "Goods to review"),
    ):
        with translation.override(language):
            menu = goods_menu(editor)
            assert menu is not None and menu.label == label
            item = menu.menu.menu_items_for_request(None)[0]
            assert (item.label, item.url) == (first, reverse("desk_reviews"))


def test_a_moderator_finds_none(moderator: User) -> None:
    assert entries(moderator) == []


def test_an_official_of_the_prefecture_finds_what_is_read_there(moderator: User) -> None:
    Posting.objects.create(
        user=moderator, role=Role.PREFECTURE_OFFICIAL, region=Region.objects.get(code="430400000000"),
        starts_on=timezone.localdate(),
    )  # fmt: skip
    assert entries(User.objects.get(pk=moderator.pk)) == [
        reverse(f"desk_{name}") for name in ("grades", "recalls", "wanted")
    ]


def test_an_official_whose_posting_ended_finds_none(editor: User) -> None:
    editor.postings.update(ends_on=timezone.localdate(), starts_on=timezone.localdate())
    assert goods_menu(User.objects.get(pk=editor.pk)) is None


@pytest.mark.django_db
def test_the_operator_finds_all_of_them() -> None:
    operator = make_user("operator@daylily.example", name="运营", is_staff=True, is_superuser=True)
    assert entries(operator) == [reverse(f"desk_{name}") for name in PAGES]
