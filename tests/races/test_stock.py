"""The last bag, and fifty who want it at the same moment: real connections, and the proof that the guard is what keeps it right."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from catalog import stock
from catalog.models import Product, Variant
from catalog.stock import StockShort, hold, release, take
from stations.models import StationKind
from tests.cast import QIDONG, Stations, make_product, make_store, make_variant

BUYERS = 50


@pytest.fixture
def variants(transactional_db: None) -> list[Variant]:
    product = make_product(make_store(Stations().point))
    return [make_variant(product, on_hand=1), make_variant(product, on_hand=1)]


def at_once(attempts: list[Callable[[], None]]) -> Counter[str]:
    """Run the attempts each on a connection of its own, all starting together; how many ended in which way."""
    gate = threading.Barrier(len(attempts))
    ends: Counter[str] = Counter()

    def run(attempt: Callable[[], None]) -> None:
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


def test_without_the_guard_fifty_run_into_the_constraint(
    variants: list[Variant], monkeypatch: pytest.MonkeyPatch
) -> None:
    last = variants[0]
    monkeypatch.setattr(stock, "_HOLD", stock._HOLD.replace("v.on_hand - v.held >= wanted.units", "TRUE"))
    ends = at_once([lambda: hold({last.pk: 1})] * BUYERS)
    assert ends == {"done": 1, "IntegrityError": BUYERS - 1}


def test_without_guard_and_constraint_fifty_buy_one_bag(
    variants: list[Variant], monkeypatch: pytest.MonkeyPatch
) -> None:
    last = variants[0]
    monkeypatch.setattr(stock, "_HOLD", stock._HOLD.replace("v.on_hand - v.held >= wanted.units", "TRUE"))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE catalog_variant DROP CONSTRAINT held_within_on_hand")
    ends = at_once([lambda: hold({last.pk: 1})] * BUYERS)
    last.refresh_from_db()
    assert ends == {"done": BUYERS} and last.held == BUYERS


def test_two_variants_in_either_order_never_deadlock(variants: list[Variant]) -> None:
    first, second = (variant.pk for variant in variants)
    Variant.objects.update(on_hand=100)
    ends = at_once([lambda: hold({first: 1, second: 1}), lambda: hold({second: 1, first: 1})] * 20)
    assert ends == {"done": 40}
    assert list(Variant.objects.order_by("pk").values_list("held", flat=True)) == [40, 40]


def test_without_key_order_they_do(variants: list[Variant], monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above: lock the same rows one by one as they come, and PostgreSQL ends some by deadlock."""
    first, second = (variant.pk for variant in variants)
    Variant.objects.update(on_hand=100)

    def grab(*order: int) -> None:
        for pk in order:
            hold({pk: 1})
            threading.Event().wait(0.05)

    ends = at_once([lambda: grab(first, second), lambda: grab(second, first)] * 5)
    assert ends["OperationalError"] > 0, OperationalError


def test_the_last_two_variants_sold_at_once_leave_the_product_out_of_stock(variants: list[Variant]) -> None:
    """Each of the two buyers sees the other's bag still there; the product's row makes the second look again."""
    for _round in range(5):
        Variant.objects.update(held=0)
        Product.objects.update(in_stock=True)
        ends = at_once([lambda: hold({variants[0].pk: 1}), lambda: hold({variants[1].pk: 1})])
        assert ends == {"done": 2}
        assert not Product.objects.get().in_stock


@pytest.mark.django_db
def test_stock_comes_back_and_leaves() -> None:
    product = make_product(make_store(Stations(QIDONG).point))
    variant = make_variant(product, on_hand=3)
    assert variant.product.store.station.kind == StationKind.VILLAGE
    hold({variant.pk: 3})
    product.refresh_from_db()
    assert not product.in_stock
    release({variant.pk: 1})
    product.refresh_from_db()
    assert product.in_stock
    take({variant.pk: 2})
    variant.refresh_from_db()
    product.refresh_from_db()
    assert (variant.on_hand, variant.held, product.sold_units) == (1, 0, 2)
    with pytest.raises(stock.NotHeld):
        take({variant.pk: 1})
    with pytest.raises(StockShort) as short:
        hold({variant.pk: 2, 10**12: 1})
    assert short.value.variant_ids == [variant.pk, 10**12]
    with pytest.raises(ValueError, match="positive"):
        hold({variant.pk: -1})
    with pytest.raises(IntegrityError):
        Variant.objects.filter(pk=variant.pk).update(held=2)


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
