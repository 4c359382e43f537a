"""The counter: a buyer brings cash for a reserved order to a station, and somebody other than the buyer receives it.

The cash is the platform's, as a card's money is: the ledger owes it to the station's safe, and the farmer's share to the farmer. So no
farmer's mandate is asked here, often of another township; 'receive cash' of a mandate is about the farmer's own money (sellers.payouts).
"""

import datetime as dt

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from orders.models import Order, OrderLine, OrderState
from orders.settlement import any_recalled, settle_payment
from payments.models import Payment, PaymentState
from payments.providers import at_counters
from stations.models import Station
from stations.scope import NotAllowed, scope_of
from stations.workplace import counters_of

PHONE_TAIL = 4
# What is heard or read wrongly for a digit; no order's number has these letters.
MISHEARD = str.maketrans("OIL", "011")
DAY_DIGITS = 6


class NoSuchCashOrder(LookupError):
    """No order waits for cash under this number and telephone tail at the user's stations."""


class PayerIsReceiver(NotAllowed):
    """Who pays an order cannot receive its cash."""


class NotWaitingForCash(ValueError):
    """The order is paid already, or its time is over."""


def read_number(text: str) -> str:
    """An order's number as we write it, from how people type it: without the dash, in small letters, with O for 0."""
    typed = "".join(sign for sign in text.upper() if sign.isalnum()).translate(MISHEARD)
    return f"{typed[:DAY_DIGITS]}-{typed[DAY_DIGITS:]}"


def find_cash_order(*, by: User, number: str, phone_tail: str) -> Order:
    """The order that waits for cash; both the number and the last four digits must fit. Raises NoSuchCashOrder.

    Only orders picked up in the user's regions are found: whoever asks elsewhere learns nothing.
    """
    found = (
        Order.objects.filter(scope_of(by).covers("pickup_station__region_id"), pay_by__in=at_counters())
        .select_related("pickup_station")
        .filter(number=read_number(number))
        .first()
    )
    tail = phone_tail.strip()
    if found is None or len(tail) != PHONE_TAIL or not found.phone.endswith(tail):
        raise NoSuchCashOrder(_("No order waits for cash here under this number and these four digits."))
    return found


def receive_cash(*, order: Order, by: User, counter: Station, at: dt.datetime | None = None) -> Order:
    """Book the cash for an order at a counter; a second call for a paid order changes nothing.

    Raises NotAllowed where the user does not serve at the counter, PayerIsReceiver, and NotWaitingForCash.
    """
    if counter.pk not in {station.pk for station in counters_of(by)}:
        raise NotAllowed(_("Your posting does not allow this here."))
    if order.user_id == by.pk or (by.phone and by.phone == order.phone):
        raise PayerIsReceiver(_("This is your own order: a colleague has to receive the cash."))
    with transaction.atomic():
        locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        if locked.state == OrderState.PAID:
            return locked
        waiting = Order.objects.filter(pk=order.pk, state=OrderState.RESERVED, pay_by__in=at_counters())
        if not (waiting.exists() if at else waiting.filter(reserved_until__gt=Now()).exists()):
            raise NotWaitingForCash(_("This order was not paid in time; the goods are back on sale. Take no cash."))
        if any_recalled(list(OrderLine.objects.filter(consignment__order=order))):
            raise NotWaitingForCash(_("Goods of this order were recalled; it is not sold any more. Take no cash."))
        payment = Payment.objects.get(order_ref=order.ref, state=PaymentState.OPEN)
        Payment.objects.filter(pk=payment.pk).update(station_code=counter.code)
        waiting.update(cash_received_by=by)
        return settle_payment(payment.pk, at=at)
