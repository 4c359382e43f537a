"""Rate cards in the words of a statement: whom or what a card is for, and since when."""

import datetime as dt
from collections.abc import Iterable

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.models import Category
from payments.models import RateCard
from sellers.models import Store
from stations.models import Region


def percent(basis_points: int) -> str:
    """Basis points as people write them: 250 is '2.5 %', in Chinese '2.5%'."""
    whole, part = divmod(basis_points, 100)
    figure = f"{whole}.{part:02d}".rstrip("0").rstrip(".")
    return f"{figure}%" if _chinese() else f"{figure}\u00a0%"


def long_day(day: dt.date) -> str:
    """'1 March 2026', in Chinese '2026年3月1日'."""
    return date_format(day, "Y年n月j日" if _chinese() else "j F Y")


def scopes_in_words(cards: Iterable[RateCard]) -> dict[int, str]:
    """Whom each card is for, by its key: 'Qidong County, Dried daylily'. At most three queries."""
    known = list(cards)
    counties = _labels(Region, "code", [f"{card.county_code}000000" for card in known if card.county_code])
    categories = _labels(Category, "slug", [card.category_slug for card in known if card.category_slug])
    stores = _labels(Store, "slug", [card.store_slug for card in known if card.store_slug])
    found = {}
    for card in known:
        named = (
            stores.get(card.store_slug, card.store_slug),
            counties.get(f"{card.county_code}000000", card.county_code),
            categories.get(card.category_slug, card.category_slug),
        )
        found[card.pk] = _(", ").join(filter(None, named)) or _("general rate")
    return found


def cards_in_words(cards: Iterable[RateCard]) -> dict[int, str]:
    """What a statement says of each card, by its key: 'Qidong County, since 1 March 2026'. At most three queries."""
    known = list(cards)
    scopes = scopes_in_words(known)
    return {
        card.pk: _("%(scope)s, since %(day)s") % {"scope": scopes[card.pk], "day": long_day(card.valid_from)}
        for card in known
    }


def _labels(model: type[Region] | type[Category] | type[Store], field: str, keys: list[str]) -> dict[str, str]:
    if not keys:
        return {}
    return {getattr(one, field): one.label for one in model._default_manager.filter(**{f"{field}__in": keys})}


def _chinese() -> bool:
    return (get_language() or "zh").startswith("zh")
