"""PaymentIntents: made by Checkout or by the API, paid, declined, cancelled."""

from . import captures, charges, events, lists, money
from .books import Books, Call, public
from .errors import JSON, CardDeclined, ParameterRefused, StateRefused
from .forms import Parameters, merge_metadata
from .methods import TYPES, Method, read_token
from .store import new_id

_ENDIVE = "2026-09-30"  # from here on `payment_method_types` can no longer be sent
_CANCEL_REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")
_CONFIRMABLE = ("requires_payment_method", "requires_confirmation")
_CANCELABLE = (*_CONFIRMABLE, "requires_capture")


def read_methods(params: Parameters, version: str, *, manual: bool = False) -> list[str]:
    """The ways to pay that are left after `allowed_payment_method_types` and `excluded_payment_method_types`.

    `payment_method_types` is read for API versions before 2026-09-30 and refused from then on, as Stripe does:
    https://docs.stripe.com/changelog/endive/2026-09-30/remove-payment-method-types-checkout-sessions
    Ways that can't hold money are left out where it shall be captured later (`manual`), and refused where they were named.
    """
    if params.has("payment_method_types") and version >= _ENDIVE:
        raise ParameterRefused(
            "payment_method_types can no longer be sent; use allowed_payment_method_types",
            param="payment_method_types",
            code="payment_method_types_no_longer_supported",
        )
    fixed = params.texts("payment_method_types", TYPES)
    allowed = params.texts("allowed_payment_method_types")
    excluded = params.texts("excluded_payment_method_types") or []
    chosen = fixed or [each for each in TYPES if (allowed is None or each in allowed) and each not in excluded]
    if manual:
        moving = [each for each in chosen if each not in captures.HOLDING]
        if fixed and moving:
            named = ", ".join(f'"{each}"' for each in moving)
            raise ParameterRefused(
                f"The following payment method types [{named}] can only be used with PaymentIntents that have"
                " capture_method=automatic.",
                param="payment_method_types",
            )
        chosen = [each for each in chosen if each in captures.HOLDING]
    if not chosen:
        raise ParameterRefused("No way to pay is left after these filters", param="allowed_payment_method_types")
    return chosen


def new_intent(books: Books, *, amount: int, currency: str, methods: list[str], **more: object) -> JSON:
    """Keep a new PaymentIntent (amount in minor units) that waits for a way to pay; `more` fills other fields."""
    intent_id = new_id("pi")
    intent: JSON = {
        "id": intent_id, "object": "payment_intent", "amount": amount, "amount_capturable": 0,
        "amount_details": {"tip": {}}, "amount_received": 0, "application": None, "application_fee_amount": None,
        "automatic_payment_methods": None, "canceled_at": None, "cancellation_reason": None,
        "capture_method": "automatic", "client_secret": new_id(f"{intent_id}_secret"),
        "confirmation_method": "automatic", "created": books.now, "currency": currency, "customer": None,
        "description": None, "last_payment_error": None, "latest_charge": None, "livemode": False, "metadata": {},
        "next_action": None, "on_behalf_of": None, "payment_method": None, "payment_method_options": {},
        "payment_method_types": methods, "processing": None, "receipt_email": None, "review": None,
        "setup_future_usage": None, "shipping": None, "source": None, "statement_descriptor": None,
        "statement_descriptor_suffix": None, "status": "requires_payment_method", "transfer_data": None,
        "transfer_group": None,
    } | more  # fmt: skip
    books.store.add(books.account, intent)
    events.record(books, "payment_intent.created", intent)
    return intent


def pay(books: Books, intent: JSON, method: Method) -> JSON:
    """Charge the intent: it succeeds, or keeps the decline as `last_payment_error`."""
    manual = captures.MANUAL in (intent["capture_method"], _capture_of(intent, method.type))
    charge = charges.new_charge(books, intent, method, manual=manual)
    intent["latest_charge"] = charge["id"]
    if method.decline is not None:
        intent |= {"status": "requires_payment_method", "payment_method": None}
        intent["last_payment_error"] = _decline_error(charge, method)
        books.store.save(intent)
        events.record(books, "charge.failed", charge)
        events.record(books, "payment_intent.payment_failed", intent)
        return intent
    intent |= {"payment_method": method.id, "last_payment_error": None}
    if manual:
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        books.store.save(intent)
        events.record(books, "charge.succeeded", charge)
        events.record(books, "payment_intent.amount_capturable_updated", intent)
        return intent
    intent |= {"status": "succeeded", "amount_received": intent["amount"]}
    books.store.save(intent)
    events.record(books, "charge.succeeded", charge)
    events.record(books, "payment_intent.succeeded", intent)
    return intent


def _capture_of(intent: JSON, way: str) -> str | None:
    method: str | None = intent["payment_method_options"].get(way, {}).get("capture_method")
    return method


def _decline_error(charge: JSON, method: Method) -> JSON:
    assert method.decline is not None
    return {
        "type": "card_error", "code": method.decline.code, "decline_code": method.decline.decline_code,
        "message": method.decline.message, "charge": charge["id"],
    }  # fmt: skip


# Endpoints


def create(call: Call) -> JSON:
    """POST /v1/payment_intents, with `confirm` and a test payment method to pay at once."""
    params = call.params
    amount = params.required_integer("amount", least=1)
    currency = money.read_currency(params)
    money.check_charge(amount, currency, param="amount")
    automatic = params.inner("automatic_payment_methods")
    fields: JSON = {"metadata": merge_metadata({}, params.metadata()), "capture_method": _capture(params)}
    for name in (
        "description",
        "receipt_email",
        "statement_descriptor",
        "statement_descriptor_suffix",
        "transfer_group",
    ):
        fields[name] = params.text(name)
    if automatic is not None:
        enabled = automatic.flag("enabled")
        redirects = automatic.choice("allow_redirects", ("always", "never")) or "always"
        fields["automatic_payment_methods"] = {"allow_redirects": redirects, "enabled": bool(enabled)}
    methods = read_methods(params, call.version, manual=fields["capture_method"] == captures.MANUAL)
    confirm = params.flag("confirm")
    method = _read_method(params)
    params.url("return_url")
    params.finish()
    intent = new_intent(call.books, amount=amount, currency=currency, methods=methods, **fields)
    if method is not None:
        intent |= {
            "status": "requires_confirmation",
            "payment_method": method.id,
            "_method": params.text("payment_method"),
        }
        call.books.store.save(intent)
    return _confirm(call.books, intent, method) if confirm else intent


def _capture(params: Parameters) -> str:
    return params.choice("capture_method", ("automatic", "automatic_async", captures.MANUAL)) or "automatic"


def _read_method(params: Parameters) -> Method | None:
    token = params.text("payment_method")
    if token is None:
        return None
    method = read_token(token)
    if method is None:
        raise ParameterRefused(f"No such PaymentMethod: '{token}'", param="payment_method", code="resource_missing")
    return method


def confirm(call: Call) -> JSON:
    """POST /v1/payment_intents/:id/confirm: charge the test payment method given now or before."""
    intent = _mine(call)
    method = _read_method(call.params) or read_token(intent.get("_method") or "")
    call.params.url("return_url")
    call.params.finish()
    _refuse_checkouts_own(intent, "confirm")
    return _confirm(call.books, intent, method)


def _confirm(books: Books, intent: JSON, method: Method | None) -> JSON:
    if intent["status"] not in _CONFIRMABLE:
        raise _unexpected(intent, "confirm")
    if method is None:
        raise ParameterRefused(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
        )
    intent.pop("_method", None)
    intent = pay(books, intent, method)
    if method.decline is not None:
        failed = {
            key: value for key, value in intent["last_payment_error"].items() if key not in ("type", "message", "code")
        }
        raise CardDeclined(method.decline.message, code=method.decline.code, **failed, payment_intent=public(intent))
    return intent


def update(call: Call) -> JSON:
    """POST /v1/payment_intents/:id: its metadata and description."""
    intent = _mine(call)
    intent["metadata"] = merge_metadata(intent["metadata"], call.params.metadata())
    if call.params.has("description"):
        intent["description"] = call.params.text("description")
    call.params.finish()
    return call.books.store.save(intent)


def cancel(call: Call) -> JSON:
    """POST /v1/payment_intents/:id/cancel: unpaid, or authorised and not captured; not while a Checkout Session has it."""
    intent = _mine(call)
    reason = call.params.choice("cancellation_reason", _CANCEL_REASONS)
    call.params.finish()
    if intent["status"] != "requires_capture":
        _refuse_checkouts_own(intent, "cancel")
    if intent["status"] not in _CANCELABLE:
        raise _unexpected(intent, "cancel")
    return close(call.books, intent, reason)


def close(books: Books, intent: JSON, reason: str | None) -> JSON:
    """Cancel an intent, let go what it holds, and say so in events."""
    if intent["status"] == "requires_capture":
        captures.release(books, intent)
    intent |= {"status": "canceled", "canceled_at": books.now, "cancellation_reason": reason}
    books.store.save(intent)
    events.record(books, "payment_intent.canceled", intent)
    return intent


def close_overdue(books: Books) -> int:
    """Cancel every account's intents that were authorised and not captured in time; how many there were."""
    overdue = captures.overdue(books)
    for own, intent in overdue:
        close(own, intent, "automatic")
    return len(overdue)


def _refuse_checkouts_own(intent: JSON, verb: str) -> None:
    if intent.get("_session"):
        raise StateRefused(f"You cannot {verb} a PaymentIntent made by a Checkout Session; expire the session instead.")


def _unexpected(intent: JSON, verb: str) -> StateRefused:
    return StateRefused(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=public(intent),
    )


def _mine(call: Call) -> JSON:
    return call.books.store.get(call.books.account, "payment_intent", call.ids[0], param="intent")


def retrieve(call: Call) -> JSON:
    """GET /v1/payment_intents/:id"""
    return _mine(call)


def list_intents(call: Call) -> JSON:
    """GET /v1/payment_intents, by `created`."""
    return lists.answer(call, "payment_intent", "/v1/payment_intents", [])
