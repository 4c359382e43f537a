"""A county's network for the demo and the tests: daily runs along the hierarchy, and a carrier's rates to the provinces.

The figures are made up (demo): plausible for vans of half a ton to two tons on country roads, and for a parcel carrier's price list by
distance. They are nobody's timetable and nobody's tariff.
"""

import datetime as dt
import math
from collections.abc import Iterator

from django.db import transaction

from delivery.models import CarrierRate, Run
from stations.models import Level, Region, Station, StationKind

CARRIER, CARRIER_EN = "演示快递", "Demo Express"
COLLECTS_AT = dt.time(18, 0)
EARTH_KM = 6371.0
ROAD_FACTOR, ROAD_KMH, SHORTEST_MINUTES, LONGEST_MINUTES = 1.4, 35.0, 15, 150
# Hours of departure, (to the centre, from the centre): what a village collects in the morning leaves the county in the evening.
VILLAGE_HOURS = (((8, 30), (14, 0)), ((10, 0), (15, 30)))
TOWNSHIP_HOURS = (((11, 0), (16, 0)), ((7, 30), (13, 0)))
VILLAGE_KG, TOWNSHIP_KG = 400, 1_500
VILLAGE_FEN, TOWNSHIP_FEN = 20, 15
DAILY, BUT_SUNDAY = 0b1111111, 0b0111111
# Up to so many kilometres: days, first and further kilogram in fen, whether it takes chilled goods.
BANDS = (
    (300, 1, 600, 150, True),
    (900, 2, 800, 300, True),
    (1_500, 3, 1_000, 450, True),
    (math.inf, 5, 1_400, 900, False),
)
CHILLED_EXTRA_FEN = 800
# Taiwan, Hong Kong and Macau need customs papers.
ABROAD = ("71", "81", "82")


def schedule_runs(county_code: str) -> int:
    """Give each active station of the county (six digits) daily runs to and from the one above, and the centre carrier rates.

    Returns how many runs and rates were made; a pair of stations that has a run, and a province that has a rate, stay as they are.
    """
    stations = list(Station.objects.active().within(f"{county_code}000000").select_related("parent", "region"))
    with transaction.atomic():
        served = set(Run.objects.filter(from_station__in=stations).values_list("from_station_id", "to_station_id"))
        runs = [
            run
            for place, station in enumerate(stations)
            if station.parent is not None and station.parent.is_active
            for run in _runs_of(station, station.parent, place)
            if (run.from_station_id, run.to_station_id) not in served
        ]
        Run.objects.bulk_create(runs)
        rates = [rate for station in stations if station.kind == StationKind.CENTRE for rate in _rates_of(station)]
        CarrierRate.objects.bulk_create(rates)
    return len(runs) + len(rates)


def _runs_of(station: Station, above: Station, place: int) -> Iterator[Run]:
    """A morning and an afternoon run each way; villages are served one after another, every third one not on Sundays."""
    village = station.kind == StationKind.VILLAGE
    up, down = VILLAGE_HOURS if village else TOWNSHIP_HOURS
    minutes = _minutes(station, above)
    for start, end, hours in ((station, above, up), (above, station, down)):
        for hour, minute in hours:
            yield Run(
                from_station=start,
                to_station=end,
                days=BUT_SUNDAY if village and place % 3 == 0 else DAILY,
                departs_at=dt.time(hour, minute + 5 * (place % 6)),
                minutes=minutes,
                capacity_kg=VILLAGE_KG if village else TOWNSHIP_KG,
                chilled=(station if village else above).cold_store or above.cold_store,
                cost_fen_per_kg=VILLAGE_FEN if village else TOWNSHIP_FEN,
            )


def _minutes(station: Station, above: Station) -> int:
    """A van's minutes between two stations, from the distance of their regions where both have a point."""
    distance = _kilometres(station.region, above.region)
    minutes = 40 if distance is None else round(distance * ROAD_FACTOR / ROAD_KMH * 60)
    return min(max(minutes, SHORTEST_MINUTES), LONGEST_MINUTES)


def _rates_of(centre: Station) -> Iterator[CarrierRate]:
    known = set(CarrierRate.objects.filter(centre=centre).values_list("province_id", flat=True))
    for province in Region.objects.filter(level=Level.PROVINCE).order_by("code"):
        if province.code in known or province.code.startswith(ABROAD):
            continue
        own = province.code[:2] == centre.region_id[:2]
        distance = 0.0 if own else _kilometres(centre.region, province) or BANDS[1][0]
        _up_to, days, first, further, chilled = next(band for band in BANDS if distance <= band[0])
        yield CarrierRate(
            centre=centre,
            province=province,
            carrier=CARRIER,
            carrier_en=CARRIER_EN,
            collects_at=COLLECTS_AT,
            days=days,
            first_kg_fen=first,
            next_kg_fen=further,
            chilled=chilled,
            chilled_extra_fen=CHILLED_EXTRA_FEN if chilled else 0,
        )


def _kilometres(start: Region, end: Region) -> float | None:
    """The great-circle distance of two regions' points (haversine formula); None where one has none."""
    if None in (start.longitude, start.latitude, end.longitude, end.latitude):
        return None
    west, south, east, north = (
        math.radians(value or 0) for value in (start.longitude, start.latitude, end.longitude, end.latitude)
    )
    half = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin((east - west) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))
