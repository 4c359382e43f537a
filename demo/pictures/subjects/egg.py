"""Eggs (土鸡蛋): in the nest and loose."""

import math

from demo.pictures import palette
from demo.pictures.kit import Subject, pricks
from demo.pictures.plate import Plate
from demo.pictures.strokes import Pebble, arc, ellipse, ribbon, turned, wobble

EGG = palette.mix(palette.STRAW, palette.ORANGE_PALE, 0.55)


def egg(plate: Plate, at: complex, radius: float) -> None:
    """A hen's egg, brown, cream or faintly blue."""
    rng = plate.rng
    tone = rng.choice(
        (EGG, palette.mix(EGG, palette.EARTH, 0.25), palette.PAPER_DEEP, palette.mix(palette.LAKE, palette.WHITE, 0.68))
    )
    radii = [radius * (0.86 + 0.2 * math.exp(-(((i / 60 * math.tau) - math.pi * 1.5) ** 2) / 0.7)) for i in range(60)]
    with plate.place(at, 1, rng.uniform(-40, 40)):
        body = Pebble(0j, radii, 1 + 0j, 1.04)
        plate.fill(body.outline(), tone)
        plate.fill(body.crescent(-30, 140, 0.36), palette.mix(tone, palette.EARTH, 0.3))
        plate.fill(
            ellipse(complex(-radius * 0.32, -radius * 0.4), radius * 0.13, radius * 0.2), palette.lighter(tone, 0.6)
        )
        pricks(plate, body, 16, palette.mix(tone, palette.EARTH, 0.5), max(1.2, radius * 0.02))
        plate.ink(body.outline(), 3.6)


def plant_egg(plate: Plate) -> None:
    """Eggs in a nest of straw."""
    nest(plate, 0j)


def nest(plate: Plate, at: complex) -> None:
    """A nest of straw with six eggs."""
    rng = plate.rng
    tones = (
        palette.STRAW,
        palette.mix(palette.STRAW, palette.EARTH, 0.35),
        palette.mix(palette.STRAW, palette.PAPER, 0.3),
    )

    def straws(count: int, low: float, high: float) -> None:
        for _ in range(count):
            a = rng.uniform(low, high)
            mid = at + complex(360 * math.cos(math.radians(a)), 110 + 180 * math.sin(math.radians(a)))
            run = turned(
                math.degrees(math.atan2(180 * math.cos(math.radians(a)), -360 * math.sin(math.radians(a))))
                + rng.uniform(-28, 28)
            )
            line = arc(mid - run * 110, mid + run * 110, rng.uniform(-0.12, 0.12), steps=8)
            off = complex(0, rng.uniform(-34, 34))
            plate.line([z + off for z in line], 12, palette.INK, "none")
            plate.line([z + off for z in line], 8, rng.choice(tones), "none")

    plate.disc(at + 120j, 370, 190, palette.mix(palette.STRAW, palette.EARTH, 0.55), 4)
    straws(46, 180, 360)
    for x, y in ((-150, 20), (20, -10), (180, 30), (-80, 110), (100, 120), (10, 190)):
        egg(plate, at + complex(x + rng.uniform(-10, 10), y), 108)
    straws(70, 0, 180)


def sprig_egg(plate: Plate, at: complex, size: float) -> None:
    """A tail feather."""
    rng = plate.rng
    quill = arc(at + complex(40, size), at + complex(-50, -size), 0.12, steps=20)
    body = ribbon(
        quill,
        size * 0.24,
        lambda t: 0.0 if t < 0.12 else math.sin(math.pi * ((t - 0.12) / 0.88) ** 0.8) ** 0.6,
        wobble(rng, 0.06, 6),
    )
    plate.fill(body.outline(), palette.mix(palette.ORANGE_DEEP, palette.TEA, 0.3))
    plate.fill(body.band(0, 1), palette.TEA)
    plate.lines(
        [
            [body.at(0.15 + 0.06 * k, 0), body.at(0.2 + 0.06 * k, s * 0.5), body.at(0.23 + 0.06 * k, s * 0.95)]
            for k in range(12)
            for s in (-1, 1)
        ],
        1.8,
        palette.ORANGE_LIGHT,
    )
    plate.line(quill, 5, palette.PAPER_DEEP, "end")
    plate.ink(body.outline(), 3.2)


def hen_mark(plate: Plate, at: complex, size: float) -> None:
    """Three eggs, for a label."""
    for x, y in ((-0.4, 0.2), (0.42, 0.2), (0.0, -0.15)):
        egg(plate, at + complex(x, y) * size, size * 0.52)


EGGS = Subject(
    forms=("plant", "basket", "box", "loose"),
    plant=plant_egg,
    piece=egg,
    dry=egg,
    bulk=palette.EARTH,
    sprig=sprig_egg,
    mark=hen_mark,
    label=palette.ORANGE,
    tints=(
        palette.LEAF_PALE,
        palette.ORANGE_PALE,
        palette.mix(palette.LAKE, palette.PAPER, 0.66),
        palette.mix(palette.STRAW, palette.PAPER, 0.6),
    ),
    grain=64,
    step=1.5,
)
