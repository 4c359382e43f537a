"""The places that an address is chosen from: provinces, their cities, and the counties below; and village points with a counter."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Value
from django.db.models.functions import Concat, Left
from django.utils.translation import get_language

from catalog.kept import kept_for
from stations.models import Level, Region, Station, StationKind
from stations.models.region import UnknownRegion, full_code

Choice = tuple[str, str]

# Beijing, Tianjin, Shanghai and Chongqing: the level below them is no city but a heading ('市辖区', '县'), which no address shows.
MUNICIPALITIES = ("11", "12", "31", "50")
# Beyond the mainland's carriers: Taiwan, Hong Kong, Macao.
MAINLAND_BELOW = "700000000000"


@dataclass(frozen=True, slots=True)
class City:
    """A prefecture with its counties, as (code, name) choices; a city without counties (Dongguan) has itself as the one choice."""

    code: str
    name: str
    counties: tuple[Choice, ...]


# How long the village points of a county are kept for every checkout, in seconds; the point that was chosen is read anew.
POINTS_KEPT = 60

_known_provinces: dict[str, list[Choice]] = {}
_known_cities: dict[tuple[str, str], list[City]] = {}


def provinces() -> list[Choice]:
    """The provinces that carriers reach. Asked for once a language and process: their list outlives any release."""
    language = get_language() or ""
    if not _known_provinces.get(language):
        found = Region.objects.filter(level=Level.PROVINCE, code__lt=MAINLAND_BELOW)
        _known_provinces[language] = [(region.code, region.label) for region in found]
    return _known_provinces[language]


def cities(province_code: str) -> list[City]:
    """The cities of a province; a municipality has one, itself. Empty for a code that is no province.

    Asked for once a province, language and process, as provinces are.
    """
    try:
        code = full_code(province_code)
    except UnknownRegion:
        return []
    if code != full_code(code[:2]):
        return []
    shape = (get_language() or "", code)
    if not _known_cities.get(shape):
        if not (found := _cities(code)):
            return []
        _known_cities[shape] = found
    return _known_cities[shape]


def _cities(code: str) -> list[City]:
    below = (Level.PROVINCE, Level.PREFECTURE, Level.COUNTY)
    regions = list(Region.objects.within(code).filter(level__in=below).order_by("code"))
    if not regions or regions[0].code >= MAINLAND_BELOW:
        return []
    counties = [region for region in regions if region.level == Level.COUNTY]
    if code[:2] in MUNICIPALITIES:
        return [City(f"{code[:2]}0100000000", regions[0].label, _choices(counties))]
    return [
        City(
            region.code,
            region.label,
            _choices(county for county in counties if county.parent_id == region.code) or _choices([region]),
        )
        for region in regions
        if region.level == Level.PREFECTURE
    ]


def _choices(regions: Iterable[Region]) -> tuple[Choice, ...]:
    return tuple((region.code, region.label) for region in regions)


def address_line(region: Region, detail: str = "") -> str:
    """An address as it is written: in Chinese from the province down to the door, in English the other way round."""
    wanted = {full_code(region.code[:digits]) for digits in (2, 4, 6)} | {region.code}
    shown = []
    for place in Region.objects.filter(code__in=wanted).order_by("code"):
        heading = place.level == Level.PREFECTURE and (place.code[:2] in MUNICIPALITIES or place.code[2:4] == "90")
        if not heading and place.label not in shown:
            shown.append(place.label)
    if get_language() == "en":
        return ", ".join(part for part in [detail, *shown[::-1]] if part)
    return "".join(shown) + (f" {detail}" if detail else "")


def pickup_counties() -> list[Choice]:
    """The counties with a village point where a parcel can be picked up, as of a minute ago at the latest."""
    return kept_for(POINTS_KEPT, f"pickup-counties:{get_language()}", _pickup_counties)


def _pickup_counties() -> list[Choice]:
    points = Station.objects.active().filter(kind=StationKind.VILLAGE)
    codes = points.order_by().annotate(county=Concat(Left("region_id", 6), Value("000000"))).values("county")
    return [(region.code, region.label) for region in Region.objects.filter(code__in=codes)]


def pickup_points(county_code: str) -> list[Choice]:
    """The village points of a county, as (station code, name and township), as of a minute ago at the latest."""
    try:
        code = full_code(county_code)
    except UnknownRegion:
        return []
    return kept_for(POINTS_KEPT, f"pickup-points:{get_language()}:{code}", lambda: _pickup_points(code))


def _pickup_points(code: str) -> list[Choice]:
    points = Station.objects.active().within(code).filter(kind=StationKind.VILLAGE).select_related("parent__region")
    return [
        (point.code, f"{point.label} ({point.parent.region.label})" if point.parent else point.label)
        for point in points
    ]
