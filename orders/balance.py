"""Balances: when the one of a deposit can be paid, its buyer is told, and reminded the day before it ends; and where to pay it.

Not paid in time, the order lapses (orders.lapsing).
"""

import datetime as dt
import logging
from typing import Final

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from procrastinate.contrib.django import app

from orders.deposits import balance_fen, balance_is_open, closes_at, opens_at, week_of
from orders.informing import tell
from orders.models import NoticeStep, Order, OrderLine, OrderState
from payments.models import Payment, PaymentPurpose, PaymentState, Provider

logger = logging.getLogger("daylily.money")

REMINDED_BEFORE: Final = dt.timedelta(days=1)
# Stripe closes a page after a day at the latest (https://docs.stripe.com/api/checkout/sessions/create, expires_at): an older one is not
# shown again, the buyer gets another.
PAGE_LASTS: Final = dt.timedelta(hours=20)


def open_balances(*, at: dt.datetime | None = None) -> int:
    """Ask for every balance whose time has come, and tell its buyer; how many were opened. Each order has a transaction of its own."""
    due = Order.objects.filter(
        state=OrderState.DEPOSIT, balance_opened_at=None, balance_from__lte=at if at is not None else Now()
    )
    opened = 0
    for key in list(due.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            order = Order.objects.select_for_update(no_key=True).get(pk=key)
            opened += open_balance(order, at=at)
    return opened


def open_balance(order: Order, *, at: dt.datetime | None = None) -> bool:
    """Let the balance of a locked order be paid from now on, for five days at least; whether it was opened now."""
    if order.state != OrderState.DEPOSIT or order.balance_opened_at is not None:
        return False
    when = at or timezone.now()
    week = week_of(order) or timezone.localdate(when)
    order.balance_opened_at, order.reserved_until = when, closes_at(week, when)
    order.balance_from = min(order.balance_from or when, when)
    order.save(update_fields=["balance_opened_at", "reserved_until", "balance_from"])
    tell(order.pk, NoticeStep.BALANCE, at=at)
    return True


def move_balance(order: Order) -> None:
    """The promise of a locked order has moved: so have the days on which its balance can be paid, and never to less than five from now."""
    week = week_of(order) if order.state == OrderState.DEPOSIT else None
    if week is None:
        return
    now = timezone.now()
    if order.balance_opened_at is None:
        order.balance_from = max(opens_at(week), order.deposit_paid_at or now)
        order.reserved_until = closes_at(week, max(order.balance_from, now))
    else:
        order.reserved_until = closes_at(week, now)
    order.save(update_fields=["balance_from", "reserved_until"])


def remind_of_balances() -> int:
    """Remind the buyers whose balance is due within a day, each once; how many."""
    ending = Order.objects.filter(
        state=OrderState.DEPOSIT, balance_opened_at__isnull=False,
        reserved_until__gt=Now(), reserved_until__lte=Now() + REMINDED_BEFORE,
    ).order_by("pk")  # fmt: skip
    reminded = 0
    for key, until in list(ending.values_list("pk", "reserved_until")):
        with transaction.atomic():
            reminded += tell(key, NoticeStep.BALANCE_ENDS, f"{until:%Y-%m-%d}") is not None
    return reminded


def balance_payment(order: Order, *, at: dt.datetime | None = None) -> Payment | None:
    """The open payment of an order's balance, made now where there is none or its page is too old; None while it can't be paid.

    Money that still comes in on an older page pays the balance as well, or goes back once it is paid (orders.settlement).
    """
    with transaction.atomic():
        locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        if locked.state != OrderState.DEPOSIT or not balance_is_open(locked, at=at):
            return None
        found = Payment.objects.select_for_update(no_key=True).filter(order_ref=order.ref, state=PaymentState.OPEN)
        payment = found.first()
        if payment is not None and payment.created_at < timezone.now() - PAGE_LASTS:
            close_page(payment)
            payment = None
        if payment is None:
            payment = Payment.objects.create(
                order_ref=locked.ref, provider=Provider.STRIPE, purpose=PaymentPurpose.BALANCE,
                amount_fen=balance_fen(locked), currency=locked.currency, created_at=at or timezone.now(),
            )  # fmt: skip
    return payment


def close_page(payment: Payment) -> None:
    """End a locked open payment; its hosted page is closed by a job, which books what came meanwhile."""
    Payment.objects.filter(pk=payment.pk).update(state=PaymentState.EXPIRED)
    if payment.session_id:
        app.configure_task("orders.end_session").defer(session_id=payment.session_id)


def close_other_pages(order: Order) -> None:
    """Once the balance of a locked order is paid: end what else of it could be paid."""
    for payment in Payment.objects.select_for_update(no_key=True).filter(order_ref=order.ref, state=PaymentState.OPEN):
        close_page(payment)


def wholly_harvested(order: Order) -> bool:
    """Whether everything that an order still waits for is harvested."""
    waiting = OrderLine.objects.left().filter(consignment__order=order, short_since=None)
    return not waiting.filter(lot__harvested_on=None, lot__isnull=False).exists()
