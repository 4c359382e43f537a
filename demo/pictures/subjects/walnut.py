"""The walnut of Cheng county (核桃): shell, kernel, green husk."""

import math

from demo.pictures import palette
from demo.pictures.kit import Subject, fruit, leaf, merged, pricks, twig
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, arc, pebble, ribbon, spline, turned, wobble

SHELL = palette.mix(palette.STRAW, palette.EARTH, 0.38)


KERNEL = palette.mix(palette.STRAW, palette.PAPER, 0.25)


def walnut(plate: Plate, at: complex, radius: float) -> None:
    """A walnut in its shell: the seam, and wrinkles on either side."""
    rng = plate.rng
    tone = palette.mix(SHELL, rng.choice((palette.EARTH, palette.STRAW)), rng.uniform(0, 0.25))
    turn = rng.uniform(-70, 70)
    with plate.place(at, radius, turn):
        body = fruit(
            plate, 0j, 1.0, tone, squash=0.92, rough=0.03, shade=palette.mix(tone, palette.TEA, 0.5), shine=0.3
        )
        wrinkles: list[Points] = []
        for s in (-1, 1):
            for level, breaks in ((0.3, 3), (0.56, 3), (0.8, 2)):
                wave = wobble(rng, 0.09, 5)
                for i in range(breaks):
                    low, high = -0.82 + 1.64 * i / breaks, -0.82 + 1.64 * (i + rng.uniform(0.66, 0.92)) / breaks
                    xs = [low + (high - low) * k / 7 for k in range(8)]
                    line = [complex(x, s * math.sqrt(max(0.02, 0.86 - x * x)) * (level + wave(x))) for x in xs]
                    wrinkles.append(line)
                    branch = rng.choice(line[2:6])
                    wrinkles.append(
                        arc(
                            branch,
                            branch + complex(rng.uniform(-0.16, 0.16), s * rng.uniform(0.1, 0.19)),
                            0.15,
                            steps=4,
                        )
                    )
        plate.lines(wrinkles, max(2.0, radius * 0.036), palette.mix(palette.TEA, tone, 0.25))
        seam = ribbon(
            spline(
                [-0.98 + 0j, complex(-0.3, rng.uniform(-0.1, 0.1)), complex(0.35, rng.uniform(-0.1, 0.1)), 1.0 + 0j],
                steps=8,
            ),
            0.06,
            lambda t: 0.5 + 0.5 * math.sin(math.pi * t),
        )
        plate.shape(seam.outline(), palette.lighter(tone, 0.15), 2.6)
        plate.shape([0.94 - 0.08j, 1.14 + 0j, 0.94 + 0.08j], tone, 2.6)
        plate.lines([body.ring(0.97, 10, 60)], 2, palette.TEA)


def _lobes(plate: Plate, radius: float) -> None:
    """The two lobes of a kernel, folded like a brain."""
    rng = plate.rng
    bodies = []
    for s in (-1, 1):
        for y, x, r in ((-0.42, 0.3, 0.34), (0.02, 0.4, 0.38), (0.44, 0.28, 0.32)):
            bodies.append(pebble(rng, r, centre=complex(s * x, y), rough=0.12).outline(22))
    merged(plate, bodies, KERNEL, 3)
    folds: list[Points] = []
    for s in (-1, 1):
        for i in range(8):
            y = -0.66 + 1.32 * i / 7
            x = 0.12 + 0.06 * (i % 2)
            w = 0.52 * math.sqrt(max(0.1, 1 - (y / 0.82) ** 2))
            folds.append(
                spline(
                    [
                        complex(s * x, y),
                        complex(s * (x + w * 0.4), y + rng.uniform(-0.1, 0.1)),
                        complex(s * (x + w), y + rng.uniform(-0.05, 0.12)),
                    ],
                    steps=4,
                )
            )
    plate.lines(folds, max(1.8, radius * 0.032), palette.EARTH)
    plate.line([-0.72j, 0.02 + 0j, 0.72j], max(2.4, radius * 0.05), palette.mix(palette.EARTH, palette.INK, 0.4))
    plate.fills(
        [[complex(0.3, 0.6), complex(0.6, 0.3), complex(0.68, -0.1), complex(0.56, 0.5), complex(0.4, 0.7)]],
        palette.EARTH,
        0.35,
    )


def walnut_half(plate: Plate, at: complex, radius: float) -> None:
    """A cracked half with its kernel."""
    with plate.place(at, radius, plate.rng.uniform(-60, 60)):
        fruit(plate, 0j, 1.0, palette.mix(SHELL, palette.EARTH, 0.35), squash=0.98, shine=0)
        plate.shape(pebble(plate.rng, 0.86, rough=0.04).outline(), palette.mix(palette.STRAW, SHELL, 0.4), 2.4)
        with plate.place(0j, 0.94):
            _lobes(plate, radius)


def kernel(plate: Plate, at: complex, radius: float) -> None:
    """A kernel out of its shell."""
    with plate.place(at, radius, plate.rng.uniform(0, 180)):
        _lobes(plate, radius)


def walnut_piece(plate: Plate, at: complex, radius: float) -> None:
    """Whole nuts, some cracked."""
    (walnut_half if plate.rng.random() < (0.4 if radius > 90 else 0.16) else walnut)(plate, at, radius)


def _green(plate: Plate, at: complex, radius: float) -> None:
    """A fruit in its green husk."""
    body = fruit(
        plate,
        at,
        radius,
        palette.mix(palette.LEAF_LIGHT, palette.LEAF, 0.25),
        squash=1.06,
        shade=palette.LEAF,
        shine=0.35,
    )
    pricks(plate, body, 26, palette.LEAF_PALE, 2.2)
    plate.dots([body.at(90, 0.97)], 5, palette.INK)


def _burst(plate: Plate, at: complex, radius: float) -> None:
    """A ripe husk which has split and shows the nut."""
    _green(plate, at, radius)
    with plate.place(at, radius * 0.74):
        walnut(plate, 0.05 + 0.06j, 1.0)
    for s in (-1, 1):
        flap = spline(
            [
                at + complex(s * 0.2, -1.0) * radius,
                at + complex(s * 0.56, -0.55) * radius,
                at + complex(s * 0.42, 0.1) * radius,
                at + complex(s * 0.6, 0.6) * radius,
                at + complex(s * 0.3, 1.0) * radius,
            ],
            steps=6,
        )
        rim = spline(
            [
                at + complex(s * 0.42, 0.98) * radius,
                at + complex(s * 1.02, 0.5) * radius,
                at + complex(s * 1.06, -0.3) * radius,
                at + complex(s * 0.5, -0.98) * radius,
            ],
            steps=6,
        )
        plate.shape(flap + rim, palette.mix(palette.LEAF_LIGHT, palette.LEAF, 0.35 + 0.25 * s), 3.8)
        plate.line([z + s * radius * 0.07 for z in flap], 4, palette.LEAF_PALE)


def compound(plate: Plate, foot: complex, angle: float, length: float) -> None:
    """The walnut's compound leaf of large smooth leaflets."""
    rng = plate.rng
    way = turned(angle)
    rachis = arc(foot, foot + way * length, rng.uniform(-0.14, 0.14), steps=12)
    plate.line(rachis, 7.5, palette.INK, "end")
    plate.line(rachis, 4.2, palette.LEAF_LIGHT, "end")
    tone = rng.uniform(0.15, 0.5)
    for i, k in enumerate((4, 7, 10)):
        run = (rachis[k + 1] - rachis[k]) / abs(rachis[k + 1] - rachis[k])
        for s in (-1, 1):
            size = length * (0.42 + 0.09 * i)
            leaf(
                plate,
                rachis[k],
                rachis[k] + run * turned(s * rng.uniform(52, 66)) * size,
                size * 0.2,
                bend=-s * 0.08,
                tone=tone + rng.uniform(-0.1, 0.1),
                veins=6,
            )
    run = (rachis[-1] - rachis[-2]) / abs(rachis[-1] - rachis[-2])
    leaf(plate, rachis[-1], rachis[-1] + run * length * 0.62, length * 0.145, tone=tone + 0.12, veins=7)


def plant_walnut(plate: Plate) -> None:
    """A bough with fruits in threes, one husk bursting."""
    rng = plate.rng
    knots = [-590 - 190j, complex(-320, -210), complex(-60, -150), complex(150, -130)]
    way = spline(knots, steps=8)
    for k, angle, length in ((6, -100, 250), (13, -62, 300), (23, -30, 320), (9, 128, 270)):
        compound(plate, way[k], angle + rng.uniform(-12, 12), length)
    compound(plate, way[-1], rng.uniform(18, 40), 330)
    twig(plate, knots, 17)
    base = way[18]
    for at, radius in ((-150 + 95j, 92.0), (40 + 130j, 98.0)):
        spot = at + complex(rng.uniform(-16, 16), rng.uniform(-14, 14))
        plate.line(arc(base, spot - complex(0, radius * 0.9), 0.08), 10, palette.INK, "none")
        plate.line(arc(base, spot - complex(0, radius * 0.9), 0.08), 6, palette.LEAF, "none")
        _green(plate, spot, radius)
    _burst(plate, complex(-60 + rng.uniform(-14, 14), 262), 108)


def sprig_walnut(plate: Plate, at: complex, size: float) -> None:
    """A compound leaf."""
    compound(plate, at + complex(20, size * 0.5), plate.rng.uniform(-130, -100), size * 1.25)


WALNUT = Subject(
    forms=("plant", "loose", "dried", "bag", "jar", "basket"),
    plant=plant_walnut,
    piece=walnut_piece,
    dry=walnut_piece,
    sprig=sprig_walnut,
    mark=lambda plate, at, size: walnut(plate, at, size * 0.85),
    label=palette.EARTH,
    tints=(palette.PAPER, palette.mix(palette.STRAW, palette.PAPER, 0.6), palette.LEAF_PALE, palette.PAPER_DEEP),
    grain=58,
    step=1.45,
    dry_grain=48,
    dry_step=1.5,
)
