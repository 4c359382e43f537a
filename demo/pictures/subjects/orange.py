"""The orange: whole, cut across, and on the bough."""

from demo.pictures import palette
from demo.pictures.kit import Subject, fruit, leaf, pricks
from demo.pictures.plate import Plate
from demo.pictures.strokes import pebble, turned
from demo.pictures.subjects.orchard import FLESH, bough, hung

ORANGE_SKIN = palette.mix(palette.ORANGE, palette.ORANGE_LIGHT, 0.5)


def orange(plate: Plate, at: complex, radius: float) -> None:
    """An orange with its pores and its star of a stalk."""
    rng = plate.rng
    colour = palette.mix(ORANGE_SKIN, palette.STRAW, rng.uniform(0, 0.25))
    body = fruit(
        plate,
        at,
        radius,
        colour,
        squash=0.95,
        rough=0.015,
        shade=palette.mix(colour, palette.ORANGE_DEEP, 0.5),
        shine=0.5,
    )
    pricks(
        plate, body, 42 if radius > 80 else 20, palette.mix(palette.ORANGE_DEEP, colour, 0.3), max(1.4, radius * 0.018)
    )
    top = at + complex(rng.uniform(-0.16, 0.16), -0.74) * radius
    star = [top + turned(36 * k) * radius * (0.15 if k % 2 else 0.07) for k in range(10)]
    plate.shape(star, palette.LEAF, 2.6)


def orange_half(plate: Plate, at: complex, radius: float) -> None:
    """An orange cut across: rind, pith, segments."""
    body = pebble(plate.rng, radius, centre=at, rough=0.01)
    plate.shape(body.outline(), ORANGE_SKIN, 4)
    plate.fill([at + (z - at) * 0.92 for z in body.outline()], FLESH)
    for k in range(10):
        a, b = 36 * k + 3.0, 36 * k + 33.0
        seg = [body.at((a + b) / 2, 0.1), *body.ring(0.82, a, b)]
        plate.fill(seg, palette.ORANGE_LIGHT)
        plate.lines(
            [
                [body.at((a + b) / 2 + d, 0.3), body.at((a + b) / 2 + d, 0.5), body.at((a + b) / 2 + d * 1.2, 0.7)]
                for d in (-7, 0, 7)
            ],
            2.2,
            palette.ORANGE,
        )
        plate.ink(seg, 2, palette.ORANGE)


def orange_piece(plate: Plate, at: complex, radius: float) -> None:
    """Mostly whole; when large, some cut."""
    if radius > 100 and plate.rng.random() < 0.35:
        orange_half(plate, at, radius)
    else:
        orange(plate, at, radius)


def plant_orange(plate: Plate) -> None:
    """Three oranges among glossy leaves."""
    bough(plate, hung(plate, 128), orange, notch=0.0, broad=0.25, tone=0.12)


def sprig_orange(plate: Plate, at: complex, size: float) -> None:
    """Leaves of the orange."""
    for angle in (-160, -105, -55):
        leaf(plate, at, at + turned(angle) * size * 1.15, size * 0.28, tone=0.15, veins=7)


def mark_orange(plate: Plate, at: complex, size: float) -> None:
    """The small drawing for a label."""
    leaf(plate, at - complex(0, size * 0.5), at + complex(size * 0.85, -size * 0.9), size * 0.2, veins=4)
    orange(plate, at + complex(0, size * 0.12), size * 0.75)


ORANGE = Subject(
    forms=("plant", "loose", "basket", "box"),
    plant=plant_orange,
    piece=orange_piece,
    dry=orange,
    sprig=sprig_orange,
    bulk=palette.ORANGE_DEEP,
    mark=mark_orange,
    label=palette.LEAF,
    tints=(palette.LEAF_PALE, palette.PAPER, palette.mix(palette.LAKE, palette.PAPER, 0.7), palette.PAPER_DEEP),
    grain=74,
    step=1.45,
)
