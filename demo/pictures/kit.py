"""Parts which many subjects share: twigs, leaves, fruit, heaps, and what a subject is."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from demo.pictures import palette
from demo.pictures.plate import Plate, speckled
from demo.pictures.strokes import (
    Pebble,
    Points,
    Ribbon,
    arc,
    area,
    leaf_profile,
    pebble,
    ribbon,
    spline,
    turned,
    wobble,
)

Piece = Callable[[Plate, complex, float], None]


@dataclass(frozen=True)
class Subject:
    """What can be drawn of one good.

    `plant` fills about 520 to each side and 400 up and down of the origin. `piece` draws one fresh piece, and `dry` one
    dried piece, about a centre with a radius. `sprig` is a little of the plant to lay beside a vessel, `mark` the small drawing of a label.
    `grain` is the radius of a piece in a heap, `step` the distance of pieces in radii; `bulk` is the colour seen between the pieces of
    a full basket. `lie` is how far below its centre a large piece touches the table, in radii; `extra` is set beside a tin.
    """

    forms: tuple[str, ...]
    plant: Callable[[Plate], None]
    piece: Piece
    dry: Piece
    sprig: Piece
    mark: Piece
    label: str
    tints: tuple[str, ...]
    grain: float = 46
    step: float = 1.3
    dry_grain: float = 30
    dry_step: float = 1.2
    liquid: str = palette.STRAW
    bulk: str = ""
    lie: float = 0.72
    extra: Piece | None = None
    own: dict[str, Callable[[Plate], None]] | None = None


def leaf(
    plate: Plate,
    foot: complex,
    tip: complex,
    half: float,
    *,
    bend: float = 0.08,
    tone: float = 0.4,
    veins: int = 6,
    fullest: float = 0.42,
    point: float = 1.15,
    notch: float = 0.0,
    colour: str = "",
    ink: float = 3.2,
) -> Ribbon:
    """A broad leaf from foot to tip: one half in the light, one in the shade, side veins drawn in fine lines.

    `half` is the half-width; `tone` runs from deep to light green; `notch` roughens the edge with that many parts of
    the width, for toothed leaves.
    """
    saw = (lambda t: notch * (abs((t * 18) % 1.0) - 0.5)) if notch else None
    body = ribbon(arc(foot, tip, bend, steps=36 if notch else 22), half, leaf_profile(fullest, point), saw)
    base = colour or palette.mix(palette.LEAF, palette.LEAF_LIGHT, tone)
    shade = palette.mix(base, palette.LEAF_DEEP, 0.5)
    plate.fill(body.outline(), base)
    dark_side = 1 if ((tip - foot) * turned(90) * turned(-52)).real > 0 else -1
    plate.fill(body.band(0, dark_side), shade)
    plate.fill(body.crescent(-dark_side, -dark_side * 0.72, 0.1, 0.9), palette.lighter(base, 0.22))
    if veins:
        plate.lines(_side_veins(body, veins), 1.5, palette.mix(palette.LEAF_DEEP, palette.INK, 0.3), "end", 0.85)
    plate.line(body.edge(0, 0, 0.97), 2.6, palette.mix(palette.LEAF_DEEP, palette.INK, 0.5), "end")
    plate.ink(body.outline(), ink)
    return body


def _side_veins(body: Ribbon, count: int) -> list[Points]:
    out = []
    for i in range(count):
        t = 0.1 + 0.72 * i / count
        for s in (-1, 1):
            out.append([body.at(t + 0.17 * k / 5, s * 0.86 * (k / 5) ** 0.9) for k in range(6)])
    return out


def twig(
    plate: Plate, knots: list[complex], half: float, *, colour: str = palette.EARTH, knots_drawn: int = 3
) -> Ribbon:
    """A woody stem through the knots, thinner towards its end, lit from above, with a few scars."""
    rough = wobble(plate.rng, 0.06, 5)
    body = ribbon(spline(knots, steps=10), half, lambda t: 1 - 0.62 * t, rough)
    plate.fill(body.outline(), colour)
    low = 1 if (body.sides[0] * 1j.conjugate()).real > 0 else -1
    plate.fill(body.band(low * 0.15, low), palette.darker(colour, 0.4))
    plate.ink(body.outline(), 3.2)
    scars = []
    for _ in range(knots_drawn):
        t = plate.rng.uniform(0.1, 0.9)
        scars.append([body.at(t, -0.7), body.at(t + 0.012, 0), body.at(t, 0.6)])
    plate.lines(scars, 2.2, palette.INK)
    return body


def fruit(
    plate: Plate,
    centre: complex,
    radius: float,
    colour: str,
    *,
    squash: float = 1.0,
    turn: float = 0.0,
    rough: float = 0.025,
    shade: str = "",
    shine: float = 0.45,
    ink: float = 3.8,
) -> Pebble:
    """A round fruit in three flat tones: the body, its shade at the lower right, its light at the upper left."""
    body = pebble(plate.rng, radius, centre=centre, squash=squash, rough=rough, turn=turn)
    plate.fill(body.outline(), colour)
    plate.fill(body.crescent(-35 - turn, 145 - turn, 0.42), shade or palette.mix(colour, palette.PLUM, 0.4))
    if shine:
        lit = [
            body.at(a - turn, k)
            for a, k in zip(range(188, 273, 12), (0.74, 0.8, 0.83, 0.84, 0.83, 0.8, 0.74, 0.7), strict=True)
        ]
        back = [
            body.at(a - turn, k) for a, k in zip(range(266, 190, -14), (0.66, 0.64, 0.62, 0.62, 0.65, 0.7), strict=True)
        ]
        plate.fill(lit + back, palette.lighter(colour, shine))
    plate.ink(body.outline(), ink)
    return body


def merged(plate: Plate, bodies: Sequence[Points], colour: str, ink: float = 4.0) -> None:
    """Several shapes as one: their contours first, then their fills over every line inside."""
    for body in bodies:
        plate.ink(body, ink * 1.9)
    plate.fills([body if area(body) > 0 else body[::-1] for body in bodies], colour)


def pricks(plate: Plate, body: Pebble, count: int, colour: str, radius: float = 2.0) -> None:
    """Fine specks over a fruit."""
    plate.dots(speckled(plate.rng, body, count), radius, colour)


def hatch(plate: Plate, body: Pebble, colour: str, *, start: float = 0, stop: float = 110, rows: int = 3) -> None:
    """Short engraved lines along the shaded side of a round thing."""
    drawn = []
    for i in range(rows):
        k = 0.9 - i * 0.1
        shrink = i * 9
        drawn.append(body.ring(k, start + shrink, stop - shrink))
    plate.lines(drawn, 1.8, colour)


def mound(rng: Random, rx: float, ry: float, rise: float, step: float, *, full: float = 2.0) -> Points:
    """Places for the pieces of a heap on an oval, the farthest first; the middle stands `rise` higher.

    `full` above 2 fills the corners about the oval.
    """
    out = []
    rows = max(2, round((2 * ry + (0.6 * rise if rise > 120 else 0)) / (step * 0.46)))
    for i in range(rows):
        v = -1 + 2 * (i + 0.5) / rows
        if v > 0 and rise > 120:
            v = math.sin(v * math.pi / 2)  # the steep front of a high heap needs its rows closer
        wide = rx * (1 - abs(v) ** full) ** (1 / full)
        count = max(1, round(2 * wide / step))
        for k in range(count):
            x = -wide + 2 * wide * (k + 0.5 + rng.uniform(-0.3, 0.3)) / count
            lift = rise * max(0.0, 1 - (x / rx) ** 2 - v * v) ** 0.8
            out.append(complex(x, v * ry - lift + rng.uniform(-0.1, 0.1) * step))
    return out


def shadow(plate: Plate, centre: complex, rx: float, ry: float, ground: str) -> None:
    """The flat shadow under a thing on the table, with a few lines of the graver along its edge."""
    tone = palette.mix(ground, palette.EARTH, 0.26)
    plate.disc(centre + complex(rx * 0.08, 0), rx, ry, tone)
    rows = []
    for i in range(4):
        v = -0.2 + 0.36 * i
        reach = rx * (1.12 - 0.1 * abs(i - 1))
        y = centre.imag + ry * v
        rows.append(
            [complex(centre.real + reach * (0.72 + 0.05 * i), y), complex(centre.real + reach * (1.2 - 0.06 * i), y)]
        )
    plate.lines(rows, 3.0, tone)
