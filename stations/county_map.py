"""A county's stations on a map: its outline, a mark a station, a line to the one above, and names where there is room for them.

Drawn as SVG by the server, at the width of a phone. A plate carrée with its longitudes shortened by the cosine of the county's latitude
is true enough for one county.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from stations.data.county_outlines import read_outline
from stations.models import Station, StationKind

WIDTH, TALLEST, MARGIN = 360.0, 440.0, 16.0
# From so many points on they are drawn as one line of dots without links: no thumb would hit one, and the list has them all.
MOST_LINKED = 300
FONT, HAN_WIDTH, LATIN_WIDTH, LINE = 13, 13.5, 7.4, 16.0
SIZES = {StationKind.CENTRE.value: 8, StationKind.TOWNSHIP.value: 5, StationKind.VILLAGE.value: 3}

Place = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(slots=True)
class Mark:
    """A station at its place, in the units of the drawing; `text` is its name where there is room, at `at`."""

    station: Station
    x: float
    y: float
    text: str = ""
    at: Place = (0.0, 0.0)
    anchor: str = "start"

    @property
    def size(self) -> int:
        """Half of the mark's width."""
        return SIZES[self.station.kind]


@dataclass(slots=True)
class CountyMap:
    """What the drawing is made of. `dots` are the village points where they are too many for marks of their own."""

    height: int
    outline: str
    lines: str
    marks: list[Mark] = field(default_factory=list)
    dots: str = ""
    unplaced: int = 0

    @property
    def nameless(self) -> int:
        """How many of the higher stations have no room for their name."""
        return sum(not mark.text for mark in self.marks if mark.station.kind != StationKind.VILLAGE)


@dataclass(frozen=True, slots=True)
class Projection:
    """From degrees to the units of the drawing."""

    west: float
    north: float
    across: float
    down: float
    left: float

    def __call__(self, place: Place) -> Place:
        """The point of the drawing for a longitude and latitude."""
        return (place[0] - self.west) * self.across + self.left, (self.north - place[1]) * self.down + MARGIN


def draw_map(county_code: str, stations: Sequence[Station]) -> CountyMap:
    """The map of a county (six digits) with these stations (load `region`); those without a point are counted in `unplaced`."""
    rings = _outline(county_code)
    known = {station.pk: place for station in stations if (place := _point(station))}
    corners = [place for ring in rings for place in ring] or list(known.values()) or [(0.0, 0.0), (1.0, 1.0)]
    project, height = _projection(corners)
    places = {key: project(place) for key, place in known.items()}
    shown = [station for station in stations if station.pk in places]
    points = [station for station in shown if station.kind == StationKind.VILLAGE]
    dotted = {station.pk for station in points} if len(points) > MOST_LINKED else set()
    marks = [Mark(station, *places[station.pk]) for station in reversed(shown) if station.pk not in dotted]
    marks.sort(key=lambda mark: mark.size)  # the higher ones lie on top
    _name(marks, height)
    return CountyMap(
        height=round(height),
        outline=" ".join(f"M{_path(project(place) for place in ring)}Z" for ring in rings),
        lines=" ".join(
            f"M{_path((places[one.pk], places[one.parent_id]))}"
            for one in shown
            if one.parent_id and one.parent_id in places
        ),
        marks=marks,
        dots=" ".join(f"M{places[key][0]:.1f} {places[key][1]:.1f}h0" for key in sorted(dotted)),
        unplaced=len(stations) - len(shown),
    )


@lru_cache(maxsize=64)
def _outline(county_code: str) -> list[list[Place]]:
    return read_outline(county_code)


def _point(station: Station) -> Place | None:
    """Its own point, or that of its region."""
    for place in (station, station.region):
        if place.longitude is not None and place.latitude is not None:
            return place.longitude, place.latitude
    return None


def _projection(corners: list[Place]) -> "tuple[Projection, float]":
    west, east = min(x for x, _y in corners), max(x for x, _y in corners)
    south, north = min(y for _x, y in corners), max(y for _x, y in corners)
    narrowing = math.cos(math.radians((south + north) / 2))
    width, tall = max((east - west) * narrowing, 1e-6), max(north - south, 1e-6)
    scale = min((WIDTH - 2 * MARGIN) / width, (TALLEST - 2 * MARGIN) / tall)
    left = (WIDTH - width * scale) / 2
    return Projection(west, north, scale * narrowing, scale, left), tall * scale + 2 * MARGIN


def _path(places: Iterable[Place]) -> str:
    return "L".join(f"{x:.1f} {y:.1f}" for x, y in places)


def _name(marks: list[Mark], height: float) -> None:
    """Give the higher stations their region's name, right, left, above or below, where it covers no other name and no mark of theirs."""
    named = [mark for mark in reversed(marks) if mark.station.kind != StationKind.VILLAGE]
    taken = [(mark.x - mark.size, mark.y - mark.size, mark.x + mark.size, mark.y + mark.size) for mark in named]
    for mark in named:
        text = mark.station.region.label
        width = sum(LATIN_WIDTH if letter.isascii() else HAN_WIDTH for letter in text)
        gap = mark.size + 3
        for anchor, x, y in (
            ("start", mark.x + gap, mark.y + 4),
            ("end", mark.x - gap, mark.y + 4),
            ("middle", mark.x, mark.y - gap),
            ("middle", mark.x, mark.y + gap + 9),
        ):
            left = {"start": x, "end": x - width, "middle": x - width / 2}[anchor]
            box = (left, y - LINE + 4, left + width, y + 3)
            inside = box[0] >= 0 and box[2] <= WIDTH and box[1] >= 0 and box[3] <= height
            if inside and not any(_overlap(box, other) for other in taken):
                mark.text, mark.at, mark.anchor = text, (round(x, 1), round(y, 1)), anchor
                taken.append(box)
                break


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
