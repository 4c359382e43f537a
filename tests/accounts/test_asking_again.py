"""Pages that ask again: fifteen minutes after signing in they want proof that it is still the same person."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path, reverse

from accounts.reauthentication import asks_again
from shop.urls import urlpatterns as site_urls
from tests import cast

pytestmark = pytest.mark.django_db


@asks_again
def payout_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("6222 0200 0000 0000")


urlpatterns = [path("payout/", payout_page), *site_urls]


@pytest.fixture(autouse=True)
def a_guarded_page() -> object:
    with override_settings(ROOT_URLCONF=__name__):
        yield


def age(client: Client, seconds: float) -> None:
    """Let what the session knows of the last proof be so many seconds older."""
    session = client.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [{**record, "at": record["at"] - seconds} for record in records]
    session.save()


def test_whoever_just_signed_in_is_let_through() -> None:
    client = cast.signed_in_client(cast.make_user())
    answer = client.get("/payout/")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


def test_a_quarter_of_an_hour_later_they_are_asked_and_come_back() -> None:
    client = cast.signed_in_client(cast.make_user())
    age(client, 15 * 60)
    answer = client.get("/payout/?year=2026")
    where = urlsplit(answer["Location"])
    assert (answer.status_code, where.path) == (302, reverse("account_reauthenticate"))
    assert parse_qs(where.query)["next"] == ["/payout/?year=2026"]
    answer = client.post(answer["Location"], {"password": cast.PASSWORD})
    assert answer["Location"] == "/payout/?year=2026"
    assert client.get("/payout/").status_code == 200


def test_a_wrong_password_opens_nothing() -> None:
    client = cast.signed_in_client(cast.make_user())
    age(client, 3600)
    client.post(reverse("account_reauthenticate"), {"password": "not-this-one-2026"})
    assert client.get("/payout/").status_code == 302


def test_a_form_that_comes_too_late_leads_back_to_its_page_and_is_not_kept() -> None:
    client = cast.signed_in_client(cast.make_user())
    age(client, 3600)
    answer = client.post("/payout/", {"account": "6222020000000001"}, headers={"Referer": "http://testserver/orders/"})
    assert parse_qs(urlsplit(answer["Location"]).query)["next"] == ["/orders/"]
    assert "6222020000000001" not in str(dict(client.session))
    answer = client.post("/payout/", headers={"Referer": "https://evil.example/orders/"})
    assert parse_qs(urlsplit(answer["Location"]).query)["next"] == [reverse("account_home")]


def test_a_visitor_signs_in_first(client: Client) -> None:
    answer = client.get("/payout/")
    assert answer["Location"].startswith(reverse("account_login"))


def test_a_proof_counts_for_its_own_user_alone() -> None:
    client = cast.signed_in_client(cast.make_user())
    session = client.session
    session["account_authentication_methods_user"] = str(cast.make_user().pk)
    session.save()
    assert client.get("/payout/").status_code == 302


def test_whoever_cannot_be_asked_signs_in_again() -> None:
    user = cast.make_user()
    user.set_unusable_password()
    user.save()
    client = cast.signed_in_client(user)
    age(client, 3600)
    answer = client.get("/payout/")
    assert answer["Location"].startswith(reverse("account_login"))
    assert "_auth_user_id" not in client.session


def test_the_second_factors_pages_ask_too() -> None:
    client = cast.signed_in_client(cast.make_user())
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    age(client, 3600)
    answer = client.get(reverse("mfa_activate_totp"))
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
