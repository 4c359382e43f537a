"""Names of places on cards and pages. Divisions hardly ever change, so each process keeps the names that it has read."""

from collections.abc import Iterable

from django.utils.translation import get_language

from stations.models import Region
from stations.place_names import place_name

_MOST_KEPT = 20_000
_kept: dict[str, tuple[str, str]] = {}


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
    county, township = (name_of(code) for code in county_and_township(village_code))
    parts = [county, township if township != county else ""]
    return (" · " if get_language() == "en" else " ").join(part for part in parts if part)
