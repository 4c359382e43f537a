"""The kraft bag, with its window, its label and its closure. It stands on y = 330."""

from demo.pictures import palette
from demo.pictures.kit import Piece, mound, shadow
from demo.pictures.labels import FLOOR, label, rounded
from demo.pictures.plate import Plate
from demo.pictures.strokes import arc, ellipse, spline

KRAFT = palette.mix(palette.STRAW, palette.EARTH, 0.3)


def bag(plate: Plate, piece: Piece, vignette: Piece, *, grain: float, step: float, colour: str, ground: str) -> None:
    """A kraft bag with a rolled or pinked top, a window through which the good is seen, and a label."""
    rng = plate.rng
    half, top = rng.uniform(225, 255), -rng.uniform(300, 335)
    shadow(plate, complex(36, FLOOR - 6), half * 1.08, 42, ground)
    face = [complex(-half, top), complex(half, top + 4), complex(half + 22, -40), complex(half + 6, FLOOR - 4)]
    outline = spline([complex(-half - 6, FLOOR), complex(-half - 20, -30), complex(-half, top)], steps=8)
    outline += spline([face[1], face[2], face[3]], steps=8)
    window_up = rng.random() < 0.3
    window = complex(0, -130 if window_up else 165)
    wide, tall = rng.uniform(0.6, 0.72) * half, rng.uniform(82, 100)
    hole = ellipse(window, wide, tall, steps=48) if rng.random() < 0.5 else rounded(window, wide, tall, 40)
    plate.fill(hole, palette.mix(palette.EARTH, palette.INK, 0.4))
    for at in mound(rng, wide + grain * 0.4, tall + grain * 0.3, 0, grain * step * 0.86):
        piece(plate, window + at, grain)
    kraft = rng.choice((KRAFT, palette.mix(KRAFT, palette.PAPER_DEEP, 0.35), palette.mix(KRAFT, palette.EARTH, 0.2)))
    plate.pierced(outline, hole, kraft)
    _creases(plate, half, top, kraft)
    plate.ink(hole, 4.0)
    plate.lines(
        [arc(window + complex(-wide * 0.72, -tall * 0.2), window + complex(-wide * 0.2, -tall * 0.74), 0.12)],
        7,
        palette.WHITE,
        "both",
        0.75,
    )
    plate.ink(outline, 4.6)
    _closure(plate, half, top, kraft, colour)
    middle = complex(0, 118 if window_up else -95)
    label(plate, middle, complex(rng.uniform(128, 150), rng.uniform(112, 124)), colour, vignette)


def _creases(plate: Plate, half: float, top: float, kraft: str) -> None:
    """The gusset in shade down the right side, and the folds of the paper."""
    shade = palette.mix(kraft, palette.EARTH, 0.55)
    side = spline([complex(half, top + 4), complex(half + 22, -40), complex(half + 6, FLOOR - 4)], steps=8)
    inner = spline([complex(half - 12, FLOOR - 4), complex(half - 52, 40), complex(half - 34, top + 4)], steps=8)
    plate.fill(side + inner, shade)
    plate.lines([inner[::-1]], 2.4, palette.mix(palette.EARTH, palette.INK, 0.4))
    left = spline([complex(-half - 4, FLOOR), complex(-half + 16, -10), complex(-half + 2, top)], steps=8)
    plate.fill(
        [complex(-half - 6, FLOOR), complex(-half - 20, -30), complex(-half, top), *left[::-1]],
        palette.lighter(kraft, 0.35),
    )
    folds = [
        [complex(-half + 30, FLOOR - 46), complex(-half * 0.4, FLOOR - 30), complex(half - 60, FLOOR - 42)],
        [complex(-half + 60, top + 92), complex(-half + 84, top + 150), complex(-half + 78, top + 190)],
    ]
    plate.lines([spline(f, steps=6) for f in folds], 2.4, palette.mix(palette.EARTH, kraft, 0.3))


def _closure(plate: Plate, half: float, top: float, kraft: str, colour: str) -> None:
    style = plate.rng.randrange(3)
    if style == 0:
        for i in range(2):
            roll = rounded(complex(0, top + 22 + 34 * i), half + 6 - 2 * i, 24, 18)
            plate.shape(roll, palette.mix(kraft, palette.WHITE if i else palette.EARTH, 0.18), 4)
        tie = rounded(complex(0, top + 40), 26, 58, 10)
        plate.shape(tie, colour, 3.6)
    elif style == 1:
        teeth = [complex(-half + 2 * half * k / 22, top - (16 if k % 2 else 0)) for k in range(23)]
        plate.shape([*teeth, complex(half, top + 52), complex(-half, top + 52)], palette.lighter(kraft, 0.15), 4)
        plate.line([complex(-half, top + 52), complex(0, top + 55), complex(half, top + 52)], 6, colour, "none")
    else:
        _string_bow(plate, complex(0, top + 74), half, top, kraft, colour)


def _string_bow(plate: Plate, knot: complex, half: float, top: float, kraft: str, colour: str) -> None:
    """The bag gathered at its neck with a string."""
    crown = spline(
        [complex(-half, top + 84), complex(-half * 0.86, top + 20), complex(-half * 0.95, top - 26)], steps=6
    )
    wave = [complex(-half * 0.95 + 1.9 * half * k / 12, top - 26 + (12 if k % 2 else -8)) for k in range(1, 12)]
    right = spline([complex(half * 0.95, top - 26), complex(half * 0.86, top + 20), complex(half, top + 84)], steps=6)
    plate.shape([*crown, *spline(wave, steps=4), *right], palette.lighter(kraft, 0.12), 4.2)
    pleats = [
        [complex(x * half, top + 70), complex(x * half * 1.03, top + 30), complex(x * half * 1.1, top - 8)]
        for x in (-0.7, -0.45, -0.15, 0.12, 0.4, 0.68)
    ]
    plate.lines(pleats, 2.6, palette.mix(palette.EARTH, palette.INK, 0.3), "start")
    for dy in (0, 11):
        plate.line(arc(complex(-half + 2, top + 72 + dy), complex(half - 2, top + 72 + dy), -0.015), 8, colour, "none")
    for s in (-1, 1):
        loop = spline(
            [knot, knot + complex(s * 62, -46), knot + complex(s * 88, -6), knot + complex(s * 40, 16), knot], steps=7
        )
        plate.line(loop, 9, palette.INK, "none")
        plate.line(loop, 6, colour, "none")
        tail = spline([knot, knot + complex(s * 26, 44), knot + complex(s * 20, 92)], steps=7)
        plate.line(tail, 8, colour, "end")
    plate.disc(knot + 4j, 13, 12, colour, 3)
