"""The peanut (花生): pods, kernels, the plant pulled up."""

import math

from demo.pictures import palette
from demo.pictures.kit import Subject, fruit, leaf
from demo.pictures.plate import Plate
from demo.pictures.strokes import arc, ribbon, spline, turned, wobble

POD = palette.mix(palette.STRAW, palette.PAPER_DEEP, 0.2)


def peanut(plate: Plate, at: complex, radius: float) -> None:
    """A peanut in its netted pod."""
    rng = plate.rng
    with plate.place(at, radius, rng.uniform(-60, 60) + rng.choice((0, 180))):
        body = ribbon(
            arc(-1.15 + 0j, 1.15 + 0j, rng.uniform(-0.1, 0.1), steps=26), 0.56, _pod_profile, wobble(rng, 0.04, 5)
        )
        tone = palette.mix(POD, palette.EARTH, rng.uniform(0.05, 0.25))
        plate.fill(body.outline(), tone)
        plate.fill(body.crescent(1, 0.3), palette.mix(tone, palette.EARTH, 0.5))
        plate.fill(body.crescent(-0.85, -0.4, 0.1, 0.9), palette.lighter(tone, 0.5))
        plate.lines(
            [body.edge(u, 0.06, 0.94) for u in (-0.62, -0.2, 0.22, 0.64)], max(1.5, radius * 0.026), palette.EARTH
        )
        plate.lines(
            [
                [body.at(0.1 + 0.08 * i, -0.7), body.at(0.13 + 0.08 * i, 0), body.at(0.1 + 0.08 * i, 0.7)]
                for i in range(11)
            ],
            max(1.4, radius * 0.02),
            palette.EARTH,
        )
        plate.ink(body.outline(), 3.4)


def _pod_profile(t: float) -> float:
    if t <= 0 or t >= 1:
        return 0.0
    ends = math.sqrt(min(1.0, math.sin(math.pi * t) * 2.2))
    return ends * (0.84 + 0.18 * math.cos(math.tau * 2 * t))


def peanut_open(plate: Plate, at: complex, radius: float) -> None:
    """A pod broken open with two red-skinned kernels."""
    rng = plate.rng
    with plate.place(at, radius, rng.uniform(-50, 50)):
        body = ribbon(arc(-1.15 + 0j, 1.15 + 0j, 0.04, steps=26), 0.58, _pod_profile)
        plate.shape(body.outline(), palette.mix(POD, palette.WHITE, 0.45), 3.6)
        plate.fill(body.crescent(-1, -0.55), palette.mix(POD, palette.EARTH, 0.3))
        for x in (-0.52, 0.5):
            fruit(
                plate,
                complex(x, 0),
                0.4,
                palette.mix(palette.RED, palette.ORANGE_LIGHT, 0.35),
                squash=0.82,
                turn=rng.uniform(-20, 20),
                shine=0.4,
                ink=3,
            )


def peanut_piece(plate: Plate, at: complex, radius: float) -> None:
    """Pods, some open."""
    (peanut_open if plate.rng.random() < 0.22 else peanut)(plate, at, radius)


def plant_peanut(plate: Plate) -> None:
    """A pulled-up peanut plant: leaves in fours above, pods on pegs below."""
    rng = plate.rng
    crown = complex(0, 40)
    for k in range(13):
        tip = crown + turned(rng.uniform(50, 130)) * rng.uniform(140, 330)
        peg = spline([crown + 30j, (crown + tip) / 2 + rng.uniform(-30, 30), tip], steps=8)
        plate.line(peg, 5, palette.mix(palette.EARTH, palette.INK, 0.3), "end")
        if k < 9:
            with plate.place(tip, 1):
                peanut(plate, 0j, rng.uniform(58, 68))
    for angle, length in ((-150, 380), (-122, 400), (-92, 400), (-60, 410), (-32, 380)):
        tip = crown + turned(angle + rng.uniform(-6, 6)) * length
        stem = arc(crown + 40j, tip, 0.06 if angle < -90 else -0.06)
        plate.line(stem, 12, palette.INK, "end")
        plate.line(stem, 7, palette.LEAF_LIGHT, "end")
        for k in (5, 10, 16):
            run = (stem[k] - stem[k - 1]) / abs(stem[k] - stem[k - 1])
            side = 1 if k % 2 else -1
            foot = stem[k] + run * turned(70 * side) * 46
            plate.line([stem[k], (stem[k] + foot) / 2, foot], 5, palette.LEAF_DEEP, "none")
            for s, turn in ((-1, 40), (1, 40), (-1, 112), (1, 112)):
                leaf(
                    plate,
                    foot,
                    foot + run * turned(70 * side + s * turn) * 96,
                    32,
                    tone=rng.uniform(0.25, 0.6),
                    veins=3,
                    fullest=0.6,
                    point=0.7,
                    ink=2.8,
                )


def sprig_peanut(plate: Plate, at: complex, size: float) -> None:
    """Four leaflets on a stalk."""
    foot = at + complex(40, size * 0.6)
    plate.line(arc(foot, at, 0.1), 9, palette.LEAF_DEEP, "none")
    for angle in (-170, -115, -60, 5):
        leaf(plate, at, at + turned(angle) * size * 0.8, size * 0.27, tone=0.45, veins=4, fullest=0.6, point=0.7)


PEANUT = Subject(
    lie=0.5,
    forms=("plant", "loose", "dried", "bag", "jar", "basket"),
    plant=plant_peanut,
    piece=peanut_piece,
    dry=peanut_piece,
    sprig=sprig_peanut,
    mark=lambda plate, at, size: peanut(plate, at, size * 0.72),
    label=palette.mix(palette.RED, palette.ORANGE, 0.5),
    tints=(palette.ORANGE_PALE, palette.PAPER, palette.LEAF_PALE, palette.PAPER_DEEP),
    grain=50,
    step=1.45,
    dry_grain=46,
    dry_step=1.4,
    bulk=palette.EARTH,
)
