"""The paper labels and tags on vessels, each with a small drawing of the good."""

from demo.pictures import palette
from demo.pictures.kit import Piece
from demo.pictures.plate import Plate
from demo.pictures.strokes import Points, arc, ellipse

FLOOR = 330.0


def label(plate: Plate, centre: complex, half: complex, colour: str, vignette: Piece) -> None:
    """A paper label with a border and a small drawing of the good."""
    w, h = half.real, half.imag
    if plate.rng.random() < 0.5:
        outer = ellipse(centre, w, h, steps=80)
        inner = ellipse(centre, w - 11, h - 11, steps=80)
    else:
        outer, inner = _plaque(centre, w, h), _plaque(centre, w - 10, h - 10)
    plate.shape(outer, palette.PAPER, 3.4)
    plate.ink(inner, 4.0, colour, steady=True)
    with plate.finer(0.6):
        vignette(plate, centre, min(w, h) * 0.86)


def _plaque(centre: complex, w: float, h: float) -> Points:
    """A rectangle with hollowed corners, as on old tea labels."""
    cut = min(w, h) * 0.2
    out: Points = []
    for corner, start in ((complex(w, -h), 180), (complex(w, h), 270), (complex(-w, h), 0), (complex(-w, -h), 90)):
        out += ellipse(centre + corner, cut, cut, start=start, stop=start - 90, steps=6)
    return out


def rounded(centre: complex, w: float, h: float, r: float) -> Points:
    """A rectangle of half-size w and h with its corners rounded."""
    out: Points = []
    for corner, start in (
        (complex(w - r, -h + r), 270),
        (complex(w - r, h - r), 0),
        (complex(-w + r, h - r), 90),
        (complex(-w + r, -h + r), 180),
    ):
        out += ellipse(centre + corner, r, r, start=start, stop=start + 90, steps=8)
    return out


def tag(plate: Plate, knot: complex, colour: str, vignette: Piece) -> None:
    """A paper tag on a string."""
    plate.line(arc(knot - 120, knot + complex(20, 60), -0.2), 4, palette.EARTH, "none")
    with plate.place(knot + complex(30, 130), 1, 12):
        tag = [-62 - 50j, -34 - 84j, 34 - 84j, 62 - 50j, 62 + 84j, -62 + 84j]
        plate.shape(tag, palette.PAPER, 3.6)
        plate.ink([z * 0.87 for z in tag], 3, colour, steady=True)
        plate.disc(-62j, 8, 8, palette.EARTH, 2.4)
        with plate.finer(0.5):
            vignette(plate, 14j, 46)
