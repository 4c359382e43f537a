"""Rice (大米): the grain and the nodding ear."""

import math

from demo.pictures import palette
from demo.pictures.kit import Subject
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, arc, blade_profile, leaf_profile, ribbon, spline, turned

GRAIN = palette.mix(palette.STRAW, palette.ORANGE_LIGHT, 0.25)


def rice_grain(plate: Plate, at: complex, radius: float) -> None:
    """A grain of polished rice."""
    rng = plate.rng
    way = turned(rng.uniform(0, 360)) * radius
    body = ribbon(
        arc(at - way, at + way, rng.uniform(-0.05, 0.05), steps=8),
        radius * 0.36,
        lambda t: math.sin(math.pi * t) ** 0.6,
    )
    plate.fill(body.outline(), palette.mix(palette.WHITE, palette.STRAW, rng.uniform(0.02, 0.2)))
    plate.fill(body.crescent(1, 0.2), palette.mix(palette.PAPER_DEEP, palette.STRAW, 0.45))
    plate.ink(body.outline(), 2, palette.mix(palette.EARTH, palette.INK, 0.3))


def _panicle(plate: Plate, way: Points, grains: int) -> None:
    """A nodding ear of rice along the end of a stalk."""
    rng = plate.rng
    plate.line(way, 6, palette.INK, "end")
    plate.line(way, 3.4, palette.STRAW, "end")
    start = len(way) // 3
    for i in range(grains):
        f = i / grains
        k = start + round(f * (len(way) - 2 - start))
        run = (way[k + 1] - way[k]) / abs(way[k + 1] - way[k])
        s = -1 if i % 2 else 1
        out = run * turned(s * rng.uniform(14, 38))
        foot = way[k] + run * 1j * s * rng.uniform(4, 20) + 1j * rng.uniform(0, 16)
        body = ribbon(arc(foot, foot + out * rng.uniform(40, 47), s * 0.06, steps=9), 11.5, leaf_profile(0.45, 0.9))
        tone = palette.mix(GRAIN, rng.choice((palette.STRAW, palette.ORANGE, palette.OLIVE)), rng.uniform(0, 0.3))
        plate.fill(body.outline(), tone)
        plate.fill(body.band(0.1, 1), palette.mix(tone, palette.EARTH, 0.4))
        plate.line(body.edge(-0.1, 0.05, 1), 1.4, palette.EARTH)
        plate.ink(body.outline(), 2.6)


def plant_rice(plate: Plate) -> None:
    """A stand of ripe rice, the ears bowing to both sides."""
    rng = plate.rng
    for s, reach, top in (
        (-1, 430, -60),
        (1, 440, -90),
        (-1, 250, -250),
        (1, 230, -200),
        (1, 480, 120),
        (-1, 470, 150),
    ):
        foot = complex(s * rng.uniform(10, 60), 450)
        body = ribbon(
            spline(
                [
                    foot,
                    foot + complex(s * reach * 0.2, -330),
                    complex(s * reach * 0.62, top - 60),
                    complex(s * reach, top + rng.uniform(60, 140)),
                ],
                steps=16,
            ),
            13,
            blade_profile,
        )
        tone = palette.mix(palette.LEAF_LIGHT, palette.STRAW, rng.uniform(0.1, 0.6))
        plate.fill(body.outline(), tone)
        plate.fill(body.band(0, 1), palette.mix(tone, palette.LEAF, 0.5))
        plate.ink(body.outline(), 3)
    for s, reach, top in (
        (-1, 330, -330),
        (1, 350, -310),
        (-1, 190, -390),
        (1, 130, -400),
        (-1, 390, -150),
        (1, 400, -130),
    ):
        foot = complex(s * rng.uniform(6, 40), 450)
        x = s * reach * rng.uniform(0.9, 1.05)
        way = spline(
            [
                foot,
                foot * 0.5 + complex(x * 0.22, top * 0.4),
                complex(x * 0.52, top),
                complex(x * 0.84, top + 40),
                complex(x, top + 210),
            ],
            steps=12,
        )
        _panicle(plate, way, 34)


def sprig_rice(plate: Plate, at: complex, size: float) -> None:
    """Two ears."""
    for s in (0.7, 1.15):
        foot = at + complex(90, size)
        _panicle(
            plate,
            spline(
                [
                    foot,
                    at + complex(40, -size * 0.5 * s),
                    at + complex(-30, -size * 0.85 * s),
                    at + complex(-90 * s, -size * 0.4),
                    at + complex(-120 * s, size * 0.2),
                ],
                steps=8,
            ),
            22,
        )


def mark_rice(plate: Plate, at: complex, size: float) -> None:
    """Two ears crossing, for a label."""
    for s in (-1, 1):
        foot = at + complex(-s * size * 0.3, size * 0.9)
        with plate.place(at, size / 132):
            way = spline(
                [(foot - at) / size * 132, complex(s * 10, -10), complex(s * 40, -80), complex(s * 88, -60)], steps=8
            )
            _panicle(plate, way, 13)


RICE = Subject(
    forms=("plant", "dried", "bag", "jar"),
    plant=plant_rice,
    piece=rice_grain,
    dry=rice_grain,
    sprig=sprig_rice,
    mark=mark_rice,
    label=palette.mix(palette.LEAF, palette.STRAW, 0.2),
    tints=(palette.mix(palette.STRAW, palette.PAPER, 0.55), palette.LEAF_PALE, palette.PAPER, palette.ORANGE_PALE),
    grain=20,
    step=1.6,
    dry_grain=25,
    dry_step=1.6,
)
