"""The demo's flash sales: one of the day before yesterday that eight buyers went after, and one that begins at noon tomorrow."""

import datetime as dt
from collections.abc import Mapping

from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import User
from catalog.models import Flow, ProductStatus, SoldBy, Variant
from demo.year import Year
from orders.checkout import place_order
from orders.flash_claims import Outcome, claim_place
from orders.flash_sales import FlashTerms, budget_of
from orders.models import FlashClaim, FlashSale, PromotionKind
from orders.parcels import plan_parcels
from orders.promoting import Terms, approve, propose_for_county
from orders.settlement import settle_payment
from payments.models import Payment, Provider
from stations.models import Region

LASTS = dt.timedelta(hours=2)
SOLD, TO_COME = 5, 20


def hold_flash_sales(accounts: Mapping[str, User], *, year: Year) -> list[FlashSale]:
    """Both, of Qidong's packs with the most in stock; fewer where there are no such packs."""
    packs = list(_packs()[:2])
    noon = timezone.localtime(year.now).replace(hour=12, minute=0, second=0, microsecond=0)
    found = []
    days = dt.timedelta(days=1)
    for variant, (begins, units) in zip(packs, ((noon - 2 * days, SOLD), (noon + days, TO_COME)), strict=False):
        found.append(_announce(accounts, variant, begins=begins, units=min(units, variant.available)))
    if found:
        _sell(found[0], year, [accounts["buyer"], *year.buyers])
    return found


def _packs() -> QuerySet[Variant]:
    ready = Variant.objects.filter(
        product__county_code="430426", product__flow=Flow.OUTBOUND, product__status=ProductStatus.LISTED, active=True,
        sold_by=SoldBy.PIECE, least=1, day=None, promised_week=None, on_hand__gte=F("held") + SOLD,
    )  # fmt: skip
    # The larger packs: the usual ones go on beside the sale.
    return ready.select_related("product").order_by("-position", F("held") - F("on_hand"), "pk")


def _announce(accounts: Mapping[str, User], variant: Variant, *, begins: dt.datetime, units: int) -> FlashSale:
    price, proposed = variant.price_fen * 6 // 1000 * 100, begins - dt.timedelta(days=3)
    terms = Terms(
        PromotionKind.FLASH, f"{variant.product.name}秒杀", f"Flash sale: {variant.product.name_en}"[:80], begins, begins + LASTS,
        budget_of(variant, price, units), most_per_buyer=1, flash=FlashTerms(variant.pk, price, units),
    )  # fmt: skip
    county = Region.objects.get(code="430426000000")
    promotion = propose_for_county(by=accounts["county"], county=county, terms=terms, at=proposed)
    approve(by=accounts["official"], promotion=promotion, at=proposed + dt.timedelta(hours=5))
    return FlashSale.objects.select_related("variant").get(promotion=promotion)


def _sell(sale: FlashSale, year: Year, buyers: list[User]) -> None:
    """The buyers come in the first minutes; who has a place orders and pays, and the parcels go their ways."""
    begins = sale.promotion.starts_at
    for minute, buyer in enumerate(dict.fromkeys(buyers)):
        when = begins + dt.timedelta(minutes=minute)
        if claim_place(sale_id=sale.pk, user_id=buyer.pk, at=when) != Outcome.GOT_IT:
            continue
        claim = FlashClaim.objects.get(sale=sale, user=buyer)
        order = place_order(
            lines=[(sale.variant_id, 1)], buyer=buyer, email=buyer.email or "", delivery=year.to_a_city(),
            pay_by=Provider.STRIPE, key=f"demo-flash-{claim.pk}", flash=claim.pk, at=when + dt.timedelta(minutes=3),
        )  # fmt: skip
        paid = when + dt.timedelta(minutes=5)
        settle_payment(Payment.objects.get(order_ref=order.ref).pk, at=paid)
        plan_parcels(order.pk, at=paid)
        year.carry(order)
