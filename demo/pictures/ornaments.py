"""The site's own ornaments, drawn with the same brush and written as small SVG files.

Run `python -m demo.pictures.ornaments` to write them anew into `demo/pictures/ornaments/`.
"""

from collections.abc import Callable
from pathlib import Path

from demo.pictures import palette
from demo.pictures.strokes import Points, Profile, brush, ellipse, leaf_profile, ribbon, spline, turned

FOLDER = Path(__file__).parent / "ornaments"


def write() -> list[Path]:
    """Write every ornament into FOLDER and return the files."""
    FOLDER.mkdir(exist_ok=True)
    out = []
    for name, painter in ORNAMENTS.items():
        path = FOLDER / f"{name}.svg"
        path.write_text(painter() + "\n", encoding="utf-8")
        out.append(path)
    return out


def curve(points: Points, *, closed: bool = True) -> str:
    """A compact path: a Catmull-Rom curve through the points as cubic Beziers, in relative coordinates."""
    count = len(points)
    d = [f"M{_n(points[0].real)} {_n(points[0].imag)}c"]
    at = complex(round(points[0].real, 1), round(points[0].imag, 1))
    for i in range(count if closed else count - 1):
        p0, p1, p2, p3 = (
            points[(i + k) % count] if closed else points[min(max(i + k, 0), count - 1)] for k in (-1, 0, 1, 2)
        )
        end = complex(round(p2.real, 1), round(p2.imag, 1))
        numbers = [p1 + (p2 - p0) / 6 - at, p2 - (p3 - p1) / 6 - at, end - at]
        d.append(" ".join(f"{_n(z.real)} {_n(z.imag)}" for z in numbers))
        at = end
    return d[0] + " ".join(d[1:]).replace(" -", "-") + ("z" if closed else "")


def _n(value: float) -> str:
    text = f"{value:.1f}"
    text = text.removesuffix(".0")
    if text in ("-0", "0"):
        return "0"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def _svg(w: int, h: int, body: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}">{body}</svg>'


def _path(d: str, colour: str) -> str:
    return f'<path fill="{colour}" d="{d}"/>'


def _petal(knots: list[complex], half: float, profile: Profile, samples: int = 5) -> str:
    """One petal as a compact path: few points, sharp at the foot, pointed at the tip."""
    body = ribbon(spline(knots, steps=8), half, profile)
    ts = [0.0, *(k / samples for k in range(1, samples)), 1.0]
    right = [body.at(t, 1) for t in ts]
    left = [body.at(t, -1) for t in ts[-2:0:-1]]
    return curve(right + left)


def _bloom(back: str, front: str, stem: str, line: str = palette.PAPER) -> str:
    """The daylily of the mark in a field of 64: petals of the real flower's shape, parted by thin lines, and stamens."""
    slim, full = leaf_profile(0.56, 1.0), leaf_profile(0.6, 0.95)
    foot = 31.5 + 40j
    behind = [
        _petal([foot, 22 + 27j, 14 + 15j, 10 + 10j], 4.6, slim, 4),
        _petal([foot, 41 + 27j, 49 + 15j, 53.5 + 10j], 4.6, slim, 4),
        _petal([foot, 28 + 47j, 25 + 53j, 19 + 60j], 4.2, slim, 4),
    ]
    before = [
        _petal([foot, 31.4 + 28j, 32 + 14j, 32.5 + 2j], 7.6, full, 4),
        _petal([foot, 22 + 35j, 11 + 35j, 2 + 46j], 6.8, full, 4),
        _petal([foot, 42 + 35j, 53 + 35j, 62 + 46j], 6.8, full, 4),
    ]
    stamens = "".join(f"M31.5 39L{tip}" for tip in ("24 22", "32 17", "40 22"))
    anthers = "".join(f"M{at}" for at in ("22.4 20.6l3.4.8", "30.2 16l3.6-.2", "38.2 21.4l3.4-.9"))
    stalk = _path(curve(brush([foot, 33 + 44j, 34 + 52j, 38 + 63j], 3.2, "none")), stem) if stem else ""
    petals = _path("".join(behind), back) + _path(before[0], front) + _path(before[1] + before[2], front)
    threads = f'<path stroke-width="1.3" d="{stamens}"/><path stroke-width="2.4" d="{anthers}"/>'
    return (
        f'{stalk}<g stroke="{line}" stroke-width="1.1" stroke-linejoin="round">{petals}</g>'
        f'<g fill="none" stroke="{line}" stroke-linecap="round">{threads}</g>'
    )


def mark() -> str:
    """The mark in orange and green."""
    return _svg(64, 64, _bloom(palette.ORANGE_DEEP, palette.ORANGE, palette.LEAF))


def mark_mono() -> str:
    """The mark in one colour, that of the text about it."""
    return _svg(64, 64, _bloom("currentColor", "currentColor", "currentColor"))


def favicon() -> str:
    """The mark on a round of warm paper, for a browser's tab."""
    disc = f'<circle cx="32" cy="32" r="32" fill="{palette.ORANGE_PALE}"/>'
    bloom = _bloom(palette.ORANGE_DEEP, palette.ORANGE, palette.LEAF)
    return _svg(64, 64, f'{disc}<g transform="translate(5 6)scale(.84)">{bloom}</g>')


def divider() -> str:
    """A flower between two long leaves and buds, to set between sections; the right half is the left one mirrored."""
    slim = leaf_profile(0.5)
    half = _path(curve(brush([134 + 20j, 160 + 23j, 194 + 15j, 236 + 19j], 2.4, "end")), palette.LEAF)
    half += _path(_petal([150 + 21.5j, 164 + 15j, 184 + 8j], 2.6, slim, 3), palette.LEAF_LIGHT)
    half += _path(_petal([176 + 19j, 192 + 22j, 210 + 28j], 2.3, slim, 3), palette.LEAF)
    half += _path(_petal([206 + 16j, 216 + 12j, 228 + 6j], 2.2, slim, 3), palette.ORANGE_LIGHT)
    back = "".join(
        _petal([120 + 20j, complex(120 + 5 * s, 13), complex(120 + 10 * s, 5)], 2.4, slim, 3) for s in (-1, 1)
    )
    front = _petal([120 + 20j, 120.3 + 12j, 120.6 + 1j], 3.7, slim, 3)
    sides = [_petal([120 + 20j, complex(120 + 8 * s, 16.5), complex(120 + 15 * s, 23)], 3.2, slim, 3) for s in (-1, 1)]
    petals = _path(back, palette.ORANGE_DEEP) + _path(front, palette.ORANGE) + _path("".join(sides), palette.ORANGE)
    bloom = f'<g stroke="{palette.PAPER}" stroke-width=".7">{petals}</g>'
    return _svg(240, 32, f'<g id="h">{half}</g><use href="#h" transform="matrix(-1 0 0 1 240 0)"/>{bloom}')


def _icon(strokes: list[tuple[Points, float, str]], extra: str = "") -> str:
    """An icon of brush strokes in the colour of the text about it, in a field of 24."""
    d = "".join(curve(brush(points, width, taper)) for points, width, taper in strokes)
    return _svg(24, 24, f'<g fill="currentColor">{"" if not d else f"<path d={chr(34)}{d}{chr(34)}/>"}{extra}</g>')


def _ring(centre: complex, rx: float, ry: float, start: float, stop: float, steps: int = 9) -> Points:
    return ellipse(centre, rx, ry, start=start, stop=stop, steps=steps)


def place_pin() -> str:
    """A place: a drop with a round eye."""
    drop = [
        12 + 22j,
        8.6 + 17j,
        5.2 + 12.2j,
        5.3 + 7.6j,
        8.4 + 3.6j,
        12.4 + 2.5j,
        16.6 + 4.2j,
        18.8 + 8.2j,
        18.2 + 12.6j,
        15.2 + 17.2j,
        12.2 + 21.6j,
    ]
    return _icon([(drop, 2.2, "both"), (_ring(12 + 9.4j, 2.6, 2.6, -100, 265), 1.7, "both")])


def farmer_hat() -> str:
    """The farmer: a conical straw hat over two shoulders."""
    hat = [2 + 12.4j, 7 + 8j, 12 + 3j, 17 + 8j, 22 + 12.4j]
    brim = [1.8 + 12.4j, 7 + 14.6j, 12 + 15.1j, 17 + 14.6j, 22.2 + 12.4j]
    return _icon(
        [
            (hat, 2.2, "both"),
            (brim, 1.9, "both"),
            ([12 + 4.4j, 9.6 + 8.6j, 8.4 + 13j], 1.1, "end"),
            ([12 + 4.4j, 14.4 + 8.6j, 15.6 + 13j], 1.1, "end"),
            ([8 + 15j, 8.6 + 18j, 12 + 19.6j, 15.4 + 18j, 16 + 15j], 1.6, "none"),
            ([3.6 + 22.6j, 6 + 19.8j, 8.8 + 18.8j], 1.9, "both"),
            ([20.4 + 22.6j, 18 + 19.8j, 15.2 + 18.8j], 1.9, "both"),
        ]
    )


def weight() -> str:
    """Weight: a steelyard, as on the market: beam, pan and poise."""
    beam = [2 + 9.6j, 9 + 7.6j, 22 + 4.2j]
    pan = [2.4 + 16.4j, 6 + 19.4j, 10.2 + 16.2j]
    return _icon(
        [
            (beam, 2.2, "start"),
            ([6 + 8.6j, 4.4 + 12.4j, 2.8 + 16.2j], 1.1, "none"),
            ([6 + 8.6j, 8 + 12.4j, 9.8 + 16.2j], 1.1, "none"),
            (pan, 2.3, "both"),
            ([9.6 + 7.4j, 9.4 + 4.8j, 10.4 + 2.4j], 1.5, "none"),
            ([17 + 5.6j, 17.1 + 8j, 17 + 10.4j], 1.1, "none"),
        ],
        '<path d="M15 10.6l4.2-.2 1.2 5.8-3.3 1.4-3.4-1.2z"/>',
    )


def arrival() -> str:
    """Arrival: a calendar leaf with one day marked."""
    sheet = [4 + 5.4j, 3.6 + 13j, 4.2 + 20.6j, 12 + 21j, 20 + 20.4j, 20.3 + 13j, 19.8 + 5.2j, 12 + 5.2j, 4.4 + 5.5j]
    return _icon(
        [
            (sheet, 2.0, "none"),
            ([4 + 10j, 12 + 9.6j, 20 + 10j], 1.7, "both"),
            ([8.2 + 2.4j, 8 + 4.6j, 8.2 + 7.2j], 2.2, "both"),
            ([15.8 + 2.2j, 16 + 4.6j, 15.8 + 7.2j], 2.2, "both"),
            ([8 + 15.2j, 10.9 + 17.8j, 16.4 + 12.6j], 2.1, "both"),
        ]
    )


def verified() -> str:
    """Verified: a scalloped seal with a tick."""
    edge = [12 + 12j + turned(18 * k) * (10.2 if k % 2 else 8.7) for k in range(20)]
    tick = brush([7.4 + 12.2j, 10.7 + 15.8j, 16.8 + 8.2j], 2.8, "both")
    return _svg(24, 24, f'<path fill="currentColor" fill-rule="evenodd" d="{curve(edge)}{curve(tick)}"/>')


def parcel() -> str:
    """A parcel with its tape."""
    front = [3 + 8j, 2.9 + 14j, 3.4 + 18.4j, 12 + 22j, 20.8 + 18.2j, 21 + 13j, 20.8 + 7.8j]
    return _icon(
        [
            (front, 2.1, "both"),
            ([2.6 + 7.8j, 12 + 11.8j, 21.4 + 7.6j], 2.0, "both"),
            ([3 + 7.6j, 12 + 3j, 21 + 7.4j], 2.0, "both"),
            ([12 + 11.8j, 12.2 + 17j, 12 + 21.6j], 1.8, "both"),
            ([7.6 + 5.6j, 12 + 7.4j, 16.6 + 9.4j], 1.8, "both"),
        ]
    )


ORNAMENTS: dict[str, Callable[[], str]] = {
    "mark": mark,
    "mark-mono": mark_mono,
    "favicon": favicon,
    "divider": divider,
    "icon-place": place_pin,
    "icon-farmer": farmer_hat,
    "icon-weight": weight,
    "icon-arrival": arrival,
    "icon-verified": verified,
    "icon-parcel": parcel,
}

if __name__ == "__main__":
    write()
