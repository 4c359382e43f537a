"""Jobs of payments: calls to Stripe that a committed change asked for, and what Stripe says of refunds later."""

import logging

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from payments import stripe_checkout
from payments.models import Refund, RefundState, WebhookEvent
from payments.providers import ProviderRefused, provider_of
from payments.refunds import OUTCOMES, conclude_refund

logger = logging.getLogger("daylily.money")

# Stripe or PostgreSQL may be away for a while: try for about three days, as long as Stripe repeats its webhooks, then the job stands
# as failed for a person. Whatever went wrong is tried again: each of these jobs does its work once, however often it runs.
STRIPE_RETRIES = RetryStrategy(max_attempts=11, exponential_wait=3)


@app.task(name="payments.send_refund", retry=STRIPE_RETRIES)
def send_refund(refund_id: int) -> None:
    """Return a refund's money through its payment's provider; done once, however often it runs. What that refuses for good has failed.

    What is handed out by a person (a counter's cash) is not sent.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    send = provider_of(refund.payment.provider).send
    if refund.state != RefundState.PENDING or send is None:
        return
    try:
        sent = send(refund)
    except ProviderRefused as refusal:
        logger.error("The provider refused refund %s: %s", refund_id, refusal)
        conclude_refund(refund_id=refund_id, outcome=RefundState.FAILED)
    else:
        conclude_refund(refund_id=refund_id, outcome=OUTCOMES.get(sent.status), provider_ref=sent.refund_id)


@app.task(name="payments.follow_refund", retry=STRIPE_RETRIES)
def follow_refund(refund_ref: str, event_id: str = "") -> None:
    """Ask Stripe what became of a refund (`re_...`) and book it; one that is not ours is left alone."""
    sent = stripe_checkout.read_refund(refund_ref)
    refund = Refund.objects.filter(key=sent.key).first() if sent.key else None
    if refund is None:
        logger.warning("Stripe's refund %s is none of ours.", refund_ref)
    else:
        conclude_refund(refund_id=refund.pk, outcome=OUTCOMES.get(sent.status), provider_ref=sent.refund_id)
    WebhookEvent.objects.filter(event_id=event_id, handled_at=None).update(handled_at=timezone.now())
