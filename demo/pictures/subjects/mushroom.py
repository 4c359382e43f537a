"""Shiitake (香菇) and wood ear (木耳), on the log and dried."""

import math

from demo.pictures import palette
from demo.pictures.kit import Subject, leaf
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, arc, ellipse, pebble, ribbon, turned, wobble

CAP = palette.mix(palette.EARTH, palette.TEA, 0.3)


EAR = palette.mix(palette.TEA, palette.PLUM, 0.25)


def shiitake(plate: Plate, at: complex, radius: float) -> None:
    """A mushroom: a domed cap cracked pale on top, gills and stalk below."""
    rng = plate.rng
    tone = palette.mix(CAP, palette.STRAW, rng.uniform(0, 0.25))
    with plate.place(at, radius, rng.uniform(-24, 24)):
        stem = ribbon(arc(0.15j, 0.86j, rng.uniform(-0.12, 0.12), steps=10), 0.2, lambda t: 1 - 0.25 * t)
        plate.fill(stem.outline(), palette.mix(palette.PAPER_DEEP, palette.STRAW, 0.3))
        plate.fill(stem.band(-1, -0.1), palette.mix(palette.STRAW, palette.EARTH, 0.4))
        plate.ink(stem.outline(), 3.2)
        under = ellipse(0.16j, 0.86, 0.24)
        plate.shape(under, palette.mix(palette.PAPER_DEEP, palette.STRAW, 0.35), 3)
        plate.lines(
            [
                [
                    complex(0.2 * math.cos(a), 0.16 + 0.05 * math.sin(a)),
                    complex(0.84 * math.cos(a), 0.16 + 0.23 * math.sin(a)),
                ]
                for a in (math.tau * k / 26 for k in range(14))
            ],
            1.8,
            palette.EARTH,
        )
        rough = wobble(rng, 0.03)
        dome = [
            complex(1.0 * math.cos(a), 0.1 + 0.74 * math.sin(a) * (1 + rough(a / math.tau)))
            for a in (math.pi + math.pi * k / 24 for k in range(25))
        ]
        lip = [complex(1 - 2 * k / 12, 0.1 + 0.13 * math.sin(math.pi * k / 12)) for k in range(1, 12)]
        cap = dome + lip
        plate.fill(cap, tone)
        plate.fill([*dome[16:], *lip[:5], complex(0.5, -0.2)], palette.mix(tone, palette.INK, 0.35))
        cracks = []
        for _ in range(9):
            x, y = rng.uniform(-0.5, 0.42), rng.uniform(-0.5, -0.12)
            star = [complex(x, y) + turned(72 * k + rng.uniform(-20, 20)) * (0.13 if k % 2 else 0.06) for k in range(5)]
            cracks.append(star)
        plate.fills(cracks, palette.mix(palette.STRAW, palette.PAPER, 0.4))
        plate.line(
            [complex(-0.8 * math.cos(0.3 * k), -0.2 - 0.3 * math.sin(0.3 * k)) for k in range(1, 4)],
            max(2.4, radius * 0.05),
            palette.lighter(tone, 0.4),
        )
        plate.ink(cap, 3.8)


def wood_ear(plate: Plate, at: complex, radius: float) -> None:
    """A wood ear: a ruffled cup, dark and glossy within, its downy back paler where the rim turns over."""
    rng = plate.rng
    with plate.place(at, radius, rng.uniform(0, 360), squash=rng.uniform(0.72, 0.95)):
        wave, ruffle = wobble(rng, 0.13, 3), rng.randrange(7, 10)
        lean = turned(rng.uniform(0, 360)) * 0.14
        phase = rng.uniform(0, math.tau)
        rim: Points = []
        for k in range(72):
            t = k / 72
            rim.append(turned(360 * t) * (0.92 + wave(t) + 0.055 * math.sin(math.tau * t * ruffle + phase)))
        back = palette.mix(EAR, palette.EARTH, rng.uniform(0.45, 0.7))
        plate.fill(rim, back)
        inner = [z * (0.84 - 0.06 * math.cos(math.tau * k / 72 * ruffle)) + lean * 0.6 for k, z in enumerate(rim)]
        plate.fill(inner, palette.mix(EAR, palette.INK, 0.25))
        plate.fill([z * 0.52 + lean for z in rim], palette.mix(EAR, palette.INK, 0.6))
        creases = []
        for k in range(0, 72, 72 // ruffle):
            creases.append([rim[k] * 0.34 + lean, rim[k] * 0.62 + lean * 0.8, rim[(k + 2) % 72] * 0.95])
        plate.lines(creases, max(1.8, radius * 0.035), palette.INK, "both")
        gleam = [z * 0.74 + lean * 0.6 for z in rim[40:58]]
        plate.line(gleam, max(2.0, radius * 0.07), palette.mix(palette.INK_SOFT, palette.LAKE, 0.4))
        plate.ink(rim, 3)


def fungus(plate: Plate, at: complex, radius: float) -> None:
    """Shiitake when there is room, wood ear in small."""
    shiitake(plate, at, radius)


def plant_mushroom(plate: Plate) -> None:
    """Shiitake and wood ears on a leaning log."""
    rng = plate.rng
    log = ribbon(arc(complex(-520, 300), complex(480, 90), 0.03, steps=24), 105, lambda _t: 1.0, wobble(rng, 0.04, 4))
    for x, y, r in ((-300, 40, 105), (-90, -40, 140), (180, -60, 118), (350, -40, 78)):
        with plate.place(complex(x + rng.uniform(-12, 12), y + rng.uniform(-10, 10)), 1, -8):
            shiitake(plate, 0j, r)
    bark = palette.mix(palette.EARTH, palette.INK_SOFT, 0.3)
    plate.fill(log.outline(), bark)
    plate.fill(log.band(0.2, 1), palette.mix(bark, palette.INK, 0.4))
    lines = [
        log.edge(u, t, t + rng.uniform(0.06, 0.18), 6)
        for u, t in ((rng.uniform(-0.85, 0.85), rng.uniform(0.02, 0.8)) for _ in range(44))
    ]
    plate.lines(lines, 3, palette.mix(palette.INK, bark, 0.2))
    plate.ink(log.outline(), 4.6)
    end = log.at(1, 0)
    face = [end + complex(z.real * 0.42, z.imag) for z in pebble(rng, 106, rough=0.02).outline()]
    plate.shape(face, palette.mix(palette.STRAW, palette.PAPER, 0.3), 4.4)
    for k in (0.75, 0.5, 0.26):
        plate.ink([end + (z - end) * k for z in face], 2.2, palette.EARTH)
    for t, u, r in (
        (0.16, 0.1, 62),
        (0.3, 0.5, 78),
        (0.36, 0.2, 58),
        (0.62, 0.35, 70),
        (0.7, 0.62, 54),
        (0.84, 0.1, 50),
    ):
        wood_ear(plate, log.at(t, u), r)


def sprig_mushroom(plate: Plate, at: complex, size: float) -> None:
    """A fern."""
    rng = plate.rng
    way = arc(at + complex(60, size), at + complex(-50, -size), 0.14, steps=14)
    for k in range(2, 14):
        run = (way[k] - way[k - 1]) / abs(way[k] - way[k - 1])
        for s in (-1, 1):
            size_k = size * 0.72 * math.sin(math.pi * (k / 15) ** 0.7)
            leaf(
                plate,
                way[k],
                way[k] + run * turned(s * 66) * size_k,
                size_k * 0.12,
                bend=-s * 0.06,
                veins=0,
                tone=rng.uniform(0.2, 0.45),
                ink=2.4,
            )
    plate.line(way, 6, palette.LEAF_DEEP, "end")


MUSHROOM = Subject(
    lie=0.78,
    forms=("plant", "loose", "dried", "bag", "jar", "basket"),
    plant=plant_mushroom,
    piece=fungus,
    dry=shiitake,
    sprig=sprig_mushroom,
    mark=lambda plate, at, size: shiitake(plate, at, size * 0.85),
    label=palette.EARTH,
    tints=(palette.LEAF_PALE, palette.PAPER, palette.PAPER_DEEP, palette.mix(palette.LAKE, palette.PAPER, 0.7)),
    grain=70,
    step=1.2,
    dry_grain=48,
    dry_step=1.25,
)


WOOD_EAR = Subject(
    lie=0.78,
    forms=("plant", "loose", "dried", "bag", "jar"),
    plant=plant_mushroom,
    piece=wood_ear,
    dry=wood_ear,
    sprig=sprig_mushroom,
    mark=lambda plate, at, size: wood_ear(plate, at, size * 0.85),
    label=palette.PLUM,
    tints=(palette.PAPER, palette.LEAF_PALE, palette.mix(palette.STRAW, palette.PAPER, 0.6), palette.PAPER_DEEP),
    grain=60,
    step=1.3,
    dry_grain=44,
    dry_step=1.3,
)
