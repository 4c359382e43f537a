"""Cured pork (腊肉): strips on the pole, pieces, the pine twig of the smoke."""

from demo.pictures import palette
from demo.pictures.kit import Subject, merged, twig
from demo.pictures.plate import Plate
from demo.pictures.strokes import arc, ellipse, ribbon, spline, turned, wobble

LEAN = palette.mix(palette.RED, palette.TEA, 0.45)


def slab(plate: Plate, foot: complex, size: float, lean: float) -> None:
    """A strip of cured belly: rind, fat and lean in bands, hung by a cord."""
    rng = plate.rng
    body = ribbon(
        arc(foot, foot + turned(90 + lean) * size, rng.uniform(-0.04, 0.04), steps=22),
        size * 0.145,
        lambda t: min(1.0, 0.78 + t) * (1.0 if t < 0.94 else 0.93),
        wobble(rng, 0.05, 4),
    )
    fat = palette.mix(palette.STRAW, palette.ORANGE_PALE, 0.45)
    plate.fill(body.outline(), LEAN)
    wave = wobble(rng, 0.08, 3)
    for left, right, tone in (
        (-1, -0.74, palette.mix(palette.EARTH, palette.TEA, 0.4)),
        (-0.74, -0.3, fat),
        (0.02, 0.26, fat),
        (0.62, 0.8, palette.mix(fat, palette.ORANGE, 0.25)),
    ):
        ts = [k / 20 for k in range(21)]
        band = [body.at(t, left + (wave(t) if left > -0.9 else 0)) for t in ts] + [
            body.at(t, right + wave(t + 0.2)) for t in ts[::-1]
        ]
        plate.fill(band, tone)
    plate.fill(body.crescent(1, 0.7), palette.mix(LEAN, palette.INK, 0.5))
    plate.line(body.edge(-0.55, 0.1, 0.8), 5, palette.WHITE, "both", 0.6)
    plate.lines([body.edge(u, 0.05, 0.95) for u in (0.4, -0.1)], 2, palette.TEA)
    plate.ink(body.outline(), 4.4)
    hole = body.at(0.06, 0)
    plate.disc(hole, 8, 8, palette.INK)


def rack(plate: Plate) -> None:
    """Strips of cured meat hung on a pole over the hearth."""
    rng = plate.rng
    y = -330
    pole = ribbon(arc(complex(-520, y + rng.uniform(-14, 14)), complex(520, y), 0.0), 20, lambda _t: 1.0)
    xs = [-280, -95, 90, 270]
    for i, x in enumerate(xs):
        foot = complex(x + rng.uniform(-16, 16), y + 95)
        lean = rng.uniform(-4, 4)
        for dx in (-12, 12):
            plate.line(arc(complex(foot.real + dx, y - 22), foot + 34j, 0.02), 8, palette.EARTH, "none")
        slab(plate, foot, rng.uniform(430, 540) - 40 * (i % 2), lean)
    plate.fill(pole.outline(), palette.mix(palette.LEAF_LIGHT, palette.STRAW, 0.5))
    plate.fill(pole.band(0.1, 1), palette.mix(palette.OLIVE, palette.STRAW, 0.3))
    plate.ink(pole.outline(), 4.2)
    for x in (-400, -180, 0, 180, 400):
        plate.line([complex(x, y - 21), complex(x + 4, y), complex(x, y + 21)], 5, palette.INK)
    for x in xs:
        for dx in (-14, 2, 14):
            plate.line(arc(complex(x + dx, y - 24), complex(x + dx + 4, y + 24), 0.1), 8, palette.STRAW, "none")


def meat_piece(plate: Plate, at: complex, radius: float) -> None:
    """A short piece of cured belly, cut."""
    rng = plate.rng
    with plate.place(at, 1, rng.uniform(-24, 24)):
        slab(plate, complex(-radius * 1.2, 0), radius * 2.4, -90)


def sprig_meat(plate: Plate, at: complex, size: float) -> None:
    """A pine twig, as burnt for smoke."""
    rng = plate.rng
    way = [at + complex(60, size * 0.9), at + complex(0, 0), at + complex(-50, -size * 0.9)]
    line = spline(way, steps=10)
    needles = [
        arc(z, z + turned(-90 + s * rng.uniform(24, 60)) * size * 0.5, 0.05, steps=6)
        for z in line[3:]
        for s in (-1, 1)
        for _ in range(2)
    ]
    plate.lines(needles, 7, palette.LEAF_DEEP, "end")
    plate.lines(needles[::2], 4, palette.LEAF_LIGHT, "end")
    twig(plate, way, 8)
    merged(
        plate, [ellipse(at + complex(-10, 40 - 18 * k), 34 - 5 * k, 20, steps=20) for k in range(4)], palette.EARTH, 3
    )


CURED_MEAT = Subject(
    lie=0.34,
    forms=("bunch", "loose", "box"),
    plant=rack,
    piece=meat_piece,
    dry=meat_piece,
    sprig=sprig_meat,
    mark=lambda plate, at, size: meat_piece(plate, at, size * 0.75),
    label=palette.RED,
    tints=(palette.ORANGE_PALE, palette.PAPER_DEEP, palette.PAPER, palette.mix(palette.STRAW, palette.PAPER, 0.6)),
    grain=92,
    step=0.9,
    own={"bunch": rack},
)
