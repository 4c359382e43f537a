"""The API: who calls, which endpoint, with what parameters; one transaction a request."""

import base64
import binascii
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message

from . import (
    API_VERSION,
    balance,
    captures,
    charges,
    checkout,
    disputes,
    events,
    expansion,
    idempotency,
    payments,
    payouts,
    refunds,
    transfers,
)
from .books import PLATFORM, Books, Call
from .errors import JSON, AccountRefused, KeyRefused, RouteUnknown, StripeError
from .faults import AnswerLost, Faults
from .forms import Parameters, decode_form
from .store import Store, new_id
from .webhooks import Deliverer

log = logging.getLogger(__name__)

KEY_PREFIX = "sk_test_daylily"
_ACCOUNT = re.compile(r"^acct_[A-Za-z0-9]{1,64}$")

Endpoint = Callable[[Call], JSON]
_ROUTES: list[tuple[str, re.Pattern[str], Endpoint]] = [
    (method, re.compile("^" + re.sub(r":id", r"([A-Za-z0-9_]+)", path) + "$"), endpoint)
    for method, path, endpoint in [
        ("POST", "/v1/checkout/sessions", checkout.create),
        ("GET", "/v1/checkout/sessions", checkout.list_sessions),
        ("GET", "/v1/checkout/sessions/:id", checkout.retrieve),
        ("POST", "/v1/checkout/sessions/:id", checkout.update),
        ("POST", "/v1/checkout/sessions/:id/expire", checkout.expire),
        ("GET", "/v1/checkout/sessions/:id/line_items", checkout.list_lines),
        ("POST", "/v1/payment_intents", payments.create),
        ("GET", "/v1/payment_intents", payments.list_intents),
        ("GET", "/v1/payment_intents/:id", payments.retrieve),
        ("POST", "/v1/payment_intents/:id", payments.update),
        ("POST", "/v1/payment_intents/:id/confirm", payments.confirm),
        ("POST", "/v1/payment_intents/:id/cancel", payments.cancel),
        ("POST", "/v1/payment_intents/:id/capture", captures.capture),
        ("GET", "/v1/charges", charges.list_charges),
        ("GET", "/v1/charges/:id", charges.retrieve_charge),
        ("GET", "/v1/balance", balance.retrieve_balance),
        ("GET", "/v1/balance_transactions", balance.list_entries),
        ("GET", "/v1/balance_transactions/:id", balance.retrieve_entry),
        ("GET", "/v1/disputes", disputes.list_disputes),
        ("GET", "/v1/disputes/:id", disputes.retrieve),
        ("POST", "/v1/disputes/:id", disputes.update),
        ("POST", "/v1/disputes/:id/close", disputes.close),
        ("POST", "/v1/payouts", payouts.create),
        ("GET", "/v1/payouts", payouts.list_payouts),
        ("GET", "/v1/payouts/:id", payouts.retrieve),
        ("POST", "/v1/transfers", transfers.create),
        ("GET", "/v1/transfers", transfers.list_transfers),
        ("GET", "/v1/transfers/:id", transfers.retrieve),
        ("POST", "/v1/transfers/:id/reversals", transfers.reverse),
        ("GET", "/v1/transfers/:id/reversals", transfers.list_reversals),
        ("POST", "/v1/refunds", refunds.create),
        ("GET", "/v1/refunds", refunds.list_refunds),
        ("GET", "/v1/refunds/:id", refunds.retrieve),
        ("POST", "/v1/refunds/:id", refunds.update),
        ("GET", "/v1/events", events.list_events),
        ("GET", "/v1/events/:id", events.retrieve),
    ]
]


@dataclass
class Standin:
    """What the process holds: its store, its webhook thread, and the test switches of `/_standin/`."""

    store: Store
    deliverer: Deliverer | None
    public_url: str = ""  # where browsers find the hosted page; empty: where the API's caller found the API
    keys: idempotency.KeysInUse = field(default_factory=idempotency.KeysInUse)
    delay: float = 0.0  # seconds that each POST to the API waits before it begins
    faults: Faults = field(default_factory=Faults)
    ahead: int = 0  # seconds by which its clock is ahead of the machine's

    def books(self, account: str, *, request_id: str | None = None, key: str | None = None) -> Books:
        """The account's books now; to be used inside one transaction."""
        return Books(
            store=self.store, account=account, now=int(time.time()) + self.ahead, webhooks=self.deliverer is not None,
            request_id=request_id, idempotency_key=key,
        )  # fmt: skip

    def wake(self) -> None:
        """Let the webhook thread see what was just queued."""
        if self.deliverer is not None:
            self.deliverer.wake()


@dataclass(frozen=True)
class Request:
    """An HTTP request, its form (query or body) not yet decoded."""

    method: str
    path: str
    form: str
    headers: Message


@dataclass(frozen=True)
class Answer:
    """Status, JSON body and extra headers."""

    status: int
    body: JSON
    headers: dict[str, str] = field(default_factory=dict)


def answer(standin: Standin, request: Request) -> Answer:
    """Answer an API request; refusals come as Stripe's errors with their status. Raises AnswerLost where a fault was asked for."""
    request_id = new_id("req")
    headers = {"Request-Id": request_id, "Stripe-Version": request.headers.get("Stripe-Version") or API_VERSION}
    key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    if key:
        headers["Idempotency-Key"] = key
    lost = False
    try:
        lost = standin.faults.meet(request.path)
        status, body, replayed = _answer(standin, request, request_id, key or None)
    except StripeError as refusal:
        status, body, replayed = refusal.status, refusal.body(), False
    if lost:
        raise AnswerLost(request.path)
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="Stripe stand-in"'
    return Answer(status, body, headers)


def _answer(standin: Standin, request: Request, request_id: str, key: str | None) -> tuple[int, JSON, bool]:
    authenticate(request)
    account = _account(request)
    endpoint, ids = _route(request)
    values = decode_form(request.form)
    version = request.headers.get("Stripe-Version") or API_VERSION
    books = standin.books(account, request_id=request_id, key=key)
    call = Call(books, Parameters(values), ids, version, standin.public_url or _called_at(request))
    if key is None:
        return (*_in_transaction(standin, request, call, endpoint, values), False)
    idempotency.check_key(key)
    with standin.keys.hold(account, key):
        with standin.store.transaction():
            kept = idempotency.recall(books, key, request.path, values)
        if kept is not None:
            return (*kept, True)
        return (*_in_transaction(standin, request, call, endpoint, values), False)


def _in_transaction(
    standin: Standin, request: Request, call: Call, endpoint: Endpoint, values: JSON
) -> tuple[int, JSON]:
    if request.method == "POST" and standin.delay:
        time.sleep(standin.delay)
    refusal: StripeError | None = None
    key = call.books.idempotency_key
    with standin.store.transaction():
        close_overdue(call.books)
        status, body = 200, JSON()
        try:
            with standin.store.attempt():
                body, refusal = _run(call, endpoint)
        except StripeError as undone:
            refusal = undone
        if refusal is not None:
            status, body = refusal.status, refusal.body()
        if key is not None and (refusal is None or refusal.replayed):
            idempotency.keep(call.books, key, request.path, values, status, body)
    standin.wake()
    return status, body


def close_overdue(books: Books) -> int:
    """End what the clock has ended: open sessions, and authorisations that nobody captured; how many there were."""
    return checkout.expire_overdue(books) + payments.close_overdue(books)


def _run(call: Call, endpoint: Endpoint) -> tuple[JSON, StripeError | None]:
    """The endpoint's answer, expanded; or the refusal, where what was written before it shall stay."""
    paths = call.params.texts("expand") or []
    try:
        item = endpoint(call)
    except StripeError as refusal:
        if refusal.keeps_changes:
            return {}, refusal
        raise
    call.params.finish()
    return expansion.expand(call.books, item, paths), None


def authenticate(request: Request) -> None:
    """Refuse a caller without a secret key of this stand-in (KeyRefused): Bearer, or Basic with the key as name."""
    kind, _, credentials = request.headers.get("Authorization", "").partition(" ")
    key = credentials.strip()
    if kind.lower() == "basic":
        try:
            key = base64.b64decode(key, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            key = ""
    elif kind.lower() != "bearer":
        key = ""
    if not key:
        raise KeyRefused("You did not provide an API key: send 'Authorization: Bearer YOUR_SECRET_KEY'.")
    if not key.startswith(KEY_PREFIX):
        raise KeyRefused(f"Invalid API Key provided: {key[:8]}****{key[-4:]}. This stand-in takes {KEY_PREFIX}...")


def _account(request: Request) -> str:
    account = request.headers.get("Stripe-Account")
    if not account:
        return PLATFORM
    if not _ACCOUNT.match(account):
        raise AccountRefused(f"The provided key does not have access to account '{account}'.")
    return account


def _called_at(request: Request) -> str:
    """The address that the caller used, so that a shop which says `localhost` gets pages on `localhost`."""
    return f"http://{request.headers.get('Host', '')}"


def _route(request: Request) -> tuple[Endpoint, tuple[str, ...]]:
    for method, pattern, endpoint in _ROUTES:
        match = pattern.match(request.path)
        if match and method == request.method:
            return endpoint, match.groups()
    raise RouteUnknown(
        f"Unrecognized request URL ({request.method}: {request.path}). See demo/stripe/README.md for what stands here."
    )
