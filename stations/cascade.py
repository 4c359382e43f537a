"""The three lists of an address: province, prefecture, county, as a buyer expects them.

The official list has headings among its prefectures: 市辖区 in Beijing, 省直辖县级行政区划 in Hubei. They keep
their codes, but a buyer reads the municipality's name or plain words, and the address as written leaves them
out. It also has cities without counties (东莞市) and regions without prefectures (香港): these stand in for the
level they lack, so that three lists always end in one code, of which six digits name the county.
"""

from typing import NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from stations.models import Level, Region
from stations.models.region import ancestor_codes, code_range
from stations.place_names import place_name

URBAN, RURAL = "市辖区", "县"
DIRECT = frozenset(("省直辖县级行政区划", "自治区直辖县级行政区划"))


class Choice(NamedTuple):
    """An entry of a list: the twelve-digit code, and the label in the language of the page."""

    code: str
    label: str


def is_heading(region: Region) -> bool:
    """Say whether a prefecture only heads a part of the official list and is no place one could name in an address."""
    return region.level == Level.PREFECTURE and (region.name in (URBAN, RURAL) or region.name in DIRECT)


def choices(level: Level, *, within: Region | None = None) -> list[Choice]:
    """The list of this level below `within` (None for provinces), in the order of the codes; never empty.

    Where nothing of the level lies below, it is `within` itself.
    """
    if within is None:
        return [Choice(region.code, region.label) for region in Region.objects.filter(level=level)]
    found = Region.objects.filter(level=level, code__range=code_range(within.code))
    return [Choice(region.code, _label(region, within)) for region in found] or [Choice(within.code, within.label)]


def _label(region: Region, above: Region) -> str:
    if not is_heading(region):
        return region.label
    if region.name in DIRECT:
        return _("Counties directly under the province")
    if region.name == RURAL:
        return _("%(municipality)s, counties") % {"municipality": above.label}
    return above.label


def written(code: str) -> str:
    """The place of an address as it is written: 湖南省衡阳市祁东县, 北京市东城区; in English the smallest first.

    `code` is the twelve-digit code that the cascade ended in, or of a township or village. Unknown codes give ''.
    """
    regions = Region.objects.in_bulk(ancestor_codes(code))
    labels = [place_name(regions[key].label) for key in sorted(regions) if not is_heading(regions[key])]
    return ", ".join(reversed(labels)) if get_language() == "en" else "".join(labels)
