"""The apple of Li county (礼县苹果): whole, cut, and on the bough."""

import math

from demo.pictures import palette
from demo.pictures.kit import Subject, leaf, pricks
from demo.pictures.plate import Plate
from demo.pictures.strokes import Pebble, arc, ellipse, ribbon, turned, wobble
from demo.pictures.subjects.orchard import FLESH, bough, hung


def _apple_body(plate: Plate, radius: float) -> Pebble:
    """Broad shoulders, a dimple at the stalk, a narrower base."""
    wave = wobble(plate.rng, 0.018)
    radii = []
    for i in range(60):
        a = math.radians(6 * i)
        up, down = -math.sin(a), math.sin(a)
        r = 1 + 0.05 * max(0.0, up) - 0.08 * max(0.0, down) ** 2
        r -= 0.17 * math.exp(-(((a - 1.5 * math.pi) / 0.3) ** 2)) + 0.07 * math.exp(
            -(((a - 0.5 * math.pi) / 0.26) ** 2)
        )
        radii.append(radius * (r + wave(i / 60)))
    return Pebble(0j, radii, 1 + 0j, 0.96)


def apple(plate: Plate, at: complex, radius: float, *, hang: bool = False) -> None:
    """A striped red apple with a golden cheek."""
    rng = plate.rng
    gold = palette.mix(palette.STRAW, palette.ORANGE_LIGHT, 0.3)
    red = palette.mix(palette.RED, palette.ORANGE, rng.uniform(0.1, 0.5))
    with plate.place(at, 1, rng.uniform(-10, 10) if hang else rng.uniform(-24, 24)):
        body = _apple_body(plate, radius)
        plate.fill(body.outline(), red)
        plate.fill(body.crescent(150, 285, rng.uniform(0.5, 0.8)), palette.mix(gold, red, 0.12))
        plate.fill(body.crescent(-30, 140, 0.36), palette.mix(red, palette.PLUM, 0.5))
        streaks = []
        for k in range(16):
            a = 150 + 240 * k / 15
            x = math.cos(math.radians(a)) * 0.9
            far = rng.uniform(-0.25, 0.4)
            streaks.append(
                [
                    complex(x * radius * math.cos(v) * 0.92 + radius * 0.03, radius * (math.sin(v) * 0.86))
                    for v in (-1.02 + 0.16 * j * (1 + far) for j in range(7))
                ]
            )
        plate.lines(streaks, max(2.0, radius * 0.028), palette.mix(palette.RED, palette.PLUM, 0.3), "both", 0.75)
        lit = ellipse(complex(-radius * 0.44, -radius * 0.4), radius * 0.12, radius * 0.2, steps=18)
        plate.fill([complex(z.real + z.imag * 0.25, z.imag) for z in lit], palette.WHITE, 0.85)
        pricks(plate, body, 10, palette.ORANGE_PALE, max(1.3, radius * 0.018))
        plate.ink(body.outline(), 4)
        dip = complex(0, -radius * 0.8)
        plate.fill(ellipse(dip, radius * 0.3, radius * 0.09, steps=24), palette.mix(palette.OLIVE, red, 0.3))
        plate.line(ellipse(dip, radius * 0.33, radius * 0.1, start=-10, stop=190, steps=20), 3, palette.INK)
        stalk = arc(dip + complex(0, radius * 0.05), dip + complex(radius * 0.08, -radius * 0.46), -0.12)
        plate.line(stalk, max(4.0, radius * 0.085), palette.INK, "none")
        plate.line(stalk, max(2.0, radius * 0.045), palette.EARTH, "none")


def apple_half(plate: Plate, at: complex, radius: float) -> None:
    """An apple cut through, with its core and pips."""
    rng = plate.rng
    with plate.place(at, 1, rng.uniform(-22, 22)):
        body = _apple_body(plate, radius)
        plate.fill(body.outline(), palette.RED)
        inner = [z * 0.93 for z in body.outline()]
        plate.fill(inner, FLESH)
        plate.ink(body.outline(), 4)
        for s in (-1, 1):
            core = ribbon(
                arc(complex(0, -radius * 0.5), complex(0, radius * 0.5), s * 0.34, steps=16), 2.2, lambda _t: 0.6
            )
            plate.fill(core.outline(), palette.mix(palette.LEAF_LIGHT, FLESH, 0.3))
            pip = ribbon(
                arc(
                    complex(s * radius * 0.1, -radius * 0.2),
                    complex(s * radius * 0.15, radius * 0.16),
                    s * 0.1,
                    steps=10,
                ),
                radius * 0.085,
                lambda t: math.sin(math.pi * t**0.7),
            )
            plate.shape(pip.outline(), palette.TEA, 2.8)
        plate.line(
            arc(complex(0, -radius * 0.76), complex(radius * 0.05, -radius * 1.14), -0.1),
            radius * 0.07,
            palette.EARTH,
            "none",
        )


def apple_piece(plate: Plate, at: complex, radius: float) -> None:
    """Mostly whole apples; now and then, when large, a cut one."""
    if radius > 100 and plate.rng.random() < 0.22:
        apple_half(plate, at, radius)
    else:
        apple(plate, at, radius)


def plant_apple(plate: Plate) -> None:
    """Three apples on the bough."""
    bough(plate, hung(plate, 138), apple, notch=0.1, broad=0.29, tone=0.3)


def sprig_apple(plate: Plate, at: complex, size: float) -> None:
    """Leaves and an apple."""
    for angle in (-150, -95, -60):
        leaf(plate, at, at + turned(angle) * size * 1.1, size * 0.32, tone=0.35, veins=7, notch=0.1)


def mark_apple(plate: Plate, at: complex, size: float) -> None:
    """The small drawing for a label."""
    leaf(plate, at - complex(0, size * 0.6), at + complex(size * 0.8, -size * 0.95), size * 0.2, veins=4)
    apple(plate, at + complex(0, size * 0.12), size * 0.75, hang=True)


APPLE = Subject(
    forms=("plant", "loose", "basket", "box"),
    plant=plant_apple,
    piece=apple_piece,
    dry=apple,
    sprig=sprig_apple,
    mark=mark_apple,
    label=palette.RED,
    tints=(
        palette.PAPER,
        palette.LEAF_PALE,
        palette.mix(palette.STRAW, palette.PAPER, 0.6),
        palette.mix(palette.LAKE, palette.PAPER, 0.72),
    ),
    grain=76,
    step=1.45,
)
