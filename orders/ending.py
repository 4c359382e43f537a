"""Ending one reservation: its stock goes back, its payment expires, its hosted page closes. Whoever ends it has locked the order."""

from procrastinate.contrib.django import app

from catalog import stock
from orders.draws import draws_of
from orders.models import Order, OrderLine, OrderState
from orders.states import move_order
from payments.models import Payment, PaymentState


def end_reservation(order: Order) -> None:
    """End a locked reserved order. Raises stock's NotHeld."""
    move_order(order, OrderState.EXPIRED)
    stock.release(draws_of(OrderLine.objects.filter(consignment__order=order)))
    for payment in Payment.objects.filter(order_ref=order.ref, state=PaymentState.OPEN):
        Payment.objects.filter(pk=payment.pk, state=PaymentState.OPEN).update(state=PaymentState.EXPIRED)
        if payment.session_id:
            # By its name: the job books what came meanwhile, and settling ends reservations too.
            app.configure_task("orders.end_session").defer(session_id=payment.session_id)
