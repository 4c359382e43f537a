"""Places in a flash sale, as PostgreSQL gives them: one a buyer, never more than there are, each given back once.

One transaction a place: the row of the buyer (unique), then a guarded UPDATE of the sale. Locks: stock, the buyer's row, the sale, then the
promotion; whoever gives a place back locks the buyer's row first too.
"""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, transaction
from django.db.models.functions import Now

from accounts.models import User
from orders.flash_gate import refresh_gate
from orders.flash_sales import CLAIM_KEPT
from orders.models import ClaimState, FlashClaim, FlashSale, LineDiscount, Order, PromotionKind
from orders.refusals import PlaceGone

if TYPE_CHECKING:
    from orders.promotions import Offer


class Outcome(StrEnum):
    """What PostgreSQL says to one who wants a place."""

    GOT_IT = "got_it"
    HAS_ONE = "has_one"
    SOLD_OUT = "sold_out"
    EARLY = "early"
    OVER = "over"


_GUARD: Final = "taken < units"
# Five hundred want the sale's row one after the other, and none shall hold it while the disk turns. Should PostgreSQL itself break down,
# the places of the last moments are gone whole, row and count; an order waits for the disk as ever, and its place's row with it.
_SOON: Final = "SET LOCAL synchronous_commit TO OFF"
_CLOCK: Final = "(SELECT coalesce(%(at)s::timestamptz, now()) AS time) AS clock"
_CLAIM: Final = f"""
INSERT INTO orders_flashclaim (sale_id, user_id, state, claimed_at, until)
SELECT s.id, %(user)s, 'claimed', clock.time, clock.time + %(kept)s
FROM orders_flashsale s JOIN orders_promotion p ON p.id = s.promotion_id, {_CLOCK}
WHERE s.id = %(sale)s AND s.{{guard}}
  AND p.approved_at IS NOT NULL AND p.ended_at IS NULL AND p.starts_at <= clock.time AND p.ends_at > clock.time
ON CONFLICT (sale_id, user_id) DO NOTHING RETURNING id
"""
_TAKE: Final = "UPDATE orders_flashsale SET taken = taken + 1 WHERE id = %(sale)s AND {guard}"
_WHY: Final = f"""
SELECT CASE WHEN EXISTS (SELECT FROM orders_flashclaim WHERE sale_id = s.id AND user_id = %(user)s) THEN 'has_one'
  WHEN p.ended_at IS NOT NULL OR p.ends_at <= clock.time THEN 'over'
  WHEN p.approved_at IS NULL OR p.starts_at > clock.time THEN 'early' ELSE 'sold_out' END
FROM orders_flashsale s JOIN orders_promotion p ON p.id = s.promotion_id, {_CLOCK} WHERE s.id = %(sale)s
"""
_GIVE_BACK: Final = """
WITH gone AS (UPDATE orders_flashclaim SET state = 'lapsed' WHERE id IN ({which}) AND state = %(from)s RETURNING sale_id)
UPDATE orders_flashsale SET taken = taken - (SELECT count(*) FROM gone) WHERE id IN (SELECT sale_id FROM gone) RETURNING id
"""
_OVERDUE: Final = """SELECT id FROM orders_flashclaim WHERE sale_id = %(sale)s AND state = 'claimed' AND until < now()
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"""
_OF_ORDER: Final = "SELECT id FROM orders_flashclaim WHERE order_id = %(order)s FOR NO KEY UPDATE"


class _NoneLeft(Exception):
    """Somebody else had the last place at this moment: the buyer's row has to go again."""


def claim_place(*, sale_id: int, user_id: int, at: dt.datetime | None = None) -> Outcome:
    """Take a place in a sale for an account, now by the database's clock. FlashSale.DoesNotExist where there is no such sale."""
    wanted: dict[str, Any] = {"sale": sale_id, "user": user_id, "kept": CLAIM_KEPT, "at": at}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_SOON)
            cursor.execute(_CLAIM.format(guard=_GUARD), wanted)
            if cursor.rowcount:
                cursor.execute(_TAKE.format(guard=_GUARD), wanted)
                if not cursor.rowcount:
                    raise _NoneLeft
                return Outcome.GOT_IT
            cursor.execute(_WHY, wanted)
            row = cursor.fetchone()
    except _NoneLeft:
        return Outcome.SOLD_OUT
    if row is None:
        raise FlashSale.DoesNotExist
    return Outcome(row[0])


def waiting_place(*, by: User, sale_id: int) -> FlashClaim:
    """A buyer's place that waits for its order, with all that a checkout needs. Raises PlaceGone."""
    related = ("sale__promotion", "sale__variant__product")
    mine = FlashClaim.objects.visible_to(by).select_related(*related)
    found = mine.filter(sale_id=sale_id, state=ClaimState.CLAIMED, until__gt=Now()).first()
    if found is None:
        raise PlaceGone
    return found


def offer_price(offer: "Offer", *, claim_id: int | None, buyer: User | None, units: Mapping[int, int]) -> None:
    """Let an offer hold the price of a buyer's place, for one unit of its pack. Raises PlaceGone for anything else.

    Without a place nothing is asked and nothing changes.
    """
    if claim_id is None:
        return
    found = FlashClaim.objects.select_related("sale__promotion").filter(pk=claim_id, state=ClaimState.CLAIMED)
    claim = found.first()
    if claim is None or buyer is None or claim.user_id != buyer.pk or units != {claim.sale.variant_id: 1}:
        raise PlaceGone
    add_flash(offer, claim.sale)


def add_flash(offer: "Offer", sale: FlashSale) -> None:
    """Put a sale's promotion and price among what an offer knows (load the promotion)."""
    offer.promotions = [*offer.promotions, sale.promotion]
    offer.prices[(sale.promotion_id, sale.variant_id)] = sale.price_fen


def use_place(order: Order, *, claim_id: int | None, taken: list[LineDiscount], at: dt.datetime | None = None) -> None:
    """The place is its order's from now on; in the order's transaction. Raises PlaceGone where its time is over, or it bought nothing."""
    if claim_id is None:
        return
    waits = FlashClaim.objects.filter(state=ClaimState.CLAIMED, until__gt=at or Now())
    mine = waits.filter(pk=claim_id, user_id=order.user_id or 0)
    cheaper = any(row.kind == PromotionKind.FLASH for row in taken)
    if not cheaper or not mine.update(state=ClaimState.ORDERED, order=order):
        raise PlaceGone


def give_place_back(order: Order) -> None:
    """The place of an order that ended unpaid, or was called off at the farm, is free again. In the transaction that ends it."""
    _give_back(_OF_ORDER, {"order": order.pk, "from": ClaimState.ORDERED})


def take_place_again(order: Order) -> None:
    """Money came after its order had ended: its place once more. In the caller's transaction. Raises PlaceGone when none is left."""
    claim = FlashClaim.objects.select_for_update(no_key=True).filter(order=order, state=ClaimState.LAPSED).first()
    if claim is None:
        raise PlaceGone
    with connection.cursor() as cursor:
        cursor.execute(_TAKE.format(guard=_GUARD), {"sale": claim.sale_id})
        if not cursor.rowcount:
            raise PlaceGone
    FlashClaim.objects.filter(pk=claim.pk).update(state=ClaimState.ORDERED)


def lapse_places(*, sale_id: int | None = None) -> int:
    """Give back the places whose time is over, of one sale or of all, a transaction a sale; in how many sales there were some."""
    overdue = FlashClaim.objects.filter(state=ClaimState.CLAIMED, until__lt=Now())
    if sale_id is not None:
        overdue = overdue.filter(sale_id=sale_id)
    sales = list(overdue.order_by("sale_id").values_list("sale_id", flat=True).distinct())
    for one in sales:
        with transaction.atomic():
            _give_back(_OVERDUE, {"sale": one, "from": ClaimState.CLAIMED})
    return len(sales)


def _give_back(which: str, values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK.format(which=which), values)
        for (sale_id,) in cursor.fetchall():
            transaction.on_commit(partial(refresh_gate, sale_id))
