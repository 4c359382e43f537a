"""Routing: the hierarchy, the hours, and what a station or run refuses."""

import datetime as dt

import pytest
from django.test import TestCase
from django.utils import timezone, translation

from delivery.models import CarrierRate, Run
from delivery.parcels import plan_parcel
from delivery.routing import HANDLING, NoRoute, Route, find_route
from stations.models import Region, Station, StationStatus
from tests.cast import Stations
from tests.delivery.conftest import at, codes

MONDAY = at("2026-11-23 06:00")


def stops(route: Route) -> list[str]:
    """The codes along a route, both ends with them."""
    return [route.legs[0].from_.code, *(leg.to.code for leg in route.legs)] if route.legs else []


def way(origin: Station, to: Station | Region, **options: object) -> list[str]:
    return stops(find_route(origin=origin, to=to, **{"weight_g": 1000, "at": MONDAY, **options}))  # type: ignore[arg-type]


def refusal(origin: Station, to: Station | Region, **options: object) -> str:
    """The one line that says why there is no way, in English."""
    with translation.override("en"), pytest.raises(NoRoute) as refused:
        way(origin, to, **options)
    line = str(refused.value)
    assert line and "\n" not in line
    return line


def test_two_villages_of_one_township_meet_at_the_township(qidong: Stations) -> None:
    assert way(qidong.point, qidong.second_point) == codes(qidong.point, qidong.township, qidong.second_point)


def test_villages_of_two_townships_meet_at_the_centre(qidong: Stations) -> None:
    expected = codes(qidong.point, qidong.township, qidong.centre, qidong.other_township, qidong.other_point)
    assert way(qidong.point, qidong.other_point) == expected


def test_goods_go_no_higher_than_their_own_line(qidong: Stations) -> None:
    assert way(qidong.point, qidong.township) == codes(qidong.point, qidong.township)
    assert way(qidong.centre, qidong.point) == codes(qidong.centre, qidong.township, qidong.point)


def test_goods_that_are_there_already_need_no_leg(qidong: Stations) -> None:
    route = find_route(origin=qidong.point, to=qidong.point, weight_g=1000, at=MONDAY)
    assert (route.legs, route.arrive, route.cost_fen) == ((), MONDAY, 0)


def test_never_above_the_lowest_common_station_even_where_that_is_the_only_way(qidong: Stations) -> None:
    """Without a run down from the township, a detour over the centre would arrive; it isn't taken."""
    Run.objects.filter(from_station=qidong.township, to_station=qidong.second_point).delete()
    Run.objects.create(
        from_station=qidong.centre, to_station=qidong.second_point, departs_at=dt.time(12), minutes=60, capacity_kg=100, cost_fen_per_kg=1
    )  # fmt: skip
    assert "No run goes from" in refusal(qidong.point, qidong.second_point)


@pytest.mark.parametrize("status", [StationStatus.SUSPENDED, StationStatus.PLANNED])
def test_never_through_a_station_that_is_not_active(qidong: Stations, status: StationStatus) -> None:
    Station.objects.filter(pk=qidong.township.pk).update(status=status)
    assert qidong.township.name_en in refusal(qidong.point, qidong.centre)


@pytest.mark.parametrize("end", ["point", "second_point"])
def test_never_from_or_to_a_station_that_is_not_active(qidong: Stations, end: str) -> None:
    Station.objects.filter(pk=getattr(qidong, end).pk).update(
        status=StationStatus.CLOSED, closed_on=timezone.localdate()
    )
    assert "closed" in refusal(qidong.point, qidong.second_point)


def test_a_run_past_a_suspended_station_is_a_way(qidong: Stations) -> None:
    Station.objects.filter(pk=qidong.township.pk).update(status=StationStatus.SUSPENDED)
    Run.objects.create(
        from_station=qidong.point, to_station=qidong.centre, departs_at=dt.time(9), minutes=90, capacity_kg=100, cost_fen_per_kg=40
    )  # fmt: skip
    assert way(qidong.point, qidong.centre) == codes(qidong.point, qidong.centre)


def test_chilled_goods_do_not_pass_a_station_without_cold_store(qidong: Stations) -> None:
    Run.objects.update(chilled=True)
    assert way(qidong.point, qidong.centre, chilled=True) == codes(qidong.point, qidong.township, qidong.centre)
    Station.objects.filter(pk=qidong.township.pk).update(cold_store=False)
    assert "no cold store" in refusal(qidong.point, qidong.centre, chilled=True)
    assert way(qidong.point, qidong.centre) == codes(qidong.point, qidong.township, qidong.centre)


def test_chilled_goods_do_not_wait_for_a_buyer_without_cold_store(qidong: Stations) -> None:
    Run.objects.update(chilled=True)
    assert qidong.second_point.name_en in refusal(qidong.point, qidong.second_point, chilled=True)
    Station.objects.filter(pk=qidong.second_point.pk).update(cold_store=True)
    assert len(way(qidong.point, qidong.second_point, chilled=True)) == 3


def test_chilled_goods_take_chilled_runs_only(qidong: Stations) -> None:
    Run.objects.update(chilled=False)
    assert "takes chilled goods" in refusal(qidong.point, qidong.centre, chilled=True)


def test_a_run_takes_no_more_than_its_kilograms(qidong: Stations) -> None:
    Run.objects.update(capacity_kg=100)
    assert way(qidong.point, qidong.township, weight_g=100_000)
    assert "101 kg" in refusal(qidong.point, qidong.township, weight_g=100_001)


def test_what_is_planned_on_a_run_already_takes_its_room(qidong: Stations) -> None:
    Run.objects.update(capacity_kg=100)
    first = find_route(origin=qidong.point, to=qidong.township, weight_g=60_000, at=MONDAY)
    plan_parcel(
        origin=qidong.point, to=qidong.township, sender="李秀英家的小店", recipient="王芳", phone="13900000001", address="",
        contents="黄花菜", weight_g=60_000, at=MONDAY,
    )  # fmt: skip
    second = find_route(origin=qidong.point, to=qidong.township, weight_g=60_000, at=MONDAY)
    light = find_route(origin=qidong.point, to=qidong.township, weight_g=40_000, at=MONDAY)
    assert second.arrive > first.arrive and light.arrive == first.arrive


def test_a_run_goes_on_its_days_at_shanghai_time(qidong: Stations) -> None:
    Run.objects.all().delete()
    Run.objects.create(
        from_station=qidong.point, to_station=qidong.township, days=0b0000100, departs_at=dt.time(8, 30), minutes=40,
        capacity_kg=100, cost_fen_per_kg=25,
    )  # fmt: skip
    leg = find_route(origin=qidong.point, to=qidong.township, weight_g=1001, at=MONDAY).legs[0]
    assert (leg.depart, leg.arrive, leg.cost_fen) == (at("2026-11-25 08:30"), at("2026-11-25 09:10"), 50)
    late = find_route(origin=qidong.point, to=qidong.township, weight_g=1000, at=at("2026-11-25 08:31"))
    assert late.legs[0].depart == at("2026-12-02 08:30")


def test_goods_are_handled_before_they_leave_again(qidong: Stations) -> None:
    route = find_route(origin=qidong.point, to=qidong.centre, weight_g=1000, at=MONDAY)
    first, second = route.legs
    assert second.depart - first.arrive >= HANDLING
    Run.objects.filter(from_station=qidong.township).update(
        departs_at=(first.arrive + HANDLING / 2).astimezone().time()
    )
    later = find_route(origin=qidong.point, to=qidong.centre, weight_g=1000, at=MONDAY).legs[1]
    assert later.depart >= later.arrive - dt.timedelta(hours=3) > first.arrive + HANDLING


def test_the_earliest_arrival_wins_not_the_first_departure(qidong: Stations) -> None:
    Run.objects.all().delete()
    common = {"from_station": qidong.point, "to_station": qidong.township, "capacity_kg": 100, "cost_fen_per_kg": 10}
    Run.objects.create(departs_at=dt.time(7), minutes=180, **common)
    fast = Run.objects.create(departs_at=dt.time(8), minutes=30, **common)
    assert find_route(origin=qidong.point, to=qidong.township, weight_g=1000, at=MONDAY).legs[0].run == fast


def test_a_run_that_rests_is_not_taken(qidong: Stations) -> None:
    Run.objects.update(active=False)
    assert "No run goes from" in refusal(qidong.point, qidong.township)


def test_a_buyer_in_a_city_is_reached_by_the_carrier_from_the_centre(qidong: Stations, shanghai: Region) -> None:
    route = find_route(origin=qidong.point, to=shanghai, weight_g=1500, at=MONDAY)
    assert stops(route) == [*codes(qidong.point, qidong.township, qidong.centre), shanghai.code]
    rate = CarrierRate.objects.get(centre=qidong.centre, province_id="310000000000")
    last = route.legs[-1]
    assert last.run is None and last.cost_fen == rate.first_kg_fen + rate.next_kg_fen
    assert last.depart == at("2026-11-23 18:00") and last.arrive - last.depart == dt.timedelta(days=rate.days)
    assert route.cost_fen == sum(leg.cost_fen for leg in route.legs) and route.arrive == last.arrive


def test_no_carrier_to_the_province_is_no_way(qidong: Stations, shanghai: Region) -> None:
    CarrierRate.objects.filter(province_id="310000000000").update(chilled=False)
    Station.objects.update(cold_store=True)
    Run.objects.update(chilled=True)
    assert "takes no chilled goods" in refusal(qidong.point, shanghai, chilled=True)
    CarrierRate.objects.filter(province_id="310000000000").delete()
    assert "No carrier goes from" in refusal(qidong.point, shanghai)


def test_a_station_of_another_county_is_reached_from_centre_to_centre(qidong: Stations, sangzhi: Stations) -> None:
    expected = codes(qidong.point, qidong.township, qidong.centre, sangzhi.centre, sangzhi.township, sangzhi.point)
    assert way(qidong.point, sangzhi.point) == expected
    Station.objects.filter(pk=sangzhi.centre.pk).update(status=StationStatus.SUSPENDED)
    assert sangzhi.centre.name_en in refusal(qidong.point, sangzhi.point)


def test_a_village_of_the_own_county_is_reached_over_the_station_that_serves_it(qidong: Stations) -> None:
    village = qidong.other_point.region
    assert way(qidong.point, village)[-1] == qidong.other_point.code
    Station.objects.filter(pk=qidong.other_point.pk).update(status=StationStatus.CLOSED, closed_on=timezone.localdate())
    assert way(qidong.point, village)[-1] == qidong.other_township.code, "its township serves it then"
    Station.objects.filter(pk=qidong.other_township.pk).update(
        status=StationStatus.CLOSED, closed_on=timezone.localdate()
    )
    assert way(qidong.point, village)[-1] == village.code, "the carrier goes where no station serves"
    county = Region.objects.get(code="430426000000")
    assert way(qidong.point, county)[-2:] == [qidong.centre.code, county.code]


def test_a_weight_is_positive(qidong: Stations) -> None:
    with pytest.raises(ValueError):
        find_route(origin=qidong.point, to=qidong.township, weight_g=0)


def test_a_route_takes_few_queries_however_long_the_way(qidong: Stations, sangzhi: Stations) -> None:
    with TestCase().assertNumQueries(6):
        find_route(origin=qidong.point, to=sangzhi.point, weight_g=1000, at=MONDAY)
