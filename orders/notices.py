"""What a buyer is written: the link to the order, which is all that a guest has of it."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from orders.models import Order, OrderLine


@app.task(
    name="orders.send_order_link", retry=RetryStrategy(max_attempts=8, exponential_wait=4, retry_exceptions=[OSError])
)
def send_order_link(order_id: int) -> None:
    """Send the buyer the order's address and what was ordered, in the language it was ordered in."""
    order = Order.objects.get(pk=order_id)
    lines = list(OrderLine.objects.filter(consignment__order=order).order_by("id"))
    with translation.override(order.language):
        context = {"order": order, "lines": lines, "url": settings.SITE_URL + reverse("order", args=[order.ref])}
        subject = _("Your Daylily order %(number)s") % {"number": order.number}
        text = render_to_string("orders/order_mail.txt", context)
    send_mail(subject, text, None, [order.email])
