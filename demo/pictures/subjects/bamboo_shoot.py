"""The bamboo shoot (竹笋): in its sheaths, sliced and dried, and among the culms."""

import math

from demo.pictures import palette
from demo.pictures.kit import Subject, leaf
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, arc, ellipse, leaf_profile, ribbon, spline, turned
from demo.pictures.subjects.rice import GRAIN

SHEATH = palette.mix(palette.EARTH, palette.STRAW, 0.32)


def shoot(plate: Plate, at: complex, radius: float) -> None:
    """A spring bamboo shoot: brown sheaths in overlapping rows, a green tip, a pale cut foot."""
    rng = plate.rng
    with plate.place(at, radius, rng.uniform(-26, 26)):
        _shoot(plate)


def _shoot(plate: Plate) -> None:
    body = ribbon(
        arc(1.0j, -1.25j, plate.rng.uniform(-0.04, 0.04), steps=24), 0.52, lambda t: max(0.0, 1 - t**1.7) ** 0.8
    )
    plate.shape(body.outline(), palette.mix(palette.STRAW, palette.PAPER, 0.4), 3.8)
    for i in range(9):
        t = 0.07 + 0.088 * i
        s = -1 if i % 2 else 1
        top = min(1.0, t + 0.34)
        sheath: Points = [
            body.at(t, -1),
            *(body.at(t + 0.035 * math.sin(math.pi * k / 6), -1 + k / 3) for k in range(1, 6)),
            body.at(t, 1),
        ]
        sheath += [body.at(t + (top - t) * k / 6, 1 - (0.4 if s < 0 else 1.5) * (k / 6) ** 1.6) for k in range(1, 7)]
        sheath += [
            body.at(top - (top - t) * k / 6, -1 + (0.4 if s > 0 else 1.5) * (1 - k / 6) ** 1.6) for k in range(1, 6)
        ]
        tone = palette.mix(SHEATH, palette.OLIVE if i > 5 else palette.TEA, 0.1 + 0.05 * i)
        plate.fill(sheath, tone)
        plate.lines(
            [
                [body.at(t + 0.03, u), body.at(t + 0.13, u * 0.8), body.at(t + 0.22, u * 0.5)]
                for u in (-0.7, -0.4, -0.1, 0.2, 0.5, 0.75)
            ],
            1.5,
            palette.mix(palette.TEA, tone, 0.2),
            "end",
        )
        plate.ink(sheath, 3)
    plate.fill(body.crescent(1, 0.45, 0.05, 0.95), palette.TEA, 0.4)
    tip = ribbon(arc(body.at(0.86, 0), body.at(1, 0) - 0.3j, 0.1, steps=8), 0.07, leaf_profile(0.4))
    plate.shape(tip.outline(), palette.LEAF_LIGHT, 2.8)
    plate.shape(ellipse(1.0j, 0.52, 0.13), palette.mix(palette.STRAW, palette.WHITE, 0.5), 3.4)
    plate.ink(ellipse(1.0j, 0.36, 0.085), 1.8, palette.EARTH)
    plate.dots(
        [complex(0.5 * math.cos(a), 0.9 - 0.02 * (k % 2)) for k, a in enumerate([0.4 * j for j in range(9)])],
        4,
        palette.PLUM,
    )


def slice_dry(plate: Plate, at: complex, radius: float) -> None:
    """A dried slice of shoot, comb-like within."""
    rng = plate.rng
    with plate.place(at, radius, rng.uniform(0, 360)):
        body = ribbon(arc(-1 + 0j, 1 + 0j, rng.uniform(-0.1, 0.1), steps=14), 0.34, lambda t: max(0.0, 1 - t**2) ** 0.7)
        tone = palette.mix(GRAIN, palette.EARTH, rng.uniform(0.0, 0.3))
        plate.shape(body.outline(), tone, 2.6)
        plate.lines(
            [[body.at(t, -0.6), body.at(t + 0.01, 0), body.at(t, 0.6)] for t in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)],
            2,
            palette.EARTH,
        )


def plant_bamboo(plate: Plate) -> None:
    """Shoots breaking the ground between culms."""
    rng = plate.rng
    for place, half in ((-330, 34), (250, 40), (390, 26)):
        x = place + rng.uniform(-20, 20)
        culm = ribbon(
            arc(complex(x, 470), complex(x + rng.uniform(-30, 30), -480), 0.01, steps=24), half, lambda _t: 1.0
        )
        plate.fill(culm.outline(), palette.LEAF_LIGHT)
        plate.fill(culm.band(0.2, 1), palette.LEAF)
        plate.fill(culm.band(-0.75, -0.5), palette.LEAF_PALE)
        plate.ink(culm.outline(), 3.6)
        for t in (0.12, 0.34, 0.57, 0.8):
            plate.fill(culm.band(-1.06, 1.06, t, t + 0.012), palette.LEAF_PALE)
            plate.line(culm.edge(0, t, t), 1, palette.LEAF, "none")
            plate.line([culm.at(t + 0.012, -1.08), culm.at(t + 0.016, 0), culm.at(t + 0.012, 1.08)], 5, palette.INK)
    for x, y, side in ((-330, -260, 1), (250, -330, -1), (-330, -40, 1), (390, -200, -1), (250, -60, -1)):
        foot = complex(x, y)
        for angle in (10, 40, 68):
            leaf(
                plate,
                foot + complex(side * 40, 0),
                foot + complex(side * 40, 0) + turned(angle if side > 0 else 180 - angle) * rng.uniform(150, 200),
                20,
                tone=rng.uniform(0.1, 0.5),
                veins=0,
                fullest=0.32,
            )
    plate.fill(
        [
            -640 + 390j,
            *spline([-640 + 380j, -300 + 340j, 0 + 352j, 300 + 336j, 640 + 380j], steps=6),
            640 + 480j,
            -640 + 480j,
        ],
        palette.mix(palette.EARTH, palette.STRAW, 0.45),
    )
    for x, y, r in ((-110, 130, 190), (120, 200, 150), (-250, 262, 100)):
        with plate.place(complex(x + rng.uniform(-14, 14), y), r, rng.uniform(-8, 8)):
            _shoot(plate)
    clods = [
        ellipse(complex(x + rng.uniform(-20, 20), 410 + rng.uniform(-20, 24)), 44, 15, steps=12)
        for x in range(-520, 560, 90)
    ]
    plate.fills(clods, palette.EARTH)


def sprig_bamboo(plate: Plate, at: complex, size: float) -> None:
    """A twig of bamboo leaves."""
    rng = plate.rng
    way = arc(at + complex(60, -size * 0.8), at + complex(-60, size * 0.4), 0.12)
    plate.line(way, 7, palette.LEAF_DEEP, "end")
    for k in (5, 10, 16):
        for angle in (60, 95, 130):
            leaf(
                plate,
                way[k],
                way[k] + turned(angle + rng.uniform(-12, 12)) * size * 0.85,
                size * 0.085,
                tone=rng.uniform(0.15, 0.5),
                veins=0,
                fullest=0.3,
            )


BAMBOO_SHOOT = Subject(
    lie=0.98,
    forms=("plant", "loose", "dried", "bag", "basket"),
    plant=plant_bamboo,
    piece=shoot,
    dry=slice_dry,
    bulk=palette.TEA,
    sprig=sprig_bamboo,
    mark=lambda plate, at, size: shoot(plate, at + complex(0, size * 0.1), size * 0.75),
    label=palette.LEAF,
    tints=(palette.LEAF_PALE, palette.PAPER, palette.PAPER_DEEP, palette.mix(palette.LAKE, palette.PAPER, 0.7)),
    grain=96,
    step=0.9,
    dry_grain=62,
    dry_step=0.8,
)
