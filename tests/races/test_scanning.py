"""Two phones scan one parcel at the same moment, on real connections; and the proof that the lock is what keeps them apart."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection
from django.utils import translation

from delivery import scanning
from delivery.boxing import CannotPack, pack_box
from delivery.models import Handover, HeldScan, Parcel, ParcelKind, ParcelState, ScanKind
from delivery.network import schedule_runs
from delivery.scanning import StateChanged, scan
from tests.cast import QIDONG, Stations
from tests.delivery.scene import done, make_parcel

PHONES = 8


@pytest.fixture
def stations(transactional_db: None) -> Stations:
    """Qidong, committed, so that other connections see it."""
    made = Stations(QIDONG)
    schedule_runs("430426")
    return made


def at_once(act: Callable[[int], str]) -> Counter[str]:
    """What `act` answered on each phone, all at the same moment, each on a connection of its own."""
    gate = threading.Barrier(PHONES)

    def one(phone: int) -> str:
        translation.activate("en")
        gate.wait(30)
        try:
            return act(phone)
        except (IntegrityError, StateChanged, CannotPack) as error:
            return type(error).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(PHONES) as phones:
        return Counter(phones.map(one, range(PHONES)))


def collect(parcel: Parcel, stations: Stations, nonces: list[str]) -> Callable[[int], str]:
    """Each phone collects the parcel; the answer is the kind of what it got."""

    def act(phone: int) -> str:
        fresh = Parcel.objects.get(pk=parcel.pk)
        answer = scan(parcel=fresh, kind=ScanKind.COLLECT, station=stations.point, by=None, nonce=nonces[phone])
        return type(answer).__name__

    return act


def test_one_parcel_scanned_by_many_phones_changes_hands_once(stations: Stations) -> None:
    parcel = make_parcel(stations.point, stations.centre)
    went = at_once(collect(parcel, stations, [f"phone-{phone}" for phone in range(PHONES)]))
    assert went == {"Handover": 1, "HeldScan": PHONES - 1}
    assert Handover.objects.count() == 1 and HeldScan.objects.count() == PHONES - 1
    assert Parcel.objects.get(pk=parcel.pk).state == ParcelState.COLLECTED


def test_one_page_sent_by_a_double_click_gets_the_same_answer(stations: Stations) -> None:
    parcel = make_parcel(stations.point, stations.centre)
    went = at_once(collect(parcel, stations, ["one page"] * PHONES))
    assert went == {"Handover": PHONES}
    assert Handover.objects.count() == 1 and not HeldScan.objects.exists()


def test_without_the_lock_scans_are_lost(stations: Stations, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: unlocked, several phones decide on the same state, and all but one of them fail with nothing kept."""
    parcel, read = make_parcel(stations.point, stations.centre), threading.Barrier(PHONES)

    def unlocked(parcel: Parcel) -> Parcel:
        seen = Parcel.objects.get(pk=parcel.pk)
        read.wait(30)
        return seen

    monkeypatch.setattr(scanning, "lock", unlocked)
    went = at_once(collect(parcel, stations, [f"phone-{phone}" for phone in range(PHONES)]))
    assert went["IntegrityError"] + went["StateChanged"] == PHONES - 1, went
    assert Handover.objects.count() + HeldScan.objects.count() < PHONES


def test_one_buyers_parcels_are_packed_once(stations: Stations) -> None:
    parcels = [make_parcel(stations.centre, stations.point) for _ in range(2)]
    for parcel in parcels:
        done(parcel, ScanKind.COLLECT, stations.centre)

    def act(phone: int) -> str:
        return pack_box(parcels=parcels, centre=stations.centre, by=None, nonce=f"packing-{phone}").kind

    went = at_once(act)
    assert went == {ParcelKind.BOX: 1, "CannotPack": PHONES - 1}
    assert Parcel.objects.filter(kind=ParcelKind.BOX).count() == 1


def test_a_box_and_what_is_in_it_are_scanned_without_a_deadlock(stations: Stations) -> None:
    parcels = [make_parcel(stations.centre, stations.point) for _ in range(2)]
    for parcel in parcels:
        done(parcel, ScanKind.COLLECT, stations.centre)
    box = pack_box(parcels=parcels, centre=stations.centre, by=None, nonce="packing")

    def act(phone: int) -> str:
        one = box if phone % 2 else parcels[phone % 4 // 2]
        fresh = Parcel.objects.get(pk=one.pk)
        return type(
            scan(parcel=fresh, kind=ScanKind.OUT, station=stations.centre, by=None, nonce=f"out-{phone}")
        ).__name__

    assert at_once(act) == {"Handover": 1, "HeldScan": PHONES - 1}
    assert {parcel.state for parcel in Parcel.objects.all()} == {ParcelState.ON_THE_WAY}
