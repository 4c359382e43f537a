"""Glass: jars of pieces, jars of honey, bottles of oil. Each stands on y = 330."""

from demo.pictures import palette
from demo.pictures.kit import Piece, shadow
from demo.pictures.labels import FLOOR, label, rounded, tag
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, arc, ellipse, rect, spline

GLASS = palette.mix(palette.LAKE, palette.WHITE, 0.72)


def jar(plate: Plate, piece: Piece, vignette: Piece, *, grain: float, step: float, colour: str, ground: str) -> None:
    """A glass jar filled with pieces, closed with cloth, cork or a screw lid."""
    rng = plate.rng
    half, top = rng.uniform(205, 240), -rng.uniform(215, 250)
    shadow(plate, complex(34, FLOOR - 8), half * 1.02, 42, ground)
    wall = _jar_wall(half, top)
    plate.fill(wall, GLASS)
    middle = complex(0, (FLOOR + top) / 2 + 44)
    tall = (FLOOR - top) / 2 - 66
    with plate.clipped([complex(z.real * 0.955, min(z.imag, FLOOR - 16)) for z in wall]):
        for at in _packed(plate, half - min(grain, 60) * 0.62 - 10, tall, grain * step * 0.8):
            piece(plate, middle + at, grain * rng.uniform(0.9, 1.05))
    _glass(plate, wall, half, top)
    _lid(plate, half * 0.82, top, colour)
    if rng.random() < 0.72:
        label(plate, complex(0, 95), complex(half * 0.62, 96), colour, vignette)
    else:
        tag(plate, complex(half * 0.5, top + 34), colour, vignette)


def _packed(plate: Plate, wide: float, tall: float, step: float) -> Points:
    out: Points = []
    rows = max(2, round(2 * tall / (step * 0.8)))
    for r in range(rows):
        y = -tall + 2 * tall * (r + 0.5) / rows
        count = max(2, round(2 * wide / step))
        for c in range(count):
            x = -wide + 2 * wide * (c + 0.25 + 0.5 * (r % 2)) / count
            out.append(complex(x, y) + complex(plate.rng.uniform(-0.12, 0.12), plate.rng.uniform(-0.12, 0.12)) * step)
    return out


def _jar_wall(half: float, top: float) -> Points:
    left = [
        complex(-half * 0.8, top),
        complex(-half * 0.82, top + 34),
        complex(-half, top + 92),
        complex(-half, 60),
        complex(-half, FLOOR - 40),
    ]
    left += [complex(-half * 0.93, FLOOR - 4)]
    right = [complex(-z.real, z.imag) for z in left[::-1]]
    return spline(left, steps=8) + spline(right, steps=8)


def _glass(plate: Plate, wall: Points, half: float, top: float) -> None:
    plate.fill(
        [
            complex(half * 0.8, top + 96),
            complex(half, top + 110),
            complex(half, FLOOR - 44),
            complex(half * 0.84, FLOOR - 30),
        ],
        palette.LAKE,
        0.35,
    )
    shine = [
        complex(-half * 0.82, top + 120),
        complex(-half * 0.7, top + 108),
        complex(-half * 0.72, FLOOR - 70),
        complex(-half * 0.84, FLOOR - 92),
    ]
    plate.fill(shine, palette.WHITE, 0.62)
    plate.fill(
        [z + half * 0.2 for z in (shine[0] + 10j, shine[0] + 14 + 4j, shine[2] - 60j - 2, shine[3] - 90j + 4)],
        palette.WHITE,
        0.45,
    )
    plate.lines(
        [arc(complex(-half * 0.9, FLOOR - 26), complex(half * 0.9, FLOOR - 26), -0.06)], 3, palette.WHITE, "both", 0.8
    )
    plate.ink(wall, 5)
    plate.lines([arc(complex(-half * 0.8, top + 38), complex(half * 0.8, top + 38), -0.035)], 3, palette.INK)


def _lid(plate: Plate, half: float, top: float, colour: str) -> None:
    style = plate.rng.randrange(3)
    if style == 0:
        skirt = [
            complex(-half * 1.32, top + 70),
            complex(-half * 1.02, top - 6),
            complex(-half * 0.9, top - 62),
            complex(0, top - 82),
        ]
        skirt += [complex(-z.real, z.imag) for z in skirt[2::-1]]
        hem = [complex(half * 1.32 - 2.64 * half * k / 10, top + 70 + (16 if k % 2 else -4)) for k in range(1, 10)]
        cloth = [*spline(skirt, steps=8), *spline(hem, steps=4)]
        plate.shape(cloth, colour, 4.6)
        pleats = [
            arc(complex(x * half, top - 4), complex(x * half * 1.28, top + 62), 0.05)
            for x in (-0.8, -0.5, -0.18, 0.2, 0.52, 0.82)
        ]
        plate.lines(pleats, 2.8, palette.darker(colour, 0.5), "end")
        plate.dots(
            [complex(x * half * 0.3 + (20 if y % 2 else 0), top - 66 + 22 * y) for x in range(-2, 3) for y in range(3)],
            5,
            palette.ORANGE_PALE,
        )
        for dy in (0, 10):
            plate.line(
                arc(complex(-half * 1.02, top - 6 + dy), complex(half * 1.02, top - 6 + dy), -0.03),
                7,
                palette.STRAW,
                "none",
            )
        plate.ink(rounded(complex(0, top + 3), half * 1.04, 13, 12), 2.6)
        return
    lid = palette.mix(palette.STRAW, palette.EARTH, 0.35) if style == 1 else palette.darker(colour, 0.15)
    cap = rounded(complex(0, top - 30), half * (1.06 if style == 2 else 0.94), 44, 14)
    plate.shape(cap, lid, 4.6)
    plate.fill(rounded(complex(half * 0.62, top - 30), half * 0.3, 38, 12), palette.darker(lid, 0.3))
    if style == 2:
        ribs = [[complex(x / 9 * half, top - 58), complex(x / 9 * half, top - 4)] for x in range(-8, 9)]
        plate.lines(ribs, 2.4, palette.INK, "both")
    else:
        plate.dots(
            [complex(plate.rng.uniform(-0.8, 0.8) * half, top - 30 + plate.rng.uniform(-32, 32)) for _ in range(26)],
            3,
            palette.EARTH,
        )


def liquid_jar(plate: Plate, half: float, top: float, liquid: str, vignette: Piece, colour: str) -> None:
    """A glass jar of something thick and clear, such as honey."""
    wall = _jar_wall(half, top)
    plate.fill(wall, GLASS)
    level = top + 84
    inside = [complex(z.real * 0.955, min(max(z.imag, level), FLOOR - 16)) for z in wall]
    plate.fill(inside, liquid)
    plate.fill(ellipse(complex(0, level), half * 0.86, 15), palette.lighter(liquid, 0.35))
    plate.fill(
        [
            complex(half * 0.5, level + 40),
            complex(half * 0.9, level + 30),
            complex(half * 0.9, FLOOR - 40),
            complex(half * 0.6, FLOOR - 18),
        ],
        palette.mix(liquid, palette.EARTH, 0.4),
    )
    bubbles = [
        complex(plate.rng.uniform(-0.75, 0.4) * half, plate.rng.uniform(level + 40, FLOOR - 50)) for _ in range(12)
    ]
    plate.dots(bubbles, 7, palette.lighter(liquid, 0.4))
    _glass(plate, wall, half, top)
    _lid(plate, half * 0.82, top, colour)
    label(plate, complex(0, 95), complex(half * 0.62, 100), colour, vignette)


def bottle(plate: Plate, vignette: Piece, *, liquid: str, colour: str, ground: str) -> None:
    """A bottle of oil: tall and round-shouldered, or square, or a gourd-like jug; the oil stands to the neck."""
    rng = plate.rng
    shape = rng.randrange(3)
    half, shoulder = ((112, -120), (136, -70), (152, -20))[shape]
    top = -rng.uniform(322, 346)
    neck = (34, 38, 44)[shape]
    shadow(plate, complex(34, FLOOR - 6), half * 1.15, 32, ground)
    outline = _bottle_outline(half, shoulder, neck, top)
    glass = palette.mix(palette.OLIVE, palette.LEAF_PALE, 0.72)
    plate.fill(outline, glass)
    level = shoulder - rng.uniform(50, 90)
    oil = [z if z.imag > level else complex(max(-neck, min(neck, z.real)), level) for z in outline]
    oil = [complex(z.real * (1 - 10 / half), min(z.imag, FLOOR - 12)) for z in oil]
    plate.fill(oil, liquid)
    plate.fill(
        [
            complex(half * 0.5, shoulder + 60),
            complex(half - 9, shoulder + 90),
            complex(half - 9, FLOOR - 40),
            complex(half * 0.6, FLOOR - 13),
        ],
        palette.mix(liquid, palette.EARTH, 0.5),
    )
    plate.fill(ellipse(complex(0, level), neck * 0.92, 7), palette.lighter(liquid, 0.4))
    shine = spline(
        [
            complex(-neck * 0.6, top + 70),
            complex(-neck * 0.66, shoulder - 60),
            complex(-half * 0.74, shoulder + 70),
            complex(-half * 0.76, FLOOR - 60),
        ],
        steps=8,
    )
    plate.line(shine, 15, palette.WHITE, "both", 0.72)
    plate.ink(outline, 5)
    _stopper(plate, neck, top, colour)
    label(
        plate,
        complex(0, (shoulder + FLOOR) / 2 + 40),
        complex(half * 0.74, min(118, (FLOOR - shoulder) * 0.32)),
        colour,
        vignette,
    )


def _bottle_outline(half: float, shoulder: float, neck: float, top: float) -> Points:
    left = [
        complex(-neck, top),
        complex(-neck, top + 90),
        complex(-neck - 4, shoulder - 76),
        complex(-half * 0.86, shoulder + 8),
    ]
    left += [
        complex(-half, shoulder + 76),
        complex(-half, FLOOR - 70),
        complex(-half, FLOOR - 24),
        complex(-half + 22, FLOOR),
    ]
    curve = spline(left, steps=7)
    return curve + [complex(-z.real, z.imag) for z in curve[::-1]]


def _stopper(plate: Plate, neck: float, top: float, colour: str) -> None:
    cork = palette.mix(palette.STRAW, palette.EARTH, 0.3)
    plate.shape(
        [
            complex(-neck * 0.8, top - 44),
            complex(neck * 0.8, top - 44),
            complex(neck * 0.7, top + 6),
            complex(-neck * 0.7, top + 6),
        ],
        cork,
        4,
    )
    plate.dots(
        [complex(plate.rng.uniform(-0.6, 0.6) * neck, top - plate.rng.uniform(4, 36)) for _ in range(9)],
        2.4,
        palette.EARTH,
    )
    lip = rect(-neck - 8, top - 4, neck + 8, top + 22)
    plate.shape(lip, palette.mix(palette.OLIVE, palette.LEAF_PALE, 0.6), 4)
    if plate.rng.random() < 0.6:
        plate.shape(
            [
                complex(-neck - 3, top + 40),
                complex(neck + 3, top + 40),
                complex(neck + 4, top + 74),
                complex(-neck - 4, top + 74),
            ],
            colour,
            3.6,
        )
