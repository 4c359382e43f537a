"""The colours of the drawings: the site's own tokens, and how they are mixed."""

PAPER = "#FBF6EC"
PAPER_DEEP = "#F3E9D7"
INK = "#2B2118"
INK_SOFT = "#6B5A48"
ORANGE = "#D9601A"
ORANGE_DEEP = "#A8430C"
ORANGE_LIGHT = "#F2A25C"
ORANGE_PALE = "#FBE3CC"
LEAF = "#4B6B2F"
LEAF_DEEP = "#2F4A1E"
LEAF_LIGHT = "#8FAE63"
LEAF_PALE = "#E4ECD3"
EARTH = "#8A5A33"
STRAW = "#D9B36A"
RED = "#A8302A"
PLUM = "#5B2A3C"
OLIVE = "#7A7A35"
TEA = "#4A2F22"
LAKE = "#7C97A0"
WHITE = "#FFFDF7"


def mix(first: str, second: str, share: float) -> str:
    """Blend two colours.

    `share` is the part of the second colour, 0 to 1. Colours are `#rrggbb`.
    """
    a, b = _channels(first), _channels(second)
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in zip(a, b, strict=True))


def lighter(colour: str, share: float = 0.3) -> str:
    """Move a colour towards the warm white of the paper."""
    return mix(colour, WHITE, share)


def darker(colour: str, share: float = 0.3) -> str:
    """Move a colour towards the ink."""
    return mix(colour, INK, share)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
