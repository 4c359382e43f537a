"""The sweet potato (红薯): spindles, a cut end, the trailing vine."""

import math

from demo.pictures import palette
from demo.pictures.kit import Subject, leaf
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, arc, pebble, ribbon, spline, turned, wobble

SWEET = palette.mix(palette.RED, palette.EARTH, 0.35)


def sweet_potato(plate: Plate, at: complex, radius: float) -> None:
    """A spindle of a sweet potato with root scars."""
    rng = plate.rng
    tone = palette.mix(SWEET, rng.choice((palette.ORANGE_DEEP, palette.PLUM)), rng.uniform(0, 0.3))
    with plate.place(at, radius, rng.uniform(-32, 32) + rng.choice((0, 180))):
        body = ribbon(
            spline(
                [
                    -1.4 + 0j,
                    complex(-0.5, rng.uniform(-0.14, 0.14)),
                    complex(0.5, rng.uniform(-0.14, 0.14)),
                    complex(1.42, rng.uniform(-0.2, 0.2)),
                ],
                steps=9,
            ),
            0.52,
            lambda t: math.sin(math.pi * min(1.0, max(0.0, t)) ** 0.9) ** 0.9,
            wobble(rng, 0.07, 4),
        )
        _spindle(plate, body.outline(), body.crescent(1, 0.3), body.crescent(-0.85, -0.5, 0.15, 0.8), tone)
        scars = [
            arc(body.at(t, u - 0.1), body.at(t + 0.05, u + 0.12), 0.2, steps=5)
            for t, u in ((0.25, -0.2), (0.4, 0.35), (0.55, -0.35), (0.7, 0.1), (0.82, -0.1))
        ]
        plate.lines(scars, max(2, radius * 0.035), palette.mix(palette.PLUM, palette.INK, 0.3))
        plate.line(
            [body.at(0.99, 0), body.at(1, 0) + 0.12, body.at(1, 0) + complex(0.26, 0.1)],
            max(2.4, radius * 0.05),
            palette.PLUM,
            "end",
        )


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
    leaf(
        plate,
        foot,
        foot + turned(angle) * size,
        size * 0.46,
        tone=plate.rng.uniform(0.15, 0.5),
        veins=6,
        fullest=0.26,
        point=1.25,
    )


def plant_sweet(plate: Plate) -> None:
    """Trailing vine with heart-shaped leaves, the roots below."""
    rng = plate.rng
    for angle, r in ((128, 118), (92, 128), (54, 116)):
        root = 40j + turned(angle) * 245
        plate.line(arc(30j, root - turned(angle) * 70, 0.05), 10, palette.PLUM, "none")
        with plate.place(root, 1, angle + rng.uniform(-14, 14)):
            body = ribbon(
                arc(complex(-r * 1.2, 0), complex(r * 1.25, 0), 0.06, steps=26),
                r * 0.5,
                lambda t: math.sin(math.pi * t**0.85) ** 0.85,
                wobble(rng, 0.06, 4),
            )
            _spindle(
                plate,
                body.outline(),
                body.crescent(-1, -0.3),
                body.crescent(0.85, 0.5, 0.15, 0.8),
                palette.mix(SWEET, palette.PLUM, rng.uniform(0, 0.25)),
            )
    for way in (
        [20j, -180 - 60j, -360 - 20j, -500 - 110j],
        [20j, 160 - 90j, 340 - 40j, 500 - 130j],
        [20j, 20 - 150j, -40 - 300j],
    ):
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


SWEET_POTATO = Subject(
    lie=0.42,
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
