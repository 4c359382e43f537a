"""What tree fruit have in common: the bough they hang from."""

from demo.pictures import palette
from demo.pictures.kit import Piece, leaf, twig
from demo.pictures.plate import Plate
from demo.pictures.strokes import arc, spline, turned

FLESH = palette.mix(palette.PAPER, palette.STRAW, 0.18)


def bough(
    plate: Plate, fruiting: list[tuple[complex, float]], hanging: Piece, *, notch: float, broad: float, tone: float
) -> None:
    """A branch from the upper corner, fruit hanging from it at the given places, leaves about every stalk."""
    rng = plate.rng
    knots = [-580 - 300j, -330 - 250j, complex(-40, -270), complex(260, -230), complex(500, -290)]
    way = spline(knots, steps=8)
    for i in range(8):
        k = 3 + round(i * (len(way) - 6) / 8)
        s = -1 if i % 2 else 1
        size = rng.uniform(190, 240)
        leaf(
            plate,
            way[k],
            way[k] + turned(-90 + s * rng.uniform(10, 60)) * size,
            size * broad,
            bend=s * 0.1,
            tone=tone + rng.uniform(-0.1, 0.2),
            veins=7,
            notch=notch,
        )
    twig(plate, knots, 15)
    for at, radius in fruiting:
        near = min(way, key=lambda p: abs(p - at + complex(0, radius * 1.5)))
        stalk = arc(near, at - complex(0, radius * 0.8), 0.08)
        plate.line(stalk, 11, palette.INK, "none")
        plate.line(stalk, 6.5, palette.mix(palette.EARTH, palette.LEAF, 0.4), "none")
        for s in (-1, 1):
            size = rng.uniform(180, 230)
            leaf(
                plate,
                stalk[5],
                stalk[5] + turned(90 + s * rng.uniform(58, 100)) * size,
                size * broad,
                bend=-s * 0.12,
                tone=tone + rng.uniform(-0.15, 0.2),
                veins=7,
                notch=notch,
            )
        hanging(plate, at, radius)
        size = rng.uniform(150, 180)
        s = rng.choice((-1, 1))
        leaf(
            plate,
            stalk[9],
            stalk[9] + turned(90 + s * rng.uniform(48, 70)) * size,
            size * broad,
            bend=-s * 0.14,
            tone=tone + 0.2,
            veins=6,
            notch=notch,
        )


def hung(plate: Plate, radius: float) -> list[tuple[complex, float]]:
    """Where three fruits of about `radius` hang: place and radius of each."""
    rng = plate.rng
    plan = rng.choice(
        ((-215 + 40j, 30 + 150j, 270 + 10j), (-190 + 120j, 110 + 30j, 330 + 140j), (-260 + 10j, -10 + 110j, 240 + 120j))
    )
    return [(z + complex(rng.uniform(-20, 20), rng.uniform(-20, 20)), radius * rng.uniform(0.9, 1.1)) for z in plan]
