"""Whoever answers for others needs a second factor; the demo and the suite waive it, so these tests ask for it."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def as_in_production(settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True


def sent_away(user: User, path: str) -> bool:
    client = Client()
    client.force_login(user)
    response = client.get(path)
    return response.status_code == 302 and "/2fa/" in response["Location"]


def test_centre_officials_and_operators_set_one_up_first() -> None:
    qidong = cast.Stations()
    for person in (cast.make_clerk(qidong.centre), cast.make_official(), cast.make_operator()):
        for path in ("/desk/", "/en/desk/", "/volume/430426/", "/office/", "/admin/"):
            assert sent_away(person, path), (person, path)


def test_with_one_they_go_on() -> None:
    official = cast.make_official()
    Authenticator.objects.create(user=official, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert not sent_away(official, "/volume/430426/")


def test_village_staff_and_buyers_need_none() -> None:
    qidong = cast.Stations()
    assert not sent_away(cast.make_clerk(qidong.point), "/desk/")
    assert not sent_away(cast.make_user(), "/orders/")
