"""Outlines of counties for small maps, in a committed file (simplifying.py makes it).

A line of the file: the six digits of a county, then its rings. A ring is pairs of whole thousandths of a degree, the first pair as it is,
each further one as the step from the pair before; rings are parted by semicolons, numbers by blanks.
"""

import csv
import lzma
from pathlib import Path

FILE = Path(__file__).parent / "outlines.csv.xz"
THOUSANDTHS = 1000


def read_outline(county_code: str, path: Path = FILE) -> list[list[tuple[float, float]]]:
    """The rings of a county (six digits) as (longitude, latitude) in degrees; none where the file has no such county."""
    with lzma.open(path, "rt", encoding="utf-8", newline="") as lines:
        for code, rings in csv.reader(lines):
            if code == county_code:
                return [_points(ring) for ring in rings.split(";")]
    return []


def _points(ring: str) -> list[tuple[float, float]]:
    numbers, x, y, points = [int(number) for number in ring.split()], 0, 0, []
    for step in range(0, len(numbers), 2):
        x, y = x + numbers[step], y + numbers[step + 1]
        points.append((x / THOUSANDTHS, y / THOUSANDTHS))
    return points
