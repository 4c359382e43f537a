"""How goods are drawn which have no pieces, and the stuff they are made of."""

from collections.abc import Callable

from demo.pictures import palette
from demo.pictures.kit import Subject
from demo.pictures.plate import Plate

WOOD = palette.mix(palette.EARTH, palette.STRAW, 0.3)


STEEL = palette.mix(palette.LAKE, palette.INK_SOFT, 0.35)


def _unused(plate: Plate, at: complex, size: float) -> None:
    """No loose piece is drawn of these goods."""


def goods(forms: dict[str, Callable[[Plate], None]], tints: tuple[str, ...]) -> Subject:
    """A subject whose every form is drawn by a function of its own."""
    return Subject(
        forms=tuple(forms),
        plant=next(iter(forms.values())),
        piece=_unused,
        dry=_unused,
        sprig=_unused,
        mark=_unused,
        label=palette.ORANGE,
        tints=tints,
        own=forms,
    )
