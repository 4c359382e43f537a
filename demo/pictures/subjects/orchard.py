"""Tree and vine fruit: the apple of Li county, the orange, the kiwi."""

import math

from demo.pictures import palette
from demo.pictures.kit import Subject, fruit, leaf, pricks, twig
from demo.pictures.plate import Plate
from demo.pictures.strokes import Pebble, Points, arc, ellipse, pebble, ribbon, spline, turned, wobble

FLESH = palette.mix(palette.PAPER, palette.STRAW, 0.18)
ORANGE_SKIN = palette.mix(palette.ORANGE, palette.ORANGE_LIGHT, 0.5)
KIWI_SKIN = palette.mix(palette.EARTH, palette.OLIVE, 0.35)


def _apple_body(plate: Plate, radius: float) -> Pebble:
    """Broad shoulders, a dimple at the stalk, a narrower base."""
    wave = wobble(plate.rng, 0.018)
    radii = []
    for i in range(60):
        a = math.radians(6 * i)
        up, down = -math.sin(a), math.sin(a)
        r = 1 + 0.05 * max(0.0, up) - 0.08 * max(0.0, down) ** 2
        r -= 0.17 * math.exp(-((((a - 1.5 * math.pi) / 0.3)) ** 2)) + 0.07 * math.exp(-(((a - 0.5 * math.pi) / 0.26) ** 2))
        radii.append(radius * (r + wave(i / 60)))
    return Pebble(0j, radii, 1 + 0j, 0.96)


def apple(plate: Plate, at: complex, radius: float, *, hang: bool = False) -> None:
    """A striped red apple with a golden cheek."""
    rng = plate.rng
    gold = palette.mix(palette.STRAW, palette.ORANGE_LIGHT, 0.3)
    red = palette.mix(palette.RED, palette.ORANGE, rng.uniform(0.1, 0.5))
    with plate.place(at, 1, rng.uniform(-10, 10) if hang else rng.uniform(-24, 24)):
        body = _apple_body(plate, radius)
        plate.fill(body.outline(), red)
        plate.fill(body.crescent(150, 285, rng.uniform(0.5, 0.8)), palette.mix(gold, red, 0.12))
        plate.fill(body.crescent(-30, 140, 0.36), palette.mix(red, palette.PLUM, 0.5))
        streaks = []
        for k in range(16):
            a = 150 + 240 * k / 15
            x = math.cos(math.radians(a)) * 0.9
            far = rng.uniform(-0.25, 0.4)
            streaks.append([complex(x * radius * math.cos(v) * 0.92 + radius * 0.03, radius * (math.sin(v) * 0.86)) for v in (-1.02 + 0.16 * j * (1 + far) for j in range(7))])
        plate.lines(streaks, max(2.0, radius * 0.028), palette.mix(palette.RED, palette.PLUM, 0.3), "both", 0.75)
        lit = ellipse(complex(-radius * 0.44, -radius * 0.4), radius * 0.12, radius * 0.2, steps=18)
        plate.fill([complex(z.real + z.imag * 0.25, z.imag) for z in lit], palette.WHITE, 0.85)
        pricks(plate, body, 10, palette.ORANGE_PALE, max(1.3, radius * 0.018))
        plate.ink(body.outline(), 4)
        dip = complex(0, -radius * 0.8)
        plate.fill(ellipse(dip, radius * 0.3, radius * 0.09, steps=24), palette.mix(palette.OLIVE, red, 0.3))
        plate.line(ellipse(dip, radius * 0.33, radius * 0.1, start=-10, stop=190, steps=20), 3, palette.INK)
        stalk = arc(dip + complex(0, radius * 0.05), dip + complex(radius * 0.08, -radius * 0.46), -0.12)
        plate.line(stalk, max(4.0, radius * 0.085), palette.INK, "none")
        plate.line(stalk, max(2.0, radius * 0.045), palette.EARTH, "none")


def apple_half(plate: Plate, at: complex, radius: float) -> None:
    """An apple cut through, with its core and pips."""
    rng = plate.rng
    with plate.place(at, 1, rng.uniform(-22, 22)):
        body = _apple_body(plate, radius)
        plate.fill(body.outline(), palette.RED)
        inner = [z * 0.93 for z in body.outline()]
        plate.fill(inner, FLESH)
        plate.ink(body.outline(), 4)
        for s in (-1, 1):
            core = ribbon(arc(complex(0, -radius * 0.5), complex(0, radius * 0.5), s * 0.34, steps=16), 2.2, lambda _t: 0.6)
            plate.fill(core.outline(), palette.mix(palette.LEAF_LIGHT, FLESH, 0.3))
            pip = ribbon(arc(complex(s * radius * 0.1, -radius * 0.2), complex(s * radius * 0.15, radius * 0.16), s * 0.1, steps=10), radius * 0.085, lambda t: math.sin(math.pi * t**0.7))
            plate.shape(pip.outline(), palette.TEA, 2.8)
        plate.line(arc(complex(0, -radius * 0.76), complex(radius * 0.05, -radius * 1.14), -0.1), radius * 0.07, palette.EARTH, "none")


def apple_piece(plate: Plate, at: complex, radius: float) -> None:
    """Mostly whole apples; now and then, when large, a cut one."""
    if radius > 100 and plate.rng.random() < 0.3:
        apple_half(plate, at, radius)
    else:
        apple(plate, at, radius)


def bough(plate: Plate, fruiting: list[tuple[complex, float]], draw_fruit: str, *, notch: float, broad: float, tone: float) -> None:
    """A branch from the upper corner, fruit hanging from it at the given places, leaves about every stalk."""
    rng = plate.rng
    knots = [-580 - 300j, -330 - 250j, complex(-40, -270), complex(260, -230), complex(500, -290)]
    way = spline(knots, steps=8)
    for i in range(8):
        k = 3 + round(i * (len(way) - 6) / 8)
        s = -1 if i % 2 else 1
        size = rng.uniform(190, 240)
        leaf(plate, way[k], way[k] + turned(-90 + s * rng.uniform(10, 60)) * size, size * broad, bend=s * 0.1, tone=tone + rng.uniform(-0.1, 0.2), veins=7, notch=notch)
    twig(plate, knots, 15)
    for at, radius in fruiting:
        near = min(way, key=lambda p: abs(p - at + complex(0, radius * 1.5)))
        stalk = arc(near, at - complex(0, radius * 0.8), 0.08)
        plate.line(stalk, 11, palette.INK, "none")
        plate.line(stalk, 6.5, palette.mix(palette.EARTH, palette.LEAF, 0.4), "none")
        for s in (-1, 1):
            size = rng.uniform(180, 230)
            leaf(plate, stalk[5], stalk[5] + turned(90 + s * rng.uniform(58, 100)) * size, size * broad, bend=-s * 0.12, tone=tone + rng.uniform(-0.15, 0.2), veins=7, notch=notch)
        {"apple": apple, "orange": orange, "kiwi": kiwi}[draw_fruit](plate, at, radius)
        size = rng.uniform(150, 180)
        s = rng.choice((-1, 1))
        leaf(plate, stalk[9], stalk[9] + turned(90 + s * rng.uniform(48, 70)) * size, size * broad, bend=-s * 0.14, tone=tone + 0.2, veins=6, notch=notch)


def _hung(plate: Plate, radius: float) -> list[tuple[complex, float]]:
    rng = plate.rng
    plan = rng.choice(((-215 + 40j, 30 + 150j, 270 + 10j), (-190 + 120j, 110 + 30j, 330 + 140j), (-260 + 10j, -10 + 110j, 240 + 120j)))
    return [(z + complex(rng.uniform(-20, 20), rng.uniform(-20, 20)), radius * rng.uniform(0.9, 1.1)) for z in plan]


def plant_apple(plate: Plate) -> None:
    """Three apples on the bough."""
    bough(plate, _hung(plate, 138), "apple", notch=0.1, broad=0.29, tone=0.3)


def orange(plate: Plate, at: complex, radius: float) -> None:
    """An orange with its pores and its star of a stalk."""
    rng = plate.rng
    colour = palette.mix(ORANGE_SKIN, palette.STRAW, rng.uniform(0, 0.25))
    body = fruit(plate, at, radius, colour, squash=0.95, rough=0.015, shade=palette.mix(colour, palette.ORANGE_DEEP, 0.5), shine=0.5)
    pricks(plate, body, 42 if radius > 80 else 20, palette.mix(palette.ORANGE_DEEP, colour, 0.3), max(1.4, radius * 0.018))
    top = at + complex(rng.uniform(-0.16, 0.16), -0.74) * radius
    star = [top + turned(36 * k) * radius * (0.15 if k % 2 else 0.07) for k in range(10)]
    plate.shape(star, palette.LEAF, 2.6)


def orange_half(plate: Plate, at: complex, radius: float) -> None:
    """An orange cut across: rind, pith, segments."""
    body = pebble(plate.rng, radius, centre=at, rough=0.01)
    plate.shape(body.outline(), ORANGE_SKIN, 4)
    plate.fill([at + (z - at) * 0.92 for z in body.outline()], FLESH)
    for k in range(10):
        a, b = 36 * k + 3.0, 36 * k + 33.0
        seg = [body.at((a + b) / 2, 0.1), *body.ring(0.82, a, b)]
        plate.fill(seg, palette.ORANGE_LIGHT)
        plate.lines([[body.at((a + b) / 2 + d, 0.3), body.at((a + b) / 2 + d, 0.5), body.at((a + b) / 2 + d * 1.2, 0.7)] for d in (-7, 0, 7)], 2.2, palette.ORANGE)
        plate.ink(seg, 2, palette.ORANGE)


def orange_piece(plate: Plate, at: complex, radius: float) -> None:
    """Mostly whole; when large, some cut."""
    if radius > 100 and plate.rng.random() < 0.35:
        orange_half(plate, at, radius)
    else:
        orange(plate, at, radius)


def plant_orange(plate: Plate) -> None:
    """Three oranges among glossy leaves."""
    bough(plate, _hung(plate, 128), "orange", notch=0.0, broad=0.25, tone=0.12)


def kiwi(plate: Plate, at: complex, radius: float) -> None:
    """A kiwi fruit, oval and furry."""
    rng = plate.rng
    turn = rng.uniform(70, 110)
    body = fruit(plate, at, radius, palette.mix(KIWI_SKIN, palette.STRAW, rng.uniform(0, 0.2)), squash=0.8, turn=turn, rough=0.015, shade=palette.mix(KIWI_SKIN, palette.TEA, 0.6), shine=0.3)
    hairs: list[Points] = []
    for _ in range(46 if radius > 70 else 22):
        a, k = rng.uniform(0, 360), rng.random() ** 0.5 * 0.95
        hairs.append([body.at(a, k), body.at(a + 3, k + 0.035), body.at(a + 5, k + 0.07)])
    plate.lines(hairs, 1.8, palette.TEA, "end")
    plate.dots([body.at(0, 0.93)], max(2.4, radius * 0.06), palette.INK)


def kiwi_half(plate: Plate, at: complex, radius: float) -> None:
    """A kiwi cut across: green rays, pale heart, black seeds."""
    rng = plate.rng
    body = pebble(rng, radius, centre=at, squash=0.94, rough=0.012)
    plate.shape(body.outline(), KIWI_SKIN, 4)
    plate.fill([at + (z - at) * 0.93 for z in body.outline()], palette.LEAF_LIGHT)
    plate.fill([at + (z - at) * 0.62 for z in body.outline()], palette.mix(palette.LEAF_LIGHT, palette.LEAF, 0.35))
    plate.lines([[body.at(a, 0.3), body.at(a, 0.6), body.at(a, 0.88)] for a in range(0, 360, 12)], 2.2, palette.mix(palette.LEAF_PALE, palette.LEAF_LIGHT, 0.3))
    plate.shape(pebble(rng, radius * 0.27, centre=at, rough=0.06).outline(), palette.mix(palette.PAPER, palette.LEAF_PALE, 0.5), 1.6)
    seeds = [ribbon(arc(body.at(a, 0.36 + 0.06 * (i % 2)), body.at(a, 0.47 + 0.06 * (i % 2)), 0, steps=6), radius * 0.026, lambda t: math.sin(math.pi * t)).outline() for i, a in enumerate(range(0, 360, 15))]
    plate.fills(seeds, palette.INK)


def kiwi_piece(plate: Plate, at: complex, radius: float) -> None:
    """Mostly whole; when large, nearly half of them cut."""
    if radius > 100 and plate.rng.random() < 0.45:
        kiwi_half(plate, at, radius)
    else:
        kiwi(plate, at, radius)


def plant_kiwi(plate: Plate) -> None:
    """Kiwi fruit under broad leaves."""
    bough(plate, _hung(plate, 112), "kiwi", notch=0.06, broad=0.42, tone=0.35)


def sprig_apple(plate: Plate, at: complex, size: float) -> None:
    """Leaves and an apple."""
    for angle in (-150, -95, -60):
        leaf(plate, at, at + turned(angle) * size * 1.1, size * 0.32, tone=0.35, veins=7, notch=0.1)


def sprig_orange(plate: Plate, at: complex, size: float) -> None:
    """Leaves of the orange."""
    for angle in (-160, -105, -55):
        leaf(plate, at, at + turned(angle) * size * 1.15, size * 0.28, tone=0.15, veins=7)


def sprig_kiwi(plate: Plate, at: complex, size: float) -> None:
    """Leaves of the kiwi vine."""
    for angle in (-165, -100):
        leaf(plate, at, at + turned(angle) * size * 1.1, size * 0.45, tone=0.4, veins=7, notch=0.06)


def mark_apple(plate: Plate, at: complex, size: float) -> None:
    """The small drawing for a label."""
    leaf(plate, at - complex(0, size * 0.6), at + complex(size * 0.8, -size * 0.95), size * 0.2, veins=4)
    apple(plate, at + complex(0, size * 0.12), size * 0.75, hang=True)


def mark_orange(plate: Plate, at: complex, size: float) -> None:
    """The small drawing for a label."""
    leaf(plate, at - complex(0, size * 0.5), at + complex(size * 0.85, -size * 0.9), size * 0.2, veins=4)
    orange(plate, at + complex(0, size * 0.12), size * 0.75)


APPLE = Subject(
    forms=("plant", "loose", "basket", "box"),
    plant=plant_apple,
    piece=apple_piece,
    dry=apple,
    sprig=sprig_apple,
    mark=mark_apple,
    label=palette.RED,
    tints=(palette.PAPER, palette.LEAF_PALE, palette.mix(palette.STRAW, palette.PAPER, 0.6), palette.mix(palette.LAKE, palette.PAPER, 0.72)),
    grain=76,
    step=1.45,
)
ORANGE = Subject(
    forms=("plant", "loose", "basket", "box"),
    plant=plant_orange,
    piece=orange_piece,
    dry=orange,
    sprig=sprig_orange,
    mark=mark_orange,
    label=palette.LEAF,
    tints=(palette.LEAF_PALE, palette.PAPER, palette.mix(palette.LAKE, palette.PAPER, 0.7), palette.PAPER_DEEP),
    grain=74,
    step=1.45,
)
KIWI = Subject(
    forms=("plant", "loose", "basket", "box"),
    plant=plant_kiwi,
    piece=kiwi_piece,
    dry=kiwi,
    sprig=sprig_kiwi,
    mark=lambda plate, at, size: kiwi_half(plate, at, size * 0.85),
    label=palette.LEAF,
    tints=(palette.PAPER, palette.LEAF_PALE, palette.ORANGE_PALE, palette.PAPER_DEEP),
    grain=66,
    step=1.4,
)
