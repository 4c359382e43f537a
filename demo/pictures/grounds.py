"""What a drawing lies on: tinted paper with a rising disc, a table, an arch or a ruled frame, specks and a seal."""

import math

from demo.pictures import palette
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, arc, ellipse, rect


def lay(plate: Plate, half: complex, tints: tuple[str, ...], *, growing: bool, turn: int) -> str:
    """Paint the ground about the origin, `half` its half-size; return the colour on which the subject stands."""
    rng = plate.rng
    tint = tints[turn % len(tints)]
    paper = rng.choice((palette.PAPER, palette.mix(palette.PAPER, tint, 0.5), tint))
    w, h = half.real, half.imag
    plate.fill(_sheet(w, h), paper)
    kind = (turn * 7 + rng.randrange(2)) % (3 if growing else 5)
    deep = palette.mix(tint, palette.STRAW, 0.16) if paper == tint else palette.mix(tint, palette.STRAW, 0.06)
    if tint == palette.PAPER:
        deep = palette.mix(palette.PAPER_DEEP, palette.STRAW, 0.18)
    stand = paper
    if kind == 0:
        plate.disc(complex(rng.uniform(-70, 70), -40), 372, 372, deep)
    elif kind == 1:
        _arch(plate, deep)
    elif kind in (3, 4):
        stand = _table(plate, w, h, deep, cloth=kind == 4)
    _specks(plate, w, h, paper)
    line = palette.mix(stand, palette.INK_SOFT, 0.5)
    plate.ink(_sheet(w - 26, h - 26), 2.4, line, steady=True)
    return stand


def seal(plate: Plate, half: complex) -> None:
    """The seal, in one of the lower corners, over the drawing."""
    side = plate.rng.choice((-1, 1))
    _seal(plate, complex(side * (half.real - 72), half.imag - 72))


def _sheet(w: float, h: float) -> Points:
    return rect(-w, -h, w, h)


def _arch(plate: Plate, colour: str) -> None:
    top = ellipse(-60 + 0j, 0, 0, steps=1)[:0]
    top += ellipse(complex(0, -70), 350, 320, start=180, stop=360, steps=40)
    plate.fill([*top, complex(350, 400), complex(-350, 400)], colour)


def _table(plate: Plate, w: float, h: float, colour: str, *, cloth: bool) -> str:
    edge = 165.0
    plate.fill(rect(-w, edge, w, h), colour)
    plate.line(
        [complex(-w - 4, edge), complex(0, edge + 1.5), complex(w + 4, edge)],
        3.4,
        palette.mix(colour, palette.INK_SOFT, 0.7),
        "none",
    )
    if cloth:
        _brocade_hem(plate, w, edge, colour)
    return colour


def _brocade_hem(plate: Plate, w: float, edge: float, colour: str) -> None:
    """A band of lozenges along the edge of the table, after Tujia weaving."""
    tone = palette.mix(colour, palette.ORANGE, 0.34)
    step = 46.0
    count = int(w // step) + 1
    outer, inner = [], []
    for k in range(-count, count + 1):
        c = complex(k * step, edge + 34)
        outer.append([c - 20, c - 15j, c + 20, c + 15j])
        inner.append([c - 9, c - 7j, c + 9, c + 7j])
    plate.fills(outer, tone)
    plate.fills(inner, colour)
    for y in (edge + 11, edge + 57):
        plate.line([complex(-w, y), complex(0, y), complex(w, y)], 3, tone, "none")


def _specks(plate: Plate, w: float, h: float, paper: str) -> None:
    spots = [complex(plate.rng.uniform(-w, w), plate.rng.uniform(-h, h)) for _ in range(110)]
    plate.dots(spots[:80], 1.7, palette.mix(paper, palette.EARTH, 0.34))
    plate.dots(spots[80:], 2.4, palette.mix(paper, palette.WHITE, 0.7))


def _seal(plate: Plate, at: complex) -> None:
    """A red seal with a lily of six strokes cut out of it."""
    with plate.place(at, 1, plate.rng.uniform(-4, 4)):
        rough = [-23 - 22j, 22 - 23j, 23 + 22j, -22 + 23j]
        plate.fill(rough, palette.RED, 0.9)
        petals = []
        for k in range(6):
            a = math.radians(60 * k - 90)
            tip = complex(17 * math.cos(a), 17 * math.sin(a))
            petals.append(arc(tip * 0.2, tip, 0.12, steps=6))
        plate.lines(petals, 6, palette.PAPER, "both")
