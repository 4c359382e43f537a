"""Tea (Camellia sinensis): the flush of a bud and two leaves, its white flower, silver and dark rolled leaf."""

import math

from demo.pictures import palette
from demo.pictures.kit import Subject, leaf, twig
from demo.pictures.plate import Plate
from demo.pictures.strokes import arc, bud_profile, leaf_profile, pebble, ribbon, spline, turned, wobble

DOWN = palette.mix(palette.LEAF_PALE, palette.WHITE, 0.45)
YOUNG = palette.mix(palette.LEAF_LIGHT, palette.STRAW, 0.2)


def flush(plate: Plate, foot: complex, way: complex, size: float) -> None:
    """A bud and two young leaves on their stalk."""
    rng = plate.rng
    top = foot + way * size * 0.5
    plate.line(arc(foot, top, 0.05), 9, palette.INK, "none")
    plate.line(arc(foot, top, 0.05), 5, YOUNG, "none")
    side = rng.choice((-1, 1))
    low = foot + way * size * 0.2
    leaf(
        plate,
        low,
        low + way * turned(-side * rng.uniform(52, 66)) * size * 0.85,
        size * 0.15,
        bend=side * 0.12,
        tone=0.75,
        veins=6,
        notch=0.1,
    )
    leaf(
        plate,
        top,
        top + way * turned(side * rng.uniform(34, 50)) * size * 0.75,
        size * 0.125,
        bend=-side * 0.12,
        tone=0.95,
        veins=5,
        notch=0.1,
    )
    body = ribbon(
        arc(top, top + way * turned(-side * 8) * size * 0.62, side * 0.06, steps=18), size * 0.055, bud_profile
    )
    plate.fill(body.outline(), DOWN)
    plate.fill(body.band(0.15, 1), palette.mix(DOWN, YOUNG, 0.6))
    hairs = [
        [body.at(t, u), body.at(t + 0.06, u * 1.02)] for t in (0.2, 0.34, 0.48, 0.62, 0.76) for u in (-0.6, -0.1, 0.5)
    ]
    plate.lines([arc(a, b, 0.1, steps=3) for a, b in hairs], 1.6, palette.LEAF, "both", 0.8)
    plate.ink(body.outline(), 3)


def blossom(plate: Plate, at: complex, size: float, *, petals: int = 6, heart: str = palette.STRAW) -> None:
    """A white camellia flower full of golden stamens."""
    rng = plate.rng
    start = rng.uniform(0, 360)
    with plate.place(at, size, 0, squash=rng.uniform(0.8, 0.95)):
        for k in range(petals):
            way = turned(start + k * 360 / petals + rng.uniform(-7, 7))
            body = ribbon(
                arc(way * 0.08, way * rng.uniform(0.92, 1.06), rng.uniform(-0.06, 0.06), steps=18),
                0.47,
                _petal,
                wobble(rng, 0.04, 4),
            )
            plate.fill(body.outline(), palette.WHITE)
            plate.fill(body.crescent(1, 0.45), palette.mix(palette.LEAF_PALE, palette.LAKE, 0.18))
            plate.lines(
                [body.edge(u, 0.12, 0.62) for u in (-0.3, 0.0, 0.3)],
                1.5,
                palette.mix(palette.LEAF_LIGHT, palette.INK_SOFT, 0.4),
                "end",
            )
            plate.ink(body.outline(), 3.2)
        tips = []
        for k in range(30):
            tip = turned(k * 137.5) * (0.12 + 0.3 * (k / 30) ** 0.5)
            plate.line([tip * 0.2, tip * 0.6, tip], 2.2, palette.mix(heart, palette.EARTH, 0.35), "none")
            tips.append(tip)
        plate.dots(tips, 0.052 * size, palette.INK)
        plate.dots(tips, 0.04 * size, heart)


def _petal(t: float) -> float:
    return math.sin(math.pi * t**1.5) ** 0.6 if 0 < t < 1 else 0.0


def bough(plate: Plate, *, tone: float, flowers: int, flushes: int) -> None:
    """A tea branch rising across the plate: old leaves in pairs, new flushes at the tips, flowers among them."""
    rng = plate.rng
    knots = [complex(-240, 470), complex(-120, 210), complex(20, -10), complex(150, -150)]
    way = spline(knots, steps=12)
    side_way = spline([way[14], way[14] + complex(-120, -110), way[14] + complex(-210, -290)], steps=8)
    body_tones = tone
    for line, count in ((side_way, 5), (way, 8)):
        for i in range(count):
            k = round((0.16 + 0.72 * i / count) * (len(line) - 2))
            run = (line[k + 1] - line[k]) / abs(line[k + 1] - line[k])
            s = 1 if i % 2 else -1
            out = run * turned(s * rng.uniform(48, 72))
            size = rng.uniform(235, 290) * (1 - 0.25 * i / count)
            leaf(
                plate,
                line[k],
                line[k] + out * size,
                size * 0.2,
                bend=s * 0.1,
                tone=body_tones + rng.uniform(-0.12, 0.16),
                veins=7,
                notch=0.09,
            )
    twig(plate, [side_way[0], side_way[8], side_way[-1]], 9, colour=palette.mix(palette.EARTH, palette.LEAF, 0.3))
    twig(plate, knots, 13, colour=palette.mix(palette.EARTH, palette.LEAF, 0.25))
    tips = [
        (way[-1], turned(rng.uniform(-70, -45)), 270.0),
        (side_way[-1], turned(rng.uniform(-120, -95)), 240.0),
        (way[24], turned(-12), 210.0),
    ]
    for at, run, size in tips[:flushes]:
        flush(plate, at, run, size * rng.uniform(0.92, 1.08))
    for at in (way[20] + complex(30, 40), side_way[7] + complex(-10, 30), way[30] + 40)[:flowers]:
        blossom(plate, at, rng.uniform(88, 104))


def needle(plate: Plate, at: complex, radius: float) -> None:
    """Dried white tea: a silver bud, or a grey-green leaf curled along."""
    rng = plate.rng
    way = turned(rng.uniform(0, 360)) * radius
    if rng.random() < 0.58:
        body = ribbon(arc(at - way, at + way, rng.uniform(-0.1, 0.1), steps=12), radius * 0.19, bud_profile)
        plate.fill(body.outline(), DOWN)
        plate.fill(body.band(0.1, 1), palette.mix(DOWN, palette.OLIVE, 0.34))
        plate.lines([body.edge(-0.2, 0.2, 0.9)], 1.3, palette.OLIVE)
    else:
        body = ribbon(
            arc(at - way * 1.1, at + way * 1.1, rng.uniform(-0.22, 0.22), steps=12),
            radius * 0.24,
            leaf_profile(0.5),
            wobble(rng, 0.2),
        )
        tone = palette.mix(
            palette.LEAF, rng.choice((palette.OLIVE, palette.EARTH, palette.LAKE)), rng.uniform(0.3, 0.6)
        )
        plate.fill(body.outline(), tone)
        plate.fill(body.band(-0.1, 1), palette.darker(tone, 0.35))
        plate.lines([body.edge(-0.1)], 1.4, palette.LEAF_PALE)
    plate.ink(body.outline(), 2.2)


def twist(plate: Plate, at: complex, radius: float) -> None:
    """Dried black tea: a dark twisted strip, some with a golden tip."""
    rng = plate.rng
    way = turned(rng.uniform(0, 360)) * radius
    side = way * 1j * rng.uniform(-0.26, 0.26)
    body = ribbon(
        spline([at - way, at - way * 0.3 + side, at + way * 0.35 - side * 0.6, at + way], steps=5),
        radius * 0.15,
        lambda t: 0.25 + 0.75 * math.sin(math.pi * t),
        wobble(rng, 0.3),
    )
    gold = rng.random() < 0.2
    tone = (
        palette.mix(palette.ORANGE, palette.STRAW, 0.45)
        if gold
        else palette.mix(palette.TEA, rng.choice((palette.INK, palette.EARTH)), rng.uniform(0, 0.45))
    )
    plate.fill(body.outline(), tone)
    plate.fill(body.crescent(-0.9, -0.1, 0.1, 0.9), palette.lighter(tone, 0.26))
    plate.ink(body.outline(), 2.0)


def sprig(plate: Plate, at: complex, size: float) -> None:
    """A flush and a big leaf."""
    rng = plate.rng
    foot = at + complex(40, size * 0.9)
    leaf(
        plate,
        foot,
        foot + turned(rng.uniform(-165, -140)) * size * 1.2,
        size * 0.25,
        bend=0.1,
        tone=0.2,
        veins=7,
        notch=0.09,
    )
    flush(plate, foot, turned(rng.uniform(-110, -95)), size * 1.6)


def mark(plate: Plate, at: complex, size: float) -> None:
    """The small drawing for a label."""
    flush(plate, at + complex(0, size * 0.95), turned(-90), size * 1.75)


def mark_blossom(plate: Plate, at: complex, size: float) -> None:
    """A label with a flower between two leaves."""
    for angle in (160, 20):
        leaf(plate, at, at + turned(angle) * size * 1.12, size * 0.24, tone=0.3, veins=5)
    blossom(plate, at, size * 0.78)


def cup(plate: Plate, at: complex, liquor: str) -> None:
    """A white bowl of tea, its foot 124 below `at`."""
    bowl = spline([at - 98, at + complex(-84, 62), at + complex(-38, 104)], steps=8) + spline(
        [at + complex(38, 104), at + complex(84, 62), at + 98], steps=8
    )
    plate.fill(bowl, palette.WHITE)
    plate.fill(
        spline([at + complex(30, 104), at + complex(70, 62), at + 84, at + 98], steps=6)
        + spline([at + 98, at + complex(84, 62), at + complex(38, 104)], steps=6),
        palette.mix(palette.LAKE, palette.WHITE, 0.45),
    )
    plate.ink(bowl, 4.4)
    foot = at + 106j
    plate.shape([foot - 42, foot + 42, foot + complex(36, 18), foot + complex(-36, 18)], palette.WHITE, 4)
    plate.disc(at, 98, 30, palette.WHITE, 4.2)
    plate.disc(at + 5j, 86, 23, liquor)
    plate.line(arc(at + complex(-70, 8), at + complex(-6, 24), -0.1), 5, palette.lighter(liquor, 0.55))
    petals = [
        pebble(plate.rng, 9, centre=at + complex(0, 62) + turned(a) * 11, squash=0.7, turn=a).outline(14)
        for a in range(0, 360, 72)
    ]
    plate.fills(petals, palette.mix(palette.LAKE, palette.INK, 0.1))


def plant_white(plate: Plate) -> None:
    """Spring growth, light, with one flower."""
    bough(plate, tone=0.42, flowers=plate.rng.choice((0, 1)), flushes=3)


def plant_black(plate: Plate) -> None:
    """Summer growth, darker, with flowers."""
    bough(plate, tone=0.14, flowers=plate.rng.choice((2, 3)), flushes=2)


WHITE_TEA = Subject(
    forms=("plant", "dried", "bag", "tin"),
    plant=plant_white,
    piece=needle,
    dry=needle,
    sprig=sprig,
    mark=mark,
    label=palette.LEAF,
    extra=lambda plate, at, _size: cup(plate, at, palette.mix(palette.STRAW, palette.LEAF_PALE, 0.35)),
    tints=(palette.LEAF_PALE, palette.PAPER, palette.mix(palette.LAKE, palette.PAPER, 0.72), palette.PAPER_DEEP),
    grain=46,
    step=0.8,
    dry_grain=48,
    dry_step=1.02,
)
BLACK_TEA = Subject(
    forms=("plant", "dried", "bag", "tin"),
    plant=plant_black,
    piece=twist,
    dry=twist,
    sprig=sprig,
    mark=mark_blossom,
    label=palette.mix(palette.RED, palette.TEA, 0.35),
    extra=lambda plate, at, _size: cup(plate, at, palette.mix(palette.ORANGE_DEEP, palette.RED, 0.35)),
    tints=(palette.ORANGE_PALE, palette.PAPER_DEEP, palette.PAPER, palette.mix(palette.STRAW, palette.PAPER, 0.55)),
    grain=40,
    step=0.8,
    dry_grain=44,
    dry_step=0.8,
)
