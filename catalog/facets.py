"""Facets: how many goods a list would show under each further choice, all counted in one statement."""

from collections.abc import Callable, Container, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.cards import seal_text
from catalog.models import SEALS, Category, CertificateKind, Product, Temperature
from catalog.places import name_of, read_names
from catalog.statements import Keys, put_together

# Yuan; a band reaches up to the next one's lower end.
PRICE_ENDS = (0, 20, 50, 100, 200)
BANDS = tuple(f"{low}-{high}" for low, high in zip(PRICE_ENDS, (*PRICE_ENDS[1:], ""), strict=True))
FEN_A_YUAN = 100
MOST_OPTIONS = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """What a visitor chose; an empty string chooses nothing. Anything that isn't a possible choice is left out."""

    county: str = ""
    category: str = ""
    grade: str = ""
    seal: str = ""
    price: str = ""
    season: str = ""
    cold: str = ""
    category_id: int = 0

    @classmethod
    def read(cls, query: QueryDict, category_ids: Mapping[str, int]) -> "Choice":
        """The choice in a page's address; `category_ids` are the categories that can be chosen, by slug."""
        county, grade = query.get("county", ""), query.get("grade", "")
        return cls(
            county=county if len(county) == 6 and county.isascii() and county.isdigit() else "",
            category=_one_of(query.get("category", ""), category_ids),
            category_id=category_ids.get(query.get("category", ""), 0),
            grade=grade[:20].replace("\x00", ""),
            seal=_one_of(query.get("seal", ""), SEALS),
            price=_one_of(query.get("price", ""), BANDS),
            season=_one_of(query.get("season", ""), ("now",)),
            cold=_one_of(query.get("cold", ""), ("yes",)),
        )

    def as_params(self) -> dict[str, str]:
        """The choice as it stands in an address."""
        return {name: getattr(self, name) for name in _FACETS if getattr(self, name)}

    def conditions(self) -> dict[str, Q]:
        """One condition a facet that was chosen."""
        found: dict[str, Q] = {}
        if self.county:
            found["county"] = Q(county_code=self.county)
        if self.category:
            found["category"] = Q(category_id=self.category_id)
        if self.grade:
            found["grade"] = Q(grade_name=self.grade)
        if self.seal:
            bit = SEALS[CertificateKind(self.seal)]
            found["seal"] = Q(seals__in=[mask for mask in range(sum(SEALS.values()) + 1) if mask & bit])
        if self.price:
            low, _dash, high = self.price.partition("-")
            found["price"] = Q(price_from_fen__gte=int(low) * FEN_A_YUAN)
            if high:
                found["price"] &= Q(price_from_fen__lt=int(high) * FEN_A_YUAN)
        if self.season:
            found["season"] = in_season_in(timezone.localdate().month)
        if self.cold:
            found["cold"] = Q(temperature=Temperature.CHILLED)
        return found


def _one_of(value: str, known: Container[str]) -> str:
    return value if value in known else ""


def in_season_in(month: int) -> Q:
    """Goods whose season this month (1 to 12) is in; a season may run over the turn of the year."""
    within = Q(season_from__lte=month, season_to__gte=month) & Q(season_from__lte=F("season_to"))
    over = Q(season_from__gt=F("season_to")) & (Q(season_from__lte=month) | Q(season_to__gte=month))
    return within | over


@dataclass(slots=True)
class Counts:
    """How many goods: in all under the choice, and for each option under the choice of the other facets."""

    total: int = 0
    county: dict[str, int] = field(default_factory=dict)
    category: dict[int, int] = field(default_factory=dict)
    grade: dict[tuple[str, str], int] = field(default_factory=dict)
    price: dict[int, int] = field(default_factory=dict)
    seal: dict[CertificateKind, int] = field(default_factory=dict)
    season: int = 0
    cold: int = 0


# Alike goods are put together first: what is then counted seven ways is some hundred rows, however many goods there are.
# GROUPING() tells the sets apart: a bit is 0 for the column that the row is grouped by.
_COUNT: Final = """
WITH alike AS (
  SELECT county, kind, grade, grade_en, width_bucket(fen, {ends}) AS band, bits, temperature = 'chilled' AS chilled,
    CASE WHEN season_from <= season_to THEN {month} BETWEEN season_from AND season_to
      ELSE {month} >= season_from OR {month} <= season_to END AS in_season{chosen}, count(*) AS n
  FROM ({goods}) AS goods (county, kind, grade, grade_en, fen, bits, temperature, season_from, season_to{chosen})
  GROUP BY county, kind, grade, grade_en, band, bits, chilled, in_season{chosen}
)
SELECT GROUPING(county, kind, grade, band), county, kind, grade, grade_en, band,
  sum(n) FILTER (WHERE {but_county}), sum(n) FILTER (WHERE {but_category}), sum(n) FILTER (WHERE {but_grade}),
  sum(n) FILTER (WHERE {but_price}), sum(n) FILTER (WHERE {every}), sum(n) FILTER (WHERE in_season AND {but_season}),
  sum(n) FILTER (WHERE chilled AND {but_cold}), sum(n) FILTER (WHERE bits & 1 > 0 AND {but_seal}),
  sum(n) FILTER (WHERE bits & 2 > 0 AND {but_seal}), sum(n) FILTER (WHERE bits & 4 > 0 AND {but_seal})
FROM alike GROUP BY GROUPING SETS ((county), (kind), (grade, grade_en), (band), ())
"""
_COUNTED: Final = (
    "county_code", "category_id", "grade_name", "grade_name_en", "price_from_fen", "seals", "temperature", "season_from", "season_to",
)  # fmt: skip
_ENDS: Final = "ARRAY[" + ", ".join(f"{end * FEN_A_YUAN}::bigint" for end in PRICE_ENDS[1:]) + "]"
_COUNTY, _CATEGORY, _GRADE, _BAND, _ALL = 0b0111, 0b1011, 0b1101, 0b1110, 0b1111
_FACETS = ("county", "category", "grade", "price", "season", "cold", "seal")


def count(goods: "Callable[[], QuerySet[Product]]", choice: Choice, shape: Hashable = None) -> Counts:
    """Counts over `goods` (the list without any choice). One statement, kept by the list's `shape` if it has one."""
    month = timezone.localdate().month
    wanted = None if shape is None else ("count", shape, choice, month)
    statement = put_together(wanted, lambda: _count_statement(goods(), choice, month))
    if statement is None:
        return Counts()
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        return _read(cursor.fetchall())


def _count_statement(goods: "QuerySet[Product]", choice: Choice, month: int) -> Keys | None:
    chosen = {f"c_{name}": _flag(condition) for name, condition in choice.conditions().items()}
    try:
        sql, params = goods.order_by().values_list(*_COUNTED, *chosen.values()).query.sql_with_params()
    except EmptyResultSet:
        return None
    tests = {"every": " AND ".join(["TRUE", *chosen])}
    for name in _FACETS:
        tests[f"but_{name}"] = " AND ".join(["TRUE", *(column for column in chosen if column != f"c_{name}")])
    columns = "".join(f", {column}" for column in chosen)
    return _COUNT.format(goods=sql, ends=_ENDS, month=month, chosen=columns, **tests), params


def _flag(condition: Q) -> "ExpressionWrapper[Q]":
    return ExpressionWrapper(condition, output_field=BooleanField())


def _read(rows: list[tuple[Any, ...]]) -> Counts:
    counts = Counts()
    for which, county, kind, grade, grade_en, band, *sums in rows:
        figures = [int(number or 0) for number in sums]
        if which == _COUNTY and figures[0]:
            counts.county[county] = figures[0]
        elif which == _CATEGORY and figures[1]:
            counts.category[kind] = figures[1]
        elif which == _GRADE and grade and figures[2]:
            counts.grade[(grade, grade_en)] = figures[2]
        elif which == _BAND and figures[3]:
            counts.price[band] = figures[3]
        elif which == _ALL:
            counts.total, counts.season, counts.cold = figures[4:7]
            counts.seal = dict(zip(SEALS, figures[7:], strict=True))
    return counts


@dataclass(slots=True)
class Option:
    """One choice of a facet; its address leads to the list with it, or without it when it is chosen."""

    label: str
    url: str
    count: int
    chosen: bool


@dataclass(slots=True)
class Facet:
    """A group of choices."""

    label: str
    options: list[Option]
    open: bool = False


def facets_of(
    counts: Counts, choice: Choice, *, path: str, params: dict[str, str], categories: Iterable[Category] = ()
) -> list[Facet]:
    """The facets of a list with something to choose, in the language of the page. `params` are the address's others (query, order)."""
    chosen = choice.as_params()

    def option(name: str, value: str, label: str, number: int) -> Option:
        on = chosen.get(name) == value
        rest = {key: known for key, known in chosen.items() if key != name}
        query = urlencode({**params, **rest, **({} if on else {name: value})})
        return Option(label, f"{path}?{query}" if query else path, number, on)

    english = get_language() == "en"
    read_names(code + "0" * 6 for code in counts.county)
    by_count = sorted(counts.county.items(), key=lambda item: -item[1])[:MOST_OPTIONS]
    grades = sorted(counts.grade.items(), key=lambda item: -item[1])[:MOST_OPTIONS]
    known = [kind for kind in categories if kind.pk in counts.category]
    groups = [
        (_("Category"), [option("category", kind.slug, kind.label, counts.category[kind.pk]) for kind in known]),
        (_("County"), [option("county", code, name_of(code + "0" * 6) or code, number) for code, number in by_count]),
        (_("Price"), [option("price", BANDS[band], _band(band), number) for band, number in sorted(counts.price.items())]),
        (_("Grade"), [option("grade", zh, (en or zh) if english else zh, number) for (zh, en), number in grades]),
        (_("Certificate"), [option("seal", kind.value, seal_text(kind), number) for kind, number in counts.seal.items() if number]),
        (_("Season and cold"), _conditions(counts, option)),
    ]  # fmt: skip
    return [
        Facet(label, options, open=any(one.chosen for one in options))
        for label, options in groups
        if len(options) > 1 or any(one.chosen or one.count < counts.total for one in options)
    ]


def _conditions(counts: Counts, option: "Callable[[str, str, str, int], Option]") -> list[Option]:
    found = []
    if counts.season:
        found.append(option("season", "now", _("in season now"), counts.season))
    if counts.cold:
        found.append(option("cold", "yes", _("travels chilled"), counts.cold))
    return found


def _band(band: int) -> str:
    low = PRICE_ENDS[band]
    if band + 1 == len(PRICE_ENDS):
        return _("¥%(low)s and more") % {"low": low}
    return f"¥{low}–{PRICE_ENDS[band + 1]}" if low else _("under ¥%(high)s") % {"high": PRICE_ENDS[1]}
