"""Authorised first, captured later: in full, in part, never more; what is not captured in time is let go."""

from dataclasses import replace

from . import balance, events, money
from .books import Books, Call, public
from .errors import JSON, CaptureTooLarge, StateRefused
from .forms import merge_metadata
from .store import new_id

MANUAL = "manual"
# Alipay and WeChat Pay move the money at once (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method).
HOLDING = ("card",)


def capture(call: Call) -> JSON:
    """POST /v1/payment_intents/:id/capture: `amount_to_capture` in minor units, without it all that was authorised.

    What is left over goes back to the buyer. Raises StateRefused, CaptureTooLarge.
    """
    books, params = call.books, call.params
    intent = books.store.get(books.account, "payment_intent", call.ids[0], param="intent")
    amount = params.integer("amount_to_capture", least=1)
    metadata = params.metadata()
    params.finish()
    if intent["status"] != "requires_capture":
        raise StateRefused(
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}. Only a"
            " PaymentIntent with one of the following statuses may be captured: requires_capture.",
            code="payment_intent_unexpected_state", payment_intent=public(intent),
        )  # fmt: skip
    held, currency = intent["amount_capturable"], intent["currency"]
    if amount is not None and amount > held:
        raise CaptureTooLarge(
            f"The amount to capture ({money.written(amount, currency)}) is greater than the amount that was authorized"
            f" ({money.written(held, currency)}).",
            param="amount_to_capture",
        )
    intent["metadata"] = merge_metadata(intent["metadata"], metadata)
    return _capture(books, intent, held if amount is None else amount)


def _capture(books: Books, intent: JSON, amount: int) -> JSON:
    charge = books.store.get(books.account, "charge", intent["latest_charge"])
    charge |= {"captured": True, "amount_captured": amount}
    charge["balance_transaction"] = balance.enter_charge(books, charge)["id"]
    rest = charge["amount"] - amount
    if rest:
        _let_go(books, charge, rest)
    books.store.save(charge)
    intent |= {"status": "succeeded", "amount_capturable": 0, "amount_received": amount}
    books.store.save(intent)
    _mark_paid(books, intent)
    events.record(books, "charge.captured", charge)
    if rest:
        events.record(books, "charge.refunded", charge)
    events.record(books, "payment_intent.succeeded", intent)
    return intent


def _let_go(books: Books, charge: JSON, rest: int) -> None:
    """What was authorised and not captured: a refund of its own, whose fee was never due.

    https://docs.stripe.com/reports/reporting-categories ("A separate category for partial-capture reversals")
    """
    cost = money.fee(charge["amount_captured"]) - money.fee(charge["amount"])
    refund: JSON = {
        "id": new_id("re"), "object": "refund", "amount": rest, "charge": charge["id"], "created": books.now,
        "currency": charge["currency"], "description": None,
        "destination_details": {"type": "card", "card": {"type": "reversal"}},
        "metadata": {}, "payment_intent": charge["payment_intent"], "payment_method": charge["payment_method"],
        "reason": None, "receipt_number": None, "source_transfer_reversal": None, "status": "succeeded",
        "transfer_reversal": None,
    }  # fmt: skip
    entry = balance.enter(
        books, source=refund, amount=-rest, cost=cost, kind="refund", category="partial_capture_reversal",
        wait=balance.SETTLES_AFTER,
    )  # fmt: skip
    books.store.add(books.account, refund | {"balance_transaction": entry["id"]})
    charge["amount_refunded"] += rest


def _mark_paid(books: Books, intent: JSON) -> None:
    if intent.get("_session"):
        session = books.store.get(books.account, "checkout.session", intent["_session"])
        books.store.save(session | {"payment_status": "paid"})


def release(books: Books, intent: JSON) -> None:
    """Let go what an intent that is cancelled holds: its charge has nothing left to capture."""
    charge = books.store.get(books.account, "charge", intent["latest_charge"])
    charge |= {"amount_refunded": charge["amount"], "refunded": True}
    books.store.save(charge)
    intent["amount_capturable"] = 0
    events.record(books, "charge.refunded", charge)


def overdue(books: Books) -> list[tuple[Books, JSON]]:
    """Intents whose authorisation was not captured in time, each with its account's books."""
    found = []
    for account, intent in books.store.uncaptured(books.now):
        found.append((replace(books, account=account), intent))
    return found
