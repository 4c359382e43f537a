"""Disputes: the buyer's bank takes a charge's money back, and decides later who has it."""

from . import balance, events, lists
from .books import Books, Call
from .errors import JSON, ParameterRefused, StateRefused
from .forms import merge_metadata
from .store import new_id

FEE = 1500  # the demo's, in minor units; a dispute that is won does not give it back
REASONS = (
    "bank_cannot_process", "credit_not_processed", "customer_initiated", "debit_not_authorized", "duplicate",
    "fraudulent", "general", "incorrect_account_details", "insufficient_funds", "product_not_received",
    "product_unacceptable", "subscription_canceled", "unrecognized",
)  # fmt: skip
_OPEN = ("needs_response", "under_review")
_ANSWER_WITHIN = 7 * 24 * 60 * 60  # seconds that the shop has for its evidence


def open_dispute(books: Books, charge: JSON, *, amount: int, reason: str) -> JSON:
    """The bank disputes so much of a captured charge (minor units) and has the money, and Stripe its fee. Raises StateRefused."""
    if charge["status"] != "succeeded" or not charge["captured"] or charge["disputed"]:
        raise StateRefused("Only a captured charge that is not disputed yet can be disputed.")
    if not 0 < amount <= charge["amount"]:
        raise ParameterRefused("A dispute is about some of the charge's amount, or all of it.", param="amount")
    if reason not in REASONS:
        raise ParameterRefused(f"A reason is one of {', '.join(REASONS)}.", param="reason")
    dispute: JSON = {
        "id": new_id("du"), "object": "dispute", "amount": amount, "balance_transactions": [], "charge": charge["id"],
        "created": books.now, "currency": charge["currency"], "enhanced_eligibility_types": [], "evidence": {},
        "evidence_details": {
            "due_by": books.now + _ANSWER_WITHIN, "enhanced_eligibility": {}, "has_evidence": False, "past_due": False,
            "submission_count": 0,
        },
        "intended_submission_method": None, "is_charge_refundable": False, "livemode": False, "metadata": {},
        "network_reason_code": None, "payment_intent": charge["payment_intent"],
        "payment_method_details": {"type": charge["payment_method_details"]["type"]}, "reason": reason,
        "status": "needs_response",
    }  # fmt: skip
    books.store.add(books.account, dispute)
    books.store.save(charge | {"disputed": True})
    events.record(books, "charge.dispute.created", dispute)
    _move(books, dispute, -amount, cost=FEE, category="dispute")
    events.record(books, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def _move(books: Books, dispute: JSON, amount: int, *, category: str, cost: int = 0) -> None:
    entry = balance.enter(books, source=dispute, amount=amount, kind="adjustment", cost=cost, category=category)
    dispute["balance_transactions"].append(entry)
    books.store.save(dispute)


def conclude(books: Books, dispute: JSON, status: str) -> JSON:
    """The bank decides: `won` brings the money back to the shop, `lost` leaves it with the buyer. Raises StateRefused."""
    if dispute["status"] not in _OPEN:
        raise StateRefused(f"This dispute is decided already: {dispute['status']}.")
    dispute["status"] = status
    books.store.save(dispute)
    events.record(books, "charge.dispute.closed", dispute)
    if status == "won":
        _move(books, dispute, dispute["amount"], category="dispute_reversal")
        events.record(books, "charge.dispute.funds_reinstated", dispute)
    return dispute


def is_refundable(books: Books, charge_id: str) -> bool:
    """Whether the charge's disputes are all won: only then the shop has the money."""
    return not books.store.disputes_of(books.account, charge_id, but="won")


# Endpoints


def retrieve(call: Call) -> JSON:
    """GET /v1/disputes/:id"""
    return call.books.store.get(call.books.account, "dispute", call.ids[0], param="dispute")


def list_disputes(call: Call) -> JSON:
    """GET /v1/disputes, by `charge`, `payment_intent`, `created`."""
    return lists.answer(call, "dispute", "/v1/disputes", lists.equal_to(call.params, "charge", "payment_intent"))


def update(call: Call) -> JSON:
    """POST /v1/disputes/:id: its metadata."""
    dispute = retrieve(call)
    dispute["metadata"] = merge_metadata(dispute["metadata"], call.params.metadata())
    call.params.finish()
    return call.books.store.save(dispute)


def close(call: Call) -> JSON:
    """POST /v1/disputes/:id/close: the shop accepts that it has lost."""
    dispute = retrieve(call)
    call.params.finish()
    return conclude(call.books, dispute, "lost")
