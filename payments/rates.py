"""What is taken off a sale: the most specific rate card that holds on its day (ADR 0033).

A store's own card comes first: it was agreed with one seller by name. Then a county's card for a category, the county's card, the
category's card, and the general one. A county comes before a category, because a county's rates are what its office has agreed to for
its farmers, and the office can give each category a card of its own. Of a category's and its parent's, the category's comes first. Of
two cards for the same, the one that began later counts, and when it ends, the earlier one counts again. There are no campaigns yet, and
no cards for them.
"""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Q

from payments.models import RateCard


class NoRateCard(LookupError):
    """No rate card holds on that day: the operator has to enter one."""


class Scope(NamedTuple):
    """What a sale is a sale of: slug of the store, six digits of the county, slug of the category and of its parent (empty where none)."""

    store: str
    county: str
    category: str
    parent: str = ""


def rates_for(scopes: Iterable[Scope], on: dt.date) -> dict[Scope, RateCard]:
    """The card of each scope on a day, by one query whatever their number. Raises NoRateCard when one has none."""
    wanted = set(scopes)
    cards = list(
        RateCard.objects.filter(
            Q(valid_until=None) | Q(valid_until__gte=on),
            valid_from__lte=on,
            store_slug__in={"", *(scope.store for scope in wanted)},
            county_code__in={"", *(scope.county for scope in wanted)},
            category_slug__in={"", *(slug for scope in wanted for slug in (scope.category, scope.parent))},
        )
    )
    return {scope: _most_specific(cards, scope) for scope in wanted}


def _most_specific(cards: list[RateCard], scope: Scope) -> RateCard:
    ranked = [(rank, card.valid_from, card.pk, card) for card in cards if (rank := _rank(card, scope)) is not None]
    if not ranked:
        raise NoRateCard(" ".join(scope))
    return max(ranked)[-1]


def _rank(card: RateCard, scope: Scope) -> tuple[bool, bool, int] | None:
    """How specific a card is for a scope: its store before its county before its category; None where it is not for it."""
    if card.store_slug not in ("", scope.store) or card.county_code not in ("", scope.county):
        return None
    if card.category_slug not in ("", scope.category, scope.parent):
        return None
    nearness = 0 if not card.category_slug else 2 if card.category_slug == scope.category else 1
    return bool(card.store_slug), bool(card.county_code), nearness
