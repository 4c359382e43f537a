"""Stripe Checkout by the official SDK: hosted pages for cards, Alipay and WeChat Pay. Nothing here runs inside a transaction.

Each call carries an idempotency key made from our own row, so that a call repeated after a timeout happens once.
"""

import datetime as dt
from functools import lru_cache

import stripe
from django.conf import settings
from django.db import connection

from payments.models import Payment, Refund
from payments.providers import PaidSession as PaidSession
from payments.providers import SentRefund as SentRefund

# Stripe keeps a session open for 30 minutes at least (https://docs.stripe.com/api/checkout/sessions/create, expires_at). Counted from
# the payment's own time, so that a call repeated after a timeout asks for the very same thing.
SHORTEST_SESSION = dt.timedelta(minutes=60)
METHODS = ["card", "alipay", "wechat_pay"]
_KEEP_SESSION = "UPDATE payments_payment SET session_id = %s, session_url = %s WHERE id = %s RETURNING state"
RETRIES, IMPATIENT = 2, 4


@lru_cache(maxsize=2)
def client(patient: bool = True) -> stripe.StripeClient:
    """The SDK's client; STRIPE_API_BASE points it at the stand-in of the demo and the tests. One that is not `patient` asks once, and
    waits IMPATIENT seconds.
    """
    http = stripe.RequestsClient(timeout=settings.STRIPE_TIMEOUT_SECONDS if patient else IMPATIENT)
    # The second of two clicks meets a key that is in use (409): the SDK asks again, and gets the answer of the first.
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        base_addresses={"api": settings.STRIPE_API_BASE or stripe.DEFAULT_API_BASE},
        http_client=http,
        max_network_retries=RETRIES if patient else 0,
    )


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

    `name` is what the page calls the order. The payment's state is read anew with it: it may have ended while Stripe answered.
    Raises stripe.StripeError when Stripe does not answer.
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
        # The order's random reference keeps the key apart from one of a database that was restored or begun anew.
        options={"idempotency_key": f"daylily-session-{payment.order_ref}-{payment.pk}"},
    )
    payment.session_id, payment.session_url = session.id, session.url or ""
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_SESSION, [payment.session_id, payment.session_url, payment.pk])
        (payment.state,) = cursor.fetchone()
    return payment.session_url


def read_session(session_id: str, *, patient: bool = True) -> PaidSession:
    """What Stripe itself says of a session; an event is only a hint. Raises stripe.StripeError."""
    session = client(patient).v1.checkout.sessions.retrieve(session_id)
    intent = session.payment_intent
    return PaidSession(
        session_id=session.id,
        order_ref=session.client_reference_id or "",
        amount_fen=session.amount_total or 0,
        currency=(session.currency or "").upper(),
        paid=session.payment_status == "paid",
        intent_id=intent if isinstance(intent, str) else (intent.id if intent else ""),
    )


def close_session(session_id: str, *, patient: bool = True) -> None:
    """Close a hosted page whose reservation ended; one that is paid or closed already stays as it is."""
    try:
        client(patient).v1.checkout.sessions.expire(session_id)
    except stripe.InvalidRequestError:
        return  # completed or expired meanwhile: the webhook tells which


def send_refund(refund: Refund) -> SentRefund:
    """Give money back through Stripe, once: a refund that an earlier attempt made is found, also after Stripe forgot the attempt's key.

    Stripe keeps idempotency keys for a day (https://docs.stripe.com/api/idempotent_requests), our retries go on for longer.
    Raises stripe.StripeError; stripe.InvalidRequestError means that Stripe will never do it.
    """
    intent_id = refund.payment.intent_id
    for known in client().v1.refunds.list(params={"payment_intent": intent_id, "limit": 100}).auto_paging_iter():
        if _sent(known).key == refund.key:
            return _sent(known)
    answer = client().v1.refunds.create(
        params={"payment_intent": intent_id, "amount": refund.amount_fen, "metadata": {"refund": refund.key}},
        options={"idempotency_key": refund.key},
    )
    return _sent(answer)


def read_refund(refund_id: str) -> SentRefund:
    """What Stripe itself says of a refund; an event is only a hint. Raises stripe.StripeError."""
    return _sent(client().v1.refunds.retrieve(refund_id))


def _sent(refund: stripe.Refund) -> SentRefund:
    said = refund.metadata.to_dict() if refund.metadata else {}
    return SentRefund(refund.id, said.get("refund", ""), refund.status or "")
