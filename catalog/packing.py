"""Packs: how goods are offered, at which price, and how many there are of which lot."""

import datetime as dt
from collections.abc import Iterable
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog import stock
from catalog.acting import acting_for
from catalog.changes import beyond_other_packs, hold_pack, hold_price
from catalog.growing import GrowerMissing, gathers
from catalog.models import GRAMS_PER_JIN, Lot, Product, Review, ReviewKind, SoldBy, Stock, Variant
from catalog.promises import keep_weeks
from catalog.reviewing import lock_product, touched
from catalog.search import index_product
from catalog.season_boxes import check_season

PACKING_G = 60


class PackFacts(TypedDict, total=False):
    """What is rarely said of a pack: its size with packing (mm), how many one order holds at least and at most, by how many
    percent the weight of goods by weight may differ; and of a season's box how many, how far apart, in which season (Mondays)."""

    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    least: int
    most: int | None
    tolerance_percent: int
    deliveries: int | None
    weeks_between: int | None
    season_from: dt.date | None
    season_until: dt.date | None


class PackKnown(Exception):
    """The product has a pack of this name already, or one that waits for the county."""


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


class LotFrozen(ValueError):
    """A recalled lot, or one that is held back after a test: nothing more is packed or made of it."""


class HarvestMixed(ValueError):
    """A pack sells what was harvested, or what is promised for one week; never both."""


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
    **facts: Unpack[PackFacts],
) -> Variant:
    """A pack of a product: by the piece (`price_fen` a piece), or by weight (`price_fen` a jin of 500 g, whatever `net_weight_g` says).

    `gross_weight_g` is with packing, PACKING_G more when left out.
    `on_hand` units come from `lot`. A pack of goods on sale whose price is beyond the band of the others' is not `active`: it waits
    for the county (catalog.changes.beyond_other_packs).
    Raises PackKnown, mandates.MandateMissing, ValidationError, and as count_stock does.
    """
    with acting_for(by, product.store, "list", "price"):
        lock_product(product)
        waiting = product.reviews.waiting().filter(kind=ReviewKind.PACK)
        if product.variants.filter(Q(active=True) | Q(pk__in=waiting.values("variant")), name=name).exists():
            raise PackKnown
        position = product.variants.count()
        net = GRAMS_PER_JIN if sold_by == SoldBy.WEIGHT else net_weight_g
        variant = Variant(
            product=product, name=name, name_en=name_en, sold_by=sold_by, net_weight_g=net, price_fen=price_fen,
            gross_weight_g=gross_weight_g or net + PACKING_G, position=position,
            sku=sku or f"{product.county_code}-{product.pk}-{position + 1}", **facts,
        )  # fmt: skip
        check_season(variant)
        variant.full_clean()
        base_fen = beyond_other_packs(variant)
        variant.active = base_fen is None
        variant.save()
        if base_fen is not None:
            hold_pack(by=by, pack=variant, base_fen=base_fen)
        _count(variant, lot, on_hand)
        touched(product)
        index_product(product)
    return variant


def change_price(*, by: User, variant: Variant, price_fen: int) -> Review | None:
    """Sets a variant's price (fen, above 0). Orders keep the price that they were placed at. Raises as acting_for, ValidationError.

    Returns the review that a price beyond the county's band waits for (catalog.changes); None for one that holds at once.
    """
    if price_fen == variant.price_fen:
        return None
    with acting_for(by, variant.product.store, "price"):
        if price_fen <= 0:
            raise ValidationError({"price_fen": _("It must be more than 0.")})
        if variant.apart_until and variant.apart_until > timezone.now():
            raise ValidationError(
                {"price_fen": _("A flash sale of this pack is on: its price stays until that is over.")}
            )
        if waiting := hold_price(by=by, variant=variant, price_fen=price_fen):
            return waiting
        Variant.objects.filter(pk=variant.pk).update(price_fen=price_fen)
        variant.refresh_from_db()
        index_product(variant.product)
    return None


def describe_pack(*, by: User, variant: Variant, gross_weight_g: int | None = None, **facts: Unpack[PackFacts]) -> None:
    """Changes what is rarely said of a pack, and its weight with packing where one is given. Orders placed before stay as they are.

    Raises as acting_for, ValidationError (less with packing than without, at most less than at least; a season that doesn't hold its
    boxes, or another rhythm of boxes that are on sale: that is another pack).
    """
    known = {**facts, **({"gross_weight_g": gross_weight_g} if gross_weight_g else {})}
    changed = {name: value for name, value in known.items() if getattr(variant, name) != value}
    if not changed:
        return
    if rhythm := changed.keys() & {"deliveries", "weeks_between"}:
        raise ValidationError({min(rhythm): _("The rhythm stays as it is: offer another pack.")})
    with acting_for(by, variant.product.store):
        for name, value in changed.items():
            setattr(variant, name, value)
        check_season(variant)
        variant.full_clean()
        Variant.objects.filter(pk=variant.pk).update(**changed)


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


def take_off(draws: Iterable[stock.Draw]) -> None:
    """Units that are free by the books and not there leave the stock; what was packed of a lot for them counts as not packed, as when
    somebody counts fewer. Inside the caller's transaction.
    """
    for draw in draws:
        variant = Variant.objects.select_related("product__store__household").get(pk=draw.variant_id)
        row = Stock.objects.select_related("lot").get(variant=variant, lot=draw.lot_id)
        _count(variant, row.lot, max(row.on_hand - draw.units, row.held))


def _latest_first(variant: Variant) -> QuerySet[Stock]:
    rows = Stock.objects.filter(variant=variant, frozen=False).select_related("lot")
    return rows.order_by(F("lot__harvested_on").desc(nulls_last=True), "-lot_id")


def _latest_lot(variant: Variant) -> Lot | None:
    ready = Lot.objects.filter(product_id=variant.product_id, recalled_at=None, held_back_at=None)
    return ready.filter(harvested_on__isnull=False).first()


def _count(variant: Variant, lot: Lot | None, on_hand: int) -> None:
    """One row of stock set to `on_hand` and the lot charged with the difference, inside the caller's transaction."""
    if gathers(variant.product.store) and (lot is None or lot.household_id is None):
        raise GrowerMissing(_("Choose the lot: it says whose goods these are, and who is paid."))
    stock.lock([variant.pk])
    row = Stock.objects.filter(variant=variant, lot=lot).first() or Stock(variant=variant, lot=lot)
    if on_hand < 0:
        raise ValidationError({"on_hand": _("It can't be less than none.")})
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
    if lot is not None:
        keep_weeks([variant.product_id])


def _sells_otherwise(variant: Variant, lot: Lot) -> bool:
    """Whether the pack has stock that goes at another time, or with another deposit: ready where this is promised, or promised for
    another week."""
    others = Stock.objects.filter(variant=variant, on_hand__gt=0, frozen=False).exclude(lot=lot)
    if lot.harvested_on is None and variant.deliveries:  # a season's box has weeks of its own
        return True
    if lot.harvested_on is not None:
        return others.filter(lot__isnull=False, lot__harvested_on=None).exists()
    same = Q(lot__harvested_on=None, lot__promised_week=lot.promised_week, lot__isnull=False)
    same &= Q(lot__deposit_percent=lot.deposit_percent)
    return others.exclude(same).exists()


def draw_from(lot: Lot, grams: int) -> None:
    """Charges a lot with grams that are packed or passed on, or gives them back (below 0). Raises LotTooSmall, LotFrozen."""
    used = Lot.objects.filter(pk=lot.pk, quantity_g__gte=F("used_g") + grams, used_g__gte=-grams)
    free = used.filter(recalled_at=None, held_back_at=None) if grams > 0 else used
    changed = free.update(used_g=F("used_g") + grams)
    lot.refresh_from_db(fields=["used_g", "quantity_g", "recalled_at", "held_back_at"])
    if not changed and lot.is_frozen:
        raise LotFrozen(
            _("Lot %(code)s is recalled or held back: nothing more is packed or made of it.") % {"code": lot.code}
        )
    if not changed:
        raise LotTooSmall(lot)
