"""Field and kitchen garden: lily bulb, rice, chilli, bamboo shoot, soya bean."""

import math

from demo.pictures import palette
from demo.pictures.kit import Subject, fruit, leaf
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, Ribbon, arc, blade_profile, ellipse, leaf_profile, pebble, ribbon, spline, turned, wobble
from demo.pictures.subjects import daylily

IVORY = palette.mix(palette.PAPER_DEEP, palette.WHITE, 0.45)
BLUSH = palette.mix(palette.PLUM, palette.PAPER_DEEP, 0.72)
GRAIN = palette.mix(palette.STRAW, palette.ORANGE_LIGHT, 0.25)
SHEATH = palette.mix(palette.EARTH, palette.STRAW, 0.32)
BEAN = palette.mix(palette.STRAW, palette.PAPER, 0.2)


def _scale(plate: Plate, foot: complex, tip: complex, half: float, bend: float, ink: float = 3.2) -> None:
    """One scale of a lily bulb."""
    body = ribbon(arc(foot, tip, bend, steps=18), half, leaf_profile(0.52, 0.8))
    plate.fill(body.outline(), IVORY)
    plate.fill(body.crescent(1, 0.35), palette.mix(IVORY, palette.STRAW, 0.5))
    plate.fill(body.band(-0.5, 0.5, 0.86, 1), BLUSH)
    plate.lines([body.edge(u, 0.25, 0.9) for u in (-0.5, -0.15, 0.2)], 1.5, palette.mix(palette.STRAW, palette.EARTH, 0.35), "both")
    plate.ink(body.outline(), ink)


def lily_bulb(plate: Plate, at: complex, radius: float) -> None:
    """A lily bulb: overlapping ivory scales with blushing tips, rootlets below."""
    rng = plate.rng
    with plate.place(at, radius, rng.uniform(-16, 16)):
        roots = [spline([complex(x, 0.7), complex(x * 1.4, 0.95), complex(x * 1.9 + rng.uniform(-0.1, 0.1), 1.18)], steps=4) for x in (-0.3, -0.16, -0.04, 0.1, 0.22, 0.34)]
        plate.lines(roots, max(2.4, radius * 0.03), palette.EARTH, "end")
        rows = (((-0.5, -0.26, 0, 0.26, 0.5), -0.98, 0.36), ((-0.86, -0.6, 0.6, 0.86), -0.62, 0.38), ((-0.42, 0.42, 0.0), -0.66, 0.42))
        for xs, top, half in rows:
            for x in xs:
                tip = complex(x * 0.95, top + 0.36 * x * x + rng.uniform(-0.05, 0.05))
                _scale(plate, complex(x * 0.42, 0.82), tip, half, x * 0.22 * -1)
        for x in (-0.72, 0.72, -0.36, 0.36, 0.02):
            _scale(plate, complex(x * 0.4, 0.84), complex(x, -0.2 + 0.3 * abs(x) + rng.uniform(-0.06, 0.06)), 0.4, -x * 0.26)
        plate.shape(ellipse(0.82j, 0.3, 0.1), palette.mix(palette.STRAW, palette.EARTH, 0.4), 3)


def flake(plate: Plate, at: complex, radius: float) -> None:
    """A dried scale, curled."""
    rng = plate.rng
    way = turned(rng.uniform(0, 360)) * radius
    body = ribbon(arc(at - way, at + way, rng.uniform(0.12, 0.3) * rng.choice((-1, 1)), steps=14), radius * 0.42, leaf_profile(0.5, 0.8))
    tone = palette.mix(IVORY, palette.STRAW, rng.uniform(0.05, 0.35))
    plate.fill(body.outline(), tone)
    plate.fill(body.crescent(1, 0.2), palette.mix(tone, palette.STRAW, 0.6))
    plate.lines([body.edge(-0.2, 0.15, 0.85)], 1.4, palette.EARTH)
    plate.ink(body.outline(), 2.4)


def plant_lily(plate: Plate) -> None:
    """A turk's-cap lily above its bulb."""
    rng = plate.rng
    stem = spline([complex(0, 230), complex(rng.uniform(-30, 30), 20), complex(20, -200)], steps=10)
    plate.line(stem, 18, palette.INK, "none")
    plate.line(stem, 12, palette.LEAF, "none")
    for k in range(2, len(stem) - 2):
        s = 1 if k % 2 else -1
        size = rng.uniform(190, 250) * (1 - 0.35 * k / len(stem))
        leaf(plate, stem[k], stem[k] + turned(-90 + s * rng.uniform(50, 72)) * size, size * 0.075, bend=s * 0.12, tone=rng.uniform(0.15, 0.5), veins=0)
    white = palette.mix(palette.PAPER, palette.ORANGE_PALE, 0.5)
    for at, roll, size in ((complex(-150, -215), -62, 150), (complex(190, -190), 66, 158), (complex(10, -300), 6, 165)):
        plate.line(arc(stem[-1], at, 0.08), 9, palette.INK, "none")
        plate.line(arc(stem[-1], at, 0.08), 5.5, palette.LEAF, "none")
        daylily.flower(plate, at, size, roll=roll + rng.uniform(-8, 8), lean=56, tint=palette.mix(white, palette.ORANGE_LIGHT, 0.25))
    lily_bulb(plate, 275j, 128)


def sprig_lily(plate: Plate, at: complex, size: float) -> None:
    """A pale lily flower."""
    for angle in (-165, -130, 10):
        leaf(plate, at, at + turned(angle) * size, size * 0.1, tone=0.35, veins=0)
    daylily.flower(plate, at, size * 0.85, roll=plate.rng.uniform(-30, 0), lean=48, tint=palette.mix(palette.PAPER, palette.ORANGE_LIGHT, 0.3))


def rice_grain(plate: Plate, at: complex, radius: float) -> None:
    """A grain of polished rice."""
    rng = plate.rng
    way = turned(rng.uniform(0, 360)) * radius
    body = ribbon(arc(at - way, at + way, rng.uniform(-0.05, 0.05), steps=8), radius * 0.36, lambda t: math.sin(math.pi * t) ** 0.6)
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
    for s, reach, top in ((-1, 430, -60), (1, 440, -90), (-1, 250, -250), (1, 230, -200), (1, 480, 120), (-1, 470, 150)):
        foot = complex(s * rng.uniform(10, 60), 450)
        body = ribbon(spline([foot, foot + complex(s * reach * 0.2, -330), complex(s * reach * 0.62, top - 60), complex(s * reach, top + rng.uniform(60, 140))], steps=16), 13, blade_profile)
        tone = palette.mix(palette.LEAF_LIGHT, palette.STRAW, rng.uniform(0.1, 0.6))
        plate.fill(body.outline(), tone)
        plate.fill(body.band(0, 1), palette.mix(tone, palette.LEAF, 0.5))
        plate.ink(body.outline(), 3)
    for s, reach, top in ((-1, 330, -330), (1, 350, -310), (-1, 190, -390), (1, 130, -400), (-1, 390, -150), (1, 400, -130)):
        foot = complex(s * rng.uniform(6, 40), 450)
        x = s * reach * rng.uniform(0.9, 1.05)
        way = spline([foot, foot * 0.5 + complex(x * 0.22, top * 0.4), complex(x * 0.52, top), complex(x * 0.84, top + 40), complex(x, top + 210)], steps=12)
        _panicle(plate, way, 34)


def sprig_rice(plate: Plate, at: complex, size: float) -> None:
    """Two ears."""
    for s in (0.7, 1.15):
        foot = at + complex(90, size)
        _panicle(plate, spline([foot, at + complex(40, -size * 0.5 * s), at + complex(-30, -size * 0.85 * s), at + complex(-90 * s, -size * 0.4), at + complex(-120 * s, size * 0.2)], steps=8), 22)


def mark_rice(plate: Plate, at: complex, size: float) -> None:
    """Two ears crossing, for a label."""
    for s in (-1, 1):
        foot = at + complex(-s * size * 0.3, size * 0.9)
        with plate.place(at, size / 105):
            way = spline([(foot - at) / size * 105, complex(s * 10, -10), complex(s * 40, -80), complex(s * 88, -60)], steps=8)
            _panicle(plate, way, 13)


def chili(plate: Plate, at: complex, radius: float) -> None:
    """A red chilli with its green cap."""
    rng = plate.rng
    with plate.place(at, radius, rng.uniform(-60, 60) + rng.choice((0, 180))):
        _pod(plate, [-0.85 + 0j, complex(-0.2, rng.uniform(-0.14, 0.14)), complex(0.5, rng.uniform(-0.2, 0.2)), complex(1.2, rng.uniform(-0.4, 0.4))], radius)


def _pod(plate: Plate, knots: list[complex], radius: float) -> None:
    rng = plate.rng
    unit = abs(knots[-1] - knots[0]) / 2.05
    body = ribbon(spline(knots, steps=7), 0.215 * unit, lambda t: (0.72 + 0.28 * math.sin(math.pi * min(1, t * 2))) * max(0.0, 1 - t**2.1) ** 0.75, wobble(rng, 0.06, 3))
    tone = palette.mix(palette.RED, palette.ORANGE, rng.uniform(0.05, 0.4))
    plate.fill(body.outline(), tone)
    plate.fill(body.crescent(1, 0.2, 0, 0.97), palette.mix(tone, palette.PLUM, 0.5))
    plate.line(body.edge(-0.42, 0.08, 0.62), max(2.2, 0.055 * radius), palette.lighter(tone, 0.6))
    plate.ink(body.outline(), 3.2)
    back = (knots[0] - knots[1]) / abs(knots[0] - knots[1])
    cap = ribbon([knots[0] + back * 0.05 * unit, knots[0] - back * 0.06 * unit, knots[0] - back * 0.17 * unit], 0.2 * unit, lambda t: 0.72 + 0.4 * t)
    plate.shape(cap.outline(), palette.LEAF, 2.6)
    stalk = arc(knots[0] + back * 0.03 * unit, knots[0] + back * 0.46 * unit, 0.12)
    plate.line(stalk, max(4.4, 0.1 * radius), palette.INK, "none")
    plate.line(stalk, max(2.4, 0.055 * radius), palette.LEAF_LIGHT, "none")


def chili_string(plate: Plate) -> None:
    """A hanging string of red chillies, as under a farmhouse eave."""
    rng = plate.rng
    plate.line(spline([complex(0, -460), complex(rng.uniform(-8, 8), 0), 330j], steps=8), 8, palette.EARTH, "none")
    for i in range(13):
        y = -340 + 46 * i
        for s in (-1, 1, 1 if i % 2 else -1):
            foot = complex(s * rng.uniform(4, 22), y + rng.uniform(-10, 10))
            out = turned(90 - s * rng.uniform(14, 62)) * rng.uniform(150, 195)
            _pod(plate, [foot + out * 0.16, foot + out * 0.5 + complex(s * 12, -12), foot + out * 0.8, foot + out + complex(0, 18)], 70)
    loop = ellipse(complex(0, -385), 26, 36)
    plate.line([*loop, loop[0]], 10, palette.INK, "none")
    plate.line([*loop, loop[0]], 6, palette.STRAW, "none")


def plant_chili(plate: Plate) -> None:
    """A chilli bush with pods hanging and its white flowers."""
    rng = plate.rng
    ways = ([20 + 470j, 10 + 200j, -60 - 20j, -220 - 200j], [15 + 300j, 90 + 60j, 190 - 90j, 320 - 190j], [5 + 180j, 30 - 60j, 20 - 220j, 60 - 350j])
    for way in ways:
        line = spline(way, steps=8)
        plate.line(line, 15, palette.INK, "end")
        plate.line(line, 9.5, palette.LEAF, "end")
        for k in range(7, len(line), 3):
            s = -1 if (k // 3) % 2 else 1
            size = rng.uniform(150, 190)
            leaf(plate, line[k], line[k] + turned(-90 + s * rng.uniform(40, 85)) * size, size * 0.21, bend=s * 0.1, tone=rng.uniform(0.15, 0.5), veins=5)
        for k in (10, 15, 20, len(line) - 1):
            foot = line[k] + complex(rng.uniform(-16, 16), 34)
            drop = turned(90 + rng.uniform(-26, 26)) * rng.uniform(170, 200)
            _pod(plate, [foot, foot + drop * 0.4, foot + drop * 0.75, foot + drop + rng.uniform(-22, 22)], 90)


def sprig_chili(plate: Plate, at: complex, size: float) -> None:
    """Leaves and a pod."""
    for angle in (-150, -80):
        leaf(plate, at, at + turned(angle) * size, size * 0.23, tone=0.3, veins=5)
    _pod(plate, [at + 20j, at + complex(-20, size * 0.4), at + complex(-40, size * 0.7), at + complex(-80, size)], 80)


def shoot(plate: Plate, at: complex, radius: float) -> None:
    """A spring bamboo shoot: brown sheaths in overlapping rows, a green tip, a pale cut foot."""
    rng = plate.rng
    with plate.place(at, radius, rng.uniform(-26, 26)):
        _shoot(plate)


def _shoot(plate: Plate) -> None:
    body = ribbon(arc(1.0j, -1.25j, plate.rng.uniform(-0.04, 0.04), steps=24), 0.52, lambda t: max(0.0, 1 - t**1.7) ** 0.8)
    plate.shape(body.outline(), palette.mix(palette.STRAW, palette.PAPER, 0.4), 3.8)
    for i in range(9):
        t = 0.07 + 0.088 * i
        s = -1 if i % 2 else 1
        top = min(1.0, t + 0.34)
        sheath: Points = [body.at(t, -1), *(body.at(t + 0.035 * math.sin(math.pi * k / 6), -1 + k / 3) for k in range(1, 6)), body.at(t, 1)]
        sheath += [body.at(t + (top - t) * k / 6, 1 - (0.4 if s < 0 else 1.5) * (k / 6) ** 1.6) for k in range(1, 7)]
        sheath += [body.at(top - (top - t) * k / 6, -1 + (0.4 if s > 0 else 1.5) * (1 - k / 6) ** 1.6) for k in range(1, 6)]
        tone = palette.mix(SHEATH, palette.OLIVE if i > 5 else palette.TEA, 0.1 + 0.05 * i)
        plate.fill(sheath, tone)
        plate.lines([[body.at(t + 0.03, u), body.at(t + 0.13, u * 0.8), body.at(t + 0.22, u * 0.5)] for u in (-0.7, -0.4, -0.1, 0.2, 0.5, 0.75)], 1.5, palette.mix(palette.TEA, tone, 0.2), "end")
        plate.ink(sheath, 3)
    plate.fill(body.crescent(1, 0.45, 0.05, 0.95), palette.TEA, 0.4)
    tip = ribbon(arc(body.at(0.86, 0), body.at(1, 0) - 0.3j, 0.1, steps=8), 0.07, leaf_profile(0.4))
    plate.shape(tip.outline(), palette.LEAF_LIGHT, 2.8)
    plate.shape(ellipse(1.0j, 0.52, 0.13), palette.mix(palette.STRAW, palette.WHITE, 0.5), 3.4)
    plate.ink(ellipse(1.0j, 0.36, 0.085), 1.8, palette.EARTH)
    plate.dots([complex(0.5 * math.cos(a), 0.9 - 0.02 * (k % 2)) for k, a in enumerate([0.4 * j for j in range(9)])], 4, palette.PLUM)


def slice_dry(plate: Plate, at: complex, radius: float) -> None:
    """A dried slice of shoot, comb-like within."""
    rng = plate.rng
    with plate.place(at, radius, rng.uniform(0, 360)):
        body = ribbon(arc(-1 + 0j, 1 + 0j, rng.uniform(-0.1, 0.1), steps=14), 0.34, lambda t: max(0.0, 1 - t**2) ** 0.7)
        tone = palette.mix(GRAIN, palette.EARTH, rng.uniform(0.0, 0.3))
        plate.shape(body.outline(), tone, 2.6)
        plate.lines([[body.at(t, -0.6), body.at(t + 0.01, 0), body.at(t, 0.6)] for t in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)], 2, palette.EARTH)


def plant_bamboo(plate: Plate) -> None:
    """Shoots breaking the ground between culms."""
    rng = plate.rng
    for x, half in ((-330, 34), (250, 40), (390, 26)):
        x += rng.uniform(-20, 20)
        culm = ribbon(arc(complex(x, 470), complex(x + rng.uniform(-30, 30), -480), 0.01, steps=24), half, lambda _t: 1.0)
        plate.fill(culm.outline(), palette.LEAF_LIGHT)
        plate.fill(culm.band(0.2, 1), palette.LEAF)
        plate.fill(culm.band(-0.75, -0.5), palette.LEAF_PALE)
        plate.ink(culm.outline(), 3.6)
        for t in (0.12, 0.34, 0.57, 0.8):
            plate.fill(culm.band(-1.06, 1.06, t, t + 0.012), palette.LEAF_PALE)
            plate.line(culm.edge(0, t, t), 1, palette.LEAF, "none")
            plate.line([culm.at(t + 0.012, -1.08), culm.at(t + 0.016, 0), culm.at(t + 0.012, 1.08)], 5, palette.INK)
    for x, y, side in ((-330, -260, 1), (250, -330, -1), (-330, -40, 1), (390, -200, -1), (250, -60, -1)):
        foot = complex(x, y)
        for angle in (10, 40, 68):
            leaf(plate, foot + complex(side * 40, 0), foot + complex(side * 40, 0) + turned(angle if side > 0 else 180 - angle) * rng.uniform(150, 200), 20, tone=rng.uniform(0.1, 0.5), veins=0, fullest=0.32)
    plate.fill([-640 + 390j, *spline([-640 + 380j, -300 + 340j, 0 + 352j, 300 + 336j, 640 + 380j], steps=6), 640 + 480j, -640 + 480j], palette.mix(palette.EARTH, palette.STRAW, 0.45))
    for x, y, r in ((-110, 130, 190), (120, 200, 150), (-250, 262, 100)):
        with plate.place(complex(x + rng.uniform(-14, 14), y), r, rng.uniform(-8, 8)):
            _shoot(plate)
    clods = [ellipse(complex(x + rng.uniform(-20, 20), 410 + rng.uniform(-20, 24)), 44, 15, steps=12) for x in range(-520, 560, 90)]
    plate.fills(clods, palette.EARTH)


def sprig_bamboo(plate: Plate, at: complex, size: float) -> None:
    """A twig of bamboo leaves."""
    rng = plate.rng
    way = arc(at + complex(60, -size * 0.8), at + complex(-60, size * 0.4), 0.12)
    plate.line(way, 7, palette.LEAF_DEEP, "end")
    for k in (5, 10, 16):
        for angle in (60, 95, 130):
            leaf(plate, way[k], way[k] + turned(angle + rng.uniform(-12, 12)) * size * 0.85, size * 0.085, tone=rng.uniform(0.15, 0.5), veins=0, fullest=0.3)


def bean(plate: Plate, at: complex, radius: float) -> None:
    """A soya bean with its eye."""
    body = fruit(plate, at, radius, palette.mix(BEAN, palette.EARTH, plate.rng.uniform(0, 0.15)), squash=0.88, turn=plate.rng.uniform(0, 180), shade=palette.mix(palette.STRAW, palette.EARTH, 0.4), shine=0.6, ink=2.6)
    plate.line(arc(body.at(60, 0.5), body.at(110, 0.55), 0.1, steps=5), max(2, radius * 0.12), palette.TEA)


def _bean_pod(plate: Plate, foot: complex, way: complex, size: float) -> None:
    body: Ribbon = ribbon(arc(foot, foot + way * size, 0.12, steps=24), size * 0.16, lambda t: math.sin(math.pi * t) ** 0.4 * (0.86 + 0.14 * math.cos(math.tau * 3 * t + math.pi)))
    plate.fill(body.outline(), palette.LEAF_LIGHT)
    plate.fill(body.crescent(1, 0.3), palette.LEAF)
    for t in (0.2, 0.5, 0.8):
        plate.fill(pebble(plate.rng, size * 0.09, centre=body.at(t, -0.1)).outline(20), palette.mix(palette.LEAF_LIGHT, palette.LEAF_PALE, 0.5))
    hairs = [[body.at(0.04 * k, s), body.at(0.04 * k + 0.02, s * 1.3)] for k in range(2, 24) for s in (-1, 1)]
    plate.lines([arc(a, b, 0, steps=2) for a, b in hairs], 1.4, palette.LEAF_DEEP, "end")
    plate.ink(body.outline(), 3.2)


def plant_bean(plate: Plate) -> None:
    """A soya plant in pod."""
    rng = plate.rng
    stem = spline([460j, complex(-20, 200), complex(15, -60), complex(-10, -330)], steps=9)
    plate.line(stem, 16, palette.INK, "end")
    plate.line(stem, 10, palette.LEAF, "end")
    for k, s in ((8, -1), (11, 1), (15, -1), (19, 1), (23, -1), (26, 1)):
        foot = stem[k] + turned(-90 + s * 62) * rng.uniform(110, 150)
        plate.line(arc(stem[k], foot, 0.1 * s), 7, palette.LEAF_DEEP, "none")
        for angle in (-90 + s * 30, -90 + s * 95, -90 + s * 150):
            size = rng.uniform(125, 155)
            leaf(plate, foot, foot + turned(angle) * size, size * 0.34, tone=rng.uniform(0.2, 0.55), veins=5, fullest=0.36)
    for k in (9, 13, 17, 21):
        for s in (-1, 1):
            _bean_pod(plate, stem[k], turned(90 - s * rng.uniform(28, 50)), rng.uniform(140, 165))


def sprig_bean(plate: Plate, at: complex, size: float) -> None:
    """A leaf of three and two pods."""
    for angle in (-170, -110, -60):
        leaf(plate, at, at + turned(angle) * size * 0.85, size * 0.28, tone=0.4, veins=5, fullest=0.36)
    for angle in (70, 115):
        _bean_pod(plate, at, turned(angle), size * 0.95)


def tofu(plate: Plate, at: complex, radius: float) -> None:
    """A block of dried tofu, pressed with the mark of the cloth."""
    rng = plate.rng
    tone = palette.mix(palette.EARTH, palette.STRAW, rng.uniform(0.35, 0.6))
    with plate.place(at, radius, rng.uniform(-5, 5)):
        top = [-1.0 - 0.2j, 0.62 - 0.42j, 1.05 - 0.04j, -0.56 + 0.24j]
        front = [-1.0 - 0.2j, -0.56 + 0.24j, -0.56 + 0.74j, -1.0 + 0.28j]
        side = [-0.56 + 0.24j, 1.05 - 0.04j, 1.05 + 0.44j, -0.56 + 0.74j]
        plate.shape(front, palette.mix(tone, palette.TEA, 0.35), 3.4)
        plate.shape(side, palette.mix(tone, palette.TEA, 0.15), 3.4)
        plate.shape(top, palette.lighter(tone, 0.3), 3.4)
        weave = []
        for k in range(1, 6):
            f = k / 6
            weave.append([top[0] + (top[1] - top[0]) * f, (top[0] + top[1] + top[2] + top[3]) / 4 + (top[1] - top[0]) * (f - 0.5), top[3] + (top[2] - top[3]) * f])
            weave.append([top[0] + (top[3] - top[0]) * f, (top[0] + top[1] + top[2] + top[3]) / 4 + (top[3] - top[0]) * (f - 0.5), top[1] + (top[2] - top[1]) * f])
        plate.lines(weave, 1.8, palette.EARTH, "none")


LILY_BULB = Subject(
    forms=("plant", "loose", "dried", "bag", "box"), plant=plant_lily, piece=lily_bulb, dry=flake, sprig=sprig_lily,
    mark=lambda plate, at, size: lily_bulb(plate, at, size * 0.8), label=palette.mix(palette.PLUM, palette.RED, 0.3),
    tints=(palette.LEAF_PALE, palette.mix(palette.LAKE, palette.PAPER, 0.66), palette.ORANGE_PALE, palette.mix(palette.STRAW, palette.PAPER, 0.55)),
    grain=74, step=1.4, dry_grain=40, dry_step=1.1,
)
RICE = Subject(
    forms=("plant", "dried", "bag", "jar"), plant=plant_rice, piece=rice_grain, dry=rice_grain, sprig=sprig_rice, mark=mark_rice,
    label=palette.mix(palette.LEAF, palette.STRAW, 0.2),
    tints=(palette.mix(palette.STRAW, palette.PAPER, 0.55), palette.LEAF_PALE, palette.PAPER, palette.ORANGE_PALE),
    grain=20, step=1.6, dry_grain=22, dry_step=1.55,
)
CHILI = Subject(
    forms=("plant", "bunch", "dried", "jar", "basket", "bag"), plant=plant_chili, piece=chili, dry=chili, sprig=sprig_chili,
    mark=lambda plate, at, size: chili(plate, at, size * 0.75), label=palette.RED,
    tints=(palette.ORANGE_PALE, palette.PAPER, palette.LEAF_PALE, palette.mix(palette.STRAW, palette.PAPER, 0.6)),
    grain=74, step=0.72, dry_grain=60, dry_step=0.82, own={"bunch": chili_string},
)
BAMBOO_SHOOT = Subject(
    forms=("plant", "loose", "dried", "bag", "basket"), plant=plant_bamboo, piece=shoot, dry=slice_dry, sprig=sprig_bamboo,
    mark=lambda plate, at, size: shoot(plate, at + complex(0, size * 0.1), size * 0.75), label=palette.LEAF,
    tints=(palette.LEAF_PALE, palette.PAPER, palette.PAPER_DEEP, palette.mix(palette.LAKE, palette.PAPER, 0.7)),
    grain=96, step=0.9, dry_grain=62, dry_step=0.8,
)
SOYA = Subject(
    forms=("plant", "loose", "dried", "bag", "jar"), plant=plant_bean, piece=lambda plate, at, radius: (tofu if radius > 60 else bean)(plate, at, radius), dry=bean,
    sprig=sprig_bean, mark=lambda plate, at, size: _bean_pod(plate, at + complex(-size * 0.75, size * 0.3), turned(-20), size * 1.6), label=palette.OLIVE,
    tints=(palette.LEAF_PALE, palette.PAPER, palette.mix(palette.STRAW, palette.PAPER, 0.6), palette.PAPER_DEEP),
    grain=30, step=1.5, dry_grain=25, dry_step=1.65,
)
