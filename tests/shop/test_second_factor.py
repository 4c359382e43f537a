"""Whoever answers for others needs a second factor; the demo and the suite waive it, so these tests ask for it."""

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from stations.models import Role
from tests import cast

pytestmark = pytest.mark.django_db
PLACES = (
    "/desk/", "/en/desk/", "/desk/stores/", "/volume/430426/", "/en/volume/430426/", "/office/", "/office/pages/", "/admin/",
    "/admin/accounts/user/",
)  # fmt: skip
WHO: dict[str, Callable[[], User]] = {
    "centre": lambda: cast.make_clerk(cast.Stations().centre),
    "county": cast.make_official,
    "prefecture": lambda: cast.make_official("430400000000", Role.PREFECTURE_OFFICIAL),
    "province": lambda: cast.make_official("430000000000", Role.PROVINCE_OFFICIAL),
    "operator": cast.make_operator,
}


@pytest.fixture(autouse=True)
def as_in_production(settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True


def sent_away(user: User, path: str, method: str = "get") -> bool:
    client = Client()
    client.force_login(user)
    response = getattr(client, method)(path)
    return bool(response.status_code == 302 and response["Location"].endswith(reverse("mfa_index")))


@pytest.mark.parametrize("role", WHO)
def test_every_place_of_work_is_closed_without_a_second_factor(role: str) -> None:
    person = WHO[role]()
    for path in PLACES:
        for method in ("get", "post"):
            assert sent_away(person, path, method), (method, path)


@pytest.mark.parametrize("role", WHO)
def test_and_open_with_one(role: str) -> None:
    person = WHO[role]()
    TOTP.activate(person, generate_totp_secret())
    assert not [path for path in PLACES if sent_away(person, path)]


def test_recovery_codes_alone_are_none() -> None:
    official = cast.make_official()
    RecoveryCodes.activate(official)
    assert sent_away(official, "/volume/430426/")


def test_a_passkey_is_one() -> None:
    official = cast.make_official()
    Authenticator.objects.create(user=official, type=Authenticator.Type.WEBAUTHN, data={"name": "x", "credential": {}})
    assert not sent_away(official, "/volume/430426/")


def test_village_staff_and_buyers_need_none() -> None:
    qidong = cast.Stations()
    assert not sent_away(cast.make_clerk(qidong.point), "/desk/")
    assert not sent_away(cast.make_user(), "/orders/")


def test_a_place_that_was_left_open_for_them_is_their_own_account() -> None:
    """They get to where it is set up, to their account, and out."""
    official = cast.make_official()
    for name in ("mfa_index", "account", "account_logout"):
        assert not sent_away(official, reverse(name))


def test_the_demo_says_where_it_is_waived(settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED, settings.DEMO = False, True
    official, operator = Client(), Client()
    official.force_login(cast.make_official())
    operator.force_login(cast.make_operator())
    for client, path in ((official, "/desk/"), (official, "/volume/430426/"), (operator, "/office/")):
        assert "此处免两步验证" in client.get(path).content.decode(), path
    assert "免两步验证" not in official.get("/").content.decode()
