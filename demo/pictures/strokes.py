"""Geometry of the brush: splines, ribbons (leaf, petal, bud, root), pebbles (fruit, nut, stone) and ink lines.

Points are complex numbers (x right, y down), so that turning and scaling is a multiplication.
"""

import cmath
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

Points = list[complex]
Profile = Callable[[float], float]

# The light of every plate falls from the upper left: ink swells where an edge faces away from it.
SHADOW_SIDE = cmath.exp(1j * math.radians(52))


def turned(degrees: float) -> complex:
    """The factor which turns a point by `degrees` clockwise on the page."""
    return cmath.exp(1j * math.radians(degrees))


def spline(knots: Sequence[complex], *, steps: int = 8, closed: bool = False) -> Points:
    """Sample a Catmull-Rom curve through the knots, `steps` points for each span."""
    count = len(knots)
    spans = count if closed else count - 1
    out: Points = []
    for i in range(spans):
        if closed:
            p0, p1, p2, p3 = (knots[(i + k) % count] for k in (-1, 0, 1, 2))
        else:
            p1, p2 = knots[i], knots[i + 1]
            p0 = knots[i - 1] if i else 2 * p1 - p2
            p3 = knots[i + 2] if i + 2 < count else 2 * p2 - p1
        for k in range(steps):
            t = k / steps
            out.append(
                0.5
                * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
            )
    if not closed:
        out.append(knots[-1])
    return out


def arc(start: complex, end: complex, bend: float, *, steps: int = 16) -> Points:
    """Sample a bow from start to end; `bend` is its height as a part of the chord, positive to the left of the way."""
    middle = (start + end) / 2 + (end - start) * -1j * bend * 2
    return [(1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end for t in (k / steps for k in range(steps + 1))]


def normals(points: Sequence[complex], *, closed: bool = False) -> Points:
    """Unit normals (to the right of the way) at every point."""
    out: Points = []
    last = len(points) - 1
    for i in range(len(points)):
        before = points[i - 1] if i or closed else points[0]
        after = points[(i + 1) % len(points)] if i < last or closed else points[last]
        way = after - before
        out.append(1j * way / abs(way) if abs(way) > 1e-9 else (out[-1] if out else 1j))
    return out


def power(base: float, exponent: float) -> float:
    """A power which takes a base a hair below nought for nought, as at the tip of a leaf."""
    return math.pow(max(0.0, base), exponent)


def rect(left: float, top: float, right: float, bottom: float) -> Points:
    """The four corners of an upright rectangle."""
    return [complex(left, top), complex(right, top), complex(right, bottom), complex(left, bottom)]


def area(points: Sequence[complex]) -> float:
    """The signed area of a closed polygon, positive when it runs clockwise on the page."""
    total = 0.0
    for i, p in enumerate(points):
        q = points[(i + 1) % len(points)]
        total += p.real * q.imag - q.real * p.imag
    return total / 2


def ellipse(centre: complex, rx: float, ry: float, *, start: float = 0, stop: float = 360, steps: int = 48) -> Points:
    """Sample an ellipse, or its arc between two angles in degrees (clockwise from the right)."""
    whole = abs(stop - start) >= 360
    count = steps if whole else steps + 1
    angles = (math.radians(start + (stop - start) * k / steps) for k in range(count))
    return [centre + complex(rx * math.cos(a), ry * math.sin(a)) for a in angles]


def wobble(rng: Random, amount: float, waves: int = 3) -> Profile:
    """A slow random wave of mean zero over 0 to 1, which closes on itself."""
    parts = [(k + 1, rng.uniform(0.4, 1) / (k + 1), rng.uniform(0, math.tau)) for k in range(waves)]
    return lambda t: amount * sum(a * math.sin(math.tau * n * t + phase) for n, a, phase in parts)


def leaf_profile(fullest: float = 0.42, tip: float = 1.0) -> Profile:
    """Half-width of a leaf along its length, 1 where it is fullest; a `tip` above 1 draws the point out."""
    power = math.log(0.5) / math.log(fullest)
    return lambda t: max(0.0, math.sin(math.pi * t**power)) ** (0.85 if t < fullest else tip)


def bud_profile(t: float) -> float:
    """Half-width of a daylily bud: a slim foot, fullest near the top, a blunt beak."""
    if t < 0.74:
        return 0.34 + 0.66 * power(math.sin(t / 0.74 * math.pi / 2), 1.6)
    return power(math.cos((t - 0.74) / 0.26 * math.pi / 2), 0.62)


def blade_profile(t: float) -> float:
    """Half-width of a strap leaf: even from the foot, drawn out to a long point."""
    return min(1.0, 0.72 + 0.6 * t) * power(1 - power(t, 3.2), 0.9)


def even_profile(t: float) -> float:
    """Half-width of a stick with round ends."""
    end = min(t, 1 - t) / 0.06
    return 1.0 if end >= 1 else math.sqrt(max(0.0, 1 - (1 - end) ** 2))


@dataclass(frozen=True)
class Ribbon:
    """A shape along a spine: `at(t, u)` is t along it (0 foot, 1 tip) and u across it (-1 left, 1 right)."""

    spine: Points
    sides: Points
    half: list[float]

    def at(self, t: float, u: float) -> complex:
        """The point t along and u across."""
        place = min(max(t, 0.0), 1.0) * (len(self.spine) - 1)
        i = min(int(place), len(self.spine) - 2)
        f = place - i
        foot = self.spine[i] * (1 - f) + self.spine[i + 1] * f
        side = self.sides[i] * (1 - f) + self.sides[i + 1] * f
        return foot + side * u * (self.half[i] * (1 - f) + self.half[i + 1] * f)

    def edge(self, u: float, start: float = 0.0, stop: float = 1.0, steps: int = 0) -> Points:
        """The line at u across, from start to stop."""
        steps = steps or max(4, round((len(self.spine) - 1) * abs(stop - start)))
        return [self.at(start + (stop - start) * k / steps, u) for k in range(steps + 1)]

    def outline(self) -> Points:
        """The closed edge of the whole shape."""
        return self.edge(1) + self.edge(-1)[::-1]

    def band(self, left: float, right: float, start: float = 0.0, stop: float = 1.0) -> Points:
        """The closed edge of a stripe between two u and two t."""
        return self.edge(left, start, stop) + self.edge(right, start, stop)[::-1]

    def crescent(self, outer: float, inner: float, start: float = 0.0, stop: float = 1.0) -> Points:
        """A stripe along one edge which narrows to nothing at both of its ends."""
        steps = max(8, len(self.spine))
        ts = [start + (stop - start) * k / steps for k in range(steps + 1)]
        bow = [math.sin(math.pi * k / steps) ** 0.7 for k in range(steps + 1)]
        inside = [self.at(t, outer + (inner - outer) * b) for t, b in zip(ts, bow, strict=True)]
        return [self.at(t, outer) for t in ts] + inside[::-1]


def ribbon(spine: Points, half_width: float, profile: Profile, ruffle: Profile | None = None) -> Ribbon:
    """A ribbon along the spine; `ruffle` adds to the half-width, as a part of it."""
    last = len(spine) - 1
    half = []
    for i in range(len(spine)):
        t = i / last
        half.append(half_width * profile(t) * (1 + (ruffle(t) if ruffle else 0)))
    return Ribbon(spine, normals(spine), half)


@dataclass(frozen=True)
class Pebble:
    """A round shape about a centre: `at(angle, k)` is k of the way out in the direction of `angle` (degrees)."""

    centre: complex
    radii: list[float]
    turn: complex
    squash: float

    def at(self, angle: float, k: float = 1.0) -> complex:
        """The point in a direction (degrees, clockwise from the right before turning), k = 1 on the edge."""
        place = (angle % 360) / 360 * len(self.radii)
        i = int(place) % len(self.radii)
        f = place - int(place)
        radius = self.radii[i] * (1 - f) + self.radii[(i + 1) % len(self.radii)] * f
        z = turned(angle) * radius * k
        return self.centre + complex(z.real, z.imag * self.squash) * self.turn

    def outline(self, steps: int = 0) -> Points:
        """The closed edge."""
        steps = steps or len(self.radii)
        return [self.at(360 * i / steps) for i in range(steps)]

    def crescent(self, start: float, stop: float, depth: float) -> Points:
        """The shaded sickle along the edge between two angles, `depth` of the radius at its fullest."""
        steps = 18
        angles = [start + (stop - start) * i / steps for i in range(steps + 1)]
        inner = [self.at(a, 1 - depth * math.sin(math.pi * i / steps) ** 0.8) for i, a in enumerate(angles)]
        return [self.at(a) for a in angles] + inner[::-1]

    def ring(self, k: float, start: float = 0, stop: float = 360) -> Points:
        """An open line k of the way out between two angles."""
        return [self.at(start + (stop - start) * i / 20, k) for i in range(21)]


def pebble(
    rng: Random, radius: float, *, centre: complex = 0j, squash: float = 1.0, rough: float = 0.03, turn: float = 0.0
) -> Pebble:
    """A round shape of about `radius`, uneven by `rough`, flattened by `squash`."""
    wave = wobble(rng, rough)
    radii = [radius * (1 + wave(i / 40)) for i in range(40)]
    return Pebble(centre, radii, turned(turn), squash)


def brush(points: Sequence[complex], width: float, taper: str = "both", swell: Profile | None = None) -> Points:
    """The closed outline of a line drawn with a brush of `width`.

    `taper` names the thin ends: both, start, end or none.
    """
    last = len(points) - 1
    sides = normals(points)
    left: Points = []
    right: Points = []
    for i, (p, n) in enumerate(zip(points, sides, strict=True)):
        t = i / last
        w = width / 2 * _pressure(t, taper) * (1 + (swell(t) if swell else 0))
        left.append(p + n * w)
        right.append(p - n * w)
    return left + right[::-1]


def contour(points: Sequence[complex], width: float, swell: Profile) -> Points:
    """The ink about a closed shape: heavy on the side away from the light, hair-thin towards it."""
    loop = [*points, points[0]]
    sides = normals(points, closed=True)
    out = 1 if area(points) < 0 else -1
    outer: Points = []
    inner: Points = []
    for i, p in enumerate(loop):
        n = sides[i % len(points)] * out
        facing = (n * SHADOW_SIDE.conjugate()).real
        w = width * (0.42 + 0.58 * (facing + 1) / 2) * (1 + swell(i / len(points)))
        outer.append(p + n * w * 0.5)
        inner.append(p - n * w * 0.5)
    return outer + inner[::-1]


def _pressure(t: float, taper: str) -> float:
    if taper == "both":
        return 0.12 + 0.88 * power(math.sin(math.pi * t), 0.6)
    if taper == "end":
        return 0.1 + 0.9 * power(1 - t, 0.7)
    if taper == "start":
        return 0.1 + 0.9 * power(t, 0.7)
    return 1.0
