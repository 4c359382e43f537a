"""Flash sales as tests need them: of Li's daylily at ten yuan, approved, begun an hour ago, until tomorrow."""

import datetime as dt
from typing import Any

from django.utils import timezone

from accounts.models import User
from catalog.models import Stock, Variant
from orders.flash_claims import Outcome, claim_place
from orders.flash_gate import forget_sale
from orders.flash_sales import CLAIM_KEPT, budget_of
from orders.models import FlashClaim, FlashSale, Order, Payer, PromotionKind
from tests.orders.promoting import make_promotion
from tests.orders.scene import Scene, order_of

FLASH_FEN = 1_000


def make_flash(variant: Variant, *, units: int = 3, payer: Payer = Payer.COUNTY, **fields: Any) -> FlashSale:
    """A sale that was announced; the pack has as many units in stock and is sold in it alone."""
    known = {"ends_at": timezone.now() + dt.timedelta(days=1), "most_per_buyer": 1, **fields}
    promotion = make_promotion(
        PromotionKind.FLASH,
        payer,
        name="黄花菜秒杀",
        name_en="Daylily flash sale",
        budget_fen=budget_of(variant, FLASH_FEN, units),
        **known,
    )
    Stock.objects.filter(variant=variant).update(on_hand=max(units, 100))
    Variant.objects.filter(pk=variant.pk).update(apart_until=promotion.ends_at + CLAIM_KEPT)
    variant.refresh_from_db()
    sale = FlashSale.objects.create(promotion=promotion, variant=variant, price_fen=FLASH_FEN, units=units)
    forget_sale(sale.pk)  # what the gate knows of another test's sale
    return sale


def place_of(sale: FlashSale, buyer: User) -> FlashClaim:
    """The buyer's place in the sale, taken now."""
    assert claim_place(sale_id=sale.pk, user_id=buyer.pk) == Outcome.GOT_IT
    return FlashClaim.objects.get(sale=sale, user=buyer)


def order_place(scene: Scene, claim: FlashClaim, **fields: Any) -> Order:
    """An order of the one unit of a place."""
    known = {"lines": [(claim.sale.variant_id, 1)], "buyer": claim.user, "flash": claim.pk, **fields}
    return order_of(scene, **known)


def end_waiting(claim: FlashClaim) -> None:
    """Its quarter of an hour is over."""
    FlashClaim.objects.filter(pk=claim.pk).update(until=timezone.now() - dt.timedelta(seconds=1))
