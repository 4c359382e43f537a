"""Stripe's hosted pages of our orders: what became of one is asked of Stripe, whoever said that something did."""

import logging
from typing import Final

import stripe
from django.core.cache import cache
from django.utils import timezone
from procrastinate.contrib.django import app
from redis.exceptions import RedisError

from orders.ending import end_unpaid
from orders.models import Order
from orders.settlement import settle_payment
from payments import stripe_checkout
from payments.jobs import STRIPE_RETRIES
from payments.models import Payment, PaymentState, WebhookEvent

logger = logging.getLogger("daylily.money")

ASKED_EVERY: Final = 5  # seconds


@app.task(name="orders.settle_session", retry=STRIPE_RETRIES)
def settle_session(session_id: str, event_id: str = "") -> None:
    """Ask Stripe what became of a Checkout Session and book it; amount, currency and order must be ours.

    An event about a session that is not what we asked for stays unhandled in the operator's list: a person has to look.
    """
    session = stripe_checkout.read_session(session_id)
    payment = Payment.objects.filter(session_id=session_id).first()
    if payment is None:
        logger.error("Stripe's session %s belongs to no payment of ours.", session_id)
        return
    ours = (payment.order_ref, payment.amount_fen, payment.currency)
    if (session.order_ref, session.amount_fen, session.currency) != ours:
        logger.error("Stripe's session %s does not match payment %s; nothing was booked.", session_id, payment.pk)
        return
    if session.paid:
        settle_payment(payment.pk, intent_id=session.intent_id)
    WebhookEvent.objects.filter(event_id=event_id, handled_at=None).update(handled_at=timezone.now())


@app.task(name="orders.ask_before_ending")
def ask_before_ending(order_id: int) -> None:
    """Close the hosted page of a reservation whose time is over, book what was paid there, and end it if nothing was.

    Stripe that does not answer is asked again a minute later (orders.expiry).
    """
    order_ref = Order.objects.values_list("ref", flat=True).get(pk=order_id)
    payment = Payment.objects.filter(order_ref=order_ref, state=PaymentState.OPEN).exclude(session_id="").first()
    if payment is None:
        return
    try:
        stripe_checkout.close_session(payment.session_id)
        settle_session(payment.session_id)
    except stripe.StripeError as error:
        logger.warning("Stripe could not be asked about the page of order %s: %s", order_ref, error)
        return
    end_unpaid(order_id)


def ask_now(payment: Payment) -> bool:
    """Book what was paid on the hosted page that a buyer comes back from, once in some seconds a payment; whether Stripe was asked.

    Where Stripe does not answer at once it is left to the webhook.
    """
    try:
        if not payment.session_id or not cache.add(f"stripe-asked-{payment.pk}", 1, ASKED_EVERY):
            return False
        settle_session(payment.session_id)
    except (stripe.StripeError, RedisError) as error:
        logger.info("Stripe was not asked about order %s: %s", payment.order_ref, error)
        return False
    return True


@app.task(name="orders.end_session", retry=STRIPE_RETRIES)
def end_session(session_id: str) -> None:
    """Close the hosted page of a reservation that ended; money that came meanwhile is booked, also if its webhook never reached us."""
    stripe_checkout.close_session(session_id)
    settle_session(session_id)
