"""Jobs of orders: what Stripe's events ask for, and the minute's and the night's work."""

import logging

from django.utils import timezone
from procrastinate.contrib.django import app

from orders.arrival import renew_arrivals
from orders.collection import take_collected
from orders.expiry import expire_reservations
from orders.notices import send_order_link as send_order_link
from orders.release import release_delivered
from orders.settlement import settle_payment
from orders.verification import verify_delivered
from payments import stripe_checkout
from payments.jobs import STRIPE_RETRIES
from payments.models import Payment, WebhookEvent

logger = logging.getLogger("daylily.money")


@app.task(name="orders.settle_session", retry=STRIPE_RETRIES)
def settle_session(session_id: str, event_id: str = "") -> None:
    """Ask Stripe what became of a Checkout Session and book it; amount, currency and order must be ours."""
    session = stripe_checkout.read_session(session_id)
    payment = Payment.objects.filter(session_id=session_id).first()
    if payment is None:
        logger.error("Stripe's session %s belongs to no payment of ours.", session_id)
    elif (session.order_ref, session.amount_fen, session.currency) != (
        payment.order_ref,
        payment.amount_fen,
        payment.currency,
    ):
        logger.error("Stripe's session %s does not match payment %s; nothing was booked.", session_id, payment.pk)
    elif session.paid:
        settle_payment(payment.pk, intent_id=session.intent_id)
    WebhookEvent.objects.filter(event_id=event_id, handled_at=None).update(handled_at=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="orders.every_minute", queueing_lock="orders.every_minute", pass_context=False)
def every_minute(timestamp: int) -> None:
    """End overdue reservations, take the stock of what was collected, and verify what was delivered."""
    expire_reservations()
    take_collected()
    verify_delivered()


@app.periodic(cron="7 * * * *")
@app.task(name="orders.every_hour", queueing_lock="orders.every_hour", pass_context=False)
def every_hour(timestamp: int) -> None:
    """Renew the day of arrival that cards show."""
    renew_arrivals()


@app.periodic(cron="20 3 * * *")
@app.task(name="orders.every_night", queueing_lock="orders.every_night", pass_context=False)
def every_night(timestamp: int) -> None:
    """Release sellers' money whose after-sales window is over."""
    release_delivered()
