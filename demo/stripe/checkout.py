"""Checkout Sessions: opened by the shop, paid on the hosted page, expired by time or by the shop."""

from dataclasses import dataclass, replace

from . import captures, events, lists, money, payments
from .books import Books, Call
from .errors import JSON, ParameterMissing, ParameterRefused, StateRefused
from .forms import Parameters, merge_metadata
from .methods import Method, read_card
from .store import new_id

SHORTEST, LONGEST = 30 * 60, 24 * 60 * 60  # seconds from creation that `expires_at` may lie ahead
_MOST_LINES = 100
_PLACE = "{CHECKOUT_SESSION_ID}"
_LOCALES = [
    "auto",
    "bg",
    "cs",
    "da",
    "de",
    "el",
    "en",
    "en-GB",
    "es",
    "es-419",
    "et",
    "fi",
    "fil",
    "fr",
    "fr-CA",
    "hi-IN",
    "hr",
    "hu",
    "id",
    "it",
    "ja",
    "ko",
    "lt",
    "lv",
    "ms",
    "mt",
    "nb",
    "nl",
    "pl",
    "pt",
    "pt-BR",
    "ro",
    "ru",
    "sk",
    "sl",
    "sv",
    "th",
    "tr",
    "vi",
    "zh",
    "zh-HK",
    "zh-TW",
]
_UI_MODES = ("hosted_page", "hosted")  # the second is what the first was called before 2026
_INTENT_TEXTS = (
    "description",
    "receipt_email",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)


def create(call: Call) -> JSON:
    """POST /v1/checkout/sessions, `mode=payment` with `line_items[][price_data]`, for the hosted page."""
    books, params = call.books, call.params
    _read_mode(params)
    lines = _read_lines(params)
    currency, total = lines[0]["currency"], sum(line["amount_total"] for line in lines)
    money.check_charge(total, currency, param="line_items")
    session_id = new_id("cs_test")
    success_url = params.url("success_url")
    if success_url is None:
        raise ParameterMissing("success_url")
    intent_data = _read_intent_data(params)
    manual = intent_data.get("capture_method") == captures.MANUAL
    session: JSON = _empty_session() | {
        "id": session_id, "amount_subtotal": total, "amount_total": total, "cancel_url": params.url("cancel_url"),
        "client_reference_id": params.text("client_reference_id", most=200), "created": books.now, "currency": currency,
        "customer_email": params.text("customer_email", most=800), "expires_at": _read_end(params, books.now),
        "locale": params.choice("locale", _LOCALES), "metadata": merge_metadata({}, params.metadata()),
        "payment_method_options": _read_options(params),
        "payment_method_types": payments.read_methods(params, call.version, manual=manual),
        "submit_type": params.choice("submit_type", ("auto", "book", "donate", "pay", "subscribe")),
        "success_url": success_url, "url": f"{call.public_url}/c/pay/{session_id}",
        "_lines": lines, "_intent": intent_data,
    }  # fmt: skip
    params.finish()
    return books.store.add(books.account, session)


def _empty_session() -> JSON:
    return {
        "object": "checkout.session", "adaptive_pricing": {"enabled": False}, "after_expiration": None,
        "allow_promotion_codes": None, "automatic_tax": {"enabled": False, "liability": None, "status": None},
        "billing_address_collection": None, "client_secret": None, "collected_information": None, "consent": None,
        "consent_collection": None, "currency_conversion": None, "custom_fields": [],
        "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
        "customer": None, "customer_account": None, "customer_creation": "if_required", "customer_details": None,
        "discounts": [], "invoice": None, "invoice_creation": {"enabled": False}, "livemode": False, "mode": "payment",
        "origin_context": None, "payment_intent": None, "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None, "payment_status": "unpaid", "permissions": None,
        "phone_number_collection": {"enabled": False}, "recovered_from": None, "redirect_on_completion": None,
        "return_url": None, "saved_payment_method_options": None, "setup_intent": None,
        "shipping_address_collection": None, "shipping_cost": None, "shipping_options": [], "status": "open",
        "subscription": None, "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page", "wallet_options": None,
    }  # fmt: skip


def _read_mode(params: Parameters) -> None:
    mode = params.choice("mode", ("payment", "setup", "subscription"))
    if mode is None:
        raise ParameterMissing("mode")
    if mode != "payment":
        raise ParameterRefused(f"This stand-in leaves out mode={mode}", param="mode")
    params.choice("ui_mode", _UI_MODES)


def _read_lines(params: Parameters) -> list[JSON]:
    items = params.items("line_items")
    if not items:
        raise ParameterMissing("line_items")
    if len(items) > _MOST_LINES:
        raise ParameterRefused(f"You can have up to {_MOST_LINES} line items", param="line_items")
    lines = [_read_line(item) for item in items]
    if len({line["currency"] for line in lines}) > 1:
        raise ParameterRefused("All line items must have the same currency", param="line_items")
    return lines


def _read_line(item: Parameters) -> JSON:
    data = item.required_inner("price_data")
    product = data.required_inner("product_data")
    currency = money.read_currency(data)
    amount = data.required_integer("unit_amount", least=0, most=money.LARGEST)
    quantity = item.required_integer("quantity", least=1, most=999_999)
    name = product.required_text("name")
    texts = {"description": product.text("description"), "tax_code": product.text("tax_code")}
    images, metadata = product.texts("images") or [], product.metadata()
    return {
        "id": new_id("li"), "object": "item", "adjustable_quantity": None, "amount_discount": 0,
        "amount_subtotal": amount * quantity, "amount_tax": 0, "amount_total": amount * quantity, "currency": currency,
        "description": name, "metadata": {}, "quantity": quantity,
        "price": {
            "id": new_id("price"), "object": "price", "active": False, "currency": currency, "livemode": False,
            "type": "one_time", "unit_amount": amount, "unit_amount_decimal": str(amount), "recurring": None,
            "product": new_id("prod"),
        },
        "_product": {"name": name, "images": images, "metadata": metadata} | texts,
    }  # fmt: skip


def _read_end(params: Parameters, now: int) -> int:
    end = params.integer("expires_at")
    if end is None:
        return now + LONGEST
    if end < now + SHORTEST:
        message = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise ParameterRefused(message, param="expires_at")
    if end > now + LONGEST:
        message = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise ParameterRefused(message, param="expires_at")
    return end


def _read_options(params: Parameters) -> JSON:
    """`payment_method_options[wechat_pay][client]` and `[card][capture_method]`, the options that Daylily needs."""
    options = params.inner("payment_method_options")
    wechat = options.inner("wechat_pay") if options else None
    card = options.inner("card") if options else None
    found: JSON = {}
    if wechat is not None:
        client = wechat.choice("client", ("android", "ios", "web"))
        if client is None:
            raise ParameterMissing(wechat.name("client"))
        found["wechat_pay"] = {"client": client}
    if card is not None and (capture := card.choice("capture_method", (captures.MANUAL,))):
        found["card"] = {"capture_method": capture}
    return found


def _read_intent_data(params: Parameters) -> JSON:
    """What `payment_intent_data` says about the PaymentIntent that the first attempt to pay will make."""
    data = params.inner("payment_intent_data")
    if data is None:
        return {"metadata": {}}
    texts = {name: data.text(name) for name in _INTENT_TEXTS}
    capture = data.choice("capture_method", ("automatic", "automatic_async", captures.MANUAL))
    return {"metadata": merge_metadata({}, data.metadata()), "capture_method": capture} | texts


def retrieve(call: Call) -> JSON:
    """GET /v1/checkout/sessions/:id"""
    return call.books.store.get(call.books.account, "checkout.session", call.ids[0], param="session")


def update(call: Call) -> JSON:
    """POST /v1/checkout/sessions/:id: its metadata."""
    session = retrieve(call)
    session["metadata"] = merge_metadata(session["metadata"], call.params.metadata())
    call.params.finish()
    return call.books.store.save(session)


def list_sessions(call: Call) -> JSON:
    """GET /v1/checkout/sessions, by `payment_intent`, `status`, `created`."""
    filters = lists.equal_to(call.params, "payment_intent", "status")
    return lists.answer(call, "checkout.session", "/v1/checkout/sessions", filters)


def list_lines(call: Call) -> JSON:
    """GET /v1/checkout/sessions/:id/line_items: all of them, a session has 100 at most."""
    session = retrieve(call)
    call.params.integer("limit", least=1, most=_MOST_LINES)
    return lists.of(session["_lines"], f"/v1/checkout/sessions/{session['id']}/line_items")


def expire(call: Call) -> JSON:
    """POST /v1/checkout/sessions/:id/expire: only while it is open."""
    session = retrieve(call)
    call.params.finish()
    if session["status"] != "open":
        raise StateRefused(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of'
            f" `{session['status']}`."
        )
    return close(call.books, session)


def close(books: Books, session: JSON) -> JSON:
    """Expire an open session, cancel what it had begun, and say so in events."""
    session |= {"status": "expired", "url": None}
    books.store.save(session)
    if session["payment_intent"] is not None:
        payments.close(books, books.store.get(books.account, "payment_intent", session["payment_intent"]), "expired")
    events.record(books, "checkout.session.expired", session)
    return session


def expire_overdue(books: Books) -> int:
    """Expire every account's open sessions whose `expires_at` has come; how many there were."""
    overdue = books.store.overdue_sessions(books.now)
    for account, session in overdue:
        close(replace(books, account=account), session)
    return len(overdue)


@dataclass(frozen=True)
class Attempt:
    """How an attempt on the hosted page ended: the session now, and the decline's code if the bank said no."""

    session: JSON
    declined: str | None = None


class WayToPayUnknown(Exception):
    """The buyer sent a way to pay that this session does not offer."""


def pay(books: Books, session: JSON, *, way: str, number: str = "") -> Attempt:
    """Pay an open session by `card` (with its number), `alipay` or `wechat_pay`; one that is not open stays as it is.

    Raises WayToPayUnknown, methods.NumberWrong, methods.NumberNotDemo. The session must have been read in the same
    transaction: that is what makes a double submit charge once.
    """
    if session["status"] != "open":
        return Attempt(session)
    if way not in session["payment_method_types"]:
        raise WayToPayUnknown(way)
    method = read_card(number) if way == "card" else Method(way)
    intent = payments.pay(books, _intent_of(books, session), method)
    if method.decline is not None:
        return Attempt(session, declined=method.decline.decline_code)
    details = {"address": None, "business_name": None, "email": session["customer_email"], "individual_name": None,
               "name": None, "phone": None, "tax_exempt": "none", "tax_ids": []}  # fmt: skip
    # What is authorised only is unpaid until it is captured.
    paid = "paid" if intent["status"] == "succeeded" else "unpaid"
    session |= {"status": "complete", "payment_status": paid, "url": None, "customer_details": details}
    books.store.save(session)
    events.record(books, "checkout.session.completed", session)
    return Attempt(session)


def _intent_of(books: Books, session: JSON) -> JSON:
    """The session's PaymentIntent, made at the first attempt as Stripe does since 2022-08-01."""
    if session["payment_intent"] is not None:
        return books.store.get(books.account, "payment_intent", session["payment_intent"])
    intent = payments.new_intent(
        books, amount=session["amount_total"], currency=session["currency"], methods=session["payment_method_types"],
        **{"receipt_email": session["customer_email"]} | {k: v for k, v in session["_intent"].items() if v is not None},
        payment_method_options=session["payment_method_options"], _session=session["id"],
    )  # fmt: skip
    session["payment_intent"] = intent["id"]
    books.store.save(session)
    return intent


def success_address(session: JSON) -> str:
    """Where the buyer goes after paying: `success_url` with the session's id in its place."""
    return str(session["success_url"]).replace(_PLACE, session["id"])
