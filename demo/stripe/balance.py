"""The balance: what each movement of money leaves on it, when it becomes available, and what it comes to."""

from collections import defaultdict

from . import lists, money
from .books import Books, Call
from .errors import JSON
from .store import new_id

SETTLES_AFTER = 2 * 24 * 60 * 60  # seconds until a charge's money is available

# `reporting_category` of each type (https://docs.stripe.com/reports/reporting-categories); adjustments say it themselves.
_CATEGORIES = {
    "charge": "charge", "payment": "charge", "refund": "refund", "payment_refund": "refund",
    "refund_failure": "refund_failure", "payment_failure_refund": "refund_failure", "payout": "payout",
    "payout_failure": "payout_reversal", "transfer": "transfer", "transfer_refund": "transfer_reversal",
    "stripe_fee": "fee",
}  # fmt: skip


def enter(
    books: Books, *, source: JSON, amount: int, kind: str, cost: int = 0, category: str = "", wait: int = 0
) -> JSON:
    """Keep a balance transaction: `amount` in minor units, below zero for what leaves; `cost` is the fee; available
    after `wait` seconds.
    """
    details = [{"amount": cost, "application": None, "currency": source["currency"], "description": "Demo fee",
                "type": "stripe_fee"}] if cost else []  # fmt: skip
    return books.store.add(books.account, {
        "id": new_id("txn"), "object": "balance_transaction", "amount": amount, "available_on": books.now + wait,
        "balance_type": "payments", "created": books.now, "currency": source["currency"],
        "description": source.get("description"), "exchange_rate": None, "fee": cost, "fee_details": details,
        "net": amount - cost, "reporting_category": category or _CATEGORIES[kind], "source": source["id"],
        "status": "available" if wait == 0 else "pending", "type": kind,
    })  # fmt: skip


def enter_charge(books: Books, charge: JSON) -> JSON:
    """The entry of a charge: its whole amount, less the fee, available in two days."""
    kind = "charge" if charge["id"].startswith("ch_") else "payment"
    return enter(
        books, source=charge, amount=charge["amount"], cost=money.fee(charge["amount"]), kind=kind, wait=SETTLES_AFTER
    )


def available(books: Books) -> dict[str, int]:
    """What can be paid out now, by currency."""
    return _sums(books)[0]


def _sums(books: Books) -> tuple[dict[str, int], dict[str, int]]:
    ready: dict[str, int] = defaultdict(int)
    pending: dict[str, int] = defaultdict(int)
    for row in books.store.balance(books.account, books.now):
        (ready if row["ready"] else pending)[row["currency"]] += row["net"]
    return ready, pending


def _as_of(entry: JSON, now: int) -> JSON:
    return entry | {"status": "available" if entry["available_on"] <= now else "pending"}


# Endpoints


def retrieve_balance(call: Call) -> JSON:
    """GET /v1/balance"""
    call.params.finish()
    ready, pending = _sums(call.books)
    currencies = sorted({*ready, *pending}) or ["cny"]
    return {
        "object": "balance", "livemode": False,
        "available": [_amount(ready[currency], currency) for currency in currencies],
        "pending": [_amount(pending[currency], currency) for currency in currencies],
    }  # fmt: skip


def _amount(amount: int, currency: str) -> JSON:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


def retrieve_entry(call: Call) -> JSON:
    """GET /v1/balance_transactions/:id"""
    return _as_of(call.books.store.get(call.books.account, "balance_transaction", call.ids[0]), call.books.now)


def list_entries(call: Call) -> JSON:
    """GET /v1/balance_transactions, by `source`, `type`, `currency`, `created`."""
    filters = lists.equal_to(call.params, "source", "type", "currency")
    found = lists.answer(call, "balance_transaction", "/v1/balance_transactions", filters)
    return found | {"data": [_as_of(entry, call.books.now) for entry in found["data"]]}
