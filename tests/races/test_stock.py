"""The last bag, and fifty who want it at the same moment: real connections, and the proof that the guard is what keeps it right."""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from catalog import stock
from catalog.models import Lot, LotPart, Product, Stock, Variant
from catalog.packing import LotTooSmall, draw_from
from catalog.stock import Draw, StockShort, hold, hold_again, release, take
from stations.models import StationKind
from tests.cast import QIDONG, Stations, make_lot, make_product, make_store, make_variant, set_stock

BUYERS = 50


@pytest.fixture
def variants(transactional_db: None) -> list[Variant]:
    product = make_product(make_store(Stations().point))
    return [make_variant(product, on_hand=1), make_variant(product, on_hand=1)]


def at_once(attempts: Sequence[Callable[[], object]]) -> Counter[str]:
    """Run the attempts each on a connection of its own, all starting together; how many ended in which way."""
    gate = threading.Barrier(len(attempts))
    ends: Counter[str] = Counter()

    def run(attempt: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            gate.wait(30)
            with transaction.atomic():
                attempt()
            ends["done"] += 1
        except Exception as error:
            ends[type(error).__name__] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(attempt,)) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return ends


def test_the_last_bag_goes_to_one_of_fifty(variants: list[Variant]) -> None:
    last = variants[0]
    ends = at_once([lambda: hold({last.pk: 1})] * BUYERS)
    assert ends == {"done": 1, "StockShort": BUYERS - 1}
    last.refresh_from_db()
    assert (last.on_hand, last.held) == (1, 1)


UNLOCKED = "SELECT id FROM catalog_variant WHERE id = ANY(%(variants)s)"


def test_without_the_lock_buyers_run_into_the_constraint(
    variants: list[Variant], monkeypatch: pytest.MonkeyPatch
) -> None:
    last = variants[0]
    monkeypatch.setattr(stock, "_LOCK", UNLOCKED)
    ends = at_once([lambda: hold({last.pk: 1})] * BUYERS)
    assert ends["done"] == 1 and ends["IntegrityError"] > 0


def test_without_lock_and_constraint_several_buy_one_bag(
    variants: list[Variant], monkeypatch: pytest.MonkeyPatch
) -> None:
    last = variants[0]
    monkeypatch.setattr(stock, "_LOCK", UNLOCKED)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE catalog_variant DROP CONSTRAINT held_within_on_hand")
        cursor.execute("ALTER TABLE catalog_stock DROP CONSTRAINT stock_held_within_on_hand")
    ends = at_once([lambda: hold({last.pk: 1})] * BUYERS)
    last.refresh_from_db()
    assert ends["done"] > 1 and last.held == ends["done"]


def test_two_variants_in_either_order_never_deadlock(variants: list[Variant]) -> None:
    first, second = (variant.pk for variant in variants)
    Stock.objects.update(on_hand=100)
    ends = at_once([lambda: hold({first: 1, second: 1}), lambda: hold({second: 1, first: 1})] * 20)
    assert ends == {"done": 40}
    assert list(Variant.objects.order_by("pk").values_list("held", flat=True)) == [40, 40]


def test_without_key_order_they_do(variants: list[Variant], monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above: lock the same rows one by one as they come, and PostgreSQL ends some by deadlock."""
    first, second = (variant.pk for variant in variants)
    Stock.objects.update(on_hand=100)

    def grab(*order: int) -> None:
        for pk in order:
            hold({pk: 1})
            threading.Event().wait(0.05)

    ends = at_once([lambda: grab(first, second), lambda: grab(second, first)] * 5)
    assert ends["OperationalError"] > 0, OperationalError


def test_the_last_two_variants_sold_at_once_leave_the_product_out_of_stock(variants: list[Variant]) -> None:
    """Each of the two buyers sees the other's bag still there; the product's row makes the second look again."""
    for _round in range(5):
        Stock.objects.update(held=0)
        Product.objects.update(in_stock=True)
        ends = at_once([lambda: hold({variants[0].pk: 1}), lambda: hold({variants[1].pk: 1})])
        assert ends == {"done": 2}
        assert not Product.objects.get().in_stock


@pytest.mark.django_db
def test_stock_comes_back_and_leaves() -> None:
    product = make_product(make_store(Stations(QIDONG).point))
    variant = make_variant(product, on_hand=3)
    assert variant.product.store.station.kind == StationKind.VILLAGE
    (drawn,) = hold({variant.pk: 3})
    assert (drawn.variant_id, drawn.units) == (variant.pk, 3)
    lot = drawn.lot_id
    product.refresh_from_db()
    assert not product.in_stock
    release([Draw(variant.pk, lot, 1)])
    product.refresh_from_db()
    assert product.in_stock
    take([Draw(variant.pk, lot, 1, 480), Draw(variant.pk, lot, 1, 510)])
    variant.refresh_from_db()
    product.refresh_from_db()
    assert (variant.on_hand, variant.held, product.sold_units) == (1, 0, 2)
    assert Lot.objects.get(pk=lot).sold_g == 990
    with pytest.raises(stock.NotHeld):
        take([Draw(variant.pk, lot, 1)])
    with pytest.raises(StockShort) as short:
        hold({variant.pk: 2, 10**12: 1})
    assert short.value.variant_ids == [variant.pk, 10**12]
    with pytest.raises(ValueError, match="positive"):
        hold({variant.pk: -1})
    with pytest.raises(IntegrityError):
        Stock.objects.filter(variant=variant.pk).update(held=2)


@pytest.mark.django_db
@pytest.mark.parametrize("lines", [1, 12])
def test_a_fixed_number_of_statements(lines: int, django_assert_num_queries: Callable[[int], object]) -> None:
    product = make_product(make_store(Stations().point))
    units = {make_variant(product).pk: 2 for _line in range(lines)}
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        hold(units)


def test_stock_moves_in_a_transaction_alone(variants: list[Variant]) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        hold({variants[0].pk: 1})


@pytest.mark.django_db
def test_the_oldest_harvest_goes_first_and_one_to_come_last() -> None:
    product = make_product(make_store(Stations().point))
    july, june, next_year = (
        make_lot(product, harvested_on=day, promised_week=week)
        for day, week in ((dt.date(2026, 7, 12), None), (dt.date(2026, 6, 20), None), (None, dt.date(2027, 7, 5)))
    )
    variant = make_variant(product, on_hand=2, lot=july)
    set_stock(variant, 3, june)
    set_stock(variant, 9, next_year)
    assert variant.on_hand == 14
    drawn = [(draw.lot_id, draw.units) for draw in hold({variant.pk: 6})]
    assert sorted(drawn) == sorted([(june.pk, 3), (july.pk, 2), (next_year.pk, 1)])
    release([Draw(variant.pk, june.pk, 1)])
    hold_again([Draw(variant.pk, june.pk, 1)])
    with pytest.raises(StockShort):
        hold_again([Draw(variant.pk, july.pk, 1)])


@pytest.mark.django_db
def test_frozen_stock_is_neither_sold_nor_counted() -> None:
    product = make_product(make_store(Stations().point))
    variant = make_variant(product, on_hand=5)
    hold({variant.pk: 2})
    Lot.objects.update(recalled_at=timezone.now())
    variant.refresh_from_db()
    product.refresh_from_db()
    assert (variant.on_hand, variant.held, product.in_stock) == (0, 0, False)
    with pytest.raises(StockShort):
        hold({variant.pk: 1})
    release([Draw(variant.pk, variant.stock.get().lot_id, 2)])
    Lot.objects.update(recalled_at=None)
    variant.refresh_from_db()
    product.refresh_from_db()
    assert (variant.on_hand, variant.held, product.in_stock) == (5, 0, True)


@pytest.mark.django_db
def test_sums_follow_whoever_writes_a_row() -> None:
    product = make_product(make_store(Stations().point))
    variant, other = make_variant(product, on_hand=5), make_variant(product, on_hand=1)
    Stock.objects.filter(variant=other).delete()
    Stock.objects.bulk_create([Stock(variant=other, lot=None, on_hand=7), Stock(variant=variant, lot=None, on_hand=2)])
    assert list(Variant.objects.order_by("pk").values_list("on_hand", flat=True)) == [7, 7]
    Stock.objects.all().delete()
    product.refresh_from_db()
    assert not product.in_stock and not Variant.objects.filter(on_hand__gt=0).exists()


@pytest.mark.django_db
def test_stock_names_a_lot_of_its_own_goods_once() -> None:
    store = make_store(Stations().point)
    variant, other = make_variant(make_product(store)), make_variant(make_product(store))
    for lot in (other.stock.get().lot, variant.stock.get().lot):
        with pytest.raises(IntegrityError), transaction.atomic():
            Stock.objects.create(variant=variant, lot=lot, on_hand=1)
    Stock.objects.create(variant=variant, lot=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Stock.objects.create(variant=variant, lot=None)


@pytest.mark.django_db
def test_a_lot_is_made_of_older_ones_and_gives_what_it_has() -> None:
    product = make_product(make_store(Stations().point))
    first, second, third = (make_lot(product) for _lot in range(3))
    LotPart.objects.create(source=first, made=second, grams=100)
    LotPart.objects.create(source=second, made=third, grams=50)
    assert first.made_of_it() == third.it_is_made_of() == [first.pk, second.pk, third.pk]
    for source, made in ((first, first), (third, first)):
        with pytest.raises(IntegrityError), transaction.atomic():
            LotPart.objects.create(source=source, made=made, grams=1)
    draw_from(first, 50_000)
    with pytest.raises(LotTooSmall):
        draw_from(first, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Lot.objects.filter(pk=first.pk).update(used_g=50_001)
