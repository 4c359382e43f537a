"""What is taken off a sale: the rate card of a county on a day."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q

from payments.models import RateCard


class NoRateCard(LookupError):
    """No rate card holds on that day: the operator has to enter one."""


def rates_for(county_codes: Iterable[str], on: dt.date) -> dict[str, RateCard]:
    """The card of each county (six digits) on a day, by one query: its own newest valid card, or else the general one.

    Raises NoRateCard when a county has neither.
    """
    wanted = set(county_codes)
    cards = RateCard.objects.filter(Q(county_code="") | Q(county_code__in=wanted), valid_from__lte=on).order_by(
        "valid_from"
    )
    newest = {card.county_code: card for card in cards}
    try:
        return {code: newest.get(code) or newest[""] for code in wanted}
    except KeyError as error:
        raise NoRateCard(", ".join(sorted(wanted))) from error
