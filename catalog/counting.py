"""How many goods a list has, and how many under each further choice, at a cost that does not grow with the goods.

Lists of whole categories with at most one choice are read from the tally (catalog.models.tally). Any other list - what answers a search,
a store's goods, several choices at once - is counted good by good, but no further than MOST_COUNTED: beyond it a page says 'at least'.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db.models import Q, QuerySet
from django.utils import timezone

from catalog.best_sellers import best_mark
from catalog.choices import LETTERS, NAMES, Choice
from catalog.models import Product
from catalog.models.tally import ARRIVAL_ENDS, BANDS_OF_FEN
from stations.statements import Keys, put_together, read

MOST_COUNTED = 200


@dataclass(slots=True)
class Counts:
    """How many goods: in all under the choice, in each category under the choice of the other facets, and of each trait (by its letter)
    under the choice of the facets that are not about it. `capped`: counting stopped, there may be more; `unsure` names the facets of
    which there may be more. `best` are the first of the best goods (units sold, key), where they were asked for, most sold first.
    """

    total: int = 0
    category: dict[int, int] = field(default_factory=dict)
    traits: dict[str, dict[str, int]] = field(default_factory=lambda: {letter: {} for letter in LETTERS.values()})
    capped: bool = False
    unsure: frozenset[str] = frozenset()
    best: list[tuple[int, int]] = field(default_factory=list)


def count(
    goods: "Callable[[], QuerySet[Product]]",
    choice: Choice,
    *,
    kinds: Sequence[int] | None = None,
    best: "Callable[[int], QuerySet[Product]] | None" = None,
    most: int = 0,
    shape: Hashable = None,
) -> Counts:
    """Counts over `goods`, the list without any choice, which is all on sale of the categories `kinds`, or None if it is another list.

    One statement, kept by the list's `shape` if it has one. It brings the first `most` of `best` (those of a mark of sales, 0 for all)
    under the choice along, for a list that is no such list: what a page asks PostgreSQL for costs it as much as the answer.
    """
    conditions = choice.conditions()
    if kinds is not None and len(conditions.keys() - {"category"}) <= 1:
        return _from_tally(choice, kinds)
    month = timezone.localdate().month
    mark = best_mark() if best else 0
    wanted = None if shape is None else ("count", shape, choice, month, most, mark)
    statement = put_together(wanted, lambda: _capped_statement(goods(), conditions, best and _Best(best, mark, most)))
    if statement is None:
        return Counts()
    return _read_capped(read(*statement), set(conditions))


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
    return [trait[1:] for (trait,) in read(_COUNTIES)]


def _from_tally(choice: Choice, kinds: Sequence[int]) -> Counts:
    within = [choice.category_id] if choice.category_id else list(kinds)
    params: dict[str, Any] = {"kinds": list(kinds), "within": within}
    chosen = choice.traits()
    for letter, traits in chosen.items():
        params |= {"chosen": traits, "letter": letter, "beyond": chr(ord(letter) + 1)}
    counts = Counts()
    for category_id, trait, number in read(_CHOSEN if chosen else _ALL, params):
        if number <= 0:
            continue
        if trait:
            about = counts.traits[trait[0]]
            about[trait[1:]] = about.get(trait[1:], 0) + int(number)
        else:
            counts.category[category_id] = int(number)
    counts.total = sum(counts.category.get(kind, 0) for kind in within)
    return counts


_COUNTED: Final = (
    "category_id", "county_code", "grade_name", "price_from_fen", "seals", "temperature", "season_from", "season_to", "from_poverty",
    "arrives_in_days",
)  # fmt: skip
# What each facet is grouped by. Rows are grouped by numbers, and made traits afterwards: less than half the time.
_BY: Final = {
    "category": "category_id", "county": "county_code", "grade": "grade_name", "price": "band", "seal": "seals", "cold": "cold",
    "season": "season", "poverty": "poor", "arrives": "arrives",
}  # fmt: skip
_CLASSES: Final = " ".join(f"WHEN arrives_in_days <= {end} THEN {end}" for end in ARRIVAL_ENDS)
_READ: Final = f"""
SELECT category_id, county_code, grade_name::text, width_bucket(price_from_fen, {BANDS_OF_FEN}) AS band, seals,
  (temperature <> 'ambient')::integer AS cold, season_from * 100 + season_to AS season, from_poverty::integer AS poor,
  CASE {_CLASSES} WHEN arrives_in_days IS NOT NULL THEN 9 END AS arrives
FROM ({{goods}}) AS goods ({", ".join(_COUNTED)})
"""
_UNDER_ALL: Final = f"""
WITH found AS MATERIALIZED ({_READ})
SELECT '' AS chosen, GROUPING({", ".join(_BY.values())}) AS which,
  coalesce({", ".join(f"{column}::text" for column in _BY.values())}) AS value, count(*)
FROM found GROUP BY GROUPING SETS ({", ".join(f"({column})" for column in _BY.values())})
"""


def _which(name: str) -> int:
    """What GROUPING says of the rows about a facet: a bit a facet, 0 for its own."""
    place = len(_BY) - 1 - list(_BY).index(name)
    return (1 << len(_BY)) - 1 - (1 << place)


_NAMES: Final = {_which(name): name for name in _BY}


def _under_others(name: str, goods: str) -> str:
    """The counts of what a chosen facet offers, under the other choices."""
    read_goods = _READ.format(goods=goods)
    return f"UNION ALL SELECT '{name}', {_which(name)}, {_BY[name]}::text, count(*) FROM ({read_goods}) AS found GROUP BY {_BY[name]}\n"


_BEST: Final = "best"
_BEST_OF_ALL: Final = f"UNION ALL SELECT '{_BEST}', id, '', sold_units FROM ({{all}}) AS best (id, sold_units)"
# Where the best sellers alone fill the page, nothing else is read.
_BEST_SELLERS_FIRST: Final = f"""UNION ALL (
WITH top AS MATERIALIZED ({{top}})
SELECT '{_BEST}', id, '', sold_units FROM top AS best (id, sold_units) WHERE (SELECT count(*) FROM top) = {{most}}
UNION ALL
SELECT '{_BEST}', id, '', sold_units FROM ({{all}}) AS best (id, sold_units) WHERE (SELECT count(*) FROM top) < {{most}})
"""


@dataclass(frozen=True, slots=True)
class _Best:
    """Which goods rank first (of a mark of sales, 0 for all), the mark that is tried first (0 for none), and how many are wanted."""

    goods: "Callable[[int], QuerySet[Product]]"
    mark: int
    most: int

    def statement(self, conditions: Iterable[Q]) -> Keys:
        """The most sold of them, to be added to the statement of the counts."""

        def of(mark: int) -> Keys:
            goods = self.goods(mark).filter(*conditions).order_by("-sold_units", "-pk").values_list("pk", "sold_units")
            return goods[: self.most].query.sql_with_params()

        sql, params = of(0)
        if not self.mark:
            return _BEST_OF_ALL.format(all=sql), params
        top, more = of(self.mark)
        return _BEST_SELLERS_FIRST.format(top=top, all=sql, most=self.most), more + params


def _capped_statement(goods: "QuerySet[Product]", conditions: dict[str, Q], best: _Best | None) -> Keys | None:
    """One statement: the traits of the first goods under all conditions, and about each chosen thing under the others; the keys of
    the best-selling of the best.
    """

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
        if best is not None:
            sql, more = best.statement(conditions.values())
            text, params = text + sql, params + more
    except EmptyResultSet:
        return None
    return text, params


def _read_capped(rows: list[tuple[Any, ...]], chosen: set[str]) -> Counts:
    """Rows are: '' or the chosen facet whose alternatives they count, which facet they are about, its value as a text, how many; and
    those of the best: their key, and how many were sold.
    """
    counts, seen = Counts(), dict.fromkeys(chosen, 0)
    for asked, which, value, number in rows:
        if asked == _BEST:
            counts.best.append((number, which))
            continue
        name = _NAMES[which]
        if asked:
            seen[asked] += number
        elif name == "category":
            counts.total += number
        if asked != (name if name in chosen else ""):
            continue
        if name == "category":
            counts.category[int(value)] = number
        else:
            # As catalog.models.tally.TRAITS makes it: nothing for what is not known, four digits for a season.
            counts.traits[LETTERS[name]][(value or "").zfill(4 if value and name == "season" else 0)] = number
    counts.best.sort(reverse=True)
    counts.capped = counts.total > MOST_COUNTED
    own = {name for name, number in seen.items() if number > MOST_COUNTED}
    counts.unsure = frozenset(own | ({*NAMES} - chosen if counts.capped else set()))
    counts.total = min(counts.total, MOST_COUNTED)
    return counts
