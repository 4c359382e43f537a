"""Stripe's hosted pages of our orders: what became of one is asked of Stripe, whoever said that something did."""

import logging

from django.utils import timezone
from procrastinate.contrib.django import app

from orders.settlement import settle_payment
from payments import stripe_checkout
from payments.jobs import STRIPE_RETRIES
from payments.models import Payment, WebhookEvent

logger = logging.getLogger("daylily.money")


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


@app.task(name="orders.end_session", retry=STRIPE_RETRIES)
def end_session(session_id: str) -> None:
    """Close the hosted page of a reservation that ended; money that came meanwhile is booked, also if its webhook never reached us."""
    stripe_checkout.close_session(session_id)
    settle_session(session_id)
