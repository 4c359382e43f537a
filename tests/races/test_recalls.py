"""A recall at the very moment when somebody buys, pays, packs, mixes or collects: real connections, and once without the guard."""

import threading

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from catalog import recalls
from catalog.models import Lot, LotPart, Recall, RecallReason, Stock
from catalog.packing import draw_from
from orders import settlement
from orders.collection import collect
from orders.models import Found, LineRefund, Order, OrderLine, OrderState, RecalledLine
from orders.parcels import plan_parcels
from orders.recalling import carry_out, start_recall
from orders.settlement import settle_payment
from payments.models import Payment, Refund
from tests.cast import make_clerk, make_lot, make_official, set_stock
from tests.orders.scene import Scene, make_scene, order_of
from tests.races.test_settlement import together

BUYERS = 12


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    made = make_scene()
    set_stock(made.daylily, 200)
    return made


@pytest.fixture
def official(scene: Scene) -> User:
    return make_official()


@pytest.fixture
def lot(scene: Scene) -> Lot:
    return Lot.objects.select_related("product").get(stock__variant=scene.daylily)


def recall(lot: Lot, by: User) -> Recall:
    return start_recall(by=by, lot=lot, reason=RecallReason.RESIDUE)


def payment_of(order: Order) -> int:
    return Payment.objects.get(order_ref=order.ref).pk


def test_nothing_is_sold_after_the_recall_committed(scene: Scene, official: User, lot: Lot) -> None:
    """Each buyer is before the recall, and stands on its list, or after it, and gets nothing."""

    def buy(number: int) -> None:
        order_of(scene, key=f"race-{number}", email=f"buyer{number}@daylily.example")

    ends = together([*(lambda number=number: buy(number) for number in range(BUYERS)), lambda: recall(lot, official)])
    sold = Order.objects.count()
    assert ends["done"] == sold + 1 and ends["StockShort"] == BUYERS - sold
    made = Recall.objects.get()
    carry_out(made.pk)
    made.refresh_from_db()
    assert made.orders_count == sold
    assert not Order.objects.filter(state=OrderState.RESERVED).exists()
    row = Stock.objects.get(lot=lot)
    assert (row.frozen, row.held, row.on_hand) == (True, 0, 200)
    call_command("check_ledger")


def slow_settlement(monkeypatch: pytest.MonkeyPatch, order: Order, lot: Lot, official: User) -> tuple[OrderState, str]:
    """A payment that is booked while the lot is recalled: settling has looked at the lots and not yet committed.

    The order's state afterwards, and how the recall found its line.
    """
    looked, done = threading.Event(), threading.Event()
    book = settlement._book_sale

    def wait_and_book(*args: object) -> None:
        looked.set()
        done.wait(2)
        book(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(settlement, "_book_sale", wait_and_book)

    def start() -> None:
        looked.wait(30)
        made = recall(lot, official)
        carry_out(made.pk)
        done.set()

    together([lambda: settle_payment(payment_of(order), intent_id="pi_1"), start])
    order.refresh_from_db()
    return OrderState(order.state), RecalledLine.objects.get().found


def test_a_sale_is_booked_before_the_recall_or_not_at_all(
    scene: Scene, official: User, lot: Lot, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = order_of(scene)
    assert slow_settlement(monkeypatch, order, lot, official) == (OrderState.REFUNDED, Found.AT_FARM)
    assert Refund.objects.get().amount_fen == order.total_fen
    call_command("check_ledger")


def test_without_the_lock_recalled_goods_are_sold(
    scene: Scene, official: User, lot: Lot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above: the lots are read and not locked, and the sale is booked after the recall had found it unpaid."""
    order = order_of(scene)

    def look(lines: list[OrderLine]) -> bool:
        return Lot.objects.filter(pk__in=[line.lot_id for line in lines]).exclude(recalled_at=None).exists()

    monkeypatch.setattr(settlement, "any_recalled", look)
    assert slow_settlement(monkeypatch, order, lot, official) == (OrderState.REFUNDED, Found.UNPAID)


def test_a_lot_made_of_it_at_the_same_moment_is_recalled_too(scene: Scene, official: User, lot: Lot) -> None:
    def mix() -> None:
        with transaction.atomic():
            made = make_lot(lot.product)
            Lot.objects.filter(pk=lot.pk).update(quantity_g=F("quantity_g") + 1000)  # there is something left to mix
            draw_from(Lot.objects.get(pk=lot.pk), 1000)
            LotPart.objects.create(source=lot, made=made, grams=1000)

    for _round in range(6):
        ends = together([mix, lambda: recall(Lot.objects.select_related("product").get(pk=lot.pk), official)])
        assert ends["done"] + ends["LotFrozen"] == 2, ends
        made_of_it = Lot.objects.filter(pk__in=lot.made_of_it())
        assert not made_of_it.filter(recalled_at=None).exists()
        recalls.end(by=official, recall=Recall.objects.in_force().get(), why="误报")
        call_command("check_ledger")


def test_two_who_recall_one_lot_make_one_recall(scene: Scene, official: User, lot: Lot) -> None:
    ends = together([lambda: recall(lot, official)] * 4)
    assert ends["done"] == 1 and ends["AlreadyRecalled"] == 3
    assert Recall.objects.count() == 1


def test_collected_at_the_same_moment_it_is_stopped_or_stays(scene: Scene, official: User, lot: Lot) -> None:
    clerk = make_clerk(scene.qidong.point)
    orders = [order_of(scene, key=f"c{number}", email=f"c{number}@daylily.example") for number in range(4)]
    for order in orders:
        settle_payment(payment_of(order), intent_id=f"pi_{order.pk}")
        plan_parcels(order.pk)

    def gather(order: Order) -> None:
        consignment = order.consignments.get()
        weights = {line.pk: 1000 for line in consignment.lines.all()}
        collect(consignment=consignment, by=clerk, weights=weights, nonce=f"n{order.pk}")

    def call_back() -> None:
        carry_out(recall(lot, official).pk)

    ends = together([*(lambda order=order: gather(order) for order in orders), call_back])
    assert ends["done"] + ends["AllRecalled"] + ends["NothingToCollect"] == 5, ends
    carry_out(Recall.objects.get().pk)
    for order in orders:
        parcel = order.consignments.select_related("parcel").get().parcel
        assert parcel is not None
        assert parcel.stop if parcel.collected_at else parcel.state == "cancelled", parcel.state
    assert LineRefund.objects.count() == 4
    call_command("check_ledger")


def test_carried_out_twice_at_once_each_line_goes_back_once(scene: Scene, official: User, lot: Lot) -> None:
    for number in range(5):
        order = order_of(scene, key=f"t{number}", email=f"t{number}@daylily.example")
        settle_payment(payment_of(order), intent_id=f"pi_{order.pk}")
    made = recall(lot, official)
    ends = together([lambda: carry_out(made.pk)] * 3)
    assert ends["done"] == 3, ends
    made.refresh_from_db()
    assert (LineRefund.objects.count(), Refund.objects.count(), made.handled_count) == (5, 5, 5)
    assert made.done_at is not None and made.done_at <= timezone.now()
    call_command("check_ledger")
    call_command("check_volume")
    connection.close()
