"""Season's boxes: a pack that is bought for a whole season, one box every few weeks, from the first week that can still be had.

What becomes of a box once it is ordered is orders': each delivery is a consignment of its own (docs/adr/0042).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from catalog.models import Variant
from catalog.models.variant import FEWEST_DELIVERIES, MOST_DELIVERIES, MOST_WEEKS_BETWEEN
from catalog.search import index_product
from catalog.weeks import WEEK, monday_of, this_year

# So long before its Monday somebody has to know of a box: whoever orders on a Sunday gets the first one a week later.
FIRST_AHEAD: Final = dt.timedelta(days=2)


class SaysWhen(Protocol):
    """What says when boxes go: a pack, or the like."""

    @property
    def deliveries(self) -> int | None: ...  # noqa: D102
    @property
    def weeks_between(self) -> int | None: ...  # noqa: D102
    @property
    def season_from(self) -> dt.date | None: ...  # noqa: D102
    @property
    def season_until(self) -> dt.date | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Season:
    """How many boxes, how many weeks apart, in the weeks from which Monday to which."""

    deliveries: int | None
    weeks_between: int | None
    season_from: dt.date | None
    season_until: dt.date | None


def season_weeks(pack: SaysWhen, today: dt.date) -> list[dt.date]:
    """The Mondays in whose weeks the boxes go, if they are ordered today; none where the season is too short by now, or for other packs."""
    if not pack.deliveries or not pack.weeks_between or pack.season_from is None or pack.season_until is None:
        return []
    first = max(monday_of(today + FIRST_AHEAD + WEEK - dt.timedelta(days=1)), pack.season_from)
    weeks = [first + WEEK * pack.weeks_between * number for number in range(pack.deliveries)]
    return weeks if weeks[-1] <= pack.season_until else []


def check_season(pack: SaysWhen) -> None:
    """Raises ValidationError, by field, for a season that is said in part, or that does not hold its boxes."""
    said = [pack.deliveries, pack.weeks_between, pack.season_from, pack.season_until]
    if not any(said):
        return
    if pack.deliveries is None or pack.weeks_between is None or pack.season_from is None or pack.season_until is None:
        names = ("deliveries", "weeks_between", "season_from", "season_until")
        empty = next(name for name, value in zip(names, said, strict=True) if value is None)
        raise ValidationError(
            {empty: _("A season's box needs the number of boxes, the weeks between them, and the season.")}
        )
    if not FEWEST_DELIVERIES <= pack.deliveries <= MOST_DELIVERIES:
        raise ValidationError(
            {
                "deliveries": _("From %(least)s to %(most)s boxes.")
                % {"least": FEWEST_DELIVERIES, "most": MOST_DELIVERIES}
            }
        )
    if not 1 <= pack.weeks_between <= MOST_WEEKS_BETWEEN:
        raise ValidationError({"weeks_between": _("From 1 to %(most)s weeks.") % {"most": MOST_WEEKS_BETWEEN}})
    for name in ("season_from", "season_until"):
        if getattr(pack, name).weekday() != 0:
            raise ValidationError({name: _("Choose a Monday: the week that begins with it.")})
    if pack.season_from + WEEK * pack.weeks_between * (pack.deliveries - 1) > pack.season_until:
        raise ValidationError({"season_until": _("The season is too short for so many boxes.")})


def day_text(monday: dt.date) -> str:
    """'11月23日', '23 November': the Monday of a week, with its year where it isn't this one."""
    year = monday.year != this_year()
    if get_language() == "en":
        return f"{monday.day} {monday:%B}" + (f" {monday.year}" if year else "")
    return (f"{monday.year}年" if year else "") + f"{monday.month}月{monday.day}日"


def rhythm_text(deliveries: int, weeks_between: int) -> str:
    """'8 boxes, one every 2 weeks'."""
    words = ngettext("%(boxes)s boxes, one a week", "%(boxes)s boxes, one every %(weeks)s weeks", weeks_between)
    return words % {"boxes": deliveries, "weeks": weeks_between}


def span_text(weeks: Sequence[dt.date]) -> str:
    """From which week to which: 'the first in the week of 23 November, the last in the week of 1 March 2027'."""
    words = _("the first in the week of %(first)s, the last in the week of %(last)s")
    return words % {"first": day_text(weeks[0]), "last": day_text(weeks[-1])}


def end_seasons(*, today: dt.date | None = None) -> int:
    """Takes season's boxes off sale whose boxes no longer fit into what is left of the season; how many packs. Orders stay as they are."""
    day = today or timezone.localdate()
    ended = 0
    for key in (
        Variant.objects.filter(active=True, deliveries__isnull=False).order_by("pk").values_list("pk", flat=True)
    ):
        with transaction.atomic(), pghistory.context(reason="season over"):
            pack = Variant.objects.select_for_update(no_key=True, of=("self",)).select_related("product").get(pk=key)
            if pack.active and not season_weeks(pack, day):
                Variant.objects.filter(pk=key).update(active=False)
                index_product(pack.product)
                ended += 1
    return ended
