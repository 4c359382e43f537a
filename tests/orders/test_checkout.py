"""Placing an order: what it keeps, what it refuses, and that it asks the database the same number of questions each time."""

import datetime as dt

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from catalog.models import Lot, ProductStatus, Variant
from catalog.stock import StockShort
from delivery.routing import NoRoute
from orders.checkout import CounterTooFar, NothingToBuy, NotOnSale, PriceChanged, Seen
from orders.models import Cart, CartLine, Consignment, Order, OrderLine, OrderState
from orders.notices import send_order_link
from payments.idempotency import IdempotencyConflict, prune_keys
from payments.models import IdempotencyKey, Payment, PaymentState, Provider, RateCard
from stations.models import Region
from tests.cast import make_user
from tests.orders.scene import Scene, make_goods, order_of, to_the_door, to_the_point


def test_an_order_of_three_stores_has_a_consignment_each_and_adds_up(scene: Scene) -> None:
    order = order_of(scene, lines=scene.three)
    consignments = list(order.consignments.order_by("id"))
    assert [part.store_id for part in consignments] == [
        scene.store.pk,
        scene.more_daylily.product.store_id,
        scene.tea.product.store_id,
    ]
    assert order.goods_fen == 2 * 3880 + 2650 + 12800 == sum(part.goods_fen for part in consignments)
    assert order.freight_fen == sum(part.freight_fen for part in consignments)
    assert order.total_fen == order.goods_fen + order.freight_fen
    assert [part.number for part in consignments] == [f"{order.number}-{n}" for n in (1, 2, 3)]
    assert all(part.parcel_id is None for part in consignments)


def test_two_stores_of_one_county_share_one_freight_by_weight(scene: Scene) -> None:
    """Qidong's box weighs 2 x 540 g + 290 g: two started kilograms cost 6.00 + 1.50 yuan, shared 1080 : 290."""
    order = order_of(scene, lines=scene.three)
    li, wang, tian = order.consignments.order_by("id")
    assert (li.freight_fen, wang.freight_fen) == (591, 159)
    assert tian.freight_fen == 600


def test_lines_keep_what_was_sold(scene: Scene) -> None:
    RateCard.objects.create(county_code="430426", commission_bp=150, station_fee_bp=250, valid_from=dt.date(2026, 1, 1))
    order = order_of(scene, lines=scene.three)
    scene.daylily.product.name = "换了名字"
    scene.daylily.product.save()
    Variant.objects.filter(pk=scene.daylily.pk).update(price_fen=9999)
    line = OrderLine.objects.get(consignment__order=order, variant=scene.daylily)
    assert (line.name, line.pack, line.sku) == ("祁东黄花菜", "500克袋装", scene.daylily.sku)
    assert (line.unit_price_fen, line.quantity, line.amount_fen) == (3880, 2, 7760)
    assert (line.lot_id, line.village_code, line.category_slug) == (
        scene.daylily.stock.get().lot_id,
        scene.store.region_id,
        "daylily",
    )
    assert (line.commission_bp, line.commission_fen, line.station_fee_bp, line.station_fee_fen) == (150, 116, 250, 194)
    tea = OrderLine.objects.get(consignment__order=order, variant=scene.tea)
    assert (tea.commission_bp, tea.station_fee_bp) == (200, 300)


def test_stock_is_held_and_a_payment_waits(scene: Scene) -> None:
    before = timezone.now()
    order = order_of(scene)
    scene.daylily.refresh_from_db()
    assert (scene.daylily.held, scene.daylily.available) == (2, 18)
    payment = Payment.objects.get(order_ref=order.ref)
    assert (payment.state, payment.amount_fen, payment.provider) == (
        PaymentState.OPEN,
        order.total_fen,
        Provider.STRIPE,
    )
    assert order.state == OrderState.RESERVED
    assert abs(order.reserved_until - before - dt.timedelta(minutes=15)) < dt.timedelta(minutes=1)


def test_cash_at_the_counter_has_a_day_and_names_the_counter(scene: Scene) -> None:
    order = order_of(scene, delivery=to_the_point(scene.qidong.other_point), pay_by=Provider.COUNTER)
    assert order.reserved_until - order.placed_at == dt.timedelta(hours=24)
    assert Payment.objects.get(order_ref=order.ref).station_code == scene.qidong.other_point.code
    assert order.pickup_station == scene.qidong.other_point


def test_the_counter_of_a_station_above_serves_too_and_without_one_cash_is_refused(scene: Scene) -> None:
    point = scene.qidong.point
    type(point).objects.filter(pk=point.pk).update(cash_counter=False)
    point.refresh_from_db()
    order = order_of(scene, delivery=to_the_point(point), pay_by=Provider.COUNTER)
    assert Payment.objects.get(order_ref=order.ref).station_code == scene.qidong.township.code
    type(point).objects.update(cash_counter=False)
    point = type(point).objects.get(pk=point.pk)
    with pytest.raises(CounterTooFar):
        order_of(scene, delivery=to_the_point(point), pay_by=Provider.COUNTER)
    with pytest.raises(CounterTooFar):
        order_of(scene, pay_by=Provider.COUNTER)


def test_an_order_can_be_placed_in_the_past(scene: Scene) -> None:
    day = dt.datetime(2026, 3, 5, 9, 30, tzinfo=dt.UTC)
    order = order_of(scene, at=day)
    assert (order.placed_at, order.reserved_until) == (day, day + dt.timedelta(minutes=15))
    assert order.number.startswith("260305-")


def test_the_number_of_statements_is_fixed(scene: Scene) -> None:
    """One line, three lines of two stores, twenty lines: the same questions, in one box of Qidong."""
    many = make_goods(scene, 20)
    counts = []
    for lines in (
        [(many[0].pk, 1)],
        [(many[0].pk, 1), (many[1].pk, 2), (scene.more_daylily.pk, 1)],
        [(variant.pk, 1) for variant in many],
    ):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            order_of(scene, lines=lines)
        counts.append(len(asked))
    assert len(set(counts)) == 1, counts
    assert counts[0] <= 19, counts


def test_the_same_key_answers_the_same_order(scene: Scene) -> None:
    first = order_of(scene, key="once")
    again = order_of(scene, key="once")
    assert (again.pk, Order.objects.count(), Payment.objects.count()) == (first.pk, 1, 1)
    scene.daylily.refresh_from_db()
    assert scene.daylily.held == 2


def test_the_same_key_refuses_another_request_and_another_buyer_may_use_it(scene: Scene) -> None:
    first = order_of(scene, key="once")
    with pytest.raises(IdempotencyConflict) as refused:
        order_of(scene, key="once", lines=[(scene.daylily.pk, 3)])
    assert refused.value.answer == first.ref
    assert order_of(scene, key="once", buyer=make_user()).pk != first.pk


def test_a_refused_request_leaves_its_key_free(scene: Scene) -> None:
    with pytest.raises(StockShort):
        order_of(scene, key="once", lines=[(scene.daylily.pk, 21)])
    assert not IdempotencyKey.objects.exists()
    assert order_of(scene, key="once", lines=[(scene.daylily.pk, 20)]).state == OrderState.RESERVED


def test_too_little_stock_names_the_goods_and_changes_nothing(scene: Scene) -> None:
    with pytest.raises(StockShort) as refused:
        order_of(scene, lines=[(scene.tea.pk, 1), (scene.daylily.pk, 21)])
    assert refused.value.variant_ids == [scene.daylily.pk]
    scene.tea.refresh_from_db()
    assert (scene.tea.held, Order.objects.count(), Consignment.objects.count()) == (0, 0, 0)


def test_a_price_that_the_buyer_did_not_see_is_not_charged(scene: Scene) -> None:
    seen = Seen(prices={scene.daylily.pk: 3880, scene.tea.pk: 12800}, freight_fen=1200)
    Variant.objects.filter(pk=scene.daylily.pk).update(price_fen=4200)
    with pytest.raises(PriceChanged) as refused:
        order_of(scene, lines=[(scene.daylily.pk, 1), (scene.tea.pk, 1)], seen=seen)
    assert refused.value.prices == [(scene.daylily, 3880, 4200)]
    assert refused.value.freight is None
    assert not Order.objects.exists()


def test_a_freight_that_the_buyer_did_not_see_is_not_charged(scene: Scene) -> None:
    with pytest.raises(PriceChanged) as refused:
        order_of(scene, seen=Seen(prices={scene.daylily.pk: 3880}, freight_fen=600))
    assert refused.value.freight == (600, 750)


@pytest.mark.parametrize("change", [{"status": ProductStatus.WITHDRAWN}, {"store_open": False}])
def test_withdrawn_goods_and_those_of_a_closed_store_are_refused(scene: Scene, change: dict[str, object]) -> None:
    product = scene.daylily.product
    type(product).objects.filter(pk=product.pk).update(**change)
    with pytest.raises(NotOnSale) as refused:
        order_of(scene)
    assert refused.value.variants == [scene.daylily]


def test_a_recalled_lot_is_refused(scene: Scene) -> None:
    Lot.objects.filter(stock__variant=scene.daylily).update(recalled_at=timezone.now())
    with pytest.raises(StockShort):
        order_of(scene)


@pytest.mark.parametrize("quantity", [0, -1, 1000])
def test_quantities_that_no_cart_holds_are_refused(scene: Scene, quantity: int) -> None:
    with pytest.raises(NothingToBuy):
        order_of(scene, lines=[(scene.daylily.pk, quantity)])
    with pytest.raises(NothingToBuy):
        order_of(scene, lines=[])


def test_where_no_carrier_goes_nothing_is_placed(scene: Scene) -> None:
    lhasa = Region.objects.get(code="540102000000")
    with pytest.raises(NoRoute):
        order_of(scene, delivery=to_the_door(region=lhasa))
    assert not Order.objects.exists()


def test_what_was_ordered_leaves_the_cart_and_the_rest_stays(scene: Scene) -> None:
    cart = Cart.objects.create()
    for variant in (scene.daylily, scene.tea):
        CartLine.objects.create(cart=cart, variant=variant, quantity=1, seen_price_fen=variant.price_fen)
    order_of(scene, cart=cart)
    assert list(cart.lines.values_list("variant_id", flat=True)) == [scene.tea.pk]


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "祁东黄花菜"), ("en", "Qidong dried daylily, 500 g bag")])
def test_the_buyer_is_sent_the_link_in_the_orders_language(
    scene: Scene, mailoutbox: list[EmailMessage], language: str, words: str
) -> None:
    order = order_of(scene, language=language)
    send_order_link(order.pk)
    (letter,) = mailoutbox
    assert letter.to == ["liumin@daylily.example"]
    assert order.number in letter.subject and words in letter.body
    assert f"{'/en' if language == 'en' else ''}/orders/{order.ref}/" in letter.body


def test_a_letter_is_asked_for_with_the_order_and_none_about_the_past(scene: Scene) -> None:
    order_of(scene, at=timezone.now() - dt.timedelta(days=30))
    order = order_of(scene)
    jobs = ProcrastinateJob.objects.filter(task_name="orders.send_order_link")
    assert [job.args for job in jobs] == [{"order_id": order.pk}]


def test_keys_of_pages_that_are_long_closed_are_forgotten(scene: Scene) -> None:
    order_of(scene, key="old")
    IdempotencyKey.objects.update(created_at=timezone.now() - dt.timedelta(days=31))
    order_of(scene, key="new")
    assert prune_keys() == 1
    assert IdempotencyKey.objects.get().key == "new"
