"""Refunds: what became of money that goes back to a buyer, booked once whatever the provider says, and how often."""

import logging

from django.db import transaction
from django.db.models import Sum

from payments import ledger
from payments.ledger import Part
from payments.models import AccountKind, Payment, PaymentState, Refund, RefundState, TransferKind
from payments.providers import provider_of

logger = logging.getLogger("daylily.money")

# Stripe's words (https://docs.stripe.com/api/refunds/object#refund_object-status); any other leaves the refund on its way.
OUTCOMES = {"succeeded": RefundState.SUCCEEDED, "failed": RefundState.FAILED, "canceled": RefundState.FAILED}

# A refund that succeeded may still be returned by the buyer's bank weeks later; one that failed stays so.
TRANSITIONS: dict[str, frozenset[str]] = {
    RefundState.PENDING: frozenset({RefundState.SUCCEEDED, RefundState.FAILED}),
    RefundState.SUCCEEDED: frozenset({RefundState.FAILED}),
    RefundState.FAILED: frozenset(),
}


def holding_account(payment: Payment) -> tuple[AccountKind, str]:
    """Where a payment's money lies, as its provider says: at Stripe, or in the till of the station that received it."""
    return provider_of(payment.provider).account, payment.station_code


def conclude_refund(*, refund_id: int, outcome: RefundState | None, provider_ref: str = "") -> Refund:
    """Book what became of a refund (None: still on its way); what is known already changes nothing.

    One that failed puts the money back where it was held, owed to the buyer until a person returns it another way.
    """
    with transaction.atomic():
        payment_id = Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id)
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
        refund = Refund.objects.select_for_update(no_key=True).get(pk=refund_id)
        refund.provider_ref = provider_ref or refund.provider_ref
        if outcome is not None and outcome in TRANSITIONS[refund.state]:
            refund.state = outcome
            if outcome == RefundState.FAILED:
                _owe_again(payment, refund)
        refund.save(update_fields=["provider_ref", "state"])
        mark_refunded(payment)
    return refund


def _owe_again(payment: Payment, refund: Refund) -> None:
    kind, owner = holding_account(payment)
    ledger.post(
        kind=TransferKind.REFUND_FAILED,
        key=f"refund-failed:{refund.pk}",
        parts=[
            Part(kind, owner, refund.amount_fen),
            Part(AccountKind.BUYER_CREDIT, payment.order_ref, -refund.amount_fen),
        ],
        order_ref=payment.order_ref,
    )
    logger.error(
        "Refund %s of order %s failed: %s fen are owed to the buyer.", refund.pk, payment.order_ref, refund.amount_fen
    )


def mark_refunded(payment: Payment) -> None:
    """A payment counts as refunded while all of it has gone back."""
    returned = Refund.objects.filter(payment=payment, state=RefundState.SUCCEEDED).aggregate(fen=Sum("amount_fen"))
    gone = (returned["fen"] or 0) >= payment.amount_fen
    state = PaymentState.REFUNDED if gone else PaymentState.SUCCEEDED
    if payment.state in (PaymentState.SUCCEEDED, PaymentState.REFUNDED) and payment.state != state:
        Payment.objects.filter(pk=payment.pk).update(state=state)
