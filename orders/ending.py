"""Ending one reservation: stock and discounts go back, its payment expires, its page closes. Whoever ends it has locked the order.

An order whose deposit is paid is held until its balance is due, and ends by the same step: then it has lapsed (orders.lapsing), or was
called off and its deposit goes back (orders.deposit_back).
"""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from procrastinate.contrib.django import app

from catalog import stock
from orders.draws import draws_of
from orders.lapsing import forfeit
from orders.models import WAITING, Order, OrderLine, OrderState
from orders.models.order import OrderQuerySet
from orders.promotions import give_back
from orders.states import move_order
from payments.models import Dispute, Payment, PaymentState


def end_reservation(order: Order, *, page_closed: bool = False, at: dt.datetime | None = None) -> None:
    """End a locked order that waits for money: reserved, it expires; with its deposit paid, it lapses. Its hosted page is closed by a
    job, unless that was done before. Raises stock's NotHeld.
    """
    lapses = order.state == OrderState.DEPOSIT
    let_go(order, OrderState.LAPSED if lapses else OrderState.EXPIRED, page_closed=page_closed)
    if lapses:
        forfeit(order, at=at)


def let_go(order: Order, to: OrderState, *, page_closed: bool = False) -> None:
    """Move a locked order to its end, and let go what it held. Raises stock's NotHeld."""
    move_order(order, to)
    # Locked first, then read: a page that is opened at this moment is known here, or finds its payment expired (orders.paying).
    locked = Payment.objects.select_for_update(no_key=True).filter(order_ref=order.ref, state=PaymentState.OPEN)
    payments = list(locked.order_by("pk"))
    stock.release(draws_of(OrderLine.objects.filter(consignment__order=order)))
    give_back(order)
    for payment in payments:
        Payment.objects.filter(pk=payment.pk).update(state=PaymentState.EXPIRED)
        if payment.session_id and not page_closed:
            # By its name: the job books what came meanwhile, and settling ends reservations too.
            app.configure_task("orders.end_session").defer(session_id=payment.session_id)


def overdue() -> OrderQuerySet:
    """Orders whose money did not come in time. A balance that nobody was asked for is not overdue, nor one whose deposit the buyer's bank
    disputes: who has it is not decided.
    """
    disputed = Exists(Dispute.objects.standing().filter(payment__order_ref=OuterRef("ref")))
    late = Order.objects.filter(state__in=WAITING, reserved_until__lt=Now())
    return late.exclude(Q(balance_opened_at=None) | disputed, state=OrderState.DEPOSIT)


def end_overdue(order_id: int, *, by: dt.timedelta = dt.timedelta(), page_closed: bool) -> bool:
    """End a reservation whose time is over by so much, unless its money came; whether it ended now. Raises stock's NotHeld."""
    with transaction.atomic():
        late = overdue().select_for_update(no_key=True, of=("self",)).filter(pk=order_id, reserved_until__lt=Now() - by)
        order = late.first()
        if order is not None:
            end_reservation(order, page_closed=page_closed)
    return order is not None
