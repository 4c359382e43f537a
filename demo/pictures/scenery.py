"""Parts of a landscape: bands of sky, sun, ridges, peaks, pillars, mist, rows of bushes."""

import math

from demo.pictures import palette
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, arc, ellipse, rect, ribbon, spline


def sky(plate: Plate, w: float, h: float, high: str, low: str, bands: int = 5) -> None:
    """A sky in flat bands from `high` to `low`, their edges drawn as by a graver; `w` and `h` are half-sizes."""
    plate.fill(rect(-w, -h, w, h), high)
    for k in range(1, bands):
        y = -h + 1.25 * h * k / bands
        edge = spline([complex(x, y + plate.rng.uniform(-9, 9)) for x in _across(w, 7)], steps=8)
        plate.fill([*edge, complex(w + 9, h), complex(-w - 9, h)], palette.mix(high, low, k / (bands - 1)))


def sun(plate: Plate, at: complex, radius: float, colour: str) -> None:
    """The sun with a pale ring."""
    plate.disc(at, radius * 1.28, radius * 1.28, colour, opacity=0.28)
    plate.disc(at, radius, radius, colour)


def ridge(plate: Plate, w: float, h: float, y: float, swing: float, colour: str) -> None:
    """A ridge of hills across the scene, filled down to the foot, with a paler rim of light."""
    line = spline([complex(x, y + swing * plate.rng.uniform(-1, 1)) for x in _across(w, 9)], steps=8)
    plate.fill([*line, complex(w + 9, h + 9), complex(-w - 9, h + 9)], colour)
    plate.line([z + 2j for z in line], 4, palette.lighter(colour, 0.4), "none", 0.6)


def peaks(plate: Plate, w: float, h: float, y: float, tall: float, colour: str) -> None:
    """Steep dry mountains: each peak in two planes, lit and shaded, with gullies down its sides."""
    rng = plate.rng
    shade, line = palette.mix(colour, palette.INK_SOFT, 0.38), palette.mix(colour, palette.INK, 0.5)
    spots = sorted(
        ((-w - 60 + (2 * w + 120) * (k + rng.uniform(0.1, 0.9)) / 7, tall * rng.uniform(0.5, 1.0)) for k in range(7)),
        key=lambda s: s[1],
    )
    for x, high in spots:
        wide = high * rng.uniform(1.25, 1.7)
        top = complex(x, y - high)
        knee = complex(x + wide * rng.uniform(-0.12, 0.16), y - high * 0.4)
        foot = complex(x + wide * rng.uniform(-0.1, 0.3), y + 120)
        left = spline(
            [
                complex(x - wide, y + 120),
                complex(x - wide * 0.5, y - high * 0.36),
                complex(x - wide * 0.16, y - high * 0.8),
                top,
            ],
            steps=6,
        )
        right = spline(
            [
                top,
                complex(x + wide * 0.2, y - high * 0.7),
                complex(x + wide * 0.52, y - high * 0.3),
                complex(x + wide, y + 120),
            ],
            steps=6,
        )
        plate.fill(left + right, colour)
        plate.fill([*right, foot, *spline([foot, knee, top], steps=6)], shade)
        gullies = [
            arc(
                top + complex(s * wide * f * 0.3, high * f),
                top + complex(s * wide * f * rng.uniform(0.7, 1.1), high * (f + rng.uniform(0.3, 0.5))),
                0.06 * s,
                steps=6,
            )
            for f in (0.12, 0.24, 0.36, 0.5, 0.62)
            for s in (-1, 1)
        ]
        plate.lines(gullies, 2.4, line, "end", 0.7)
        plate.line(left + right, 3, line, "none")
    plate.fill(rect(-w - 9, y + 60, w + 9, h + 9), colour)


def mist(plate: Plate, w: float, y: float, colour: str, count: int = 3) -> None:
    """Flat tongues of mist lying in the valley."""
    rng = plate.rng
    for _ in range(count):
        x, half, tall = rng.uniform(-w, w), rng.uniform(220, 460), rng.uniform(8, 17)
        body = ribbon(
            [
                complex(x - half, y + 0j.real),
                complex(x - half / 3, y - tall),
                complex(x + half / 3, y - tall * 0.6),
                complex(x + half, y),
            ],
            tall,
            lambda t: math.sin(math.pi * t) ** 0.5,
        )
        shift = complex(0, rng.uniform(-26, 26))
        plate.fill(
            [
                z + shift
                for z in ribbon(spline(body.spine, steps=8), tall, lambda t: math.sin(math.pi * t) ** 0.5).outline()
            ],
            colour,
            0.85,
        )


def pillars(plate: Plate, w: float, base: float, colour: str, tall: float) -> None:
    """The sandstone pillars of Zhangjiajie in crowded groups, flat-topped, with pines on their heads."""
    rng = plate.rng
    groups = [-w + w * 2 * (k + rng.uniform(0.2, 0.8)) / 5 for k in range(5)]
    for middle in groups:
        towers = [
            (middle + d * 74 + rng.uniform(-14, 14), tall * rng.uniform(0.55, 1.0) * (1.0 - 0.16 * abs(d)))
            for d in (-2, 2, -1, 1, 0)
        ]
        for x, high in towers:
            _pillar(plate, x, rng.uniform(48, 86), high, base, colour)


def _pillar(plate: Plate, x: float, wide: float, high: float, base: float, colour: str) -> None:
    rng = plate.rng
    top = base - high
    ledge = rng.uniform(0.35, 0.7)
    left = [
        complex(x - wide * 0.64, base + 70),
        complex(x - wide * 0.54, base - high * ledge),
        complex(x - wide * 0.4, base - high * ledge - 14),
    ]
    left += [complex(x - wide * 0.43, top + 26), complex(x - wide * 0.28, top)]
    right = [
        complex(x + wide * 0.3, top + rng.uniform(4, 26)),
        complex(x + wide * 0.46, top + 44),
        complex(x + wide * 0.44, base - high * 0.4),
        complex(x + wide * 0.6, base + 70),
    ]
    outline = spline(left, steps=5) + spline(right, steps=5)
    plate.fill(outline, colour)
    plate.fill(
        [complex(x + wide * 0.08, top + 8), *spline(right, steps=5), complex(x + wide * 0.16, base + 70)],
        palette.mix(colour, palette.INK_SOFT, 0.3),
    )
    plate.line(outline, 2.6, palette.mix(colour, palette.INK, 0.5), "none")
    cracks = [
        [
            complex(x + d * wide, top + rng.uniform(20, 50)),
            complex(x + d * wide + 3, base - high * 0.6),
            complex(x + d * wide - 2, base - high * rng.uniform(0.05, 0.5)),
        ]
        for d in (-0.3, -0.14, 0.02, 0.2, 0.32)
    ]
    cracks += [
        arc(complex(x - wide * 0.4, y), complex(x + wide * 0.1, y + 4), 0.03, steps=4)
        for y in (top + high * f for f in (0.3, 0.52, 0.7))
    ]
    plate.lines(cracks, 2.2, palette.mix(colour, palette.INK, 0.42))
    for spot in (-0.26, 0.0, 0.26):
        foot = complex(x + spot * wide, top + 12)
        crown = [ellipse(foot + complex(rng.uniform(-4, 4), -9 - 8 * k), 15 - 4 * k, 6, steps=10) for k in range(3)]
        plate.fills(crown, palette.mix(palette.LEAF, colour, 0.25))


def bush_row(plate: Plate, way: Points, size: float, colour: str) -> None:
    """A clipped row of bushes along a line: round heads, lit from the left."""
    if len(way) < 4:
        return
    rng = plate.rng
    heads: list[Points] = []
    lit: list[Points] = []
    gone = 0.0
    for a, b in zip(way, way[1:], strict=False):
        gone += abs(b - a)
        if gone >= size * 1.15:
            gone = 0.0
            r = size * rng.uniform(0.85, 1.1)
            heads.append(ellipse(b, r, r * 0.72, steps=14))
            lit.append(ellipse(b + complex(-r * 0.22, -r * 0.24), r * 0.55, r * 0.3, steps=10))
    body = ribbon(way, size * 0.6, lambda _t: 1.0)
    dark = palette.mix(colour, palette.LEAF_DEEP, 0.6)
    plate.fill([z + complex(0, size * 0.5) for z in body.outline()], dark)
    for head in heads:
        plate.ink(head, max(1.6, size * 0.1))
    plate.fills(heads, colour)
    plate.fills(lit, palette.lighter(colour, 0.25))


def _across(w: float, count: int) -> list[float]:
    return [-w - 20 + (2 * w + 40) * k / (count - 1) for k in range(count)]
