"""Promotions as tests of orders need them: running since an hour ago, until in a week."""

import datetime as dt
from typing import Any

from django.utils import timezone

from accounts.models import User
from orders.models import Coupon, Payer, Promotion, PromotionKind
from stations.models import Region
from tests.cast import QIDONG, make_user


def make_promotion(
    kind: PromotionKind = PromotionKind.PRICE, payer: Payer = Payer.PLATFORM, **fields: Any
) -> Promotion:
    """One that holds now, proposed and approved by two; of Qidong where the county pays."""
    now = timezone.now()
    if payer == Payer.COUNTY:
        fields.setdefault("region", Region.objects.get(code=QIDONG))
    known = {
        "name": "黄花菜节",
        "name_en": "Daylily festival",
        "starts_at": now - dt.timedelta(hours=1),
        "ends_at": now + dt.timedelta(days=7),
        "budget_fen": 100_000,
        "proposed_by": make_user(name="陈国强"),
        "approved_by": make_user(name="刘芳"),
        "approved_at": now - dt.timedelta(hours=1),
        **fields,
    }
    return Promotion.objects.create(kind=kind, payer=payer, **known)


def make_coupon(
    code: str = "HUANGHUA10",
    *,
    payer: Payer = Payer.PLATFORM,
    user: User | None = None,
    most_uses: int = 100,
    **fields: Any,
) -> Coupon:
    """A coupon of 10 yuan, unless told otherwise."""
    if "percent_bp" not in fields:
        fields.setdefault("off_fen", 1_000)
    promotion = make_promotion(PromotionKind.COUPON, payer, **fields)
    return Coupon.objects.create(promotion=promotion, code=code, user=user, most_uses=most_uses)
