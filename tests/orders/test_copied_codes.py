"""Codes scanned from more places than a bag can be in."""

import pytest
from django.core.cache import cache
from django.test import Client
from redis.exceptions import RedisError

from catalog.models import Lot
from orders import copied_codes
from orders.models import CopiedCode
from stations.models import Role
from tests.cast import (
    QIDONG,
    Stations,
    make_lot,
    make_official,
    make_product,
    make_store,
    make_user,
    post,
    signed_in_client,
)


@pytest.fixture
def lot(db: None) -> Lot:
    cache.clear()
    return make_lot(make_product(make_store(Stations(QIDONG).point)))


def scan(lot: Lot, networks: range) -> str:
    page = ""
    for number in networks:
        page = Client(REMOTE_ADDR=f"10.{number}.7.9").get(f"/trace/{lot.ref}/").content.decode()
    return page


def test_a_code_from_too_many_places_is_marked_and_its_page_says_so(lot: Lot) -> None:
    assert "复制" not in scan(lot, range(copied_codes.MOST_PLACES))
    assert not CopiedCode.objects.exists()
    assert "复制" in scan(lot, range(50, 51))
    mark = CopiedCode.objects.get()
    assert (mark.ref, mark.county_id, mark.places) == (lot.ref, QIDONG, copied_codes.MOST_PLACES + 1)


def test_one_household_scanning_all_day_is_one_place(lot: Lot) -> None:
    for _time in range(copied_codes.MOST_PLACES * 2):
        scan(lot, range(1, 2))
    assert not CopiedCode.objects.exists()


def test_where_it_was_scanned_can_t_be_read_from_what_is_kept(lot: Lot) -> None:
    assert copied_codes._place("10.1.7.9", "one") == copied_codes._place("10.1.7.200", "one")
    assert copied_codes._place("10.1.7.9", "one") != copied_codes._place("10.1.7.9", "two")
    assert "10.1" not in copied_codes._place("10.1.7.9", "one")
    assert copied_codes._place("2001:db8:1:2::1", "one") == copied_codes._place("2001:db8:1:ff::9", "one")


def test_without_redis_the_story_is_told_all_the_same(lot: Lot, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_name: str) -> None:
        raise RedisError

    monkeypatch.setattr(copied_codes, "get_redis_connection", away)
    assert lot.code in scan(lot, range(1, 2))


def test_the_county_looks_and_takes_the_mark_off(lot: Lot) -> None:
    scan(lot, range(copied_codes.MOST_PLACES + 1))
    official = signed_in_client(make_official())
    assert lot.code in official.get("/desk/copied/").content.decode()
    mark = CopiedCode.objects.get()
    assert "error" in official.post(f"/desk/copied/{mark.pk}/", {"note": ""}).content.decode()
    official.post(f"/desk/copied/{mark.pk}/", {"note": "餐馆把包装摆给客人看"})
    mark.refresh_from_db()
    assert mark.cleared_at and mark.cleared_by
    assert "复制" not in scan(lot, range(3))


def test_others_neither_see_nor_clear_it(lot: Lot) -> None:
    scan(lot, range(copied_codes.MOST_PLACES + 1))
    mark = CopiedCode.objects.get()
    elsewhere = make_official("430422000000")
    assert signed_in_client(elsewhere).post(f"/desk/copied/{mark.pk}/", {"note": "没事"}).status_code == 404
    clerk = make_user(name="周小兰")
    post(clerk, Role.VILLAGE_STAFF, station=lot.product.store.station)
    assert signed_in_client(clerk).get("/desk/copied/").status_code == 403
    mark.refresh_from_db()
    assert mark.cleared_at is None
