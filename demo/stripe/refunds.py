"""Refunds: in part or in full, never more than what is left of the charge."""

from . import balance, disputes, events, lists, money
from .books import Books, Call
from .errors import (
    JSON,
    ChargeAlreadyRefunded,
    ChargeDisputed,
    ParameterMissing,
    ParameterRefused,
    RefundTooLarge,
    StateRefused,
)
from .forms import merge_metadata
from .methods import PENDING_REFUND
from .store import new_id

_REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def create(call: Call) -> JSON:
    """POST /v1/refunds for a `charge` or a `payment_intent`; without `amount` (minor units) all that is left.

    Raises ChargeAlreadyRefunded or RefundTooLarge. The fee is not given back, as at Stripe.
    """
    books, params = call.books, call.params
    charge = _charge_of(call)
    amount = params.integer("amount", least=1)
    reason = params.choice("reason", _REASONS)
    metadata = merge_metadata({}, params.metadata())
    params.finish()
    amount = _within_what_is_left(charge, amount)
    refund: JSON = {
        "id": new_id("re" if charge["id"].startswith("ch_") else "pyr"), "object": "refund", "amount": amount,
        "balance_transaction": None, "charge": charge["id"], "created": books.now, "currency": charge["currency"],
        "description": None, "destination_details": _destination(charge), "metadata": metadata,
        "payment_intent": charge["payment_intent"], "payment_method": charge["payment_method"], "reason": reason,
        "receipt_number": None, "source_transfer_reversal": None, "status": _first_status(charge),
        "transfer_reversal": None,
    }  # fmt: skip
    refund["balance_transaction"] = balance.enter(books, source=refund, amount=-amount, kind=_kind(refund))["id"]
    books.store.add(books.account, refund)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    books.store.save(charge)
    events.record(books, "refund.created", refund)
    events.record(books, "charge.refunded", charge)
    return refund


def _kind(refund: JSON) -> str:
    return "refund" if refund["id"].startswith("re_") else "payment_refund"


def _first_status(charge: JSON) -> str:
    card = charge["payment_method_details"].get("card") or {}
    return "pending" if card.get("last4") == PENDING_REFUND[-4:] else "succeeded"


def conclude(books: Books, refund: JSON, status: str) -> JSON:
    """What the buyer's bank says of a refund later: `succeeded`, or `failed`, which brings the money back. Raises StateRefused."""
    if refund["status"] not in ("pending", "succeeded") or refund["status"] == status:
        raise StateRefused(f"A refund that is {refund['status']} can't become {status}.")
    refund["status"] = status
    if status == "failed":
        kind = "refund_failure" if _kind(refund) == "refund" else "payment_failure_refund"
        entry = balance.enter(books, source=refund, amount=refund["amount"], kind=kind)
        refund |= {"failure_balance_transaction": entry["id"], "failure_reason": "expired_or_canceled_card"}
        charge = books.store.get(books.account, "charge", refund["charge"])
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        books.store.save(charge)
    books.store.save(refund)
    events.record(books, "refund.updated", refund)
    if status == "failed":
        events.record(books, "refund.failed", refund)
    return refund


def _charge_of(call: Call) -> JSON:
    books = call.books
    charge_id, intent_id = call.params.text("charge"), call.params.text("payment_intent")
    if charge_id and intent_id:
        raise ParameterRefused("You may only specify one of these parameters: charge, payment_intent.", param="charge")
    if charge_id:
        charge = books.store.get(books.account, "charge", charge_id, param="charge")
    elif intent_id:
        intent = books.store.get(books.account, "payment_intent", intent_id, param="payment_intent")
        if intent["status"] != "succeeded":
            raise StateRefused(
                f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.", param="payment_intent"
            )
        charge = books.store.get(books.account, "charge", intent["latest_charge"])
    else:
        raise ParameterMissing("payment_intent")
    if charge["status"] != "succeeded":
        raise StateRefused(f"Charge {charge['id']} has failed: there is nothing to refund.", param="charge")
    if charge["disputed"] and not disputes.is_refundable(books, charge["id"]):
        raise ChargeDisputed(f"Charge {charge['id']} has been charged back; cannot issue a refund.", param="charge")
    return charge


def _within_what_is_left(charge: JSON, amount: int | None) -> int:
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise ChargeAlreadyRefunded(f"Charge {charge['id']} has already been refunded.")
    if amount is not None and amount > left:
        asked, remains = money.written(amount, charge["currency"]), money.written(left, charge["currency"])
        raise RefundTooLarge(
            f"Refund amount ({asked}) is greater than unrefunded amount on charge ({remains})", param="amount"
        )
    return left if amount is None else amount


def _destination(charge: JSON) -> JSON:
    kind = charge["payment_method_details"]["type"]
    return {"type": kind, kind: {"type": "refund"} if kind == "card" else {}}


def update(call: Call) -> JSON:
    """POST /v1/refunds/:id: its metadata."""
    refund = retrieve(call)
    refund["metadata"] = merge_metadata(refund["metadata"], call.params.metadata())
    call.params.finish()
    return call.books.store.save(refund)


def retrieve(call: Call) -> JSON:
    """GET /v1/refunds/:id"""
    return call.books.store.get(call.books.account, "refund", call.ids[0])


def list_refunds(call: Call) -> JSON:
    """GET /v1/refunds, by `charge`, `payment_intent`, `created`."""
    return lists.answer(call, "refund", "/v1/refunds", lists.equal_to(call.params, "charge", "payment_intent"))
