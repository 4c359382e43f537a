"""Wished days: a buyer may have a county's box come later than it could, up to two weeks, not before a day that they choose.

The day belongs to the box, since what one county sends goes in one box and costs one freight (docs/adr/0044). Its parcels wait, as those
of a pre-sale do, and are planned on the last day on which they still arrive on the wished one (orders.parcels).
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from delivery.routing import NoRoute, Route, find_route
from orders.boxes import BoxKey, CountyBox
from stations.models import Region, Station

# So many days ahead a day may be wished; what is fresh can't be kept longer.
MOST_DAYS: Final = 14
# Where no way is known yet, a parcel is planned so many days before the wished one, and shows at the desk with the reason.
DAYS_TO_FIND_A_WAY: Final = 3
FIELD: Final = "day-"


class DayRefused(ValueError):
    """A wished day that can't be had; its text says why."""


@dataclass(frozen=True, slots=True)
class BoxArrival:
    """How and when a box comes: the earliest day, the wished one, the day on which it then comes, and the later days to choose from.

    `field` is the name of the choice in the form; `to` is the station where it is picked up, None for a door.
    """

    field: str
    earliest: dt.date
    expected: dt.date
    wished: dt.date | None
    later: Sequence[dt.date]
    to: Station | None


def day_key(key: BoxKey) -> str:
    """A box as a form names it: '430426', '430426-frozen'. What waits for a promised week has no wished day (see `wishable`)."""
    return f"{key[0]}-frozen" if key[2] else key[0]


def wishable(key: BoxKey) -> bool:
    """Whether a day may be wished for such a box: not for a pre-sale, which comes when it is harvested."""
    return key[1] is None


def read_days(data: Mapping[str, str]) -> dict[str, dt.date]:
    """The wished days of a form by `day_key`; what is left empty comes as soon as possible. Raises DayRefused."""
    days = {}
    for name, value in data.items():
        if name.startswith(FIELD) and value:
            try:
                days[name.removeprefix(FIELD)] = dt.date.fromisoformat(value)
            except ValueError:
                raise DayRefused(_("Choose the day of arrival from the list.")) from None
    return days


def days_of_boxes(days: Mapping[str, dt.date], boxes: Iterable[CountyBox], *, today: dt.date) -> dict[BoxKey, dt.date]:
    """The wished days by box. Raises DayRefused for a day that is over or too far away, and for a box that isn't in this order."""
    known = {day_key(box.key): box.key for box in boxes if wishable(box.key)}
    if not days.keys() <= known.keys():
        raise DayRefused(_("The day of arrival was chosen for goods that are not in this order. Please choose again."))
    for day in days.values():
        if not today < day <= today + dt.timedelta(days=MOST_DAYS):
            told = _("Choose a day of arrival from tomorrow on, at most %(days)s days ahead.")
            raise DayRefused(told % {"days": MOST_DAYS})
    return {known[key]: day for key, day in days.items()}


RouteAt = Callable[[dt.datetime], Route]


def arrival_of_box(
    box: CountyBox, origins: Iterable[tuple[Station, int]], *, to: Station | Region, wished: dt.date | None = None
) -> BoxArrival | None:
    """When a box of goods from these stations (with their grams) would be at `to`; None for an empty one. Raises delivery's NoRoute.

    The last of its stores' goods decides. At most 36 queries a store where a day is wished, six otherwise.
    """
    ways = [_route_at(station, to, weight_g, chilled=box.chilled) for station, weight_g in origins if weight_g]
    if not ways:
        return None
    now, today = timezone.now(), timezone.localdate()
    routes = [route_at(now) for route_at in ways]
    earliest = max(_day(route) for route in routes)
    last = today + dt.timedelta(days=MOST_DAYS)
    later = [earliest + dt.timedelta(days=ahead) for ahead in range(1, (last - earliest).days + 1)]
    expected = earliest
    if wished is not None and wished > earliest:
        expected = max(_first_day(route_at, wished, today) for route_at in ways)
    end = routes[0].legs[-1].to if routes[0].legs else to
    return BoxArrival(
        field=f"{FIELD}{day_key(box.key)}",
        earliest=earliest,
        expected=expected,
        wished=wished,
        later=later if wishable(box.key) else [],
        to=end if isinstance(end, Station) else None,
    )


def is_time(
    wished: dt.date, *, origin: Station, to: Station | Region, weight_g: int, chilled: bool, at: dt.datetime | None
) -> bool:
    """Whether goods that are wished for a day are to be planned now: they won't arrive before it, and tomorrow they would be too late."""
    now = at or timezone.now()
    route_at = _route_at(origin, to, weight_g, chilled=chilled)
    try:
        return _day(route_at(now)) >= wished and _day(route_at(_morning(timezone.localdate(now), 1))) > wished
    except NoRoute:
        return timezone.localdate(now) >= wished - dt.timedelta(days=DAYS_TO_FIND_A_WAY)


def _route_at(origin: Station, to: Station | Region, weight_g: int, *, chilled: bool) -> RouteAt:
    return lambda at: find_route(origin=origin, to=to, weight_g=weight_g, chilled=chilled, at=at)


def _first_day(route_at: RouteAt, wished: dt.date, today: dt.date) -> dt.date:
    """The first day from the wished one on, on which goods would arrive. Leaving later never brings them sooner, so halving finds it."""
    low, high = 0, (wished - today).days
    while high - low > 1:
        middle = (low + high) // 2
        if _day(route_at(_morning(today, middle))) >= wished:
            high = middle
        else:
            low = middle
    return _day(route_at(_morning(today, high)))


def _morning(today: dt.date, ahead: int) -> dt.datetime:
    """The first moment of the day that is so many days ahead."""
    return timezone.make_aware(dt.datetime.combine(today + dt.timedelta(days=ahead), dt.time()))


def _day(route: Route) -> dt.date:
    return timezone.localdate(route.arrive)
