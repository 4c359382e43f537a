"""The daylily (Hemerocallis citrina, 黄花菜): plant, buds, strap leaves, and the dried golden strands."""

import math
from random import Random

from demo.pictures import palette
from demo.pictures.kit import Subject
from demo.pictures.plate import Plate
from demo.pictures.strokes import Profile, Ribbon, arc, blade_profile, bud_profile, ribbon, spline, turned, wobble
from demo.pictures.subjects.daylily_flower import BUD_GREEN, flower

BUD_GOLD = palette.mix(palette.STRAW, palette.ORANGE_LIGHT, 0.45)


STRAND = palette.mix(palette.STRAW, palette.ORANGE_LIGHT, 0.35)


def bud(
    plate: Plate, foot: complex, tip: complex, *, width: float = 0.0, ripe: float = 0.5, bend: float = 0.06
) -> None:
    """One bud from foot to tip; `ripe` runs from green (0) to golden (1); `width` is the half-width."""
    rng = plate.rng
    width = width or abs(tip - foot) * 0.062
    body = ribbon(arc(foot, tip, bend, steps=20), width, bud_profile)
    base = palette.mix(BUD_GREEN, BUD_GOLD, ripe)
    plate.fill(body.outline(), base)
    plate.fill(body.band(0.22, 1), palette.mix(base, palette.OLIVE, 0.42))
    plate.fill(body.crescent(-0.86, -0.35, 0.18, 0.92), palette.lighter(base, 0.5))
    plate.fill(body.band(-1, 1, 0, 0.14), palette.mix(palette.LEAF, base, 0.25))
    plate.fill(body.band(-1, 1, 0.93, 1), palette.mix(palette.LEAF, base, rng.uniform(0.0, 0.5)))
    plate.lines([body.edge(0.2, 0.1, 0.95), body.edge(-0.3, 0.3, 0.9)], 1.4, palette.OLIVE, "both", 0.9)
    plate.ink(body.outline(), 3.2)


def blade(plate: Plate, knots: list[complex], half: float, *, tone: float = 0.3) -> None:
    """A strap leaf through the knots, creased along its rib: one half in the light, one in the shade."""
    body = ribbon(spline(knots, steps=18), half, blade_profile)
    base = palette.mix(palette.LEAF, palette.LEAF_LIGHT, tone)
    plate.fill(body.outline(), base)
    plate.fill(body.band(0.05, 1), palette.mix(palette.LEAF, palette.LEAF_DEEP, 0.55 - tone / 2))
    fine = [body.edge(u, 0.04, 0.8 - abs(u) * 0.3) for u in (-0.72, -0.42)]
    plate.lines(fine, 1.3, palette.LEAF_DEEP, "both", 0.7)
    plate.lines([body.edge(0.5, 0.05, 0.7)], 1.3, palette.LEAF_LIGHT, "both", 0.7)
    plate.line(body.edge(0.04, 0, 0.97), 2.2, palette.INK, "end")
    plate.ink(body.outline(), 3.4)


def scape(plate: Plate, knots: list[complex], half: float) -> Ribbon:
    """The bare stalk which carries the flowers."""
    body = ribbon(spline(knots, steps=10), half, lambda t: 1 - 0.45 * t)
    plate.fill(body.outline(), palette.mix(palette.LEAF_LIGHT, palette.LEAF, 0.45))
    plate.fill(body.band(0.1, 1), palette.LEAF)
    plate.ink(body.outline(), 3.2)
    return body


def plant(plate: Plate) -> None:
    """A plant in flower, whole or seen close by; within 520 to each side and 430 up and down of the origin."""
    plate.rng.choice((_close, _whole, _whole, _budding))(plate)


def _close(plate: Plate) -> None:
    """One great flower, another opening behind it, and a fan of buds on a slanting scape."""
    rng = plate.rng
    root = complex(rng.uniform(150, 260), 480)
    fork = complex(rng.uniform(20, 80), rng.uniform(150, 190))
    for wide, high, half in ((-330, -60, 30), (250, -220, 27), (-180, -300, 24), (330, 60, 30)):
        reach, top = wide * rng.uniform(0.85, 1.2), high + rng.uniform(-60, 60)
        foot = root + complex(reach * 0.1, 20)
        knots = [
            foot,
            foot + complex(reach * 0.35, -260),
            complex(reach * 1.25, top),
            complex(reach * 1.7, top + rng.uniform(120, 260)),
        ]
        blade(plate, knots, half, tone=rng.uniform(0.1, 0.5))
    scape(plate, [root, (root + fork) / 2 + rng.uniform(-16, 16), fork], 15)
    fan = ((8, 190, 270, 0.9), (34, 170, 250, 0.6), (60, 140, 200, 0.35), (-18, 150, 170, 0.2), (84, 90, 130, 0.05))
    for angle, far, length, ripe in fan:
        way = turned(angle + rng.uniform(-5, 5) - 90)
        foot = fork + way * far
        _stalk(plate, fork, foot, foot + way * length)
        bud(
            plate,
            foot,
            foot + way * turned(rng.uniform(-6, 10)) * length,
            ripe=ripe,
            bend=rng.uniform(-0.06, 0.06),
            width=length * 0.062,
        )
    _bracts(plate, fork, 74)
    for at, size, roll, lean, spread in (
        (complex(rng.uniform(-300, -260), rng.uniform(40, 110)), 215.0, rng.uniform(-72, -54), 66.0, 0.62),
        (
            complex(rng.uniform(-110, -60), rng.uniform(-92, -60)),
            rng.uniform(284, 302),
            rng.uniform(-26, -10),
            44.0,
            1.0,
        ),
    ):
        foot = at + 0.52 * math.sin(math.radians(lean)) * size * 1j * turned(roll)
        _stalk(plate, fork, foot, at)
        flower(plate, at, size, roll=roll, lean=lean, spread=spread)


def _budding(plate: Plate) -> None:
    """The buds as they are picked, long and golden, and one flower which was missed."""
    rng = plate.rng
    root = complex(rng.uniform(-30, 60), 480)
    fork = complex(rng.uniform(-20, 30), rng.uniform(190, 225))
    for wide, high, half in ((-300, 20, 28), (290, -20, 28), (-200, -150, 24), (210, -190, 24)):
        reach, top = wide * rng.uniform(0.85, 1.2), high + rng.uniform(-50, 50)
        foot = root + complex(reach * 0.12, 20)
        bow = [foot, foot + complex(reach * 0.5, -230), complex(reach * 1.4, top)]
        blade(plate, [*bow, complex(reach * 1.8, top + rng.uniform(150, 260))], half, tone=rng.uniform(0.1, 0.5))
    scape(plate, [root, (root + fork) / 2 + rng.uniform(-16, 16), fork], 15)
    at = fork + turned(-90 - rng.uniform(52, 60)) * 300
    _stalk(plate, fork, at + 1j * turned(-58) * 74, at)
    flower(plate, at, 172, roll=-58 + rng.uniform(-6, 6), lean=58)
    fan = (
        (-26, 150, 330),
        (44, 160, 330),
        (-4, 190, 390),
        (68, 140, 270),
        (20, 170, 380),
        (92, 100, 190),
        (-44, 90, 150),
    )
    for angle, far, length in fan:
        way = turned(angle + rng.uniform(-4, 4) - 90)
        foot = fork + way * far
        tip = foot + way * turned(rng.uniform(-7, 9)) * length * rng.uniform(0.94, 1.05)
        _stalk(plate, fork, foot, tip)
        bud(
            plate,
            foot,
            tip,
            ripe=rng.uniform(0.1, 1.0) if length > 200 else 0,
            bend=rng.uniform(-0.06, 0.06),
            width=length * 0.056,
        )
    _bracts(plate, fork, 74)


def _bracts(plate: Plate, fork: complex, size: float) -> None:
    """The small pointed leaves which clasp a fork."""
    for s in (-1, 1):
        knots = [
            fork + complex(s * 4, 14),
            fork + complex(s * size * 0.34, -size * 0.3),
            fork + complex(s * size * 0.5, -size),
        ]
        blade(plate, knots, size * 0.17, tone=plate.rng.uniform(0.3, 0.6))


def _whole(plate: Plate) -> None:
    """The whole plant: arching leaves, a branched scape, an open flower and buds of every age."""
    rng = plate.rng
    root = complex(rng.uniform(-50, 50), 440)
    _leaves(plate, root, behind=True)
    lean = rng.uniform(-60, 60)
    fork = complex(lean, 40)
    scape(plate, [root, root * 0.5 + fork * 0.5 + rng.uniform(-20, 20), fork], 11)
    heads = _heads(rng, fork)
    for foot, tip, ripe in heads[2:]:
        _stalk(plate, fork, foot, tip)
        bud(plate, foot, tip, ripe=ripe, bend=rng.uniform(-0.07, 0.07), width=abs(tip - foot) * 0.064)
    _bracts(plate, fork, 56)
    for i, (foot, tip, _) in enumerate(heads[:2]):
        way = (tip - foot) / abs(tip - foot)
        roll = math.degrees(math.atan2(way.imag, way.real)) + 90
        size = (rng.uniform(205, 225), rng.uniform(150, 180))[i]
        lean_angle = (rng.uniform(42, 54), rng.uniform(58, 74))[i]
        reach = foot + way * size * 0.52 * math.sin(math.radians(lean_angle))
        _stalk(plate, fork, foot, tip)
        flower(plate, reach, size, roll=roll, lean=lean_angle)
    _leaves(plate, root, behind=False)


def _heads(rng: Random, fork: complex) -> list[tuple[complex, complex, float]]:
    """Foot, tip and ripeness of what the scape carries; the first two are open flowers."""
    side = rng.choice((-1, 1))
    plan = [
        (18, 130, 300),
        (-52, 120, 260),
        (-14, 185, 170),
        (-32, 120, 150),
        (48, 95, 120),
        (2, 120, 110),
        (-70, 70, 96),
    ]
    out = []
    for i, (angle, distance, length) in enumerate(plan):
        way = turned(side * (angle + rng.uniform(-6, 6)) - 90)
        foot = fork + way * distance * rng.uniform(0.9, 1.1)
        tip = foot + way * turned(side * rng.uniform(-8, 12)) * length
        out.append((foot, tip, max(0.0, 1 - i * 0.16)))
    return out


def _stalk(plate: Plate, fork: complex, foot: complex, tip: complex) -> None:
    way = tip - foot
    knots = [fork + 6j, (fork + foot) / 2 + (fork - foot) * 0.1j, foot + way * 0.02]
    body = ribbon(spline(knots, steps=6), 6, lambda t: 1 - 0.25 * t)
    plate.fill(body.outline(), palette.mix(palette.LEAF_LIGHT, palette.LEAF, 0.4))
    plate.ink(body.outline(), 2.8)


def _leaves(plate: Plate, root: complex, *, behind: bool) -> None:
    rng = plate.rng
    spread = (-1, -0.72, -0.3, 0.34, 0.7, 1.05) if behind else (-0.55, 0.5)
    for s in spread:
        s += rng.uniform(-0.1, 0.1)
        tall = rng.uniform(330, 520) * (1 if behind else 0.62) * (1.25 - 0.5 * abs(s))
        out = s * rng.uniform(380, 470)
        top = root + complex(out * 0.55, -tall)
        tip = root + complex(out * 1.15, -tall * rng.uniform(0.45, 0.95))
        foot = root + complex(s * 34, 20)
        blade(
            plate,
            [foot, foot + complex(out * 0.16, -tall * 0.55), top, tip],
            rng.uniform(17, 24),
            tone=rng.uniform(0.1, 0.5),
        )


def strand(plate: Plate, at: complex, length: float, turn: float) -> None:
    """One dried bud: a flattened golden needle, twisted and creased."""
    rng = plate.rng
    s = rng.choice((-1, 1))
    knots = [
        -length / 2 + 0j,
        complex(-length * 0.18, s * length * rng.uniform(0.0, 0.09)),
        complex(length * 0.16, -s * length * rng.uniform(-0.03, 0.1)),
        complex(length / 2, s * length * rng.uniform(-0.05, 0.12)),
    ]
    twist: Profile = wobble(rng, 0.22, 3)
    body = ribbon(
        spline(knots, steps=5),
        length * 0.05,
        lambda t: 0.3 + 0.7 * bud_profile(t) if t < 0.9 else bud_profile(t),
        twist,
    )
    base = rng.choice(
        (STRAND, STRAND, BUD_GOLD, palette.mix(STRAND, palette.ORANGE, 0.3), palette.mix(STRAND, palette.OLIVE, 0.25))
    )
    with plate.place(at, 1, turn):
        plate.fill(body.outline(), base)
        plate.fill(body.band(0.1, 1), palette.mix(base, palette.EARTH, 0.38))
        plate.fill(body.crescent(-0.9, -0.3, 0.2, 0.95), palette.lighter(base, 0.45))
        plate.ink(body.outline(), 2.2, palette.mix(palette.INK, palette.EARTH, 0.3))


def piece(plate: Plate, at: complex, radius: float) -> None:
    """A fresh bud about a centre, lying mostly across."""
    way = turned(plate.rng.gauss(-18, 22)) * radius
    bud(plate, at - way, at + way, ripe=plate.rng.uniform(0.1, 1), bend=plate.rng.uniform(-0.08, 0.08))


def dry(plate: Plate, at: complex, radius: float) -> None:
    """A dried strand about a centre."""
    strand(plate, at, radius * 2, plate.rng.uniform(-55, 55) + plate.rng.choice((0, 180)))


def sprig(plate: Plate, at: complex, size: float) -> None:
    """A flower with two buds, to lay beside a vessel; `size` is the length of a petal."""
    rng = plate.rng
    side = rng.choice((-1, 1))
    for angle, far in ((-38, 1.5), (30, 1.35)):
        way = turned(-90 + angle * side)
        bud(plate, at + way * size * 0.2, at + way * size * far, ripe=rng.random(), width=size * 0.085)
    flower(plate, at, size, roll=side * rng.uniform(5, 25), lean=rng.uniform(36, 48))


def mark(plate: Plate, at: complex, size: float) -> None:
    """The small drawing for a label."""
    flower(plate, at + complex(0, size * 0.18), size * 0.98, roll=plate.rng.uniform(-12, 12), lean=40)


def bunch(plate: Plate) -> None:
    """A sheaf of fresh buds tied with straw, a flower tucked in."""
    rng = plate.rng
    heads = []
    for i in range(34):
        x = -1 + 2 * (i + 0.5) / 34 + rng.uniform(-0.06, 0.06)
        heads.append((rng.random(), x))
    for depth, x in sorted(heads):
        foot = complex(x * 120 + rng.uniform(-12, 12), 330 - 60 * depth + rng.uniform(-14, 14))
        tip = complex(x * 330 + rng.uniform(-20, 20), -330 + 130 * x * x + 120 * depth + rng.uniform(-30, 30))
        bud(
            plate,
            foot,
            tip,
            ripe=rng.uniform(0.0, 1.0),
            width=rng.uniform(20, 25),
            bend=-x * 0.05 + rng.uniform(-0.02, 0.02),
        )
    _tie(plate, complex(0, 150), 152)
    flower(plate, complex(rng.uniform(-120, 120), 20), 205, roll=rng.uniform(-20, 20), lean=44)


def _tie(plate: Plate, at: complex, half: float) -> None:
    for k in range(4):
        band = arc(
            at + complex(-half, -22 + 14 * k), at + complex(half, -20 + 14 * k + plate.rng.uniform(-4, 4)), -0.05
        )
        plate.line(band, 17, palette.INK, "none")
        plate.line(band, 12, palette.STRAW if k % 2 else palette.mix(palette.STRAW, palette.EARTH, 0.3), "none")
    for s in (-1, 1):
        end = spline([at + 6j, at + complex(s * 60, 60), at + complex(s * 80, 140)], steps=8)
        plate.line(end, 14, palette.INK, "end")
        plate.line(end, 9, palette.STRAW, "end")
    knot = ribbon(arc(at + complex(-30, 2), at + complex(30, 6), 0.1), 22, leaf_knot)
    plate.shape(knot.outline(), palette.STRAW, 3.6)


def leaf_knot(t: float) -> float:
    """Half-width of a knot of straw."""
    return 0.4 + 0.6 * math.sin(math.pi * t)


SUBJECT = Subject(
    forms=("plant", "bunch", "dried", "bag", "jar", "basket"),
    plant=plant,
    piece=piece,
    dry=dry,
    sprig=sprig,
    mark=mark,
    bulk=palette.mix(palette.OLIVE, palette.TEA, 0.35),
    label=palette.ORANGE,
    tints=(palette.PAPER, palette.ORANGE_PALE, palette.LEAF_PALE, palette.PAPER_DEEP),
    grain=118,
    step=0.46,
    dry_grain=104,
    dry_step=0.49,
    own={"bunch": bunch},
)
