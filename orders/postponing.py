"""Postponing: a buyer skips a delivery of a season's box, or pauses all that are still to come, and moves them back in the same way.

What may move: a delivery of a paid order whose parcel is not planned, until Thursday evening of the week before its own (the farm packs
then). It stays within the season that was bought, from the first week that was ordered to GRACE after the season's last; no two deliveries
of a box are in one week (the database sees to it). Lock order: order, consignments, lines. Whoever plans parcels or pays back locks the
order as well.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import pghistory
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.weeks import WEEK, week_text
from orders.informing import tell
from orders.models import Consignment, NoticeStep, Order, OrderLine, OrderState, Subscription

# A season's box goes on for so long after the season's last week at most, for who skipped or paused: whoever bought the last possible
# start could otherwise never skip one.
GRACE: Final = WEEK * 8
LONGEST_PAUSE: Final = 8
# Thursday at six in the evening of the week before.
_CUT_OFF_DAYS, _CUT_OFF_HOUR = dt.timedelta(days=4), dt.time(18)

_MOVE_LINES: Final = """
UPDATE orders_orderline AS l SET promised_week = moved.week FROM unnest(%s::bigint[], %s::date[]) AS moved (part, week)
WHERE l.consignment_id = moved.part
"""


class CannotMove(ValueError):
    """A delivery can't be moved, or not there; its text says why."""


@dataclass(frozen=True, slots=True)
class Box:
    """One delivery: its consignment (load `subscription`), its week, and whether the buyer still gets it."""

    part: Consignment
    week: dt.date
    kept: bool

    def is_movable(self, now: dt.datetime) -> bool:
        """Whether its buyer may still move it, as far as its own week says."""
        return self.part.parcel_id is None and now < cut_off(self.week)


_Where = Callable[[Sequence[Box], Box, dt.datetime], dt.date]


def cut_off(week: dt.date) -> dt.datetime:
    """Until when a delivery in the week of this Monday may be moved away, and another moved there."""
    return timezone.make_aware(
        dt.datetime.combine(week - _CUT_OFF_DAYS, _CUT_OFF_HOUR), timezone.get_default_timezone()
    )


def skip_to(boxes: Sequence[Box], box: Box, now: dt.datetime) -> dt.date:
    """Where a delivery goes that is skipped: behind the last one. Raises CannotMove."""
    _refuse_fixed(box, now)
    plan = _plan_of(box)
    taken = {one.week for one in boxes}
    step = WEEK * plan.weeks_between
    week = max(one.week for one in boxes if one.kept) + step
    while week in taken:
        week += step
    if week > plan.last_week + GRACE:
        raise CannotMove(
            _("The season has no week left for it: the last one is the week of %(week)s.")
            % {"week": week_text(plan.last_week + GRACE)}
        )
    return week


def forward_to(boxes: Sequence[Box], box: Box, now: dt.datetime) -> dt.date:
    """The first week before its own, in the rhythm that was bought, that is free and can still be packed for. Raises CannotMove."""
    _refuse_fixed(box, now)
    plan = _plan_of(box)
    taken = {one.week for one in boxes}
    step = WEEK * plan.weeks_between
    number = (box.week - plan.first_week) // step
    earlier = [box.week - step * back for back in range(number, 0, -1)]
    free = next((week for week in earlier if week not in taken and now < cut_off(week)), None)
    if free is None:
        raise CannotMove(_("No earlier week of the season is free."))
    return free


def shifts(boxes: Sequence[Box], now: dt.datetime) -> list[int]:
    """By how many weeks all deliveries that may be moved can be moved together: later (above 0) or earlier, as far as all of them fit."""
    moving = [one for one in boxes if one.is_movable(now)]
    kept = [one.week for one in moving if one.kept]
    if not kept:
        return []
    plan = _plan_of(boxes[0])
    first = min(one.week for one in moving)
    fixed = max((one.week for one in boxes if one not in moving), default=plan.first_week - WEEK)
    return [
        weeks
        for weeks in range(-LONGEST_PAUSE, LONGEST_PAUSE + 1)
        if weeks
        and max(kept) + WEEK * weeks <= plan.last_week + GRACE
        and fixed < first + WEEK * weeks >= plan.first_week
        and now < cut_off(first + WEEK * weeks)
    ]


def skip_delivery(
    *, order: Order, number: str, week: dt.date, by: User | None, at: dt.datetime | None = None
) -> dt.date:
    """Move one delivery (its consignment's number, and the week that its buyer saw) behind the last one; its new Monday.

    Raises CannotMove: for one of another order, a planned one, after the cut-off, beyond the season, or where it is in another week by now.
    """
    return _move_one(order, number, week, by, at, skip_to)


def bring_forward(
    *, order: Order, number: str, week: dt.date, by: User | None, at: dt.datetime | None = None
) -> dt.date:
    """Move one delivery into the first free week before its own: what was skipped comes after all. Raises as skip_delivery does."""
    return _move_one(order, number, week, by, at, forward_to)


def pause_deliveries(
    *,
    order: Order,
    subscription_id: int,
    first: dt.date,
    weeks: int,
    by: User | None,
    at: dt.datetime | None = None,
) -> int:
    """Move all deliveries that may be moved by so many weeks (1 to 8 later; below 0 earlier); how many.

    `first` is the week of the first of them as the buyer saw it. Raises CannotMove.
    """
    now = at or timezone.now()
    with transaction.atomic():
        boxes = lock_boxes(order, subscription_id)
        moving = [one for one in boxes if one.is_movable(now)]
        kept = [one.week for one in moving if one.kept]
        if not kept:
            raise CannotMove(_("No delivery is left that can be moved."))
        if min(kept) != first:
            raise CannotMove(_("The weeks have changed meanwhile. Please look at them again."))
        if weeks not in shifts(boxes, now):
            raise CannotMove(_("The boxes do not fit into the season then. Choose fewer weeks."))
        _write(order, {one: one.week + WEEK * weeks for one in moving}, by, at)
    return len(kept)


def lock_boxes(order: Order, subscription_id: int) -> list[Box]:
    """The deliveries of a season's box of a paid order, by week, locked inside the caller's transaction. Raises CannotMove."""
    locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
    if locked.state != OrderState.PAID:
        raise CannotMove(_("Only what is paid can be moved or ended."))
    left = OrderLine.objects.left().filter(consignment=OuterRef("pk"))
    found = (
        Consignment.objects.select_for_update(no_key=True, of=("self",))
        .filter(order=locked, subscription=subscription_id)
        .select_related("subscription")
        .annotate(kept=Exists(left))
        .order_by("pk")
    )
    boxes = [
        Box(part, part.promised_week, part.kept)  # type: ignore[attr-defined]
        for part in found
        if part.promised_week
    ]
    if not boxes:
        raise CannotMove(_("This order has no such box."))
    return sorted(boxes, key=lambda one: one.week)


def _move_one(
    order: Order,
    number: str,
    week: dt.date,
    by: User | None,
    at: dt.datetime | None,
    where: _Where,
) -> dt.date:
    with transaction.atomic():
        key = Consignment.objects.filter(order=order, number=number).values_list("subscription", flat=True).first()
        boxes = lock_boxes(order, key or 0)
        box = next(one for one in boxes if one.part.number == number)
        if box.week != week:
            raise CannotMove(_("The weeks have changed meanwhile. Please look at them again."))
        new = where(boxes, box, at or timezone.now())
        _write(order, {box: new}, by, at)
    return new


def _refuse_fixed(box: Box, now: dt.datetime) -> None:
    if not box.kept:
        raise CannotMove(_("This box was paid back already."))
    if box.part.parcel_id is not None:
        raise CannotMove(_("This box is on its way already."))
    if not box.is_movable(now):
        raise CannotMove(
            _(
                "It is too late for this box: the farm packs it. Boxes can be moved until Thursday 18:00 of the week before."
            )
        )


def _plan_of(box: Box) -> Subscription:
    plan = box.part.subscription
    assert plan is not None
    return plan


def _write(order: Order, moves: dict[Box, dt.date], by: User | None, at: dt.datetime | None) -> None:
    """The new weeks, each where its row is still as it was read; whoever makes room goes first, so that no two are ever in one week."""
    later = any(week > box.week for box, week in moves.items())
    with pghistory.context(**({"user": by.pk} if by else {}), order=order.number):
        for box in sorted(moves, key=lambda one: one.week, reverse=later):
            row = Consignment.objects.filter(pk=box.part.pk, parcel=None, promised_week=box.week)
            if not row.update(promised_week=moves[box]):
                raise CannotMove(_("The weeks have changed meanwhile. Please look at them again."))
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_LINES, [[box.part.pk for box in moves], list(moves.values())])
    plan = _plan_of(next(iter(moves)))
    tell(order.pk, NoticeStep.BOXES, f"{plan.pk} {timezone.now():%m%d%H%M%S%f}", at=at)
