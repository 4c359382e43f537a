"""Transfers: money from the platform's balance to a connected account's, and back."""

import re
from dataclasses import replace

from . import balance, events, lists, money
from .books import PLATFORM, Books, Call
from .errors import JSON, BalanceInsufficient, DestinationUnable, ParameterRefused, StateRefused, TransferTooLarge
from .forms import merge_metadata
from .store import new_id

# An account that was never set up, or was restricted: nothing can be sent there.
_UNABLE = "acct_restricted"
_ACCOUNT = re.compile(r"^acct_[A-Za-z0-9]{1,64}$")


def create(call: Call) -> JSON:
    """POST /v1/transfers of an `amount` (minor units) that is available to a connected account (`destination`)."""
    books, params = call.books, call.params
    amount = params.required_integer("amount", least=1)
    currency = money.read_currency(params)
    destination = params.required_text("destination")
    texts = {name: params.text(name) for name in ("description", "transfer_group")}
    metadata = merge_metadata({}, params.metadata())
    params.finish()
    if books.account != PLATFORM or not _ACCOUNT.match(destination) or destination == PLATFORM:
        raise ParameterRefused(f"No such destination: '{destination}'", param="destination", code="resource_missing")
    if destination.startswith(_UNABLE):
        raise DestinationUnable(
            "Your destination account needs to have at least one of the following capabilities enabled: transfers"
        )
    ready = balance.available(books).get(currency, 0)
    if amount > ready:
        raise BalanceInsufficient("You have insufficient available funds in your Stripe account.")
    transfer_id = new_id("tr")
    transfer: JSON = {
        "id": transfer_id, "object": "transfer", "amount": amount, "amount_reversed": 0, "balance_transaction": None,
        "created": books.now, "currency": currency, "destination": destination, "destination_payment": None,
        "livemode": False, "metadata": metadata, "reversals": _reversals(transfer_id, []), "reversed": False,
        "source_transaction": None, "source_type": "card",
    } | texts  # fmt: skip
    transfer["balance_transaction"] = balance.enter(books, source=transfer, amount=-amount, kind="transfer")["id"]
    transfer["destination_payment"] = _receive(replace(books, account=destination), transfer)["id"]
    books.store.add(books.account, transfer)
    events.record(books, "transfer.created", transfer)
    return transfer


def _receive(books: Books, transfer: JSON) -> JSON:
    """What the connected account sees: a payment to it."""
    payment: JSON = {
        "id": new_id("py"), "object": "charge", "amount": transfer["amount"], "amount_captured": transfer["amount"],
        "amount_refunded": 0, "captured": True, "created": books.now, "currency": transfer["currency"],
        "description": transfer["description"], "disputed": False, "livemode": False, "metadata": {}, "paid": True,
        "payment_intent": None, "payment_method_details": {"type": "stripe_account", "stripe_account": {}},
        "refunded": False, "source_transfer": transfer["id"], "status": "succeeded",
    }  # fmt: skip
    entry = balance.enter(books, source=payment, amount=payment["amount"], kind="payment")
    return books.store.add(books.account, payment | {"balance_transaction": entry["id"]})


def reverse(call: Call) -> JSON:
    """POST /v1/transfers/:id/reversals: all that is left of the transfer, or an `amount` of it."""
    books, params = call.books, call.params
    transfer = _mine(call)
    amount = params.integer("amount", least=1)
    description = params.text("description")
    metadata = merge_metadata({}, params.metadata())
    params.finish()
    left = transfer["amount"] - transfer["amount_reversed"]
    if left == 0:
        raise StateRefused(f"Transfer {transfer['id']} is already fully reversed.")
    amount = left if amount is None else amount
    if amount > left:
        raise TransferTooLarge("The reversal is greater than what is left of the transfer.", param="amount")
    back: JSON = {
        "id": new_id("trr"), "object": "transfer_reversal", "amount": amount, "balance_transaction": None,
        "created": books.now, "currency": transfer["currency"], "description": description,
        "destination_payment_refund": None, "metadata": metadata, "source_refund": None, "transfer": transfer["id"],
    }  # fmt: skip
    back["balance_transaction"] = balance.enter(books, source=back, amount=amount, kind="transfer_refund")["id"]
    there = replace(books, account=transfer["destination"])
    returned = {"id": new_id("pyr"), "object": "refund", "amount": amount, "created": books.now,
                "charge": transfer["destination_payment"], "currency": transfer["currency"], "status": "succeeded"}  # fmt: skip
    balance.enter(there, source=returned, amount=-amount, kind="payment_refund")
    back["destination_payment_refund"] = books.store.add(there.account, returned)["id"]
    books.store.add(books.account, back)
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    transfer["reversals"] = _reversals(transfer["id"], [back, *transfer["reversals"]["data"]])
    books.store.save(transfer)
    events.record(books, "transfer.reversed", transfer)
    return back


def _reversals(transfer_id: str, data: list[JSON]) -> JSON:
    return lists.of(data, f"/v1/transfers/{transfer_id}/reversals") | {"total_count": len(data)}


def _mine(call: Call) -> JSON:
    return call.books.store.get(call.books.account, "transfer", call.ids[0], param="transfer")


def retrieve(call: Call) -> JSON:
    """GET /v1/transfers/:id"""
    return _mine(call)


def list_transfers(call: Call) -> JSON:
    """GET /v1/transfers, by `destination`, `transfer_group`, `created`."""
    filters = lists.equal_to(call.params, "destination", "transfer_group")
    return lists.answer(call, "transfer", "/v1/transfers", filters)


def list_reversals(call: Call) -> JSON:
    """GET /v1/transfers/:id/reversals"""
    transfer = _mine(call)
    call.params.integer("limit", least=1, most=100)
    found: JSON = transfer["reversals"]
    return found
