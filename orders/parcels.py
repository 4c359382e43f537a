"""The parcels of a paid order: one a consignment, from the store's service point to the buyer."""

import datetime as dt

from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from catalog.models import Temperature
from delivery.parcels import plan_parcel
from orders.models import Consignment, DeliveryWay, Order, OrderLine
from stations.models import Region, Station


@app.task(name="orders.plan_parcels", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def plan_parcels(order_id: int, *, at: dt.datetime | None = None) -> int:
    """Plan a parcel for each consignment of the order that has none; returns how many were planned.

    A job of its own (`plan_parcels.defer(order_id=...)`), because money must not wait for a road. Raises delivery's NoRoute.
    """
    with transaction.atomic():
        order = (
            Order.objects.select_for_update(no_key=True, of=("self",))
            .select_related("pickup_station__region", "region")
            .get(pk=order_id)
        )
        waiting = list(
            Consignment.objects.filter(order=order, parcel=None)
            .select_related("store", "station__region")
            .order_by("pk")
        )
        for consignment in waiting:
            _plan(order, consignment, at)
    return len(waiting)


def _plan(order: Order, consignment: Consignment, at: dt.datetime | None) -> None:
    kept = OrderLine.objects.filter(consignment=consignment, refunds=None)  # what was paid back is sent nowhere
    lines = list(kept.select_related("product").order_by("pk"))
    if not lines:
        return
    to: Station | Region = order.region
    if order.delivery_way == DeliveryWay.STATION and order.pickup_station is not None:
        to = order.pickup_station.successor
    consignment.parcel = plan_parcel(
        # It may have closed between the order and this job.
        origin=consignment.station.successor,
        to=to,
        sender=consignment.store.name,
        recipient=order.recipient,
        phone=order.phone,
        address=order.address,
        contents="、".join(f"{line.name} {line.pack} × {line.quantity}" for line in lines)[:300],
        weight_g=sum(line.unit_weight_g * line.quantity for line in lines),
        chilled=any(line.product is not None and line.product.temperature == Temperature.CHILLED for line in lines),
        group_ref=order.ref,
        at=at,
    )
    consignment.save(update_fields=["parcel"])
