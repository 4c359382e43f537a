"""Payouts: what is available goes to the account's bank, and sometimes comes back."""

from . import balance, events, lists, money
from .books import Books, Call
from .errors import JSON, BalanceInsufficient, StateRefused
from .forms import merge_metadata
from .store import new_id

_ARRIVES_AFTER = 24 * 60 * 60  # seconds
_FAILURE = ("account_closed", "The bank account has been closed.")


def new_payout(books: Books, *, amount: int, currency: str, automatic: bool, **more: object) -> JSON:
    """Send an amount (minor units) to the bank; what is not available is refused (BalanceInsufficient)."""
    ready = balance.available(books).get(currency, 0)
    if amount > ready:
        raise BalanceInsufficient(
            f"You have insufficient funds in your Stripe account: {money.written(max(ready, 0), currency)} is available.",
            param="amount",
        )
    payout: JSON = {
        "id": new_id("po"), "object": "payout", "amount": amount, "application_fee": None,
        "application_fee_amount": None, "arrival_date": books.now + _ARRIVES_AFTER, "automatic": automatic,
        "balance_transaction": None, "created": books.now, "currency": currency,
        "description": "STRIPE PAYOUT" if automatic else None, "destination": "ba_demo",
        "failure_balance_transaction": None, "failure_code": None, "failure_message": None, "livemode": False,
        "metadata": {}, "method": "standard", "original_payout": None, "payout_method": None,
        "reconciliation_status": "completed" if automatic else "not_applicable", "reversed_by": None,
        "source_type": "card", "statement_descriptor": None, "status": "pending", "trace_id": None,
        "type": "bank_account",
    } | more  # fmt: skip
    payout["balance_transaction"] = balance.enter(books, source=payout, amount=-amount, kind="payout")["id"]
    books.store.add(books.account, payout)
    events.record(books, "payout.created", payout)
    return payout


def conclude(books: Books, payout: JSON, status: str) -> JSON:
    """What the bank says: `paid`; or `failed`, also days after it was paid, which brings the money back. Raises StateRefused."""
    if payout["status"] not in ("pending", "in_transit", "paid") or payout["status"] == status:
        raise StateRefused(f"A payout that is {payout['status']} can't become {status}.")
    payout["status"] = status
    if status == "failed":
        entry = balance.enter(books, source=payout, amount=payout["amount"], kind="payout_failure")
        payout |= {"failure_balance_transaction": entry["id"], "failure_code": _FAILURE[0]}
        payout["failure_message"] = _FAILURE[1]
    books.store.save(payout)
    events.record(books, f"payout.{status}", payout)
    return payout


# Endpoints


def create(call: Call) -> JSON:
    """POST /v1/payouts: a payout by hand."""
    params = call.params
    amount = params.required_integer("amount", least=1)
    currency = money.read_currency(params)
    texts = {name: params.text(name) for name in ("description", "statement_descriptor")}
    metadata = merge_metadata({}, params.metadata())
    params.finish()
    return new_payout(call.books, amount=amount, currency=currency, automatic=False, metadata=metadata, **texts)


def retrieve(call: Call) -> JSON:
    """GET /v1/payouts/:id"""
    return call.books.store.get(call.books.account, "payout", call.ids[0], param="payout")


def list_payouts(call: Call) -> JSON:
    """GET /v1/payouts, by `status`, `created`."""
    return lists.answer(call, "payout", "/v1/payouts", lists.equal_to(call.params, "status"))
