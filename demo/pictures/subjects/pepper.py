"""Sichuan pepper (Zanthoxylum bungeanum, 花椒): a thorny branch, clusters of warty red berries, split dried husks."""

import math

from demo.pictures import palette
from demo.pictures.kit import Subject, fruit, leaf, pricks, twig
from demo.pictures.plate import Plate
from demo.pictures.strokes import arc, pebble, ribbon, spline, turned

BERRY = palette.mix(palette.RED, palette.ORANGE, 0.16)


def berry(plate: Plate, at: complex, radius: float) -> None:
    """One fresh berry, warty with oil."""
    rng = plate.rng
    colour = palette.mix(BERRY, rng.choice((palette.PLUM, palette.ORANGE, palette.LEAF)), rng.uniform(0.0, 0.22))
    body = fruit(plate, at, radius, colour, rough=0.05, shine=0.34, ink=3.0)
    pricks(plate, body, 7, palette.mix(palette.PLUM, colour, 0.2), max(1.2, radius * 0.07))


def husk(plate: Plate, at: complex, radius: float) -> None:
    """One dried husk: split open like a little mouth, a black seed in some."""
    rng = plate.rng
    colour = palette.mix(
        palette.RED, rng.choice((palette.EARTH, palette.ORANGE, palette.PLUM)), rng.uniform(0.05, 0.38)
    )
    with plate.place(at, radius, rng.uniform(0, 360)):
        body = fruit(plate, 0j, 1.0, colour, rough=0.07, squash=rng.uniform(0.82, 1), shine=0.0, ink=3.0)
        kind = rng.random()
        if kind < 0.62:
            gape = ribbon(
                arc(-0.78 + 0j, 0.78 + 0j, rng.uniform(-0.16, 0.16)),
                rng.uniform(0.28, 0.46),
                lambda t: math.sin(math.pi * t) ** 0.8,
            )
            plate.shape(gape.outline(), palette.mix(palette.STRAW, palette.ORANGE_PALE, 0.5), 2.4)
            plate.fill(gape.crescent(-1, -0.4), palette.mix(palette.STRAW, palette.EARTH, 0.4))
            if kind < 0.3:
                seed = pebble(rng, 0.3, centre=complex(rng.uniform(-0.2, 0.2), 0))
                plate.shape(seed.outline(), palette.INK, 2)
                plate.dots([seed.at(230, 0.5)], max(1.4, radius * 0.07), palette.LAKE)
        pricks(plate, body, 6, palette.mix(palette.PLUM, colour, 0.3), max(1.2, radius * 0.06))


def split(plate: Plate, at: complex, radius: float) -> None:
    """A ripe berry which has opened: two red valves about a shining black seed."""
    rng = plate.rng
    with plate.place(at, radius, rng.uniform(-60, 60)):
        for s in (-1, 1):
            plate.shape(
                pebble(rng, 0.86, centre=complex(s * 0.62, 0), squash=1.1, rough=0.04).outline(20),
                palette.mix(BERRY, palette.PLUM, 0.2 * s + 0.2),
                3,
            )
        plate.shape(pebble(rng, 0.74, centre=-0.05j).outline(20), palette.INK, 2)
        plate.dots([-0.2 - 0.3j], max(1.6, radius * 0.13), palette.LAKE)


def cluster(plate: Plate, at: complex, size: float, turn: float = 90) -> None:
    """A hanging bunch of berries on forked stalks; `turn` is the way it hangs (degrees, 90 down)."""
    rng = plate.rng
    way = turned(turn)
    spots = []
    for _ in range(120):
        far = rng.uniform(0.22, 1.0)
        spread = math.sin(math.pi * min(1.0, far * 0.8 + 0.12)) * 0.33
        spots.append(at + way * complex(far, rng.uniform(-spread, spread)) * size)
    kept: list[complex] = []
    for z in spots:
        if all(abs(z - other) > size * 0.1 for other in kept):
            kept.append(z)
    stem = palette.mix(palette.LEAF, palette.RED, 0.45)
    for z in kept:
        fork = at + way * size * 0.28 * abs(z - at) / size
        plate.line(spline([at, fork, z], steps=6), 4, stem, "end")
    for z in sorted(kept, key=lambda p: p.imag):
        (split if rng.random() < 0.14 else berry)(plate, z, size * rng.uniform(0.06, 0.073))


def pinnate(plate: Plate, foot: complex, way: complex, length: float, pairs: int = 3) -> None:
    """A compound leaf: pairs of toothed leaflets along a stalk, and one at its end."""
    rng = plate.rng
    bend = rng.uniform(-0.12, 0.12)
    rachis = arc(foot, foot + way * length, bend, steps=20)
    plate.line(rachis, 6.5, palette.INK, "end")
    plate.line(rachis, 3.4, palette.LEAF, "end")
    tone = rng.uniform(0.1, 0.5)
    for i in range(pairs):
        k = round(20 * (0.24 + 0.62 * i / pairs))
        run = (rachis[k + 1] - rachis[k]) / abs(rachis[k + 1] - rachis[k])
        for s in (-1, 1):
            out = run * turned(s * rng.uniform(50, 62))
            size = length * rng.uniform(0.34, 0.4) * (0.8 + 0.25 * math.sin(math.pi * (i + 0.6) / pairs))
            leaf(
                plate,
                rachis[k],
                rachis[k] + out * size,
                size * 0.21,
                bend=-s * 0.06,
                tone=tone + rng.uniform(-0.1, 0.1),
                veins=4,
                notch=0.16,
                ink=2.8,
            )
    end = (rachis[-1] - rachis[-2]) / abs(rachis[-1] - rachis[-2])
    leaf(
        plate,
        rachis[-1],
        rachis[-1] + end * length * 0.42,
        length * 0.095,
        tone=tone + 0.1,
        veins=5,
        notch=0.16,
        ink=2.8,
    )


def plant(plate: Plate) -> None:
    """A branch from the upper left with leaves above and clusters hanging below."""
    rng = plate.rng
    knots = [
        -560 - 190j,
        complex(-250, rng.uniform(-170, -120)),
        complex(60, rng.uniform(-130, -70)),
        complex(400, rng.uniform(-80, -20)),
    ]
    nodes = [(0.16, -76, 270), (0.4, -100, 290), (0.64, -62, 300), (0.86, -92, 270), (1.0, 2, 300)]
    way = spline(knots, steps=10)
    for t, angle, length in nodes:
        foot = way[min(len(way) - 1, round(t * (len(way) - 1)))]
        pinnate(plate, foot, turned(angle + rng.uniform(-10, 10)), length * rng.uniform(0.9, 1.1), rng.choice((3, 4)))
    body = twig(plate, knots, 13)
    for t in (0.13, 0.3, 0.5, 0.7, 0.9):
        for s in (-1, 1):
            foot, out = body.at(t, s * 0.8), body.at(t + 0.015, s * 3.4)
            thorn = [body.at(t - 0.018, s * 0.8), out, body.at(t + 0.018, s * 0.8), foot]
            plate.shape(thorn, palette.mix(palette.EARTH, palette.RED, 0.3), 2.8)
    for t, size, angle in ((0.2, 300, 106), (0.46, 380, 95), (0.7, 350, 86), (0.93, 280, 74)):
        cluster(plate, body.at(t, 0), size * rng.uniform(0.9, 1.12), angle + rng.uniform(-10, 10))
    for t, angle, length in ((0.32, 132, 200), (0.57, 92, 150), (0.8, 48, 190)):
        pinnate(plate, body.at(t, 0), turned(angle + rng.uniform(-12, 12)), length, 3)


def sprig(plate: Plate, at: complex, size: float) -> None:
    """One leaf and a cluster."""
    pinnate(plate, at + complex(30, 60), turned(plate.rng.uniform(-130, -105)), size * 1.25)
    cluster(plate, at + complex(-10, -20), size * 1.35, plate.rng.uniform(95, 125))


def mark(plate: Plate, at: complex, size: float) -> None:
    """The small drawing for a label."""
    for angle in (200, -20):
        leaf(
            plate,
            at - complex(0, size * 0.55),
            at - complex(0, size * 0.55) + turned(angle) * size * 0.95,
            size * 0.2,
            veins=3,
        )
    cluster(plate, at - complex(0, size * 0.75), size * 1.65, 90)


SUBJECT = Subject(
    forms=("plant", "dried", "bag", "jar", "basket"),
    plant=plant,
    piece=lambda plate, at, radius: (
        cluster(plate, at - complex(0, radius), radius * 2, plate.rng.uniform(60, 120))
        if radius > 60
        else berry(plate, at, radius)
    ),
    dry=husk,
    sprig=sprig,
    mark=mark,
    label=palette.RED,
    tints=(palette.ORANGE_PALE, palette.PAPER, palette.LEAF_PALE, palette.mix(palette.PAPER_DEEP, palette.STRAW, 0.2)),
    grain=30,
    step=1.35,
    dry_grain=30,
    dry_step=1.5,
)
