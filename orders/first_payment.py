"""The payment that an order begins with: all of it, or its deposit; by the way to pay that its buyer chose."""

from orders.models import Order
from payments.models import Payment, PaymentPurpose
from payments.providers import provider_of
from stations.models import Station


def counter_for(station: Station) -> Station | None:
    """The counter where an order picked up at `station` can be paid: its own, or that of the stations above it; None without one.

    Load `parent__parent` with the station, or it costs a query each.
    """
    here: Station | None = station
    while here is not None and not (here.cash_counter and here.is_active):
        here = here.parent
    return here


def open_first_payment(order: Order) -> Payment:
    """The open payment of an order that is being placed."""
    point = order.pickup_station if provider_of(order.pay_by).at_counter else None
    counter = counter_for(point) if point else None
    return Payment.objects.create(
        order_ref=order.ref,
        provider=order.pay_by,
        purpose=PaymentPurpose.DEPOSIT if order.deposit_fen else PaymentPurpose.WHOLE,
        amount_fen=order.deposit_fen or order.total_fen,
        currency=order.currency,
        station_code=counter.code if counter else "",
        created_at=order.placed_at,
    )
