"""A buyer's season's boxes as pages show them: each with its week and state, and what may still be done with it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.season_boxes import day_text, rhythm_text
from catalog.weeks import week_text
from delivery.models import ParcelState
from orders.following import Part
from orders.models import Consignment, Order, OrderState
from orders.postponing import GRACE, Box, CannotMove, cut_off, forward_to, shifts, skip_to
from orders.season_ending import EndOffer, offer_to_end


@dataclass(frozen=True, slots=True)
class Row:
    """One delivery: its place in the season, its week, its state in words; and in which weeks it may be put, in words, where it may."""

    number: str
    place: int
    monday: dt.date
    week: str
    state: str
    pill: str
    skip: str = ""
    forward: str = ""
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class SeasonBox:
    """One season's box of an order: its deliveries, by how many weeks all may be moved (with words), and what ending it brings back."""

    key: int
    label: str
    units: int
    fen: int
    rhythm: str
    rows: list[Row]
    first: dt.date | None
    shifts: list[tuple[int, str]]
    ending: EndOffer | None
    last: str


def season_boxes(order: Order, parts: Sequence[Part], *, now: dt.datetime | None = None) -> list[SeasonBox]:
    """The season's boxes among an order's parts (orders.following), whose `box` is set to 'box 3 of 8'. No query."""
    when = now or timezone.now()
    by_box: dict[int, list[Part]] = {}
    for part in parts:
        if part.consignment.subscription_id and part.consignment.replaces_id is None:
            by_box.setdefault(part.consignment.subscription_id, []).append(part)
    return [_season_box(order, own, when) for own in by_box.values()]


def _season_box(order: Order, parts: list[Part], now: dt.datetime) -> SeasonBox:
    parts.sort(key=lambda part: part.consignment.promised_week or dt.date.max)
    for place, part in enumerate(parts, start=1):
        part.box = box_text(place, len(parts))
    boxes = [
        Box(part.consignment, part.consignment.promised_week, any(line.left_units for line in part.lines))
        for part in parts
        if part.consignment.promised_week
    ]
    paid = order.state == OrderState.PAID
    moving = [one for one in boxes if paid and one.kept and one.is_movable(now)]
    plan, lines = parts[0].consignment.subscription, parts[0].lines
    assert plan is not None
    by_key = {part.consignment.pk: part.lines for part in parts}
    return SeasonBox(
        key=plan.pk,
        label=lines[0].label,
        units=sum(line.quantity for line in lines),
        fen=sum(line.amount_fen for part in parts for line in part.lines),
        rhythm=rhythm_text(plan.deliveries, plan.weeks_between),
        rows=[_row(order, boxes, box, place, now) for place, box in enumerate(boxes, start=1)],
        first=moving[0].week if moving else None,
        shifts=[(weeks, _shift_text(weeks, moving[0].week)) for weeks in shifts(boxes, now)] if moving else [],
        ending=offer_to_end((one.part, by_key[one.part.pk]) for one in moving),
        last=week_text(plan.last_week + GRACE),
    )


def _row(order: Order, boxes: list[Box], box: Box, place: int, now: dt.datetime) -> Row:
    state, pill = _state(order, box, now)
    movable = order.state == OrderState.PAID and box.kept and box.is_movable(now)
    kept = [one.week for one in boxes if one.kept]
    return Row(
        number=box.part.number,
        place=place,
        monday=box.week,
        week=week_text(box.week),
        state=state,
        pill=pill,
        skip=_where(skip_to, boxes, box, now) if movable else "",
        forward=_where(forward_to, boxes, box, now) if movable and box.week == max(kept) else "",
        until=cut_off(box.week) if movable else None,
    )


def _where(find: object, boxes: list[Box], box: Box, now: dt.datetime) -> str:
    try:
        return week_text(find(boxes, box, now))  # type: ignore[operator]
    except CannotMove:
        return ""


def _state(order: Order, box: Box, now: dt.datetime) -> tuple[str, str]:
    parcel = box.part.parcel
    if order.state not in (OrderState.PAID, OrderState.REFUNDED):
        return "", ""
    if not box.kept:
        return _("paid back"), ""
    if parcel is not None:
        return parcel.get_state_display(), "good" if parcel.state == ParcelState.DELIVERED else "busy"
    return (_("to come"), "") if box.is_movable(now) else (_("the farm packs it"), "busy")


def _shift_text(weeks: int, first: dt.date) -> str:
    count = abs(weeks)
    words = (
        ngettext("%(n)s week later: the next one on %(day)s", "%(n)s weeks later: the next one on %(day)s", count)
        if weeks > 0
        else ngettext(
            "%(n)s week earlier: the next one on %(day)s", "%(n)s weeks earlier: the next one on %(day)s", count
        )
    )
    return words % {"n": count, "day": day_text(first + dt.timedelta(weeks=weeks))}


def box_text(place: int, count: int) -> str:
    """'box 3 of 8'."""
    return _("box %(place)s of %(count)s") % {"place": place, "count": count}


@dataclass(frozen=True, slots=True)
class Bought:
    """One line of a list of orders: what, how many, of which store, and of a season's box how far it is."""

    label: str
    quantity: int
    store: str
    note: str = ""


def bought(order: Order) -> list[Bought]:
    """What an order is of, for a list (load consignments with stores, parcels and lines); a season's box is named once. No query."""
    rows: list[Bought] = []
    seen: set[int] = set()
    for part in order.consignments.all():
        note = ""
        if part.subscription_id and part.replaces_id is None:
            if part.subscription_id in seen:
                continue
            seen.add(part.subscription_id)
            note = progress(order, part.subscription_id)
        rows += [Bought(line.label, line.quantity, part.store.label, note) for line in part.lines.all()]
    return rows


def progress(order: Order, subscription_id: int) -> str:
    """'box 3 of 8' with the last one that was sent, or 'the first in the week of ..' before any was (load consignments)."""
    parts = _boxes_of(order, subscription_id)
    sent = sum(part.parcel_id is not None for part in parts)
    if sent:
        return box_text(sent, len(parts))
    first = next((part.promised_week for part in parts if part.promised_week), None)
    words = _("%(count)s boxes, the first in the week of %(day)s")
    return words % {"count": len(parts), "day": day_text(first) if first else ""}


def _boxes_of(order: Order, subscription_id: int) -> list[Consignment]:
    own = [
        part for part in order.consignments.all() if part.subscription_id == subscription_id and not part.replaces_id
    ]
    return sorted(own, key=lambda part: part.promised_week or dt.date.max)
