"""The parcels of a paid order: one a consignment, from the store's service point to the buyer.

A pre-sale's parcel is planned when its promised week begins, or as soon as its harvest is in; that of each season's box when its week
begins; one that is wished for a day when it would no longer arrive before it; a visit has none.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from catalog.models import Temperature
from delivery.parcels import plan_parcel
from orders.models import Consignment, DeliveryWay, Order, OrderLine, OrderState
from orders.wishes import DAYS_TO_FIND_A_WAY, is_time
from stations.models import Region, Station

# No way takes longer, a wait for the next van included: what is wished for later than that need not be looked at yet.
LONGEST_WAY_DAYS: Final = 7


@app.task(name="orders.plan_parcels", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def plan_parcels(order_id: int, *, at: dt.datetime | None = None) -> int:
    """Plan a parcel for each consignment of the order that is due and has none; returns how many were looked at.

    A job of its own (`plan_parcels.defer(order_id=...)`), because money must not wait for a road. Raises delivery's NoRoute.
    """
    with transaction.atomic():
        order = (
            Order.objects.select_for_update(no_key=True, of=("self",))
            .select_related("pickup_station__region", "region")
            .get(pk=order_id)
        )
        waiting = list(
            Consignment.objects.filter(due_to_travel(at), order=order, parcel=None)
            .select_related("store", "station__region")
            .order_by("pk")
        )
        for consignment in waiting:
            _plan(order, consignment, at)
    return len(waiting)


def due_to_travel(at: dt.datetime | None = None) -> Q:
    """The condition on consignments that go now: no visits, no pre-sale that still waits for a line's week and its harvest, and no
    season's box before its week.
    """
    lines = OrderLine.objects.left().filter(consignment=OuterRef("pk"), short_since=None)
    # A season's box waits for its week, whatever has been harvested.
    awaited = lines.filter(
        Q(lot__harvested_on=None) | Q(consignment__subscription__isnull=False),
        promised_week__gt=timezone.localdate(at),
    )
    return Q(visit_day=None) & (Q(promised_week=None) | Q(~Exists(awaited)))


def plan_promised(*, at: dt.datetime | None = None) -> int:
    """Have the parcels planned of paid pre-sales and season's boxes whose week has begun; how many orders."""
    due = Consignment.objects.filter(
        due_to_travel(at), promised_week__isnull=False, parcel=None, order__state=OrderState.PAID
    ).filter(Exists(OrderLine.objects.left().filter(consignment=OuterRef("pk"), short_since=None)))
    orders = sorted(set(due.values_list("order_id", flat=True)))
    for order_id in orders:
        plan_parcels.defer(order_id=order_id)
    return len(orders)


def plan_wished(*, at: dt.datetime | None = None) -> int:
    """Have the parcels planned of paid orders that are wished for a day, where they now have to leave; how many orders."""
    near = timezone.localdate(at) + dt.timedelta(days=DAYS_TO_FIND_A_WAY + LONGEST_WAY_DAYS)
    waiting = Consignment.objects.filter(wished_day__lte=near, parcel=None, order__state=OrderState.PAID).left()
    waiting = waiting.select_related("order__region", "order__pickup_station__region", "store", "station__region")
    orders = {part.order_id for part in waiting.order_by("wished_day", "pk") if _may_leave(part, _kept_lines(part), at)}
    for order_id in sorted(orders):
        plan_parcels.defer(order_id=order_id)
    return len(orders)


def _kept_lines(consignment: Consignment) -> list[OrderLine]:
    """What is sent: what was paid back, or will be because the harvest was too small, is sent nowhere."""
    kept = OrderLine.objects.left().filter(consignment=consignment, short_since=None)
    return list(kept.select_related("product").order_by("pk"))


def _may_leave(consignment: Consignment, lines: list[OrderLine], at: dt.datetime | None) -> bool:
    """Whether it is not wished for later (load the order's region and pickup station)."""
    if consignment.wished_day is None or not lines:
        return True
    return is_time(
        consignment.wished_day,
        origin=consignment.station.successor,
        to=_goal(consignment.order),
        weight_g=weight_of(lines),
        chilled=_chilled(lines),
        at=at,
    )


def _goal(order: Order) -> Station | Region:
    if order.delivery_way == DeliveryWay.STATION and order.pickup_station is not None:
        return order.pickup_station.successor
    return order.region


def _chilled(lines: Iterable[OrderLine]) -> bool:
    return any(line.product is not None and line.product.temperature != Temperature.AMBIENT for line in lines)


def contents_of(lines: Iterable[OrderLine]) -> str:
    """What a parcel of these lines has in it, in the words of its label."""
    return "、".join(f"{line.name} {line.pack} × {line.left_units}" for line in lines)[:300]


def weight_of(lines: Iterable[OrderLine]) -> int:
    """The grams of these lines' goods as they were sold, with packing."""
    return sum(line.unit_weight_g * line.left_units for line in lines)


def _plan(order: Order, consignment: Consignment, at: dt.datetime | None) -> None:
    consignment.order, lines = order, _kept_lines(consignment)
    if not lines or not _may_leave(consignment, lines, at):
        return
    consignment.parcel = plan_parcel(
        # It may have closed between the order and this job.
        origin=consignment.station.successor,
        to=_goal(order),
        sender=consignment.store.name,
        recipient=order.recipient,
        phone=order.phone,
        address=order.address,
        contents=contents_of(lines),
        weight_g=weight_of(lines),
        chilled=_chilled(lines),
        frozen=consignment.frozen,
        group_ref=order.ref,
        at=at,
    )
    consignment.save(update_fields=["parcel"])
