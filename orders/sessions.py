"""The hosted pages of our orders (Stripe's): what became of one is asked of its provider, whoever said that something did."""

import datetime as dt
import logging
from contextlib import suppress
from typing import Final

from django.core.cache import cache
from django.utils import timezone
from procrastinate.contrib.django import app
from redis.exceptions import RedisError

from catalog.stock import NotHeld
from orders.ending import end_overdue
from orders.expiry import LONGEST_WAIT_FOR_BALANCE
from orders.models import Order, OrderState
from orders.settlement import settle_payment
from payments.jobs import STRIPE_RETRIES
from payments.models import Payment, PaymentState, WebhookEvent
from payments.providers import Page, ProviderError, ProviderRefused, provider_of

logger = logging.getLogger("daylily.money")

ASKED_EVERY: Final = 5  # seconds
# A provider did not answer a moment ago.
AWAY, AWAY_SECONDS = "away-{provider}", 20
# So long goods are kept for a buyer who may have paid, while the provider can't be asked.
GRACE: Final = dt.timedelta(minutes=10)


@app.task(name="orders.settle_session", retry=STRIPE_RETRIES)
def settle_session(session_id: str, event_id: str = "", patient: bool = True) -> None:
    """Ask the provider what became of its page (a Checkout Session) and book it; amount, currency and order must be ours.

    An event about a page that is not what we asked for stays unhandled in the operator's list: a person has to look.
    """
    payment = Payment.objects.filter(session_id=session_id).first()
    if payment is None:
        logger.error("The page %s belongs to no payment of ours.", session_id)
        return
    session = _page_of(payment).read(session_id, patient=patient)
    ours = (payment.order_ref, payment.amount_fen, payment.currency)
    if (session.order_ref, session.amount_fen, session.currency) != ours:
        logger.error("The page %s does not match payment %s; nothing was booked.", session_id, payment.pk)
        return
    if session.paid:
        settle_payment(payment.pk, intent_id=session.intent_id)
    WebhookEvent.objects.filter(event_id=event_id, handled_at=None).update(handled_at=timezone.now())


def _page_of(payment: Payment) -> Page:
    page = provider_of(payment.provider).page
    if page is None:
        raise LookupError(f"payment {payment.pk} has a page, and its provider has none")
    return page


@app.task(name="orders.ask_before_ending")
def ask_before_ending(order_id: int) -> None:
    """Close the hosted page of a reservation whose time is over, book what was paid there, and end it if nothing was.

    A provider that does not answer is asked again a minute later (orders.expiry), for GRACE (for days where a deposit would be lost); then
    the goods go back all the same.
    """
    order_ref, state = Order.objects.values_list("ref", "state").get(pk=order_id)
    payment = Payment.objects.filter(order_ref=order_ref, state=PaymentState.OPEN).exclude(session_id="").first()
    if payment is None:
        return
    try:
        if _ask(payment, close=True):
            end_overdue(order_id, page_closed=True)
        else:
            grace = LONGEST_WAIT_FOR_BALANCE if state == OrderState.DEPOSIT else GRACE
            end_overdue(order_id, by=grace, page_closed=False)
    except NotHeld as error:  # a person has to mend its stock
        logger.error("Order %s cannot be ended: %s", order_ref, error)


def ask_now(payment: Payment) -> bool:
    """Book what was paid on the hosted page that a buyer comes back from, once in some seconds a payment; whether its provider was asked.

    Where that does not answer at once it is left to the webhook.
    """
    try:
        if not payment.session_id or not cache.add(f"page-asked-{payment.pk}", 1, ASKED_EVERY):
            return False
        return _ask(payment, close=False)
    except RedisError:
        return False
    except NotHeld as error:
        logger.error("Order %s cannot be settled: %s", payment.order_ref, error)
        return False


def _ask(payment: Payment, *, close: bool) -> bool:
    """Book what the provider says of a payment's page, which is closed first if wished; False where it does not answer.

    Nobody waits long for it, and once it did not answer nobody waits at all for some seconds: jobs and pages would queue up behind it.
    """
    away = AWAY.format(provider=payment.provider)
    try:
        if cache.get(away):
            return False
    except RedisError:
        pass
    try:
        if close:
            _page_of(payment).close(payment.session_id, patient=False)
        settle_session(payment.session_id, patient=False)
    except ProviderError as error:
        logger.warning("The provider could not be asked about the page of order %s: %s", payment.order_ref, error)
        if not isinstance(error, ProviderRefused):  # that one is an answer, about this page alone
            with suppress(RedisError):
                cache.set(away, 1, AWAY_SECONDS)
        return False
    return True


@app.task(name="orders.end_session", retry=STRIPE_RETRIES)
def end_session(session_id: str) -> None:
    """Close the hosted page of a reservation that ended; money that came meanwhile is booked, also if its webhook never reached us."""
    _page_of(Payment.objects.get(session_id=session_id)).close(session_id)
    settle_session(session_id)
