"""The soya bean (黄豆) and pressed tofu."""

import math

from demo.pictures import palette
from demo.pictures.kit import Subject, fruit, leaf
from demo.pictures.plate import Plate
from demo.pictures.strokes import Ribbon, arc, pebble, ribbon, spline, turned

BEAN = palette.mix(palette.STRAW, palette.PAPER, 0.2)


def bean(plate: Plate, at: complex, radius: float) -> None:
    """A soya bean with its eye."""
    body = fruit(
        plate,
        at,
        radius,
        palette.mix(BEAN, palette.EARTH, plate.rng.uniform(0, 0.15)),
        squash=0.88,
        turn=plate.rng.uniform(0, 180),
        shade=palette.mix(palette.STRAW, palette.EARTH, 0.4),
        shine=0.6,
        ink=2.6,
    )
    plate.line(arc(body.at(60, 0.5), body.at(110, 0.55), 0.1, steps=5), max(2, radius * 0.12), palette.TEA)


def _bean_pod(plate: Plate, foot: complex, way: complex, size: float) -> None:
    body: Ribbon = ribbon(
        arc(foot, foot + way * size, 0.12, steps=24),
        size * 0.16,
        lambda t: math.sin(math.pi * t) ** 0.4 * (0.86 + 0.14 * math.cos(math.tau * 3 * t + math.pi)),
    )
    plate.fill(body.outline(), palette.LEAF_LIGHT)
    plate.fill(body.crescent(1, 0.3), palette.LEAF)
    for t in (0.2, 0.5, 0.8):
        plate.fill(
            pebble(plate.rng, size * 0.09, centre=body.at(t, -0.1)).outline(20),
            palette.mix(palette.LEAF_LIGHT, palette.LEAF_PALE, 0.5),
        )
    hairs = [[body.at(0.04 * k, s), body.at(0.04 * k + 0.02, s * 1.3)] for k in range(2, 24) for s in (-1, 1)]
    plate.lines([arc(a, b, 0, steps=2) for a, b in hairs], 1.4, palette.LEAF_DEEP, "end")
    plate.ink(body.outline(), 3.2)


def plant_bean(plate: Plate) -> None:
    """A soya plant in pod."""
    rng = plate.rng
    stem = spline([460j, complex(-20, 200), complex(15, -60), complex(-10, -330)], steps=9)
    plate.line(stem, 16, palette.INK, "end")
    plate.line(stem, 10, palette.LEAF, "end")
    for k, s in ((8, -1), (11, 1), (15, -1), (19, 1), (23, -1), (26, 1)):
        foot = stem[k] + turned(-90 + s * 62) * rng.uniform(110, 150)
        plate.line(arc(stem[k], foot, 0.1 * s), 7, palette.LEAF_DEEP, "none")
        for angle in (-90 + s * 30, -90 + s * 95, -90 + s * 150):
            size = rng.uniform(125, 155)
            leaf(
                plate,
                foot,
                foot + turned(angle) * size,
                size * 0.34,
                tone=rng.uniform(0.2, 0.55),
                veins=5,
                fullest=0.36,
            )
    for k in (9, 13, 17, 21):
        for s in (-1, 1):
            _bean_pod(plate, stem[k], turned(90 - s * rng.uniform(28, 50)), rng.uniform(140, 165))


def sprig_bean(plate: Plate, at: complex, size: float) -> None:
    """A leaf of three and two pods."""
    for angle in (-170, -110, -60):
        leaf(plate, at, at + turned(angle) * size * 0.85, size * 0.28, tone=0.4, veins=5, fullest=0.36)
    for angle in (70, 115):
        _bean_pod(plate, at, turned(angle), size * 0.95)


def tofu(plate: Plate, at: complex, radius: float) -> None:
    """A block of dried tofu, pressed with the mark of the cloth."""
    rng = plate.rng
    tone = palette.mix(palette.EARTH, palette.STRAW, rng.uniform(0.35, 0.6))
    with plate.place(at, radius, rng.uniform(-5, 5)):
        top = [-1.0 - 0.2j, 0.62 - 0.42j, 1.05 - 0.04j, -0.56 + 0.24j]
        front = [-1.0 - 0.2j, -0.56 + 0.24j, -0.56 + 0.74j, -1.0 + 0.28j]
        side = [-0.56 + 0.24j, 1.05 - 0.04j, 1.05 + 0.44j, -0.56 + 0.74j]
        plate.shape(front, palette.mix(tone, palette.TEA, 0.35), 3.4)
        plate.shape(side, palette.mix(tone, palette.TEA, 0.15), 3.4)
        plate.shape(top, palette.lighter(tone, 0.3), 3.4)
        weave = []
        for k in range(1, 6):
            f = k / 6
            weave.append(
                [
                    top[0] + (top[1] - top[0]) * f,
                    (top[0] + top[1] + top[2] + top[3]) / 4 + (top[1] - top[0]) * (f - 0.5),
                    top[3] + (top[2] - top[3]) * f,
                ]
            )
            weave.append(
                [
                    top[0] + (top[3] - top[0]) * f,
                    (top[0] + top[1] + top[2] + top[3]) / 4 + (top[3] - top[0]) * (f - 0.5),
                    top[1] + (top[2] - top[1]) * f,
                ]
            )
        plate.lines(weave, 1.8, palette.EARTH, "none")


SOYA = Subject(
    lie=0.5,
    forms=("plant", "loose", "dried", "bag", "jar"),
    plant=plant_bean,
    piece=lambda plate, at, radius: (tofu if radius > 60 else bean)(plate, at, radius),
    dry=bean,
    sprig=sprig_bean,
    mark=lambda plate, at, size: _bean_pod(plate, at + complex(-size * 0.75, size * 0.3), turned(-20), size * 1.6),
    label=palette.OLIVE,
    tints=(palette.LEAF_PALE, palette.PAPER, palette.mix(palette.STRAW, palette.PAPER, 0.6), palette.PAPER_DEEP),
    grain=30,
    step=1.5,
    dry_grain=25,
    dry_step=1.65,
)
