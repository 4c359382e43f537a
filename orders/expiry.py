"""Reservations end by the database's clock: the stock goes back once, the hosted page is closed. So do orders whose balance is overdue.

Who pays in the last minute has paid in time: where the buyer has opened the page of Stripe, it is closed and Stripe is asked before the
goods are let go, in case its word has not reached us (orders.sessions.ask_before_ending). Money that turns up later takes them again or
goes back (orders.settlement).
"""

import datetime as dt
import logging
from contextlib import suppress
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from catalog import stock
from orders.ending import end_reservation, overdue
from orders.models import UNSOLD, Order, OrderState
from payments.models import Payment, PaymentState

logger = logging.getLogger("daylily.money")

# Whoever asks Stripe ends the reservation. If no worker came to it for so long, the goods go back all the same.
LONGEST_WAIT: Final = dt.timedelta(hours=1)
# A balance that was paid in time and is let go costs its buyer the deposit, and there is no way back: it waits for Stripe's answer.
LONGEST_WAIT_FOR_BALANCE: Final = dt.timedelta(days=3)


def expire_reservations() -> int:
    """Have Stripe asked about overdue reservations whose page was opened, and end all others; returns how many ended.

    Several may run at once: each order is ended by one of them. Each order has a transaction of its own: stock is locked in key order
    within an order, so two orders in one transaction would deadlock with buyers who want the same goods. An order whose stock nobody
    holds is left for a person and stops no other.
    """
    for order_id in overdue().filter(_asks_stripe()).values_list("pk", flat=True):
        # One that waits already will do. By its name: what asks also settles, which ends reservations too.
        with suppress(AlreadyEnqueued), transaction.atomic():
            app.configure_task("orders.ask_before_ending", queueing_lock=f"orders.ask_before_ending:{order_id}").defer(
                order_id=order_id
            )
    ended = last = 0
    while (order := _end_next(after=last)) is not None:
        last = order.pk
        ended += order.state in UNSOLD
    return ended


def _asks_stripe() -> Q:
    """Of overdue orders those whose buyer has opened the page."""
    pages = Payment.objects.filter(order_ref=OuterRef("ref"), state=PaymentState.OPEN).exclude(session_id="")
    waits = Q(reserved_until__gte=Now() - LONGEST_WAIT)
    waits |= Q(state=OrderState.DEPOSIT, reserved_until__gte=Now() - LONGEST_WAIT_FOR_BALANCE)
    return Q(Exists(pages)) & waits


def _end_next(*, after: int) -> Order | None:
    """The next overdue order that nobody is asked about, ended unless its stock does not fit; None when there is none."""
    with transaction.atomic():
        late = overdue().select_for_update(no_key=True, skip_locked=True, of=("self",))
        order = late.filter(~_asks_stripe(), pk__gt=after).order_by("pk").first()
        if order is None:
            return None
        before = order.state
        try:
            with transaction.atomic():
                end_reservation(order)
        except stock.NotHeld as error:
            order.state = before
            logger.error("Order %s cannot be ended: %s", order.number, error)
    return order
