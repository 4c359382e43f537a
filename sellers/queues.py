"""The stores that wait for somebody, with their age and the day by which an answer is due."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count, Model, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from sellers.models import Opening, Store, StoreStatus

# A farmer hears within eight working days: three for the township, five for the county. A rule of this house, short enough that a
# harvest does not rot over it; working days are Monday to Friday (public holidays move each year and are not counted off).
TOWNSHIP_DAYS = 3
COUNTY_DAYS = 5
_SATURDAY = 5
_MOST = 30  # a page of one list
SHOWN_OF_EACH = 8  # of each list, where all of them stand together
OPENINGS_SHOWN = 40  # more are under way nowhere: an opening is finished, or forgotten after thirty days


def due_on(since: dt.datetime, days: int) -> dt.date:
    """The day by which something that came at `since` has to be answered, `days` working days later (Shanghai)."""
    return _working_days_after(timezone.localdate(since), days)


def _working_days_after(day: dt.date, days: int) -> dt.date:
    while days:
        day += dt.timedelta(days=1)
        days -= day.weekday() < _SATURDAY
    return day


def late_before(days: int, today: dt.date | None = None) -> dt.datetime:
    """Whatever came before this moment is overdue today, with `days` working days to answer."""
    today = today or timezone.localdate()
    day = today
    while _working_days_after(day, days) >= today:
        day -= dt.timedelta(days=1)
    return timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min))


@dataclass(frozen=True)
class Queue:
    """One list: its name in the address, its heading, which rows, by which time they are sorted, how many working days there are."""

    name: str
    heading: str | Promise
    rows: Callable[[User], QuerySet[Store]]
    since: str
    days: int = 0
    newest_first: bool = False
    folded: bool = False  # where all lists stand together, only its number


def _in_status(status: StoreStatus) -> Callable[[User], QuerySet[Store]]:
    return lambda user: Store.objects.visible_to(user).filter(status=status)


def _returned(user: User) -> QuerySet[Store]:
    return Store.objects.visible_to(user).filter(status=StoreStatus.DRAFT).exclude(return_reason="")


def _drafts(user: User) -> QuerySet[Store]:
    """Drafts that nobody has an opening for: those stand among the openings."""
    return Store.objects.visible_to(user).filter(status=StoreStatus.DRAFT, return_reason="", opening=None)


QUEUES: tuple[Queue, ...] = (
    Queue("returned", _("Given back to be mended"), _returned, "drafted_at"),
    Queue("drafts", _("Drafts"), _drafts, "drafted_at", newest_first=True),
    Queue(
        "submitted",
        _("For the township to recommend"),
        _in_status(StoreStatus.SUBMITTED),
        "submitted_at",
        days=TOWNSHIP_DAYS,
    ),
    Queue(
        "recommended",
        _("For the county to approve"),
        _in_status(StoreStatus.RECOMMENDED),
        "recommended_at",
        days=COUNTY_DAYS,
    ),
    Queue("open", _("Open stores"), _in_status(StoreStatus.OPEN), "opened_at", newest_first=True),
    Queue("paused", _("Paused stores"), _in_status(StoreStatus.PAUSED), "paused_at", newest_first=True, folded=True),
    Queue("closed", _("Closed stores"), _in_status(StoreStatus.CLOSED), "closed_at", newest_first=True, folded=True),
)
BY_NAME = {queue.name: queue for queue in QUEUES}


def counts(user: User) -> dict[str, int]:
    """How many stand in each list, and of those with a deadline how many are overdue ('late-submitted'), in one query."""
    status = StoreStatus
    late_township, late_county = late_before(TOWNSHIP_DAYS), late_before(COUNTY_DAYS)
    wanted = {
        "returned": Q(status=status.DRAFT) & ~Q(return_reason=""),
        "drafts": Q(status=status.DRAFT, return_reason="", opening=None),
        "submitted": Q(status=status.SUBMITTED),
        "late-submitted": Q(status=status.SUBMITTED, submitted_at__lt=late_township),
        "recommended": Q(status=status.RECOMMENDED),
        "late-recommended": Q(status=status.RECOMMENDED, recommended_at__lt=late_county),
        "open": Q(status=status.OPEN),
        "paused": Q(status=status.PAUSED),
        "closed": Q(status=status.CLOSED),
    }
    columns = {name.replace("-", "_"): Count("pk", filter=condition) for name, condition in wanted.items()}
    found = Store.objects.visible_to(user).aggregate(**columns)
    return {name: found[name.replace("-", "_")] for name in wanted}


def openings_of(user: User) -> QuerySet[Opening]:
    """Openings that are under way in the user's stations, those of returned stores apart: they stand among the returned."""
    under_way = Opening.objects.visible_to(user).filter(Q(store=None) | Q(store__return_reason=""))
    return under_way.select_related("household", "station").order_by("-changed_at", "-pk")


def page_of(queue: Queue, user: User, after: str = "", most: int = _MOST) -> tuple[list[Store], str]:
    """One page of a list, and the key of the next ('' when this is the last): `after` is such a key, or '' for the first page."""
    sign = "-" if queue.newest_first else ""
    rows = queue.rows(user).select_related("household", "region", "station")
    rows = _beyond(rows, queue.since, after, newest_first=queue.newest_first)
    found = list(rows.order_by(f"{sign}{queue.since}", f"{sign}pk")[: most + 1])
    return found[:most], key_of(found[most - 1], queue.since) if len(found) > most else ""


def key_of(row: Model, column: str) -> str:
    """The row's place in a list that is sorted by this time and the primary key."""
    moment: dt.datetime | None = getattr(row, column)
    return f"{int(moment.timestamp() * 1_000_000) if moment else 0}-{row.pk}"


def _beyond(rows: QuerySet[Store], column: str, key: str, *, newest_first: bool) -> QuerySet[Store]:
    moment, _dash, pk = key.partition("-")
    if not (_is_number(moment) and _is_number(pk)):
        return rows
    at = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=int(moment))
    way = "lt" if newest_first else "gt"
    return rows.filter(Q(**{f"{column}__{way}": at}) | Q(**{column: at, f"pk__{way}": int(pk)}))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 17
