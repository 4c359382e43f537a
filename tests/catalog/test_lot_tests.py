"""Tests of lots: days, items that decide, what a failure does to the stock, and who may strike one out."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from catalog import lots, making_lots, packing
from catalog.findings import keeps_limit, plain_finding
from catalog.lots import Found, ItemUnclear, record_test, strike_test
from catalog.models import Lot, LotTest, TestItem
from catalog.stock import StockShort, hold
from stations.scope import NotAllowed
from tests.cast import Stations, make_clerk, make_lot, make_official, make_product, make_store, make_variant, set_stock

DAY = dt.date(2026, 7, 20)


class Scene:
    """A lot of 50 kg with twenty bags of it on sale."""

    def __init__(self) -> None:
        self.stations = Stations()
        self.clerk: User = make_clerk(self.stations.point)
        self.product = make_product(make_store(self.stations.point))
        self.lot: Lot = make_lot(self.product)
        self.bag = make_variant(self.product, lot=self.lot, on_hand=20)

    def test(self, *items: Found, lot: Lot | None = None, **facts: object) -> LotTest:
        known = {"agency": "衡阳市检验检测中心", "standard": "GB 2763-2021", "tested_on": DAY, **facts}
        return record_test(by=self.clerk, lot=lot or self.lot, items=items, **known)  # type: ignore[arg-type]

    def available(self) -> int:
        self.bag.refresh_from_db()
        return self.bag.available


@pytest.fixture
def scene(db: None) -> Scene:
    return Scene()


GOOD, BAD = Found("毒死蜱", "ND", "0.02", "mg/kg"), Found("氯氰菊酯", "0.51", "≤0.5", "mg/kg")


@pytest.mark.parametrize(
    ("found", "limit", "kept"),
    [
        ("未检出", "0.02", True), ("ND", "≤ 0.02", True), ("0.02", "0.02", True), ("0.0200001", "0.02", False),
        ("＜0.01", "0.02", True), ("<0.02", "<0.02", True), ("0.02", "<0.02", False), ("3.1", "≥ 3", True), ("2.9", "≥3", False),
        ("<3", "≥3", None), ("未检出", "≥3", False), ("未检出", "不得检出", True), ("0.01", "不得检出", False), ("正常", "正常", None),
        ("0.5", "", None), ("1e9", "5", None), ("NaN", "5", None), ("-1", "5", None), ("", "5", None), ("12" * 40, "5", None),
    ],
)  # fmt: skip
def test_results_against_limits(found: str, limit: str, kept: bool | None) -> None:
    assert keeps_limit(found, limit) is kept


def test_what_stands_on_the_report_is_kept_plainly() -> None:
    assert [plain_finding(text) for text in (" ND ", "＜0.01", "<=0.5", "微黄")] == ["未检出", "<0.01", "≤0.5", "微黄"]


def test_it_is_passed_when_all_items_are(scene: Scene) -> None:
    assert scene.test(GOOD, Found("外观", "正常", passed=True)).passed
    assert not scene.test(GOOD, BAD).passed
    assert list(TestItem.objects.filter(test__passed=False).values_list("name", "found", "limit", "passed")) == [
        ("毒死蜱", "未检出", "0.02", True), ("氯氰菊酯", "0.51", "≤0.5", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "item", [Found("外观", "正常"), Found("铅", "0.3", "0.2", passed=True), Found("铅", "0.1", "0.2", passed=False)]
)
def test_a_verdict_that_is_missing_or_contradicts_the_figures(scene: Scene, item: Found) -> None:
    with pytest.raises(ItemUnclear) as unclear:
        scene.test(GOOD, item)
    assert unclear.value.number == 2 and not LotTest.objects.exists()


def test_the_database_holds_verdict_and_items_together(scene: Scene) -> None:
    test = scene.test(GOOD)
    for change in (
        lambda: TestItem.objects.filter(test=test).update(passed=False),
        lambda: LotTest.objects.filter(pk=test.pk).update(passed=False),
        lambda: TestItem.objects.create(test=test, position=2, name="铅", found="9", limit="1", passed=False),
    ):
        with pytest.raises(IntegrityError, match="when all of its items are"), transaction.atomic():
            change()
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "days",
    [
        {"tested_on": dt.date(2099, 1, 1)},
        {"sampled_on": dt.date(2099, 1, 1)},
        {"sampled_on": DAY + dt.timedelta(1)},
    ],
)
def test_days_that_have_not_come_or_are_turned_round(scene: Scene, days: dict[str, dt.date]) -> None:
    with pytest.raises(ValidationError):
        scene.test(GOOD, **days)  # type: ignore[arg-type]
    assert not LotTest.objects.exists()


def test_the_database_refuses_a_sample_after_the_test(scene: Scene) -> None:
    test = scene.test(GOOD, sampled_on=DAY)
    with pytest.raises(IntegrityError, match="sampled_before_tested"), transaction.atomic():
        LotTest.objects.filter(pk=test.pk).update(sampled_on=DAY + dt.timedelta(1))


def test_a_failure_takes_the_lot_off_sale_and_packing_refuses(scene: Scene) -> None:
    assert scene.available() == 20
    scene.test(GOOD, BAD)
    assert scene.available() == 0
    scene.product.refresh_from_db()
    assert not scene.product.in_stock
    with pytest.raises(StockShort), transaction.atomic():
        hold({scene.bag.pk: 1})
    scene.lot.refresh_from_db()
    with pytest.raises(packing.LotFrozen):
        packing.count_stock(by=scene.clerk, variant=scene.bag, lot=scene.lot, on_hand=21)
    with pytest.raises(packing.LotFrozen):
        making_lots.make_lot(by=scene.clerk, parts=[(scene.lot, 1)])


def test_a_failure_holds_back_what_was_made_of_it(scene: Scene) -> None:
    made = making_lots.make_lot(by=scene.clerk, parts=[(scene.lot, 20_000)])
    again = making_lots.make_lot(by=scene.clerk, parts=[(made, 10_000)])
    set_stock(make_variant(scene.product, lot=again, on_hand=4), 4, again)
    scene.test(BAD)
    assert not Lot.objects.filter(held_back_at=None).exists()
    assert not again.stock.filter(frozen=False).exists()
    repeat = scene.test(GOOD, repeats=LotTest.objects.get())
    assert repeat.passed and not Lot.objects.exclude(held_back_at=None).exists()
    assert again.stock.filter(frozen=False).exists()


def test_a_made_lot_stays_back_while_another_parent_fails(scene: Scene) -> None:
    other = make_lot(scene.product)
    made = making_lots.make_lot(by=scene.clerk, parts=[(scene.lot, 5_000), (other, 5_000)])
    first = scene.test(BAD)
    scene.test(BAD, lot=other)
    scene.test(GOOD, repeats=first)
    assert set(Lot.objects.exclude(held_back_at=None)) == {made, other}


def test_another_test_that_passes_does_not_let_go(scene: Scene) -> None:
    scene.test(BAD)
    scene.test(GOOD)
    assert scene.available() == 0
    with pytest.raises(ValidationError):
        scene.test(GOOD, lot=make_lot(scene.product), repeats=LotTest.objects.filter(passed=False).get())


def test_stock_that_is_held_back_is_not_let_go_by_hand(scene: Scene) -> None:
    scene.test(BAD)
    with pytest.raises(IntegrityError), transaction.atomic():
        scene.lot.stock.update(frozen=False)


def test_a_recall_that_ends_leaves_the_failure(scene: Scene) -> None:
    scene.test(BAD)
    Lot.objects.filter(pk=scene.lot.pk).update(recalled_at=timezone.now())
    Lot.objects.filter(pk=scene.lot.pk).update(recalled_at=None)
    assert scene.available() == 0


def test_only_the_county_strikes_out_what_another_entered(scene: Scene) -> None:
    test = scene.test(BAD)
    township, official = make_clerk(scene.stations.township, "肖建军"), make_official()
    for by in (scene.clerk, township):
        with pytest.raises(NotAllowed):
            strike_test(by=by, test=test, why="抄错了")
    with pytest.raises(ValidationError):
        strike_test(by=official, test=test, why="  ")
    assert scene.available() == 0
    strike_test(by=official, test=test, why="抄错了一位数")
    assert scene.available() == 20
    test.refresh_from_db()
    assert test.struck_at and not LotTest.objects.standing().exists()
    centre = make_clerk(scene.stations.centre, "邹丽")
    own = lots.record_test(by=centre, lot=scene.lot, agency="x", standard="y", tested_on=DAY, passed=False)
    with pytest.raises(NotAllowed):
        strike_test(by=centre, test=own, why="抄错了")
