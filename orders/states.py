"""How an order's money side moves: one guarded UPDATE, so that of two that try only one succeeds."""

from typing import Any

from django.utils.translation import gettext as _

from orders.models import Order, OrderState

TRANSITIONS: dict[str, frozenset[str]] = {
    OrderState.RESERVED: frozenset({OrderState.PAID, OrderState.DEPOSIT, OrderState.EXPIRED}),
    OrderState.EXPIRED: frozenset({OrderState.PAID, OrderState.DEPOSIT}),
    OrderState.DEPOSIT: frozenset({OrderState.PAID, OrderState.LAPSED, OrderState.CALLED_OFF}),
    OrderState.LAPSED: frozenset(),
    OrderState.CALLED_OFF: frozenset(),
    OrderState.PAID: frozenset({OrderState.REFUNDED}),
    OrderState.REFUNDED: frozenset(),
}


class OrderMoved(ValueError):
    """The order is no longer in the state that this step starts from."""


def move_order(order: Order, to: OrderState, **changes: Any) -> None:
    """Move `order` and set `changes` with it, if it may and its state in the database is still the one read. Raises OrderMoved."""
    allowed = to in TRANSITIONS[order.state]
    if not allowed or not Order.objects.filter(pk=order.pk, state=order.state).update(state=to, **changes):
        raise OrderMoved(_("This order has changed meanwhile. Please look again."))
    order.state = to
    for name, value in changes.items():
        setattr(order, name, value)
