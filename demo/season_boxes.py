"""The demo's season's boxes: a box of dried vegetables every two weeks, with subscribers in the middle of their season."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from catalog.models import Variant
from delivery.routing import NoRoute
from demo.year import TRIES, Year
from orders.models import Consignment, Order, OrderLine
from orders.parcels import plan_parcels
from orders.postponing import cut_off, lock_boxes, pause_deliveries, skip_delivery
from orders.season_ending import end_deliveries, offer_to_end

# When each of the subscribers ordered, in days ago.
ORDERED_AGO = (88, 81, 66, 52, 40, 33, 19, 9, 2)
# The morning on which a week's parcels are planned.
_MORNING = dt.time(6)


def live_seasons(year: Year) -> int:
    """Let people subscribe to each season's box, and send what has come due; how many subscribed. One skips a box, one pauses, one ends."""
    boxes = list(Variant.objects.filter(deliveries__isnull=False, active=True).order_by("pk"))
    count = 0
    for box in boxes:
        for number, days in enumerate(ORDERED_AGO):
            order = _subscribe(year, box, year.now - dt.timedelta(days=days), units=2 if number == 3 else 1)
            if order is None:
                continue
            if number == 2:
                _skip_one(order)
            if number == 4:
                _pause(order)
            _send(year, order)
            if number == 1:
                _end(order, year.now)
            count += 1
    return count


def _subscribe(year: Year, box: Variant, when: dt.datetime, *, units: int) -> Order | None:
    for _try in range(TRIES):
        try:
            return year.buy([(box.pk, units)], year.to_a_city(), when)
        except NoRoute:
            continue
    return None


def _boxes(order: Order) -> list[Consignment]:
    return list(Consignment.objects.filter(order=order, subscription__isnull=False).order_by("promised_week"))


def _skip_one(order: Order) -> None:
    """The third box, the day after it was ordered."""
    third = _boxes(order)[2]
    assert third.promised_week is not None
    at = cut_off(third.promised_week) - dt.timedelta(days=2)
    skip_delivery(order=order, number=third.number, week=third.promised_week, by=order.user, at=at)


def _pause(order: Order) -> None:
    """All of it by two weeks, the evening before the first would be packed."""
    first = _boxes(order)[0]
    assert first.promised_week is not None and first.subscription_id is not None
    at = cut_off(first.promised_week) - dt.timedelta(hours=20)
    if at < order.placed_at:  # ordered after that evening: the second is the next
        return
    pause_deliveries(
        order=order, subscription_id=first.subscription_id, first=first.promised_week, weeks=2, by=order.user, at=at
    )


def _send(year: Year, order: Order) -> None:
    """Each box whose week has begun sets out on its Monday and goes as far as it would have come by now."""
    for box in _boxes(order):
        if box.promised_week is None or box.promised_week > timezone.localdate(year.now):
            return
        monday = timezone.make_aware(dt.datetime.combine(box.promised_week, _MORNING))
        plan_parcels(order.pk, at=min(monday, year.now))
        year.carry(order, week=box.promised_week)


def _end(order: Order, now: dt.datetime) -> None:
    """No more boxes: what can still be moved is paid back."""
    key = _boxes(order)[0].subscription_id
    assert key is not None
    with transaction.atomic():
        coming = [one.part for one in lock_boxes(order, key) if one.kept and one.is_movable(now)]
        offer = offer_to_end((part, OrderLine.objects.filter(consignment=part)) for part in coming)
        if offer is not None:
            end_deliveries(order=order, subscription_id=key, fen=offer.fen, by=order.user, at=now)
