"""Scans: each step of a parcel's way, its chain, replays, and what has to wait for a person."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone, translation

from delivery.custody import chain_of, first_break, hash_of, side_names
from delivery.models import Handover, HeldScan, Parcel, ParcelState, ScanKind
from delivery.scanning import TRANSITIONS, NonceTaken, scan, scans_to_come, verify_chain
from stations.models import Region
from tests import cast
from tests.cast import Stations
from tests.delivery.conftest import at
from tests.delivery.scene import done, held, make_parcel, nonce, travel


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """A reason is written in the language of whoever scanned."""
    with translation.override("en"):
        yield


def test_from_the_farmer_to_the_city(qidong: Stations, shanghai: Region) -> None:
    parcel, clerk = make_parcel(qidong.point, shanghai), cast.make_clerk(qidong.point)
    done(parcel, ScanKind.COLLECT, qidong.point, clerk, weighed_g=1075, at=at("2026-11-20 08:00"))
    assert (parcel.state, parcel.station, parcel.weighed_g) == (ParcelState.COLLECTED, qidong.point, 1075)
    assert parcel.collected_at == at("2026-11-20 08:00")
    done(parcel, ScanKind.OUT, qidong.point, clerk)
    assert (parcel.state, parcel.station) == (ParcelState.ON_THE_WAY, None)
    done(parcel, ScanKind.IN, qidong.township)
    assert (parcel.state, parcel.station) == (ParcelState.AT_STATION, qidong.township)
    travel(parcel, qidong.township, qidong.centre)
    done(parcel, ScanKind.CARRIER, qidong.centre, carrier_number="SF1234567890")
    assert (parcel.state, parcel.carrier_number) == (ParcelState.WITH_CARRIER, "SF1234567890") and parcel.carrier
    done(parcel, ScanKind.DELIVER, qidong.centre, at=at("2026-11-21 15:00"))
    assert parcel.state == ParcelState.DELIVERED and parcel.delivered_at == at("2026-11-21 15:00")
    assert all(leg.departed_at and leg.arrived_at for leg in parcel.legs.all())
    chain = chain_of(parcel)
    assert [handover.position for handover in chain] == list(range(1, 8)) and verify_chain(parcel)
    assert (chain[0].giver, chain[0].taker) == ("sender:", f"station:{qidong.point.code}")
    assert chain[-1].taker == "recipient:" and all(a.taker == b.giver for a, b in zip(chain, chain[1:], strict=False))


def test_down_to_a_pickup_point(qidong: Stations) -> None:
    parcel = make_parcel(qidong.centre, qidong.point)
    travel(parcel, qidong.centre, qidong.township, qidong.point)
    today = timezone.localdate()
    assert (parcel.state, parcel.keep_until) == (ParcelState.READY, today + dt.timedelta(days=7))
    done(parcel, ScanKind.PICKUP, qidong.point)
    assert parcel.state == ParcelState.DELIVERED and parcel.station is None and verify_chain(parcel)


def test_goods_that_stay_at_their_origin_are_ready_at_once(qidong: Stations) -> None:
    parcel = make_parcel(qidong.point, qidong.point)
    done(parcel, ScanKind.COLLECT, qidong.point)
    assert parcel.state == ParcelState.READY and parcel.keep_until


def test_from_one_county_to_another(qidong: Stations, sangzhi: Stations) -> None:
    parcel = make_parcel(qidong.point, sangzhi.point)
    travel(parcel, qidong.point, qidong.township, qidong.centre)
    assert "carrier" in held(parcel, ScanKind.OUT, qidong.centre).reason
    done(parcel, ScanKind.CARRIER, qidong.centre, carrier_number="YT1")
    done(parcel, ScanKind.IN, sangzhi.centre)
    travel(parcel, sangzhi.centre, sangzhi.township, sangzhi.point)
    assert parcel.state == ParcelState.READY and verify_chain(parcel)


def test_a_replay_returns_the_first_answer_and_changes_nothing(qidong: Stations) -> None:
    parcel, one = make_parcel(qidong.point, qidong.centre), nonce()
    first = done(parcel, ScanKind.COLLECT, qidong.point, nonce=one, weighed_g=1000)
    travel(parcel, qidong.point)
    again = done(parcel, ScanKind.COLLECT, qidong.point, nonce=one, weighed_g=9999)
    assert again == first and Handover.objects.filter(parcel=parcel).count() == 1
    assert Parcel.objects.get(pk=parcel.pk).weighed_g == 1000 and not HeldScan.objects.exists()


def test_a_replay_of_a_held_scan_returns_it_and_holds_no_second(qidong: Stations) -> None:
    parcel, one = make_parcel(qidong.point, qidong.centre), nonce()
    first = held(parcel, ScanKind.IN, qidong.township, nonce=one)
    assert held(parcel, ScanKind.IN, qidong.township, nonce=one) == first and HeldScan.objects.count() == 1


def test_a_nonce_serves_one_scan_only(qidong: Stations) -> None:
    """Otherwise a scan of another parcel would be told that all is well, and be lost."""
    one, first, second = nonce(), *(make_parcel(qidong.point, qidong.centre) for _ in range(2))
    done(first, ScanKind.COLLECT, qidong.point, nonce=one)
    with pytest.raises(NonceTaken):
        scan(parcel=second, kind=ScanKind.COLLECT, station=qidong.point, by=None, nonce=one)
    with pytest.raises(NonceTaken):
        scan(parcel=first, kind=ScanKind.OUT, station=qidong.point, by=None, nonce=one)


@pytest.mark.parametrize("bad", ["", "x" * 41])
def test_a_nonce_has_a_length(qidong: Stations, bad: str) -> None:
    with pytest.raises(ValueError):
        scan(
            parcel=make_parcel(qidong.point, qidong.centre),
            kind=ScanKind.COLLECT,
            station=qidong.point,
            by=None,
            nonce=bad,
        )


def test_a_second_scan_of_the_same_step_is_held(qidong: Stations) -> None:
    parcel = make_parcel(qidong.point, qidong.centre)
    done(parcel, ScanKind.COLLECT, qidong.point)
    assert "collected" in held(parcel, ScanKind.COLLECT, qidong.point).reason
    assert Handover.objects.count() == 1


def test_a_scan_at_the_wrong_station_is_held_with_the_reason_and_moves_nothing(qidong: Stations) -> None:
    parcel = make_parcel(qidong.point, qidong.centre)
    travel(parcel, qidong.point)
    done(parcel, ScanKind.OUT, qidong.point)
    scanned = held(parcel, ScanKind.IN, qidong.other_township)
    assert qidong.township.name_en in scanned.reason and qidong.other_township.name_en in scanned.reason
    assert Parcel.objects.get(pk=parcel.pk).state == ParcelState.ON_THE_WAY and Handover.objects.count() == 2
    for kind, station in ((ScanKind.COLLECT, qidong.second_point), (ScanKind.OUT, qidong.township)):
        other = make_parcel(qidong.point, qidong.centre)
        if kind == ScanKind.OUT:
            travel(other, qidong.point)
        assert "Wrong station" in held(other, kind, station).reason


def test_every_kind_out_of_order_is_held(qidong: Stations) -> None:
    for kind in ScanKind:
        if kind == ScanKind.COLLECT:
            continue
        parcel = make_parcel(qidong.point, qidong.centre)
        assert held(parcel, kind, qidong.point).reason
        assert Parcel.objects.get(pk=parcel.pk).state == ParcelState.PLANNED
    assert not Handover.objects.exists()


def test_the_carrier_does_not_take_what_our_own_run_takes(qidong: Stations, shanghai: Region) -> None:
    parcel = make_parcel(qidong.point, shanghai)
    travel(parcel, qidong.point, qidong.township)
    assert "our own run" in held(parcel, ScanKind.CARRIER, qidong.township).reason
    travel(parcel, qidong.township, qidong.centre)
    done(parcel, ScanKind.CARRIER, qidong.centre, carrier_number="1")
    assert "no station scans it in" in held(parcel, ScanKind.IN, qidong.centre).reason
    assert "Wrong station" in held(parcel, ScanKind.DELIVER, qidong.township).reason


def test_what_the_desk_offers_is_what_would_fit(qidong: Stations) -> None:
    parcel = make_parcel(qidong.point, qidong.centre)
    assert list(scans_to_come(parcel, qidong.point)) == [ScanKind.COLLECT]
    assert list(scans_to_come(parcel, qidong.township)) == []
    travel(parcel, qidong.point)
    done(parcel, ScanKind.OUT, qidong.point)
    assert list(scans_to_come(parcel, qidong.township)) == [ScanKind.IN]


def test_a_clock_ahead_of_ours_does_not_date_the_future(qidong: Stations) -> None:
    parcel, later = make_parcel(qidong.point, qidong.centre), timezone.now() + dt.timedelta(days=3)
    handover = done(parcel, ScanKind.COLLECT, qidong.point, at=later)
    assert parcel.collected_at and parcel.collected_at < later and handover.device_time == later


def test_the_table_has_no_way_out_of_the_end() -> None:
    assert not [pair for pair in TRANSITIONS if pair[0] in (ParcelState.DELIVERED, ParcelState.CANCELLED)]


def test_handovers_cannot_be_changed_deleted_or_truncated(qidong: Stations) -> None:
    done(make_parcel(qidong.point, qidong.centre), ScanKind.COLLECT, qidong.point)
    for statement in (
        "UPDATE delivery_handover SET giver = 'station:1'",
        "DELETE FROM delivery_handover",
        "TRUNCATE delivery_handover CASCADE",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Handover.objects.get().giver == "sender:"


TAMPERINGS = [
    ("kind", "in"), ("giver", "sender:别人"), ("taker", "station:1"), ("nonce", "another"), ("by_id", 77), ("county_code", "000000"),
    ("position", 3), ("previous_hash", "0" * 64), ("hash", "0" * 64), ("device_time", at("2020-01-01 00:00")),
    ("server_time", at("2020-01-01 00:00")), ("station", None),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), TAMPERINGS)
def test_a_change_of_any_field_breaks_the_chain_where_it_was_made(qidong: Stations, field: str, value: object) -> None:
    parcel = travel(make_parcel(qidong.point, qidong.centre), qidong.point, qidong.township)
    chain = chain_of(parcel)
    assert first_break(chain) is None
    setattr(chain[1], field, value)
    assert first_break(chain) == 2


def test_a_forged_giver_breaks_the_chain_even_with_hashes_made_anew(qidong: Stations) -> None:
    """Who gives must be who took: a forger who computes every hash again still leaves a gap between hands."""
    chain = chain_of(travel(make_parcel(qidong.point, qidong.centre), qidong.point, qidong.township))
    chain[1].giver = "station:430426999T"
    for before, handover in zip([None, *chain], chain, strict=False):
        handover.previous_hash = before.hash if before else ""
        handover.hash = hash_of(handover)
    assert first_break(chain) == 2


def test_a_handover_taken_out_breaks_the_chain(qidong: Stations) -> None:
    parcel = travel(make_parcel(qidong.point, qidong.centre), qidong.point, qidong.township)
    chain = chain_of(parcel)
    assert first_break([chain[0], chain[2]]) == 2 and first_break(chain[1:]) == 1
    assert verify_chain(parcel) and not verify_chain(parcel, [])


def test_a_chain_that_ends_early_does_not_prove_delivery(qidong: Stations) -> None:
    parcel = travel(make_parcel(qidong.centre, qidong.point), qidong.centre, qidong.township, qidong.point)
    done(parcel, ScanKind.PICKUP, qidong.point)
    assert verify_chain(parcel) and not verify_chain(parcel, chain_of(parcel)[:-1])


def test_a_chain_survives_a_sender_with_a_long_name(qidong: Stations) -> None:
    parcel = make_parcel(qidong.point, qidong.centre, sender="黄" * 80)
    done(parcel, ScanKind.COLLECT, qidong.point)
    assert verify_chain(parcel)


def test_sides_are_printed_by_name(qidong: Stations) -> None:
    point, township = qidong.point, qidong.township
    sides = [
        f"station:{point.code}",
        f"run:{point.code}>{township.code}",
        "recipient:",
        "sender:李秀英家的小店",
        "sender:",
        "carrier:中国邮政",
    ]
    names = side_names(sides)
    assert [names[side] for side in sides] == [
        point.name_en, f"the run to {township.name_en}", "the recipient", "李秀英家的小店", "the sender", "中国邮政",
    ]  # fmt: skip
