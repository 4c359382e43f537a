"""Paying back: which refunds failed and can be sent again, and cash that a buyer fetches at a counter."""

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.recalls import RECALL_ROLES
from orders.counter import PHONE_TAIL, NoSuchCashOrder, PayerIsReceiver, read_number
from orders.models import Consignment, Order
from payments.models import Payment, Refund, RefundState
from payments.providers import at_counters
from payments.resending import NotOwed, pay_out
from stations.models import Station
from stations.scope import NotAllowed, scope_of
from stations.workplace import counters_of

LISTED = 100


def may_send_again(user: User) -> bool:
    """Whether the user sends refunds again: the county centre's staff, and county officials."""
    scope = scope_of(user)
    return scope.everywhere or any(posting.role in RECALL_ROLES for posting in scope.postings)


def failed_refunds(user: User) -> list[Refund]:
    """Refunds of orders with goods of the user's county that failed and were not sent again, the oldest first; each bears `order`."""
    if not may_send_again(user):
        return []
    mine = Consignment.objects.filter(
        scope_of(user).covers("store__region_id"), order__ref=OuterRef("payment__order_ref")
    )
    failed = Refund.objects.filter(Exists(mine), state=RefundState.FAILED, replaced_by=None)
    found = list(failed.select_related("payment").order_by("created_at", "pk")[:LISTED])
    refs = {refund.payment.order_ref for refund in found}
    orders = {order.ref: order for order in Order.objects.filter(ref__in=refs)}
    for refund in found:
        refund.order = orders.get(refund.payment.order_ref)  # type: ignore[attr-defined]
    return found


def cash_owed(*, by: User, number: str, phone_tail: str) -> tuple[Order, list[Refund]]:
    """The order and the refunds that wait for its buyer as cash; both the number and the last four digits must fit.

    Raises NoSuchCashOrder: also for an order that is picked up elsewhere, of which whoever asks learns nothing.
    """
    mine = Order.objects.filter(scope_of(by).covers("pickup_station__region_id"), pay_by__in=at_counters())
    order = mine.filter(number=read_number(number)).first()
    tail = phone_tail.strip()
    owed = list(_owed(order)) if order is not None else []
    if order is None or not owed or len(tail) != PHONE_TAIL or not order.phone.endswith(tail):
        raise NoSuchCashOrder(_("No cash waits here under this number and these four digits."))
    return order, owed


def pay_back(*, order: Order, by: User, counter: Station) -> int:
    """Book that the buyer was handed all cash that is owed for an order; how many fen. Raises NotAllowed, PayerIsReceiver,
    NotOwed, TillShort.
    """
    if counter.pk not in {station.pk for station in counters_of(by)}:
        raise NotAllowed(_("Your posting does not allow this here."))
    if order.user_id == by.pk or (by.phone and by.phone == order.phone):
        raise PayerIsReceiver(_("This is your own order: a colleague has to pay it back."))
    with transaction.atomic():
        paid = [pay_out(refund, station_code=counter.code, by_id=by.pk) for refund in _owed(order)]
        if not paid:
            raise NotOwed(_("Nothing is owed for this refund any more."))
    return sum(refund.amount_fen for refund in paid)


def _owed(order: Order) -> list[Refund]:
    payments = Payment.objects.filter(order_ref=order.ref, provider__in=at_counters())
    return list(Refund.objects.filter(payment__in=payments, state=RefundState.PENDING).order_by("pk"))
