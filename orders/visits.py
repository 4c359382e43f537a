"""Guests: who is coming when, and who came. The guest's code is looked up at the farm, by the farmer or by the station's staff."""

import datetime as dt
import unicodedata
from collections.abc import Iterable
from itertools import groupby

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog import stock
from catalog.cards import short_day
from orders.draws import draws_of
from orders.models import Consignment, OrderLine, OrderState
from orders.models.order import ConsignmentQuerySet
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of

# Somebody may write down on Monday who came on Saturday.
WRITTEN_DOWN_WITHIN = dt.timedelta(days=7)
LISTED = 200


class CodeUnknown(ValueError):
    """No visit to this farm has this code."""


class NotTheDay(ValueError):
    """The visit is on another day, or was long ago."""


class CameAlready(ValueError):
    """The guests of this code have been let in before."""


def visits_for(user: User, *, since: dt.date | None = None) -> ConsignmentQuerySet:
    """The paid visits that this user may see from a day (today) on, in order: of the own store, or of the regions of the postings."""
    visits = Consignment.objects.visible_to(user).filter(visit_day__gte=since or timezone.localdate())
    kept = OrderLine.objects.left().order_by("pk")
    return (
        visits.filter(order__state=OrderState.PAID)
        .select_related("order", "store__household", "store__station")
        .prefetch_related(Prefetch("lines", kept))
        .order_by("visit_day", "store_id", "pk")
    )


def by_day(visits: Iterable[Consignment]) -> list[tuple[dt.date, list[Consignment]]]:
    """Visits in order, day by day; those of whom everything was paid back are left out."""
    coming = [visit for visit in visits if visit.lines.all()]
    return [(day, list(group)) for day, group in groupby(coming, key=lambda visit: visit.visit_day) if day]


def places_of(visit: Consignment) -> int:
    """How many guests come (load lines)."""
    return sum(line.left_units for line in visit.lines.all())


def check_in(*, by: User, code: str, at: dt.datetime | None = None) -> Consignment:
    """Writes down that the guests with this code have come. Raises CodeUnknown, NotTheDay, CameAlready, scope.NotAllowed."""
    when = at or timezone.now()
    digits = "".join(sign for sign in unicodedata.normalize("NFKC", code) if sign.isdigit())[:12]
    today = timezone.localdate(when)
    with transaction.atomic():
        seen = visits_for(by, since=today - WRITTEN_DOWN_WITHIN).filter(visit_code=digits)
        found = seen.filter(visit_day__lte=today).first() or seen.first()
        if not digits or found is None:
            raise CodeUnknown(_("No visit has this code. Please look at the guest's order page once more."))
        if found.store.household.user_id != by.pk:
            scope_of(by).require(STAFF_ROLES, found.store.station.region_id)
        if found.visit_day and found.visit_day > today:
            raise NotTheDay(_("This visit is on %(day)s.") % {"day": short_day(found.visit_day)})
        visit = Consignment.objects.select_for_update(no_key=True, of=("self",)).get(pk=found.pk)
        if not visit.lines.left().exists():  # called off a moment ago
            raise CodeUnknown(_("This visit was called off."))
        if visit.visited_at is not None:
            raise CameAlready(_("These guests have come already."))
        visit.visited_at, visit.visited_by = when, by
        visit.save(update_fields=["visited_at", "visited_by"])
        _take_places(visit, when)
    return found


def take_past_places(*, at: dt.datetime | None = None) -> int:
    """Takes the places of days that are over out of the stock, whether or not anybody came; how many visits."""
    when = at or timezone.now()
    over = Consignment.objects.filter(
        visit_day__lt=timezone.localdate(when), stock_taken_at=None, order__state=OrderState.PAID
    )
    keys = list(over.order_by("pk").values_list("pk", flat=True))
    for key in keys:
        with transaction.atomic():
            visit = Consignment.objects.select_for_update(no_key=True, of=("self",)).get(pk=key)
            _take_places(visit, when)
    return len(keys)


def _take_places(visit: Consignment, when: dt.datetime) -> None:
    if visit.stock_taken_at is not None:
        return
    if draws := draws_of(visit.lines.left()):
        stock.take(draws)
    visit.stock_taken_at = when
    visit.save(update_fields=["stock_taken_at"])
