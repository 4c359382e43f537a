"""Steps that parcels and refunds take: delivery and payments know no orders, so what a buyer is to be told of them is found every minute.

Only orders whose payment, or deposit, was told are followed: nobody is written about the past that is simulated.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.utils import timezone

from delivery.models import ParcelState
from orders.models import Consignment, Notice, NoticeStep, Order, OrderState
from payments.models import Refund, RefundState
from payments.providers import sending

# A worker that was down for so long still tells of a delivery; a bank may return a refund within weeks.
DELIVERED_WITHIN: Final = dt.timedelta(days=2)
CONCLUDED_WITHIN: Final = dt.timedelta(days=90)
MOVING: Final = (ParcelState.COLLECTED, ParcelState.ON_THE_WAY, ParcelState.AT_STATION, ParcelState.WITH_CARRIER)
OUTCOMES: Final = {
    RefundState.SUCCEEDED: NoticeStep.REFUNDED,
    RefundState.FAILED: NoticeStep.REFUND_FAILED,
}


def find_steps() -> int:
    """Write a Notice for each step that parcels and refunds have taken and that has none; how many were found."""
    now = timezone.now()
    found = [*_of_parcels(now), *_of_refunds(now)]
    Notice.objects.bulk_create(found, ignore_conflicts=True)
    return len(found)


def _of_parcels(now: dt.datetime) -> Iterable[Notice]:
    """Collected: once an order, with its first parcel; ready and delivered: each consignment."""
    followed = Consignment.objects.filter(_is_followed("order"), order__state=OrderState.PAID)
    moving = _untold(followed.filter(parcel__state__in=MOVING), NoticeStep.COLLECTED, Value(""))
    for order_id in sorted(set(moving.values_list("order_id", flat=True))):
        yield Notice(order_id=order_id, step=NoticeStep.COLLECTED, happened_at=now)
    lately = now - DELIVERED_WITHIN
    for step, at_its_end in (
        (NoticeStep.READY, Q(parcel__state=ParcelState.READY)),
        (NoticeStep.DELIVERED, Q(parcel__state=ParcelState.DELIVERED, parcel__delivered_at__gt=lately)),
    ):
        parts = _untold(followed.filter(at_its_end), step, OuterRef("number"))
        for order_id, number in parts.order_by("pk").values_list("order_id", "number"):
            yield Notice(order_id=order_id, step=step, part=number, happened_at=now)


def _is_followed(order: str) -> Exists:
    told = Notice.objects.filter(order=OuterRef(order), step__in=(NoticeStep.PAID, NoticeStep.LATE, NoticeStep.DEPOSIT))
    return Exists(told)


def _untold(consignments: "QuerySet[Consignment]", step: NoticeStep, part: Value | OuterRef) -> "QuerySet[Consignment]":
    return consignments.exclude(Exists(Notice.objects.filter(order=OuterRef("order"), step=step, part=part)))


def _of_refunds(now: dt.datetime) -> Iterable[Notice]:
    """What the provider said of each; cash is handed out to the buyer in person."""
    refunds = Refund.objects.filter(
        state__in=OUTCOMES, payment__provider__in=sending(), created_at__gt=now - CONCLUDED_WITHIN
    ).annotate(part=Cast("pk", CharField()))
    for state, step in OUTCOMES.items():
        told = Notice.objects.filter(order__ref=OuterRef("payment__order_ref"), step=step, part=OuterRef("part"))
        concluded = refunds.filter(state=state).exclude(Exists(told))
        rows = list(concluded.values_list("payment__order_ref", "part"))
        orders = Order.objects.filter(_is_followed("pk"), ref__in={ref for ref, _part in rows})
        keys = dict(orders.values_list("ref", "pk"))
        for ref, part in rows:
            if ref in keys:
                yield Notice(order_id=keys[ref], step=step, part=part, happened_at=now)
