"""What is dug: ginger, potato, sweet potato, konjac, the root of dangshen (Codonopsis, 党参)."""

import math

from demo.pictures import palette
from demo.pictures.kit import Subject, fruit, leaf, merged, pricks
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, arc, ellipse, pebble, ribbon, spline, turned, wobble

GINGER = palette.mix(palette.STRAW, palette.PAPER_DEEP, 0.25)
POTATO = palette.mix(palette.STRAW, palette.EARTH, 0.2)
SWEET = palette.mix(palette.RED, palette.EARTH, 0.35)
KONJAC = palette.mix(palette.EARTH, palette.INK_SOFT, 0.3)
DANGSHEN = palette.mix(palette.STRAW, palette.PAPER_DEEP, 0.1)


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
            bodies.append(pebble(rng, r * rng.uniform(0.95, 1.12), centre=centre + shift, squash=tall, rough=0.05, turn=turn + rng.uniform(-10, 10)))
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
    plate.dots([body.at(rng.uniform(0, 360), rng.uniform(0, 0.5)) for _ in range(7)], max(1.5, radius * 0.05), palette.EARTH)


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
            leaf(plate, stem[k], stem[k] + run * turned(s * rng.uniform(38, 58)) * size, size * 0.095, bend=s * 0.13, tone=rng.uniform(0.1, 0.5), veins=0)
    roots = []
    for _ in range(12):
        foot = complex(rng.uniform(-240, 240), rng.uniform(290, 340))
        roots.append(spline([foot, foot + complex(rng.uniform(-20, 20), 50), foot + complex(rng.uniform(-50, 50), 105)], steps=5))
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
        leaf(plate, stem[k], stem[k] + run * turned(s * rng.uniform(40, 58)) * size, size * 0.11, bend=s * 0.12, tone=rng.uniform(0.15, 0.5), veins=0)


def potato(plate: Plate, at: complex, radius: float) -> None:
    """A potato with its eyes."""
    rng = plate.rng
    tone = palette.mix(POTATO, rng.choice((palette.EARTH, palette.PAPER_DEEP)), rng.uniform(0, 0.22))
    turn = rng.uniform(-35, 35)
    body = fruit(plate, at, radius, tone, squash=rng.uniform(0.7, 0.84), rough=0.06, turn=turn, shade=palette.mix(tone, palette.EARTH, 0.62), shine=0.4)
    eyes = []
    for _ in range(5):
        z = body.at(rng.uniform(0, 360), rng.uniform(0.15, 0.74))
        eyes.append(arc(z - radius * 0.1, z + radius * 0.1, -0.22, steps=6))
    plate.lines(eyes, max(2.0, radius * 0.045), palette.mix(palette.EARTH, palette.INK, 0.4))
    pricks(plate, body, 20, palette.EARTH, max(1.2, radius * 0.018))


def plant_potato(plate: Plate) -> None:
    """A potato plant in flower, its tubers below the line of the soil."""
    rng = plate.rng
    crown = 60j
    strings = [spline([crown + 20j, complex(x * 0.5, 150), complex(x, y)], steps=6) for x, y in ((-260, 200), (-110, 270), (60, 210), (190, 290), (310, 180))]
    plate.lines(strings, 6, palette.EARTH, "end")
    for x, y, r in ((-270, 210, 84), (60, 215, 92), (320, 190, 78), (-120, 300, 100), (190, 310, 92)):
        potato(plate, complex(x + rng.uniform(-14, 14), y + rng.uniform(-10, 10)), r)
    for angle, length in ((-156, 360), (-128, 390), (-98, 400), (-70, 400), (-40, 380), (-20, 330)):
        _potato_leaf(plate, crown, angle + rng.uniform(-7, 7), length)
    for x in (-70, 90):
        _potato_bloom(plate, complex(x + rng.uniform(-20, 20), -330 + rng.uniform(-14, 14)))


def _potato_leaf(plate: Plate, crown: complex, angle: float, length: float) -> None:
    stem = arc(crown, crown + turned(angle) * length, 0.07 if angle < -90 else -0.07, steps=16)
    plate.line(stem, 11, palette.INK, "end")
    plate.line(stem, 7, palette.LEAF_LIGHT, "end")
    for k in (6, 9, 12):
        run = (stem[k + 1] - stem[k]) / abs(stem[k + 1] - stem[k])
        for s in (-1, 1):
            leaf(plate, stem[k], stem[k] + run * turned(s * 62) * 108, 34, tone=plate.rng.uniform(0.1, 0.45), veins=4, point=0.9)
    run = (stem[-1] - stem[-2]) / abs(stem[-1] - stem[-2])
    leaf(plate, stem[-1] - run * 12, stem[-1] + run * 130, 46, tone=plate.rng.uniform(0.2, 0.5), veins=5, point=0.9)


def _potato_bloom(plate: Plate, at: complex) -> None:
    plate.line(arc(at + 110j, at, 0.05), 6, palette.LEAF_DEEP, "none")
    for dx, dy in ((-34, 8), (36, 4), (0, -34)):
        centre = at + complex(dx, dy)
        star = [centre + turned(36 * k - 90) * (40 if k % 2 == 0 else 25) for k in range(10)]
        plate.shape(spline(star, steps=3, closed=True), palette.mix(palette.PLUM, palette.WHITE, 0.72), 3)
        plate.disc(centre, 9, 10, palette.STRAW, 2.2)


def sprig_potato(plate: Plate, at: complex, size: float) -> None:
    """A compound leaf."""
    _potato_leaf(plate, at + complex(40, size * 0.8), plate.rng.uniform(-125, -100), size * 1.3)


def sweet_potato(plate: Plate, at: complex, radius: float) -> None:
    """A spindle of a sweet potato with root scars."""
    rng = plate.rng
    tone = palette.mix(SWEET, rng.choice((palette.ORANGE_DEEP, palette.PLUM)), rng.uniform(0, 0.3))
    with plate.place(at, radius, rng.uniform(-32, 32) + rng.choice((0, 180))):
        body = ribbon(spline([-1.4 + 0j, complex(-0.5, rng.uniform(-0.14, 0.14)), complex(0.5, rng.uniform(-0.14, 0.14)), complex(1.42, rng.uniform(-0.2, 0.2))], steps=9), 0.52, lambda t: math.sin(math.pi * min(1.0, max(0.0, t)) ** 0.9) ** 0.9, wobble(rng, 0.07, 4))
        _spindle(plate, body.outline(), body.crescent(1, 0.3), body.crescent(-0.85, -0.5, 0.15, 0.8), tone)
        scars = [arc(body.at(t, u - 0.1), body.at(t + 0.05, u + 0.12), 0.2, steps=5) for t, u in ((0.25, -0.2), (0.4, 0.35), (0.55, -0.35), (0.7, 0.1), (0.82, -0.1))]
        plate.lines(scars, max(2, radius * 0.035), palette.mix(palette.PLUM, palette.INK, 0.3))
        plate.line([body.at(0.99, 0), body.at(1, 0) + 0.12, body.at(1, 0) + complex(0.26, 0.1)], max(2.4, radius * 0.05), palette.PLUM, "end")


def _spindle(plate: Plate, outline: Points, shade: Points, light: Points, tone: str) -> None:
    plate.fill(outline, tone)
    plate.fill(shade, palette.mix(tone, palette.PLUM, 0.55))
    plate.fill(light, palette.lighter(tone, 0.35))
    plate.ink(outline, 3.8)


def sweet_cut(plate: Plate, at: complex, radius: float) -> None:
    """The cut end, orange within."""
    body = pebble(plate.rng, radius * 0.74, centre=at, squash=0.86, rough=0.03)
    plate.shape(body.outline(), SWEET, 4)
    plate.fill([at + (z - at) * 0.9 for z in body.outline()], palette.ORANGE_LIGHT)
    plate.ink([at + (z - at) * 0.72 for z in body.outline()], 2, palette.ORANGE)
    plate.lines([[body.at(a, 0.25), body.at(a, 0.4), body.at(a, 0.6)] for a in range(0, 360, 24)], 2, palette.ORANGE)


def sweet_piece(plate: Plate, at: complex, radius: float) -> None:
    """Whole roots; when large, some cut."""
    (sweet_cut if radius > 100 and plate.rng.random() < 0.28 else sweet_potato)(plate, at, radius)


def _heart_leaf(plate: Plate, foot: complex, angle: float, size: float) -> None:
    leaf(plate, foot, foot + turned(angle) * size, size * 0.46, tone=plate.rng.uniform(0.15, 0.5), veins=6, fullest=0.26, point=1.25)


def plant_sweet(plate: Plate) -> None:
    """Trailing vine with heart-shaped leaves, the roots below."""
    rng = plate.rng
    for angle, r in ((128, 118), (92, 128), (54, 116)):
        root = 40j + turned(angle) * 245
        plate.line(arc(30j, root - turned(angle) * 70, 0.05), 10, palette.PLUM, "none")
        with plate.place(root, 1, angle + rng.uniform(-14, 14)):
            body = ribbon(arc(complex(-r * 1.2, 0), complex(r * 1.25, 0), 0.06, steps=26), r * 0.5, lambda t: math.sin(math.pi * t**0.85) ** 0.85, wobble(rng, 0.06, 4))
            _spindle(plate, body.outline(), body.crescent(-1, -0.3), body.crescent(0.85, 0.5, 0.15, 0.8), palette.mix(SWEET, palette.PLUM, rng.uniform(0, 0.25)))
    for way in ([20j, -180 - 60j, -360 - 20j, -500 - 110j], [20j, 160 - 90j, 340 - 40j, 500 - 130j], [20j, 20 - 150j, -40 - 300j]):
        vine = spline(way, steps=8)
        plate.line(vine, 10, palette.INK, "end")
        plate.line(vine, 6, palette.mix(palette.LEAF, palette.PLUM, 0.35), "end")
        for k in range(4, len(vine), 5):
            s = -1 if (k // 5) % 2 else 1
            foot = vine[k] + turned(-90 + s * 40) * 60
            plate.line([vine[k], (vine[k] + foot) / 2, foot], 6, palette.LEAF_DEEP, "none")
            _heart_leaf(plate, foot, -90 + s * rng.uniform(20, 75), rng.uniform(120, 150))


def sprig_sweet(plate: Plate, at: complex, size: float) -> None:
    """Two heart-shaped leaves."""
    for angle in (-150, -85):
        _heart_leaf(plate, at, angle, size)


def konjac(plate: Plate, at: complex, radius: float) -> None:
    """A konjac corm: a flat brown globe with a dimpled crown and a pink shoot."""
    rng = plate.rng
    body = fruit(plate, at, radius, palette.mix(KONJAC, palette.STRAW, rng.uniform(0.1, 0.3)), squash=0.78, rough=0.04, shade=palette.mix(KONJAC, palette.TEA, 0.6), shine=0.25)
    top = at - complex(0, radius * 0.56)
    plate.shape(ellipse(top, radius * 0.42, radius * 0.15), palette.TEA, 3)
    shoot = ribbon(arc(top + complex(0, radius * 0.06), top - complex(0, radius * 0.46), 0.06, steps=12), radius * 0.15, lambda t: math.cos(t * math.pi / 2) ** 0.7)
    plate.shape(shoot.outline(), palette.mix(palette.RED, palette.ORANGE_PALE, 0.6), 3)
    plate.lines([arc(body.at(a, 0.86), body.at(a + 24, 0.9), 0.05, steps=5) for a in range(20, 170, 30)], max(2, radius * 0.03), palette.TEA)
    pricks(plate, body, 20, palette.TEA, max(1.6, radius * 0.025))


def plant_konjac(plate: Plate) -> None:
    """The mottled stalk and umbrella of leaf over the corm."""
    rng = plate.rng
    stem = ribbon(arc(250j, -120j, rng.uniform(-0.04, 0.04), steps=18), 30, lambda t: 1 - 0.4 * t)
    for angle in (-168, -132, -98, -60, -20):
        way = turned(angle + rng.uniform(-7, 7))
        rib = arc(-110j, -110j + way * 290, 0.06 if angle < -90 else -0.06, steps=12)
        plate.line(rib, 13, palette.INK, "end")
        plate.line(rib, 8, palette.LEAF_LIGHT, "end")
        for k in (5, 8, 11):
            for s in (-1, 1):
                leaf(plate, rib[k], rib[k] + way * turned(s * 48) * 150, 36, bend=-s * 0.08, tone=rng.uniform(0.1, 0.4), veins=5)
        leaf(plate, rib[-1], rib[-1] + way * 120, 34, tone=0.4, veins=5)
    plate.fill(stem.outline(), palette.mix(palette.LEAF_LIGHT, palette.PAPER_DEEP, 0.3))
    plate.dots([stem.at(rng.random(), rng.uniform(-0.7, 0.7)) for _ in range(40)], 8, palette.LEAF_DEEP)
    plate.ink(stem.outline(), 4)
    konjac(plate, 290j, 165)


def sprig_konjac(plate: Plate, at: complex, size: float) -> None:
    """Leaflets in a fan."""
    for angle in (-165, -125, -85):
        leaf(plate, at, at + turned(angle) * size * 1.1, size * 0.26, tone=0.25, veins=6)


def dangshen(plate: Plate, at: complex, radius: float) -> None:
    """A dried root of dangshen: long, ringed at the head, wrinkled along."""
    rng = plate.rng
    with plate.place(at, radius, rng.gauss(0, 16) + rng.choice((0, 180))):
        tone = palette.mix(DANGSHEN, palette.EARTH, rng.uniform(0.05, 0.3))
        knots = [-1.5 + 0j, complex(-0.5, rng.uniform(-0.1, 0.1)), complex(0.5, rng.uniform(-0.14, 0.14)), complex(1.5, rng.uniform(-0.24, 0.24))]
        body = ribbon(spline(knots, steps=7), 0.105, lambda t: (1.0 if t > 0.05 else 0.7) * (1 - 0.8 * t**1.4), wobble(rng, 0.1, 6))
        plate.fill(body.outline(), tone)
        plate.fill(body.crescent(1, 0.1, 0, 0.95), palette.mix(tone, palette.EARTH, 0.5))
        plate.lines([body.edge(u, 0.2, 0.9) for u in (-0.4, 0.1)], 1.5, palette.EARTH)
        plate.lines([[body.at(t, -0.9), body.at(t + 0.008, 0), body.at(t, 0.9)] for t in (0.03, 0.06, 0.09, 0.13, 0.17, 0.22)], 1.8, palette.EARTH)
        plate.ink(body.outline(), 2.6)


def plant_dangshen(plate: Plate) -> None:
    """A twining stem with pale bells, and roots laid beneath."""
    rng = plate.rng
    stem = spline([complex(-60, 260), -130 + 60j, 20 - 90j, -60 - 240j, 70 - 400j], steps=9)
    for k, s in ((4, -1), (8, 1), (12, -1), (17, 1), (21, -1), (26, 1), (30, -1), (34, 1)):
        size = rng.uniform(150, 190)
        leaf(plate, stem[k], stem[k] + turned(-90 + s * rng.uniform(60, 95)) * size, size * 0.36, bend=s * 0.08, tone=rng.uniform(0.3, 0.65), veins=5, fullest=0.34)
    plate.line(stem, 12, palette.INK, "end")
    plate.line(stem, 7.5, palette.LEAF_LIGHT, "end")
    for k, s in ((10, 1), (19, -1), (28, 1)):
        _bell(plate, stem[k], s)
    for y in (250, 290, 330):
        with plate.place(complex(rng.uniform(-40, 40), y)):
            dangshen(plate, 0j, 255)


def _bell(plate: Plate, at: complex, side: int) -> None:
    foot = at + complex(side * 95, 20)
    plate.line(arc(at, foot, -0.25 * side), 6, palette.LEAF_DEEP, "none")
    left = spline([foot, foot + complex(-52, 30), foot + complex(-56, 88), foot + complex(-74, 116)], steps=6)
    hem = [foot + complex(-40, 104), foot + complex(-22, 126), foot + 106j, foot + complex(22, 126), foot + complex(40, 104)]
    right = spline([foot + complex(74, 116), foot + complex(56, 88), foot + complex(52, 30), foot], steps=6)
    bell = [*left, *hem, *right]
    plate.fill(bell, palette.mix(palette.LEAF_PALE, palette.STRAW, 0.2))
    plate.fill([*right, foot + complex(22, 60), foot + complex(36, 104)], palette.mix(palette.LEAF_LIGHT, palette.STRAW, 0.35))
    plate.lines([arc(foot + complex(x, 24), foot + complex(x * 2.2, 98), 0.04) for x in (-18, 0, 18)], 2.2, palette.PLUM)
    plate.ink(bell, 3.6)
    for angle in (200, 150, 30, -20):
        leaf(plate, foot + 6j, foot + 6j + turned(angle) * 40, 10, veins=0, tone=0.4, ink=2.4)


def sprig_dangshen(plate: Plate, at: complex, size: float) -> None:
    """Leaves and a bell."""
    leaf(plate, at, at + turned(-140) * size, size * 0.36, tone=0.5, veins=5, fullest=0.34)
    leaf(plate, at, at + turned(-70) * size * 0.9, size * 0.32, tone=0.4, veins=5, fullest=0.34)
    _bell(plate, at, -1)


GINGER_ROOT = Subject(
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
    dry_grain=46,
    dry_step=1.25,
)
POTATOES = Subject(
    forms=("plant", "loose", "basket", "box"),
    plant=plant_potato,
    piece=potato,
    dry=potato,
    sprig=sprig_potato,
    mark=lambda plate, at, size: potato(plate, at, size * 0.85),
    label=palette.EARTH,
    tints=(palette.LEAF_PALE, palette.PAPER, palette.PAPER_DEEP, palette.mix(palette.LAKE, palette.PAPER, 0.7)),
    grain=70,
    step=1.4,
)
SWEET_POTATO = Subject(
    forms=("plant", "loose", "basket", "box"),
    plant=plant_sweet,
    piece=sweet_piece,
    dry=sweet_potato,
    sprig=sprig_sweet,
    mark=lambda plate, at, size: sweet_potato(plate, at, size * 0.62),
    label=palette.PLUM,
    tints=(palette.ORANGE_PALE, palette.PAPER, palette.LEAF_PALE, palette.PAPER_DEEP),
    grain=70,
    step=1.3,
)
KONJAC_CORM = Subject(
    forms=("plant", "loose", "basket"),
    plant=plant_konjac,
    piece=konjac,
    dry=konjac,
    sprig=sprig_konjac,
    mark=lambda plate, at, size: konjac(plate, at + complex(0, size * 0.15), size * 0.8),
    label=palette.LEAF,
    tints=(palette.PAPER_DEEP, palette.LEAF_PALE, palette.PAPER),
    grain=70,
    step=1.4,
)
DANGSHEN_ROOT = Subject(
    forms=("plant", "dried", "bag", "jar", "box"),
    plant=plant_dangshen,
    piece=dangshen,
    dry=dangshen,
    sprig=sprig_dangshen,
    mark=lambda plate, at, size: _bell(plate, at + complex(-size * 0.6, -size * 0.5), 1),
    label=palette.mix(palette.RED, palette.EARTH, 0.3),
    tints=(palette.PAPER, palette.mix(palette.STRAW, palette.PAPER, 0.6), palette.LEAF_PALE, palette.PAPER_DEEP),
    grain=90,
    step=0.42,
    dry_grain=86,
    dry_step=0.46,
)
