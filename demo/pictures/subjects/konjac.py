"""Konjac (魔芋): the corm and its umbrella of a leaf."""

import math

from demo.pictures import palette
from demo.pictures.kit import Subject, fruit, leaf, pricks
from demo.pictures.plate import Plate
from demo.pictures.strokes import arc, ellipse, ribbon, turned

KONJAC = palette.mix(palette.EARTH, palette.INK_SOFT, 0.3)


def konjac(plate: Plate, at: complex, radius: float) -> None:
    """A konjac corm: a flat brown globe with a dimpled crown and a pink shoot."""
    rng = plate.rng
    body = fruit(
        plate,
        at,
        radius,
        palette.mix(KONJAC, palette.STRAW, rng.uniform(0.1, 0.3)),
        squash=0.78,
        rough=0.04,
        shade=palette.mix(KONJAC, palette.TEA, 0.6),
        shine=0.25,
    )
    top = at - complex(0, radius * 0.56)
    plate.shape(ellipse(top, radius * 0.42, radius * 0.15), palette.TEA, 3)
    shoot = ribbon(
        arc(top + complex(0, radius * 0.06), top - complex(0, radius * 0.46), 0.06, steps=12),
        radius * 0.15,
        lambda t: math.cos(t * math.pi / 2) ** 0.7,
    )
    plate.shape(shoot.outline(), palette.mix(palette.RED, palette.ORANGE_PALE, 0.6), 3)
    plate.lines(
        [arc(body.at(a, 0.86), body.at(a + 24, 0.9), 0.05, steps=5) for a in range(20, 170, 30)],
        max(2, radius * 0.03),
        palette.TEA,
    )
    pricks(plate, body, 20, palette.TEA, max(1.6, radius * 0.025))


def plant_konjac(plate: Plate) -> None:
    """The mottled stalk and umbrella of leaf over the corm."""
    rng = plate.rng
    stem = ribbon(arc(250j, -120j, rng.uniform(-0.04, 0.04), steps=18), 30, lambda t: 1 - 0.4 * t)
    for angle in (-168, -132, -98, -60, -20):
        way = turned(angle + rng.uniform(-7, 7))
        rib = arc(-110j, -110j + way * 290, 0.06 if angle < -90 else -0.06, steps=12)
        plate.line(rib, 13, palette.INK, "end")
        plate.line(rib, 8, palette.LEAF_LIGHT, "end")
        for k in (5, 8, 11):
            for s in (-1, 1):
                leaf(
                    plate,
                    rib[k],
                    rib[k] + way * turned(s * 48) * 150,
                    36,
                    bend=-s * 0.08,
                    tone=rng.uniform(0.1, 0.4),
                    veins=5,
                )
        leaf(plate, rib[-1], rib[-1] + way * 120, 34, tone=0.4, veins=5)
    plate.fill(stem.outline(), palette.mix(palette.LEAF_LIGHT, palette.PAPER_DEEP, 0.3))
    plate.dots([stem.at(rng.random(), rng.uniform(-0.7, 0.7)) for _ in range(40)], 8, palette.LEAF_DEEP)
    plate.ink(stem.outline(), 4)
    konjac(plate, 290j, 165)


def sprig_konjac(plate: Plate, at: complex, size: float) -> None:
    """Leaflets in a fan."""
    for angle in (-165, -125, -85):
        leaf(plate, at, at + turned(angle) * size * 1.1, size * 0.26, tone=0.25, veins=6)


KONJAC_CORM = Subject(
    forms=("plant", "loose", "basket"),
    plant=plant_konjac,
    piece=konjac,
    dry=konjac,
    sprig=sprig_konjac,
    bulk=palette.TEA,
    mark=lambda plate, at, size: konjac(plate, at + complex(0, size * 0.15), size * 0.8),
    label=palette.LEAF,
    tints=(palette.PAPER_DEEP, palette.LEAF_PALE, palette.PAPER),
    grain=70,
    step=1.4,
)
