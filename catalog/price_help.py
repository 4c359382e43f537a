"""Price help: what like goods of the county sold for in the last weeks, for whoever sets a price. Nothing where too few sold."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, GoodsKind, PriceLevel
from catalog.quick_listing import plain

WEEKS = 8
# A level that is older than this says nothing about today's market.
OLDEST = dt.timedelta(days=14)
FEN_A_YUAN = 100


@dataclass(frozen=True)
class Help:
    """A sentence beside a price: for goods of this category (a key), of one plain name or of any (empty)."""

    category: int
    kind: str
    alike: str
    text: str


def prices_of(county_code: str) -> list[Help]:
    """All levels of a county that may be shown now. One query."""
    levels = PriceLevel.objects.filter(county_code=county_code, week__gte=timezone.localdate() - OLDEST)
    newest: dict[tuple[int, str], PriceLevel] = {}
    for level in levels.select_related("category").order_by("week", "category__position", "alike"):
        newest[level.category_id, level.alike] = level
    return [Help(level.category_id, level.category.label, level.alike, _sentence(level)) for level in newest.values()]


def price_for(county_code: str, category: Category, name: str) -> str:
    """The sentence for goods of this name: of their like, else of their kind; empty where too few sold."""
    found = {(one.category, one.alike): one.text for one in prices_of(county_code)}
    return found.get((category.pk, plain(name))) or found.get((category.pk, ""), "")


def _sentence(level: PriceLevel) -> str:
    words = {name: _yuan(getattr(level, f"{name}_fen")) for name in ("low", "middle", "high")} | {"weeks": str(WEEKS)}
    if level.low_fen == level.high_fen:
        text = _ALIKE_A_JIN if by_the_jin(level.category) else _ALIKE_EACH
    else:
        text = _APART_A_JIN if by_the_jin(level.category) else _APART_EACH
    return str(text) % words


_APART_A_JIN = _(
    "Sold in this county in the last %(weeks)s weeks: mostly ¥%(low)s to ¥%(high)s a jin (500 g), the middle ¥%(middle)s."
)
_APART_EACH = _(
    "Sold in this county in the last %(weeks)s weeks: mostly ¥%(low)s to ¥%(high)s each, the middle ¥%(middle)s."
)
_ALIKE_A_JIN = _("Sold in this county in the last %(weeks)s weeks: mostly for about ¥%(middle)s a jin (500 g).")
_ALIKE_EACH = _("Sold in this county in the last %(weeks)s weeks: mostly for about ¥%(middle)s each.")


def by_the_jin(category: Category) -> bool:
    """Whether goods of this kind are compared by their weight."""
    return category.kind == GoodsKind.FARM


def _yuan(fen: int) -> str:
    return f"{fen / FEN_A_YUAN:g}"
