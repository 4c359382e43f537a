"""Paying an order: the page of its provider (Stripe), or the counter of a station."""

import datetime as dt
import logging
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django import app

from orders.balance import balance_payment
from orders.models import WAITING, Order, OrderState
from payments.models import Payment, PaymentPurpose, PaymentState
from payments.providers import ProviderError, provider_of
from stations.models import Station

logger = logging.getLogger("daylily.money")


# Stripe keeps a page open for 24 hours at most (https://docs.stripe.com/api/checkout/sessions/create, expires_at).
LONGEST_SESSION: Final = dt.timedelta(hours=23)
_NAMES: Final[dict[str, Promise]] = {
    PaymentPurpose.WHOLE: gettext_lazy("Daylily order %(number)s"),
    PaymentPurpose.DEPOSIT: gettext_lazy("Daylily order %(number)s, deposit"),
    PaymentPurpose.BALANCE: gettext_lazy("Daylily order %(number)s, balance"),
}


class NothingToPay(Exception):
    """The order is paid, or its reservation ended."""


class PaymentPageClosed(Exception):
    """The provider does not answer; the order stays reserved and can be paid in a moment."""


def open_payment(order: Order) -> Payment | None:
    """The payment that waits for this order's money, if there is one."""
    return Payment.objects.filter(order_ref=order.ref, state=PaymentState.OPEN).first()


def counter_of(payment: Payment | None) -> Station | None:
    """The station at whose counter a payment is expected."""
    if payment is None or not provider_of(payment.provider).at_counter:
        return None
    return Station.objects.select_related("region").filter(code=payment.station_code).first()


def payment_page(order: Order) -> str:
    """The address of the provider's page for a reserved order, or for the balance of one whose deposit is paid. Calls the provider, so
    never inside a transaction.

    Raises NothingToPay (also where its way to pay has no page), and PaymentPageClosed when the provider does not answer.
    """
    payment = balance_payment(order) if order.state == OrderState.DEPOSIT else open_payment(order)
    if order.state not in WAITING or order.reserved_until <= timezone.now() or payment is None:
        raise NothingToPay(order.ref)
    page = provider_of(payment.provider).page
    if page is None:
        raise NothingToPay(order.ref)
    with translation.override(order.language):
        back = settings.SITE_URL + reverse("order", args=[order.ref])
        name = str(_NAMES[payment.purpose]) % {"number": order.number}
    try:
        url = page.open(
            payment,
            name=name,
            email=order.email,
            language=order.language,
            success_url=f"{back}?paid=1",
            cancel_url=back,
            expires_at=min(order.reserved_until, payment.created_at + LONGEST_SESSION),
        )
    except ProviderError as error:
        logger.warning("The provider did not open a page for order %s: %s", order.number, error)
        payment.refresh_from_db()
        if payment.session_url:  # another click opened it meanwhile
            return payment.session_url
        raise PaymentPageClosed(order.ref) from error
    # The reservation may have ended while the provider answered, and whoever ended it did not know this page (orders.ending).
    if payment.state != PaymentState.OPEN:
        app.configure_task("orders.end_session").defer(session_id=payment.session_id)
        raise NothingToPay(order.ref)
    return url
