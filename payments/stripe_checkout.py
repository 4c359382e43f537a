"""Stripe Checkout by the official SDK: hosted pages for cards, Alipay and WeChat Pay. Nothing here runs inside a transaction.

Each call carries an idempotency key made from our own row, so that a call repeated after a timeout happens once.
"""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

import stripe
from django.conf import settings

from payments.models import Payment, Refund

# Stripe keeps a session open for 30 minutes at least (https://docs.stripe.com/api/checkout/sessions/create, expires_at). Counted from
# the payment's own time, so that a call repeated after a timeout asks for the very same thing.
SHORTEST_SESSION = dt.timedelta(minutes=60)
METHODS = ["card", "alipay", "wechat_pay"]


@dataclass(frozen=True, slots=True)
class PaidSession:
    """What Stripe says of a Checkout Session when asked: the amount in fen, the currency in upper case, the order's reference."""

    session_id: str
    order_ref: str
    amount_fen: int
    currency: str
    paid: bool
    intent_id: str


@lru_cache(maxsize=1)
def client() -> stripe.StripeClient:
    """The SDK's client; STRIPE_API_BASE points it at the stand-in of the demo and the tests."""
    http = stripe.RequestsClient(timeout=settings.STRIPE_TIMEOUT_SECONDS)
    if settings.STRIPE_API_BASE:
        return stripe.StripeClient(
            settings.STRIPE_SECRET_KEY, base_addresses={"api": settings.STRIPE_API_BASE}, http_client=http
        )
    return stripe.StripeClient(settings.STRIPE_SECRET_KEY, http_client=http, max_network_retries=2)


def open_session(
    *,
    payment: Payment,
    name: str,
    email: str,
    language: str,
    success_url: str,
    cancel_url: str,
    expires_at: dt.datetime,
) -> str:
    """Open the hosted page for a payment and return its address; asked again for the same payment, the same page.

    `name` is what the page calls the order. Raises stripe.StripeError when Stripe does not answer.
    """
    if payment.session_url:
        return payment.session_url
    session = client().v1.checkout.sessions.create(
        params={
            "mode": "payment",
            "client_reference_id": payment.order_ref,
            "customer_email": email,
            "locale": "en" if language == "en" else "zh",
            "allowed_payment_method_types": METHODS,
            "payment_method_options": {"wechat_pay": {"client": "web"}},
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": payment.currency.lower(),
                        "unit_amount": payment.amount_fen,
                        "product_data": {"name": name},
                    },
                }
            ],
            "metadata": {"order_ref": payment.order_ref, "payment": str(payment.pk)},
            "success_url": success_url,
            "cancel_url": cancel_url,
            "expires_at": int(max(expires_at, payment.created_at + SHORTEST_SESSION).timestamp()),
        },
        options={"idempotency_key": f"daylily-session-{payment.pk}"},
    )
    payment.session_id, payment.session_url = session.id, session.url or ""
    payment.save(update_fields=["session_id", "session_url"])
    return payment.session_url


def read_session(session_id: str) -> PaidSession:
    """What Stripe itself says of a session; an event is only a hint. Raises stripe.StripeError."""
    session = client().v1.checkout.sessions.retrieve(session_id)
    intent = session.payment_intent
    return PaidSession(
        session_id=session.id,
        order_ref=session.client_reference_id or "",
        amount_fen=session.amount_total or 0,
        currency=(session.currency or "").upper(),
        paid=session.payment_status == "paid",
        intent_id=intent if isinstance(intent, str) else (intent.id if intent else ""),
    )


def close_session(session_id: str) -> None:
    """Close a hosted page whose reservation ended; one that is paid or closed already stays as it is."""
    try:
        client().v1.checkout.sessions.expire(session_id)
    except stripe.InvalidRequestError:
        return  # completed or expired meanwhile: the webhook tells which


def send_refund(refund: Refund) -> str:
    """Give money back through Stripe; returns Stripe's id of the refund. Raises stripe.StripeError."""
    answer = client().v1.refunds.create(
        params={"payment_intent": refund.payment.intent_id, "amount": refund.amount_fen},
        options={"idempotency_key": refund.key},
    )
    return answer.id
