"""Months as the facts of sale count them: year * 12 + month - 1, in Shanghai's calendar."""

import re

from django.utils import timezone
from django.utils.translation import gettext as _

MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


class BadMonth(ValueError):
    """A month that is not written as 2026-01."""


def parse_month(text: str) -> int:
    """The number of the month written as 2026-01. Raises BadMonth."""
    found = MONTH.fullmatch(text.strip())
    if found is None:
        raise BadMonth(_("%(text)s is not a month. Write it as 2026-01.") % {"text": text[:20]})
    return int(found[1]) * 12 + int(found[2]) - 1


def show_month(number: int) -> str:
    """A month's number as 2026-01."""
    return f"{number // 12}-{number % 12 + 1:02d}"


def this_month() -> int:
    """The month of today in Shanghai."""
    today = timezone.localdate()
    return today.year * 12 + today.month - 1
