"""Portions go back: units before they are collected, money afterwards, freight alone; sums are exact, and more than is left never goes."""

import datetime as dt
import random

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.models import Stock, Variant
from delivery.models import Parcel, ParcelState
from orders.collection import collect, to_weigh
from orders.models import Consignment, LineRefund, Order, OrderLine, OrderState, Sale
from orders.parcels import plan_parcels
from orders.portions import Portion, RefundRefused
from orders.refunding import refund_lines
from orders.release import release_delivered
from orders.verification import verify_delivered
from payments import ledger
from payments.models import AccountKind, LedgerAccount, Payment, Refund
from tests.cast import make_clerk
from tests.orders.scene import Scene, make_scene, order_of, paid
from tests.reports.test_audits import deliver, found

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def order(scene: Scene) -> Order:
    """Three bags of daylily, paid, their parcel planned."""
    order = paid(order_of(scene, lines=[(scene.daylily.pk, 3)]))
    plan_parcels(order.pk)
    return order


def line_of(order: Order) -> OrderLine:
    return OrderLine.objects.select_related("consignment__parcel").get(consignment__order=order)


def give_back(order: Order, **portion: int | None) -> Refund | None:
    return refund_lines(order=order, portions=[Portion(line_of(order).pk, **portion)], by=None, reason="broken")


def agree() -> bool:
    return found("check_ledger") == found("check_volume") == ""


def test_one_bag_of_three_stays_at_the_farm(scene: Scene, order: Order) -> None:
    before, parcel = line_of(order), Parcel.objects.get()
    refund = give_back(order, units=1)
    line = line_of(order)
    freight = round(order.freight_fen / 3)
    assert refund is not None and refund.amount_fen == 3880 + freight
    assert (line.back_units, line.back_fen, line.left_units) == (1, 3880, 2)
    assert Stock.objects.get(variant=scene.daylily).held == 2
    rest = Parcel.objects.get()
    assert rest.contents.endswith("× 2") and rest.weight_g == before.unit_weight_g * 2 < parcel.weight_g
    fact = Sale.objects.get(kind="refund")
    assert (fact.amount_fen, fact.quantity, fact.weight_g) == (-3880, -1, -before.unit_weight_g)
    order.refresh_from_db()
    assert order.state == OrderState.PAID and agree()


def test_what_is_left_is_collected_and_its_seller_paid(scene: Scene, order: Order) -> None:
    give_back(order, units=1)
    line = line_of(order)
    assert [one.left_units for one in to_weigh(line.consignment)] == [2]
    clerk = make_clerk(scene.qidong.point)
    collect(consignment=line.consignment, by=clerk, weights={line.pk: line.unit_weight_g * 2}, nonce="n")
    row = Stock.objects.get(variant=scene.daylily)
    assert (row.on_hand, row.held) == (18, 0)
    long_ago = timezone.now() - dt.timedelta(days=9)
    Parcel.objects.update(state=ParcelState.DELIVERED, delivered_at=long_ago)
    release_delivered()
    earned = line_of(order).left_seller_fen
    assert 0 < earned < line.seller_fen
    assert ledger.owed(AccountKind.SELLER_AVAILABLE, line.earner) == earned
    assert ledger.owed(AccountKind.SELLER_PENDING, line.earner) == 0


def test_the_last_bag_cancels_the_parcel_and_ends_the_order(order: Order) -> None:
    give_back(order, units=1)
    give_back(order, units=1)
    give_back(order, units=1)
    order.refresh_from_db()
    assert order.state == OrderState.REFUNDED and Parcel.objects.get().state == ParcelState.CANCELLED
    refunded = sum(Refund.objects.values_list("amount_fen", flat=True))
    assert refunded == order.total_fen and agree()
    assert give_back(order) is None  # a refund of a refunded order


def test_money_goes_back_after_delivery_and_the_goods_stay(scene: Scene, order: Order) -> None:
    deliver(order, at=timezone.now() - dt.timedelta(days=9))
    verify_delivered()
    release_delivered()
    line = line_of(order)
    refund = give_back(order, units=0, amount_fen=1500, freight_fen=0)
    back = LineRefund.objects.get()
    assert refund is not None and refund.amount_fen == 1500 and back.released and back.quantity == 0
    assert back.commission_fen == round(line.commission_fen * 1500 / line.amount_fen)
    left = line_of(order)
    assert ledger.owed(AccountKind.SELLER_AVAILABLE, line.earner) == left.left_seller_fen
    assert left.left_units == 3 and agree()


def test_freight_alone_goes_back_and_is_no_volume(order: Order) -> None:
    deliver(order, at=timezone.now())
    refund = give_back(order, units=0, amount_fen=0, freight_fen=order.freight_fen)
    assert refund is not None and refund.amount_fen == order.freight_fen
    assert not Sale.objects.filter(kind="refund").exists()
    assert Consignment.objects.get().back_freight_fen == order.freight_fen
    assert agree()
    with pytest.raises(RefundRefused, match="0"):
        give_back(order, units=0, amount_fen=0, freight_fen=1)
    # Goods that go back later bring no freight a second time.
    last = give_back(order)
    order.refresh_from_db()
    assert last is not None and last.amount_fen == order.goods_fen and order.state == OrderState.REFUNDED and agree()


@pytest.mark.parametrize(
    "portion",
    [{"units": 4}, {"units": -1}, {"units": 0, "amount_fen": 11641}, {"units": 0, "amount_fen": -1},
     {"units": 0, "amount_fen": 0, "freight_fen": 10**9}, {"units": 1, "freight_fen": -1}],
)  # fmt: skip
def test_more_than_is_left_is_refused_and_nothing_moves(order: Order, portion: dict[str, int]) -> None:
    deliver(order, at=timezone.now())
    with pytest.raises(RefundRefused):
        give_back(order, **portion)
    assert not Refund.objects.exists() and line_of(order).back_fen == 0


def test_what_is_not_sent_is_paid_back_in_full(order: Order) -> None:
    with pytest.raises(RefundRefused, match="全额"):
        give_back(order, units=1, amount_fen=3879)
    give_back(order, units=0, amount_fen=11640)  # all of the money: then nobody sends them
    assert line_of(order).left_units == 0 and Parcel.objects.get().state == ParcelState.CANCELLED and agree()


def test_postgresql_counts_what_went_back_and_refuses_more(order: Order) -> None:
    line, payment = line_of(order), Payment.objects.get()
    refund = Refund.objects.create(payment=payment, amount_fen=1, key="loose")
    row = {"line": line, "refund": refund, "commission_fen": 0, "station_fee_fen": 0, "happened_at": timezone.now()}
    for number, (fen, freight, units) in enumerate(
        [(line.amount_fen + 1, 0, 0), (1, 0, 4), (0, order.freight_fen + 1, 0), (0, 0, 1)]
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            LineRefund.objects.create(amount_fen=fen, freight_fen=freight, quantity=units, key=f"k{number}", **row)
    LineRefund.objects.create(amount_fen=5, freight_fen=2, quantity=1, key="fits", **row)
    left = line_of(order)
    assert (left.back_fen, left.back_units, left.consignment.back_freight_fen) == (5, 1, 2)


@pytest.mark.parametrize("seed", range(12))
def test_any_steps_add_up_to_the_fen(scene: Scene, seed: int) -> None:
    """Odd prices, rates and portions at any time: seller, commission, fee and freight end as an order that never was."""
    chance = random.Random(seed)
    Variant.objects.update(price_fen=chance.randint(101, 9999))
    order = paid(order_of(scene, lines=[(scene.daylily.pk, 3), (scene.more_daylily.pk, 2), (scene.tea.pk, 1)]))
    plan_parcels(order.pk)
    if chance.random() < 0.5:
        deliver(order, at=timezone.now() - dt.timedelta(days=chance.choice([1, 9])))
        verify_delivered()
        release_delivered()
    for _step in range(8):
        line = chance.choice(list(OrderLine.objects.filter(consignment__order=order)))
        wanted = Portion(
            line.pk,
            units=chance.choice([None, 0, 1]),
            amount_fen=chance.choice([None, chance.randint(0, max(line.left_fen, 1))]),
            freight_fen=chance.choice([None, 0, 7]),
        )
        try:
            refund_lines(order=order, portions=[wanted], by=None, reason="any")
        except RefundRefused:
            continue
        assert agree()
    refund_lines(
        order=order,
        portions=[Portion(pk) for pk in OrderLine.objects.values_list("pk", flat=True)],
        by=None,
        reason="the rest",
    )
    freight = Consignment.objects.filter(order=order).values_list("pk", "freight_fen", "back_freight_fen")
    assert all(line.left_fen == line.left_seller_fen == 0 for line in OrderLine.objects.all())
    assert all(paid_fen == back_fen for _pk, paid_fen, back_fen in freight)
    order.refresh_from_db()
    assert order.state == OrderState.REFUNDED
    assert sum(Refund.objects.values_list("amount_fen", flat=True)) == order.total_fen
    for kind in (
        AccountKind.SELLER_PENDING,
        AccountKind.SELLER_AVAILABLE,
        AccountKind.COMMISSION,
        AccountKind.STATION_FEE,
        AccountKind.FREIGHT,
    ):
        assert sum(fen for _owner, fen in balances(kind)) == 0
    assert agree()


def balances(kind: AccountKind) -> list[tuple[str, int]]:
    owners = LedgerAccount.objects.filter(kind=kind).values_list("owner", flat=True)
    return [(owner, ledger.balance(kind, owner)) for owner in owners]
