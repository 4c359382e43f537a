"""Packs: how goods are offered, at which price, and how many there are of which lot."""

from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from catalog import stock
from catalog.acting import acting_for
from catalog.growing import GrowerMissing, gathers
from catalog.models import GRAMS_PER_JIN, Lot, Product, SoldBy, Stock, Variant
from catalog.search import index_product

PACKING_G = 60


class PackKnown(Exception):
    """The product has a pack of this name already."""


class StockBelowHeld(Exception):
    """Buyers hold more units than were entered; `held` says how many."""

    def __init__(self, held: int) -> None:
        super().__init__(held)
        self.held = held


class LotTooSmall(ValueError):
    """A lot has less left than is to be packed from it; `left_g` are its grams."""

    def __init__(self, lot: Lot) -> None:
        super().__init__(str(lot))
        self.lot = lot
        self.left_g = lot.left_g


class HarvestMixed(ValueError):
    """A pack sells what was harvested, or what is promised; not both."""


def add_variant(
    *,
    by: User,
    product: Product,
    name: str,
    price_fen: int,
    net_weight_g: int = GRAMS_PER_JIN,
    name_en: str = "",
    gross_weight_g: int | None = None,
    sold_by: SoldBy | str = SoldBy.PIECE,
    on_hand: int = 0,
    lot: Lot | None = None,
    sku: str = "",
) -> Variant:
    """A pack of a product: by the piece (`price_fen` a piece), or by weight (`price_fen` a jin of 500 g, whatever `net_weight_g` says).

    `gross_weight_g` is with packing, PACKING_G more when left out.
    `on_hand` units come from `lot`.
    Raises PackKnown, mandates.MandateMissing, ValidationError, and as count_stock does.
    """
    with acting_for(by, product.store, "list", "price"):
        Product.objects.select_for_update(no_key=True).values_list("pk").get(pk=product.pk)
        if product.variants.filter(name=name, active=True).exists():
            raise PackKnown
        position = product.variants.count()
        net = GRAMS_PER_JIN if sold_by == SoldBy.WEIGHT else net_weight_g
        variant = Variant(
            product=product, name=name, name_en=name_en, sold_by=sold_by, net_weight_g=net, price_fen=price_fen,
            gross_weight_g=gross_weight_g or net + PACKING_G, position=position,
            sku=sku or f"{product.county_code}-{product.pk}-{position + 1}",
        )  # fmt: skip
        variant.full_clean()
        variant.save()
        _count(variant, lot, on_hand)
        index_product(product)
    return variant


def change_price(*, by: User, variant: Variant, price_fen: int) -> None:
    """Sets a variant's price (fen, above 0). Orders keep the price that they were placed at. Raises as acting_for, ValidationError."""
    if price_fen == variant.price_fen:
        return
    with acting_for(by, variant.product.store, "price"):
        if price_fen <= 0:
            raise ValidationError({"price_fen": _("It must be more than 0.")})
        Variant.objects.filter(pk=variant.pk).update(price_fen=price_fen)
        variant.refresh_from_db()
        index_product(variant.product)


def count_stock(*, by: User, variant: Variant, on_hand: int, lot: Lot | None = None) -> None:
    """Sets how many units of a lot there are in a pack, counted with those that buyers hold; what comes or goes is drawn from the lot.

    Raises StockBelowHeld when buyers hold more of this lot than `on_hand`, LotTooSmall, HarvestMixed, growing.GrowerMissing, and as
    acting_for does.
    """
    with acting_for(by, variant.product.store):
        _count(variant, lot, on_hand)
        variant.refresh_from_db()
        index_product(variant.product)


def add_stock(*, by: User, variant: Variant, units: int) -> None:
    """Counts so many units more of a pack's latest lot, or so many less (below 0) of what is free of it, the latest lot first.

    Whoever counts at the same moment waits. Raises as count_stock does.
    """
    with acting_for(by, variant.product.store):
        stock.lock([variant.pk])
        rows = list(_latest_first(variant))
        if units > 0:
            _count(variant, rows[0].lot if rows else _latest_lot(variant), (rows[0].on_hand if rows else 0) + units)
        for row in rows:
            fewer = min(-units, row.on_hand - row.held)
            if fewer > 0:
                _count(variant, row.lot, row.on_hand - fewer)
                units += fewer
        variant.refresh_from_db()
        if units < 0:
            raise StockBelowHeld(variant.held)
        index_product(variant.product)


def _latest_first(variant: Variant) -> QuerySet[Stock]:
    rows = Stock.objects.filter(variant=variant, frozen=False).select_related("lot")
    return rows.order_by(F("lot__harvested_on").desc(nulls_last=True), "-lot_id")


def _latest_lot(variant: Variant) -> Lot | None:
    return Lot.objects.filter(product_id=variant.product_id, recalled_at=None, harvested_on__isnull=False).first()


def _count(variant: Variant, lot: Lot | None, on_hand: int) -> None:
    """One row of stock set to `on_hand` and the lot charged with the difference, inside the caller's transaction."""
    if gathers(variant.product.store) and (lot is None or lot.household_id is None):
        raise GrowerMissing(_("Choose the lot: it says whose goods these are, and who is paid."))
    stock.lock([variant.pk])
    row = Stock.objects.filter(variant=variant, lot=lot).first() or Stock(variant=variant, lot=lot)
    if on_hand < row.held:
        raise StockBelowHeld(row.held)
    if on_hand == row.on_hand:
        return
    if lot is not None:
        if on_hand and _sells_otherwise(variant, lot):
            raise HarvestMixed(_("This pack sells goods of another kind of lot: harvested ones, or promised ones."))
        draw_from(lot, (on_hand - row.on_hand) * variant.net_weight_g)
    row.on_hand, row.frozen = on_hand, lot is not None and lot.is_frozen
    row.save()


def _sells_otherwise(variant: Variant, lot: Lot) -> bool:
    others = Stock.objects.filter(variant=variant, on_hand__gt=0).exclude(lot=lot)
    return others.filter(lot__isnull=False, lot__harvested_on__isnull=lot.harvested_on is not None).exists()


def draw_from(lot: Lot, grams: int) -> None:
    """Charges a lot with grams that are packed or passed on, or gives them back (below 0). Raises LotTooSmall."""
    used = Lot.objects.filter(pk=lot.pk, quantity_g__gte=F("used_g") + grams, used_g__gte=-grams)
    changed = used.update(used_g=F("used_g") + grams)
    lot.refresh_from_db(fields=["used_g", "quantity_g"])
    if not changed:
        raise LotTooSmall(lot)
