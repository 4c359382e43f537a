"""The chilli (辣椒): pods, the string under the eave, the bush."""

import math

from demo.pictures import palette
from demo.pictures.kit import Subject, leaf
from demo.pictures.plate import Plate
from demo.pictures.strokes import arc, ribbon, spline, turned, wobble


def chili(plate: Plate, at: complex, radius: float) -> None:
    """A red chilli with its green cap."""
    rng = plate.rng
    with plate.place(at, radius, rng.uniform(-60, 60) + rng.choice((0, 180))):
        _pod(
            plate,
            [
                -0.85 + 0j,
                complex(-0.2, rng.uniform(-0.14, 0.14)),
                complex(0.5, rng.uniform(-0.2, 0.2)),
                complex(1.2, rng.uniform(-0.4, 0.4)),
            ],
            radius,
        )


def _pod(plate: Plate, knots: list[complex], radius: float) -> None:
    rng = plate.rng
    unit = abs(knots[-1] - knots[0]) / 2.05
    body = ribbon(
        spline(knots, steps=7),
        0.215 * unit,
        lambda t: (0.72 + 0.28 * math.sin(math.pi * min(1, t * 2))) * max(0.0, 1 - t**2.1) ** 0.75,
        wobble(rng, 0.06, 3),
    )
    tone = palette.mix(palette.RED, palette.ORANGE, rng.uniform(0.05, 0.4))
    plate.fill(body.outline(), tone)
    plate.fill(body.crescent(1, 0.2, 0, 0.97), palette.mix(tone, palette.PLUM, 0.5))
    plate.line(body.edge(-0.42, 0.08, 0.62), max(2.2, 0.055 * radius), palette.lighter(tone, 0.6))
    plate.ink(body.outline(), 3.2)
    back = (knots[0] - knots[1]) / abs(knots[0] - knots[1])
    cap = ribbon(
        [knots[0] + back * 0.05 * unit, knots[0] - back * 0.06 * unit, knots[0] - back * 0.17 * unit],
        0.2 * unit,
        lambda t: 0.72 + 0.4 * t,
    )
    plate.shape(cap.outline(), palette.LEAF, 2.6)
    stalk = arc(knots[0] + back * 0.03 * unit, knots[0] + back * 0.46 * unit, 0.12)
    plate.line(stalk, max(4.4, 0.1 * radius), palette.INK, "none")
    plate.line(stalk, max(2.4, 0.055 * radius), palette.LEAF_LIGHT, "none")


def chili_string(plate: Plate) -> None:
    """Strings of red chillies hanging from a pole, as under a farmhouse eave."""
    rng = plate.rng
    pole = ribbon(arc(complex(-470, -352), complex(470, -346), 0.004), 17, lambda _t: 1.0)
    plate.fill(pole.outline(), palette.mix(palette.LEAF_LIGHT, palette.STRAW, 0.5))
    plate.fill(pole.band(0.1, 1), palette.mix(palette.OLIVE, palette.STRAW, 0.3))
    plate.ink(pole.outline(), 4)
    plate.lines(
        [[pole.at(t, -1), pole.at(t + 0.006, 0), pole.at(t, 1)] for t in (0.09, 0.33, 0.62, 0.9)], 5, palette.INK
    )
    places = [-285, 0, 285] if rng.random() < 0.6 else [-170, 170]
    for x in places:
        _string(plate, complex(x + rng.uniform(-18, 18), -350), rng.randrange(7, 10), full=len(places) < 3)


def _string(plate: Plate, top: complex, rows: int, *, full: bool) -> None:
    """One string: pods in pairs down a cord, in threes where `full`, the upper over the lower."""
    rng = plate.rng
    low = top + complex(rng.uniform(-8, 8), 90 + 56 * rows)
    plate.line(spline([top, (top + low) / 2, low + 60j], steps=8), 8, palette.EARTH, "none")
    for i in range(rows, -1, -1):
        for s in (-1, 1, 1 if i % 2 else -1)[: 3 if full else 2]:
            foot = top + complex(s * rng.uniform(4, 20), 66 + 56 * i + rng.uniform(-10, 10))
            out = turned(90 - s * rng.uniform(10, 56)) * rng.uniform(165, 205)
            bow = complex(s * 12, -12)
            _pod(plate, [foot + out * 0.16, foot + out * 0.5 + bow, foot + out * 0.8, foot + out + 18j], 70)
    for dx in (-10, 2, 12):
        plate.line(arc(top + complex(dx, -24), top + complex(dx + 4, 26), 0.1), 8, palette.STRAW, "none")


def plant_chili(plate: Plate) -> None:
    """A chilli bush with pods hanging and its white flowers."""
    rng = plate.rng
    ways = (
        [20 + 470j, 10 + 200j, -60 - 20j, -220 - 200j],
        [15 + 300j, 90 + 60j, 190 - 90j, 320 - 190j],
        [5 + 180j, 30 - 60j, 20 - 220j, 60 - 350j],
    )
    for way in ways:
        line = spline(way, steps=8)
        plate.line(line, 15, palette.INK, "end")
        plate.line(line, 9.5, palette.LEAF, "end")
        for k in range(7, len(line), 3):
            s = -1 if (k // 3) % 2 else 1
            size = rng.uniform(150, 190)
            leaf(
                plate,
                line[k],
                line[k] + turned(-90 + s * rng.uniform(40, 85)) * size,
                size * 0.21,
                bend=s * 0.1,
                tone=rng.uniform(0.15, 0.5),
                veins=5,
            )
        for k in (10, 15, 20, len(line) - 1):
            foot = line[k] + complex(rng.uniform(-16, 16), 34)
            drop = turned(90 + rng.uniform(-26, 26)) * rng.uniform(170, 200)
            _pod(plate, [foot, foot + drop * 0.4, foot + drop * 0.75, foot + drop + rng.uniform(-22, 22)], 90)


def sprig_chili(plate: Plate, at: complex, size: float) -> None:
    """Leaves and a pod."""
    for angle in (-150, -80):
        leaf(plate, at, at + turned(angle) * size, size * 0.23, tone=0.3, veins=5)
    _pod(plate, [at + 20j, at + complex(-20, size * 0.4), at + complex(-40, size * 0.7), at + complex(-80, size)], 80)


CHILI = Subject(
    forms=("plant", "bunch", "dried", "jar", "basket", "bag"),
    plant=plant_chili,
    piece=chili,
    dry=chili,
    sprig=sprig_chili,
    mark=lambda plate, at, size: chili(plate, at, size * 0.75),
    label=palette.RED,
    tints=(palette.ORANGE_PALE, palette.PAPER, palette.LEAF_PALE, palette.mix(palette.STRAW, palette.PAPER, 0.6)),
    grain=74,
    step=0.72,
    dry_grain=66,
    dry_step=0.92,
    own={"bunch": chili_string},
)
