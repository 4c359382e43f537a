"""Charges, and the entries they leave on the balance."""

import time

from . import lists, money
from .books import Books, Call
from .errors import JSON
from .methods import Method
from .store import new_id


def new_charge(books: Books, intent: JSON, method: Method) -> JSON:
    """Keep the charge of an attempt to pay: succeeded, with its entry on the balance, or failed."""
    decline = method.decline
    charge: JSON = {
        "id": new_id("ch" if method.type == "card" else "py"), "object": "charge", "amount": intent["amount"],
        "amount_captured": 0 if decline else intent["amount"], "amount_refunded": 0, "application": None,
        "application_fee": None, "application_fee_amount": None, "balance_transaction": None,
        "billing_details": {"address": None, "email": intent["receipt_email"], "name": None, "phone": None},
        "calculated_statement_descriptor": "DAYLILY DEMO", "captured": decline is None, "created": books.now,
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
    if decline is None:
        kind = "charge" if method.type == "card" else "payment"
        entry = add_balance_entry(
            books, source=charge, amount=charge["amount"], cost=money.fee(charge["amount"]), kind=kind
        )
        charge["balance_transaction"] = entry["id"]
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


def add_balance_entry(books: Books, *, source: JSON, amount: int, cost: int, kind: str) -> JSON:
    """Keep a balance transaction: `amount` in minor units, negative for a refund; `cost` is the fee."""
    details = [{"amount": cost, "application": None, "currency": source["currency"], "description": "Demo fee",
                "type": "stripe_fee"}] if cost else []  # fmt: skip
    return books.store.add(books.account, {
        "id": new_id("txn"), "object": "balance_transaction", "amount": amount, "available_on": books.now,
        "balance_type": "payments", "created": books.now, "currency": source["currency"],
        "description": source.get("description"), "exchange_rate": None, "fee": cost, "fee_details": details,
        "net": amount - cost, "reporting_category": "charge" if amount > 0 else "refund", "source": source["id"],
        "status": "available", "type": kind,
    })  # fmt: skip


def retrieve_charge(call: Call) -> JSON:
    """GET /v1/charges/:id"""
    return call.books.store.get(call.books.account, "charge", call.ids[0])


def list_charges(call: Call) -> JSON:
    """GET /v1/charges, by `payment_intent` and `created`."""
    return lists.answer(call, "charge", "/v1/charges", lists.equal_to(call.params, "payment_intent"))


def retrieve_balance_entry(call: Call) -> JSON:
    """GET /v1/balance_transactions/:id"""
    return call.books.store.get(call.books.account, "balance_transaction", call.ids[0])


def list_balance_entries(call: Call) -> JSON:
    """GET /v1/balance_transactions, by `source`, `type`, `currency`, `created`."""
    filters = lists.equal_to(call.params, "source", "type", "currency")
    return lists.answer(call, "balance_transaction", "/v1/balance_transactions", filters)
