"""Stripe as a way to pay: a hosted page for cards, Alipay and WeChat Pay; money goes back by a job."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import stripe

from payments import stripe_checkout
from payments.models import AccountKind, Payment, Provider, Refund
from payments.providers import PaidSession, PaymentProvider, ProviderAway, ProviderRefused, SentRefund


@contextmanager
def _asking() -> Iterator[None]:
    """Stripe's errors in the words of providers; what it calls an invalid request it will never do."""
    try:
        yield
    except stripe.InvalidRequestError as error:
        raise ProviderRefused(error.code or str(error)) from error
    except stripe.StripeError as error:
        raise ProviderAway(str(error)) from error


class HostedPage:
    """Stripe's page of a payment (see payments.stripe_checkout)."""

    def open(self, payment: Payment, **what: Any) -> str:
        """Its address; asked again for the same payment, the same page."""
        with _asking():
            return stripe_checkout.open_session(payment=payment, **what)

    def close(self, session_id: str, *, patient: bool = True) -> None:
        """Close one whose reservation ended."""
        with _asking():
            stripe_checkout.close_session(session_id, patient=patient)

    def read(self, session_id: str, *, patient: bool = True) -> PaidSession:
        """What Stripe itself says of it."""
        with _asking():
            return stripe_checkout.read_session(session_id, patient=patient)


def _send(refund: Refund) -> SentRefund:
    with _asking():
        return stripe_checkout.send_refund(refund)


BY_STRIPE = PaymentProvider(
    name=Provider.STRIPE.value,
    label=Provider.STRIPE.label,
    waits=dt.timedelta(minutes=15),
    account=AccountKind.STRIPE,
    page=HostedPage(),
    send=_send,
)
