"""Paying an order: the hosted page of Stripe, or the counter of a station."""

import logging

import stripe
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from orders.models import Order, OrderState
from payments.models import Payment, PaymentState, Provider
from payments.stripe_checkout import open_session
from stations.models import Station

logger = logging.getLogger("daylily.money")


class NothingToPay(Exception):
    """The order is paid, or its reservation ended."""


class PaymentPageClosed(Exception):
    """Stripe does not answer; the order stays reserved and can be paid in a moment."""


def open_payment(order: Order) -> Payment | None:
    """The payment that waits for this order's money, if there is one."""
    return Payment.objects.filter(order_ref=order.ref, state=PaymentState.OPEN).first()


def counter_of(payment: Payment | None) -> Station | None:
    """The station at whose counter a payment is expected."""
    if payment is None or payment.provider != Provider.COUNTER:
        return None
    return Station.objects.select_related("region").filter(code=payment.station_code).first()


def payment_page(order: Order) -> str:
    """The address of Stripe's page for a reserved order. Calls Stripe, so never inside a transaction.

    Raises NothingToPay, and PaymentPageClosed when Stripe does not answer.
    """
    payment = open_payment(order)
    if order.state != OrderState.RESERVED or order.reserved_until <= timezone.now() or payment is None:
        raise NothingToPay(order.ref)
    with translation.override(order.language):
        back = settings.SITE_URL + reverse("order", args=[order.ref])
        name = _("Daylily order %(number)s") % {"number": order.number}
    try:
        url = open_session(
            payment=payment,
            name=name,
            email=order.email,
            language=order.language,
            success_url=f"{back}?paid=1",
            cancel_url=back,
            expires_at=order.reserved_until,
        )
    except stripe.StripeError as error:
        logger.warning("Stripe did not open a page for order %s: %s", order.number, error)
        payment.refresh_from_db()
        if payment.session_url:  # another click opened it meanwhile
            return payment.session_url
        raise PaymentPageClosed(order.ref) from error
    # The reservation may have ended while Stripe answered, and whoever ended it did not know this page (orders.ending).
    if payment.state != PaymentState.OPEN:
        app.configure_task("orders.end_session").defer(session_id=payment.session_id)
        raise NothingToPay(order.ref)
    return url
