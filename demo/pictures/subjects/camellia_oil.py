"""The oil camellia (油茶): flower, capsule, seed."""

from demo.pictures import palette
from demo.pictures.kit import Subject, fruit, leaf, pricks
from demo.pictures.plate import Plate
from demo.pictures.strokes import spline, turned
from demo.pictures.subjects import tea


def capsule(plate: Plate, at: complex, radius: float) -> None:
    """A camellia capsule, brown-green and downy."""
    rng = plate.rng
    tone = palette.mix(palette.OLIVE, rng.choice((palette.RED, palette.EARTH, palette.STRAW)), rng.uniform(0.15, 0.45))
    body = fruit(plate, at, radius, tone, rough=0.02, shine=0.4)
    plate.lines(
        [[body.at(a, 0.94), body.at(a, 0.55), body.at(a, 0.12)] for a in (250, 20, 130)],
        max(2, radius * 0.04),
        palette.TEA,
    )
    pricks(plate, body, 14, palette.lighter(tone, 0.4), max(1.4, radius * 0.03))


def camellia_seed(plate: Plate, at: complex, radius: float) -> None:
    """A dark angular oil seed."""
    rng = plate.rng
    body = [at + turned(a + rng.uniform(-12, 12)) * radius * rng.uniform(0.85, 1.05) for a in range(0, 360, 60)]
    outline = spline(body, steps=4, closed=True)
    plate.fill(outline, palette.mix(palette.TEA, palette.EARTH, rng.uniform(0, 0.3)))
    plate.fill([at, *body[3:6]], palette.lighter(palette.TEA, 0.25))
    plate.ink(outline, 2.8)


def plant_camellia(plate: Plate) -> None:
    """The oil camellia: flower and fruit on one branch, as it grows."""
    rng = plate.rng
    tea.bough(plate, tone=0.08, flowers=0, flushes=0)
    tea.blossom(plate, complex(150, -170), 158, heart=palette.ORANGE_LIGHT)
    tea.blossom(plate, complex(-190, -140), 118, heart=palette.ORANGE_LIGHT)
    for x, y in ((70, 70), (170, 30), (-60, 40)):
        capsule(plate, complex(x + rng.uniform(-10, 10), y + rng.uniform(-10, 10)), rng.uniform(56, 66))


def sprig_camellia(plate: Plate, at: complex, size: float) -> None:
    """A flower with leaves and a capsule."""
    for angle in (-160, -70, 130):
        leaf(plate, at, at + turned(angle) * size * 1.05, size * 0.24, tone=0.12, veins=6)
    tea.blossom(plate, at, size * 0.55, heart=palette.ORANGE_LIGHT)


CAMELLIA_OIL = Subject(
    forms=("plant", "bottle", "basket", "dried"),
    plant=plant_camellia,
    piece=capsule,
    dry=camellia_seed,
    bulk=palette.OLIVE,
    sprig=sprig_camellia,
    mark=tea.mark_blossom,
    label=palette.mix(palette.RED, palette.ORANGE, 0.35),
    liquid=palette.mix(palette.STRAW, palette.ORANGE_LIGHT, 0.45),
    tints=(palette.PAPER, palette.ORANGE_PALE, palette.LEAF_PALE, palette.PAPER_DEEP),
    grain=54,
    step=1.4,
    dry_grain=34,
    dry_step=1.4,
)
