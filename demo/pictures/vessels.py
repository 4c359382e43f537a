"""What goods are sold in: baskets, bamboo trays, kraft bags, jars, tins, bottles, boxes. Each stands on y = 330."""

import math

from demo.pictures import palette
from demo.pictures.kit import Piece, mound, shadow
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, arc, ellipse, ribbon, spline

FLOOR = 330.0
CANE = palette.mix(palette.STRAW, palette.EARTH, 0.25)
KRAFT = palette.mix(palette.STRAW, palette.EARTH, 0.3)
GLASS = palette.mix(palette.LAKE, palette.WHITE, 0.72)


def basket(plate: Plate, piece: Piece, *, grain: float, step: float, ground: str) -> None:
    """A woven basket heaped with pieces, with or without a handle."""
    rng = plate.rng
    top, low, high = rng.uniform(350, 385), rng.uniform(255, 290), rng.uniform(10, 40)
    rim = complex(0, high)
    shadow(plate, complex(30, FLOOR - 4), top * 0.98, 46, ground)
    if rng.random() < 0.55:
        _handle(plate, top, high)
    plate.shape(ellipse(rim, top, 92), palette.darker(CANE, 0.55))
    small = min(grain, 56)
    for at in mound(rng, top - small * 0.95, 78, rng.uniform(130, 170), grain * step, full=5):
        piece(plate, rim + at + complex(0, 34 - small * 0.5), grain * rng.uniform(0.92, 1.1))
    _wicker(plate, top, low, high)


def _handle(plate: Plate, top: float, high: float) -> None:
    tall = plate.rng.uniform(330, 380)
    hoop = [complex(-top + 14, high), complex(-top * 0.72, high - tall * 0.8), complex(0, high - tall * 1.12)]
    hoop += [complex(top * 0.72, high - tall * 0.8), complex(top - 14, high)]
    body = ribbon(spline(hoop, steps=16), 17, lambda _t: 1.0)
    plate.fill(body.outline(), CANE)
    plate.fill(body.band(0.1, 1), palette.mix(CANE, palette.EARTH, 0.5))
    plate.lines([[body.at(k / 30, -1), body.at(k / 30 + 0.02, 1)] for k in range(1, 29)], 2.4, palette.INK)
    plate.ink(body.outline(), 4)


def _wicker(plate: Plate, top: float, low: float, high: float) -> None:
    """The wall of the basket: rows of cane over and under the stakes, and a plaited rim."""
    rows, columns = 8, 15
    wall = FLOOR - high

    def at(x: float, v: float) -> complex:
        half = top + (low - top) * v**1.25
        sag = 92 - 46 * v
        return complex(half * math.sin(x * math.pi / 2), high + wall * v + sag * math.cos(x * math.pi / 2) - 50 * v)

    steps = [k / 24 - 1 for k in range(49)]
    edge = [at(x, 0) for x in steps] + [at(1, v / 8) for v in range(9)] + [at(-x, 1) for x in steps] + [at(-1, 1 - v / 8) for v in range(9)]
    plate.fill(edge, palette.mix(CANE, palette.INK, 0.62))
    tones = (CANE, palette.mix(CANE, palette.EARTH, 0.28), palette.lighter(CANE, 0.2))
    for r in range(rows):
        v0, v1 = 0.09 + 0.9 * r / rows, 0.09 + 0.9 * (r + 0.9) / rows
        for c in range(-1, columns + 1):
            left = -1 + 2 * (c + 0.5 * (r % 2) - 0.02) / columns
            right = left + 2 * 1.0 / columns
            a, b = max(-1.0, left), min(1.0, right)
            if b - a < 0.03:
                continue
            xs = [a + (b - a) * k / 6 for k in range(7)]
            bow = [math.sin(math.pi * k / 6) ** 0.5 for k in range(7)]
            mid = (v0 + v1) / 2
            cell = [at(x, mid + (v0 - mid) * (0.45 + 0.55 * w)) for x, w in zip(xs, bow, strict=True)]
            cell += [at(x, mid + (v1 - mid) * (0.45 + 0.55 * w)) for x, w in zip(xs[::-1], bow, strict=True)]
            plate.fill(cell, palette.mix(plate.rng.choice(tones), palette.EARTH, max(0.0, (a + b) / 2) * 0.5))
            plate.line([at(x, mid + 0.012) for x in xs[1:-1]], 1.6, palette.EARTH)
    plate.ink(edge, 4.4)
    rim = ribbon([at(x, 0.03) for x in steps], 20, lambda _t: 1.0)
    plate.shape(rim.outline(), CANE, 4.2)
    plate.lines([[rim.at(k / 34 - 0.012, -1), rim.at(k / 34 + 0.014, 0), rim.at(k / 34 - 0.004, 1)] for k in range(1, 34)], 2.6, palette.INK)


def tray(plate: Plate, piece: Piece, *, grain: float, step: float, ground: str) -> None:
    """A round bamboo sieve with pieces drying on it."""
    rng = plate.rng
    rx, ry = rng.uniform(430, 465), rng.uniform(235, 265)
    centre = complex(rng.uniform(-14, 14), 60)
    shadow(plate, centre + 44j, rx, ry + 14, ground)
    plate.shape(ellipse(centre + 26j, rx, ry), palette.mix(CANE, palette.EARTH, 0.55), 4.4)
    plate.shape(ellipse(centre, rx, ry), CANE, 4.2)
    plate.lines(_spokes(centre, rx, ry), 2.2, palette.mix(palette.EARTH, palette.INK, 0.3))
    inner = (rx - 34, ry - 24)
    plate.shape(ellipse(centre, *inner), palette.mix(palette.STRAW, palette.PAPER_DEEP, 0.45), 3.4)
    plate.lines(_lattice(centre, *inner), 2.0, CANE, "none")
    fill = rng.uniform(0.84, 0.96)
    for at in mound(rng, inner[0] * fill - grain * 0.8, inner[1] * fill - grain * 0.45, rng.uniform(70, 115), grain * step):
        piece(plate, centre + at, grain * rng.uniform(0.9, 1.15))


def _spokes(centre: complex, rx: float, ry: float) -> list[Points]:
    out = []
    for k in range(64):
        a, b = k / 64 * math.tau, (k + 0.6) / 64 * math.tau
        out.append(
            [
                centre + complex(rx * math.cos(a), ry * math.sin(a)),
                centre + complex((rx - 34) * math.cos(b), (ry - 24) * math.sin(b)),
            ]
        )
    return out


def _lattice(centre: complex, rx: float, ry: float) -> list[Points]:
    out = []
    for k in range(-15, 16):
        for way in (-1, 1):
            # A chord of the unit circle at 45 degrees, mapped onto the oval.
            d = k / 16
            h = math.sqrt(1 - d * d)
            a = complex((d - h) / math.sqrt(2), way * (d + h) / math.sqrt(2))
            b = complex((d + h) / math.sqrt(2), way * (d - h) / math.sqrt(2))
            out.append([centre + complex(z.real * rx, z.imag * ry) for z in (a, (a + b) / 2, b)])
    return out


def label(plate: Plate, centre: complex, half: complex, colour: str, vignette: Piece) -> None:
    """A paper label with a border and a small drawing of the good."""
    w, h = half.real, half.imag
    if plate.rng.random() < 0.5:
        outer = ellipse(centre, w, h, steps=56)
        inner = ellipse(centre, w - 11, h - 11, steps=56)
    else:
        outer, inner = _plaque(centre, w, h), _plaque(centre, w - 10, h - 10)
    plate.shape(outer, palette.PAPER, 3.4)
    plate.ink(inner, 4.0, colour, steady=True)
    with plate.finer(0.6):
        vignette(plate, centre, min(w, h) * 0.72)


def _plaque(centre: complex, w: float, h: float) -> Points:
    """A rectangle with hollowed corners, as on old tea labels."""
    cut = min(w, h) * 0.2
    out: Points = []
    for corner, start in ((complex(w, -h), 180), (complex(w, h), 270), (complex(-w, h), 0), (complex(-w, -h), 90)):
        out += ellipse(centre + corner, cut, cut, start=start, stop=start - 90, steps=6)
    return out


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
    hole = ellipse(window, wide, tall, steps=48) if rng.random() < 0.5 else _rounded(window, wide, tall, 40)
    plate.fill(hole, palette.mix(palette.EARTH, palette.INK, 0.4))
    for at in mound(rng, wide + grain * 0.4, tall + grain * 0.3, 0, grain * step * 0.86):
        piece(plate, window + at, grain)
    kraft = rng.choice((KRAFT, palette.mix(KRAFT, palette.PAPER_DEEP, 0.35), palette.mix(KRAFT, palette.EARTH, 0.2)))
    plate.pierced(outline, hole, kraft)
    _creases(plate, half, top, kraft)
    plate.ink(hole, 4.0)
    plate.lines([arc(window + complex(-wide * 0.72, -tall * 0.2), window + complex(-wide * 0.2, -tall * 0.74), 0.12)], 7, palette.WHITE, "both", 0.75)
    plate.ink(outline, 4.6)
    _closure(plate, half, top, kraft, colour)
    middle = complex(0, 118 if window_up else -95)
    label(plate, middle, complex(rng.uniform(128, 150), rng.uniform(112, 124)), colour, vignette)


def _rounded(centre: complex, w: float, h: float, r: float) -> Points:
    out: Points = []
    for corner, start in ((complex(w - r, -h + r), 270), (complex(w - r, h - r), 0), (complex(-w + r, h - r), 90), (complex(-w + r, -h + r), 180)):
        out += ellipse(centre + corner, r, r, start=start, stop=start + 90, steps=8)
    return out


def _creases(plate: Plate, half: float, top: float, kraft: str) -> None:
    """The gusset in shade down the right side, and the folds of the paper."""
    shade = palette.mix(kraft, palette.EARTH, 0.55)
    side = spline([complex(half, top + 4), complex(half + 22, -40), complex(half + 6, FLOOR - 4)], steps=8)
    inner = spline([complex(half - 12, FLOOR - 4), complex(half - 52, 40), complex(half - 34, top + 4)], steps=8)
    plate.fill(side + inner, shade)
    plate.lines([inner[::-1]], 2.4, palette.mix(palette.EARTH, palette.INK, 0.4))
    left = spline([complex(-half - 4, FLOOR), complex(-half + 16, -10), complex(-half + 2, top)], steps=8)
    plate.fill([complex(-half - 6, FLOOR), complex(-half - 20, -30), complex(-half, top), *left[::-1]], palette.lighter(kraft, 0.35))
    folds = [
        [complex(-half + 30, FLOOR - 46), complex(-half * 0.4, FLOOR - 30), complex(half - 60, FLOOR - 42)],
        [complex(-half + 60, top + 92), complex(-half + 84, top + 150), complex(-half + 78, top + 190)],
    ]
    plate.lines([spline(f, steps=6) for f in folds], 2.4, palette.mix(palette.EARTH, kraft, 0.3))


def _closure(plate: Plate, half: float, top: float, kraft: str, colour: str) -> None:
    style = plate.rng.randrange(3)
    if style == 0:
        for i in range(2):
            roll = _rounded(complex(0, top + 22 + 34 * i), half + 6 - 2 * i, 24, 18)
            plate.shape(roll, palette.mix(kraft, palette.WHITE if i else palette.EARTH, 0.18), 4)
        tie = _rounded(complex(0, top + 40), 26, 58, 10)
        plate.shape(tie, colour, 3.6)
    elif style == 1:
        teeth = [complex(-half + 2 * half * k / 22, top - (16 if k % 2 else 0)) for k in range(23)]
        plate.shape([*teeth, complex(half, top + 52), complex(-half, top + 52)], palette.lighter(kraft, 0.15), 4)
        plate.line([complex(-half, top + 52), complex(0, top + 55), complex(half, top + 52)], 6, colour, "none")
    else:
        _string_bow(plate, complex(0, top + 74), half, top, kraft, colour)


def _string_bow(plate: Plate, knot: complex, half: float, top: float, kraft: str, colour: str) -> None:
    """The bag gathered at its neck with a string."""
    crown = spline([complex(-half, top + 84), complex(-half * 0.86, top + 20), complex(-half * 0.95, top - 26)], steps=6)
    wave = [complex(-half * 0.95 + 1.9 * half * k / 12, top - 26 + (12 if k % 2 else -8)) for k in range(1, 12)]
    right = spline([complex(half * 0.95, top - 26), complex(half * 0.86, top + 20), complex(half, top + 84)], steps=6)
    plate.shape([*crown, *spline(wave, steps=4), *right], palette.lighter(kraft, 0.12), 4.2)
    pleats = [[complex(x * half, top + 70), complex(x * half * 1.03, top + 30), complex(x * half * 1.1, top - 8)] for x in (-0.7, -0.45, -0.15, 0.12, 0.4, 0.68)]
    plate.lines(pleats, 2.6, palette.mix(palette.EARTH, palette.INK, 0.3), "start")
    for dy in (0, 11):
        plate.line(arc(complex(-half + 2, top + 72 + dy), complex(half - 2, top + 72 + dy), -0.015), 8, colour, "none")
    for s in (-1, 1):
        loop = spline([knot, knot + complex(s * 62, -46), knot + complex(s * 88, -6), knot + complex(s * 40, 16), knot], steps=7)
        plate.line(loop, 9, palette.INK, "none")
        plate.line(loop, 6, colour, "none")
        tail = spline([knot, knot + complex(s * 26, 44), knot + complex(s * 20, 92)], steps=7)
        plate.line(tail, 8, colour, "end")
    plate.disc(knot + 4j, 13, 12, colour, 3)


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
        for at in _packed(plate, half - min(grain, 60) * 0.62 - 10, tall, grain * step * 0.9):
            piece(plate, middle + at, grain * rng.uniform(0.9, 1.05))
    _glass(plate, wall, half, top)
    _lid(plate, half * 0.82, top, colour)
    if rng.random() < 0.72:
        label(plate, complex(0, 95), complex(half * 0.62, 96), colour, vignette)
    else:
        _tag(plate, complex(half * 0.5, top + 34), colour, vignette)


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
    left = [complex(-half * 0.8, top), complex(-half * 0.82, top + 34), complex(-half, top + 92), complex(-half, 60), complex(-half, FLOOR - 40)]
    left += [complex(-half * 0.93, FLOOR - 4)]
    right = [complex(-z.real, z.imag) for z in left[::-1]]
    return spline(left, steps=8) + spline(right, steps=8)


def _glass(plate: Plate, wall: Points, half: float, top: float) -> None:
    plate.fill([complex(half * 0.8, top + 96), complex(half, top + 110), complex(half, FLOOR - 44), complex(half * 0.84, FLOOR - 30)], palette.LAKE, 0.35)
    shine = [complex(-half * 0.82, top + 120), complex(-half * 0.7, top + 108), complex(-half * 0.72, FLOOR - 70), complex(-half * 0.84, FLOOR - 92)]
    plate.fill(shine, palette.WHITE, 0.62)
    plate.fill([z + half * 0.2 for z in (shine[0] + 10j, shine[0] + 14 + 4j, shine[2] - 60j - 2, shine[3] - 90j + 4)], palette.WHITE, 0.45)
    plate.lines([arc(complex(-half * 0.9, FLOOR - 26), complex(half * 0.9, FLOOR - 26), -0.06)], 3, palette.WHITE, "both", 0.8)
    plate.ink(wall, 5)
    plate.lines([arc(complex(-half * 0.8, top + 38), complex(half * 0.8, top + 38), -0.035)], 3, palette.INK)


def _lid(plate: Plate, half: float, top: float, colour: str) -> None:
    style = plate.rng.randrange(3)
    if style == 0:
        skirt = [complex(-half * 1.32, top + 70), complex(-half * 1.02, top - 6), complex(-half * 0.9, top - 62), complex(0, top - 82)]
        skirt += [complex(-z.real, z.imag) for z in skirt[2::-1]]
        hem = [complex(half * 1.32 - 2.64 * half * k / 10, top + 70 + (16 if k % 2 else -4)) for k in range(1, 10)]
        cloth = [*spline(skirt, steps=8), *spline(hem, steps=4)]
        plate.shape(cloth, colour, 4.6)
        pleats = [arc(complex(x * half, top - 4), complex(x * half * 1.28, top + 62), 0.05) for x in (-0.8, -0.5, -0.18, 0.2, 0.52, 0.82)]
        plate.lines(pleats, 2.8, palette.darker(colour, 0.5), "end")
        plate.dots([complex(x * half * 0.3 + (20 if y % 2 else 0), top - 66 + 22 * y) for x in range(-2, 3) for y in range(3)], 5, palette.ORANGE_PALE)
        for dy in (0, 10):
            plate.line(arc(complex(-half * 1.02, top - 6 + dy), complex(half * 1.02, top - 6 + dy), -0.03), 7, palette.STRAW, "none")
        plate.ink(_rounded(complex(0, top + 3), half * 1.04, 13, 12), 2.6)
        return
    lid = palette.mix(palette.STRAW, palette.EARTH, 0.35) if style == 1 else palette.darker(colour, 0.15)
    cap = _rounded(complex(0, top - 30), half * (1.06 if style == 2 else 0.94), 44, 14)
    plate.shape(cap, lid, 4.6)
    plate.fill(_rounded(complex(half * 0.62, top - 30), half * 0.3, 38, 12), palette.darker(lid, 0.3))
    if style == 2:
        ribs = [[complex(x / 9 * half, top - 58), complex(x / 9 * half, top - 4)] for x in range(-8, 9)]
        plate.lines(ribs, 2.4, palette.INK, "both")
    else:
        plate.dots([complex(plate.rng.uniform(-0.8, 0.8) * half, top - 30 + plate.rng.uniform(-32, 32)) for _ in range(26)], 3, palette.EARTH)


def _tag(plate: Plate, knot: complex, colour: str, vignette: Piece) -> None:
    """A paper tag on a string."""
    plate.line(arc(knot - 120, knot + complex(20, 60), -0.2), 4, palette.EARTH, "none")
    with plate.place(knot + complex(30, 130), 1, 12):
        tag = [-62 - 50j, -34 - 84j, 34 - 84j, 62 - 50j, 62 + 84j, -62 + 84j]
        plate.shape(tag, palette.PAPER, 3.6)
        plate.ink([z * 0.87 for z in tag], 3, colour, steady=True)
        plate.disc(-62j, 8, 8, palette.EARTH, 2.4)
        with plate.finer(0.5):
            vignette(plate, 14j, 46)




def liquid_jar(plate: Plate, half: float, top: float, liquid: str, vignette: Piece, colour: str) -> None:
    """A glass jar of something thick and clear, such as honey."""
    wall = _jar_wall(half, top)
    plate.fill(wall, GLASS)
    level = top + 84
    inside = [complex(z.real * 0.955, min(max(z.imag, level), FLOOR - 16)) for z in wall]
    plate.fill(inside, liquid)
    plate.fill(ellipse(complex(0, level), half * 0.86, 15), palette.lighter(liquid, 0.35))
    plate.fill([complex(half * 0.5, level + 40), complex(half * 0.9, level + 30), complex(half * 0.9, FLOOR - 40), complex(half * 0.6, FLOOR - 18)], palette.mix(liquid, palette.EARTH, 0.4))
    bubbles = [complex(plate.rng.uniform(-0.75, 0.4) * half, plate.rng.uniform(level + 40, FLOOR - 50)) for _ in range(12)]
    plate.dots(bubbles, 7, palette.lighter(liquid, 0.4))
    _glass(plate, wall, half, top)
    _lid(plate, half * 0.82, top, colour)
    label(plate, complex(0, 95), complex(half * 0.62, 100), colour, vignette)
