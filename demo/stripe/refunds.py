"""Refunds: in part or in full, never more than what is left of the charge."""

from . import charges, events, lists, money
from .books import Call
from .errors import (
    JSON,
    ChargeAlreadyRefunded,
    ParameterMissing,
    ParameterRefused,
    RefundTooLarge,
    StateRefused,
)
from .forms import merge_metadata
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
        "receipt_number": None, "source_transfer_reversal": None, "status": "succeeded", "transfer_reversal": None,
    }  # fmt: skip
    kind = "refund" if refund["id"].startswith("re_") else "payment_refund"
    refund["balance_transaction"] = charges.add_balance_entry(books, source=refund, amount=-amount, cost=0, kind=kind)[
        "id"
    ]
    books.store.add(books.account, refund)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    books.store.save(charge)
    events.record(books, "refund.created", refund)
    events.record(books, "charge.refunded", charge)
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
