"""A mountain house to stay in (农家乐)."""

import math

from demo.pictures import palette
from demo.pictures.kit import leaf, shadow
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, arc, ellipse, rect, ribbon, spline, turned, wobble
from demo.pictures.subjects import daylily, daylily_flower
from demo.pictures.subjects.craft import WOOD, goods

TILE = palette.mix(palette.INK_SOFT, palette.LAKE, 0.25)


def house(plate: Plate) -> None:
    """A mountain house of timber under grey tile, maize and chillies under the eave, hills behind."""
    rng = plate.rng
    _hills(plate)
    left, right, eave, floor = -300.0, 300.0, -10.0, 268.0
    shadow(plate, complex(20, floor + 6), 370, 30, palette.LEAF_PALE)
    wall = rect(left, eave - 20, right, floor)
    plate.shape(wall, palette.mix(palette.STRAW, WOOD, 0.55), 4.6)
    for k in range(1, 30):
        x = left + 600 * k / 30
        plate.line([complex(x, eave), complex(x + 1, 130), complex(x, floor)], 1.8, palette.EARTH)
    plate.fill(rect(left, eave - 10, right, eave + 42), palette.INK, 0.25)
    for x in (-300, -110, 110, 300):
        plate.shape(rect(x - 13, eave, x + 13, floor + 6), palette.mix(palette.EARTH, palette.TEA, 0.3), 3.8)
    _door(plate, floor)
    for x in (-205, 205):
        _lattice_window(plate, complex(x, 118))
    _roof(plate, left, right, eave)
    for x in (-262, -150, 150, 262):
        _string_of(plate, complex(x, eave + 22), rng.choice((palette.RED, palette.ORANGE_LIGHT, palette.STRAW)))
    for x in (-72, 72):
        _lantern(plate, complex(x, eave + 20))
    plate.shape(
        [complex(-370, floor), complex(370, floor), complex(390, floor + 34), complex(-390, floor + 34)],
        palette.mix(TILE, palette.PAPER_DEEP, 0.5),
        4,
    )
    plate.shape(
        [complex(-90, floor + 34), complex(90, floor + 34), complex(106, floor + 62), complex(-106, floor + 62)],
        palette.mix(TILE, palette.PAPER_DEEP, 0.4),
        4,
    )
    _garden(plate, floor)


def _hills(plate: Plate) -> None:
    rng = plate.rng
    for y, tone in (
        (-190, palette.mix(palette.LAKE, palette.PAPER, 0.55)),
        (-70, palette.mix(palette.LEAF_LIGHT, palette.LAKE, 0.35)),
        (90, palette.LEAF_LIGHT),
    ):
        knots = [complex(x, y + rng.uniform(-90, 70)) for x in range(-700, 701, 175)]
        plate.fill([*spline(knots, steps=8), 700 + 480j, -700 + 480j], tone)
    plate.fill(
        [*spline([-700 + 250j, -200 + 232j, 250 + 240j, 700 + 252j], steps=6), 700 + 480j, -700 + 480j],
        palette.mix(palette.LEAF_LIGHT, palette.LEAF_PALE, 0.3),
    )


def _roof(plate: Plate, left: float, right: float, eave: float) -> None:
    ridge = eave - 190
    slope = spline([complex(left - 96, eave + 18), complex(left - 20, eave - 46), complex(left + 60, ridge)], steps=8)
    other = [complex(-z.real, z.imag) for z in slope[::-1]]
    body = slope + other
    plate.fill(body, TILE)
    rows: list[Points] = []
    for k in range(27):
        f = (k + 0.5) / 27
        top = complex(left + 60 + (right - left - 120) * f, ridge)
        low = complex(left - 90 + (right - left + 180) * f, eave + 14)
        rows.append(spline([top, (top + low) / 2 + complex(0, 26 * abs(f - 0.5)), low], steps=6))
    plate.lines(rows, 5, palette.mix(TILE, palette.INK, 0.55), "none")
    ends = [z for row in rows for z in row[-1:]]
    plate.dots(ends, 9, palette.mix(TILE, palette.INK, 0.35))
    plate.fill([complex(40, ridge), complex(right - 60, ridge), *other[:9], complex(120, eave + 16)], palette.INK, 0.16)
    plate.ink(body, 5)
    cap = spline(
        [
            complex(left + 10, ridge - 34),
            complex(left + 70, ridge - 8),
            complex(0, ridge - 4),
            complex(right - 70, ridge - 8),
            complex(right - 10, ridge - 34),
        ],
        steps=8,
    )
    plate.line(cap, 22, palette.INK, "none")
    plate.line(cap, 14, palette.mix(TILE, palette.INK, 0.3), "none")


def _door(plate: Plate, floor: float) -> None:
    for s in (-1, 1):
        leafs = rect(0, 66, s * 70, floor)
        plate.shape(leafs, palette.mix(palette.RED, palette.EARTH, 0.45), 3.8)
        sign = [complex(s * 36, 108) + turned(90 * k) * 22 for k in range(4)]
        plate.shape(sign, palette.RED, 2.8)
        plate.disc(complex(s * 14, 176), 6, 6, palette.STRAW, 2.4)
    for s in (-1, 1):
        plate.shape(rect(s * 78, 60, s * 98, 230), palette.RED, 2.8)


def _lattice_window(plate: Plate, at: complex) -> None:
    w, h = 62.0, 56.0
    plate.shape(
        [at + complex(-w, -h), at + complex(w, -h), at + complex(w, h), at + complex(-w, h)], palette.ORANGE_PALE, 4.4
    )
    bars = [[at + complex(x, -h), at + complex(x, 0), at + complex(x, h)] for x in (-38, -13, 13, 38)]
    bars += [[at + complex(-w, y), at + complex(0, y), at + complex(w, y)] for y in (-34, -11, 11, 34)]
    plate.lines(bars, 5, palette.EARTH, "none")
    plate.shape([at + 24 * turned(90 * k) for k in range(4)], palette.ORANGE_PALE, 3.4)


def _string_of(plate: Plate, at: complex, colour: str) -> None:
    for i in range(7):
        for s in (-1, 1):
            cob = ribbon(
                arc(at + complex(0, 11 * i), at + complex(s * 19, 11 * i + 30), 0.1 * s, steps=7),
                7.5,
                lambda t: math.sin(math.pi * t) ** 0.6,
            )
            plate.shape(cob.outline(), colour, 2)


def _lantern(plate: Plate, at: complex) -> None:
    plate.line([at - 20j, at, at + 8j], 3, palette.INK, "none")
    plate.disc(at + 34j, 28, 25, palette.mix(palette.RED, palette.ORANGE, 0.3), 3)
    plate.lines(
        [ellipse(at + 34j, r, 25, start=-90, stop=90, steps=10) for r in (9, 19)]
        + [ellipse(at + 34j, r, 25, start=90, stop=270, steps=10) for r in (9, 19)],
        1.6,
        palette.PLUM,
        "none",
    )
    for y in (10, 58):
        plate.shape(
            [at + complex(-13, y - 4), at + complex(13, y - 4), at + complex(13, y + 4), at + complex(-13, y + 4)],
            palette.STRAW,
            2.2,
        )
    plate.lines([[at + complex(x, 62), at + complex(x, 74), at + complex(x, 88)] for x in (-6, 0, 6)], 2.6, palette.RED)


def _garden(plate: Plate, floor: float) -> None:
    rng = plate.rng
    for x in (-470, -410, 420, 480):
        foot = complex(x + rng.uniform(-10, 10), floor + 100)
        for angle in (-150, -120, -60, -30):
            way = turned(angle + rng.uniform(-8, 8)) * rng.uniform(110, 150)
            daylily.blade(plate, [foot, foot + way * 0.5 - 40j, foot + way * 0.9, foot + way * 1.1 + 20j], 9)
        top = foot - complex(rng.uniform(-20, 20), rng.uniform(150, 190))
        plate.line(arc(foot, top, 0.05), 6, palette.LEAF_DEEP, "none")
        with plate.finer(0.6):
            daylily_flower.flower(plate, top, 52, roll=rng.uniform(-20, 20), lean=50)


def house_tree(plate: Plate) -> None:
    """The house again, with a walnut tree beside it."""
    house(plate)
    rng = plate.rng
    side = rng.choice((-1, 1))
    foot = complex(side * 430, 290)
    trunk = ribbon(
        spline([foot, foot + complex(-10, -130), foot + complex(14, -270)], steps=8),
        22,
        lambda t: 1 - 0.4 * t,
        wobble(rng, 0.08),
    )
    plate.shape(trunk.outline(), palette.EARTH, 4)
    for _ in range(70):
        z = foot + complex(rng.gauss(0, 78), -330 + rng.gauss(0, 68))
        leaf(plate, z, z + turned(rng.uniform(0, 360)) * 66, 19, tone=rng.uniform(0.05, 0.6), veins=0, ink=2.6)


FARM_STAY = goods(
    {"house": house, "garden": house_tree},
    (
        palette.mix(palette.LAKE, palette.PAPER, 0.72),
        palette.ORANGE_PALE,
        palette.mix(palette.STRAW, palette.PAPER, 0.6),
    ),
)
