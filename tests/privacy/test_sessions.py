"""Sessions lie sealed in Redis, each for its own key; one that can't be opened is a sign-in more, and no error."""

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from shop.sessions import SessionStore
from tests.cast import make_user, signed_in_client
from tests.privacy.searching import places_in_redis


@pytest.fixture
def kept() -> SessionStore:
    session = SessionStore()
    session["mail"] = "dongguo.qing@mail.example"
    session.create()
    session.save()
    return session


def test_what_is_in_it_comes_back_and_is_not_in_redis(kept: SessionStore) -> None:
    assert SessionStore(kept.session_key)["mail"] == "dongguo.qing@mail.example"
    assert places_in_redis("dongguo", "mail.example") == []


def test_a_session_copied_to_another_key_is_none(kept: SessionStore) -> None:
    """Whoever can write to Redis can't make somebody's session their own."""
    cache.set(SessionStore.cache_key_prefix + "a" * 32, cache.get(kept.cache_key), 60)
    assert SessionStore("a" * 32).load() == {}


def test_data_that_was_put_there_unsealed_is_none(db: None) -> None:
    user = make_user()
    forged = {"_auth_user_id": str(user.pk), "_auth_user_backend": "x", "_auth_user_hash": user.get_session_auth_hash()}
    cache.set(SessionStore.cache_key_prefix + "b" * 32, forged, 60)
    assert SessionStore("b" * 32).load() == {}


def test_with_another_key_everybody_signs_in_again(db: None, settings: Settings) -> None:
    client: Client = signed_in_client(make_user())
    assert client.get("/account/data/").status_code == 200
    old = settings.PERSONAL_DATA_KEYS
    settings.PERSONAL_DATA_KEYS = {"k9": "0e" * 32, **old}
    assert client.get("/account/data/").status_code == 200, "The old key still opens."
    settings.PERSONAL_DATA_KEYS = {"k8": "0f" * 32}
    assert client.get("/account/data/").status_code == 302


def test_a_session_under_a_new_key_keeps_what_it_held(kept: SessionStore) -> None:
    before = kept.session_key
    kept.cycle_key()
    assert kept.session_key != before
    assert SessionStore(kept.session_key)["mail"] == "dongguo.qing@mail.example"
