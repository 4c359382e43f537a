"""How many goods a list has, and how many under each further choice, at a cost that does not grow with the goods.

Lists of whole categories with at most one choice are read from the tally (catalog.models.tally). Any other list - what answers a search,
a store's goods, several choices at once - is counted good by good, but no further than MOST_COUNTED: beyond it a page says 'at least'.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from catalog.choices import LETTERS, NAMES, Choice
from catalog.models import Product
from catalog.models.tally import ARRIVAL_ENDS, BANDS_OF_FEN
from catalog.statements import Keys, put_together

MOST_COUNTED = 500


@dataclass(slots=True)
class Counts:
    """How many goods: in all under the choice, in each category under the choice of the other facets, and of each trait under the
    choice of the facets that are not about it. `capped`: counting stopped, there may be more; `unsure` names the facets of which there
    may be more.
    """

    total: int = 0
    category: dict[int, int] = field(default_factory=dict)
    traits: dict[str, int] = field(default_factory=dict)
    capped: bool = False
    unsure: frozenset[str] = frozenset()

    def about(self, letter: str) -> dict[str, int]:
        """The counts of the traits about one thing, without the letter."""
        return {trait[1:]: number for trait, number in self.traits.items() if trait[0] == letter}


def count(
    goods: "Callable[[], QuerySet[Product]]",
    choice: Choice,
    *,
    kinds: Sequence[int] | None = None,
    shape: Hashable = None,
) -> Counts:
    """Counts over `goods`, the list without any choice, which is all on sale of the categories `kinds`, or None if it is another list.

    One statement, kept by the list's `shape` if it has one.
    """
    conditions = choice.conditions()
    if kinds is not None and len(conditions.keys() - {"category"}) <= 1:
        return _from_tally(choice, kinds)
    month = timezone.localdate().month
    wanted = None if shape is None else ("count", shape, choice, month)
    statement = put_together(wanted, lambda: _capped_statement(goods(), conditions))
    if statement is None:
        return Counts()
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        return _read_capped(cursor.fetchall(), set(conditions))


_COUNTIES: Final = """
SELECT one FROM catalog_tally WHERE category_id = ANY(ARRAY(SELECT id FROM catalog_category)) AND other = '' AND one >= 'c' AND one < 'd'
GROUP BY one HAVING sum(n) > 0
"""
_ALL: Final = """
SELECT category_id, '', sum(n) FROM catalog_tally WHERE category_id = ANY(%(kinds)s) AND one = '' AND other = '' GROUP BY category_id
UNION ALL
SELECT 0, one, sum(n) FROM catalog_tally WHERE category_id = ANY(%(within)s) AND other = '' AND one > '' GROUP BY one
"""
# Under a choice of one thing: what it leaves of each category, its own alternatives, and the pairs with everything else.
_CHOSEN: Final = """
SELECT category_id, '', sum(n) FROM catalog_tally
WHERE category_id = ANY(%(kinds)s) AND one = ANY(%(chosen)s) AND other = '' GROUP BY category_id
UNION ALL
SELECT 0, one, sum(n) FROM catalog_tally
WHERE category_id = ANY(%(within)s) AND other = '' AND one >= %(letter)s AND one < %(beyond)s GROUP BY one
UNION ALL
SELECT 0, other, sum(n) FROM catalog_tally
WHERE category_id = ANY(%(within)s) AND one = ANY(%(chosen)s) AND other > '' GROUP BY other
UNION ALL
SELECT 0, one, sum(n) FROM catalog_tally WHERE category_id = ANY(%(within)s) AND other = ANY(%(chosen)s) GROUP BY one
"""


def counties_with_goods() -> list[str]:
    """The counties (six digits) that have goods on sale."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTIES)
        return [trait[1:] for (trait,) in cursor.fetchall()]


def _from_tally(choice: Choice, kinds: Sequence[int]) -> Counts:
    within = [choice.category_id] if choice.category_id else list(kinds)
    params: dict[str, Any] = {"kinds": list(kinds), "within": within}
    chosen = choice.traits()
    for letter, traits in chosen.items():
        params |= {"chosen": traits, "letter": letter, "beyond": chr(ord(letter) + 1)}
    with connection.cursor() as cursor:
        cursor.execute(_CHOSEN if chosen else _ALL, params)
        rows = cursor.fetchall()
    counts = Counts()
    for category_id, trait, number in rows:
        if number <= 0:
            continue
        if trait:
            counts.traits[trait] = counts.traits.get(trait, 0) + int(number)
        else:
            counts.category[category_id] = int(number)
    counts.total = sum(counts.category.get(kind, 0) for kind in within)
    return counts


_COUNTED: Final = (
    "category_id", "county_code", "grade_name", "price_from_fen", "seals", "temperature", "season_from", "season_to", "from_poverty",
    "arrives_in_days",
)  # fmt: skip
# What each facet is grouped by, with its types. Rows are grouped as they are, and made traits afterwards: less than half the time.
_BY: Final[dict[str, dict[str, str]]] = {
    "category": {"category_id": "bigint"}, "county": {"county_code": "text"}, "grade": {"grade_name": "text"},
    "price": {"band": "integer"}, "seal": {"seals": "integer"}, "cold": {"cold": "boolean"},
    "season": {"season_from": "integer", "season_to": "integer"}, "poverty": {"from_poverty": "boolean"},
    "arrives": {"arrives_in_days": "integer"},
}  # fmt: skip
_COLUMNS: Final = {column: kind for columns in _BY.values() for column, kind in columns.items()}
_READ: Final = f"""
SELECT category_id, county_code, grade_name::text, width_bucket(price_from_fen, {BANDS_OF_FEN}) AS band, seals::integer,
  temperature <> 'ambient' AS cold, season_from::integer, season_to::integer, from_poverty, arrives_in_days::integer
FROM ({{goods}}) AS goods ({", ".join(_COUNTED)})
"""
_UNDER_ALL: Final = f"""
WITH found AS MATERIALIZED ({_READ})
SELECT '' AS chosen, GROUPING({", ".join(next(iter(columns)) for columns in _BY.values())}) AS which, {", ".join(_COLUMNS)}, count(*)
FROM found GROUP BY GROUPING SETS ({", ".join(f"({', '.join(columns)})" for columns in _BY.values())})
"""


def _which(name: str) -> int:
    """What GROUPING says of the rows about a facet: a bit a facet, 0 for its own."""
    place = len(_BY) - 1 - list(_BY).index(name)
    return (1 << len(_BY)) - 1 - (1 << place)


def _under_others(name: str, goods: str) -> str:
    """The counts of what a chosen facet offers, under the other choices."""
    own = _BY[name]
    columns = ", ".join(column if column in own else f"NULL::{kind}" for column, kind in _COLUMNS.items())
    return (
        f"UNION ALL SELECT '{name}', {_which(name)}, {columns}, count(*) FROM ({_READ.format(goods=goods)}) AS found"
        f" GROUP BY {', '.join(own)}\n"
    )


def _trait(name: str, values: dict[str, Any]) -> str:
    """The trait of a row, as catalog.models.tally.TRAITS makes it."""
    value = values[next(iter(_BY[name]))]
    if name == "season":
        return LETTERS[name] + (f"{value:02}{values['season_to']:02}" if value else "")
    if name in {"cold", "poverty"}:
        return LETTERS[name] + str(int(value))
    if name == "arrives":
        end = "" if value is None else next((str(one) for one in ARRIVAL_ENDS if value <= one), "9")
        return LETTERS[name] + end
    return f"{LETTERS[name]}{value}"


def _capped_statement(goods: "QuerySet[Product]", conditions: dict[str, Q]) -> Keys | None:
    """One statement: the traits of the first goods under all conditions, and about each chosen thing under the others."""

    def first(but: str = "") -> Keys:
        chosen = [condition for name, condition in conditions.items() if name != but]
        found = goods.filter(*chosen).order_by().values_list(*_COUNTED)[: MOST_COUNTED + 1]
        return found.query.sql_with_params()

    try:
        sql, params = first()
        text = _UNDER_ALL.format(goods=sql)
        for name in conditions:
            sql, more = first(name)
            text, params = text + _under_others(name, sql), params + more
    except EmptyResultSet:
        return None
    return text, params


def _read_capped(rows: list[tuple[Any, ...]], chosen: set[str]) -> Counts:
    """Rows are: '' or the chosen facet whose alternatives they count, which facet they are about, its columns, how many."""
    counts, seen = Counts(), dict.fromkeys(chosen, 0)
    names = {_which(name): name for name in _BY}
    for asked, which, *columns, number in rows:
        name, values = names[which], dict(zip(_COLUMNS, columns, strict=True))
        if asked:
            seen[asked] += number
        elif name == "category":
            counts.total += number
        if asked != (name if name in chosen else ""):
            continue
        if name == "category":
            counts.category[values["category_id"]] = number
        else:
            trait = _trait(name, values)
            counts.traits[trait] = counts.traits.get(trait, 0) + number
    counts.capped = counts.total > MOST_COUNTED
    own = {name for name, number in seen.items() if number > MOST_COUNTED}
    counts.unsure = frozenset(own | ({*NAMES} - chosen if counts.capped else set()))
    counts.total = min(counts.total, MOST_COUNTED)
    return counts
