"""Stripe's books by the official SDK: its movements, its balance, its disputes. Network only; nothing here runs inside a transaction."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import stripe
from stripe.params import BalanceTransactionListParams

from payments.stripe_checkout import client

PAGE: Final = 100  # as many as Stripe gives at once
CURRENCY: Final = "CNY"
# Types of movements to connected accounts, and back (https://docs.stripe.com/reports/balance-transaction-types).
TRANSFERS: Final = ("transfer", "transfer_refund", "transfer_cancel", "transfer_failure")


@dataclass(frozen=True, slots=True)
class Moved:
    """One balance transaction as Stripe tells it, in fen; what it is about, where Stripe says so (else empty)."""

    txn_id: str
    type: str
    category: str
    amount_fen: int
    fee_fen: int
    net_fen: int
    currency: str
    source_id: str
    intent_id: str
    refund_key: str
    transfer_ref: str
    created_at: dt.datetime
    available_on: dt.datetime


def read_movements(since: dt.datetime) -> Iterator[list[Moved]]:
    """Stripe's movements since then, page by page, the newest first. Raises stripe.StripeError."""
    params: BalanceTransactionListParams = {
        "limit": PAGE,
        "created": {"gte": int(since.timestamp())},
        "expand": ["data.source"],
    }
    while True:
        found = client().v1.balance_transactions.list(params=params)
        if found.data:
            yield [_moved(entry) for entry in found.data]
        if not found.has_more:
            return
        params = {**params, "starting_after": found.data[-1].id}


def _moved(entry: stripe.BalanceTransaction) -> Moved:
    source: Any = entry.source
    about: dict[str, Any] = source.to_dict() if isinstance(source, stripe.StripeObject) else {"id": source or ""}
    return Moved(
        txn_id=entry.id,
        type=entry.type,
        category=entry.reporting_category,
        amount_fen=entry.amount,
        fee_fen=entry.fee,
        net_fen=entry.net,
        currency=entry.currency.upper(),
        source_id=about["id"],
        intent_id=_id_of(about.get("payment_intent")),
        refund_key=(about.get("metadata") or {}).get("refund", ""),
        transfer_ref=about.get("transfer_group") or _id_of(about.get("transfer")) if entry.type in TRANSFERS else "",
        created_at=_moment(entry.created),
        available_on=_moment(entry.available_on),
    )


def read_balance() -> int:
    """What lies at Stripe in yuan, available or not yet, in fen. Raises stripe.StripeError."""
    balance = client().v1.balance.retrieve()
    ready = sum(part.amount for part in balance.available if part.currency.upper() == CURRENCY)
    return ready + sum(part.amount for part in balance.pending if part.currency.upper() == CURRENCY)


def sessions_of(intent_id: str) -> list[str]:
    """The Checkout Sessions that made a PaymentIntent. Raises stripe.StripeError."""
    found = client().v1.checkout.sessions.list(params={"payment_intent": intent_id, "limit": PAGE})
    return [session.id for session in found.data]


@dataclass(frozen=True, slots=True)
class Disputed:
    """What Stripe says of a dispute; `status` in its words, the amount in fen."""

    dispute_id: str
    intent_id: str
    amount_fen: int
    currency: str
    reason: str
    status: str
    opened_at: dt.datetime


def read_dispute(dispute_id: str) -> Disputed:
    """What Stripe itself says of a dispute; an event is only a hint. Raises stripe.StripeError."""
    dispute = client().v1.disputes.retrieve(dispute_id)
    intent: Any = dispute.payment_intent
    return Disputed(
        dispute_id=dispute.id,
        intent_id=_id_of(intent),
        amount_fen=dispute.amount,
        currency=dispute.currency.upper(),
        reason=dispute.reason,
        status=dispute.status,
        opened_at=_moment(dispute.created),
    )


def _id_of(named: Any) -> str:
    if isinstance(named, str):
        return named
    return str(named["id"]) if named else ""


def _moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
