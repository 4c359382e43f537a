"""Orders by what is to be done: for a farmer and for the station's staff, with no more of the buyer than packing needs.

A part of an order stands in each group that it belongs to: one that waits for its buyer's word on a weight may have an after-sales case.
"""

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Exists, F, OuterRef, Prefetch, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.cards import short_day
from catalog.weeks import WEEK, monday_of, week_text
from delivery.models import Leg, ParcelState
from orders.models import Consignment, InvoiceRequest, OrderLine, OrderState, WeightQuestion
from orders.models.order import ConsignmentQuerySet

# More than this a page doesn't list; the count says how many there are.
LISTED = 100


@dataclass(slots=True)
class Task:
    """One part of an order (with `buyer`, its lines in `kept`) and the moment that counts: when the van leaves, until when to answer."""

    part: Consignment
    when: dt.datetime | None = None
    note: str = ""

    @property
    def lines(self) -> list[OrderLine]:
        """What is still to be sent, or was and is kept."""
        kept: list[OrderLine] = self.part.kept  # type: ignore[attr-defined]
        return kept


@dataclass(slots=True)
class Group:
    """What is to be done with these parts of orders; `kind` is late, today, weight, case, invoice, later, wished, harvest, season, road
    or balance.
    """

    kind: str
    title: str
    tasks: list[Task] = field(default_factory=list)
    count: int = 0


def open_parts(user: User) -> ConsignmentQuerySet:
    """The parts of paid orders that the user may see and of which something is left, without their buyers' personal data; visits apart,
    which have a page of their own.
    """
    return (
        Consignment.objects.visible_to(user)
        .left()
        .filter(order__state=OrderState.PAID, visit_day=None)
        .for_sellers()
        .select_related("store__household", "store__region", "station", "parcel__origin", "parcel__destination_region")
        .prefetch_related(Prefetch("lines", OrderLine.objects.left().order_by("pk"), to_attr="kept"))
    )


def unpaid_parts(user: User) -> ConsignmentQuerySet:
    """The parts of orders whose deposit is paid and whose balance isn't, of the user's regions and own store: nothing to pack yet."""
    return (
        Consignment.objects.waiting_for(user)
        .for_sellers()
        .select_related("store__household", "store__region", "station")
        .prefetch_related(Prefetch("lines", OrderLine.objects.left().order_by("pk"), to_attr="kept"))
    )


def waiting_for_balance(parts: ConsignmentQuerySet) -> list[Group]:
    """These (unpaid_parts) as a group of their own, with the day on which the balance is due; none where there are none."""
    group = _group(
        "balance", _("Waiting for the balance: nothing to pack yet"), parts.order_by("order__reserved_until", "pk")
    )
    for task in group.tasks:
        until = timezone.localtime(task.part.order.reserved_until)
        task.note = _("the balance is due by %(day)s") % {"day": short_day(until.date())}
    return [group] if group.count else []


def waiting_parts(parts: ConsignmentQuerySet) -> ConsignmentQuerySet:
    """Those that the farmer still brings, with `leaves`, when the first van takes them (None where none is planned); soonest first."""
    first = Leg.objects.filter(parcel=OuterRef("parcel"), departed_at=None).order_by("position")
    waiting = parts.filter(parcel__state=ParcelState.PLANNED)
    waiting = waiting.annotate(leaves=Subquery(first.values("depart_planned")[:1]))
    return waiting.order_by(F("leaves").asc(nulls_last=True), "order__paid_at", "pk")


def _leaving(waiting: ConsignmentQuerySet, **bounds: dt.datetime | bool) -> ConsignmentQuerySet:
    return waiting.filter(**{f"leaves__{bound}": value for bound, value in bounds.items()})


def what_to_do(parts: ConsignmentQuerySet, *, at: dt.datetime | None = None) -> list[Group]:
    """These parts of orders by what is to be done, the most pressing first; empty groups are left out. A fixed number of queries."""
    now = at or timezone.now()
    tonight = timezone.localtime(now).replace(hour=23, minute=59, second=59)
    waiting = waiting_parts(parts)
    groups = [
        _group("late", _("Too late: the van has left"), _leaving(waiting, lt=now), "leaves"),
        _group("today", _("To collect today"), _leaving(waiting, gte=now, lte=tonight), "leaves"),
        _weights(parts),
        _group("case", _("After-sales to answer"), parts.filter(after_sales_since__isnull=False), "after_sales_since"),
        _group("invoice", _("Invoices that buyers wait for"), _invoices(parts), "asked"),
        _group("later", _("To collect later"), _leaving(waiting, gt=tonight), "leaves"),
        _wished(parts),
        _harvests(parts),
        _season_boxes(parts, timezone.localdate(now)),
        _group("road", _("Without a van yet"), _without_van(parts, waiting)),
    ]
    return [group for group in groups if group.count]


def _group(kind: str, title: str, parts: ConsignmentQuerySet, when: str = "") -> Group:
    found = list(parts[: LISTED + 1])
    count = parts.count() if len(found) > LISTED else len(found)
    return Group(kind, title, [Task(part, getattr(part, when) if when else None) for part in found[:LISTED]], count)


def _weights(parts: ConsignmentQuerySet) -> Group:
    questions = WeightQuestion.objects.filter(line__consignment=OuterRef("pk"), answer="").order_by("until")
    asked = parts.filter(Exists(questions)).annotate(until=Subquery(questions.values("until")[:1])).order_by("until")
    return _group("weight", _("Too light: the buyer is asked"), asked, "until")


def _invoices(parts: ConsignmentQuerySet) -> ConsignmentQuerySet:
    wanted = InvoiceRequest.objects.filter(consignment=OuterRef("pk"), issued_at=None)
    return parts.filter(Exists(wanted)).annotate(asked=Subquery(wanted.values("asked_at")[:1])).order_by("asked")


def _harvests(parts: ConsignmentQuerySet) -> Group:
    promised = parts.filter(parcel=None, promised_week__isnull=False, subscription=None).order_by("promised_week", "pk")
    group = _group("harvest", _("Waiting for the harvest"), promised)
    for task in group.tasks:
        week = task.part.promised_week
        task.note = _("promised for the week of %(week)s") % {"week": week_text(week)} if week else ""
    return group


def _wished(parts: ConsignmentQuerySet) -> Group:
    """What buyers want later: nothing is packed or picked for it today."""
    waiting = parts.filter(parcel=None, wished_day__gt=timezone.localdate()).order_by("wished_day", "pk")
    group = _group("wished", _("Wished for a later day"), waiting)
    for task in group.tasks:
        task.note = wished_note(task.part)
    return group


def wished_note(part: Consignment) -> str:
    """Not before which day its buyer wants it; empty where they take it as soon as it comes."""
    return _("not with the buyer before %(day)s") % {"day": short_day(part.wished_day)} if part.wished_day else ""


def _season_boxes(parts: ConsignmentQuerySet, today: dt.date) -> Group:
    """The season's boxes of the next week, which their buyers may still move until its cut-off (orders.postponing)."""
    monday = monday_of(today) + WEEK
    coming = parts.filter(parcel=None, subscription__isnull=False, promised_week=monday).order_by("store_id", "pk")
    group = _group("season", _("Season's boxes of next week"), coming)
    for task in group.tasks:
        task.note = _("sent in the week of %(week)s") % {"week": week_text(monday)}
    return group


def _without_van(parts: ConsignmentQuerySet, waiting: ConsignmentQuerySet) -> ConsignmentQuerySet:
    """No road was found, or no van is planned: a person has to look."""
    begun = Q(promised_week=None) | Q(subscription__isnull=False, promised_week__lte=timezone.localdate())
    roadless = parts.filter(begun, parcel=None).exclude(wished_day__gt=timezone.localdate()).values("pk")
    return parts.filter(pk__in=roadless.union(_leaving(waiting, isnull=True).values("pk"))).order_by("pk")
