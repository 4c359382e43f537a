"""Reservations end by the database's clock: the stock goes back once, the hosted page is closed."""

from collections import defaultdict

from django.db import transaction
from django.db.models.functions import Now

from catalog import stock
from orders.models import Order, OrderLine, OrderState
from orders.states import move_order
from payments.jobs import close_session
from payments.models import Payment, PaymentState

AT_ONCE = 200


def expire_reservations() -> int:
    """End every reservation whose time is over; returns how many. Several may run at once: each order is ended by one of them."""
    ended = 0
    while True:
        with transaction.atomic():
            overdue = Order.objects.select_for_update(no_key=True, skip_locked=True).filter(
                state=OrderState.RESERVED, reserved_until__lt=Now()
            )
            orders = list(overdue.order_by("pk")[:AT_ONCE])
            if not orders:
                return ended
            for order in orders:
                _end(order)
            ended += len(orders)


def _end(order: Order) -> None:
    move_order(order, OrderState.EXPIRED)
    units: dict[int, int] = defaultdict(int)
    for variant_id, quantity in OrderLine.objects.filter(consignment__order=order).values_list(
        "variant_id", "quantity"
    ):
        if variant_id is not None:
            units[variant_id] += quantity
    stock.release(units)
    for payment in Payment.objects.filter(order_ref=order.ref, state=PaymentState.OPEN):
        Payment.objects.filter(pk=payment.pk, state=PaymentState.OPEN).update(state=PaymentState.EXPIRED)
        if payment.session_id:
            close_session.defer(session_id=payment.session_id)
