"""Goods by weight: charged with the tolerance, weighed at the station, the rest back by itself; and a question where it is too light."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import SoldBy, Stock, Variant
from delivery.models import HeldScan, Parcel, ScanKind
from delivery.scanning import scan
from orders.cart import add_to_cart, open_cart
from orders.cart_page import make_basket
from orders.collection import collect, take_collected
from orders.margins import charged_fen, margin_fen
from orders.models import (
    CartLine,
    Consignment,
    LineRefund,
    NoticeStep,
    Order,
    OrderLine,
    OrderState,
    WeightAnswer,
    WeightQuestion,
)
from orders.parcels import plan_parcels
from orders.portions import Portion
from orders.refunding import refund_lines
from orders.weights import NothingAsked, answer, due_fen, end_questions, settle_weights
from payments import ledger
from payments.models import AccountKind, Payment, Provider, Refund
from tests.cast import make_clerk
from tests.orders.scene import Scene, make_scene, order_of, paid, tell_all, to_the_point
from tests.reports.test_audits import found

pytestmark = pytest.mark.django_db
JIN = 500


@pytest.fixture
def scene() -> Scene:
    """The daylily by the jin, at 23.33 yuan, ten percent more or less."""
    scene = make_scene()
    Variant.objects.filter(pk=scene.daylily.pk).update(
        sold_by=SoldBy.WEIGHT, net_weight_g=JIN, price_fen=2333, tolerance_percent=10
    )
    scene.daylily.refresh_from_db()
    return scene


def ordered(scene: Scene, jin: int = 4, **fields: object) -> Order:
    order = paid(order_of(scene, lines=[(scene.daylily.pk, jin)], **fields))
    plan_parcels(order.pk)
    return order


def line_of(order: Order) -> OrderLine:
    return OrderLine.objects.get(consignment__order=order)


def weigh(scene: Scene, order: Order, grams: int) -> OrderLine:
    part = Consignment.objects.get(order=order)
    line = part.lines.get()
    collect(consignment=part, by=make_clerk(scene.qidong.point), weights={line.pk: grams}, nonce=f"n{part.pk}")
    settle_weights(part.pk)
    return line_of(order)


def agree() -> bool:
    return found("check_ledger") == found("check_volume") == ""


def test_the_most_that_it_can_come_to_is_charged_and_shown(scene: Scene) -> None:
    assert margin_fen(scene.daylily) == 234 and charged_fen(scene.daylily, 4) == 4 * 2567
    assert margin_fen(scene.tea) == 0
    order = ordered(scene)
    line = line_of(order)
    assert (line.amount_fen, line.margin_fen) == (10268, 936)
    assert order.total_fen == 10268 + order.freight_fen == Payment.objects.get().amount_fen
    cart = open_cart(AnonymousUser(), "")
    add_to_cart(cart=cart, variant_id=scene.daylily.pk, quantity=4)
    basket = make_basket(
        CartLine.objects.select_related("variant__product__store__household", "variant__product__picture")
    )
    assert basket.goods_fen == 10268 and basket.items[0].by_weight
    assert agree()


@pytest.mark.parametrize(
    ("grams", "due"), [(2000, 9332), (1900, 8865), (2100, 9799), (2200, 10265), (2500, 10268), (1800, 8399)]
)
def test_the_weight_is_charged_and_the_rest_goes_back(scene: Scene, grams: int, due: int) -> None:
    order = ordered(scene)
    line = weigh(scene, order, grams)
    assert line.left_fen == due and line.left_units == 4 and line.weight_settled_at is not None
    back = sum(Refund.objects.values_list("amount_fen", flat=True))
    assert back == 10268 - due
    assert ledger.owed(AccountKind.SELLER_PENDING, line.earner) == line.left_seller_fen
    assert settle_weights(line.consignment_id) == 0
    assert Refund.objects.count() == (1 if back else 0) and agree()


def test_too_light_waits_for_the_buyer_who_takes_it(client: Client, scene: Scene) -> None:
    order = ordered(scene)
    line = weigh(scene, order, 1500)
    question = WeightQuestion.objects.get()
    assert question.due_fen == due_fen(line, 1500) == 6999 and not Refund.objects.exists()
    assert Parcel.objects.get().stop
    clerk = make_clerk(scene.qidong.point)
    assert isinstance(
        scan(parcel=Parcel.objects.get(), kind=ScanKind.OUT, station=scene.qidong.point, by=clerk, nonce="out"),
        HeldScan,
    )
    assert tell_all(order, NoticeStep.WEIGHT) == 1
    assert "1.5" in mail.outbox[-1].body and "¥69.99" in mail.outbox[-1].body
    page = client.get(reverse("order", args=[order.ref])).content.decode()
    assert "¥69.99" in page and "照发" in page
    client.post(reverse("order_weight", args=[order.ref]), {"line": line.pk, "answer": "take"})
    line = line_of(order)
    assert line.left_fen == 6999 and line.left_units == 4 and not Parcel.objects.get().stop
    with pytest.raises(NothingAsked):
        answer(order=order, line_id=line.pk, word=WeightAnswer.CANCEL)
    assert agree()


def test_too_light_and_not_wanted_goes_back_whole(scene: Scene) -> None:
    order = ordered(scene)
    line = weigh(scene, order, 1500)
    answer(order=order, line_id=line.pk, word=WeightAnswer.CANCEL)
    order.refresh_from_db()
    parcel = Parcel.objects.get()
    assert (
        order.state == OrderState.REFUNDED
        and sum(Refund.objects.values_list("amount_fen", flat=True)) == order.total_fen
    )
    assert parcel.stop and "退还农户" in parcel.stops.get(ended_at=None).text
    assert agree()


def test_whoever_says_nothing_takes_it(scene: Scene) -> None:
    order = ordered(scene)
    weigh(scene, order, 1500)
    assert end_questions(at=timezone.now() + dt.timedelta(hours=23)) == 0
    assert end_questions(at=timezone.now() + dt.timedelta(hours=25)) == 1
    assert line_of(order).left_fen == 6999 and end_questions(at=timezone.now() + dt.timedelta(days=9)) == 0


def test_a_question_about_what_was_paid_back_ends(scene: Scene) -> None:
    order = ordered(scene)
    line = weigh(scene, order, 1500)
    refund_lines(order=order, portions=[Portion(line.pk)], by=None, reason="recall")
    end_questions(at=timezone.now() + dt.timedelta(hours=25))
    assert WeightQuestion.objects.get().answer == WeightAnswer.CANCEL and LineRefund.objects.count() == 1


@pytest.mark.parametrize(
    "word",
    [{"answer": "x", "line": "1"}, {"answer": "take", "line": "NaN"}, {"answer": "take", "line": "9" * 30}, {}],
)
def test_an_answer_that_is_none_moves_nothing(client: Client, scene: Scene, word: dict[str, str]) -> None:
    order = ordered(scene)
    weigh(scene, order, 1500)
    assert client.post(reverse("order_weight", args=[order.ref]), word).status_code == 302
    assert WeightQuestion.objects.get().answer == "" and not Refund.objects.exists()


def test_another_order_s_line_is_none_of_theirs(scene: Scene) -> None:
    order, other = ordered(scene), ordered(scene)
    line = weigh(scene, order, 1500)
    with pytest.raises(NothingAsked):
        answer(order=other, line_id=line.pk, word=WeightAnswer.CANCEL)


def test_what_nobody_weighed_counts_as_estimated(scene: Scene) -> None:
    order = ordered(scene)
    Parcel.objects.update(state="collected", collected_at=timezone.now())
    take_collected()
    settle_weights(Consignment.objects.get().pk)
    assert line_of(order).left_fen == 4 * 2333


def test_a_jin_that_was_cancelled_takes_its_margin_with_it(scene: Scene) -> None:
    order = ordered(scene)
    refund_lines(order=order, portions=[Portion(line_of(order).pk, units=1)], by=None, reason="short")
    assert line_of(order).left_fen == 3 * 2567 and Stock.objects.get(variant=scene.daylily).held == 3
    line = weigh(scene, order, 1500)
    assert line.left_fen == 3 * 2333 and agree()


def test_cash_that_is_too_much_waits_at_the_counter(scene: Scene) -> None:
    order = ordered(scene, delivery=to_the_point(scene.qidong.second_point), pay_by=Provider.COUNTER)
    weigh(scene, order, 2000)
    assert ledger.owed(AccountKind.BUYER_CREDIT, order.ref) == 936 and agree()
