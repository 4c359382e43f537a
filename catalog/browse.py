"""Browsing: a list of goods under a choice, in an order, page by page. Every state is an address; pages go on from a key, not a count."""

import datetime as dt
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.campaigns import holding_now
from catalog.cards import USUAL_CITY, Card, keys_of, make_cards, rows_in_order, rows_of
from catalog.choices import Choice, in_season_in
from catalog.counting import Counts, count, counties_with_goods
from catalog.facets import Facet, Made, facets_of
from catalog.models import Category, Product
from catalog.models.tally import COUNTY
from catalog.places import counties_by_distance, name_of, provinces
from catalog.search import IN_NAME
from stations.statements import Keys, put_together, read

PAGE_SIZE = 24
LARGEST_KEY = 2**63 - 1
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Order:
    """An order of goods by columns; a minus means the largest first. The last column is the key, so no two are equal."""

    name: str
    columns: tuple[str, ...]


RELEVANCE = Order("best", ("-relevance", "-sold_units", "-pk"))
# By the rank of the county among all counties, by their distance from a place.
NEAREST = Order("near", ("near", "-sold_units", "-pk"))
ORDERS = {
    order.name: order
    for order in (
        RELEVANCE,
        Order("sales", ("-sold_units", "-pk")),
        Order("new", ("-listed_at", "-pk")),
        Order("cheap", ("price_from_fen", "pk")),
        Order("dear", ("-price_from_fen", "-pk")),
        NEAREST,
    )
}


# Categories of so few kinds are read kind by kind, each in the order of its index; more of them from the index of all goods.
MOST_KINDS_APART = 8


@dataclass(slots=True)
class Nearness:
    """From where a list by distance is reckoned: the form's other fields, and the provinces to choose from (code, name, chosen)."""

    action: str
    hidden: list[tuple[str, str]]
    places: list[tuple[str, str, bool]]


@dataclass(slots=True)
class Listing:
    """What a page of goods shows; `capped`: there are at least `total`. `chosen` are the choices made, each with its undoing.

    `by_ordinary_price`: prices decide what is listed and in which order, and some are lower just now, which lists don't reckon with.
    """

    cards: list[Card]
    total: int
    facets: list[Facet]
    orders: list[tuple[str, str, bool]]
    next_url: str = ""
    first_url: str = ""
    clear_url: str = ""
    capped: bool = False
    chosen: list[Made] = field(default_factory=list)
    nearness: Nearness | None = None
    by_ordinary_price: bool = False

    @property
    def total_text(self) -> str:
        """'312', or '500+' where counting stopped."""
        return f"{self.total}+" if self.capped else str(self.total)


@dataclass(frozen=True, slots=True)
class _Source:
    """The goods that a list is about, as browse was given them."""

    goods: "Callable[[], QuerySet[Product]]"
    best: "Callable[[int], QuerySet[Product]] | None"
    ranked: "Callable[[], QuerySet[Product]] | None"
    kinds: tuple[int, ...] | None
    shape: Hashable


def browse(
    goods: "Callable[[], QuerySet[Product]]",
    *,
    query: QueryDict,
    path: str,
    categories: Iterable[Category] = (),
    kinds: Iterable[int] | None = None,
    best: "Callable[[int], QuerySet[Product]] | None" = None,
    ranked: "Callable[[], QuerySet[Product]] | None" = None,
    shape: Hashable = None,
    fixed: Mapping[str, str] | None = None,
) -> Listing:
    """One page of `goods` as the address in `query` asks for it. Five statements at most, whatever the number of goods.

    `kinds` says that `goods` are all on sale of these categories, and nothing else: their counts stand in the tally, and are exact.
    Other lists are counted up to counting.MOST_COUNTED. `best` (catalog.search.all_in_name, of a mark of sales, 0 for all) are those of
    `goods` that rank first, and offers the order by relevance; `ranked` gives `goods` with their relevance, where the best don't fill
    the page. `shape` is all that `goods` depend on: lists of one shape share their statements (stations.statements). `fixed` are the
    parameters that say which list it is, beside the words searched for: every address of the page keeps them. An address that makes
    no sense is read as far as it does.
    """
    categories = list(categories)
    known = None if kinds is None else tuple(kinds)
    source = _Source(goods, best, ranked, known, None if shape is None else (shape, known))
    choice = Choice.read(query, {category.slug: category.pk for category in categories})
    order = _order(query.get("sort", ""), ranked=best is not None)
    near = _near(query.get("near", ""))
    kept = {**({"q": str(query["q"])} if query.get("q") else {}), **(fixed or {})}
    usual = RELEVANCE.name if best is not None else "sales"
    made = choice.as_params()

    def address(name: str, choices: dict[str, str], **more: str) -> str:
        place = {"near": near} if name == NEAREST.name and near != USUAL_CITY else {}
        params = {**kept, **({} if name == usual else {"sort": name}), **place, **choices, **more}
        return f"{path}?{urlencode(params)}" if params else path

    beside = best if order is RELEVANCE and "after" not in query else None
    counts = count(
        goods, choice, kinds=source.kinds, best=beside, most=PAGE_SIZE + 1 if beside else 0, shape=source.shape
    )
    rows, key = _page(source, choice, order, query.get("after", ""), counts, near)
    sorting = dict(parse_qsl(address(order.name, {}).partition("?")[2]))
    facets, chosen = facets_of(
        counts, choice, path=path, params=sorting, categories=categories, month=timezone.localdate().month
    )
    return Listing(
        cards=make_cards(rows),
        total=counts.total,
        capped=counts.capped,
        facets=facets,
        chosen=chosen,
        orders=_offered(order, best is not None, lambda name: address(name, made)),
        next_url=address(order.name, made, after=key) if key else "",
        first_url=address(order.name, made) if query.get("after") else "",
        clear_url=address(order.name, {}) if made else "",
        nearness=_nearness(path, {**kept, "sort": NEAREST.name, **made}, near) if order is NEAREST else None,
        by_ordinary_price=bool((choice.price or order.name in ("cheap", "dear")) and holding_now()),
    )


def _order(name: str, *, ranked: bool) -> Order:
    order = ORDERS.get(name)
    if order is None or (order is RELEVANCE and not ranked):
        return RELEVANCE if ranked else ORDERS["sales"]
    return order


def _near(code: str) -> str:
    """The place that distances are from: a province of the address, or the usual city."""
    return code if code in dict(provinces("")) else USUAL_CITY


def _nearness(path: str, params: dict[str, str], near: str) -> Nearness:
    places = [(code, name, code == near) for code, name in provinces(get_language() or "")]
    return Nearness(path, list(params.items()), [("", name_of(USUAL_CITY), near == USUAL_CITY), *places])


def _offered(chosen: Order, ranked: bool, address: Callable[[str], str]) -> list[tuple[str, str, bool]]:
    labels = {
        "best": _("best match"),
        "sales": _("most sold"),
        "new": _("newest"),
        "cheap": _("price, low first"),
        "dear": _("price, high first"),
        "near": _("nearest"),
    }
    return [
        (label, address(name), name == chosen.name)
        for name, label in labels.items()
        if ranked or name != RELEVANCE.name
    ]


def _page(
    source: _Source, choice: Choice, order: Order, after: str, counts: Counts, near: str
) -> tuple[list[dict[str, Any]], str]:
    """The rows of one page, and the key that the next page goes on from ('' on the last)."""
    values = _read_key(after, order)
    # A page further on has a key of its own: its statement is put together for it alone; so is one of an order by distance.
    alone = source.shape is None or values or order is NEAREST
    first = None if alone else (source.shape, choice, timezone.localdate().month)
    keys: list[tuple[Any, ...]] = [(IN_NAME, *key) for key in counts.best]
    if order is RELEVANCE and source.best is not None and values and values[0] == IN_NAME:
        # The best matches alone are read by sales, which an index has in order, while ranking all matches reads all of them.
        keys = _keys(
            [partial(source.best, 0)], choice, ORDERS["sales"], values[1:], RELEVANCE, first and ("in name", first)
        )
    if len(keys) <= PAGE_SIZE:
        place = values[0] if values else 0
        parts = [_nearest(source, choice, counts, near, place)] if order is NEAREST else _parts(source, choice)
        keys = _keys(parts, choice, order, values, order, first and (order.name, first))
    rows = rows_of(keys[:PAGE_SIZE], order.columns)
    return rows, _key(keys[PAGE_SIZE - 1]) if len(keys) > PAGE_SIZE else ""


def _parts(source: _Source, choice: Choice) -> "list[Callable[[], QuerySet[Product]]]":
    """The list's goods, kind by kind where it is of a few kinds: each part is read in the order of an index."""
    goods, kinds = source.ranked or source.goods, source.kinds
    if kinds is None or choice.category_id or not 1 < len(kinds) <= MOST_KINDS_APART:
        return [goods]
    return [lambda kind=kind: goods().filter(category_id=kind) for kind in kinds]  # type: ignore[misc]


def _nearest(
    source: _Source, choice: Choice, counts: Counts, near: str, rank: int
) -> "Callable[[], QuerySet[Product]]":
    """The goods with the rank of their county by distance. Where the counties' counts are known, of so many counties as a page needs."""
    ranks = counties_by_distance(near)
    last = len(ranks)
    found = {
        code: number for code, number in counts.traits[COUNTY].items() if not choice.county or code == choice.county
    }
    if "county" in counts.unsure:
        found = dict.fromkeys(counties_with_goods(), 1)
    order = sorted((ranks.get(code, last), code) for code in found if ranks.get(code, last) >= rank)
    if "county" not in counts.unsure:
        order = order[: _counties_of_a_page([found[code] for _rank, code in order])]
    codes, numbers = [code for _rank, code in order], [number for number, _code in order]
    far = RawSQL("(%s::int[])[array_position(%s::text[], catalog_product.county_code::text)]", (numbers, codes))
    return lambda: source.goods().filter(county_code__in=codes).annotate(near=far)


def _counties_of_a_page(numbers: list[int]) -> int:
    """How many counties, nearest first, hold a page: the first may be half read already, so one page more than it holds."""
    wanted, place = PAGE_SIZE + 1 + (numbers[0] if numbers else 0), 0
    while wanted > 0 and place < len(numbers):
        wanted -= numbers[place]
        place += 1
    return place


def _slice(goods: "QuerySet[Product]", chosen: Q, order: Order, values: list[Any]) -> "QuerySet[Product]":
    """One page of the chosen goods and one more, beyond these values."""
    conditions = chosen & _beyond(order, values) if values else chosen
    return (goods.filter(conditions) if conditions else goods).order_by(*order.columns)[: PAGE_SIZE + 1]


def _keys(
    parts: "list[Callable[[], QuerySet[Product]]]",
    choice: Choice,
    order: Order,
    values: list[Any],
    shown: Order,
    shape: Hashable,
) -> list[tuple[Any, ...]]:
    """One page and one more of the chosen goods of all parts beyond `values` of `order`: the values of the columns of `shown`."""

    def build() -> Keys | None:
        chosen = Q(*choice.conditions().values())
        found = (keys_of(_slice(goods(), chosen, order, values), shown.columns) for goods in parts)
        return _first_of([keys for keys in found if keys is not None], shown)

    found = put_together(shape, build)
    return [] if found is None else read(*found)


def _first_of(parts: list[Keys], order: Order) -> Keys | None:
    """One page of what the statements find together."""
    if len(parts) < 2:
        return parts[0] if parts else None
    names = [column.lstrip("-") for column in order.columns]
    union = " UNION ALL ".join(f"({sql})" for sql, _params in parts)
    by = ", ".join(
        f"{name} {'DESC' if column.startswith('-') else 'ASC'}"
        for name, column in zip(names, order.columns, strict=True)
    )
    text = f"SELECT * FROM ({union}) AS part ({', '.join(names)}) ORDER BY {by} LIMIT {PAGE_SIZE + 1}"
    return text, tuple(param for _sql, params in parts for param in params)


def _key(values: tuple[Any, ...]) -> str:
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
