"""Telling buyers of a recall: each once, by e-mail, or by a text where there is no e-mail or it is refused; and again once when it is over.

A buyer is claimed for a few minutes by a guarded UPDATE, written to outside of any transaction, and then marked as told: of two workers one
writes. Should a worker die in between, the letter leaves once more under the same Message-ID. Who could not be reached stays on the list.
"""

import datetime as dt
import logging
import time
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Prefetch, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from accounts.messages import TextNotSent, TooManyTexts, send_text
from accounts.phones import MOBILE
from catalog.models import Recall
from orders.models import Order, OrderState, RecalledBuyer, RecalledLine, ToldBy

logger = logging.getLogger("daylily.recalls")

SPELL_SECONDS: Final = 45.0
CLAIMED_FOR: Final = dt.timedelta(minutes=5)
# After so many tries, over about a day, a buyer counts as not reached: somebody has to call.
MOST_TRIES: Final = 8


class NotReached(Exception):
    """A message didn't leave; its text says why, for the list."""


@app.task(name="orders.tell_buyers", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def tell_buyers(recall_id: int) -> None:
    """Write to the buyers of a recall for a while, and enqueue the next spell where some are left. A drill tells nobody."""
    recall = Recall.objects.select_related("lot__product").get(pk=recall_id)
    if recall.drill:
        return
    ends = time.monotonic() + SPELL_SECONDS
    while (buyer := _claim(recall)) is not None:
        _tell(recall, buyer)
        if time.monotonic() > ends:
            break
    waits = to_tell(recall).order_by("try_at").values_list("try_at", flat=True).first()
    if waits is not None:
        enqueue_letters(recall.pk, at=max(waits, timezone.now()))


def enqueue_letters(recall_id: int, *, at: dt.datetime | None = None) -> None:
    """Write to a recall's buyers, or go on with it, now or at a time: one job waits for a recall at most, and one works on it."""
    name = f"tell-{recall_id}"
    with suppress(AlreadyEnqueued), transaction.atomic():
        tell_buyers.configure(lock=name, queueing_lock=name, schedule_at=at).defer(recall_id=recall_id)


def to_tell(recall: Recall) -> QuerySet[RecalledBuyer]:
    """Who is still to be told: of the recall; or, once it has ended, that it is over, of those who had been told."""
    buyers = RecalledBuyer.objects.filter(recall=recall, tries__lt=MOST_TRIES)
    if recall.ended_at is None:
        return buyers.filter(told_at=None)
    return buyers.filter(ended_told_at=None).exclude(told_at=None)


def _claim(recall: Recall) -> RecalledBuyer | None:
    """The next buyer to write to, for us alone for a few minutes; None when nobody waits now."""
    while True:
        now = timezone.now()
        due = to_tell(recall).filter(try_at__lte=now)
        key = due.order_by("try_at", "pk").values_list("pk", flat=True).first()
        if key is None:
            return None
        if due.filter(pk=key).update(try_at=now + CLAIMED_FOR, tries=F("tries") + 1):
            lines = (
                RecalledLine.objects.filter(recall=recall).select_related("order", "line").order_by("order_id", "pk")
            )
            return RecalledBuyer.objects.prefetch_related(Prefetch("lines", lines)).get(pk=key)


def _tell(recall: Recall, buyer: RecalledBuyer) -> None:
    try:
        way = _write(recall, buyer)
    except NotReached as error:
        wait = dt.timedelta(seconds=4.0**buyer.tries)
        RecalledBuyer.objects.filter(pk=buyer.pk).update(trouble=str(error)[:120], try_at=timezone.now() + wait)
        logger.warning("A buyer of recall %s was not reached: %s", recall.number, error)
        return
    now = timezone.now()
    if recall.ended_at is None:
        RecalledBuyer.objects.filter(pk=buyer.pk).update(told_at=now, told_by=way, trouble="", tries=0, try_at=now)
    else:
        RecalledBuyer.objects.filter(pk=buyer.pk).update(ended_told_at=now, trouble="")


def _write(recall: Recall, buyer: RecalledBuyer) -> ToldBy:
    """One letter about all orders of this buyer, or one text. Raises NotReached."""
    lines: list[RecalledLine] = list(buyer.lines.all())
    orders = list({line.order_id: line.order for line in lines}.values())
    if not orders:
        raise NotReached("no order")
    latest = orders[-1]
    trouble = "no address"
    with translation.override(latest.language):
        if latest.email:
            try:
                _letter(recall, buyer, latest, orders, lines)
            except (OSError, ValueError) as error:  # smtplib's errors are OSErrors
                trouble = type(error).__name__
            else:
                return ToldBy.EMAIL
        if MOBILE.fullmatch(latest.phone):
            try:
                send_text(latest.phone, _short(recall, latest, lines))
            except (TextNotSent, TooManyTexts, OSError) as error:
                trouble = f"{trouble}, {type(error).__name__}"
            else:
                return ToldBy.TEXT
    raise NotReached(trouble)


def _letter(
    recall: Recall, buyer: RecalledBuyer, latest: Order, orders: list[Order], lines: list[RecalledLine]
) -> None:
    over = recall.ended_at is not None
    if over:
        subject = _("%(goods)s: the recall is over, a false alarm") % {"goods": recall.lot.product.label}
    else:
        subject = _("Please do not eat it: %(goods)s is recalled") % {"goods": recall.lot.product.label}
    context = {
        "recall": recall,
        "order": latest,
        "over": over,
        "parts": [
            (order, address_of(order), [row.line for row in lines if row.order_id == order.pk]) for order in orders
        ],
        "unpaid": all(order.state in (OrderState.RESERVED, OrderState.EXPIRED) for order in orders),
    }
    host = urlsplit(settings.SITE_URL).hostname or "daylily"
    name = f"<recall-{recall.number}-{buyer.pk}{'-over' if over else ''}@{host}>".lower()
    text = render_to_string("orders/recall_mail.txt", context)
    EmailMessage(subject, text, None, [latest.email], headers={"Message-ID": name}).send()


def _short(recall: Recall, latest: Order, lines: list[RecalledLine]) -> str:
    """The same in one text message."""
    goods = lines[-1].line.label
    facts = {"goods": goods, "number": latest.number, "url": address_of(latest)}
    if recall.ended_at is not None:
        return _("Daylily: %(goods)s of your order %(number)s is safe after all, the recall is over. %(url)s") % facts
    facts |= {"why": recall.get_reason_display(), "advice": recall.get_advice_display()}
    return _("Daylily: %(goods)s of your order %(number)s is recalled: %(why)s. %(advice)s %(url)s") % facts


def address_of(order: Order) -> str:
    """The order's page, in the language of the order."""
    with translation.override(order.language):
        return settings.SITE_URL + reverse("order", args=[order.ref])


def tell_the_rest() -> int:
    """Enqueue what a stopped worker left untold; how many recalls."""
    late = timezone.now() - 2 * CLAIMED_FOR
    recalls = Recall.objects.filter(drill=False, listed_at__isnull=False).filter(
        Q(ended_at=None, buyers__told_at=None)
        | Q(ended_at__isnull=False, buyers__ended_told_at=None, buyers__told_at__isnull=False),
        buyers__try_at__lt=late,
        buyers__tries__lt=MOST_TRIES,
    )
    keys = sorted(set(recalls.values_list("pk", flat=True)))
    for key in keys:
        enqueue_letters(key)
    return len(keys)
