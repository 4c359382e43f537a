"""Whoever opens the address that a form was sent to finds a page with a way back."""

import pytest
from django.test import Client
from django.utils.translation import override

from shop.methods import page_above
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("prefix", "words"), [("", "回到原页面"), ("/en", "Back to the page")])
def test_a_way_back(prefix: str, words: str) -> None:
    qidong = cast.Stations()
    client = Client()
    client.force_login(cast.make_clerk(qidong.township))
    store = cast.make_store(qidong.point)
    response = client.get(f"{prefix}/desk/stores/{store.slug}/return/")
    text = response.content.decode()
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert words in text
    assert f'href="{prefix}/desk/stores/{store.slug}/"' in text
    head = client.head(f"{prefix}/desk/stores/{store.slug}/return/")
    assert (head.status_code, head.content) == (405, b"")


@pytest.mark.parametrize(
    ("path", "above"),
    [
        ("/my-store/430426-1/resume/", "/my-store/"),
        ("/en/desk/people/7/end/", "/en/desk/people/7/"),
        ("/desk/stations/430426C/resume/", "/desk/stations/430426C/"),
        ("/nothing/", ""),
        ("/en/nothing/", ""),
    ],
)
def test_the_page_above(path: str, above: str) -> None:
    with override("en" if path.startswith("/en/") else "zh-hans"):
        assert page_above(path) == above
