"""The kiwi fruit: whole, cut across, and under its broad leaves."""

import math

from demo.pictures import palette
from demo.pictures.kit import Subject, fruit, leaf
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, arc, pebble, ribbon, turned
from demo.pictures.subjects.orchard import bough, hung

KIWI_SKIN = palette.mix(palette.EARTH, palette.OLIVE, 0.35)


def kiwi(plate: Plate, at: complex, radius: float) -> None:
    """A kiwi fruit, oval and furry."""
    rng = plate.rng
    turn = rng.uniform(70, 110)
    body = fruit(
        plate,
        at,
        radius,
        palette.mix(KIWI_SKIN, palette.STRAW, rng.uniform(0, 0.2)),
        squash=0.8,
        turn=turn,
        rough=0.015,
        shade=palette.mix(KIWI_SKIN, palette.TEA, 0.6),
        shine=0.3,
    )
    hairs: list[Points] = []
    for _ in range(46 if radius > 70 else 22):
        a, k = rng.uniform(0, 360), rng.random() ** 0.5 * 0.95
        hairs.append([body.at(a, k), body.at(a + 3, k + 0.035), body.at(a + 5, k + 0.07)])
    plate.lines(hairs, 1.8, palette.TEA, "end")
    plate.dots([body.at(0, 0.93)], max(2.4, radius * 0.06), palette.INK)


def kiwi_half(plate: Plate, at: complex, radius: float) -> None:
    """A kiwi cut across: green rays, pale heart, black seeds."""
    rng = plate.rng
    body = pebble(rng, radius, centre=at, squash=0.94, rough=0.012)
    plate.shape(body.outline(), KIWI_SKIN, 4)
    plate.fill([at + (z - at) * 0.93 for z in body.outline()], palette.LEAF_LIGHT)
    plate.fill([at + (z - at) * 0.62 for z in body.outline()], palette.mix(palette.LEAF_LIGHT, palette.LEAF, 0.35))
    plate.lines(
        [[body.at(a, 0.3), body.at(a, 0.6), body.at(a, 0.88)] for a in range(0, 360, 12)],
        2.2,
        palette.mix(palette.LEAF_PALE, palette.LEAF_LIGHT, 0.3),
    )
    plate.shape(
        pebble(rng, radius * 0.27, centre=at, rough=0.06).outline(),
        palette.mix(palette.PAPER, palette.LEAF_PALE, 0.5),
        1.6,
    )
    seeds = [
        ribbon(
            arc(body.at(a, 0.36 + 0.06 * (i % 2)), body.at(a, 0.47 + 0.06 * (i % 2)), 0, steps=6),
            radius * 0.026,
            lambda t: math.sin(math.pi * t),
        ).outline()
        for i, a in enumerate(range(0, 360, 15))
    ]
    plate.fills(seeds, palette.INK)


def kiwi_piece(plate: Plate, at: complex, radius: float) -> None:
    """Mostly whole; when large, nearly half of them cut."""
    if radius > 100 and plate.rng.random() < 0.45:
        kiwi_half(plate, at, radius)
    else:
        kiwi(plate, at, radius)


def plant_kiwi(plate: Plate) -> None:
    """Kiwi fruit under broad leaves."""
    bough(plate, hung(plate, 112), kiwi, notch=0.06, broad=0.42, tone=0.35)


def sprig_kiwi(plate: Plate, at: complex, size: float) -> None:
    """Leaves of the kiwi vine."""
    for angle in (-165, -100):
        leaf(plate, at, at + turned(angle) * size * 1.1, size * 0.45, tone=0.4, veins=7, notch=0.06)


KIWI = Subject(
    forms=("plant", "loose", "basket", "box"),
    plant=plant_kiwi,
    piece=kiwi_piece,
    dry=kiwi,
    sprig=sprig_kiwi,
    bulk=palette.TEA,
    mark=lambda plate, at, size: kiwi_half(plate, at, size * 0.85),
    label=palette.LEAF,
    tints=(palette.PAPER, palette.LEAF_PALE, palette.ORANGE_PALE, palette.PAPER_DEEP),
    grain=66,
    step=1.4,
)
