"""The edible lily (百合): bulb, dried scales, the flower."""

from demo.pictures import palette
from demo.pictures.kit import Subject, leaf
from demo.pictures.plate import Plate
from demo.pictures.strokes import arc, ellipse, leaf_profile, ribbon, spline, turned
from demo.pictures.subjects import daylily_flower

IVORY = palette.mix(palette.PAPER_DEEP, palette.WHITE, 0.45)


BLUSH = palette.mix(palette.PLUM, palette.PAPER_DEEP, 0.72)


def _scale(plate: Plate, foot: complex, tip: complex, half: float, bend: float, ink: float = 3.2) -> None:
    """One scale of a lily bulb."""
    body = ribbon(arc(foot, tip, bend, steps=18), half, leaf_profile(0.52, 0.8))
    plate.fill(body.outline(), IVORY)
    plate.fill(body.crescent(1, 0.35), palette.mix(IVORY, palette.STRAW, 0.5))
    plate.fill(body.band(-0.5, 0.5, 0.86, 1), BLUSH)
    plate.lines(
        [body.edge(u, 0.25, 0.9) for u in (-0.45, 0.1)],
        1.5,
        palette.mix(palette.STRAW, palette.EARTH, 0.35),
        "both",
    )
    plate.ink(body.outline(), ink)


def lily_bulb(plate: Plate, at: complex, radius: float) -> None:
    """A lily bulb: overlapping ivory scales with blushing tips, rootlets below."""
    rng = plate.rng
    with plate.place(at, radius, rng.uniform(-16, 16)):
        roots = [
            spline([complex(x, 0.7), complex(x * 1.4, 0.95), complex(x * 1.9 + rng.uniform(-0.1, 0.1), 1.18)], steps=4)
            for x in (-0.3, -0.16, -0.04, 0.1, 0.22, 0.34)
        ]
        plate.lines(roots, max(2.4, radius * 0.03), palette.EARTH, "end")
        rows = (
            ((-0.5, -0.26, 0, 0.26, 0.5), -0.98, 0.36),
            ((-0.86, -0.6, 0.6, 0.86), -0.62, 0.38),
            ((-0.42, 0.42, 0.0), -0.66, 0.42),
        )
        for xs, top, half in rows:
            for x in xs:
                tip = complex(x * 0.95, top + 0.36 * x * x + rng.uniform(-0.05, 0.05))
                _scale(plate, complex(x * 0.42, 0.82), tip, half, x * 0.22 * -1)
        for x in (-0.72, 0.72, -0.36, 0.36, 0.02):
            _scale(
                plate,
                complex(x * 0.4, 0.84),
                complex(x, -0.2 + 0.3 * abs(x) + rng.uniform(-0.06, 0.06)),
                0.4,
                -x * 0.26,
            )
        plate.shape(ellipse(0.82j, 0.3, 0.1), palette.mix(palette.STRAW, palette.EARTH, 0.4), 3)


def flake(plate: Plate, at: complex, radius: float) -> None:
    """A dried scale, curled."""
    rng = plate.rng
    way = turned(rng.uniform(0, 360)) * radius
    body = ribbon(
        arc(at - way, at + way, rng.uniform(0.12, 0.3) * rng.choice((-1, 1)), steps=14),
        radius * 0.42,
        leaf_profile(0.5, 0.8),
    )
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
        leaf(
            plate,
            stem[k],
            stem[k] + turned(-90 + s * rng.uniform(50, 72)) * size,
            size * 0.075,
            bend=s * 0.12,
            tone=rng.uniform(0.15, 0.5),
            veins=0,
        )
    white = palette.mix(palette.PAPER, palette.ORANGE_PALE, 0.5)
    for at, roll, size in ((complex(-150, -215), -62, 150), (complex(190, -190), 66, 158), (complex(10, -300), 6, 165)):
        plate.line(arc(stem[-1], at, 0.08), 9, palette.INK, "none")
        plate.line(arc(stem[-1], at, 0.08), 5.5, palette.LEAF, "none")
        daylily_flower.flower(
            plate,
            at,
            size,
            roll=roll + rng.uniform(-8, 8),
            lean=56,
            tint=palette.mix(white, palette.ORANGE_LIGHT, 0.25),
        )
    lily_bulb(plate, 275j, 128)


def sprig_lily(plate: Plate, at: complex, size: float) -> None:
    """A pale lily flower."""
    for angle in (-165, -130, 10):
        leaf(plate, at, at + turned(angle) * size, size * 0.1, tone=0.35, veins=0)
    daylily_flower.flower(
        plate,
        at,
        size * 0.85,
        roll=plate.rng.uniform(-30, 0),
        lean=48,
        tint=palette.mix(palette.PAPER, palette.ORANGE_LIGHT, 0.3),
    )


LILY_BULB = Subject(
    lie=0.86,
    forms=("plant", "loose", "dried", "bag", "box"),
    plant=plant_lily,
    piece=lily_bulb,
    dry=flake,
    sprig=sprig_lily,
    mark=lambda plate, at, size: lily_bulb(plate, at, size * 0.8),
    label=palette.mix(palette.PLUM, palette.RED, 0.3),
    tints=(
        palette.LEAF_PALE,
        palette.mix(palette.LAKE, palette.PAPER, 0.66),
        palette.ORANGE_PALE,
        palette.mix(palette.STRAW, palette.PAPER, 0.55),
    ),
    grain=74,
    step=1.4,
    dry_grain=44,
    dry_step=1.22,
)
