"""Calling off a visit: until six in the evening of the day before its buyer gets all money back, and the places are free again.

What holds later is for the family to say, and for after-sales. Lock order: order, consignment, then as orders.refunding.
"""

import datetime as dt
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts.messages import TextNotSent, send_text
from accounts.models import User
from catalog.cards import short_day
from orders.informing import tell
from orders.models import CancelReason, Consignment, NoticeStep, Order, OrderLine, OrderState
from orders.portions import Portion
from orders.refunding import refund_lines
from payments.models import Refund
from sellers.telling import in_their_language

FREE_UNTIL: Final = dt.time(18)
DAY: Final = dt.timedelta(days=1)


class CannotCallOff(ValueError):
    """It is no visit, is over, was called off before, or it is too late; its text says which."""


def deadline(day: dt.date) -> dt.datetime:
    """Until when a visit on this day can be called off for nothing."""
    return timezone.make_aware(dt.datetime.combine(day - DAY, FREE_UNTIL))


def free_until(order: Order, consignment: Consignment, lines: list[OrderLine]) -> dt.datetime | None:
    """Until when its buyer may call off a visit; None where it is none, or not any more. No query."""
    day = consignment.visit_day
    if (
        day is None
        or order.state != OrderState.PAID
        or consignment.visited_at
        or not any(one.left_fen for one in lines)
    ):
        return None
    until = deadline(day)
    return until if timezone.now() < until else None


def call_off_visit(*, order: Order, number: str, by: User | None, at: dt.datetime | None = None) -> Refund:
    """Call off a visit (its consignment's number) of a paid order: all money goes back, the places are free. Raises CannotCallOff."""
    when = at or timezone.now()
    with transaction.atomic():
        locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        found = Consignment.objects.select_for_update(no_key=True, of=("self",)).filter(order=locked, number=number)
        visit = found.filter(visit_day__isnull=False).first()
        lines = list(visit.lines.left().order_by("pk")) if visit else []
        if visit is None or visit.visit_day is None or locked.state != OrderState.PAID or not lines:
            raise CannotCallOff(_("This was cancelled or paid back already."))
        if visit.visited_at is not None:
            raise CannotCallOff(_("You have been there already."))
        if when >= deadline(visit.visit_day):
            raise CannotCallOff(
                _(
                    "A visit can be called off until 18:00 of the day before. Please call the farm, or write to them here."
                )
            )
        portions = [Portion(line.pk) for line in lines]
        refund = refund_lines(order=locked, portions=portions, by=by, reason=f"cancelled: {CancelReason.BUYER}", at=at)
        if refund is None:
            raise CannotCallOff(_("This was cancelled or paid back already."))
        tell(locked.pk, NoticeStep.CANCELLED, refund.pk, at=at)
        if at is None:  # nobody is told of the past
            text_farm.defer(consignment_id=visit.pk)
    return refund


@app.task(
    name="orders.text_farm",
    retry=RetryStrategy(max_attempts=8, exponential_wait=4, retry_exceptions=[TextNotSent, OSError]),
)
def text_farm(consignment_id: int) -> None:
    """Tell the farm by a text that the guests of a day don't come."""
    visit = Consignment.objects.select_related("store__household__user").get(pk=consignment_id)
    household = visit.store.household
    if not household.phone or visit.visit_day is None:
        return
    units = sum(line.quantity for line in visit.lines.all())
    with in_their_language(household):
        text = _("Daylily: the guests with code %(code)s do not come on %(day)s. Places free again: %(places)s.") % {
            "code": visit.visit_code,
            "day": short_day(visit.visit_day),
            "places": units,
        }
    send_text(household.phone, text)
