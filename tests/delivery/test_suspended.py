"""A suspended station: nothing new comes in, what was on the road arrives, and what lies there leaves."""

import pytest
from django.utils import timezone

from delivery.custody import verify_chain
from delivery.inbox import settle
from delivery.jobs import replan_stuck, stuck_parcels
from delivery.models import Outcome, Parcel, ParcelState, ScanKind
from delivery.network import schedule_runs
from delivery.parcels import replan
from delivery.routing import NoRoute, find_route
from stations.models import Region, Station, StationStatus
from tests import cast
from tests.delivery.scene import done, held, make_parcel, travel

pytestmark = pytest.mark.django_db


@pytest.fixture
def qidong() -> cast.Stations:
    stations = cast.Stations()
    schedule_runs("430426")
    return stations


def suspend(station: Station) -> None:
    station.status, station.status_note = StationStatus.SUSPENDED, "修屋顶"
    station.save()


def shanghai() -> Region:
    return Region.objects.get(code="310101000000")


def again(parcel: Parcel) -> Parcel:
    return Parcel.objects.get(pk=parcel.pk)


def test_routes_avoid_it_and_goods_there_may_leave(qidong: cast.Stations) -> None:
    suspend(qidong.township)
    with pytest.raises(NoRoute, match="暂停"):
        find_route(origin=qidong.point, to=shanghai(), weight_g=1000)
    with pytest.raises(NoRoute):
        find_route(origin=qidong.township, to=shanghai(), weight_g=1000)
    assert find_route(origin=qidong.township, to=shanghai(), weight_g=1000, lying_there=True).legs


def test_the_farmers_goods_are_not_collected_and_wait_until_it_works_again(qidong: cast.Stations) -> None:
    parcel = make_parcel(qidong.point, shanghai())
    suspend(qidong.point)
    replan_stuck()
    assert not parcel.legs.exists()
    scan = held(parcel, ScanKind.COLLECT, qidong.point)
    assert "暂停" in scan.reason
    Station.objects.filter(pk=qidong.point.pk).update(status=StationStatus.ACTIVE)
    replan_stuck()
    assert parcel.legs.count() == 3


def test_no_van_sets_out_to_it_but_one_on_the_road_arrives(qidong: cast.Stations) -> None:
    sent, waits = (make_parcel(qidong.point, shanghai(), group_ref=ref) for ref in ("one", "two"))
    done(sent, ScanKind.COLLECT, qidong.point)
    done(sent, ScanKind.OUT, qidong.point)
    done(waits, ScanKind.COLLECT, qidong.point)
    suspend(qidong.township)
    assert "暂停" in held(again(waits), ScanKind.OUT, qidong.point).reason
    done(again(sent), ScanKind.IN, qidong.township)
    assert not stuck_parcels(at=timezone.now()) or sent not in stuck_parcels(at=timezone.now())
    replan_stuck()
    done(again(sent), ScanKind.OUT, qidong.township)
    done(again(sent), ScanKind.IN, qidong.centre)
    assert verify_chain(again(sent))


def test_a_parcel_that_lies_there_leaves_and_one_that_is_ready_is_picked_up(qidong: cast.Stations) -> None:
    parcel = travel(make_parcel(qidong.centre, qidong.point), qidong.centre, qidong.township, qidong.point)
    lying = make_parcel(qidong.point, shanghai())
    done(lying, ScanKind.COLLECT, qidong.point)
    suspend(qidong.point)
    assert replan(lying) == ""
    assert again(parcel).state == ParcelState.READY
    done(again(parcel), ScanKind.PICKUP, qidong.point)
    done(again(lying), ScanKind.OUT, qidong.point)


def test_what_lies_there_all_the_same_can_be_put_on_record(qidong: cast.Stations) -> None:
    parcel = travel(make_parcel(qidong.point, shanghai()), qidong.point, qidong.township)
    scan = held(parcel, ScanKind.IN, qidong.second_point)
    suspend(qidong.second_point)
    settle(held=scan, outcome=Outcome.TAKEN_IN, by=cast.make_clerk(qidong.township))
    assert again(parcel).station == qidong.second_point
    assert again(parcel).legs.filter(departed_at=None).exists()
