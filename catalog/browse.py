"""Browsing: a list of goods under a choice, in an order, page by page. Every state is an address; pages go on from a key, not a count."""

import datetime as dt
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.cards import Card, keys_of, make_cards, rows_in_order
from catalog.facets import Choice, Facet, count, facets_of, in_season_in
from catalog.models import Category, Product
from catalog.search import IN_NAME
from catalog.statements import Keys, put_together

PAGE_SIZE = 24
LARGEST_KEY = 2**63 - 1
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Order:
    """An order of goods by columns; a minus means the largest first. The last column is the key, so no two are equal."""

    name: str
    columns: tuple[str, ...]


RELEVANCE = Order("best", ("-relevance", "-sold_units", "-pk"))
ORDERS = {
    order.name: order
    for order in (
        RELEVANCE,
        Order("sales", ("-sold_units", "-pk")),
        Order("new", ("-listed_at", "-pk")),
        Order("cheap", ("price_from_fen", "pk")),
        Order("dear", ("-price_from_fen", "-pk")),
    )
}


@dataclass(slots=True)
class Listing:
    """What a page of goods shows."""

    cards: list[Card]
    total: int
    facets: list[Facet]
    orders: list[tuple[str, str, bool]]
    next_url: str = ""
    first_url: str = ""
    clear_url: str = ""


def browse(
    goods: "Callable[[], QuerySet[Product]]",
    *,
    query: QueryDict,
    path: str,
    categories: Iterable[Category] = (),
    best: "Callable[[], QuerySet[Product]] | None" = None,
    ranked: "Callable[[], QuerySet[Product]] | None" = None,
    shape: Hashable = None,
) -> Listing:
    """One page of `goods` as the address in `query` asks for it. Five statements at most, whatever the number of goods.

    `best` (catalog.search.all_in_name) are those of `goods` that rank first, and offers the order by relevance; `ranked` gives
    `goods` with their relevance, where the best don't fill the page. `shape` is all that `goods` depend on: lists of one shape share
    their statements (catalog.statements). An address that makes no sense is read as far as it does.
    """
    by_relevance = best is not None
    choice = Choice.read(query, {category.slug: category.pk for category in categories})
    order = _order(query.get("sort", ""), ranked=by_relevance)
    counts = count(goods, choice, shape)
    fixed = {"q": str(query["q"])} if query.get("q") else {}
    usual = RELEVANCE.name if by_relevance else "sales"
    sorting = {} if order.name == usual else {"sort": order.name}
    state = {**fixed, **sorting, **choice.as_params()}
    rows, key = _page(ranked or goods, best, choice, order, query.get("after", ""), shape)

    def address(params: dict[str, str]) -> str:
        return f"{path}?{urlencode(params)}" if params else path

    return Listing(
        cards=make_cards(rows),
        total=counts.total,
        facets=facets_of(counts, choice, path=path, params={**fixed, **sorting}, categories=categories),
        orders=_offered(
            order,
            by_relevance,
            lambda name: address({**fixed, **({} if name == usual else {"sort": name}), **choice.as_params()}),
        ),
        next_url=address({**state, "after": key}) if key else "",
        first_url=address(state) if query.get("after") else "",
        clear_url=address({**fixed, **sorting}) if choice.as_params() else "",
    )


def _order(name: str, *, ranked: bool) -> Order:
    order = ORDERS.get(name)
    if order is None or (order is RELEVANCE and not ranked):
        return RELEVANCE if ranked else ORDERS["sales"]
    return order


def _offered(chosen: Order, ranked: bool, address: Callable[[str], str]) -> list[tuple[str, str, bool]]:
    labels = {
        "best": _("best match"),
        "sales": _("most sold"),
        "new": _("newest"),
        "cheap": _("price, low first"),
        "dear": _("price, high first"),
    }
    return [
        (label, address(name), name == chosen.name)
        for name, label in labels.items()
        if ranked or name != RELEVANCE.name
    ]


def _page(
    goods: "Callable[[], QuerySet[Product]]",
    best: "Callable[[], QuerySet[Product]] | None",
    choice: Choice,
    order: Order,
    after: str,
    shape: Hashable,
) -> tuple[list[dict[str, Any]], str]:
    """The rows of one page, and the key that the next page goes on from ('' on the last)."""
    values = _read_key(after, order)
    # A page further on has a key of its own: its statement is put together for it alone.
    first = None if shape is None or values else (shape, choice, timezone.localdate().month)
    rows = []
    if order is RELEVANCE and best is not None and (not values or values[0] == IN_NAME):
        rows = _rows(best, choice, ORDERS["sales"], values[1:], RELEVANCE, first and ("best", first))
    if len(rows) <= PAGE_SIZE:
        rows = _rows(goods, choice, order, values, order, first and (order.name, first))
    key = _key(rows[PAGE_SIZE - 1], order) if len(rows) > PAGE_SIZE else ""
    return rows[:PAGE_SIZE], key


def _slice(goods: "QuerySet[Product]", chosen: Q, order: Order, values: list[Any]) -> "QuerySet[Product]":
    """One page of the chosen goods and one more, beyond these values."""
    conditions = chosen & _beyond(order, values) if values else chosen
    return (goods.filter(conditions) if conditions else goods).order_by(*order.columns)[: PAGE_SIZE + 1]


def _rows(
    goods: "Callable[[], QuerySet[Product]]",
    choice: Choice,
    order: Order,
    values: list[Any],
    shown: Order,
    shape: Hashable,
) -> list[dict[str, Any]]:
    """One page of the chosen goods beyond `values` of `order`, as rows in the order `shown`.

    The best matches alone are read by sales, which an index has in order, while ranking all matches reads all of them.
    """

    def build() -> Keys | None:
        chosen = Q(*choice.conditions().values())
        return keys_of(_slice(goods(), chosen, order, values), shown.columns)

    return rows_in_order(put_together(shape, build), shown.columns)


def _key(row: dict[str, Any], order: Order) -> str:
    values = (row[column.lstrip("-")] for column in order.columns)
    return "-".join(str(_microseconds(value) if isinstance(value, dt.datetime) else value) for value in values)


def _microseconds(moment: dt.datetime) -> int:
    return (moment - _EPOCH) // dt.timedelta(microseconds=1)


def _read_key(text: str, order: Order) -> list[Any]:
    """The values of a key; nothing for a key that is not of this order, so that the list begins at its beginning."""
    parts = text.split("-")
    if len(parts) != len(order.columns) or not all(part.isascii() and part.isdigit() for part in parts):
        return []
    values: list[Any] = [int(part) if len(part) < 20 else LARGEST_KEY + 1 for part in parts]
    if max(values) > LARGEST_KEY:
        return []
    for place, column in enumerate(order.columns):
        if column == "-listed_at":
            try:
                values[place] = _EPOCH + dt.timedelta(microseconds=values[place])
            except OverflowError:
                return []
    return values


def _beyond(order: Order, values: list[Any]) -> Q:
    """Rows after the one with these values: beyond it in the first column, or equal there and beyond in the rest."""
    condition = Q()
    for column, value in reversed(list(zip(order.columns, values, strict=True))):
        name, step = column.lstrip("-"), "lt" if column.startswith("-") else "gt"
        beyond = Q(**{f"{name}__{step}": value})
        condition = beyond | (Q(**{name: value}) & condition) if condition else beyond
    first, step = order.columns[0].lstrip("-"), "lte" if order.columns[0].startswith("-") else "gte"
    return Q(**{f"{first}__{step}": values[0]}) & condition


def in_season(limit: int = 8) -> list[Card]:
    """Cards of goods whose season it is, most sold first; two queries at most."""
    order = ORDERS["sales"]
    return make_cards(rows_in_order(_season_keys(timezone.localdate().month, limit), order.columns))


def just_listed(limit: int = 8) -> list[Card]:
    """Cards of the goods that were listed last; two queries at most."""
    order = ORDERS["new"]
    return make_cards(rows_in_order(_newest_keys(limit), order.columns))


def of_county(county_code: str, limit: int = 8) -> list[Card]:
    """Cards of a county's goods, most sold first; `county_code` has six digits. Two queries at most."""
    order = ORDERS["sales"]
    goods = Product.objects.on_sale().filter(county_code=county_code, in_stock=True)
    return make_cards(rows_in_order(_first_keys(goods, order, limit), order.columns))


# The two statements depend on the month and the limit alone, so a process puts them together once.
@lru_cache(maxsize=32)
def _season_keys(month: int, limit: int) -> Keys | None:
    return _first_keys(Product.objects.on_sale().filter(in_season_in(month), in_stock=True), ORDERS["sales"], limit)


@lru_cache(maxsize=8)
def _newest_keys(limit: int) -> Keys | None:
    return _first_keys(Product.objects.on_sale().filter(in_stock=True), ORDERS["new"], limit)


def _first_keys(goods: "QuerySet[Product]", order: Order, limit: int) -> Keys | None:
    return keys_of(goods.order_by(*order.columns)[:limit], order.columns)
