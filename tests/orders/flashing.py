"""Flash sales as tests need them: of Li's daylily at ten yuan, approved, begun an hour ago, until tomorrow."""

import datetime as dt
from typing import Any

from django.utils import timezone

from catalog.models import Stock, Variant
from orders.flash_sales import CLAIM_KEPT, budget_of
from orders.models import FlashSale, Payer, PromotionKind
from tests.orders.promoting import make_promotion

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
    return FlashSale.objects.create(promotion=promotion, variant=variant, price_fen=FLASH_FEN, units=units)
