"""How many units of a pack one order may hold: at least, and at most, as its seller set it."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from catalog.models import Variant


class AmountRefused(ValueError):
    """Fewer units than one order must hold of a pack, or more than it may; `variants` are they."""

    def __init__(self, variants: list[Variant]) -> None:
        super().__init__(", ".join(str(variant) for variant in variants))
        self.variants = variants


def refuse_amounts(wanted: Iterable[tuple[Variant, int]]) -> None:
    """Raises AmountRefused unless every pack's units lie within its bounds."""
    refused = [variant for variant, units in wanted if what_is_wrong(variant, units)]
    if refused:
        raise AmountRefused(refused)


def what_is_wrong(variant: Variant, units: int) -> str:
    """What the buyer should read about a quantity out of bounds; empty where it is within them."""
    if units < variant.least:
        return _("At least %(least)s of it in one order") % {"least": variant.least}
    if variant.most is not None and units > variant.most:
        return _("At most %(most)s of it in one order") % {"most": variant.most}
    return ""


def nearest_amount(variant: Variant, units: int, left: int) -> int:
    """The quantity nearest to `units` that may be ordered of what is left; 0 where none may."""
    most = min(left, variant.most or left)
    return max(min(units, most), variant.least) if most >= variant.least else 0
