"""Craft, a house to stay in, and what comes into the village: brocade, farm stay, seed packet, hoe, washing box, thermos."""

import math
from collections.abc import Callable

from demo.pictures import palette
from demo.pictures.kit import Subject, leaf, shadow
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, arc, ellipse, ribbon, spline, turned, wobble
from demo.pictures.subjects import daylily, field, orchard, pepper, roots
from demo.pictures.vessels import CANE

WOOD = palette.mix(palette.EARTH, palette.STRAW, 0.3)
TILE = palette.mix(palette.INK_SOFT, palette.LAKE, 0.25)
STEEL = palette.mix(palette.LAKE, palette.INK_SOFT, 0.35)
_DYES = (
    (palette.PLUM, palette.RED, palette.ORANGE, palette.STRAW, palette.PAPER),
    (palette.INK, palette.RED, palette.LEAF, palette.STRAW, palette.PAPER),
    (palette.RED, palette.PLUM, palette.STRAW, palette.LEAF, palette.PAPER),
    (palette.mix(palette.LAKE, palette.INK, 0.5), palette.ORANGE, palette.RED, palette.STRAW, palette.PAPER),
)


def _lozenge(centre: complex, w: float, h: float, steps: int) -> Points:
    """A lozenge with stepped edges, as the loom makes it."""
    corner: Points = []
    for k in range(steps):
        x, y = w * (steps - k) / steps, -h * k / steps
        corner += [complex(x, y), complex(x, y - h / steps)]
    quarter = [*corner, complex(0, -h)]
    top = quarter + [complex(-z.real, z.imag) for z in quarter[::-1]]
    return [centre + z for z in top + [complex(z.real, -z.imag) for z in top[::-1]]]


def weave(plate: Plate, w: float, h: float) -> None:
    """A length of Tujia brocade about the origin, `w` and `h` its half-size: lozenges within lozenges, hooks, borders."""
    rng = plate.rng
    ground, first, second, third, pale = rng.choice(_DYES)
    plate.fill([complex(-w, -h), complex(w, -h), complex(w, h), complex(-w, h)], ground)
    columns = rng.choice((3, 4))
    cell = w / columns
    tall = cell * rng.uniform(0.9, 1.15)
    rows = max(1, int((h - 70) / tall))
    tall = (h - 70) / rows
    for r in range(rows):
        for c in range(columns):
            centre = complex(-w + cell * (2 * c + 1), -h + 70 + tall * (2 * r + 1))
            tones = (first, pale, second, third, ground) if (r + c) % 2 else (second, pale, first, third, ground)
            for k, tone in enumerate(tones):
                share = 0.94 - 0.19 * k
                plate.fill(_lozenge(centre, cell * share, tall * share, 7 - k), tone)
            _hooks(plate, centre, cell, tall, pale)
    for y in (-h + 34, h - 34):
        plate.fill([complex(-w, y - 26), complex(w, y - 26), complex(w, y + 26), complex(-w, y + 26)], first)
        teeth = [[complex(x, y + 20), complex(x + 22, y - 20), complex(x + 44, y + 20)] for x in (-w + 44 * k for k in range(int(2 * w / 44)))]
        plate.fills(teeth, third)
    threads = [[complex(-w, y), complex(0, y), complex(w, y)] for y in (-h + 12 * k for k in range(int(h / 6)))]
    plate.lines(threads, 1.3, palette.INK, "none", 0.16)


def _hooks(plate: Plate, centre: complex, w: float, h: float, colour: str) -> None:
    """Hooked arms at the four points of a lozenge."""
    arms = []
    for sx in (-1, 1):
        for sy in (-1, 1):
            a = centre + complex(sx * w * 0.98, sy * h * 0.7)
            arms.append([a, a - complex(sx * w * 0.2, 0), a - complex(sx * w * 0.2, -sy * h * 0.16)])
    plate.lines(arms, 7, colour, "none")


def brocade_flat(plate: Plate) -> None:
    """A hanging of brocade on a rod, its fringe below."""
    rng = plate.rng
    w, h = rng.uniform(265, 330), rng.uniform(275, 300)
    with plate.place(-6j):
        weave(plate, w, h)
        plate.ink([complex(-w, -h), complex(w, -h), complex(w, h), complex(-w, h)], 5)
        fringe = [arc(complex(x, h), complex(x + rng.uniform(-8, 8), h + rng.uniform(58, 74)), 0.05, steps=5) for x in (-w + 9 * k for k in range(int(2 * w / 9) + 1))]
        plate.lines(fringe, 4.4, palette.mix(palette.RED, palette.PLUM, 0.3), "end")
        rod = ribbon([complex(-w - 60, -h - 12), complex(0, -h - 12), complex(w + 60, -h - 12)], 14, lambda _t: 1.0)
        plate.shape(rod.outline(), WOOD, 4)
        for s in (-1, 1):
            plate.disc(complex(s * (w + 62), -h - 12), 19, 19, palette.EARTH, 4)
        plate.line(spline([complex(-w * 0.6, -h - 24), complex(0, -h - 92), complex(w * 0.6, -h - 24)], steps=8), 5, palette.EARTH, "none")


def brocade_roll(plate: Plate) -> None:
    """Rolls of brocade lying on each other, one end unrolled."""
    for x, y, w in ((-30, -130, 330), (20, 20, 360)):
        _roll(plate, complex(x + plate.rng.uniform(-20, 20), y), w)
    with plate.place(complex(-10, 215), 1, squash=0.52):
        weave(plate, 370, 270)
        plate.ink([-370 - 270j, 370 - 270j, 370 + 270j, -370 + 270j], 5)
    _roll(plate, complex(-10, 112), 385)


def _roll(plate: Plate, at: complex, w: float) -> None:
    r = 66.0
    with plate.place(at):
        with plate.place(0j, 1, squash=0.26):
            weave(plate, w, 250)
        plate.fill([complex(-w, 24), complex(w, 24), complex(w, r), complex(-w, r)], palette.INK, 0.28)
        plate.ink([complex(-w, -r), complex(w, -r), complex(w, r), complex(-w, r)], 4.6)
        end = ellipse(complex(w, 0), 26, r)
        plate.shape(end, palette.PAPER_DEEP, 4.4)
        spiral = [complex(w + 24 * k / 60 * math.cos(k / 3), r * 0.92 * k / 60 * math.sin(k / 3)) for k in range(60)]
        plate.line(spiral, 3.4, palette.RED, "none")


def house(plate: Plate) -> None:
    """A mountain house of timber under grey tile, maize and chillies under the eave, hills behind."""
    rng = plate.rng
    _hills(plate)
    left, right, eave, floor = -300.0, 300.0, -10.0, 268.0
    shadow(plate, complex(20, floor + 6), 370, 30, palette.LEAF_PALE)
    wall = [complex(left, eave - 20), complex(right, eave - 20), complex(right, floor), complex(left, floor)]
    plate.shape(wall, palette.mix(palette.STRAW, WOOD, 0.55), 4.6)
    for k in range(1, 30):
        x = left + 600 * k / 30
        plate.line([complex(x, eave), complex(x + 1, 130), complex(x, floor)], 1.8, palette.EARTH)
    plate.fill([complex(left, eave - 10), complex(right, eave - 10), complex(right, eave + 42), complex(left, eave + 42)], palette.INK, 0.25)
    for x in (-300, -110, 110, 300):
        plate.shape([complex(x - 13, eave), complex(x + 13, eave), complex(x + 13, floor + 6), complex(x - 13, floor + 6)], palette.mix(palette.EARTH, palette.TEA, 0.3), 3.8)
    _door(plate, floor)
    for x in (-205, 205):
        _lattice_window(plate, complex(x, 118))
    _roof(plate, left, right, eave)
    for x in (-262, -150, 150, 262):
        _string_of(plate, complex(x, eave + 22), rng.choice((palette.RED, palette.ORANGE_LIGHT, palette.STRAW)))
    for x in (-72, 72):
        _lantern(plate, complex(x, eave + 20))
    plate.shape([complex(-370, floor), complex(370, floor), complex(390, floor + 34), complex(-390, floor + 34)], palette.mix(TILE, palette.PAPER_DEEP, 0.5), 4)
    plate.shape([complex(-90, floor + 34), complex(90, floor + 34), complex(106, floor + 62), complex(-106, floor + 62)], palette.mix(TILE, palette.PAPER_DEEP, 0.4), 4)
    _garden(plate, floor)


def _hills(plate: Plate) -> None:
    rng = plate.rng
    for y, tone in ((-190, palette.mix(palette.LAKE, palette.PAPER, 0.55)), (-70, palette.mix(palette.LEAF_LIGHT, palette.LAKE, 0.35)), (90, palette.LEAF_LIGHT)):
        knots = [complex(x, y + rng.uniform(-90, 70)) for x in range(-700, 701, 175)]
        plate.fill([*spline(knots, steps=8), 700 + 480j, -700 + 480j], tone)
    plate.fill([*spline([-700 + 250j, -200 + 232j, 250 + 240j, 700 + 252j], steps=6), 700 + 480j, -700 + 480j], palette.mix(palette.LEAF_LIGHT, palette.LEAF_PALE, 0.3))


def _roof(plate: Plate, left: float, right: float, eave: float) -> None:
    ridge = eave - 190
    slope = spline([complex(left - 96, eave + 18), complex(left - 20, eave - 46), complex(left + 60, ridge)], steps=8)
    other = [complex(-z.real, z.imag) for z in slope[::-1]]
    body = slope + other
    plate.fill(body, TILE)
    rows: list[Points] = []
    for k in range(27):
        f = (k + 0.5) / 27
        top = complex(left + 60 + (right - left - 120) * f, ridge)
        low = complex(left - 90 + (right - left + 180) * f, eave + 14)
        rows.append(spline([top, (top + low) / 2 + complex(0, 26 * abs(f - 0.5)), low], steps=6))
    plate.lines(rows, 5, palette.mix(TILE, palette.INK, 0.55), "none")
    ends = [z for row in rows for z in row[-1:]]
    plate.dots(ends, 9, palette.mix(TILE, palette.INK, 0.35))
    plate.fill([complex(40, ridge), complex(right - 60, ridge), *other[:9], complex(120, eave + 16)], palette.INK, 0.16)
    plate.ink(body, 5)
    cap = spline([complex(left + 10, ridge - 34), complex(left + 70, ridge - 8), complex(0, ridge - 4), complex(right - 70, ridge - 8), complex(right - 10, ridge - 34)], steps=8)
    plate.line(cap, 22, palette.INK, "none")
    plate.line(cap, 14, palette.mix(TILE, palette.INK, 0.3), "none")


def _door(plate: Plate, floor: float) -> None:
    for s in (-1, 1):
        leafs = [complex(0, 66), complex(s * 70, 66), complex(s * 70, floor), complex(0, floor)]
        plate.shape(leafs, palette.mix(palette.RED, palette.EARTH, 0.45), 3.8)
        sign = [complex(s * 36, 108) + turned(90 * k) * 22 for k in range(4)]
        plate.shape(sign, palette.RED, 2.8)
        plate.disc(complex(s * 14, 176), 6, 6, palette.STRAW, 2.4)
    for s in (-1, 1):
        plate.shape([complex(s * 78, 60), complex(s * 98, 60), complex(s * 98, 230), complex(s * 78, 230)], palette.RED, 2.8)


def _lattice_window(plate: Plate, at: complex) -> None:
    w, h = 62.0, 56.0
    plate.shape([at + complex(-w, -h), at + complex(w, -h), at + complex(w, h), at + complex(-w, h)], palette.ORANGE_PALE, 4.4)
    bars = [[at + complex(x, -h), at + complex(x, 0), at + complex(x, h)] for x in (-38, -13, 13, 38)]
    bars += [[at + complex(-w, y), at + complex(0, y), at + complex(w, y)] for y in (-34, -11, 11, 34)]
    plate.lines(bars, 5, palette.EARTH, "none")
    plate.shape([at + 24 * turned(90 * k) for k in range(4)], palette.ORANGE_PALE, 3.4)


def _string_of(plate: Plate, at: complex, colour: str) -> None:
    for i in range(7):
        for s in (-1, 1):
            cob = ribbon(arc(at + complex(0, 11 * i), at + complex(s * 19, 11 * i + 30), 0.1 * s, steps=7), 7.5, lambda t: math.sin(math.pi * t) ** 0.6)
            plate.shape(cob.outline(), colour, 2)


def _lantern(plate: Plate, at: complex) -> None:
    plate.line([at - 20j, at, at + 8j], 3, palette.INK, "none")
    plate.disc(at + 34j, 28, 25, palette.mix(palette.RED, palette.ORANGE, 0.3), 3)
    plate.lines([ellipse(at + 34j, r, 25, start=-90, stop=90, steps=10) for r in (9, 19)] + [ellipse(at + 34j, r, 25, start=90, stop=270, steps=10) for r in (9, 19)], 1.6, palette.PLUM, "none")
    for y in (10, 58):
        plate.shape([at + complex(-13, y - 4), at + complex(13, y - 4), at + complex(13, y + 4), at + complex(-13, y + 4)], palette.STRAW, 2.2)
    plate.lines([[at + complex(x, 62), at + complex(x, 74), at + complex(x, 88)] for x in (-6, 0, 6)], 2.6, palette.RED)


def _garden(plate: Plate, floor: float) -> None:
    rng = plate.rng
    for x in (-470, -410, 420, 480):
        foot = complex(x + rng.uniform(-10, 10), floor + 100)
        for angle in (-150, -120, -60, -30):
            way = turned(angle + rng.uniform(-8, 8)) * rng.uniform(110, 150)
            daylily.blade(plate, [foot, foot + way * 0.5 - 40j, foot + way * 0.9, foot + way * 1.1 + 20j], 9)
        top = foot - complex(rng.uniform(-20, 20), rng.uniform(150, 190))
        plate.line(arc(foot, top, 0.05), 6, palette.LEAF_DEEP, "none")
        with plate.finer(0.6):
            daylily.flower(plate, top, 52, roll=rng.uniform(-20, 20), lean=50)


def house_tree(plate: Plate) -> None:
    """The house again, with a walnut tree beside it."""
    house(plate)
    rng = plate.rng
    side = rng.choice((-1, 1))
    foot = complex(side * 430, 290)
    trunk = ribbon(spline([foot, foot + complex(-10, -130), foot + complex(14, -270)], steps=8), 22, lambda t: 1 - 0.4 * t, wobble(rng, 0.08))
    plate.shape(trunk.outline(), palette.EARTH, 4)
    for _ in range(70):
        z = foot + complex(rng.gauss(0, 78), -330 + rng.gauss(0, 68))
        leaf(plate, z, z + turned(rng.uniform(0, 360)) * 66, 19, tone=rng.uniform(0.05, 0.6), veins=0, ink=2.6)


def seed_packet(plate: Plate) -> None:
    """Paper packets of seed, each with a picture of what it grows into."""
    rng = plate.rng
    pictures = [
        (lambda p: field.chili(p, 0j, 74), palette.RED),
        (lambda p: roots.potato(p, 0j, 84), palette.EARTH),
        (lambda p: field.mark_rice(p, 10j, 84), palette.LEAF),
        (lambda p: orchard.kiwi_half(p, 0j, 78), palette.OLIVE),
        (lambda p: pepper.mark(p, 0j, 84), palette.PLUM),
    ]
    rng.shuffle(pictures)
    for (x, y, turn), (picture, colour) in zip(((-215, 10, -13), (215, 20, 12), (0, -10, -1)), pictures, strict=False):
        with plate.place(complex(x + rng.uniform(-10, 10), y), 1, turn + rng.uniform(-3, 3)):
            sheet = [-150 - 240j, 150 - 240j, 150 + 240j, -150 + 240j]
            plate.fill([z + complex(12, 12) for z in sheet], palette.EARTH, 0.25)
            plate.shape(sheet, palette.PAPER, 4.6)
            plate.fill([-150 - 240j, 150 - 240j, 150 - 176j, -150 - 176j], colour)
            plate.line([-150 - 204j, 0 - 202j, 150 - 204j], 3, palette.PAPER, "none")
            plate.fill([-150 + 186j, 150 + 186j, 150 + 240j, -150 + 240j], colour)
            plate.fills([[complex(x, 200), complex(x + 11, 213), complex(x, 226), complex(x - 11, 213)] for x in range(-120, 121, 30)], palette.PAPER)
            plate.disc(-6j, 122, 130, palette.mix(colour, palette.PAPER, 0.78))
            picture(plate)
            plate.ink(sheet, 4.6)
    seeds = [complex(rng.gauss(0, 150), 318 + rng.gauss(0, 24)) for _ in range(24)]
    for z in seeds:
        plate.shape(ellipse(z, 11, 8, steps=14), palette.mix(palette.STRAW, palette.EARTH, rng.random() * 0.6), 2.6)


def hoe(plate: Plate) -> None:
    """A hoe and a sickle crossed, with a straw hat."""
    rng = plate.rng
    tip = rng.uniform(-6, 6)
    with plate.place(0j, 1, 33 + tip):
        _handle(plate, 430)
        plate.shape([-30 - 440j, 30 - 440j, 112 - 392j, *spline([118 - 300j, 120 - 236j], steps=4), *spline([60 - 222j, 0 - 218j, -60 - 222j], steps=4), -120 - 236j, -118 - 300j, -112 - 392j], STEEL, 4.6)
        plate.fill([-116 - 262j, 116 - 262j, 120 - 236j, *spline([60 - 222j, 0 - 218j, -60 - 222j], steps=4), -120 - 236j], palette.mix(STEEL, palette.WHITE, 0.55))
        plate.line([-90 - 380j, -96 - 320j, -100 - 270j], 8, palette.mix(STEEL, palette.WHITE, 0.5))
        plate.shape([-30 - 470j, 30 - 470j, 34 - 400j, -34 - 400j], palette.darker(STEEL, 0.4), 4)
    with plate.place(0j, 1, -36 + tip):
        _handle(plate, 330)
        outer = spline([-10 - 330j, -60 - 430j, 40 - 500j, 190 - 470j, 270 - 370j], steps=9)
        inner = spline([270 - 370j, 170 - 420j, 60 - 430j, 16 - 390j, 18 - 330j], steps=9)
        plate.shape(outer + inner, STEEL, 4.6)
        plate.line([z + complex(3, -8) for z in inner[2:30]], 7, palette.mix(STEEL, palette.WHITE, 0.6))
        plate.shape([-26 - 346j, 26 - 346j, 24 - 286j, -24 - 286j], palette.darker(STEEL, 0.4), 4)
    _straw_hat(plate, complex(rng.uniform(-16, 16), 190))


def _handle(plate: Plate, length: float) -> None:
    body = ribbon(spline([complex(0, -length), complex(4, 0), complex(0, length)], steps=10), 17, lambda _t: 1.0, wobble(plate.rng, 0.05, 4))
    plate.fill(body.outline(), WOOD)
    plate.fill(body.band(0.15, 1), palette.mix(WOOD, palette.EARTH, 0.6))
    plate.lines([body.edge(u, 0.3 + 0.1 * k, 0.55 + 0.1 * k) for k, u in enumerate((-0.4, 0.0, 0.4))], 1.8, palette.EARTH)
    plate.ink(body.outline(), 4.2)


def _straw_hat(plate: Plate, at: complex) -> None:
    plate.shape(ellipse(at + 34j, 265, 84), CANE, 4.6)
    for k in (0.86, 0.7, 0.54):
        plate.ink(ellipse(at + complex(0, 34 - 10 * (1 - k)), 265 * k, 84 * k), 2.2, palette.EARTH, steady=True)
    plate.lines([[at + complex(150 * math.cos(a), 30 + 46 * math.sin(a)), at + complex(258 * math.cos(a + 0.05), 34 + 80 * math.sin(a + 0.05))] for a in (math.tau * k / 44 for k in range(44))], 1.8, palette.EARTH)
    crown = spline([at + complex(-140, 24), at + complex(-112, -70), at + complex(-50, -128), at + complex(0, -136), at + complex(50, -128), at + complex(112, -70), at + complex(140, 24)], steps=6)
    plate.shape([*crown, *ellipse(at + 24j, 140, 42, start=0, stop=180, steps=16)], palette.lighter(CANE, 0.18), 4.4)
    for k in range(1, 5):
        plate.line(arc(at + complex(-138 + 16 * k, 20 - 32 * k), at + complex(138 - 16 * k, 20 - 32 * k), -0.13), 2.2, palette.EARTH)
    band = ribbon(arc(at + complex(-141, 12), at + complex(141, 12), -0.14, steps=16), 15, lambda _t: 1.0)
    plate.shape(band.outline(), palette.RED, 3)


def washing(plate: Plate) -> None:
    """A box of washing powder, a bar of soap and a folded cloth."""
    rng = plate.rng
    colour = rng.choice((palette.LAKE, palette.LEAF_LIGHT, palette.ORANGE, palette.RED))
    shadow(plate, complex(10, 326), 330, 36, palette.PAPER_DEEP)
    x0, x1, top, low = -210.0, 110.0, -300.0, 322.0
    plate.shape([complex(x1, top), complex(x1 + 92, top + 34), complex(x1 + 92, low - 40), complex(x1, low)], palette.darker(colour, 0.35), 4.6)
    plate.shape([complex(x0, top), complex(x0 + 110, top - 52), complex(x1 + 92, top + 34), complex(x1, top)], palette.lighter(colour, 0.45), 4.6)
    front = [complex(x0, top), complex(x1, top), complex(x1, low), complex(x0, low)]
    plate.fill(front, colour)
    wave = spline([complex(x0, 90), complex(-130, 40), complex(-40, 110), complex(50, 60), complex(x1, 96)], steps=8)
    plate.fill([*wave, complex(x1, low), complex(x0, low)], palette.PAPER)
    plate.line(wave, 9, palette.lighter(colour, 0.5), "none")
    for k in range(16):
        r = rng.uniform(10, 34)
        z = complex(rng.uniform(x0 + 40, x1 - 40), rng.uniform(-240, 40))
        plate.disc(z, r, r, palette.WHITE, 2.6, 0.9)
        plate.line(ellipse(z, r * 0.62, r * 0.62, start=190, stop=260, steps=8), 3, colour)
    star = [complex(-50, 200) + turned(30 * k) * (78 if k % 2 == 0 else 52) for k in range(12)]
    plate.shape(star, palette.ORANGE, 3.4)
    plate.ink(front, 5)
    for k, tone in enumerate((palette.PAPER, palette.mix(palette.LAKE, palette.PAPER, 0.4), palette.ORANGE_PALE)):
        y = 318 - 46 * k
        fold = [complex(140, y - 44), *ellipse(complex(372, y - 22), 22, 22, start=-90, stop=90, steps=8), complex(140, y)]
        plate.shape(fold, tone, 4)
        plate.line([complex(150, y - 14), complex(250, y - 12), complex(360, y - 14)], 3, palette.mix(tone, palette.RED, 0.5), "none")
    soap = [complex(170, 130), *ellipse(complex(340, 152), 24, 24, start=-90, stop=90, steps=8), *ellipse(complex(180, 152), 24, 24, start=90, stop=270, steps=8)]
    plate.shape(soap, palette.mix(palette.LEAF_LIGHT, palette.PAPER, 0.5), 4)
    plate.ink(ellipse(complex(260, 152), 50, 12), 2.6, palette.LEAF)


def thermos(plate: Plate) -> None:
    """An enamelled vacuum flask with a painted daylily, and two mugs."""
    rng = plate.rng
    coat = rng.choice((palette.RED, palette.LEAF, palette.mix(palette.LAKE, palette.INK, 0.2), palette.ORANGE_PALE))
    shadow(plate, complex(30, 326), 200, 38, palette.PAPER_DEEP)
    handle = spline([complex(126, -170), complex(232, -150), complex(240, 60), complex(134, 110)], steps=10)
    plate.line(handle, 38, palette.INK, "none")
    plate.line(handle, 27, palette.mix(coat, palette.INK, 0.25), "none")
    side = spline([complex(-86, -236), complex(-132, -180), complex(-140, 60), complex(-140, 300)], steps=9)
    body = side + [complex(-z.real, z.imag) for z in side[::-1]]
    plate.fill(body, coat)
    plate.fill([*[complex(-z.real, z.imag) for z in side], *[complex(-z.real * 0.56, z.imag) for z in side[::-1]]], palette.INK, 0.2)
    plate.line([complex(z.real * 0.78, z.imag) for z in side[8:24]], 13, palette.WHITE, "both", 0.6)
    plate.ink(body, 5)
    for y, half in ((-236, 92), (296, 146)):
        plate.shape([complex(-half, y - 18), complex(half, y - 18), complex(half, y + 20), complex(-half, y + 20)], palette.mix(STEEL, palette.WHITE, 0.4), 4.2)
    cap = spline([complex(-72, -254), complex(-70, -330), complex(-40, -352)], steps=6)
    plate.shape(cap + [complex(-z.real, z.imag) for z in cap[::-1]], palette.mix(STEEL, palette.WHITE, 0.55), 4.4)
    plate.lines([[complex(x, -330), complex(x, -296), complex(x, -262)] for x in (-46, -22, 4, 30, 54)], 2.2, palette.INK_SOFT)
    plate.disc(complex(-8, 70), 108, 124, palette.PAPER, 3)
    for angle in (120, 60):
        leaf(plate, complex(-8, 176), complex(-8, 176) + turned(-angle) * 120, 14, veins=0)
    daylily.bud(plate, complex(-8, 130), complex(60, -20), width=10)
    with plate.finer(0.7):
        daylily.flower(plate, complex(-16, 66), 84, roll=rng.uniform(-12, 12), lean=46)
    for x in (-290, 300):
        _mug(plate, complex(x, 230), rng.choice((palette.PAPER, palette.WHITE)), coat)


def _mug(plate: Plate, at: complex, body: str, band: str) -> None:
    handle = spline([at + complex(66, -34), at + complex(124, -40), at + complex(120, 44), at + complex(62, 48)], steps=8)
    plate.line(handle, 24, palette.INK, "none")
    plate.line(handle, 15, body, "none")
    wall = [at + complex(-76, -80), at + complex(-72, 84), *ellipse(at + 84j, 72, 16, start=180, stop=0, steps=12), at + complex(76, -80)]
    plate.fill(wall, body)
    plate.fill([at + complex(34, -80), at + complex(76, -80), at + complex(72, 88), at + complex(34, 98)], palette.mix(palette.LAKE, palette.WHITE, 0.55))
    plate.ink(wall, 4.4)
    plate.disc(at - 80j, 76, 19, palette.mix(body, palette.LAKE, 0.3), 4.2)
    plate.line(ellipse(at - 80j, 76, 19, steps=24), 6, band, "none")
    petals = [[at + 10j, at + 10j + turned(60 * k - 18) * 22, at + 10j + turned(60 * k) * 34, at + 10j + turned(60 * k + 18) * 22] for k in range(6)]
    plate.fills(petals, palette.ORANGE)


def _unused(plate: Plate, at: complex, size: float) -> None:
    """No loose piece is drawn of these goods."""


def _goods(forms: dict[str, Callable[[Plate], None]], tints: tuple[str, ...]) -> Subject:
    """A subject whose every form is drawn by a function of its own."""
    return Subject(
        forms=tuple(forms),
        plant=next(iter(forms.values())),
        piece=_unused,
        dry=_unused,
        sprig=_unused,
        mark=_unused,
        label=palette.ORANGE,
        tints=tints,
        own=forms,
    )


_HOME_TINTS = (palette.mix(palette.LAKE, palette.PAPER, 0.66), palette.PAPER, palette.LEAF_PALE, palette.PAPER_DEEP)
BROCADE = _goods(
    {"cloth": brocade_flat, "roll": brocade_roll}, (palette.PAPER, palette.ORANGE_PALE, palette.LEAF_PALE, palette.PAPER_DEEP)
)
FARM_STAY = _goods(
    {"house": house, "garden": house_tree},
    (palette.mix(palette.LAKE, palette.PAPER, 0.72), palette.ORANGE_PALE, palette.mix(palette.STRAW, palette.PAPER, 0.6)),
)
SEED_PACKET = _goods({"packet": seed_packet}, (palette.LEAF_PALE, palette.PAPER, palette.mix(palette.STRAW, palette.PAPER, 0.6)))
HOE = _goods({"tool": hoe}, (palette.PAPER, palette.LEAF_PALE, palette.ORANGE_PALE, palette.PAPER_DEEP))
WASHING_POWDER = _goods({"box": washing}, _HOME_TINTS)
THERMOS = _goods({"flask": thermos}, _HOME_TINTS)
