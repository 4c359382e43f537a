"""Reservations end by the database's clock: the stock goes back once, the hosted page is closed."""

import logging

from django.db import transaction
from django.db.models.functions import Now

from catalog import stock
from orders.ending import end_reservation
from orders.models import Order, OrderState

logger = logging.getLogger("daylily.money")


def expire_reservations() -> int:
    """End every reservation whose time is over; returns how many. Several may run at once: each order is ended by one of them.

    Each order has a transaction of its own: stock is locked in key order within an order, so two orders in one transaction would
    deadlock with buyers who want the same goods. An order whose stock nobody holds is left for a person and stops no other.
    """
    ended = last = 0
    while (order := _end_next(after=last)) is not None:
        last = order.pk
        ended += order.state == OrderState.EXPIRED
    return ended


def _end_next(*, after: int) -> Order | None:
    """The next overdue order, ended unless its stock does not fit; None when there is none."""
    with transaction.atomic():
        overdue = Order.objects.select_for_update(no_key=True, skip_locked=True).filter(
            pk__gt=after, state=OrderState.RESERVED, reserved_until__lt=Now()
        )
        order = overdue.order_by("pk").first()
        if order is None:
            return None
        try:
            with transaction.atomic():
                end_reservation(order)
        except stock.NotHeld as error:
            order.state = OrderState.RESERVED
            logger.error("Order %s cannot be ended: %s", order.number, error)
    return order
