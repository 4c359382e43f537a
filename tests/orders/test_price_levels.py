"""Price levels: right figures, and none where a family could be read out of them."""

import datetime as dt
from collections.abc import Iterable

import pytest
from django.utils import timezone

from catalog.models import PriceLevel
from catalog.price_help import price_for, prices_of
from orders.price_levels import STEP_FEN, Sold, hides_everybody, keep_week
from tests import cast
from tests.orders.selling import sell_line

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 11, 23)
INSIDE = timezone.make_aware(dt.datetime(2026, 11, 3, 12))


class Market:
    """A county where families sell dried daylily."""

    def __init__(self, families: int = 6) -> None:
        point = cast.Stations().point
        self.stores = [
            cast.make_store(point, household=cast.make_household(point, f"农户{number}")) for number in range(families)
        ]
        self.county = point.region_id[:6]
        self.category = cast.make_category()

    def sell(
        self,
        family: int,
        times: int,
        *,
        fen: int = 4000,
        name: str = "祁东黄花菜",
        grams: int = 500,
        when: dt.datetime = INSIDE,
    ) -> None:
        product = cast.make_product(self.stores[family], name=name, category=self.category)
        variant = cast.make_variant(product, price_fen=fen, grams=grams, on_hand=times + 1)
        for _ in range(times):
            sell_line(variant, at=when)

    def levels(self) -> Iterable[PriceLevel]:
        keep_week(today=MONDAY)
        return PriceLevel.objects.filter(county_code=self.county, alike="")


def sold(*counts: int) -> list[Sold]:
    return [Sold(seller, "", 1000.0) for seller, number in enumerate(counts) for _ in range(number)]


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ((4, 4, 4, 4, 4), True),
        ((5, 5, 5, 5), False),  # four families
        ((4, 4, 4, 4, 3), False),  # nineteen sales
        ((10, 4, 3, 2, 1), True),  # one has half
        ((11, 4, 3, 1, 1), False),  # one has more than half
        ((), False),
    ],
)
def test_nobody_is_read_out_of_few_sales(counts: tuple[int, ...], hidden: bool) -> None:
    assert bool(counts and hides_everybody(sold(*counts))) is hidden


def test_the_middle_of_the_county_by_the_jin() -> None:
    market = Market()
    for family, fen in enumerate((3000, 3500, 4000, 4500, 5000)):
        market.sell(family, 4, fen=fen)
    [level] = market.levels()
    assert (level.low_fen, level.middle_fen, level.high_fen, level.week) == (3500, 4000, 4500, MONDAY)
    assert "35 至 45" in price_for(market.county, market.category, "别的名字")


def test_packs_are_compared_by_their_weight() -> None:
    market = Market()
    for family in range(5):
        market.sell(family, 4, fen=2000, grams=250)
    [level] = market.levels()
    assert level.middle_fen == 4000


def test_one_family_too_few_says_nothing() -> None:
    market = Market()
    for family in range(4):
        market.sell(family, 6)
    assert not list(market.levels()) and prices_of(market.county) == []


def test_sales_before_and_after_the_weeks_do_not_count() -> None:
    market = Market()
    for family in range(4):
        market.sell(family, 5)
    market.sell(4, 5, when=INSIDE - dt.timedelta(weeks=9))
    market.sell(5, 5, when=timezone.make_aware(dt.datetime(2026, 11, 23, 0, 1)))
    assert not list(market.levels())


def test_a_name_is_told_apart_only_where_the_rest_hides_everybody_too() -> None:
    market = Market(8)
    for family in range(5):
        market.sell(family, 5, fen=4000)
    market.sell(5, 5, fen=9000, name="贡品黄花")  # what the name leaves over is one family
    keep_week(today=MONDAY)
    assert set(PriceLevel.objects.values_list("alike", flat=True)) == {""}


def test_a_common_name_has_its_own_level() -> None:
    market = Market(10)
    for family in range(5):
        market.sell(family, 5, fen=4000)
    for family in range(5, 10):
        market.sell(family, 4, fen=8000, name="贡品 黄花")
    keep_week(today=MONDAY)
    assert set(PriceLevel.objects.values_list("alike", "middle_fen")) == {
        ("", 4000),
        ("祁东黄花菜", 4000),
        ("贡品黄花", 8000),
    }
    assert "每斤多在 80 元上下" in price_for(market.county, market.category, "贡品黄花")


def test_a_week_is_kept_once_and_rounded() -> None:
    market = Market()
    for family in range(5):
        market.sell(family, 4, fen=3988)
    [level] = market.levels()
    assert level.middle_fen == 4000 and level.middle_fen % STEP_FEN == 0
    for family in range(5):
        market.sell(family, 20, fen=9900)
    assert [one.middle_fen for one in market.levels()] == [
        4000
    ]  # a second look in the week tells nothing of what came since


def test_an_old_level_is_not_shown() -> None:
    market = Market()
    day = timezone.localdate() - dt.timedelta(days=30)
    monday = day - dt.timedelta(days=day.weekday())
    level = PriceLevel(county_code=market.county, category=market.category, week=monday)
    level.low_fen = level.middle_fen = level.high_fen = 100
    level.save()
    assert prices_of(market.county) == []
