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

from catalog.choices import LETTERS, NAMES, NAMES_OF, Choice
from catalog.models import Product
from catalog.models.tally import TRAITS
from catalog.statements import Keys, put_together

MOST_COUNTED = 1000


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
_TRAITS_OF: Final = f"SELECT category_id, {TRAITS} AS traits FROM ({{goods}}) AS goods ({', '.join(_COUNTED)})"
_UNDER_ALL: Final = f"""
WITH found AS MATERIALIZED ({_TRAITS_OF})
SELECT '', category_id, '', count(*) FROM found GROUP BY category_id
UNION ALL SELECT '', 0, trait, count(*) FROM found CROSS JOIN LATERAL unnest(traits) AS trait GROUP BY trait
"""
_UNDER_OTHERS: Final = f"""
UNION ALL SELECT %s, 0, traits[%s], count(*) FROM ({_TRAITS_OF}) AS found GROUP BY traits[%s]
"""
_OTHER_CATEGORIES: Final = (
    f"UNION ALL SELECT 'category', category_id, '', count(*) FROM ({_TRAITS_OF}) AS found GROUP BY category_id"
)


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
            if name == "category":
                text += _OTHER_CATEGORIES.format(goods=sql)
                params += more
            else:
                place = list(LETTERS.values()).index(LETTERS[name]) + 1
                text += _UNDER_OTHERS.format(goods=sql)
                params += (name, place, *more, place)
    except EmptyResultSet:
        return None
    return text, params


def _read_capped(rows: list[tuple[str, int, str, int]], chosen: set[str]) -> Counts:
    """Rows are: '' or the chosen facet whose alternatives they count, the category or 0, the trait or '', how many."""
    counts, seen = Counts(), dict.fromkeys(chosen, 0)
    for which, category_id, trait, number in rows:
        name = NAMES_OF[trait[0]] if trait else "category"
        if which:
            seen[which] += number
        elif not trait:
            counts.total += number
        if which != (name if name in chosen else ""):
            continue
        if trait:
            counts.traits[trait] = number
        else:
            counts.category[category_id] = number
    counts.capped = counts.total > MOST_COUNTED
    own = {name for name, number in seen.items() if number > MOST_COUNTED}
    counts.unsure = frozenset(own | ({*NAMES} - chosen if counts.capped else set()))
    counts.total = min(counts.total, MOST_COUNTED)
    return counts
