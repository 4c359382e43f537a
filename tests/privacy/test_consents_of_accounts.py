"""Consents of account holders: none is ticked beforehand, each is on record with the words it was given to."""

import pytest
from django.test import Client

from accounts.consents import NOTICE_VERSION, give_consent, withdraw_consent
from accounts.models import Address, Consent, ConsentPurpose, User
from orders.addresses import remember_address
from tests.cast import make_user, signed_in_client
from tests.orders.scene import make_scene, to_the_door

pytestmark = pytest.mark.django_db
NEW = {"email": "xinren@daylily.example", "password1": "huanghua-2026-hao"}


def test_without_the_tick_there_is_no_account(client: Client) -> None:
    answer = client.post("/account/signup/", NEW)
    assert "/privacy/" in answer.content.decode()
    assert not User.objects.filter(email=NEW["email"]).exists()


def test_the_tick_is_on_record_with_its_words(client: Client) -> None:
    assert "checked" not in client.get("/account/signup/").content.decode()
    client.post("/account/signup/", {**NEW, "consent": "on"})
    consent = Consent.objects.get(user__email=NEW["email"])
    assert (consent.purpose, consent.version) == (ConsentPurpose.ACCOUNT, NOTICE_VERSION)


def test_given_twice_it_stands_once() -> None:
    user = make_user()
    first = give_consent(by=user, purpose=ConsentPurpose.ADDRESSES)
    assert give_consent(by=user, purpose=ConsentPurpose.ADDRESSES) == first
    withdraw_consent(by=user, purpose=ConsentPurpose.ADDRESSES)
    assert give_consent(by=user, purpose=ConsentPurpose.ADDRESSES) != first


def test_remembering_an_address_is_ticked_beforehand_only_by_whoever_agreed() -> None:
    scene, user = make_scene(), make_user("buyer@daylily.example", name="刘敏")
    client = signed_in_client(user)
    client.post("/cart/add/", {"variant": scene.daylily.pk, "quantity": 1})
    assert 'name="keep" id="id_keep" checked' not in _tick(client)
    remember_address(by=user, choice=to_the_door())
    assert Consent.objects.filter(user=user, purpose=ConsentPurpose.ADDRESSES, withdrawn_at=None).exists()
    assert "checked" in _tick(client)
    withdraw_consent(by=user, purpose=ConsentPurpose.ADDRESSES)
    assert not Address.objects.filter(user=user).exists()
    assert "checked" not in _tick(client)


def _tick(client: Client) -> str:
    """The tick of the checkout, as it is written in the page."""
    page = client.get("/checkout/").content.decode()
    before, _name, after = page.partition('name="keep"')
    return before[before.rindex("<") :] + 'name="keep"' + after[: after.index(">")]
