"""The week's price levels: medians over what families of a county sold, kept only where none of them can be read out of it."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from statistics import quantiles
from typing import Any, Final

from django.db.models import Exists, OuterRef
from django.utils import timezone

from catalog.models import GRAMS_PER_JIN, Category, PriceLevel
from catalog.price_help import WEEKS, by_the_jin
from catalog.quick_listing import plain
from orders.models import Sale, SaleKind

# Fewer tell of single families; nor may one family have sold more than half. The rounding keeps a week from being taken from the next.
FEWEST_SELLERS: Final = 5
FEWEST_SALES: Final = 20
STEP_FEN: Final = 50
KEPT_FOR = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Sold:
    """One sale: by whom, under which plain name, for how many fen (of 500 g, or of a piece)."""

    seller: int
    name: str
    fen: float


def keep_week(*, today: dt.date | None = None) -> int:
    """Keep the levels of the eight whole weeks before this week's Monday; once a week, whoever asks again changes nothing.

    Returns how many levels the week has.
    """
    today = today or timezone.localdate()
    monday = today - dt.timedelta(days=today.weekday())
    if number := PriceLevel.objects.filter(week=monday).count():
        return number
    found = [level for rows in _by_kind(monday) for level in _levels(*rows, week=monday)]
    PriceLevel.objects.bulk_create(found, ignore_conflicts=True)
    PriceLevel.objects.filter(week__lt=monday - KEPT_FOR).delete()
    return PriceLevel.objects.filter(week=monday).count()


def _by_kind(monday: dt.date) -> Iterator[tuple[str, Category, list[Sold]]]:
    """What was sold of each kind in each county: facts that count as volume, and were not given back."""
    until = dt.datetime.combine(monday, dt.time(), timezone.get_default_timezone())
    refunded = Sale.objects.filter(line=OuterRef("line"), kind=SaleKind.REFUND)
    facts = Sale.objects.filter(
        ~Exists(refunded), kind=SaleKind.SALE, left_out="", line__isnull=False,
        happened_at__gte=until - dt.timedelta(weeks=WEEKS), happened_at__lt=until, line__unit_weight_g__gt=0,
    )  # fmt: skip
    rows = facts.order_by("line__village_code", "category_slug").values_list(
        "line__village_code", "category_slug", "line__payee", "line__consignment__store__household", "line__name",
        "line__unit_price_fen", "line__unit_weight_g",
    )  # fmt: skip
    kinds = {category.slug: category for category in Category.objects.all()}
    for county, of_county in groupby(rows.iterator(chunk_size=2000), key=lambda row: row[0][:6]):
        sold: dict[str, list[Sold]] = defaultdict(list)
        for _village, slug, payee, household, name, fen, grams in of_county:
            if slug in kinds:
                price = fen * GRAMS_PER_JIN / grams if by_the_jin(kinds[slug]) else fen
                sold[slug].append(Sold(payee or household, plain(name), price))
        yield from ((county, kinds[slug], sales) for slug, sales in sold.items())


def _levels(county: str, category: Category, sales: list[Sold], *, week: dt.date) -> Iterator[PriceLevel]:
    """The level of the kind, and those of names that are sold often enough; what no name covers stays safe as well."""
    if not hides_everybody(sales):
        return
    yield _level(county, category, "", sales, week)
    rest = sales
    for name, _number in Counter(one.name for one in sales).most_common():
        alike, others = [one for one in sales if one.name == name], [one for one in rest if one.name != name]
        if hides_everybody(alike) and (not others or hides_everybody(others)):
            rest = others
            yield _level(county, category, name, alike, week)


def hides_everybody(sales: Iterable[Sold]) -> bool:
    """Whether no single family can be read out of these sales: five sell, twenty sales, and none has more than half of them."""
    by_seller = Counter(one.seller for one in sales)
    number = by_seller.total()
    return len(by_seller) >= FEWEST_SELLERS and number >= FEWEST_SALES and 2 * max(by_seller.values()) <= number


def _level(county: str, category: Category, alike: str, sales: list[Sold], week: dt.date) -> PriceLevel:
    low, middle, high = (_rounded(fen) for fen in quantiles([one.fen for one in sales], n=4, method="inclusive"))
    figures: dict[str, Any] = {"low_fen": low, "middle_fen": middle, "high_fen": high}
    return PriceLevel(county_code=county, category=category, alike=alike[:60], week=week, **figures)


def _rounded(fen: float) -> int:
    """To half a yuan, and never to nothing."""
    return max(STEP_FEN, int(fen / STEP_FEN + 0.5) * STEP_FEN)
