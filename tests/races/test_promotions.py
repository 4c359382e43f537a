"""The last of a budget, the last use of a coupon, and one buyer's last unit, wanted by many at once: each is given once.

Without the guard of the counting the same twelve overspend it: the negative control takes guard and constraint away.
"""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from orders import promotions
from orders.ending import end_reservation
from orders.models import Coupon, Order, OrderLine, OrderState, Promotion, PromotionUse
from orders.promotions import CouponRefused, PromotionGone
from orders.states import OrderMoved
from reports.audit import LEDGER_CHECKS, differences
from tests.cast import make_user
from tests.orders.promoting import make_coupon, make_promotion
from tests.orders.scene import Scene, make_goods, make_scene, order_of

BUYERS = 12


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """The scene, committed, so that other connections see it."""
    return make_scene()


def at_once(act: Callable[[int], object], times: int = BUYERS) -> Counter[str]:
    """How each attempt ended, each on a connection of its own."""
    gate = threading.Barrier(times)

    def attempt(number: int) -> str:
        gate.wait(30)
        try:
            act(number)
        except (PromotionGone, CouponRefused) as refused:
            return type(refused).__name__
        except OrderMoved:
            return "moved"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(times) as people:
        return Counter(people.map(attempt, range(times)))


def test_a_budget_for_three_is_given_to_three(scene: Scene) -> None:
    """Everyone wants other goods: no row of stock puts them in a line."""
    goods = make_goods(scene, BUYERS)
    coupon = make_coupon(off_fen=500, budget_fen=1_500)
    went = at_once(lambda number: order_of(scene, lines=[(goods[number].pk, 1)], coupon=coupon.code, key=f"k{number}"))
    assert went["done"] == 3 and went.total() == BUYERS
    assert Promotion.objects.get().spent_fen == 1_500
    assert differences(LEDGER_CHECKS) == []


def test_without_the_guard_the_budget_is_overspent(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the look before is not enough."""
    monkeypatch.setattr(promotions, "_GUARD", "true")
    gate = threading.Barrier(BUYERS)
    look = promotions.Offer.take_off

    def all_look_first(offer: promotions.Offer, pieces: list[promotions.Piece]) -> list[list[promotions.Off]]:
        found = look(offer, pieces)
        gate.wait(30)
        return found

    monkeypatch.setattr(promotions.Offer, "take_off", all_look_first)
    goods = make_goods(scene, BUYERS)
    coupon = make_coupon(off_fen=500, budget_fen=1_500)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_promotion DROP CONSTRAINT promotion_within_its_budget")
    try:
        went = at_once(
            lambda number: order_of(scene, lines=[(goods[number].pk, 1)], coupon=coupon.code, key=f"k{number}")
        )
        assert went["done"] == BUYERS
        assert Promotion.objects.get().spent_fen == BUYERS * 500
        assert any("more than its budget" in line for line in differences(LEDGER_CHECKS))
    finally:
        Promotion.objects.update(budget_fen=BUYERS * 500)
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE orders_promotion ADD CONSTRAINT promotion_within_its_budget"
                " CHECK (budget_fen > 0 AND spent_fen >= 0 AND spent_fen <= budget_fen)"
            )


def test_the_last_use_of_a_coupon(scene: Scene) -> None:
    goods = make_goods(scene, BUYERS)
    make_coupon(most_uses=1, off_fen=500)
    went = at_once(lambda number: order_of(scene, lines=[(goods[number].pk, 1)], coupon="HUANGHUA10", key=f"k{number}"))
    assert went["done"] == 1 and Coupon.objects.get().used == 1
    assert differences(LEDGER_CHECKS) == []


def test_one_buyer_in_twelve_windows_has_two_units(scene: Scene) -> None:
    goods, buyer = make_goods(scene, BUYERS), make_user()
    make_promotion(percent_bp=1_000, most_per_buyer=2)
    at_once(lambda number: order_of(scene, lines=[(goods[number].pk, 1)], buyer=buyer, key=f"k{number}"))
    assert PromotionUse.objects.get().used <= 2
    assert OrderLine.objects.filter(discount_fen__gt=0).count() == PromotionUse.objects.get().used
    assert differences(LEDGER_CHECKS) == []


def test_a_reservation_that_two_end_gives_its_discount_back_once(scene: Scene) -> None:
    make_coupon(off_fen=500)
    order_of(scene, coupon="HUANGHUA10", key="other")
    order = order_of(scene, coupon="HUANGHUA10", key="ends")

    def end(_number: int) -> None:
        with transaction.atomic():
            end_reservation(Order.objects.get(pk=order.pk, state=OrderState.RESERVED))

    def try_to_end(number: int) -> None:
        try:
            end(number)
        except Order.DoesNotExist as gone:
            raise OrderMoved from gone

    assert at_once(try_to_end)["done"] == 1
    assert (Promotion.objects.get().spent_fen, Coupon.objects.get().used) == (500, 1)
    assert differences(LEDGER_CHECKS) == []
