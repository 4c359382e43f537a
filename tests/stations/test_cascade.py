"""The three lists of an address."""

import pytest
from django.utils import translation

from stations.cascade import choices, written
from stations.models import Level, Region
from stations.place_names import place_name

pytestmark = pytest.mark.django_db


def region(code: str) -> Region:
    return Region.objects.find(code)


def test_an_address_goes_from_province_to_county() -> None:
    assert ("430000000000", "湖南省") in choices(Level.PROVINCE)
    assert ("430400000000", "衡阳市") in choices(Level.PREFECTURE, within=region("43"))
    assert ("430426000000", "祁东县") in choices(Level.COUNTY, within=region("4304"))
    assert written("430426000000") == "湖南省衡阳市祁东县"


def test_headings_of_the_official_list_read_as_a_buyer_expects() -> None:
    assert choices(Level.PREFECTURE, within=region("11")) == [("110100000000", "北京市")]
    assert written("110101000000") == "北京市东城区"
    assert written("429004000000") == "湖北省仙桃市"
    with translation.override("en"):
        assert dict(choices(Level.PREFECTURE, within=region("42")))["429000000000"] == (
            "Counties directly under the province"
        )
        assert written("429004000000") == "Xiantao, Hubei"


def test_a_missing_level_is_filled_by_the_region_itself() -> None:
    assert choices(Level.COUNTY, within=region("4419")) == [("441900000000", "东莞市")]
    assert choices(Level.PREFECTURE, within=region("81")) == [("810000000000", "香港特别行政区")]
    assert choices(Level.COUNTY, within=region("81")) == [("810000000000", "香港特别行政区")]
    assert written("441900000000") == "广东省东莞市"


def test_a_village_is_written_with_all_above_it() -> None:
    village = Region.objects.within("430426111000").get(name="黄花场村委会")
    assert written(village.code) == "湖南省衡阳市祁东县白地市镇黄花场村"


@pytest.mark.parametrize(
    ("official", "place"),
    [
        ("三星村委会", "三星村"),
        ("三星村民委员会", "三星村"),
        ("三星村村民委员会", "三星村"),
        ("上正社区居委会", "上正社区"),
        ("长城嘎查村民委员会", "长城嘎查"),
        ("井塘居民委员会", "井塘居委会"),
        ("东风农场生活区", "东风农场生活区"),
        ("居委会", "居委会"),
        ("祁东县", "祁东县"),
    ],
)
def test_a_village_is_called_by_its_place(official: str, place: str) -> None:
    assert place_name(official) == place
