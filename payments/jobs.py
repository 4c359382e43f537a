"""Jobs of payments: calls to Stripe that a committed change asked for."""

import stripe
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from payments import stripe_checkout
from payments.models import Payment, PaymentState, Provider, Refund, RefundState

# Stripe may be away for a while: try for about a day, then the job stands as failed for a person.
STRIPE_RETRIES = RetryStrategy(max_attempts=12, exponential_wait=3, retry_exceptions=[stripe.StripeError])


@app.task(name="payments.send_refund", retry=STRIPE_RETRIES)
def send_refund(refund_id: int) -> None:
    """Return a refund's money through Stripe; done once, however often it runs."""
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.state != RefundState.PENDING or refund.payment.provider != Provider.STRIPE:
        return
    provider_ref = stripe_checkout.send_refund(refund)
    Refund.objects.filter(pk=refund_id, state=RefundState.PENDING).update(
        state=RefundState.SUCCEEDED, provider_ref=provider_ref
    )
    returned = sum(
        Refund.objects.filter(payment=refund.payment, state=RefundState.SUCCEEDED).values_list("amount_fen", flat=True)
    )
    if returned >= refund.payment.amount_fen:
        Payment.objects.filter(pk=refund.payment_id).update(state=PaymentState.REFUNDED)


@app.task(name="payments.close_session", retry=STRIPE_RETRIES)
def close_session(session_id: str) -> None:
    """Close the hosted page of a reservation that ended."""
    stripe_checkout.close_session(session_id)
