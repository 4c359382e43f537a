"""Charges: paid at once, or authorised and captured later."""

import time

from . import balance, lists
from .books import Books, Call
from .errors import JSON
from .methods import Method
from .store import new_id

CAPTURE_WITHIN = 7 * 24 * 60 * 60  # seconds that an authorisation of a card holds


def new_charge(books: Books, intent: JSON, method: Method, *, manual: bool = False) -> JSON:
    """Keep the charge of an attempt to pay: succeeded, with its entry on the balance, or authorised only (`manual`), or failed."""
    decline = method.decline
    captured = decline is None and not manual
    charge: JSON = {
        "id": new_id("ch" if method.type == "card" else "py"), "object": "charge", "amount": intent["amount"],
        "amount_captured": intent["amount"] if captured else 0, "amount_refunded": 0, "application": None,
        "application_fee": None, "application_fee_amount": None, "balance_transaction": None,
        "billing_details": {"address": None, "email": intent["receipt_email"], "name": None, "phone": None},
        "calculated_statement_descriptor": "DAYLILY DEMO", "captured": captured, "created": books.now,
        "currency": intent["currency"], "customer": None, "description": intent["description"], "disputed": False,
        "failure_balance_transaction": None, "failure_code": decline and decline.code,
        "failure_message": decline and decline.message, "fraud_details": {}, "livemode": False,
        "metadata": intent["metadata"], "on_behalf_of": None, "outcome": _outcome(method), "paid": decline is None,
        "payment_intent": intent["id"], "payment_method": method.id,
        "payment_method_details": method.details(time.gmtime(books.now).tm_year),
        "receipt_email": intent["receipt_email"], "receipt_number": None, "receipt_url": None, "refunded": False,
        "review": None, "shipping": intent["shipping"], "source": None, "source_transfer": None,
        "statement_descriptor": None, "statement_descriptor_suffix": None,
        "status": "failed" if decline else "succeeded", "transfer_data": None,
        "transfer_group": intent["transfer_group"],
    }  # fmt: skip
    if manual and decline is None:
        charge["payment_method_details"]["card"]["capture_before"] = books.now + CAPTURE_WITHIN
    if captured:
        charge["balance_transaction"] = balance.enter_charge(books, charge)["id"]
    return books.store.add(books.account, charge)


def _outcome(method: Method) -> JSON:
    if method.decline is None:
        return {"network_status": "approved_by_network", "reason": None, "risk_level": "normal", "type": "authorized"}
    reason = method.decline.decline_code
    return {
        "network_status": "declined_by_network",
        "reason": reason,
        "risk_level": "normal",
        "type": "issuer_declined",
    }


def retrieve_charge(call: Call) -> JSON:
    """GET /v1/charges/:id"""
    return call.books.store.get(call.books.account, "charge", call.ids[0])


def list_charges(call: Call) -> JSON:
    """GET /v1/charges, by `payment_intent` and `created`."""
    return lists.answer(call, "charge", "/v1/charges", lists.equal_to(call.params, "payment_intent"))
