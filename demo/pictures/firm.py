"""Firm vessels: the tea tin and the open crate. Each stands on y = 330."""

import math

from demo.pictures import palette
from demo.pictures.kit import Piece, shadow
from demo.pictures.kraft import KRAFT
from demo.pictures.labels import FLOOR, label
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, arc, ellipse, rect


def tin(plate: Plate, vignette: Piece, *, colour: str, ground: str) -> None:
    """A round tea caddy with a fitted lid, a label and bands of ornament."""
    rng = plate.rng
    half, top = rng.uniform(178, 205), -rng.uniform(190, 230)
    coat = rng.choice(
        (
            colour,
            palette.darker(colour, 0.25),
            palette.mix(colour, palette.LEAF_DEEP, 0.35),
            palette.mix(palette.LAKE, palette.INK, 0.45),
        )
    )
    shadow(plate, complex(34, FLOOR - 4), half * 1.1, 40, ground)
    body = [
        complex(-half, top),
        *ellipse(complex(0, FLOOR - 30), half, 38, start=180, stop=0, steps=24),
        complex(half, top),
    ]
    plate.fill(body, coat)
    plate.fill(_side(half, top, FLOOR - 30, 0.62), palette.darker(coat, 0.35))
    plate.fill(
        [
            complex(-half * 0.86, top),
            complex(-half * 0.74, top),
            complex(-half * 0.74, FLOOR - 8),
            complex(-half * 0.86, FLOOR - 14),
        ],
        palette.lighter(coat, 0.35),
    )
    for y in (top + 34, FLOOR - 66):
        _meander(plate, half, y, palette.STRAW)
    plate.ink(body, 5)
    _tin_lid(plate, half, top, coat)
    label(plate, complex(0, (top + FLOOR) / 2 + 12), complex(half * 0.7, rng.uniform(118, 132)), coat, vignette)


def _side(half: float, top: float, low: float, share: float) -> Points:
    x = half * share
    return [
        complex(x, top),
        complex(half, top),
        complex(half, low),
        complex(x, low + 38 * math.sqrt(1 - share * share)),
    ]


def _meander(plate: Plate, half: float, y: float, colour: str) -> None:
    """A band of waves about the tin."""
    waves = []
    for k in range(9):
        x = -half + 2 * half * (k + 0.5) / 9
        sag = 34 * math.sqrt(max(0.0, 1 - (x / half) ** 2))
        squeeze = math.sqrt(max(0.1, 1 - (x / half) ** 2))
        for r in (9, 17):
            waves.append(ellipse(complex(x, y + sag + 8), r * squeeze, r, start=180, stop=360, steps=10))
    plate.lines(waves, 3.2, colour, "none")
    for dy in (-16, 16):
        plate.line(ellipse(complex(0, y + dy), half, 34, start=172, stop=8, steps=24), 4, colour, "none")


def _tin_lid(plate: Plate, half: float, top: float, coat: str) -> None:
    lid = palette.mix(coat, palette.STRAW, 0.18)
    rim = half + 7
    tall = plate.rng.uniform(70, 92)
    skirt = [
        complex(-rim, top - tall),
        *ellipse(complex(0, top), rim, 38, start=180, stop=0, steps=24),
        complex(rim, top - tall),
    ]
    plate.fill(skirt, lid)
    plate.fill(_side(rim, top - tall, top, 0.62), palette.darker(lid, 0.35))
    plate.ink(skirt, 5)
    face = complex(0, top - tall)
    plate.shape(ellipse(face, rim, 44), palette.lighter(lid, 0.18), 4.6)
    plate.ink(ellipse(face, rim * 0.84, 35), 3, palette.darker(coat, 0.2), steady=True)
    for k in range(6):
        a = k * math.pi / 3
        petal = [
            face,
            face + complex(70 * math.cos(a - 0.3), 17 * math.sin(a - 0.3)),
            face + complex(100 * math.cos(a), 24 * math.sin(a)),
        ]
        petal += [face + complex(70 * math.cos(a + 0.3), 17 * math.sin(a + 0.3))]
        plate.fill(petal, palette.STRAW)
    plate.disc(face, 17, 6, coat)


def box(plate: Plate, piece: Piece, vignette: Piece, *, grain: float, step: float, colour: str, ground: str) -> None:
    """An open crate seen from the front and a little above, its goods in rows."""
    rng = plate.rng
    half, front, back = rng.uniform(350, 385), rng.uniform(40, 80), -rng.uniform(120, 150)
    deep = half * 0.86
    wood = rng.choice(
        (palette.mix(palette.STRAW, palette.PAPER_DEEP, 0.35), KRAFT, palette.mix(KRAFT, palette.PAPER_DEEP, 0.45))
    )
    shadow(plate, complex(40, FLOOR - 4), half * 1.04, 38, ground)
    plate.shape(
        [complex(-deep, back), complex(deep, back), complex(half, front), complex(-half, front)],
        palette.mix(palette.EARTH, palette.INK, 0.45),
        4.6,
    )
    plate.shape(rect(-deep, back - 34, deep, back + 26), palette.mix(wood, palette.EARTH, 0.45), 4.2)
    rows = max(2, round((front - back) / (grain * step * 0.62)))
    for r in range(rows):
        v = (r + 0.5) / rows
        wide = (deep + (half - deep) * v) - grain * 0.95
        count = max(3, round(2 * wide / (grain * step)))
        for c in range(count + r % 2):
            x = -wide + 2 * wide * (c + 0.5 * (1 - r % 2)) / count
            piece(plate, complex(x, back + (front - back) * v - grain * 0.35), grain * rng.uniform(0.94, 1.06))
    _planks(plate, half, front, wood, slats=rng.random() < 0.55)
    label(
        plate, complex(0, (front + FLOOR) / 2), complex(rng.uniform(120, 150), (FLOOR - front) * 0.4), colour, vignette
    )


def _planks(plate: Plate, half: float, front: float, wood: str, *, slats: bool) -> None:
    grain = palette.mix(wood, palette.EARTH, 0.6)
    count = 3 if slats else 1
    tall = (FLOOR - front) / count
    for i in range(count):
        y = front + tall * i
        low = y + tall - (9 if slats else 0)
        plank = rect(-half, y, half, low)
        plate.shape(plank, palette.mix(wood, palette.EARTH, 0.08 * i), 4.6)
        streaks = []
        for _ in range(9 if slats else 14):
            x, dy = plate.rng.uniform(-0.94, 0.7) * half, plate.rng.uniform(0.12, 0.88) * (low - y)
            streaks.append(
                arc(
                    complex(x, y + dy),
                    complex(x + plate.rng.uniform(60, 190), y + dy),
                    plate.rng.uniform(-0.02, 0.02),
                    steps=6,
                )
            )
        plate.lines(streaks, 2.2, grain)
    for s in (-1, 1):
        x = s * (half - 26)
        post = rect(x - 24, front - 10, x + 24, FLOOR + 4)
        plate.shape(post, palette.mix(wood, palette.EARTH, 0.3), 4.4)
        plate.dots([complex(x, front + 24 + k * (FLOOR - front - 48) / 2) for k in range(3)], 5, palette.INK)
