"""The flower of the daylily: petals bent in space and seen from any side."""

import math
from dataclasses import dataclass
from random import Random

from demo.pictures import palette
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, Ribbon, arc, normals, power, ribbon, spline, turned, wobble

GOLD = palette.mix(palette.ORANGE, palette.ORANGE_LIGHT, 0.42)


GLOW = palette.mix(palette.ORANGE_LIGHT, palette.STRAW, 0.35)


BUD_GREEN = palette.mix(palette.LEAF_LIGHT, palette.STRAW, 0.55)


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


def _petal(view: _View, azimuth: float, *, inner: bool, rng: Random, spread: float) -> _Petal:
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
        slope -= math.radians(74 + 62 * curl) * spread / steps * (0.55 + 0.9 * t)
    return _Petal(_ribbon_between(left, right), _facing(left, right), near, inner)


def _petal_width(t: float) -> float:
    if t < 0.58:
        return 0.17 + 0.83 * power(math.sin(t / 0.58 * math.pi / 2), 1.5)
    return power(math.cos((t - 0.58) / 0.42 * math.pi / 2), 0.72)


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
    folds = [i for i in range(1, last + 1) if petal.facing[i] != petal.facing[i - 1]]
    cuts = [0, *(i for i in folds if 4 <= i <= last - 4), last]  # a fold hard by the foot or the tip is no fold to see
    parts = []
    for a, b in zip(cuts, cuts[1:], strict=False):
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


def flower(
    plate: Plate, at: complex, size: float, *, roll: float = 0.0, lean: float = 0.0, tint: str = "", spread: float = 1.0
) -> None:
    """An open daylily: six recurved petals about a throat.

    `size` is the length of a petal in units of the frame, `roll` turns it on the page (degrees), `lean` is how far
    its axis is turned from the eye (degrees, 0 looks straight in; 30 to 70 look best), `spread` how far it has opened
    (1 fully, 0.5 still a trumpet). The throat is at `at`.
    """
    rng = plate.rng
    lean = lean or rng.uniform(42, 58)
    view = _View(math.radians(lean), turned(roll))
    base = tint or palette.mix(GOLD, GLOW, rng.uniform(0.0, 0.5))
    twist = rng.uniform(-0.25, 0.25)
    petals = []
    for k in range(6):
        petals.append(_petal(view, twist + k * math.pi / 3 + math.pi / 6, inner=k % 2 == 1, rng=rng, spread=spread))
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
        knots = [
            view.flat(spread * f, 0.14 + tall * g, az)[0] for f, g in ((0.12, 0), (0.35, 0.34), (0.7, 0.7), (1, 0.9))
        ]
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
    return power(math.sin(math.pi * t), 0.4)
