"""The season calendar: twelve months and the goods of a county or category; what is in season now, what comes next, what is over."""

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.choices import is_in_season
from catalog.models import Product
from catalog.models.product import ProductQuerySet
from catalog.weeks import week_text

MONTHS = range(1, 13)
SOON_MONTHS = 2
MOST_GOODS = 60


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a product's year: its number, whether it is picked then, and what a screen reader says."""

    number: int
    on: bool
    now: bool
    said: str


@dataclass(frozen=True, slots=True)
class SeasonRow:
    """A kind of goods in the calendar: name, address, its months, the state of today ('now', 'next', 'over') and its words."""

    name: str
    url: str
    months: list[Month]
    state: str
    state_text: str
    presale: str
    starts_in: int


def season_rows(products: "ProductQuerySet", *, today: dt.date | None = None) -> list[SeasonRow]:
    """The products on sale that have a season, best sold first of each name and season, sorted by when their season is. One query."""
    day = today or timezone.localdate()
    goods = products.filter(season_from__isnull=False).order_by("-sold_units", "pk")
    fields = ("ref", "name", "name_en", "season_from", "season_to", "promised_week")
    rows = [_row(one, day) for one in goods.values(*fields)[:MOST_GOODS]]
    order = {"now": 0, "next": 1, "over": 2}
    return sorted(rows, key=lambda row: (order[row.state], row.starts_in, row.name))


def _row(one: dict[str, Any], today: dt.date) -> SeasonRow:
    first, last = one["season_from"], one["season_to"]
    starts_in = (first - today.month) % 12
    if is_in_season(first, last, today.month):
        state, text, starts_in = "now", _("in season now"), 0
    elif starts_in <= SOON_MONTHS:
        state, text = "next", _("from %(month)s") % {"month": month_name(first)}
    else:
        state, text = "over", _("over, again from %(month)s") % {"month": month_name(first)}
    return SeasonRow(
        name=(one["name_en"] or one["name"]) if get_language() == "en" else one["name"],
        url=reverse("product", args=[one["ref"]]),
        months=[_month(number, first, last, today) for number in MONTHS],
        state=state,
        state_text=text,
        presale=_("Pre-sale for %(week)s") % {"week": week_text(one["promised_week"])} if one["promised_week"] else "",
        starts_in=starts_in,
    )


def _month(number: int, first: int, last: int, today: dt.date) -> Month:
    on = is_in_season(first, last, number)
    said = _("%(month)s: in season") if on else _("%(month)s: not in season")
    return Month(number, on, number == today.month, said % {"month": month_name(number)})


def month_name(number: int) -> str:
    """'7月', 'July'."""
    return calendar.month_name[number] if get_language() == "en" else f"{number}月"


def month_head(number: int) -> tuple[str, str]:
    """What stands above a month's column, and what follows it where there is room: '7' and '月', 'J' and 'ul'."""
    name = calendar.month_abbr[number]
    return (name[0], name[1:]) if get_language() == "en" else (str(number), "月")


def counties_with_seasons() -> list[str]:
    """The six digits of the counties whose goods on sale have a season."""
    goods = Product.objects.on_sale().filter(season_from__isnull=False)
    return sorted(goods.order_by().values_list("county_code", flat=True).distinct())
