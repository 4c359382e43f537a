"""Tujia brocade (西兰卡普): the hanging and the roll."""

import math

from demo.pictures import palette
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, arc, ellipse, rect, ribbon, spline
from demo.pictures.subjects.craft import WOOD, goods

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
    plate.fill(rect(-w, -h, w, h), ground)
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
        plate.fill(rect(-w, y - 26, w, y + 26), first)
        teeth = [
            [complex(x, y + 20), complex(x + 22, y - 20), complex(x + 44, y + 20)]
            for x in (-w + 44 * k for k in range(int(2 * w / 44)))
        ]
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
        plate.ink(rect(-w, -h, w, h), 5)
        fringe = [
            arc(complex(x, h), complex(x + rng.uniform(-8, 8), h + rng.uniform(58, 74)), 0.05, steps=5)
            for x in (-w + 9 * k for k in range(int(2 * w / 9) + 1))
        ]
        plate.lines(fringe, 4.4, palette.mix(palette.RED, palette.PLUM, 0.3), "end")
        rod = ribbon([complex(-w - 60, -h - 12), complex(0, -h - 12), complex(w + 60, -h - 12)], 14, lambda _t: 1.0)
        plate.shape(rod.outline(), WOOD, 4)
        for s in (-1, 1):
            plate.disc(complex(s * (w + 62), -h - 12), 19, 19, palette.EARTH, 4)
        plate.line(
            spline([complex(-w * 0.6, -h - 24), complex(0, -h - 92), complex(w * 0.6, -h - 24)], steps=8),
            5,
            palette.EARTH,
            "none",
        )


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
        plate.fill(rect(-w, 24, w, r), palette.INK, 0.28)
        plate.ink(rect(-w, -r, w, r), 4.6)
        end = ellipse(complex(w, 0), 26, r)
        plate.shape(end, palette.PAPER_DEEP, 4.4)
        spiral = [complex(w + 24 * k / 60 * math.cos(k / 3), r * 0.92 * k / 60 * math.sin(k / 3)) for k in range(60)]
        plate.line(spiral, 3.4, palette.RED, "none")


BROCADE = goods(
    {"cloth": brocade_flat, "roll": brocade_roll},
    (palette.PAPER, palette.ORANGE_PALE, palette.LEAF_PALE, palette.PAPER_DEEP),
)
