"""Names of places (and of grades) on cards and pages, and how far counties are. Divisions hardly ever change, so each process keeps
what it has read.
"""

import math
from collections.abc import Iterable
from functools import lru_cache

from django.utils.translation import get_language

from catalog.models import Grade
from stations.models import Level, Region
from stations.place_names import place_name

_MOST_KEPT = 20_000
_EARTH_KM = 6371.0
_kept: dict[str, tuple[str, str]] = {}
_grades: dict[str, str] = {}


def read_names(codes: Iterable[str]) -> None:
    """Makes sure that the names of these twelve-digit codes are kept; one query at most, none when all are."""
    missing = {code for code in codes if code not in _kept}
    if not missing:
        return
    if len(_kept) > _MOST_KEPT:
        _kept.clear()
    for code, name, latin in Region.objects.filter(code__in=missing).values_list("code", "name", "latin"):
        _kept[code] = (place_name(name), latin)


def name_of(code: str) -> str:
    """The name of a region read before, in the language of the page; nothing for an unknown one."""
    names = _kept.get(code)
    return names[get_language() == "en"] if names else ""


def county_and_township(village_code: str) -> tuple[str, str]:
    """The codes that stand on a card for a village."""
    return village_code[:6] + "0" * 6, village_code[:9] + "0" * 3


def short_place(village_code: str) -> str:
    """County and township of a village whose names were read: '祁东县 黄土铺镇', 'Qidong · Huangtupu'."""
    return short_places([village_code])[village_code]


def short_places(village_codes: Iterable[str]) -> dict[str, str]:
    """short_place of each of these villages: cards of one page share a few."""
    english = get_language() == "en"
    between, unknown = " · " if english else " ", ("", "")
    found = {}
    for village in village_codes:
        county, township = (_kept.get(code, unknown)[english] for code in county_and_township(village))
        found[village] = between.join(part for part in (county, township if township != county else "") if part)
    return found


def read_grades(names: Iterable[str]) -> None:
    """Makes sure that the English names of these grades are kept; one query at most."""
    missing = {name for name in names if name and name not in _grades}
    if missing:
        _grades.update(
            dict.fromkeys(missing, "") | dict(Grade.objects.filter(name__in=missing).values_list("name", "name_en"))
        )


def grade_in_english(name: str) -> str:
    """The English name of a grade that was read before; the Chinese one where there is none."""
    return _grades.get(name) or name


@lru_cache(maxsize=64)
def counties_by_distance(code: str) -> dict[str, int]:
    """Every county (six digits) with its rank by the distance (great circle) from the place of this twelve-digit code; those whose
    point is not known come last, in the order of their codes. One query for each place and process; empty for an unknown place.
    """
    place = Region.objects.filter(code=code).values_list("longitude", "latitude").first()
    if place is None:
        return {}
    counties = Region.objects.filter(level=Level.COUNTY).values_list("code", "longitude", "latitude")
    far = sorted((_kilometres(place, (longitude, latitude)), found[:6]) for found, longitude, latitude in counties)
    return {county: rank for rank, (_distance, county) in enumerate(far)}


def _kilometres(one: tuple[float | None, float | None], other: tuple[float | None, float | None]) -> float:
    """By the haversine formula; infinity where a point is not known."""
    if None in one or None in other:
        return math.inf
    west, south, east, north = (math.radians(value or 0) for value in (*one, *other))
    half = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin((east - west) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(half))


@lru_cache(maxsize=2)
def provinces(language: str) -> tuple[tuple[str, str], ...]:
    """Code (twelve digits) and name of every province whose point is known, in the order of codes."""
    found = Region.objects.filter(level=Level.PROVINCE, longitude__isnull=False).order_by("code")
    return tuple((region.code, region.latin if language == "en" else region.name) for region in found)
