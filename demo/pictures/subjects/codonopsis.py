"""Codonopsis (党参, dangshen): the ringed root and the twining plant with its bells."""

from demo.pictures import palette
from demo.pictures.kit import Subject, leaf
from demo.pictures.plate import Plate
from demo.pictures.strokes import arc, ribbon, spline, turned, wobble

DANGSHEN = palette.mix(palette.STRAW, palette.PAPER_DEEP, 0.1)


def dangshen(plate: Plate, at: complex, radius: float) -> None:
    """A dried root of dangshen: long, ringed at the head, wrinkled along."""
    rng = plate.rng
    with plate.place(at, radius, rng.gauss(0, 16) + rng.choice((0, 180))):
        tone = palette.mix(DANGSHEN, palette.EARTH, rng.uniform(0.05, 0.3))
        knots = [
            -1.5 + 0j,
            complex(-0.5, rng.uniform(-0.1, 0.1)),
            complex(0.5, rng.uniform(-0.14, 0.14)),
            complex(1.5, rng.uniform(-0.24, 0.24)),
        ]
        body = ribbon(
            spline(knots, steps=7),
            0.105,
            lambda t: (1.0 if t > 0.05 else 0.7) * (1 - 0.8 * t**1.4),
            wobble(rng, 0.1, 6),
        )
        plate.fill(body.outline(), tone)
        plate.fill(body.crescent(1, 0.1, 0, 0.95), palette.mix(tone, palette.EARTH, 0.5))
        plate.lines([body.edge(u, 0.2, 0.9) for u in (-0.4, 0.1)], 1.5, palette.EARTH)
        plate.lines(
            [[body.at(t, -0.9), body.at(t + 0.008, 0), body.at(t, 0.9)] for t in (0.03, 0.07, 0.12, 0.18)],
            1.8,
            palette.EARTH,
        )
        plate.ink(body.outline(), 2.6)


def plant_dangshen(plate: Plate) -> None:
    """A twining stem with pale bells, and roots laid beneath."""
    rng = plate.rng
    stem = spline([complex(-60, 260), -130 + 60j, 20 - 90j, -60 - 240j, 70 - 400j], steps=9)
    for k, s in ((4, -1), (8, 1), (12, -1), (17, 1), (21, -1), (26, 1), (30, -1), (34, 1)):
        size = rng.uniform(150, 190)
        leaf(
            plate,
            stem[k],
            stem[k] + turned(-90 + s * rng.uniform(60, 95)) * size,
            size * 0.36,
            bend=s * 0.08,
            tone=rng.uniform(0.3, 0.65),
            veins=5,
            fullest=0.34,
        )
    plate.line(stem, 12, palette.INK, "end")
    plate.line(stem, 7.5, palette.LEAF_LIGHT, "end")
    for k, s in ((10, 1), (19, -1), (28, 1)):
        _bell(plate, stem[k], s)
    for y in (250, 290, 330):
        with plate.place(complex(rng.uniform(-40, 40), y)):
            dangshen(plate, 0j, 255)


def _bell(plate: Plate, at: complex, side: int) -> None:
    foot = at + complex(side * 95, 20)
    plate.line(arc(at, foot, -0.25 * side), 6, palette.LEAF_DEEP, "none")
    left = spline([foot, foot + complex(-52, 30), foot + complex(-56, 88), foot + complex(-74, 116)], steps=6)
    hem = [
        foot + complex(-40, 104),
        foot + complex(-22, 126),
        foot + 106j,
        foot + complex(22, 126),
        foot + complex(40, 104),
    ]
    right = spline([foot + complex(74, 116), foot + complex(56, 88), foot + complex(52, 30), foot], steps=6)
    bell = [*left, *hem, *right]
    plate.fill(bell, palette.mix(palette.LEAF_PALE, palette.STRAW, 0.2))
    plate.fill(
        [*right, foot + complex(22, 60), foot + complex(36, 104)], palette.mix(palette.LEAF_LIGHT, palette.STRAW, 0.35)
    )
    plate.lines(
        [arc(foot + complex(x, 24), foot + complex(x * 2.2, 98), 0.04) for x in (-18, 0, 18)], 2.2, palette.PLUM
    )
    plate.ink(bell, 3.6)
    for angle in (200, 150, 30, -20):
        leaf(plate, foot + 6j, foot + 6j + turned(angle) * 40, 10, veins=0, tone=0.4, ink=2.4)


def sprig_dangshen(plate: Plate, at: complex, size: float) -> None:
    """Leaves and a bell."""
    leaf(plate, at, at + turned(-140) * size, size * 0.36, tone=0.5, veins=5, fullest=0.34)
    leaf(plate, at, at + turned(-70) * size * 0.9, size * 0.32, tone=0.4, veins=5, fullest=0.34)
    _bell(plate, at, -1)


DANGSHEN_ROOT = Subject(
    forms=("plant", "dried", "bag", "jar", "box"),
    plant=plant_dangshen,
    piece=dangshen,
    dry=dangshen,
    sprig=sprig_dangshen,
    mark=lambda plate, at, size: _bell(plate, at + complex(-size * 0.6, -size * 0.5), 1),
    label=palette.mix(palette.RED, palette.EARTH, 0.3),
    tints=(palette.PAPER, palette.mix(palette.STRAW, palette.PAPER, 0.6), palette.LEAF_PALE, palette.PAPER_DEEP),
    grain=90,
    step=0.42,
    dry_grain=100,
    dry_step=0.7,
)
