"""Informing buyers: each step of an order is told once, by e-mail, or by a text where there is no address and it is pressing.

Whoever takes a step writes a Notice in the same transaction (`tell`); steps that parcels and refunds take, which know no orders, are
found every minute (orders.steps). A notice is claimed for a few minutes by a guarded UPDATE, written to outside of any transaction, and
marked as told: of two workers one writes. Should a worker die in between, the letter leaves once more under the same Message-ID.
What a step's letter says is written where the step is at home, and registered here by `writes`.
"""

import datetime as dt
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone, translation
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from accounts.messages import TextNotSent, TooManyTexts, send_text
from accounts.phones import MOBILE
from orders.models import Notice, NoticeStep, NoticeWay, Order

logger = logging.getLogger("daylily.notices")

CLAIMED_FOR: Final = dt.timedelta(minutes=5)
# Over about a day; then the buyer reads it on the site alone.
MOST_TRIES: Final = 8
SPELL: Final = 500
# What somebody has to act on, and therefore goes to a phone where there is no e-mail address. A recall has a way of its own.
PRESSING: Final = frozenset(
    {NoticeStep.READY, NoticeStep.WEIGHT, NoticeStep.POINT, NoticeStep.BALANCE, NoticeStep.BALANCE_ENDS}
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a step says: an e-mail's subject and text, and the same in one text message, where it is pressing."""

    subject: str
    text: str
    short: str = ""


class NotTold(Exception):
    """A message didn't leave; its text says why."""


Writer = Callable[[Notice], Letter | None]
_WRITERS: dict[str, Writer] = {}


def writes(*steps: NoticeStep) -> Callable[[Writer], Writer]:
    """Register what writes the letter of these steps, in the order's language; None where nothing is left to say."""

    def register(writer: Writer) -> Writer:
        for step in steps:
            _WRITERS[step] = writer
        return writer

    return register


def tell(order_id: int, step: NoticeStep, part: str | int = "", *, at: dt.datetime | None = None) -> int | None:
    """Write down that a buyer is to be told of a step, and enqueue it: inside the transaction of the step. Once an order, step and part.

    Returns the notice's key; None where it was written before, or belongs to the past that is simulated (`at`).
    """
    if at is not None:
        return None
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_notice (order_id, step, part, happened_at, try_at, told_by, tries, trouble)"
            " VALUES (%s, %s, %s, %s, %s, '', 0, '') ON CONFLICT (order_id, step, part) DO NOTHING RETURNING id",
            [order_id, str(step), str(part), now, now],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    send_notice.configure(queueing_lock=_lock(row[0])).defer(notice_id=row[0])
    return int(row[0])


def _lock(notice_id: int) -> str:
    return f"notice:{notice_id}"


@app.task(name="orders.send_notice")
def send_notice(notice_id: int) -> None:
    """Tell one notice, unless it was told, or another worker is at it. What doesn't leave is tried again later by `send_waiting`."""
    notice = _claim(notice_id)
    if notice is None:
        return
    try:
        way = _send(notice)
    except NotTold as error:
        wait = dt.timedelta(seconds=4.0**notice.tries)
        Notice.objects.filter(pk=notice.pk).update(trouble=str(error)[:120], try_at=timezone.now() + wait)
        logger.warning("Notice %s of order %s was not told: %s", notice.pk, notice.order.number, error)
        return
    Notice.objects.filter(pk=notice.pk).update(told_at=timezone.now(), told_by=way, trouble="")


def _claim(notice_id: int) -> Notice | None:
    now = timezone.now()
    due = Notice.objects.filter(pk=notice_id, told_at=None, try_at__lte=now, tries__lt=MOST_TRIES)
    if not due.update(try_at=now + CLAIMED_FOR, tries=F("tries") + 1):
        return None
    return Notice.objects.select_related("order").get(pk=notice_id)


def _send(notice: Notice) -> NoticeWay | str:
    """By which way it left; empty where nothing was left to say. Raises NotTold."""
    order = notice.order
    if not order.email and not order.phone:  # a person who was forgotten
        return ""
    with translation.override(order.language):
        letter = _WRITERS[notice.step](notice)
    if letter is None:
        return ""
    trouble = ""
    if order.email:
        try:
            _mail(notice, letter)
        except (OSError, ValueError) as error:  # smtplib's errors are OSErrors
            trouble = type(error).__name__
        else:
            return NoticeWay.EMAIL
    if letter.short and notice.step in PRESSING and MOBILE.fullmatch(order.phone):
        try:
            send_text(order.phone, letter.short)
        except (TextNotSent, TooManyTexts, OSError) as error:
            trouble = f"{trouble} {type(error).__name__}".strip()
        else:
            return NoticeWay.TEXT
    if trouble:
        raise NotTold(trouble)
    return NoticeWay.SITE


def _mail(notice: Notice, letter: Letter) -> None:
    host = urlsplit(settings.SITE_URL).hostname or "daylily"
    name = f"<notice-{notice.order.number}-{notice.pk}@{host}>".lower()
    EmailMessage(letter.subject, letter.text, None, [notice.order.email], headers={"Message-ID": name}).send()


def send_waiting() -> int:
    """Enqueue what is due and untold, of a step that was found or a worker that died; how many."""
    due = Notice.objects.filter(told_at=None, try_at__lte=timezone.now(), tries__lt=MOST_TRIES).order_by("try_at")
    keys = list(due.values_list("pk", flat=True)[:SPELL])
    for key in keys:
        with suppress(AlreadyEnqueued), transaction.atomic():
            send_notice.configure(queueing_lock=_lock(key)).defer(notice_id=key)
    return len(keys)


def address_of(order: Order) -> str:
    """The order's page, in the language that is active."""
    return settings.SITE_URL + reverse("order", args=[order.ref])
