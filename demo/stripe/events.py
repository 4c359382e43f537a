"""Events: what happened, with a snapshot of the object, kept for ever and queued for the webhook."""

import time

from . import API_VERSION, lists
from .books import PLATFORM, Books, Call, public
from .errors import JSON, ParameterRefused
from .store import new_id


def record(books: Books, kind: str, item: JSON) -> JSON:
    """Record an event such as `charge.refunded` with the object as it is now, and queue its delivery."""
    event: JSON = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": books.now,
        "data": {"object": public(item)},
        "livemode": False,
        "pending_webhooks": 1 if books.webhooks else 0,
        "request": {"id": books.request_id, "idempotency_key": books.idempotency_key},
        "type": kind,
    }
    if books.account != PLATFORM:
        event["account"] = books.account
    books.store.add(books.account, event)
    if books.webhooks:
        books.store.add_delivery(event["id"], time.time())  # the machine's clock, as the deliverer's
    return event


def retrieve(call: Call) -> JSON:
    """GET /v1/events/:id"""
    return call.books.store.get(call.books.account, "event", call.ids[0])


def list_events(call: Call) -> JSON:
    """GET /v1/events, by `type` (a trailing `.*` stands for a family), `types`, `created`, `delivery_success`."""
    filters: list[tuple[str, object]] = []
    kind = call.params.text("type")
    if kind is not None:
        filters.append(("json_extract(body, '$.type') GLOB ?", kind))
    kinds = call.params.texts("types")
    if kinds is not None:
        if kind is not None:
            raise ParameterRefused("You may only specify one of these parameters: type, types.", param="types")
        filters.append(("instr(?, ',' || json_extract(body, '$.type') || ',') > 0", f",{','.join(kinds)},"))
    delivered = call.params.flag("delivery_success")
    if delivered is not None:
        filters.append(("(json_extract(body, '$.pending_webhooks') = 0) = ?", int(delivered)))
    return lists.answer(call, "event", "/v1/events", filters)
