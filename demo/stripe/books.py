"""Whose objects a step may touch, and when it happens: what every endpoint, page and timer hands on."""

from dataclasses import dataclass

from .errors import JSON
from .forms import Parameters
from .store import Store

# The account behind the secret key; `Stripe-Account` names another one, with objects of its own.
PLATFORM = "acct_1DaylilyDemo"


@dataclass(frozen=True)
class Books:
    """One account's objects at one moment (`now` in Unix seconds), inside one transaction of the store."""

    store: Store
    account: str
    now: int
    webhooks: bool  # whether anyone listens: without a webhook address events are kept and not delivered
    request_id: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Call:
    """One API request: the caller's books, parameters, the ids in the address, and the API version asked for."""

    books: Books
    params: Parameters
    ids: tuple[str, ...]
    version: str
    public_url: str


def public(item: JSON) -> JSON:
    """The object without what the stand-in keeps for itself (keys that begin with an underscore)."""
    return {key: value for key, value in item.items() if not key.startswith("_")}
