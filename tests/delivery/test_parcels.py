"""Planning: number, pickup code, legs; and planning anew when the way is cut."""

import datetime as dt

import pytest
from django.utils import timezone, translation

from delivery.freight import quote_box
from delivery.jobs import replan_stuck
from delivery.models import CarrierRate, Leg, Parcel, ParcelState, Run, ScanKind
from delivery.parcels import replan
from delivery.routing import NoRoute
from stations.models import Region, Station, StationStatus
from tests import cast
from tests.cast import Stations
from tests.delivery.conftest import at, codes
from tests.delivery.scene import done, make_parcel, travel


def way_of(parcel: Parcel) -> list[str]:
    legs = list(parcel.legs.select_related("from_station", "to_station", "to_region"))
    assert [leg.position for leg in legs] == list(range(1, len(legs) + 1))
    return [leg.start.code for leg in legs if leg.start] + [legs[-1].end.code] if legs and legs[-1].end else []


def test_a_parcel_gets_a_number_that_people_can_read_and_the_legs_of_its_way(
    qidong: Stations, shanghai: Region
) -> None:
    first = make_parcel(qidong.point, shanghai, at=at("2026-11-23 06:00"))
    second = make_parcel(qidong.point, shanghai, at=at("2026-12-31 23:59"))
    prefix, running = first.number.split("-")
    assert prefix == "QD26" and len(running) == 6
    assert second.number == f"QD26-{int(running) + 1:06d}"
    assert way_of(first) == [*codes(qidong.point, qidong.township, qidong.centre), shanghai.code]
    assert first.state == ParcelState.PLANNED and first.pickup_code == "" and first.county_code == "430426"
    last = first.legs.last()
    assert last is not None and first.planned_arrival == last.arrive_planned


def test_a_parcel_for_a_station_gets_a_pickup_code_of_six_digits(qidong: Stations) -> None:
    parcels = [make_parcel(qidong.centre, qidong.point) for _ in range(3)]
    assert all(len(parcel.pickup_code) == 6 and parcel.pickup_code.isdigit() for parcel in parcels)
    assert len({parcel.pickup_code for parcel in parcels}) == 3
    assert parcels[0].destination_station == qidong.point and parcels[0].destination_region == qidong.point.region


def test_a_pickup_code_is_no_other_parcels_at_the_station(qidong: Stations, monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter([7, 7, 8])
    monkeypatch.setattr("delivery.parcels.secrets.randbelow", lambda top: next(draws))
    assert make_parcel(qidong.centre, qidong.point).pickup_code == "000007"
    assert make_parcel(qidong.centre, qidong.point).pickup_code == "000008"


def test_where_no_way_leads_the_parcel_is_planned_without_legs_and_tried_again(
    qidong: Stations, shanghai: Region
) -> None:
    CarrierRate.objects.all().delete()
    parcel = make_parcel(qidong.point, shanghai)
    assert parcel.planned_arrival is None and not parcel.legs.exists()
    assert parcel in Parcel.objects.visible_to(cast.make_clerk(qidong.point)), "its origin's desk sees it"
    with translation.override("en"):
        assert "No carrier goes from" in replan(parcel)
    CarrierRate.objects.create(
        centre=qidong.centre, province_id="310000000000", carrier="演示快运", collects_at=dt.time(18), days=2, first_kg_fen=800,
        next_kg_fen=300,
    )  # fmt: skip
    assert replan_stuck() == 1
    assert way_of(parcel)[-1] == shanghai.code


def test_a_station_that_is_suspended_gets_the_way_planned_anew(qidong: Stations) -> None:
    parcel = make_parcel(qidong.point, qidong.other_point)
    assert replan_stuck() == 0, "nothing is stuck yet"
    travel(parcel, qidong.point, qidong.township)
    Run.objects.create(
        from_station=qidong.centre, to_station=qidong.other_point, departs_at=dt.time(9), minutes=60, capacity_kg=100, cost_fen_per_kg=40
    )  # fmt: skip
    Station.objects.filter(pk=qidong.other_township.pk).update(status=StationStatus.SUSPENDED)
    assert replan_stuck() == 1
    assert way_of(parcel) == codes(qidong.point, qidong.township, qidong.centre, qidong.other_point)
    first = parcel.legs.first()
    assert first is not None and first.arrived_at is not None, "what was done stays"
    assert replan_stuck() == 0


def test_a_parcel_on_a_leg_is_planned_anew_from_where_that_ends(qidong: Stations) -> None:
    parcel = make_parcel(qidong.point, qidong.centre)
    travel(parcel, qidong.point)
    done(parcel, ScanKind.OUT, qidong.point)
    begun = parcel.legs.get(position=1)
    assert replan(parcel) == ""
    assert parcel.legs.get(position=1) == begun
    onward = parcel.legs.get(position=2)
    assert onward.from_station == qidong.township and onward.depart_planned > begun.arrive_planned


def test_a_missed_run_is_planned_anew(qidong: Stations) -> None:
    parcel = make_parcel(qidong.point, qidong.centre, at=timezone.now() - dt.timedelta(days=2))
    assert replan_stuck() == 1
    first = parcel.legs.first()
    assert first is not None and first.depart_planned > timezone.now()


def test_what_is_delivered_is_left_alone(qidong: Stations) -> None:
    parcel = make_parcel(qidong.centre, qidong.point, at=timezone.now() - dt.timedelta(days=2))
    travel(parcel, qidong.centre, qidong.township, qidong.point)
    assert replan_stuck() == 0
    before = list(Leg.objects.filter(parcel=parcel).values())
    assert replan(parcel) == "" and list(Leg.objects.filter(parcel=parcel).values()) == before


def test_freight_to_a_city_is_the_carriers_for_one_box(qidong: Stations, shanghai: Region) -> None:
    rate = CarrierRate.objects.get(centre=qidong.centre, province_id="310000000000")
    assert quote_box("430426", to=shanghai, weight_g=1) == rate.first_kg_fen
    assert quote_box("430426", to=shanghai, weight_g=2001) == rate.first_kg_fen + 2 * rate.next_kg_fen


def test_freight_to_a_village_is_its_runs_down_from_the_centre(qidong: Stations, sangzhi: Stations) -> None:
    down = quote_box("430426", to=qidong.point, weight_g=1500)
    assert down == 2 * (20 + 15)
    rate = CarrierRate.objects.get(centre=qidong.centre, province_id="430000000000")
    assert quote_box("430426", to=sangzhi.point, weight_g=1500) == down + rate.first_kg_fen + rate.next_kg_fen


def test_freight_takes_the_cheapest_run_whatever_the_hour(qidong: Stations) -> None:
    Run.objects.create(
        from_station=qidong.centre, to_station=qidong.point, departs_at=dt.time(3), minutes=60, capacity_kg=100, cost_fen_per_kg=30
    )  # fmt: skip
    assert quote_box("430426", to=qidong.point, weight_g=1000) == 30


def test_freight_is_refused_where_nobody_carries_it(qidong: Stations, shanghai: Region) -> None:
    with pytest.raises(NoRoute):
        quote_box("430426", to=qidong.point, weight_g=1000, chilled=True)
    with pytest.raises(NoRoute):
        quote_box("430822", to=shanghai, weight_g=1000)
    Station.objects.filter(pk=qidong.township.pk).update(status=StationStatus.SUSPENDED)
    with pytest.raises(NoRoute):
        quote_box("430426", to=qidong.point, weight_g=1000)
