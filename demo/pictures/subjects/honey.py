"""Honey (蜂蜜): comb, bees, the jar with its dipper."""

import math

from demo.pictures import glass, palette
from demo.pictures.kit import Subject, leaf
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, arc, ellipse, pebble, power, ribbon, spline, turned
from demo.pictures.subjects import tea

HONEY = palette.mix(palette.ORANGE, palette.STRAW, 0.45)


def bee(plate: Plate, at: complex, size: float, turn: float) -> None:
    """A honey bee."""
    with plate.place(at, size, turn, mirror=plate.rng.random() < 0.5):
        for angle in (-118, -72):
            wing = ribbon(
                arc(-0.05 - 0.3j, -0.05 - 0.3j + turned(angle) * 1.05, 0.1, steps=12),
                0.26,
                lambda t: math.sin(math.pi * t**0.6) ** 0.8,
            )
            plate.shape(wing.outline(), palette.mix(palette.LAKE, palette.WHITE, 0.7), 2.4)
            plate.lines([wing.edge(u, 0.1, 0.8) for u in (-0.3, 0.3)], 1.2, palette.INK_SOFT)
        abdomen = ribbon(
            arc(-0.15 - 0.05j, 1.05 + 0.2j, -0.08, steps=16),
            0.36,
            lambda t: math.sin(math.pi * (0.12 + 0.88 * t) ** 0.8) ** 0.7,
        )
        plate.fill(abdomen.outline(), HONEY)
        for t in (0.26, 0.48, 0.7, 0.9):
            plate.fill(abdomen.band(-1, 1, t, min(1.0, t + 0.11)), palette.TEA)
        plate.ink(abdomen.outline(), 3)
        plate.shape(
            pebble(plate.rng, 0.33, centre=-0.3 - 0.1j, rough=0.05).outline(),
            palette.mix(palette.STRAW, palette.EARTH, 0.5),
            2.8,
        )
        plate.shape(pebble(plate.rng, 0.22, centre=-0.72 + 0j).outline(), palette.TEA, 2.6)
        for dx in (-0.1, 0.04):
            plate.line(arc(complex(-0.8, -0.15), complex(-1.15 + dx, -0.5), 0.2), 2.6, palette.INK)
        legs = [arc(complex(x, 0.2), complex(x + 0.1, 0.62), 0.2, steps=5) for x in (-0.4, -0.2, 0.05)]
        plate.lines(legs, 3, palette.INK)


def comb(plate: Plate, at: complex, radius: float) -> None:
    """A piece of honeycomb, some cells full."""
    rng = plate.rng
    edge = pebble(rng, radius, centre=at, rough=0.05, squash=0.86)
    plate.shape(edge.outline(), palette.mix(palette.STRAW, palette.EARTH, 0.2), 4)
    cell = max(9.0, radius * 0.155)
    full: list[Points] = []
    empty: list[Points] = []
    rows = int(radius / (cell * 1.5)) + 1
    for r in range(-rows, rows + 1):
        for c in range(-rows - 1, rows + 2):
            z = complex((c + 0.5 * (r % 2)) * cell * 1.78, r * cell * 1.54)
            if abs(complex(z.real, z.imag / 0.86)) < radius - cell * 1.15:
                hexagon = [at + z + turned(30 + 60 * k) * cell * 0.86 for k in range(6)]
                (full if rng.random() < 0.68 else empty).append(hexagon)
    plate.fills(full, HONEY)
    plate.fills(empty, palette.mix(palette.EARTH, palette.TEA, 0.3))
    plate.lines([[*h, h[0]] for h in full + empty], 2.2, palette.EARTH, "none")
    plate.fills(
        [[h[3], h[4], (h[4] + h[5]) / 2, (h[3] * 2 + h[0]) / 3] for h in full[::2]], palette.lighter(HONEY, 0.5)
    )


def plant_honey(plate: Plate) -> None:
    """A comb among flowers, with bees."""
    rng = plate.rng
    for x, y, s in ((-330, -140, 1), (330, -170, -1), (-360, 170, 1), (340, 190, -1)):
        foot = complex(x, y + 130)
        for angle in (-150, -35, 160, 20):
            leaf(
                plate, foot, foot + turned(angle + rng.uniform(-10, 10)) * 160, 38, tone=rng.uniform(0.2, 0.5), veins=5
            )
        tea.blossom(plate, foot + complex(s * 20, -30), rng.uniform(84, 104), heart=palette.ORANGE_LIGHT)
    comb(plate, complex(0, 50), 265)
    for x, low, half in ((-70, 330, 20), (64, 385, 27), (128, 312, 15)):
        _drip(plate, complex(x, 246 - abs(x) * 0.22), low, half)
    for x, y, size in ((-190, -300, 66), (160, -330, 58), (40, -30, 62)):
        bee(plate, complex(x + rng.uniform(-26, 26), y + rng.uniform(-20, 20)), size, rng.uniform(-30, 30))


def _drip(plate: Plate, top: complex, low: float, half: float) -> None:
    """A drop drawn out from the foot of the comb: a broad root, a thin neck, a round end."""
    way = spline([top, complex(top.real, (top.imag + low) / 2), complex(top.real - 2, low)], steps=10)

    def width(t: float) -> float:
        root = 1.7 * power(1 - t / 0.4, 2) if t < 0.4 else 0.0
        drop = power(math.sin(math.pi * min(1.0, max(0.0, (t - 0.35) / 0.65)) ** 1.7), 0.6)
        return max(0.34 if t < 0.9 else 0.0, root, drop)

    drip = ribbon(way, half, width)
    plate.shape(drip.outline(), HONEY, 3.4)
    plate.line(drip.edge(-0.4, 0.6, 0.92), half * 0.26, palette.lighter(HONEY, 0.65))


def honey_jar(plate: Plate) -> None:
    """A jar of honey with a wooden dipper and a comb."""
    rng = plate.rng
    half, top = rng.uniform(195, 225), -rng.uniform(200, 235)
    comb(plate, complex(-250, 210), 150)
    sprig_honey(plate, complex(-240, -40), 150)
    glass.liquid_jar(plate, half, top, HONEY, comb_mark, palette.ORANGE)
    dipper(plate, complex(250, 290), 210, -38)
    bee(plate, complex(rng.uniform(230, 290), -rng.uniform(180, 260)), 58, rng.uniform(-30, 20))


def dipper(plate: Plate, at: complex, size: float, turn: float) -> None:
    """A wooden honey dipper."""
    wood = palette.mix(palette.EARTH, palette.STRAW, 0.4)
    with plate.place(at, size, turn):
        plate.shape(ribbon([0j, 0.5 + 0j, 1.3 + 0j], 0.05, lambda _t: 1.0).outline(), wood, 3.4)
        for i in range(6):
            x = -0.06 - 0.09 * i
            r = 0.2 * math.sin(math.pi * (i + 1.1) / 7.2) ** 0.6
            plate.shape(ellipse(complex(x, 0), 0.045, r), palette.mix(wood, HONEY, 0.35), 3)
    plate.disc(at + complex(-size * 0.32, size * 0.27), size * 0.34, size * 0.06, HONEY, 3)


def comb_mark(plate: Plate, at: complex, size: float) -> None:
    """A bee over three cells, for a label."""
    cells = [
        [at + turned(a) * size * 0.46 + turned(30 + 60 * k) * size * 0.42 for k in range(6)] for a in (30, 150, 270)
    ]
    for cell in cells:
        plate.shape(cell, HONEY, 2.6)
    bee(plate, at + complex(0, size * 0.05), size * 0.5, -12)


def sprig_honey(plate: Plate, at: complex, size: float) -> None:
    """A flowering twig."""
    for angle in (-150, -80, 150):
        leaf(plate, at, at + turned(angle) * size, size * 0.22, tone=0.35, veins=5)
    tea.blossom(plate, at, size * 0.5, heart=palette.ORANGE_LIGHT)


HONEY_POT = Subject(
    forms=("plant", "jar", "loose"),
    plant=plant_honey,
    piece=comb,
    dry=comb,
    sprig=sprig_honey,
    mark=comb_mark,
    label=palette.ORANGE,
    tints=(palette.mix(palette.STRAW, palette.PAPER, 0.55), palette.PAPER, palette.ORANGE_PALE, palette.LEAF_PALE),
    grain=60,
    own={"jar": honey_jar},
)
