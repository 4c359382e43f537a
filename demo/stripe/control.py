"""`/_standin/`: switches for tests and demos that the real Stripe does not have. Documented in README.md."""

import re

from . import balance, disputes, payouts, refunds
from .api import Answer, Request, Standin, authenticate
from .books import PLATFORM, public
from .errors import (
    JSON,
    ParameterRefused,
    ResourceMissing,
    RouteUnknown,
    StateRefused,
    StripeError,
)
from .faults import KINDS
from .forms import Parameters, decode_form
from .webhooks import Deliverer

_LONGEST_DELAY = 60_000  # milliseconds
_FURTHEST_AHEAD = 400 * 24 * 60 * 60  # seconds
_SESSION = re.compile(r"^/_standin/checkout/sessions/([A-Za-z0-9_]+)$")
# What a bank says of an object, by the object's kind: the words that it may say.
_BANKS = {
    "refunds": ("refund", ("succeeded", "failed"), refunds.conclude),
    "disputes": ("dispute", ("won", "lost"), disputes.conclude),
    "payouts": ("payout", ("in_transit", "paid", "failed"), payouts.conclude),
}
_BANK = re.compile(rf"^/_standin/({'|'.join(_BANKS)})/([A-Za-z0-9_]+)$")


def answer(standin: Standin, request: Request) -> Answer:
    """Answer a request below `/_standin/`; it takes the same secret key as the API."""
    try:
        authenticate(request)
        params = Parameters(decode_form(request.form))
        body = _run(standin, request, params)
    except StripeError as refusal:
        return Answer(refusal.status, refusal.body())
    standin.wake()
    return Answer(200, body)


def _run(standin: Standin, request: Request, params: Parameters) -> JSON:
    session = _SESSION.match(request.path)
    if request.method == "POST" and session:
        return _end_session(standin, params, session[1])
    bank = _BANK.match(request.path)
    if request.method == "POST" and bank:
        return _hear_from_bank(standin, params, bank[1], bank[2])
    match request.method, request.path:
        case "GET", "/_standin/webhooks":
            return _deliveries(standin, params)
        case "POST", "/_standin/webhooks/replay":
            return _replay(standin, params)
        case "POST", "/_standin/webhooks/pause":
            return _pause(standin, params, paused=True)
        case "POST", "/_standin/webhooks/resume":
            return _pause(standin, params, paused=False)
        case "POST", "/_standin/delay":
            return _delay(standin, params)
        case "POST", "/_standin/faults":
            return _expect(standin, params)
        case "POST", "/_standin/disputes":
            return _dispute(standin, params)
        case "POST", "/_standin/payouts":
            return _pay_out(standin, params)
        case "POST", "/_standin/clock":
            return _set_clock(standin, params)
    raise RouteUnknown(f"Nothing at {request.method} {request.path}")


def _deliveries(standin: Standin, params: Parameters) -> JSON:
    params.finish()
    with standin.store.transaction():
        data = standin.store.deliveries()
    paused = standin.deliverer is not None and standin.deliverer.paused
    return {"object": "list", "paused": paused, "data": data}


def _replay(standin: Standin, params: Parameters) -> JSON:
    """Deliver an event once more, whether or not it was taken before."""
    event_id = params.required_text("event")
    params.finish()
    _deliverer(standin)
    with standin.store.transaction():
        if standin.store.find("event", event_id) is None:
            raise ResourceMissing("event", event_id, param="event")
        standin.store.add_delivery(event_id, 0.0)
    return {"event": event_id, "queued": True}


def _pause(standin: Standin, params: Parameters, *, paused: bool) -> JSON:
    """Hold deliveries back, or let them go; a restart lets them go."""
    params.finish()
    deliverer = _deliverer(standin)
    deliverer.paused = paused
    return {"paused": paused}


def _delay(standin: Standin, params: Parameters) -> JSON:
    """Make each POST to the API wait that many milliseconds before it begins."""
    milliseconds = params.required_integer("milliseconds", least=0, most=_LONGEST_DELAY)
    params.finish()
    standin.delay = milliseconds / 1000
    return {"milliseconds": milliseconds}


def _expect(standin: Standin, params: Parameters) -> JSON:
    """Let the next `times` requests to addresses that begin with `at` meet a fault of this kind."""
    kind, path = params.required_text("kind"), params.text("at") or "/v1/"
    times = params.required_integer("times", least=0, most=1_000)
    params.finish()
    if kind not in KINDS:
        raise ParameterRefused(f"A fault is one of {', '.join(KINDS)}.", param="kind")
    standin.faults.expect(kind, times, path)
    return {"kind": kind, "times": times, "at": path}


def _set_clock(standin: Standin, params: Parameters) -> JSON:
    """Put its clock so many seconds ahead: sessions end, and idempotency keys are forgotten, as if they had passed."""
    ahead = params.required_integer("ahead", least=0, most=_FURTHEST_AHEAD)
    params.finish()
    standin.ahead = ahead
    return {"ahead": ahead}


def _hear_from_bank(standin: Standin, params: Parameters, family: str, object_id: str) -> JSON:
    """The bank says what became of a refund, a dispute or a payout."""
    kind, words, conclude = _BANKS[family]
    status = params.required_text("status")
    params.finish()
    if status not in words:
        raise ParameterRefused(f"The status is one of {', '.join(words)}.", param="status")
    with standin.store.transaction():
        found = standin.store.find(kind, object_id)
        if found is None:
            raise ResourceMissing(kind, object_id)
        return public(conclude(standin.books(found[0]), found[1], status))


def _dispute(standin: Standin, params: Parameters) -> JSON:
    """The buyer's bank disputes a charge, all of it or an amount."""
    charge_id, amount = params.required_text("charge"), params.integer("amount", least=1)
    reason = params.text("reason") or "fraudulent"
    params.finish()
    with standin.store.transaction():
        found = standin.store.find("charge", charge_id)
        if found is None:
            raise ResourceMissing("charge", charge_id, param="charge")
        account, charge = found
        whole = charge["amount"] - charge["amount_refunded"]
        return public(disputes.open_dispute(standin.books(account), charge, amount=amount or whole, reason=reason))


def _pay_out(standin: Standin, params: Parameters) -> JSON:
    """The automatic payout of an account (the platform's, without `account`): all that is available in yuan, or an amount."""
    account, amount = params.text("account") or PLATFORM, params.integer("amount", least=1)
    params.finish()
    with standin.store.transaction():
        books = standin.books(account)
        amount = balance.available(books).get("cny", 0) if amount is None else amount
        if amount <= 0:
            raise StateRefused("Nothing is available to be paid out.")
        return public(payouts.new_payout(books, amount=amount, currency="cny", automatic=True))


def _end_session(standin: Standin, params: Parameters, session_id: str) -> JSON:
    """Move an open session's end, also to less than the 30 minutes that creation asks for."""
    end = params.required_integer("expires_at", least=0)
    params.finish()
    with standin.store.transaction():
        found = standin.store.find("checkout.session", session_id)
        if found is None:
            raise ResourceMissing("checkout.session", session_id)
        if found[1]["status"] != "open":
            raise StateRefused("Only an open session has an end to move.")
        standin.store.save({**found[1], "expires_at": end})
    return {"id": session_id, "expires_at": end}


def _deliverer(standin: Standin) -> Deliverer:
    if standin.deliverer is None:
        raise ParameterRefused("This stand-in was started without --webhook-url: there is nothing to deliver to.")
    return standin.deliverer
