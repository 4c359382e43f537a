"""Fifty buyers, one bag: on real connections, with the guard and, to prove that the race is real, without it."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, OperationalError, connection

from catalog import stock
from catalog.models import Stock, Variant
from catalog.stock import Draw, StockShort
from orders.models import Order, OrderLine
from payments.models import Payment
from tests.orders.scene import Scene, make_scene, order_of, to_the_door

BUYERS = 50
AT_ONCE = 25


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """The scene, committed, so that other connections see it."""
    return make_scene()


def rush(scene: Scene, *, lines: list[list[tuple[int, int]]], keys: list[str]) -> Counter[str]:
    """Everyone orders at the same moment, each on a connection of their own; how it went, by outcome."""
    gate = threading.Barrier(AT_ONCE)
    delivery = to_the_door()

    def buy(number: int) -> str:
        gate.wait(30)
        try:
            return f"order {order_of(scene, lines=lines[number], key=keys[number], delivery=delivery).pk}"
        except (StockShort, IntegrityError, OperationalError) as error:
            return type(error).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as buyers:
        return Counter(buyers.map(buy, range(len(keys))))


def one_bag_left(scene: Scene) -> None:
    Stock.objects.filter(variant=scene.daylily.pk).update(on_hand=1)


def test_the_last_bag_goes_to_one_of_fifty(scene: Scene) -> None:
    one_bag_left(scene)
    went = rush(scene, lines=[[(scene.daylily.pk, 1)]] * BUYERS, keys=[f"buyer-{n}" for n in range(BUYERS)])
    assert went["StockShort"] == BUYERS - 1, went
    assert Order.objects.count() == OrderLine.objects.count() == Payment.objects.count() == 1
    scene.daylily.refresh_from_db()
    assert (scene.daylily.on_hand, scene.daylily.held) == (1, 1)


def test_without_the_guard_it_is_sold_more_than_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: reading the stock first and writing afterwards lets several buyers have the same bag."""
    one_bag_left(scene)
    read = threading.Barrier(AT_ONCE)

    def hold_unguarded(units: dict[int, int], **_how: bool) -> list[Draw]:
        variants = list(Variant.objects.filter(pk__in=units))
        short = [variant.pk for variant in variants if variant.available < units[variant.pk]]
        read.wait(30)
        if short:
            raise StockShort(short)
        rows = list(Stock.objects.filter(variant__in=variants))
        for row in rows:
            Stock.objects.filter(pk=row.pk).update(held=row.held + units[row.variant_id])
        return [Draw(row.variant_id, row.lot_id, units[row.variant_id]) for row in rows]

    monkeypatch.setattr(stock, "hold", hold_unguarded)
    rush(scene, lines=[[(scene.daylily.pk, 1)]] * BUYERS, keys=[f"buyer-{n}" for n in range(BUYERS)])
    assert Order.objects.count() > 1


def test_a_double_click_makes_one_order(scene: Scene) -> None:
    went = rush(scene, lines=[[(scene.daylily.pk, 1)]] * AT_ONCE, keys=["one page"] * AT_ONCE)
    assert len(went) == 1 and set(went.values()) == {AT_ONCE}, went
    assert Order.objects.count() == Payment.objects.count() == 1
    scene.daylily.refresh_from_db()
    assert scene.daylily.held == 1


def test_carts_in_opposite_order_do_not_deadlock(scene: Scene) -> None:
    there = [(scene.daylily.pk, 1), (scene.tea.pk, 1), (scene.more_daylily.pk, 1)]
    Stock.objects.update(on_hand=200)
    went = rush(scene, lines=[there, there[::-1]] * (BUYERS // 2), keys=[f"buyer-{n}" for n in range(BUYERS)])
    assert "OperationalError" not in went, went
    assert Order.objects.count() == BUYERS
    scene.tea.refresh_from_db()
    assert scene.tea.held == BUYERS
