"""Weeks, as a pre-sale promises them: from Monday to Sunday, in the language of the page."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

LAST_DAY = dt.timedelta(days=6)
WEEK = dt.timedelta(days=7)


def monday_of(day: dt.date) -> dt.date:
    """The Monday of a day's week."""
    return day - dt.timedelta(days=day.weekday())


def this_year() -> int:
    """The year in Shanghai."""
    return timezone.localdate().year


def week_text(monday: dt.date) -> str:
    """'7月6日至12日', '6 to 12 July'; the month is named twice where the week crosses into the next, the year where it isn't this one."""
    sunday = monday + LAST_DAY
    if get_language() == "en":
        first = f"{monday.day}" if monday.month == sunday.month else f"{monday.day} {monday:%B}"
        return f"{first} to {sunday.day} {sunday:%B}" + ("" if sunday.year == this_year() else f" {sunday.year}")
    last = f"{sunday.day}日" if monday.month == sunday.month else f"{sunday.month}月{sunday.day}日"
    return ("" if monday.year == this_year() else f"{monday.year}年") + f"{monday.month}月{monday.day}日至{last}"


def promise_text(monday: dt.date) -> str:
    """What a pre-sale says of itself."""
    return _("Pre-sale: sent in the week of %(week)s") % {"week": week_text(monday)}


def deposit_text(percent: int) -> str:
    """What a pre-sale with a deposit says of it."""
    return _("%(percent)s %% deposit now, the balance before it is sent") % {"percent": percent}
