"""Cash at the counter: found by number and telephone, received by somebody else, once."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from orders.counter import (
    NoSuchCashOrder,
    NotWaitingForCash,
    PayerIsReceiver,
    find_cash_order,
    read_number,
    receive_cash,
)
from orders.models import Order, OrderState
from payments import ledger
from payments.models import AccountKind, Payment, PaymentState, Provider
from stations.scope import NotAllowed
from tests.cast import make_clerk, make_official, make_user
from tests.orders.scene import Scene, order_of, to_the_point


@pytest.fixture
def clerk(scene: Scene) -> User:
    return make_clerk(scene.qidong.point)


@pytest.fixture
def order(scene: Scene) -> Order:
    return order_of(scene, delivery=to_the_point(scene.qidong.point), pay_by=Provider.COUNTER)


def test_an_order_is_found_by_both_its_number_and_the_telephone(scene: Scene, clerk: User, order: Order) -> None:
    assert find_cash_order(by=clerk, number=f" {order.number.lower()} ", phone_tail="0000") == order
    for number, tail in ((order.number, "1111"), (order.number, ""), ("261122-AAAAAAA", "0000"), ("%", "0000")):
        with pytest.raises(NoSuchCashOrder):
            find_cash_order(by=clerk, number=number, phone_tail=tail)


@pytest.mark.parametrize(
    "typed", ["261122-MD60Q1R", "261122md60q1r", " 261122 MDGOQIR ".replace("G", "6"), "261122-md6oqlr"]
)
def test_a_number_is_read_as_people_type_it(typed: str) -> None:
    assert read_number(typed) == "261122-MD60Q1R"


def test_stations_elsewhere_and_orders_paid_otherwise_are_not_found(scene: Scene, clerk: User, order: Order) -> None:
    with pytest.raises(NoSuchCashOrder):
        find_cash_order(by=make_clerk(scene.sangzhi.point), number=order.number, phone_tail="0000")
    by_card = order_of(scene, delivery=to_the_point(scene.qidong.point))
    with pytest.raises(NoSuchCashOrder):
        find_cash_order(by=clerk, number=by_card.number, phone_tail="0000")


def test_cash_settles_the_order_once_and_lies_in_the_counters_till(scene: Scene, clerk: User, order: Order) -> None:
    for _ in range(2):
        paid = receive_cash(order=order, by=clerk, counter=scene.qidong.point)
    assert paid.state == OrderState.PAID
    order.refresh_from_db()
    assert order.cash_received_by == clerk
    assert Payment.objects.get().state == PaymentState.SUCCEEDED
    assert ledger.balance(AccountKind.STATION_CASH, scene.qidong.point.code) == order.total_fen


def test_the_station_that_received_it_holds_it(scene: Scene, order: Order) -> None:
    receive_cash(order=order, by=make_clerk(scene.qidong.township), counter=scene.qidong.township)
    assert ledger.balance(AccountKind.STATION_CASH, scene.qidong.township.code) == order.total_fen
    assert ledger.balance(AccountKind.STATION_CASH, scene.qidong.point.code) == 0


def test_the_payer_is_not_the_receiver(scene: Scene, clerk: User) -> None:
    own = order_of(scene, buyer=clerk, delivery=to_the_point(scene.qidong.point), pay_by=Provider.COUNTER)
    with pytest.raises(PayerIsReceiver):
        receive_cash(order=own, by=clerk, counter=scene.qidong.point)
    clerk.phone = "13907310000"
    clerk.save()
    as_guest = order_of(scene, delivery=to_the_point(scene.qidong.point), pay_by=Provider.COUNTER)
    with pytest.raises(PayerIsReceiver):
        receive_cash(order=as_guest, by=clerk, counter=scene.qidong.point)
    assert not Order.objects.filter(state=OrderState.PAID).exists()


def test_only_staff_of_that_counter(scene: Scene, clerk: User, order: Order) -> None:
    for user, counter in (
        (clerk, scene.qidong.township),
        (make_official(), scene.qidong.point),
        (make_user(), scene.qidong.point),
    ):
        with pytest.raises(NotAllowed):
            receive_cash(order=order, by=user, counter=counter)


def test_after_its_time_no_cash_is_taken(scene: Scene, clerk: User, order: Order) -> None:
    Order.objects.update(reserved_until=timezone.now() - dt.timedelta(seconds=1))
    with pytest.raises(NotWaitingForCash):
        receive_cash(order=order, by=clerk, counter=scene.qidong.point)
    order.refresh_from_db()
    assert (order.state, order.cash_received_by) == (OrderState.RESERVED, None)


def test_the_page_finds_shows_and_books(scene: Scene, client: Client, clerk: User, order: Order) -> None:
    client.force_login(clerk)
    data = {"number": order.number, "phone_tail": "0000"}
    found = client.post(reverse("desk_cash"), data).content.decode()
    assert "¥" in found and "刘敏" not in found and "13907310000" not in found
    assert "form-errors" in client.post(reverse("desk_cash"), {**data, "phone_tail": "9999"}).content.decode()
    client.post(reverse("desk_cash"), {**data, "action": "receive"})
    client.post(reverse("desk_cash"), {**data, "action": "receive"})
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert "已付款" in client.post(reverse("desk_cash"), data).content.decode()


def test_a_station_without_a_counter_takes_none(scene: Scene, client: Client, clerk: User, order: Order) -> None:
    type(scene.qidong.point).objects.update(cash_counter=False)
    client.force_login(clerk)
    page = client.post(reverse("desk_cash"), {"number": order.number, "phone_tail": "0000"}).content.decode()
    assert order.number not in page
