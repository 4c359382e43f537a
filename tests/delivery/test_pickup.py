"""Pickup by code."""

import pytest

from accounts.models import User
from delivery.boxing import pack_box
from delivery.models import Handover, Parcel, ParcelState, ScanKind
from delivery.pickup import TRIES, TooManyTries, WrongPickupCode, find_by_code, pick_up
from tests import cast
from tests.cast import Stations
from tests.delivery.scene import done, make_parcel, nonce, travel


@pytest.fixture
def clerk(qidong: Stations) -> User:
    return cast.make_clerk(qidong.point)


@pytest.fixture
def ready(qidong: Stations) -> Parcel:
    """A parcel that waits at the village point."""
    return travel(make_parcel(qidong.centre, qidong.point), qidong.centre, qidong.township, qidong.point)


def wrong(parcel: Parcel) -> str:
    return f"{(int(parcel.pickup_code) + 1) % 1_000_000:06d}"


def test_the_code_opens_the_parcel(qidong: Stations, ready: Parcel, clerk: User) -> None:
    assert find_by_code(code=f" {ready.pickup_code} ", station=qidong.point, by=clerk) == ready
    pick_up(parcel=ready, code=ready.pickup_code, station=qidong.point, by=clerk, nonce=nonce())
    ready.refresh_from_db()
    assert ready.state == ParcelState.DELIVERED


def test_another_code_does_not(qidong: Stations, ready: Parcel, clerk: User) -> None:
    for code in (wrong(ready), "", "１２３４５６"):
        with pytest.raises(WrongPickupCode):
            pick_up(parcel=ready, code=code, station=qidong.point, by=clerk, nonce=nonce())
    assert Parcel.objects.get(pk=ready.pk).state == ParcelState.READY


def test_nobody_finds_a_code_by_trying(qidong: Stations, ready: Parcel, clerk: User) -> None:
    for _ in range(TRIES):
        with pytest.raises(WrongPickupCode):
            pick_up(parcel=ready, code=wrong(ready), station=qidong.point, by=clerk, nonce=nonce())
    for by in (clerk, cast.make_clerk(qidong.point)):
        with pytest.raises(TooManyTries):
            pick_up(parcel=ready, code=ready.pickup_code, station=qidong.point, by=by, nonce=nonce())
    with pytest.raises(TooManyTries):
        find_by_code(code=ready.pickup_code, station=qidong.point, by=clerk)


def test_nobody_finds_a_parcel_by_trying_codes(qidong: Stations, ready: Parcel, clerk: User) -> None:
    for _ in range(TRIES):
        with pytest.raises(WrongPickupCode):
            find_by_code(code=wrong(ready), station=qidong.point, by=clerk)
    with pytest.raises(TooManyTries):
        find_by_code(code=ready.pickup_code, station=qidong.point, by=clerk)


def test_a_code_opens_nothing_at_another_station(qidong: Stations, ready: Parcel, clerk: User) -> None:
    with pytest.raises(WrongPickupCode):
        find_by_code(code=ready.pickup_code, station=qidong.second_point, by=clerk)


def test_a_replayed_pickup_is_answered_without_a_code(qidong: Stations, ready: Parcel, clerk: User) -> None:
    one = nonce()
    first = pick_up(parcel=ready, code=ready.pickup_code, station=qidong.point, by=clerk, nonce=one)
    assert pick_up(parcel=ready, code="", station=qidong.point, by=clerk, nonce=one) == first
    assert Handover.objects.filter(parcel=ready, kind=ScanKind.PICKUP).count() == 1


def test_one_code_hands_out_the_whole_box(qidong: Stations, clerk: User) -> None:
    parcels = [make_parcel(qidong.centre, qidong.point) for _ in range(2)]
    for parcel in parcels:
        done(parcel, ScanKind.COLLECT, qidong.centre)
    box = pack_box(parcels=parcels, centre=qidong.centre, by=None, nonce=nonce())
    for start, end in ((qidong.centre, qidong.township), (qidong.township, qidong.point)):
        done(box, ScanKind.OUT, start)
        done(box, ScanKind.IN, end)
    content = Parcel.objects.filter(box=box)[0]
    pick_up(parcel=content, code=content.pickup_code, station=qidong.point, by=clerk, nonce=nonce())
    assert {parcel.state for parcel in Parcel.objects.all()} == {ParcelState.DELIVERED}
