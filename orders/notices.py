"""What a buyer is written: the link to the order, which is all that a guest has of it, and what became of money that came late."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts.models import User
from catalog.weeks import week_text
from orders.models import CancelReason, Order, OrderLine, WeightQuestion
from payments.models import Dispute, DisputeState, Payment, Provider, Refund
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


@app.task(name="orders.send_promise_moved", retry=MAIL_RETRIES)
def send_promise_moved(order_id: int, lot_id: int) -> None:
    """Tell the buyer that the goods of a pre-sale are sent in another week than was promised."""
    order = Order.objects.get(pk=order_id)
    lines = list(OrderLine.objects.left().filter(consignment__order=order, lot=lot_id).order_by("pk"))
    if not lines or not order.email or lines[0].promised_week is None:
        return
    with translation.override(order.language):
        week = week_text(lines[0].promised_week)
        context = {"order": order, "lines": lines, "week": week, "url": _address(order)}
        subject = _("Daylily order %(number)s: sent in the week of %(week)s") % {"number": order.number, "week": week}
        text = render_to_string("orders/promise_moved_mail.txt", context)
    send_mail(subject, text, None, [order.email])


@app.task(name="orders.send_short_harvest", retry=MAIL_RETRIES)
def send_short_harvest(order_id: int) -> None:
    """Tell the buyer that the harvest was too small for part of the order, and that its money comes back."""
    order = Order.objects.get(pk=order_id)
    lines = list(OrderLine.objects.filter(consignment__order=order, short_since__isnull=False).order_by("pk"))
    if not lines or not order.email:
        return
    with translation.override(order.language):
        subject = _("Daylily order %(number)s: the harvest was too small") % {"number": order.number}
        paid = order.paid_at is not None
        text = render_to_string(
            "orders/short_harvest_mail.txt", {"order": order, "lines": lines, "paid": paid, "url": _address(order)}
        )
    send_mail(subject, text, None, [order.email])


@app.task(name="orders.send_cancelled", retry=MAIL_RETRIES)
def send_cancelled(order_id: int, refund_id: int, reason: str) -> None:
    """Tell the buyer what was cancelled, for which CancelReason, and how its money comes back."""
    order = Order.objects.get(pk=order_id)
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    rows = refund.lines.select_related("line").order_by("line")
    if not order.email:
        return
    with translation.override(order.language):
        own = reason == CancelReason.BUYER
        subject = (
            _("Daylily order %(number)s: cancelled as you asked")
            if own
            else _("Daylily order %(number)s: a part of it can't be sent")
        ) % {"number": order.number}
        cash = refund.payment.provider == Provider.COUNTER
        context = {"order": order, "rows": rows, "refund": refund, "cash": cash, "url": _address(order)}
        context["why"] = "" if own else CancelReason(reason).label
        text = render_to_string("orders/cancelled_mail.txt", context)
    send_mail(subject, text, None, [order.email])


@app.task(name="orders.send_weight_question", retry=MAIL_RETRIES)
def send_weight_question(order_id: int) -> None:
    """Ask the buyer whether goods that weigh too little are to be sent; nothing where all was answered."""
    order = Order.objects.get(pk=order_id)
    waiting = WeightQuestion.objects.filter(line__consignment__order=order, answer="").select_related("line")
    questions = list(waiting.order_by("pk"))
    if not questions or not order.email:
        return
    with translation.override(order.language):
        subject = _("Daylily order %(number)s: please decide, it weighs less than ordered") % {"number": order.number}
        context = {"order": order, "questions": questions, "until": questions[0].until, "url": _address(order)}
        text = render_to_string("orders/weight_mail.txt", context)
    send_mail(subject, text, None, [order.email])


@app.task(name="orders.send_dispute", retry=MAIL_RETRIES)
def send_dispute(dispute_id: int, state: str) -> None:
    """Tell the operators that a buyer's bank disputes a payment, or what it decided (a DisputeState)."""
    dispute = Dispute.objects.select_related("payment").get(pk=dispute_id)
    order = Order.objects.get(ref=dispute.payment.order_ref)
    operators = [user.email for user in User.objects.filter(is_superuser=True, is_active=True) if user.email]
    if not operators:
        return
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Daylily order %(number)s: the payment is disputed") % {"number": order.number}
        context = {"dispute": dispute, "order": order, "state": DisputeState(state).label}
        context["url"] = settings.SITE_URL + reverse("admin:payments_dispute_change", args=[dispute.pk])
        text = render_to_string("orders/dispute_mail.txt", context)
    send_mail(subject, text, None, operators)


def _address(order: Order) -> str:
    return settings.SITE_URL + reverse("order", args=[order.ref])
