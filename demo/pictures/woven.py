"""Woven vessels: the basket and the round bamboo sieve. Each stands on y = 330."""

import math

from demo.pictures import palette
from demo.pictures.kit import Piece, mound, shadow
from demo.pictures.labels import FLOOR
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, ellipse, ribbon, spline

CANE = palette.mix(palette.STRAW, palette.EARTH, 0.25)


def basket(plate: Plate, piece: Piece, *, grain: float, step: float, bulk: str, ground: str) -> None:
    """A woven basket heaped with pieces, with or without a handle."""
    rng = plate.rng
    top, low, high = rng.uniform(350, 385), rng.uniform(255, 290), rng.uniform(10, 40)
    rim = complex(0, high)
    shadow(plate, complex(30, FLOOR - 4), top * 0.98, 46, ground)
    if rng.random() < 0.55:
        _handle(plate, top, high)
    plate.shape(ellipse(rim, top, 92), palette.darker(CANE, 0.55))
    small = min(grain, 56)
    rise = rng.uniform(130, 170)
    plate.fill(ellipse(rim + complex(0, 20 - rise * 0.26), top - small * 0.8, 72 + rise * 0.4), bulk)
    for at in mound(rng, top - small * 0.95, 78, rise, grain * step, full=5):
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
    edge = (
        [at(x, 0) for x in steps]
        + [at(1, v / 8) for v in range(9)]
        + [at(-x, 1) for x in steps]
        + [at(-1, 1 - v / 8) for v in range(9)]
    )
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
    plate.lines(
        [[rim.at(k / 34 - 0.012, -1), rim.at(k / 34 + 0.014, 0), rim.at(k / 34 - 0.004, 1)] for k in range(1, 34)],
        2.6,
        palette.INK,
    )


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
    for at in mound(
        rng, inner[0] * fill - grain * 0.8, inner[1] * fill - grain * 0.45, rng.uniform(70, 115), grain * step
    ):
        piece(plate, centre + at, grain * rng.uniform(0.9, 1.15))


def _spokes(centre: complex, rx: float, ry: float) -> list[Points]:
    out = []
    for k in range(48):
        a, b = k / 48 * math.tau, (k + 0.6) / 48 * math.tau
        out.append(
            [
                centre + complex(rx * math.cos(a), ry * math.sin(a)),
                centre + complex((rx - 34) * math.cos(b), (ry - 24) * math.sin(b)),
            ]
        )
    return out


def _lattice(centre: complex, rx: float, ry: float) -> list[Points]:
    out = []
    for k in range(-10, 11):
        for way in (-1, 1):
            # A chord of the unit circle at 45 degrees, mapped onto the oval.
            d = k / 11
            h = math.sqrt(1 - d * d)
            a = complex((d - h) / math.sqrt(2), way * (d + h) / math.sqrt(2))
            b = complex((d + h) / math.sqrt(2), way * (d - h) / math.sqrt(2))
            out.append([centre + complex(z.real * rx, z.imag * ry) for z in (a, (a + b) / 2, b)])
    return out
