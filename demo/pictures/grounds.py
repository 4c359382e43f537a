"""What a drawing lies on: tinted paper with a rising disc, a table, an arch or a ruled frame, specks and a seal."""

import math

from demo.pictures import palette
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, arc, ellipse, rect, spline

_GROWING = ("disc", "ridges", "plain", "arch", "moon", "half")
_STANDING = ("table", "disc", "cloth", "ridges", "arch", "plain", "moon", "half")


def lay(plate: Plate, half: complex, tints: tuple[str, ...], *, growing: bool, turn: int) -> str:
    """Paint the ground about the origin, `half` its half-size; return the colour on which the subject stands.

    `turn` walks through the kinds of ground and the tints, so that neighbours differ.
    """
    rng = plate.rng
    kinds = _GROWING if growing else _STANDING
    kind = kinds[turn % len(kinds)]
    tint = tints[(turn + turn // len(kinds)) % len(tints)]
    paper = rng.choice((palette.PAPER, palette.mix(palette.PAPER, tint, 0.55), tint))
    deep = _deeper(tint if tint != palette.PAPER else palette.PAPER_DEEP, bold=rng.random() < 0.4)
    w, h = half.real, half.imag
    plate.fill(_sheet(w, h), paper)
    stand = paper
    if kind == "disc":
        plate.disc(complex(rng.uniform(-70, 70), -40), 372, 372, deep)
    elif kind == "moon":
        _moon_gate(plate, paper, deep)
    elif kind == "arch":
        _arch(plate, deep)
    elif kind == "ridges":
        stand = _ridges(plate, w, h, paper, deep)
    elif kind == "half":
        edge = rng.uniform(-0.36, 0.36) * w
        plate.fill(rect(edge, -h, w, h) if rng.random() < 0.5 else rect(-w, -h, edge, h), deep)
    elif kind in ("table", "cloth"):
        stand = _table(plate, w, h, deep, cloth=kind == "cloth")
    _specks(plate, w, h, paper)
    line = palette.mix(stand, palette.INK_SOFT, 0.5)
    plate.ink(_sheet(w - 26, h - 26), 2.4, line, steady=True)
    return stand


def _deeper(tint: str, *, bold: bool) -> str:
    """A tone below the tint: a little earthier, or boldly towards its own leading colour."""
    if not bold:
        return palette.mix(tint, palette.STRAW, 0.17)
    red, green, blue = (int(tint[k : k + 2], 16) for k in (1, 3, 5))
    if green >= red:
        lake = blue >= green - 12
        return palette.mix(tint, palette.LAKE if lake else palette.LEAF_LIGHT, 0.36)
    return palette.mix(tint, palette.ORANGE_LIGHT if red - blue > 40 else palette.STRAW, 0.42)


def _moon_gate(plate: Plate, paper: str, colour: str) -> None:
    """A round gate with a rim, as in a garden wall."""
    centre = complex(plate.rng.uniform(-40, 40), -20)
    plate.disc(centre, 400, 400, palette.mix(paper, colour, 0.45))
    plate.disc(centre, 376, 376, paper)
    plate.disc(centre, 358, 358, colour)


def _ridges(plate: Plate, w: float, h: float, paper: str, colour: str) -> str:
    """Two far ridges and the near ground, in three flat tones."""
    rng = plate.rng
    stand = paper
    for k, y in enumerate((-60.0, 70.0, 190.0)):
        swing = (120, 76, 26)[k]
        knots = [complex(-w - 20 + (2 * w + 40) * i / 6, y + swing * rng.uniform(-1, 1)) for i in range(7)]
        stand = palette.mix(paper, colour, (0.45, 0.75, 1.0)[k])
        plate.fill([*spline(knots, steps=10), complex(w + 20, h), complex(-w - 20, h)], stand)
    return stand


def seal(plate: Plate, half: complex) -> None:
    """The seal, in one of the lower corners, over the drawing."""
    side = plate.rng.choice((-1, 1))
    _seal(plate, complex(side * (half.real - 72), half.imag - 72))


def _sheet(w: float, h: float) -> Points:
    return rect(-w, -h, w, h)


def _arch(plate: Plate, colour: str) -> None:
    top = ellipse(complex(0, -70), 350, 320, start=180, stop=360, steps=80)
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
