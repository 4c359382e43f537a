"""The potato (土豆): tubers, and the plant in flower."""

from demo.pictures import palette
from demo.pictures.kit import Subject, fruit, leaf, pricks
from demo.pictures.plate import Plate
from demo.pictures.strokes import arc, spline, turned

POTATO = palette.mix(palette.STRAW, palette.EARTH, 0.2)


def potato(plate: Plate, at: complex, radius: float) -> None:
    """A potato with its eyes."""
    rng = plate.rng
    tone = palette.mix(POTATO, rng.choice((palette.EARTH, palette.PAPER_DEEP)), rng.uniform(0, 0.22))
    turn = rng.uniform(-35, 35)
    body = fruit(
        plate,
        at,
        radius,
        tone,
        squash=rng.uniform(0.7, 0.84),
        rough=0.06,
        turn=turn,
        shade=palette.mix(tone, palette.EARTH, 0.62),
        shine=0.4,
    )
    eyes = []
    for _ in range(5):
        z = body.at(rng.uniform(0, 360), rng.uniform(0.15, 0.74))
        eyes.append(arc(z - radius * 0.1, z + radius * 0.1, -0.22, steps=6))
    plate.lines(eyes, max(2.0, radius * 0.045), palette.mix(palette.EARTH, palette.INK, 0.4))
    pricks(plate, body, 20, palette.EARTH, max(1.2, radius * 0.018))


def plant_potato(plate: Plate) -> None:
    """A potato plant in flower, its tubers below the line of the soil."""
    rng = plate.rng
    crown = 60j
    strings = [
        spline([crown + 20j, complex(x * 0.5, 150), complex(x, y)], steps=6)
        for x, y in ((-260, 200), (-110, 270), (60, 210), (190, 290), (310, 180))
    ]
    plate.lines(strings, 6, palette.EARTH, "end")
    for x, y, r in ((-270, 210, 84), (60, 215, 92), (320, 190, 78), (-120, 300, 100), (190, 310, 92)):
        potato(plate, complex(x + rng.uniform(-14, 14), y + rng.uniform(-10, 10)), r)
    for angle, length in ((-156, 360), (-128, 390), (-98, 400), (-70, 400), (-40, 380), (-20, 330)):
        _potato_leaf(plate, crown, angle + rng.uniform(-7, 7), length)
    for x in (-70, 90):
        _potato_bloom(plate, complex(x + rng.uniform(-20, 20), -330 + rng.uniform(-14, 14)))


def _potato_leaf(plate: Plate, crown: complex, angle: float, length: float) -> None:
    stem = arc(crown, crown + turned(angle) * length, 0.07 if angle < -90 else -0.07, steps=16)
    plate.line(stem, 11, palette.INK, "end")
    plate.line(stem, 7, palette.LEAF_LIGHT, "end")
    for k in (6, 9, 12):
        run = (stem[k + 1] - stem[k]) / abs(stem[k + 1] - stem[k])
        for s in (-1, 1):
            leaf(
                plate,
                stem[k],
                stem[k] + run * turned(s * 62) * 108,
                34,
                tone=plate.rng.uniform(0.1, 0.45),
                veins=4,
                point=0.9,
            )
    run = (stem[-1] - stem[-2]) / abs(stem[-1] - stem[-2])
    leaf(plate, stem[-1] - run * 12, stem[-1] + run * 130, 46, tone=plate.rng.uniform(0.2, 0.5), veins=5, point=0.9)


def _potato_bloom(plate: Plate, at: complex) -> None:
    plate.line(arc(at + 110j, at, 0.05), 6, palette.LEAF_DEEP, "none")
    for dx, dy in ((-34, 8), (36, 4), (0, -34)):
        centre = at + complex(dx, dy)
        star = [centre + turned(36 * k - 90) * (40 if k % 2 == 0 else 25) for k in range(10)]
        plate.shape(spline(star, steps=3, closed=True), palette.mix(palette.PLUM, palette.WHITE, 0.72), 3)
        plate.disc(centre, 9, 10, palette.STRAW, 2.2)


def sprig_potato(plate: Plate, at: complex, size: float) -> None:
    """A compound leaf."""
    _potato_leaf(plate, at + complex(40, size * 0.8), plate.rng.uniform(-125, -100), size * 1.3)


POTATOES = Subject(
    lie=0.62,
    forms=("plant", "loose", "basket", "box"),
    plant=plant_potato,
    piece=potato,
    dry=potato,
    sprig=sprig_potato,
    mark=lambda plate, at, size: potato(plate, at, size * 0.85),
    label=palette.EARTH,
    tints=(palette.LEAF_PALE, palette.PAPER, palette.PAPER_DEEP, palette.mix(palette.LAKE, palette.PAPER, 0.7)),
    grain=70,
    step=1.4,
)
