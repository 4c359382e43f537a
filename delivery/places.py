"""The name of a region as a parcel's label needs it: with what it lies in."""

from django.utils.translation import get_language

from stations.models import Region

# The bureau's word for the level between a municipality and its districts: it says nothing.
DISTRICTS = "市辖区"


def region_in_full(region: Region) -> str:
    """Province, prefecture and region ('湖南省 衡阳市 祁东县', 'Qidong, Hengyang, Hunan'); read it with `parent__parent`."""
    names, above = [region.label], region.parent
    while above is not None:
        if above.name != DISTRICTS:
            names.append(above.label)
        above = above.parent
    return ", ".join(names) if get_language() == "en" else " ".join(reversed(names))
