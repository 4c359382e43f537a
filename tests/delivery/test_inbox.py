"""The inbox: a held scan is settled by a person, once."""

import pytest
from django.utils import timezone

from delivery.custody import verify_chain
from delivery.inbox import CannotSettle, settle
from delivery.models import Handover, Outcome, Parcel, ParcelState, ScanKind
from stations.models import Station, StationStatus
from tests import cast
from tests.cast import Stations
from tests.delivery.conftest import at, codes
from tests.delivery.scene import done, held, make_parcel, nonce, travel


def test_a_scan_that_came_too_early_is_applied_once_it_fits(qidong: Stations) -> None:
    parcel, clerk = make_parcel(qidong.point, qidong.centre), cast.make_clerk(qidong.township)
    travel(parcel, qidong.point)
    early = held(parcel, ScanKind.IN, qidong.township, clerk, at=at("2026-11-20 10:00"))
    with pytest.raises(CannotSettle):
        settle(held=early, outcome=Outcome.APPLIED, by=clerk)
    done(parcel, ScanKind.OUT, qidong.point)
    settled = settle(held=early, outcome=Outcome.APPLIED, by=clerk)
    parcel.refresh_from_db()
    assert (settled.outcome, settled.settled_by) == (Outcome.APPLIED, clerk) and settled.settled_at
    assert (parcel.state, parcel.station) == (ParcelState.AT_STATION, qidong.township) and verify_chain(parcel)
    assert parcel.legs.get(position=1).arrived_at == at("2026-11-20 10:00"), (
        "when it was scanned, not when it was settled"
    )


def test_a_scan_is_settled_once(qidong: Stations) -> None:
    parcel, clerk = make_parcel(qidong.point, qidong.centre), cast.make_clerk(qidong.township)
    scanned = held(parcel, ScanKind.IN, qidong.township, clerk)
    settle(held=scanned, outcome=Outcome.SET_ASIDE, by=clerk)
    again = settle(held=scanned, outcome=Outcome.TAKEN_IN, by=clerk)
    assert again.outcome == Outcome.SET_ASIDE and not Handover.objects.exists()


def test_a_parcel_that_strayed_is_taken_in_and_planned_from_there(qidong: Stations) -> None:
    parcel, clerk = make_parcel(qidong.point, qidong.centre), cast.make_clerk(qidong.other_township)
    travel(parcel, qidong.point)
    done(parcel, ScanKind.OUT, qidong.point)
    stray = held(parcel, ScanKind.IN, qidong.other_township, clerk)
    settle(held=stray, outcome=Outcome.TAKEN_IN, by=clerk)
    parcel.refresh_from_db()
    assert (parcel.state, parcel.station) == (ParcelState.AT_STATION, qidong.other_township) and verify_chain(parcel)
    done(parcel, ScanKind.OUT, qidong.other_township)
    done(parcel, ScanKind.IN, qidong.centre)
    assert parcel.state == ParcelState.READY
    ahead = [leg.to_station for leg in parcel.legs.all()]
    assert [station.code for station in ahead if station] == codes(qidong.other_township, qidong.centre)


def test_a_parcel_whose_scan_out_was_forgotten_is_taken_in_where_it_is(qidong: Stations) -> None:
    parcel, clerk = make_parcel(qidong.point, qidong.second_point), cast.make_clerk(qidong.second_point)
    travel(parcel, qidong.point)
    forgotten = held(parcel, ScanKind.IN, qidong.second_point, clerk)
    settle(held=forgotten, outcome=Outcome.TAKEN_IN, by=clerk)
    parcel.refresh_from_db()
    assert (parcel.state, parcel.station) == (ParcelState.READY, qidong.second_point) and parcel.keep_until
    assert not parcel.legs.filter(departed_at=None).exists() and verify_chain(parcel)


def test_what_is_over_or_in_a_box_or_at_a_closed_station_is_not_taken_in(qidong: Stations) -> None:
    parcel, clerk = make_parcel(qidong.centre, qidong.township), cast.make_clerk(qidong.township)
    travel(parcel, qidong.centre, qidong.township)
    done(parcel, ScanKind.PICKUP, qidong.township)
    late = held(parcel, ScanKind.IN, qidong.township, clerk)
    other = travel(make_parcel(qidong.point, qidong.centre), qidong.point)
    closed = held(other, ScanKind.IN, qidong.second_point, clerk)
    shut = Station.objects.filter(pk=qidong.second_point.pk)
    shut.update(status=StationStatus.CLOSED, closed_on=timezone.localdate())
    for scanned in (late, closed):
        with pytest.raises(CannotSettle):
            settle(held=scanned, outcome=Outcome.TAKEN_IN, by=clerk)
        scanned.refresh_from_db()
        assert scanned.settled_at is None


def test_a_held_pickup_still_needs_its_code(qidong: Stations) -> None:
    parcel, clerk = make_parcel(qidong.centre, qidong.point), cast.make_clerk(qidong.point)
    travel(parcel, qidong.centre, qidong.township)
    early = held(parcel, ScanKind.PICKUP, qidong.point, clerk)
    travel(parcel, qidong.township, qidong.point)
    with pytest.raises(CannotSettle):
        settle(held=early, outcome=Outcome.APPLIED, by=clerk)
    assert Parcel.objects.get(pk=parcel.pk).state == ParcelState.READY


def test_a_settled_scan_is_still_answered_when_it_is_replayed(qidong: Stations) -> None:
    parcel, clerk, one = make_parcel(qidong.point, qidong.centre), cast.make_clerk(qidong.township), nonce()
    travel(parcel, qidong.point)
    early = held(parcel, ScanKind.IN, qidong.township, clerk, nonce=one)
    settle(held=early, outcome=Outcome.TAKEN_IN, by=clerk, at=timezone.now())
    assert held(parcel, ScanKind.IN, qidong.township, clerk, nonce=one) == early
    assert Handover.objects.filter(parcel=parcel).count() == 2


def test_what_was_never_collected_is_not_taken_in(qidong: Stations) -> None:
    """Its goods were never taken from the farmer's stock: that is what collecting does."""
    parcel, clerk = make_parcel(qidong.point, qidong.centre), cast.make_clerk(qidong.township)
    with pytest.raises(CannotSettle):
        settle(held=held(parcel, ScanKind.IN, qidong.township, clerk), outcome=Outcome.TAKEN_IN, by=clerk)
    assert not Handover.objects.exists()
