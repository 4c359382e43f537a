"""Where the demo's stations stand: at their region's point where one is known, else inside the county at a place that is made up."""

import math
from collections.abc import Iterator

from stations.data.county_outlines import read_outline
from stations.models import Station, StationKind

STEPS = 40
# Degrees from a township station to the points around it.
AROUND = 0.028
GOLDEN = math.pi * (3 - math.sqrt(5))

Place = tuple[float, float]


def place_stations(county_code: str, stations: list[Station]) -> None:
    """Give the stations of a county (six digits) that have no point one: townships far from each other, points around their township."""
    rings = read_outline(county_code)
    if not rings:
        return
    inside = [place for place in _grid(rings[0]) if _within(place, rings[0])]
    known = [
        (one.longitude, one.latitude) for one in stations if one.longitude is not None and one.latitude is not None
    ]
    for station in stations:
        if station.kind == StationKind.TOWNSHIP and station.longitude is None:
            far = max(
                inside, key=lambda place: min((_apart(place, other) for other in [*known, *rings[0]]), default=1.0)
            )
            known.append(far)
            _put(station, far)
    turns: dict[int | None, int] = {}
    for station in stations:
        if station.kind == StationKind.VILLAGE and station.longitude is None and station.parent is not None:
            turn = turns[station.parent_id] = turns.get(station.parent_id, 0) + 1
            _put(station, next(_round(station.parent, turn, rings[0])))


def _put(station: Station, place: Place) -> None:
    station.longitude, station.latitude = round(place[0], 4), round(place[1], 4)
    station.save(update_fields=["longitude", "latitude"])


def _grid(ring: list[Place]) -> Iterator[Place]:
    west, east = min(x for x, _y in ring), max(x for x, _y in ring)
    south, north = min(y for _x, y in ring), max(y for _x, y in ring)
    for column in range(1, STEPS):
        for row in range(1, STEPS):
            yield west + (east - west) * column / STEPS, south + (north - south) * row / STEPS


def _round(township: Station, turn: int, ring: list[Place]) -> Iterator[Place]:
    """Places inside the county ever nearer to the township, each turn in another direction; at last the township itself."""
    x, y = township.longitude or 0.0, township.latitude or 0.0
    for near in (1.0, 0.7, 0.4, 0.15):
        reach = AROUND * (0.7 + 0.3 * (turn % 3)) * near
        place = (x + reach * math.cos(turn * GOLDEN), y + reach * math.sin(turn * GOLDEN))
        if _within(place, ring):
            yield place
    yield x, y


def _within(place: Place, ring: list[Place]) -> bool:
    """Whether a ray from the place crosses the ring an odd number of times."""
    x, y = place
    odd = False
    for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (ay > y) != (by > y):
            odd ^= x < (bx - ax) * (y - ay) / (by - ay) + ax
    return odd


def _apart(one: Place, other: Place) -> float:
    return math.hypot(one[0] - other[0], one[1] - other[1])
