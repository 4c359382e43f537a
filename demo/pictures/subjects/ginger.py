"""Ginger (生姜): the hand, its dried slices, the leafy plant."""

import math

from demo.pictures import palette
from demo.pictures.kit import Subject, leaf, merged
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, arc, pebble, spline, turned

GINGER = palette.mix(palette.STRAW, palette.PAPER_DEEP, 0.25)


def ginger(plate: Plate, at: complex, radius: float) -> None:
    """A hand of ginger: swollen fingers with rings and pink tips."""
    rng = plate.rng
    with plate.place(at, radius, rng.uniform(-18, 18), mirror=rng.random() < 0.5):
        plan = [(0j, 0.46, 0.8, 10), (-0.6 + 0.12j, 0.42, 0.78, -12), (0.58 - 0.04j, 0.4, 0.8, -18)]
        plan += [(-0.5 - 0.44j, 0.27, 1.25, 12), (0.16 - 0.56j, 0.25, 1.35, -4), (0.82 - 0.48j, 0.24, 1.25, 18)]
        plan += [(-1.02 + 0.1j, 0.23, 0.85, 20), (0.24 + 0.44j, 0.25, 1.05, -18), (1.02 + 0.2j, 0.22, 0.9, 16)]
        bodies = []
        for centre, r, tall, turn in plan:
            shift = complex(rng.uniform(-0.06, 0.06), rng.uniform(-0.05, 0.05))
            bodies.append(
                pebble(
                    rng,
                    r * rng.uniform(0.95, 1.12),
                    centre=centre + shift,
                    squash=tall,
                    rough=0.05,
                    turn=turn + rng.uniform(-10, 10),
                )
            )
        tone = palette.mix(GINGER, palette.ORANGE_LIGHT, rng.uniform(0.0, 0.2))
        merged(plate, [b.outline(34) for b in bodies], tone, 3.6)
        for b in bodies:
            plate.fill(b.crescent(10, 120, 0.3), palette.mix(tone, palette.EARTH, 0.42))
        for i in (3, 4, 5):
            tip = bodies[i]
            plate.fill(tip.crescent(215, 325, 0.42), palette.mix(palette.RED, palette.ORANGE_PALE, 0.55))
        rings: list[Points] = []
        for i, b in enumerate(bodies):
            across = i < 3
            for k in (-0.5, -0.1, 0.32):
                shift = (b.at(0, k) - b.centre) if across else (b.at(270, k) - b.centre)
                half = (b.at(90, 0.8) - b.centre if across else b.at(0, 0.84) - b.centre) * math.sqrt(1 - k * k)
                rings.append(arc(b.centre + shift - half, b.centre + shift + half, 0.12 if across else -0.12, steps=8))
        plate.lines(rings, max(1.7, radius * 0.026), palette.EARTH)
        for i in (6, 8):
            cut = pebble(rng, 0.15, centre=bodies[i].at(180 if i == 6 else 0, 0.45), squash=1.2)
            plate.shape(cut.outline(20), palette.mix(palette.STRAW, palette.WHITE, 0.4), 2.4)


def ginger_slice(plate: Plate, at: complex, radius: float) -> None:
    """A dried slice with its ring."""
    rng = plate.rng
    body = pebble(rng, radius, centre=at, squash=rng.uniform(0.6, 0.85), rough=0.09, turn=rng.uniform(0, 180))
    plate.shape(body.outline(), palette.mix(palette.STRAW, palette.EARTH, 0.25), 3)
    plate.fill([at + (z - at) * 0.86 - 1j for z in body.outline()], palette.mix(palette.STRAW, palette.PAPER, 0.45))
    plate.ink([at + (z - at) * 0.6 for z in body.outline()], 2, palette.EARTH)
    plate.dots(
        [body.at(rng.uniform(0, 360), rng.uniform(0, 0.5)) for _ in range(7)], max(1.5, radius * 0.05), palette.EARTH
    )


def plant_ginger(plate: Plate) -> None:
    """Leafy shoots above a great hand of ginger with its rootlets."""
    rng = plate.rng
    for x, lean in ((-150, -26), (20, 4), (190, 24)):
        foot = complex(x, 170)
        tip = foot + turned(-90 + lean + rng.uniform(-6, 6)) * rng.uniform(540, 600)
        stem = arc(foot, tip, 0.03 if lean > 0 else -0.03, steps=20)
        plate.line(stem, 19, palette.INK, "end")
        plate.line(stem, 13, palette.LEAF_LIGHT, "end")
        for i in range(7):
            k = 6 + 2 * i
            s = 1 if i % 2 else -1
            run = (stem[min(k + 1, 20)] - stem[k - 1]) / abs(stem[min(k + 1, 20)] - stem[k - 1])
            size = rng.uniform(215, 265)
            leaf(
                plate,
                stem[k],
                stem[k] + run * turned(s * rng.uniform(38, 58)) * size,
                size * 0.095,
                bend=s * 0.13,
                tone=rng.uniform(0.1, 0.5),
                veins=0,
            )
    roots = []
    for _ in range(12):
        foot = complex(rng.uniform(-240, 240), rng.uniform(290, 340))
        roots.append(
            spline([foot, foot + complex(rng.uniform(-20, 20), 50), foot + complex(rng.uniform(-50, 50), 105)], steps=5)
        )
    plate.lines(roots, 4.5, palette.EARTH, "end")
    with plate.place(complex(0, 235)):
        ginger(plate, 0j, 262)


def sprig_ginger(plate: Plate, at: complex, size: float) -> None:
    """A leafy shoot."""
    rng = plate.rng
    foot = at + complex(50, size)
    stem = arc(foot, at + complex(-20, -size), 0.06, steps=16)
    plate.line(stem, 12, palette.INK, "end")
    plate.line(stem, 7, palette.LEAF_LIGHT, "end")
    for i in range(6):
        k = 4 + 2 * i
        s = 1 if i % 2 else -1
        run = (stem[k] - stem[k - 1]) / abs(stem[k] - stem[k - 1])
        leaf(
            plate,
            stem[k],
            stem[k] + run * turned(s * rng.uniform(40, 58)) * size,
            size * 0.11,
            bend=s * 0.12,
            tone=rng.uniform(0.15, 0.5),
            veins=0,
        )


GINGER_ROOT = Subject(
    lie=0.5,
    forms=("plant", "loose", "dried", "basket", "box"),
    plant=plant_ginger,
    piece=ginger,
    dry=ginger_slice,
    sprig=sprig_ginger,
    mark=lambda plate, at, size: ginger(plate, at, size * 0.8),
    label=palette.ORANGE,
    tints=(palette.PAPER, palette.LEAF_PALE, palette.ORANGE_PALE, palette.mix(palette.STRAW, palette.PAPER, 0.62)),
    grain=96,
    step=1.15,
    bulk=palette.EARTH,
    dry_grain=46,
    dry_step=1.25,
)
