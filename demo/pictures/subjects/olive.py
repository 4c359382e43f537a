"""The olive of Longnan (Olea europaea, 油橄榄): narrow silver-backed leaves, green and violet fruit, oil."""

from demo.pictures import palette
from demo.pictures.kit import Subject, fruit, leaf, pricks, twig
from demo.pictures.plate import Plate
from demo.pictures.strokes import arc, spline, turned

GREEN = palette.mix(palette.OLIVE, palette.LEAF_LIGHT, 0.45)
OIL = palette.mix(palette.STRAW, palette.OLIVE, 0.38)


def olive(plate: Plate, at: complex, radius: float, turn: float | None = None) -> None:
    """One olive, oval, green to violet."""
    rng = plate.rng
    ripe = rng.random()
    colour = palette.mix(GREEN, palette.PLUM, 0.0 if ripe < 0.55 else (ripe - 0.45) * 1.5)
    lean = rng.uniform(50, 130) if turn is None else turn
    body = fruit(
        plate,
        at,
        radius,
        colour,
        squash=0.74,
        turn=lean,
        rough=0.015,
        shade=palette.mix(colour, palette.LEAF_DEEP if ripe < 0.55 else palette.INK, 0.5),
        shine=0.5,
    )
    pricks(plate, body, 6, palette.lighter(colour, 0.45), max(1.3, radius * 0.035))
    plate.dots([body.at(0, 0.94)], max(1.6, radius * 0.05), palette.INK)


def _leaf(plate: Plate, foot: complex, way: complex, size: float) -> None:
    rng = plate.rng
    back = rng.random() < 0.3
    silver = palette.mix(palette.LEAF_PALE, palette.LAKE, 0.35)
    leaf(
        plate,
        foot,
        foot + way * size,
        size * 0.115,
        bend=rng.uniform(-0.1, 0.1),
        tone=rng.uniform(0.1, 0.4),
        veins=0,
        fullest=0.5,
        colour=silver if back else "",
        ink=3.0,
    )


def branch(plate: Plate, knots: list[complex], half: float, *, nodes: int, size: float, fruits: int) -> None:
    """A branch with its leaves in pairs, the fruit hanging from the axils."""
    rng = plate.rng
    way = spline(knots, steps=12)
    spots = []
    for i in range(nodes):
        k = round((0.08 + 0.92 * i / nodes) * (len(way) - 2))
        run = (way[k + 1] - way[k]) / abs(way[k + 1] - way[k])
        spots.append((way[k], run))
        for s in (-1, 1):
            _leaf(
                plate,
                way[k],
                run * turned(s * rng.uniform(28, 58)),
                size * rng.uniform(0.85, 1.15) * (1 - 0.35 * i / nodes),
            )
    run = (way[-1] - way[-2]) / abs(way[-1] - way[-2])
    for angle in (-20, 16):
        _leaf(plate, way[-1], run * turned(angle), size * 0.75)
    twig(plate, knots, half, colour=palette.mix(palette.EARTH, palette.LAKE, 0.35))
    hung = rng.sample(spots, min(fruits, len(spots)))
    for at, _ in sorted(hung, key=lambda s: s[0].imag):
        for _ in range(rng.choice((1, 2, 2))):
            drop = complex(rng.uniform(-34, 34), rng.uniform(52, 88))
            plate.line(arc(at, at + drop * 0.6, 0.1), 4.4, palette.LEAF_DEEP)
            olive(plate, at + drop, rng.uniform(44, 54) * size / 210, 90 - drop.real * 0.5)


def plant(plate: Plate) -> None:
    """Two branches arching down across the plate."""
    rng = plate.rng
    low = rng.uniform(60, 150)
    branch(plate, [-250 - 470j, -150 - 250j, complex(0, -40), complex(60, 330)], 11, nodes=8, size=215, fruits=5)
    branch(plate, [-250 - 470j, -40 - 330j, complex(210, -200), complex(400, low)], 12, nodes=9, size=215, fruits=7)
    branch(plate, [-250 - 470j, -270 - 260j, complex(-360, -60), complex(-380, 170)], 10, nodes=7, size=195, fruits=4)


def sprig(plate: Plate, at: complex, size: float) -> None:
    """A short branch with fruit."""
    foot = at + complex(70, -size * 0.9)
    branch(plate, [foot, at + complex(-20, -10), at + complex(-40, size)], 8, nodes=5, size=size * 0.95, fruits=3)


def mark(plate: Plate, at: complex, size: float) -> None:
    """The small drawing for a label."""
    for angle, far in ((150, 1.0), (30, 1.0), (205, 0.85), (-25, 0.85)):
        leaf(
            plate,
            at - complex(0, size * 0.35),
            at - complex(0, size * 0.35) + turned(angle) * size * far * 1.1,
            size * 0.15,
            veins=0,
            fullest=0.5,
            tone=0.3,
        )
    olive(plate, at + complex(-size * 0.3, size * 0.3), size * 0.42, 100)
    olive(plate, at + complex(size * 0.34, size * 0.2), size * 0.42, 75)


SUBJECT = Subject(
    forms=("plant", "bottle", "jar", "basket"),
    plant=plant,
    piece=olive,
    dry=olive,
    sprig=sprig,
    mark=mark,
    label=palette.OLIVE,
    tints=(
        palette.PAPER,
        palette.LEAF_PALE,
        palette.mix(palette.STRAW, palette.PAPER, 0.6),
        palette.mix(palette.LAKE, palette.PAPER, 0.7),
    ),
    grain=50,
    step=1.22,
    dry_grain=46,
    dry_step=1.45,
    liquid=OIL,
)
