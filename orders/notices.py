"""What a buyer is written: the link to the order, which is all that a guest has of it, and what became of money that came late."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from orders.models import Order, OrderLine
from payments.models import Payment, Refund
from stations.models import Station

MAIL_RETRIES = RetryStrategy(max_attempts=8, exponential_wait=4, retry_exceptions=[OSError])


@app.task(name="orders.send_order_link", retry=MAIL_RETRIES)
def send_order_link(order_id: int) -> None:
    """Send the buyer the order's address and what was ordered, in the language it was ordered in."""
    order = Order.objects.get(pk=order_id)
    lines = list(OrderLine.objects.filter(consignment__order=order).order_by("id"))
    with translation.override(order.language):
        context = {"order": order, "lines": lines, "url": settings.SITE_URL + reverse("order", args=[order.ref])}
        subject = _("Your Daylily order %(number)s") % {"number": order.number}
        text = render_to_string("orders/order_mail.txt", context)
    send_mail(subject, text, None, [order.email])


@app.task(name="orders.send_late_money", retry=MAIL_RETRIES)
def send_late_money(payment_id: int) -> None:
    """Tell the buyer what became of a payment that came after its reservation ended: the goods after all, or the money back."""
    payment = Payment.objects.get(pk=payment_id)
    order = Order.objects.get(ref=payment.order_ref)
    returned = Refund.objects.filter(payment=payment).exists()
    with translation.override(order.language):
        url = settings.SITE_URL + reverse("order", args=[order.ref])
        subject = (
            _("Your payment for Daylily order %(number)s goes back to you")
            if returned
            else _("Daylily order %(number)s is paid after all")
        )
        text = render_to_string(
            "orders/late_money_mail.txt", {"order": order, "payment": payment, "returned": returned, "url": url}
        )
    send_mail(subject % {"number": order.number}, text, None, [order.email])


@app.task(name="orders.send_pickup_moved", retry=MAIL_RETRIES)
def send_pickup_moved(order_id: int, closed: int) -> None:
    """Tell the buyer that the parcels now go to another point than the one (`closed`, its key) that was chosen."""
    order, before = Order.objects.get(pk=order_id), Station.objects.get(pk=closed)
    with translation.override(order.language):
        url = settings.SITE_URL + reverse("order", args=[order.ref])
        subject = _("Daylily order %(number)s: pick it up at another point") % {"number": order.number}
        context = {"order": order, "before": before, "point": before.successor, "url": url}
        text = render_to_string("orders/pickup_moved_mail.txt", context)
    send_mail(subject, text, None, [order.email])
