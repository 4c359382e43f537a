"""The demo's stations: Qidong complete, smaller sets in Sangzhi, Xinhua and three counties of Longnan. Which stations exist is invented;
the places are real (stations/data)."""

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from django.db import transaction

from delivery.network import schedule_runs
from demo.places import place_stations
from stations.models import Level, Region, Station, StationKind, StationStatus
from stations.place_names import place_name


class CountyPlan(NamedTuple):
    """A county of the demo: its code, the townships that have a station (none named: all), and how many village points it has."""

    code: str
    townships: Sequence[str]
    points: int
    opened_on: dt.date


PLANS = (
    CountyPlan("430426000000", (), 60, dt.date(2024, 5, 18)),
    CountyPlan(
        "430822000000",
        ("澧源镇", "人潮溪镇", "洪家关白族乡", "马合口白族乡", "五道水镇", "八大公山镇"),
        12,
        dt.date(2025, 3, 6),
    ),
    CountyPlan("431322000000", ("上梅街道", "水车镇", "奉家镇", "吉庆镇", "槎溪镇"), 10, dt.date(2025, 4, 11)),
    CountyPlan("621202000000", ("江南街道", "安化镇", "马街镇", "外纳镇", "两水镇"), 10, dt.date(2025, 2, 20)),
    CountyPlan("621221000000", ("城关镇", "红川镇", "抛沙镇", "店村镇"), 8, dt.date(2025, 6, 3)),
    CountyPlan("621226000000", ("城关镇", "盐官镇", "永兴镇", "石桥镇"), 8, dt.date(2025, 6, 24)),
)
LETTER = {StationKind.CENTRE: "C", StationKind.TOWNSHIP: "T", StationKind.VILLAGE: "V"}
CAPACITY = {StationKind.CENTRE: (2000, 12_000), StationKind.TOWNSHIP: (400, 3_000), StationKind.VILLAGE: (60, 500)}


def open_stations() -> list[Station]:
    """Every station of the plans, and the runs and carriers between them; returns all stations."""
    stations: list[Station] = []
    with transaction.atomic():
        for plan in PLANS:
            stations += _open_county(plan)
            schedule_runs(plan.code[:6])
    return stations


def _open_county(plan: CountyPlan) -> list[Station]:
    county = Region.objects.get(code=plan.code)
    centre = _open(StationKind.CENTRE, county, None, plan.opened_on)
    regions = Region.objects.within(plan.code).filter(level=Level.TOWNSHIP).order_by("code")
    wanted = [region for region in regions if not plan.townships or region.name in plan.townships]
    townships = [
        _open(StationKind.TOWNSHIP, region, centre, plan.opened_on + dt.timedelta(days=7 * (place + 1)))
        for place, region in enumerate(wanted)
    ]
    points = [
        _open(StationKind.VILLAGE, village, township, plan.opened_on + dt.timedelta(days=120 + 3 * place))
        for place, (township, village) in enumerate(_villages(townships, plan.points))
    ]
    opened = [centre, *townships, *points]
    place_stations(plan.code[:6], opened)
    return opened


def _villages(townships: list[Station], number: int) -> Iterator[tuple[Station, Region]]:
    """Villages spread evenly over the townships: the first of each, then the second of each; farming villages before town quarters."""
    lists = {
        station: _farming_first(Region.objects.within(station.region_id).filter(level=Level.VILLAGE))
        for station in townships
    }
    rounds = (
        (station, villages[turn])
        for turn in range(number)
        for station, villages in lists.items()
        if turn < len(villages)
    )
    return itertools.islice(rounds, number)


def _farming_first(villages: Iterable[Region]) -> list[Region]:
    return sorted(villages, key=lambda region: (not place_name(region.name).endswith("村"), region.code))


def _open(kind: StationKind, region: Region, parent: Station | None, opened_on: dt.date) -> Station:
    names = {
        StationKind.CENTRE: (f"{region.name}电子商务公共服务中心", f"{region.latin} County E-commerce Centre"),
        StationKind.TOWNSHIP: (f"{region.name}服务站", f"{region.latin} Township Station"),
        StationKind.VILLAGE: (f"{place_name(region.name)}服务点", f"{region.latin} Village Point"),
    }
    parcels, kilograms = CAPACITY[kind]
    centre, village = kind == StationKind.CENTRE, kind == StationKind.VILLAGE
    return Station.objects.create(
        code=f"{region.short_code}{LETTER[kind]}",
        kind=kind,
        region=region,
        parent=parent,
        name=names[kind][0],
        name_en=names[kind][1],
        status=StationStatus.ACTIVE,
        opened_on=opened_on,
        hours="8:00-18:00" if not village else "8:30-12:00 14:30-18:00",
        longitude=region.longitude,
        latitude=region.latitude,
        cold_store=not village,
        grading=not village,
        packing=centre,
        warehouse=centre,
        cash_counter=True,
        training_room=centre,
        parcels_per_day=parcels,
        kg_per_day=kilograms,
    )
