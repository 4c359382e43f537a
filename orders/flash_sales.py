"""What a flash sale sells, and when: its terms checked, its pack set apart for it, and let go again.

From its approval until the last place in it has ended, the pack is sold in no other way: buyers of the day before can't eat what was
promised. Whoever wants to sell the goods beside it makes a pack of its own for the sale.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import stock
from catalog.models import SoldBy, Variant
from catalog.standing import yuan
from orders.flash_gate import forget_sale
from orders.models import FlashSale, Payer, Promotion
from orders.refusals import PromotionRefused

# How long a place waits for its order.
CLAIM_KEPT: Final = dt.timedelta(minutes=15)
MOST_UNITS: Final = 100_000


@dataclass(frozen=True, slots=True)
class FlashTerms:
    """So many units of a pack (its key) at a price in fen, one a buyer."""

    variant_id: int
    price_fen: int
    units: int


def budget_of(variant: Variant, price_fen: int, units: int) -> int:
    """What the payer pays when all units are sold, in fen."""
    return (variant.price_fen - price_fen) * units


def open_flash(promotion: Promotion, terms: FlashTerms, *, at: dt.datetime | None = None) -> FlashSale:
    """The sale of a promotion that was just written; within its transaction. Raises PromotionRefused."""
    variant = Variant.objects.select_related("product__store").get(pk=terms.variant_id)
    if terms.price_fen >= variant.price_fen:
        told = _("The price of the flash sale has to be lower than the pack's price of %(price)s.")
        raise PromotionRefused(told % {"price": yuan(variant.price_fen)})
    _refuse_unfit(variant)
    if not 1 <= terms.units <= MOST_UNITS:
        raise PromotionRefused(_("Choose from 1 to %(most)s units.") % {"most": MOST_UNITS})
    _refuse_others_goods(promotion, variant)
    sale = FlashSale.objects.create(promotion=promotion, variant=variant, price_fen=terms.price_fen, units=terms.units)
    if promotion.approved_at:
        announce_flash(promotion, at=at)
    return sale


def _refuse_unfit(variant: Variant) -> None:
    later = variant.day or variant.promised_week or variant.deliveries
    if later or variant.sold_by == SoldBy.WEIGHT or variant.least > 1:
        raise PromotionRefused(_("A flash sale is for a pack that is there and sold by the piece, one at a time."))


def _refuse_others_goods(promotion: Promotion, variant: Variant) -> None:
    product = variant.product
    if promotion.county_code not in ("", product.county_code) or promotion.store_id not in (None, product.store_id):
        raise PromotionRefused(_("This pack is another store's or county's."))
    if promotion.payer == Payer.SELLER and promotion.store_id is None:
        raise PromotionRefused(_("This pack is another store's or county's."))


def announce_flash(promotion: Promotion, *, at: dt.datetime | None = None) -> None:
    """Set the pack apart for an approved sale; within the approval's transaction. Locks the stock. Raises PromotionRefused.

    The stock is locked before the promotion's row is: so does every order.
    """
    sale = FlashSale.objects.get(promotion=promotion)
    stock.lock([sale.variant_id])
    variant = Variant.objects.get(pk=sale.variant_id)
    _refuse_unfit(variant)  # it may have changed since it was proposed
    if variant.apart_until and variant.apart_until > (at or timezone.now()):
        raise PromotionRefused(_("Another flash sale of this pack is not over yet."))
    if variant.available < sale.units:
        told = _("Only %(left)s of this pack are in stock, and %(units)s are wanted for the sale.")
        raise PromotionRefused(told % {"left": max(variant.available, 0), "units": sale.units})
    if variant.price_fen <= sale.price_fen:
        told = _("The price of the flash sale has to be lower than the pack's price of %(price)s.")
        raise PromotionRefused(told % {"price": yuan(variant.price_fen)})
    if budget_of(variant, sale.price_fen, sale.units) > promotion.budget_fen:
        told = _(
            "The pack costs %(price)s by now: the budget is not enough for %(units)s units. Propose the sale anew."
        )
        raise PromotionRefused(told % {"price": yuan(variant.price_fen), "units": sale.units})
    Variant.objects.filter(pk=variant.pk).update(apart_until=promotion.ends_at + CLAIM_KEPT)
    transaction.on_commit(lambda: forget_sale(sale.pk))


def close_flash(promotion: Promotion, *, at: dt.datetime | None = None) -> None:
    """Let the pack go once the places given out so far have ended; within the transaction that ends the promotion. Locks the stock."""
    sale = FlashSale.objects.get(promotion=promotion)
    stock.lock([sale.variant_id])
    # Read once the stock is locked. What was only proposed set nothing apart: the pack may be in another sale.
    if Promotion.objects.filter(pk=promotion.pk, approved_at__isnull=False).exists():
        until = min(at or timezone.now(), promotion.ends_at) + CLAIM_KEPT
        Variant.objects.filter(pk=sale.variant_id, apart_until=promotion.ends_at + CLAIM_KEPT).update(apart_until=until)
    transaction.on_commit(lambda: forget_sale(sale.pk))
