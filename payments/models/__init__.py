"""Money as rows: payments and refunds, Stripe's events, idempotency keys, rate cards, and the double-entry ledger.

Payments know no orders: `order_ref` is the order's public reference, and accounts name their owner by a code.
"""

from payments.models.dispute import Dispute, DisputeQuerySet, DisputeState
from payments.models.ledger import AccountKind, Entry, LedgerAccount, Transfer, TransferKind
from payments.models.once import IdempotencyKey, WebhookEvent
from payments.models.payment import Payment, PaymentPurpose, PaymentState, Provider
from payments.models.rate_card import RateCard
from payments.models.refund import Refund, RefundState
from payments.models.stripe_books import (
    Mismatch,
    MismatchKind,
    MismatchQuerySet,
    MovementState,
    ReconciliationRun,
    StripeMovement,
)

__all__ = [
    "AccountKind",
    "Dispute",
    "DisputeQuerySet",
    "DisputeState",
    "Entry",
    "IdempotencyKey",
    "LedgerAccount",
    "Mismatch",
    "MismatchKind",
    "MismatchQuerySet",
    "MovementState",
    "Payment",
    "PaymentPurpose",
    "PaymentState",
    "Provider",
    "RateCard",
    "ReconciliationRun",
    "Refund",
    "RefundState",
    "StripeMovement",
    "Transfer",
    "TransferKind",
    "WebhookEvent",
]
