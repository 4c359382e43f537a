"""What a buyer is written of each step: in the order's language, by orders.informing, which says it once.

The link to the order is all that a guest has of it, and leaves at once when it is placed.
"""

from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts.models import User
from catalog.standing import yuan
from catalog.weeks import week_text
from delivery.models import ParcelState
from orders.informing import Letter, address_of, writes
from orders.models import (
    CancelReason,
    Consignment,
    InvoiceRequest,
    Notice,
    NoticeStep,
    Order,
    OrderLine,
    WeightQuestion,
)
from payments.models import Dispute, DisputeState, Payment, Refund
from payments.providers import provider_of
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


def _letter(notice: Notice, subject: str, template: str, *, short: str = "", **context: Any) -> Letter:
    order = notice.order
    text = render_to_string(f"orders/{template}_mail.txt", {"order": order, "url": address_of(order), **context})
    return Letter(subject, text, f"{short} {address_of(order)}" if short else "")


def _of(notice: Notice, words: str, **facts: object) -> str:
    """Words with the order's number, and further facts, put in."""
    return words % {"number": notice.order.number, **facts}


@writes(NoticeStep.PAID)
def paid(notice: Notice) -> Letter:
    """The payment has arrived, and what happens next."""
    lines = list(OrderLine.objects.filter(consignment__order=notice.order).order_by("pk"))
    return _letter(notice, _of(notice, _("Daylily order %(number)s is paid")), "paid", lines=lines)


@writes(NoticeStep.LATE)
def late_money(notice: Notice) -> Letter:
    """What became of a payment (the part: its key) that came after its reservation ended: the goods after all, or the money back."""
    payment = Payment.objects.get(pk=int(notice.part))
    returned = Refund.objects.filter(payment=payment, lines=None).exists()
    subject = (
        _("Your payment for Daylily order %(number)s goes back to you")
        if returned
        else _("Daylily order %(number)s is paid after all")
    )
    return _letter(notice, _of(notice, subject), "late_money", payment=payment, returned=returned)


@writes(NoticeStep.COLLECTED)
def collected(notice: Notice) -> Letter:
    """The first goods have left the farm."""
    return _letter(notice, _of(notice, _("Daylily order %(number)s is on its way")), "collected")


@writes(NoticeStep.READY)
def ready(notice: Notice) -> Letter | None:
    """A parcel waits at the village point, with its pickup code; nothing where it was fetched meanwhile."""
    part = _part(notice)
    parcel = part.parcel
    if parcel is None or parcel.state != ParcelState.READY:
        return None
    facts = {"code": parcel.pickup_code, "place": parcel.destination_station}
    subject = _of(notice, _("Daylily order %(number)s: ready, pickup code %(code)s"), **facts)
    short = _of(notice, _("Daylily: order %(number)s is ready at %(place)s. Pickup code %(code)s."), **facts)
    return _letter(notice, subject, "ready", short=short, parcel=parcel, part=part)


@writes(NoticeStep.DELIVERED)
def delivered(notice: Notice) -> Letter:
    """A part of the order is in the buyer's hands; what to do if something is wrong with it."""
    part = _part(notice)
    lines = list(part.lines.left().order_by("pk"))
    return _letter(notice, _of(notice, _("Daylily order %(number)s: delivered")), "delivered", part=part, lines=lines)


@writes(NoticeStep.REFUNDED, NoticeStep.REFUND_FAILED)
def refunded(notice: Notice) -> Letter:
    """Money (the part: its refund's key) has gone back, or could not."""
    refund = Refund.objects.get(pk=int(notice.part))
    failed = notice.step == NoticeStep.REFUND_FAILED
    words = (
        _("Daylily order %(number)s: %(sum)s could not go back to you")
        if failed
        else _("Daylily order %(number)s: %(sum)s has gone back to you")
    )
    subject = _of(notice, words, sum=yuan(refund.amount_fen))
    rows = refund.lines.select_related("line").order_by("line")
    return _letter(notice, subject, "refunded", refund=refund, failed=failed, rows=rows)


@writes(NoticeStep.POINT)
def pickup_moved(notice: Notice) -> Letter:
    """The parcels now go to another point than the one (the part: its key) that was chosen."""
    before = Station.objects.get(pk=int(notice.part))
    subject = _("Daylily order %(number)s: pick it up at another point")
    short = _of(notice, _("Daylily: order %(number)s is now picked up at %(place)s."), place=before.successor)
    return _letter(notice, _of(notice, subject), "pickup_moved", short=short, before=before, point=before.successor)


@writes(NoticeStep.PROMISE)
def promise_moved(notice: Notice) -> Letter | None:
    """The goods of a pre-sale (the part: the lot's key and the week) are sent in another week than was promised."""
    lot = int(notice.part.partition(" ")[0])
    lines = list(OrderLine.objects.left().filter(consignment__order=notice.order, lot=lot).order_by("pk"))
    if not lines or lines[0].promised_week is None:
        return None
    week = week_text(lines[0].promised_week)
    subject = _of(notice, _("Daylily order %(number)s: sent in the week of %(week)s"), week=week)
    return _letter(notice, subject, "promise_moved", lines=lines, week=week)


@writes(NoticeStep.BOXES)
def boxes_moved(notice: Notice) -> Letter | None:
    """The deliveries of a season's box (the part: its subscription's key, and when) have new weeks: all of them, as they stand now."""
    key = int(notice.part.partition(" ")[0])
    left = Consignment.objects.left().filter(order=notice.order, subscription=key, parcel=None)
    weeks = [week_text(week) for week in left.order_by("promised_week").values_list("promised_week", flat=True) if week]
    line = OrderLine.objects.filter(consignment__order=notice.order, consignment__subscription=key).first()
    if not weeks or line is None:
        return None
    subject = _of(notice, _("Daylily order %(number)s: your season's boxes have new weeks"))
    return _letter(notice, subject, "boxes_moved", line=line, weeks=weeks)


@writes(NoticeStep.SHORT)
def short_harvest(notice: Notice) -> Letter | None:
    """The harvest was too small for part of the order; its money comes back."""
    lines = list(OrderLine.objects.filter(consignment__order=notice.order, short_since__isnull=False).order_by("pk"))
    if not lines:
        return None
    paid = notice.order.paid_at is not None
    subject = _("Daylily order %(number)s: the harvest was too small")
    return _letter(notice, _of(notice, subject), "short_harvest", lines=lines, paid=paid)


@writes(NoticeStep.CANCELLED)
def cancelled(notice: Notice) -> Letter:
    """What was cancelled (the part: the refund's key), for which CancelReason, and how its money comes back."""
    refund = Refund.objects.select_related("payment").get(pk=int(notice.part))
    reason = CancelReason(refund.reason.removeprefix("cancelled: "))
    own = reason == CancelReason.BUYER
    subject = (
        _("Daylily order %(number)s: cancelled as you asked")
        if own
        else _("Daylily order %(number)s: a part of it can't be sent")
    )
    return _letter(
        notice,
        _of(notice, subject),
        "cancelled",
        rows=refund.lines.select_related("line").order_by("line"),
        refund=refund,
        sum_fen=refund.together_fen,
        cash=provider_of(refund.payment.provider).at_counter,
        why="" if own else reason.label,
    )


@writes(NoticeStep.INVOICE)
def invoice(notice: Notice) -> Letter:
    """An invoice that the buyer had asked for was issued: its number."""
    wish = InvoiceRequest.objects.select_related("consignment").get(
        consignment__order=notice.order_id, consignment__number=notice.part
    )
    return _letter(notice, _of(notice, _("Daylily order %(number)s: your invoice")), "invoice", wish=wish)


@writes(NoticeStep.WEIGHT)
def weight_question(notice: Notice) -> Letter | None:
    """Whether goods that weigh too little are to be sent; nothing where all was answered."""
    waiting = WeightQuestion.objects.filter(line__consignment__order=notice.order, answer="").select_related("line")
    questions = list(waiting.order_by("pk"))
    if not questions:
        return None
    subject = _("Daylily order %(number)s: please decide, it weighs less than ordered")
    short = _("Daylily: goods of order %(number)s weigh less than ordered. Please decide within a day:")
    return _letter(
        notice, _of(notice, subject), "weight", short=_of(notice, short), questions=questions, until=questions[0].until
    )


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


def _part(notice: Notice) -> Consignment:
    parts = Consignment.objects.select_related("parcel__destination_station__region", "store")
    return parts.get(order=notice.order_id, number=notice.part)
