"""Recalling what was sold: the list of lines and buyers, parcels stopped, reservations ended, refunds opened. Telling is orders.telling.

Starting freezes the stock (catalog.recalls) and asks for a job; the job does the rest in steps that can each be run again: the list by two
statements whatever its length, then parcels, which are the most urgent, then order by order. A drill ends with the list.
"""

import datetime as dt
import logging
import time
from contextlib import suppress
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Count, F, Max, Q, Sum
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import override
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from accounts.models import User
from catalog import recalls
from catalog.models import Advice, Lot, Recall, RecallReason
from catalog.stock import NotHeld
from delivery.models import Parcel, ParcelState
from delivery.stopping import StopOrder, lift_stops, stop_parcel
from orders.deposit_back import RECALLED, return_deposit
from orders.ending import end_reservation
from orders.models import (
    WAITING,
    Consignment,
    Found,
    LineRefund,
    Order,
    OrderLine,
    OrderState,
    RecalledBuyer,
    RecalledLine,
)
from orders.portions import Portion
from orders.refunding import refund_lines
from orders.telling import enqueue_letters
from payments.models import Refund, RefundState

logger = logging.getLogger("daylily.recalls")

# A job works so long, and then hands on to the next: a worker that stops for an update waits for no more than this.
SPELL_SECONDS: Final = 45.0
RETRIES: Final = RetryStrategy(max_attempts=8, exponential_wait=3)

# One row a buyer (by e-mail, else by telephone, else by order), then one a line; a second run adds what is new. Buyers are kept by a hash
# with a key of the recall, which nobody guesses an address from.
_FOUND: Final = f"""
    FROM catalog_recalledlot r JOIN orders_orderline l ON l.lot_id = r.lot_id JOIN orders_consignment c ON c.id = l.consignment_id
    JOIN orders_order o ON o.id = c.order_id LEFT JOIN delivery_parcel p ON p.id = c.parcel_id
    CROSS JOIN LATERAL (SELECT encode(sha256(convert_to(%(salt)s ||
        coalesce(nullif(lower(o.email), ''), nullif(o.phone, ''), 'order:' || o.id), 'UTF8')), 'hex') AS key) whose
    WHERE r.recall_id = %(recall)s
      AND o.state IN ('{OrderState.RESERVED}', '{OrderState.DEPOSIT}', '{OrderState.PAID}', '{OrderState.REFUNDED}')
"""
_LIST_BUYERS: Final = f"""
    INSERT INTO orders_recalledbuyer (recall_id, key, told_by, tries, trouble, try_at)
    SELECT DISTINCT %(recall)s, whose.key, '', 0, '', now() {_FOUND} ON CONFLICT (recall_id, key) DO NOTHING
"""
_LIST_LINES: Final = f"""
    INSERT INTO orders_recalledline (recall_id, line_id, order_id, buyer_id, found)
    SELECT %(recall)s, l.id, o.id, b.id, CASE WHEN o.state = '{OrderState.RESERVED}' THEN '{Found.UNPAID}'
        WHEN p.state = '{ParcelState.DELIVERED}' THEN '{Found.DELIVERED}'
        WHEN p.state IS NULL OR p.state IN ('{ParcelState.PLANNED}', '{ParcelState.CANCELLED}') THEN '{Found.AT_FARM}'
        ELSE '{Found.UNDER_WAY}' END
    {_FOUND.replace("WHERE", "JOIN orders_recalledbuyer b ON b.recall_id = %(recall)s AND b.key = whose.key WHERE", 1)}
    ON CONFLICT (recall_id, line_id) DO NOTHING
"""


def start_recall(
    *,
    by: User,
    lot: Lot,
    reason: RecallReason | str,
    words: str = "",
    words_en: str = "",
    advice: Advice | str = Advice.DESTROY,
    drill: bool = False,
    at: dt.datetime | None = None,
) -> Recall:
    """Recall a lot and all that was made of it: frozen when this returns, everything else by a job that is enqueued with it.

    A drill freezes nothing, tells nobody and moves no money: its list, and how long it took, stay. Raises as catalog.recalls.begin does.
    """
    with transaction.atomic():
        recall = recalls.begin(
            by=by, lot=lot, reason=reason, words=words, words_en=words_en, advice=advice, drill=drill, at=at
        )
        _enqueue(recall)
    return recall


def end_recall(*, by: User, recall: Recall, why: str) -> Recall:
    """End a recall that was a false alarm: stock thaws, parcels whose goods were not paid back go on, buyers are told.

    Money that went back stays with the buyers; parcels with such goods go back to the centre. Raises as catalog.recalls.end does.
    """
    with transaction.atomic():
        recall = recalls.end(by=by, recall=recall, why=why)
        RecalledLine.objects.filter(recall=recall, handled_at=None).update(handled_at=timezone.now())
        kept = Consignment.objects.filter(lines__recalls__recall=recall, parcel__isnull=False)
        kept = kept.exclude(lines__refunds__recall=recall)
        lift_stops(key=stop_key(recall), parcels=list(kept.values_list("parcel_id", flat=True)), by=by, note=why)
        enqueue_letters(recall.pk)
    return recall


def stop_key(recall: Recall) -> str:
    """Under which key a recall's parcels are stopped."""
    return f"recall:{recall.pk}"


@app.task(name="orders.carry_out_recall", retry=RETRIES)
def carry_out(recall_id: int) -> None:
    """Carry a recall on for a while, and enqueue the next spell where something is left; done again it changes nothing."""
    recall = Recall.objects.get(pk=recall_id)
    if recall.listed_at is None:
        make_list(recall)
        if recall.drill:
            return
        enqueue_letters(recall.pk)
    if not recall.in_force or recall.done_at is not None:
        return
    ends = time.monotonic() + SPELL_SECONDS
    if not (_stop_parcels(recall, ends) and _handle_orders(recall, ends)):
        _enqueue(recall)
        return
    Recall.objects.filter(pk=recall.pk, done_at=None).update(done_at=timezone.now())


def make_list(recall: Recall) -> None:
    """Write the list of lines and buyers that hold goods of the recalled lots, and count it. Two statements, and one to count."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            salt = salted_hmac("orders.recalling", recall.number).hexdigest()
            for statement in (_LIST_BUYERS, _LIST_LINES):
                cursor.execute(statement, {"recall": recall.pk, "salt": salt})
        lines = RecalledLine.objects.filter(recall=recall)
        under_way = Q(found=Found.UNDER_WAY)
        counts = lines.aggregate(
            lines_count=Count("pk"),
            orders_count=Count("order", distinct=True),
            buyers_count=Count("buyer", distinct=True),
            parcels_count=Count("line__consignment__parcel", filter=under_way, distinct=True),
            goods_fen=Sum("line__amount_fen"),
        )
        counts["goods_fen"] = counts["goods_fen"] or 0
        if recall.drill:
            counts["done_at"] = timezone.now()
        recall.listed_at = timezone.now()
        Recall.objects.filter(pk=recall.pk).update(listed_at=recall.listed_at, **counts)
    recall.refresh_from_db()


def expected(lot: Lot) -> dict[str, int]:
    """What a recall of this lot would find now, before anybody starts one: lots, orders, parcels under way, goods in fen."""
    family = lot.made_of_it()
    sold = OrderLine.objects.filter(lot_id__in=family, consignment__order__state__in=(*WAITING, OrderState.PAID))
    moving = ~Q(consignment__parcel__state__in=(ParcelState.PLANNED, ParcelState.CANCELLED, ParcelState.DELIVERED))
    found = sold.aggregate(
        orders=Count("consignment__order", distinct=True),
        parcels=Count("consignment__parcel", filter=moving, distinct=True),
        fen=Sum("amount_fen", filter=Q(consignment__order__state=OrderState.PAID)),
    )
    return {"lots": len(family), "orders": found["orders"], "parcels": found["parcels"], "fen": found["fen"] or 0}


def carry_on_all() -> int:
    """Enqueue what a stopped worker left: recalls in force that are not carried out, and buyers to be told. How many were enqueued."""
    now = timezone.now()
    left = Recall.objects.in_force().filter(done_at=None, started_at__lt=now - dt.timedelta(minutes=3))
    for recall in left:
        _enqueue(recall)
    return len(left)


def _enqueue(recall: Recall) -> None:
    """One job waits for a recall at most, and one works on it."""
    name = f"recall-{recall.pk}"
    with suppress(AlreadyEnqueued), transaction.atomic():
        carry_out.configure(lock=name, queueing_lock=name).defer(recall_id=recall.pk)


def _stop_parcels(recall: Recall, ends: float) -> bool:
    """Stop every parcel under way that holds goods of the list; whether all were looked at."""
    waiting = (
        RecalledLine.objects.filter(recall=recall, handled_at=None, line__consignment__parcel__isnull=False)
        .exclude(
            line__consignment__parcel__state__in=(ParcelState.PLANNED, ParcelState.DELIVERED, ParcelState.CANCELLED)
        )
        .exclude(line__consignment__parcel__stops__key=stop_key(recall))
    )
    for consignment_id in sorted(set(waiting.values_list("line__consignment_id", flat=True))):
        if time.monotonic() > ends:
            return False
        _stop(recall, Consignment.objects.get(pk=consignment_id))
    return True


def _stop(recall: Recall, consignment: Consignment) -> None:
    """Stop a consignment's parcel: what in it is recalled, in both languages."""
    assert consignment.parcel_id is not None
    lines = list(consignment.lines.order_by("pk"))
    ours = set(RecalledLine.objects.filter(recall=recall, line__in=lines).values_list("line_id", flat=True))
    bad = [line for line in lines if line.pk in ours]
    texts = {}
    for language in ("zh-hans", "en"):
        with override(language):
            goods = _("; ").join(f"{line.label} × {line.quantity}" for line in bad)
            text = _("Recalled: %(goods)s (%(number)s)") % {"goods": goods, "number": recall.number}
            texts[language] = text
    order = StopOrder(consignment.parcel_id, texts["zh-hans"], texts["en"], whole=len(bad) == len(lines))
    stop_parcel(order=order, key=stop_key(recall))


def _handle_orders(recall: Recall, ends: float) -> bool:
    """Order by order: reservations end, paid lines are refunded; whether all were dealt with."""
    waiting = RecalledLine.objects.filter(recall=recall, handled_at=None)
    last = 0
    while (
        order_id := waiting.filter(order_id__gt=last).order_by("order_id").values_list("order_id", flat=True).first()
    ) is not None:
        if time.monotonic() > ends:
            return False
        last = order_id
        try:
            handle_order(recall, order_id)
        except (
            NotHeld
        ) as error:  # a person has to mend its stock; it stands on the page, and the others must not wait for it
            logger.error("Order %s of recall %s cannot be dealt with: %s", order_id, recall.number, error)
    return True


def handle_order(recall: Recall, order_id: int) -> None:
    """Deal with one order of a recall's list, in one transaction: end its reservation, or refund its lines and hold its goods."""
    with transaction.atomic():
        order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
        rows = RecalledLine.objects.filter(recall=recall, order=order, handled_at=None)
        if not Recall.objects.in_force().filter(pk=recall.pk).exists():
            return
        keys = list(rows.values_list("line_id", flat=True))
        if order.state == OrderState.RESERVED:
            end_reservation(order)
        elif order.state == OrderState.DEPOSIT:
            return_deposit(order, reason=RECALLED)
        elif order.state == OrderState.PAID:
            portions = [Portion(key) for key in keys]
            reason = f"recall {recall.number}"
            refund_lines(order=order, portions=portions, by=recall.started_by, reason=reason, recall=recall)
            for consignment in Consignment.objects.filter(order=order, lines__in=keys).distinct().order_by("pk"):
                _hold_goods(recall, consignment)
        handled = rows.update(handled_at=timezone.now())
        if handled:
            Recall.objects.filter(pk=recall.pk).update(handled_count=F("handled_count") + 1)


def _hold_goods(recall: Recall, consignment: Consignment) -> None:
    """What becomes of a consignment (locked by the refund, which sees to what was not collected yet): what is under way is stopped."""
    if consignment.parcel_id is None:
        return
    parcel = Parcel.objects.select_for_update(no_key=True).get(pk=consignment.parcel_id)
    if consignment.stock_taken_at is not None or parcel.state not in (ParcelState.PLANNED, ParcelState.CANCELLED):
        _stop(recall, consignment)


def progress_of(recall: Recall) -> dict[str, Any]:
    """How far a recall has come: buyers told, tried in vain and waiting, orders dealt with, parcels stopped.

    `back_fen` went back or is on its way, freight included; `failed_fen` did not reach the buyer and waits to be sent again.
    """
    buyers = RecalledBuyer.objects.filter(recall=recall).aggregate(
        told=Count("pk", filter=~Q(told_at=None)),
        lost=Count("pk", filter=Q(told_at=None) & ~Q(trouble="")),
        last_told=Max("told_at"),
    )
    lines = RecalledLine.objects.filter(recall=recall)
    refunded = LineRefund.objects.filter(recall=recall).aggregate(fen=Sum(F("amount_fen") + F("freight_fen")))["fen"]
    failed = _failed_fen(recall)
    return {
        "told": buyers["told"],
        "lost": buyers["lost"],
        "last_told": buyers["last_told"],
        "handled": recall.handled_count,
        "back_fen": (refunded or 0) - failed,
        "failed_fen": failed,
        "stopped": lines.filter(line__consignment__parcel__stops__key=stop_key(recall))
        .values("line__consignment__parcel")
        .distinct()
        .count(),
    }


def _failed_fen(recall: Recall) -> int:
    """How much of a recall's refunds failed and was not sent again. One sent again counts by what became of the newest try."""
    failed = LineRefund.objects.filter(recall=recall, refund__state=RefundState.FAILED)
    sums = failed.values("refund").annotate(fen=Sum(F("amount_fen") + F("freight_fen")))
    left: dict[int, int] = dict(sums.values_list("refund", "fen"))
    fen = 0
    while left:
        again = {one.replaces_id: one for one in Refund.objects.filter(replaces__in=left)}
        fen += sum(sum_fen for key, sum_fen in left.items() if key not in again)
        left = {one.pk: left[key] for key, one in again.items() if key in left and one.state == RefundState.FAILED}
    return fen
