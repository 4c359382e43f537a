"""Names of regions in Latin letters."""

import pytest

from stations.data.romanisation import romanise, split_kind


@pytest.mark.parametrize(
    ("name", "level", "latin", "pinyin", "initials"),
    [
        ("祁东县", 3, "Qidong", "qidong xian", "qdx"),
        ("白地市镇", 4, "Baidishi", "baidishi zhen", "bdsz"),
        ("重庆市", 1, "Chongqing", "chongqing shi", "cqs"),
        ("长沙市", 2, "Changsha", "changsha shi", "css"),
        ("厦门市", 2, "Xiamen", "xiamen shi", "xms"),
        ("六安市", 2, "Lu'an", "luan shi", "las"),
        ("蚌埠市", 2, "Bengbu", "bengbu shi", "bbs"),
        ("枞阳县", 3, "Zongyang", "zongyang xian", "zyx"),
        ("礼县", 3, "Li", "li xian", "lx"),
        ("成县", 3, "Cheng", "cheng xian", "cx"),
        ("宕昌县", 3, "Tanchang", "tanchang xian", "tcx"),
        ("朝阳区", 3, "Chaoyang", "chaoyang qu", "cyq"),
        ("民乐县", 3, "Minle", "minle xian", "mlx"),
        ("乐清市", 3, "Yueqing", "yueqing shi", "yqs"),
        ("都江堰市", 3, "Dujiangyan", "dujiangyan shi", "djys"),
        ("绿春县", 3, "Lüchun", "lvchun xian", "lcx"),
        ("东乡族自治县", 3, "Dongxiang", "dongxiang zuzizhixian", "dxzzzx"),
        ("湘西土家族苗族自治州", 2, "Xiangxi", "xiangxi tujiazumiaozuzizhizhou", "xxtjzmzzzz"),
        ("兰州新区", 3, "Lanzhou New Area", "lanzhou xinqu", "lzxq"),
        ("三星村委会", 5, "Sanxing", "sanxing cunweihui", "sxcwh"),
        ("黄寺大街24号社区居委会", 5, "Huangsidajie 24 Hao", "huangsidajie 24 hao shequjuweihui", "hsdj24hsqjwh"),
    ],
)
def test_names_as_maps_have_them(name: str, level: int, latin: str, pinyin: str, initials: str) -> None:
    found = romanise(name, level=level)
    assert (found.latin, found.pinyin, found.initials) == (latin, pinyin, initials)


def test_names_of_other_languages_keep_their_usual_form() -> None:
    assert romanise("陕西省", level=1, code="610000000000").latin == "Shaanxi"
    assert romanise("山西省", level=1, code="140000000000").latin == "Shanxi"
    assert romanise("呼和浩特市", level=2, code="150100000000").latin == "Hohhot"
    assert romanise("呼和浩特市", level=2, code="150100000000").pinyin == "huhehaote shi"


@pytest.mark.parametrize(
    ("name", "level", "parts"),
    [
        ("碑林区", 3, ("碑林", "区")),
        ("城区", 3, ("城区", "")),
        ("清新区", 3, ("清新", "区")),
        ("白水县", 3, ("白水", "县")),
        ("管城回族区", 3, ("管城", "回族区")),
        ("李村委会", 5, ("李村", "委会")),
        ("上正社区居委会", 5, ("上正", "社区居委会")),
    ],
)
def test_the_kind_comes_off_and_the_name_stays(name: str, level: int, parts: tuple[str, str]) -> None:
    assert split_kind(name, level=level) == parts


def test_a_very_long_name_still_fits_the_columns() -> None:
    found = romanise("内蒙古赤峰冶金化工开发区管理委员会巴林右旗产业园管理办公室虚拟社区" * 2, level=5)
    assert len(found.latin) <= 120
    assert len(found.pinyin) <= 120
    assert len(found.initials) <= 40
