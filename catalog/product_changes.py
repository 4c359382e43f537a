"""What a list of goods would change of goods that are on record; judged only, nothing is saved here."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from catalog.growing import gathers
from catalog.models import GRAMS_PER_JIN, GoodsKind, Product, SoldBy, Stock, Variant
from catalog.product_rows import PackRow
from stations.taking_in import RowFaulty


@dataclass(slots=True)
class Change:
    """What changes of a product: its `texts`, `prices`, `facts` and `stock` of packs that it has, packs that are `added`, photographs."""

    product: Product
    texts: dict[str, Any] = field(default_factory=dict)
    prices: list[tuple[Variant, int]] = field(default_factory=list)
    facts: list[tuple[Variant, dict[str, Any]]] = field(default_factory=list)
    stock: list[tuple[Variant, Stock | None, int]] = field(default_factory=list)
    added: list[PackRow] = field(default_factory=list)
    photographs: list[str] = field(default_factory=list)
    told: bool = False

    @property
    def size(self) -> int:
        """How much changes; 0 for nothing."""
        parts = (self.texts, self.prices, self.facts, self.stock, self.added, self.photographs)
        return sum(len(part) for part in parts)


def compare_goods(change: Change, facts: dict[str, Any]) -> None:
    """Notes what a row says otherwise of the goods."""
    product = change.product
    for name, value in facts.items():
        known = (product.season_from, product.season_to) if name == "season" else getattr(product, name)
        if name == "season" and value is None:
            value = (None, None)
        if known != value:
            change.texts[name] = value


def compare_pack(change: Change, pack: PackRow) -> None:
    """Notes what a row says otherwise of a pack, or that the goods have none of this name yet. Raises RowFaulty."""
    known = _pack_of(change.product, pack)
    if known is None:
        change.added.append(pack)
        return
    net = GRAMS_PER_JIN if pack.sold_by == SoldBy.WEIGHT else pack.net_g
    if (known.name, known.sold_by, known.net_weight_g) != (pack.name, pack.sold_by, net):
        raise RowFaulty(("pack", _("A pack stays what it is: buyers have ordered it. Add another pack in a new row.")))
    if known.price_fen != pack.price_fen:
        change.prices.append((known, pack.price_fen))
    facts = {name: value for name, value in pack.facts.items() if getattr(known, name) != value}
    if facts:
        change.facts.append((known, facts))
    if pack.stock is not None:
        _compare_stock(change, known, pack, pack.stock)


def _pack_of(product: Product, pack: PackRow) -> Variant | None:
    active = [one for one in product.variants.all() if one.active and one.day is None]
    if not pack.sku:
        if any(one.name == pack.name for one in active):
            raise RowFaulty(("sku", _("These goods have a pack of this name already: write its number.")))
        return None
    found = next((one for one in active if one.sku == pack.sku), None)
    if found is None:
        raise RowFaulty(("sku", _("These goods have no pack of this number.")))
    return found


def _compare_stock(change: Change, known: Variant, pack: PackRow, wanted: int) -> None:
    rows = [row for row in known.stock.all() if not row.frozen and row.on_hand]
    if sum(row.on_hand for row in rows) == wanted:
        _refuse_other_harvest(rows, pack)
        return
    if len(rows) > 1:
        raise RowFaulty(
            ("stock", _("This pack holds several harvests. Count it on the page of the goods, lot by lot."))
        )
    _refuse_other_harvest(rows, pack)
    row = next(iter(rows or [one for one in known.stock.all() if not one.frozen]), None)
    product = change.product
    if row is None and (product.category.kind == GoodsKind.FARM or gathers(product.store)):
        raise RowFaulty(("stock", _("Enter the new harvest on the page of the goods; its stock is counted there.")))
    if row is not None:
        _refuse_count(row, known, wanted)
    change.stock.append((known, row, wanted))


def _refuse_count(row: Stock, known: Variant, wanted: int) -> None:
    if wanted < row.held:
        told = _("Buyers have ordered %(held)s of these; there can't be fewer.") % {"held": row.held}
        raise RowFaulty(("stock", told))
    lot = row.lot
    if lot is not None and (wanted - row.on_hand) * known.net_weight_g > lot.left_g:
        told = _("Lot %(code)s has only %(kilograms)s kg left to pack.")
        raise RowFaulty(("stock", told % {"code": lot.code, "kilograms": f"{lot.left_g / 1000:g}"}))


def _refuse_other_harvest(rows: list[Stock], pack: PackRow) -> None:
    if len(rows) != 1 or pack.harvested_on is None:
        return
    lot = rows[0].lot
    if lot is None or lot.harvested_on != pack.harvested_on:
        raise RowFaulty(
            (
                "harvested_on",
                _("The harvest of what is in stock doesn't change. Enter a new one on the page of the goods."),
            )
        )
