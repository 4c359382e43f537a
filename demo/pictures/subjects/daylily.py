"""The daylily (Hemerocallis citrina, 黄花菜): flower, buds, strap leaves, and the dried golden strands."""

import math
from dataclasses import dataclass
from random import Random

from demo.pictures import palette
from demo.pictures.kit import Subject
from demo.pictures.plate import Plate
from demo.pictures.strokes import (
    Points,
    Profile,
    Ribbon,
    arc,
    blade_profile,
    bud_profile,
    normals,
    ribbon,
    spline,
    turned,
    wobble,
)

GOLD = palette.mix(palette.ORANGE, palette.ORANGE_LIGHT, 0.42)
GLOW = palette.mix(palette.ORANGE_LIGHT, palette.STRAW, 0.35)
BUD_GREEN = palette.mix(palette.LEAF_LIGHT, palette.STRAW, 0.55)
BUD_GOLD = palette.mix(palette.STRAW, palette.ORANGE_LIGHT, 0.45)
STRAND = palette.mix(palette.STRAW, palette.ORANGE_LIGHT, 0.35)


@dataclass(frozen=True)
class _View:
    """How the flower is turned: its axis leans `lean` radians from the eye, and the page is turned by `roll`."""

    lean: float
    roll: complex

    def flat(self, radius: float, height: float, azimuth: float) -> tuple[complex, float]:
        """Project a point of the flower (radius and height about its axis): its place on the page, and its nearness."""
        x = radius * math.cos(azimuth)
        y = radius * math.sin(azimuth)
        up = height * math.sin(self.lean) + y * math.cos(self.lean)
        near = height * math.cos(self.lean) - y * math.sin(self.lean)
        return complex(x, -up) * self.roll, near


@dataclass(frozen=True)
class _Petal:
    """A petal as seen: its two edges and rib on the page, which way each row faces, how near it is."""

    body: Ribbon
    facing: list[bool]
    nearness: list[float]
    inner: bool


def _petal(view: _View, azimuth: float, *, inner: bool, rng: Random) -> _Petal:
    """Bend one petal in space (out of the throat, up, and back at the tip) and project it."""
    steps = 30
    curl = rng.uniform(0.85, 1.15) * (1.0 if inner else 1.22)
    reach = rng.uniform(0.95, 1.06)
    half = 0.36 if inner else 0.225
    ruffle = wobble(rng, 0.07 if inner else 0.02, 5)
    drift = rng.uniform(-0.12, 0.12)
    left: Points = []
    right: Points = []
    near: list[float] = []
    r, h, slope = 0.06, 0.0, math.radians(74)
    for i in range(steps + 1):
        t = i / steps
        az = azimuth + drift * t * t
        w = half * _petal_width(t) * (1 + (ruffle(t) * min(1.0, 3 * t)))
        mid, n0 = view.flat(r, h, az)
        side, _ = view.flat(r + 0.0, h, az + math.pi / 2)
        foot, _ = view.flat(0, h, az)
        across = (side - foot) / (max(1e-06, r)) * w
        lift, _ = view.flat(r, h + 0.10 * w / half * 0.5, az)
        bowl = lift - mid
        left.append(mid - across + bowl)
        right.append(mid + across + bowl)
        near.append(n0)
        step = 1.22 * reach / steps
        r += math.cos(slope) * step
        h += math.sin(slope) * step
        slope -= math.radians(74 + 62 * curl) / steps * (0.55 + 0.9 * t)
    return _Petal(_ribbon_between(left, right), _facing(left, right), near, inner)


def _petal_width(t: float) -> float:
    if t < 0.58:
        return 0.17 + 0.83 * math.sin(t / 0.58 * math.pi / 2) ** 1.5
    return max(0.0, math.cos((t - 0.58) / 0.42 * math.pi / 2)) ** 0.72


def _ribbon_between(left: Points, right: Points) -> Ribbon:
    spine = [(a + b) / 2 for a, b in zip(left, right, strict=True)]
    half = [abs(b - a) / 2 for a, b in zip(left, right, strict=True)]
    plain = normals(spine)
    sides = [(b - a) / (2 * h) if h > 1e-6 else n for a, b, h, n in zip(left, right, half, plain, strict=True)]
    return Ribbon(spine, sides, half)


def _facing(left: Points, right: Points) -> list[bool]:
    """For every row, whether the inside of the petal is turned to the eye."""
    out = []
    for i in range(len(left)):
        j = min(i, len(left) - 2)
        way = (left[j + 1] + right[j + 1] - left[j] - right[j]) / 2
        across = right[j] - left[j]
        out.append((way.real * across.imag - way.imag * across.real) < 0)
    return out


def _sections(petal: _Petal) -> list[tuple[float, float, bool]]:
    """Split the petal where it folds: start, stop, and whether the inside shows; the farthest first."""
    last = len(petal.facing) - 1
    cuts = [0] + [i for i in range(1, last + 1) if petal.facing[i] != petal.facing[i - 1]] + [last]
    parts = []
    for a, b in zip(cuts, cuts[1:], strict=False):
        if b - a >= 2 or b == last:
            middle = (a + b) // 2
            parts.append((petal.nearness[middle], a / last, b / last, petal.facing[middle]))
    parts.sort()
    return [(a, b, face) for _, a, b, face in parts]


def _paint_petal(plate: Plate, petal: _Petal, base: str) -> None:
    body = petal.body
    dark = palette.mix(base, palette.ORANGE, 0.62)
    for start, stop, face in _sections(petal):
        long = stop - start
        steps = max(5, round(30 * long))
        edge = body.edge(1, start, stop, steps) + body.edge(-1, start, stop, steps)[::-1]
        plate.fill(edge, base if face else palette.mix(base, palette.ORANGE_DEEP, 0.38))
        if face:
            plate.fill(body.crescent(1, 0.34, start, stop), dark, 0.75)
            if petal.inner:
                plate.fill(body.crescent(-1, -0.72, start, stop), palette.lighter(base, 0.35), 0.9)
                plate.fill(_rib(body, start, stop), palette.mix(palette.ORANGE_PALE, palette.STRAW, 0.25))
            veins = [u * k for k in (-1, 1) for u in ((0.28, 0.5, 0.72) if petal.inner else (0.3, 0.6))]
            top = min(stop, 0.86)
            if top - start > 0.2:
                drawn = [_vein(body, u, start + 0.04, top - 0.16 * abs(u)) for u in veins]
                plate.lines(drawn, 1.5, palette.ORANGE_DEEP, "end", 0.75)
        elif long > 0.12:
            drawn = [body.edge(u, start + 0.02, stop - 0.08) for u in (-0.35, 0.0, 0.35)]
            plate.lines(drawn, 1.5, palette.ORANGE_DEEP, "both", 0.8)
        plate.ink(edge, 3.4 if petal.inner else 3.0)


def _rib(body: Ribbon, start: float, stop: float) -> Points:
    top = min(stop, 0.9)
    steps = 14
    ts = [start + (top - start) * i / steps for i in range(steps + 1)]
    width = [0.13 * (1 - 0.8 * i / steps) for i in range(steps + 1)]
    return [body.at(t, w) for t, w in zip(ts, width, strict=True)] + [
        body.at(t, -w) for t, w in zip(ts[::-1], width[::-1], strict=True)
    ]


def _vein(body: Ribbon, u: float, start: float, stop: float) -> Points:
    """A vein which runs with the edge and draws in towards the tip."""
    stop = max(stop, start + 0.1)
    ts = [start + (stop - start) * i / 9 for i in range(10)]
    return [body.at(t, u * (0.55 + 0.45 * math.sin(math.pi * min(1.0, t + 0.12)))) for t in ts]


def flower(plate: Plate, at: complex, size: float, *, roll: float = 0.0, lean: float = 0.0, tint: str = "") -> None:
    """An open daylily: six recurved petals about a throat.

    `size` is the length of a petal in units of the frame, `roll` turns it on the page (degrees), `lean` is how far
    its axis is turned from the eye (degrees, 0 looks straight in; 30 to 70 look best). The throat is at `at`.
    """
    rng = plate.rng
    lean = lean or rng.uniform(42, 58)
    view = _View(math.radians(lean), turned(roll))
    base = tint or palette.mix(GOLD, GLOW, rng.uniform(0.0, 0.5))
    twist = rng.uniform(-0.25, 0.25)
    petals = []
    for k in range(6):
        petals.append(_petal(view, twist + k * math.pi / 3 + math.pi / 6, inner=k % 2 == 1, rng=rng))
    with plate.place(at, size):
        _tube(plate, view, base)
        petals.sort(key=lambda p: (p.inner, p.nearness[20]))
        back = [p for p in petals if p.nearness[20] < p.nearness[0] + 0.45]
        for petal in sorted(back, key=lambda p: (p.inner, p.nearness[20])):
            _paint_petal(plate, petal, base if petal.inner else palette.mix(base, palette.ORANGE, 0.3))
        front = [p for p in petals if p not in back]
        for petal in front:
            _paint_petal(plate, petal, base if petal.inner else palette.mix(base, palette.ORANGE, 0.3))
        _stamens(plate, view)


def _tube(plate: Plate, view: _View, base: str) -> None:
    """The slender trumpet below the petals, seen when the flower leans."""
    foot, _ = view.flat(0, -0.52, 0)
    top, _ = view.flat(0, 0.16, 0)
    body = ribbon(arc(foot, top, 0.0), 0.105, lambda t: 0.5 + 0.9 * t)
    plate.fill(body.outline(), palette.mix(base, BUD_GREEN, 0.6))
    plate.fill(body.band(0.25, 1), palette.mix(base, palette.LEAF, 0.4))
    plate.ink(body.outline(), 3.2)


def _stamens(plate: Plate, view: _View) -> None:
    """Six long filaments which rise together and curve, with anthers across their tips, and a longer style."""
    rng = plate.rng
    throat, _ = view.flat(0.0, 0.16, 0)
    with plate.place(throat, 1.0):
        plate.disc(0j, 0.085, 0.06, palette.mix(palette.LEAF, palette.OLIVE, 0.4))
    tips = []
    for k in range(7):
        style = k == 6
        az = math.pi / 3 * k + 0.4 + rng.uniform(-0.2, 0.2)
        spread = 0.06 if style else rng.uniform(0.2, 0.34)
        tall = 1.22 if style else rng.uniform(0.8, 1.0)
        knots = [view.flat(spread * f, 0.14 + tall * g, az)[0] for f, g in ((0.12, 0), (0.35, 0.34), (0.7, 0.7), (1, 0.9))]
        bend = (knots[-1] - knots[0]) * 1j * rng.uniform(-0.03, 0.12)
        knots[-1] += bend + complex(0, -0.10) * view.roll
        way = spline(knots, steps=5)
        plate.line(way, 6.5, palette.INK, "end")
        plate.line(way, 3.2, palette.mix(palette.ORANGE_PALE, palette.STRAW, 0.3), "end")
        tips.append((way[-1], way[-1] - way[-3], style))
    for tip, run, style in tips:
        if style:
            plate.dots([tip], 5, palette.INK)
            continue
        across = run / abs(run) * turned(rng.uniform(50, 110))
        body = ribbon(arc(tip - across * 0.07, tip + across * 0.07, 0.12, steps=8), 0.024, even_ends)
        plate.shape(body.outline(), palette.TEA, 2.0)
        plate.line(body.edge(-0.3, 0.2, 0.8), 1.6, palette.ORANGE_LIGHT)


def even_ends(t: float) -> float:
    """Half-width of an anther: a grain, blunt at both ends."""
    return max(0.0, math.sin(math.pi * t)) ** 0.4


def bud(plate: Plate, foot: complex, tip: complex, *, width: float = 0.0, ripe: float = 0.5, bend: float = 0.06) -> None:
    """One bud from foot to tip; `ripe` runs from green (0) to golden (1); `width` is the half-width."""
    rng = plate.rng
    width = width or abs(tip - foot) * 0.062
    body = ribbon(arc(foot, tip, bend, steps=20), width, bud_profile)
    base = palette.mix(BUD_GREEN, BUD_GOLD, ripe)
    plate.fill(body.outline(), base)
    plate.fill(body.band(0.22, 1), palette.mix(base, palette.OLIVE, 0.42))
    plate.fill(body.crescent(-0.86, -0.35, 0.18, 0.92), palette.lighter(base, 0.5))
    plate.fill(body.band(-1, 1, 0, 0.14), palette.mix(palette.LEAF, base, 0.25))
    plate.fill(body.band(-1, 1, 0.93, 1), palette.mix(palette.LEAF, base, rng.uniform(0.0, 0.5)))
    plate.lines([body.edge(0.2, 0.1, 0.95), body.edge(-0.3, 0.3, 0.9)], 1.4, palette.OLIVE, "both", 0.9)
    plate.ink(body.outline(), 3.2)


def blade(plate: Plate, knots: list[complex], half: float, *, tone: float = 0.3) -> None:
    """A strap leaf through the knots, creased along its rib: one half in the light, one in the shade."""
    body = ribbon(spline(knots, steps=18), half, blade_profile)
    base = palette.mix(palette.LEAF, palette.LEAF_LIGHT, tone)
    plate.fill(body.outline(), base)
    plate.fill(body.band(0.05, 1), palette.mix(palette.LEAF, palette.LEAF_DEEP, 0.55 - tone / 2))
    fine = [body.edge(u, 0.04, 0.8 - abs(u) * 0.3) for u in (-0.72, -0.42)]
    plate.lines(fine, 1.3, palette.LEAF_DEEP, "both", 0.7)
    plate.lines([body.edge(0.5, 0.05, 0.7)], 1.3, palette.LEAF_LIGHT, "both", 0.7)
    plate.line(body.edge(0.04, 0, 0.97), 2.2, palette.INK, "end")
    plate.ink(body.outline(), 3.4)


def scape(plate: Plate, knots: list[complex], half: float) -> Ribbon:
    """The bare stalk which carries the flowers."""
    body = ribbon(spline(knots, steps=10), half, lambda t: 1 - 0.45 * t)
    plate.fill(body.outline(), palette.mix(palette.LEAF_LIGHT, palette.LEAF, 0.45))
    plate.fill(body.band(0.1, 1), palette.LEAF)
    plate.ink(body.outline(), 3.2)
    return body


def plant(plate: Plate) -> None:
    """A plant in flower: arching leaves, a branched scape, an open flower and buds of every age.

    Drawn about the origin, within 520 to each side and 430 up and down.
    """
    rng = plate.rng
    root = complex(rng.uniform(-50, 50), 440)
    _leaves(plate, root, behind=True)
    lean = rng.uniform(-60, 60)
    fork = complex(lean, 40)
    scape(plate, [root, root * 0.5 + fork * 0.5 + rng.uniform(-20, 20), fork], 11)
    heads = _heads(rng, fork)
    for foot, tip, ripe in heads[2:]:
        _stalk(plate, fork, foot, tip)
        bud(plate, foot, tip, ripe=ripe, bend=rng.uniform(-0.07, 0.07), width=abs(tip - foot) * 0.075)
    for i, (foot, tip, _) in enumerate(heads[:2]):
        way = (tip - foot) / abs(tip - foot)
        roll = math.degrees(math.atan2(way.imag, way.real)) + 90
        size = (rng.uniform(205, 225), rng.uniform(150, 180))[i]
        lean_angle = (rng.uniform(42, 54), rng.uniform(58, 74))[i]
        reach = foot + way * size * 0.52 * math.sin(math.radians(lean_angle))
        _stalk(plate, fork, foot, tip)
        flower(plate, reach, size, roll=roll, lean=lean_angle)
    _leaves(plate, root, behind=False)


def _heads(rng: Random, fork: complex) -> list[tuple[complex, complex, float]]:
    """Foot, tip and ripeness of what the scape carries; the first two are open flowers."""
    side = rng.choice((-1, 1))
    plan = [(18, 130, 300), (-52, 120, 260), (-14, 185, 170), (-32, 120, 150), (48, 95, 120), (2, 120, 110), (-70, 70, 96)]
    out = []
    for i, (angle, distance, length) in enumerate(plan):
        way = turned(side * (angle + rng.uniform(-6, 6)) - 90)
        foot = fork + way * distance * rng.uniform(0.9, 1.1)
        tip = foot + way * turned(side * rng.uniform(-8, 12)) * length
        out.append((foot, tip, max(0.0, 1 - i * 0.16)))
    return out


def _stalk(plate: Plate, fork: complex, foot: complex, tip: complex) -> None:
    way = tip - foot
    knots = [fork + 6j, (fork + foot) / 2 + (fork - foot) * 0.1j, foot + way * 0.02]
    body = ribbon(spline(knots, steps=6), 6, lambda t: 1 - 0.25 * t)
    plate.fill(body.outline(), palette.mix(palette.LEAF_LIGHT, palette.LEAF, 0.4))
    plate.ink(body.outline(), 2.8)


def _leaves(plate: Plate, root: complex, *, behind: bool) -> None:
    rng = plate.rng
    spread = (-1, -0.72, -0.3, 0.34, 0.7, 1.05) if behind else (-0.55, 0.5)
    for s in spread:
        s += rng.uniform(-0.1, 0.1)
        tall = rng.uniform(330, 520) * (1 if behind else 0.62) * (1.25 - 0.5 * abs(s))
        out = s * rng.uniform(380, 470)
        top = root + complex(out * 0.55, -tall)
        tip = root + complex(out * 1.15, -tall * rng.uniform(0.45, 0.95))
        foot = root + complex(s * 34, 20)
        blade(plate, [foot, foot + complex(out * 0.16, -tall * 0.55), top, tip], rng.uniform(17, 24), tone=rng.uniform(0.1, 0.5))


def strand(plate: Plate, at: complex, length: float, turn: float) -> None:
    """One dried bud: a flattened golden needle, twisted and creased."""
    rng = plate.rng
    s = rng.choice((-1, 1))
    knots = [
        -length / 2 + 0j,
        complex(-length * 0.18, s * length * rng.uniform(0.0, 0.09)),
        complex(length * 0.16, -s * length * rng.uniform(-0.03, 0.1)),
        complex(length / 2, s * length * rng.uniform(-0.05, 0.12)),
    ]
    twist: Profile = wobble(rng, 0.22, 3)
    body = ribbon(spline(knots, steps=5), length * 0.05, lambda t: 0.3 + 0.7 * bud_profile(t) if t < 0.9 else bud_profile(t), twist)
    base = rng.choice((STRAND, STRAND, BUD_GOLD, palette.mix(STRAND, palette.ORANGE, 0.3), palette.mix(STRAND, palette.OLIVE, 0.25)))
    with plate.place(at, 1, turn):
        plate.fill(body.outline(), base)
        plate.fill(body.band(0.1, 1), palette.mix(base, palette.EARTH, 0.38))
        plate.fill(body.crescent(-0.9, -0.3, 0.2, 0.95), palette.lighter(base, 0.45))
        plate.ink(body.outline(), 2.2, palette.mix(palette.INK, palette.EARTH, 0.3))


def piece(plate: Plate, at: complex, radius: float) -> None:
    """A fresh bud about a centre, lying mostly across."""
    way = turned(plate.rng.gauss(-18, 22)) * radius
    bud(plate, at - way, at + way, ripe=plate.rng.uniform(0.1, 1), bend=plate.rng.uniform(-0.08, 0.08))


def dry(plate: Plate, at: complex, radius: float) -> None:
    """A dried strand about a centre."""
    strand(plate, at, radius * 2, plate.rng.uniform(-55, 55) + plate.rng.choice((0, 180)))


def sprig(plate: Plate, at: complex, size: float) -> None:
    """A flower with two buds, to lay beside a vessel; `size` is the length of a petal."""
    rng = plate.rng
    side = rng.choice((-1, 1))
    for angle, far in ((-38, 1.5), (30, 1.35)):
        way = turned(-90 + angle * side)
        bud(plate, at + way * size * 0.2, at + way * size * far, ripe=rng.random(), width=size * 0.085)
    flower(plate, at, size, roll=side * rng.uniform(5, 25), lean=rng.uniform(36, 48))


def mark(plate: Plate, at: complex, size: float) -> None:
    """The small drawing for a label."""
    flower(plate, at + complex(0, size * 0.18), size * 0.82, roll=plate.rng.uniform(-12, 12), lean=40)


def bunch(plate: Plate) -> None:
    """A sheaf of fresh buds tied with straw, a flower tucked in."""
    rng = plate.rng
    heads = []
    for i in range(34):
        x = -1 + 2 * (i + 0.5) / 34 + rng.uniform(-0.06, 0.06)
        heads.append((rng.random(), x))
    for depth, x in sorted(heads):
        foot = complex(x * 120 + rng.uniform(-12, 12), 330 - 60 * depth + rng.uniform(-14, 14))
        tip = complex(x * 330 + rng.uniform(-20, 20), -330 + 130 * x * x + 120 * depth + rng.uniform(-30, 30))
        bud(plate, foot, tip, ripe=rng.uniform(0.0, 1.0), width=rng.uniform(20, 25), bend=-x * 0.05 + rng.uniform(-0.02, 0.02))
    _tie(plate, complex(0, 150), 152)
    flower(plate, complex(rng.uniform(-120, 120), 20), 205, roll=rng.uniform(-20, 20), lean=44)


def _tie(plate: Plate, at: complex, half: float) -> None:
    for k in range(4):
        band = arc(at + complex(-half, -22 + 14 * k), at + complex(half, -20 + 14 * k + plate.rng.uniform(-4, 4)), -0.05)
        plate.line(band, 17, palette.INK, "none")
        plate.line(band, 12, palette.STRAW if k % 2 else palette.mix(palette.STRAW, palette.EARTH, 0.3), "none")
    for s in (-1, 1):
        end = spline([at + 6j, at + complex(s * 60, 60), at + complex(s * 80, 140)], steps=8)
        plate.line(end, 14, palette.INK, "end")
        plate.line(end, 9, palette.STRAW, "end")
    knot = ribbon(arc(at + complex(-30, 2), at + complex(30, 6), 0.1), 22, leaf_knot)
    plate.shape(knot.outline(), palette.STRAW, 3.6)


def leaf_knot(t: float) -> float:
    """Half-width of a knot of straw."""
    return 0.4 + 0.6 * math.sin(math.pi * t)


SUBJECT = Subject(
    forms=("plant", "bunch", "dried", "bag", "jar", "basket"),
    plant=plant,
    piece=piece,
    dry=dry,
    sprig=sprig,
    mark=mark,
    label=palette.ORANGE,
    tints=(palette.PAPER, palette.ORANGE_PALE, palette.LEAF_PALE, palette.PAPER_DEEP),
    grain=118,
    step=0.46,
    dry_grain=104,
    dry_step=0.49,
    own={"bunch": bunch},
)
