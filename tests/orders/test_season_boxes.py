"""Season's boxes: bought as a whole, sent one by one, each in its week, with its own freight, and paid out delivery by delivery."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from catalog import packing
from catalog.models import Stock, Variant
from catalog.presale import open_presale
from catalog.season_boxes import end_seasons, season_weeks
from catalog.stock import StockShort
from catalog.weeks import WEEK
from orders.boxes import pack_boxes, quote_freight
from orders.cart import MOST_LINES, CartFull, TooFewInStock, add_to_cart, is_on_sale
from orders.cart_page import make_basket, read_basket, use_coupon
from orders.checkout import Seen
from orders.expiry import expire_reservations
from orders.models import Cart, Consignment, LineRefund, Order, OrderLine, PromotionKind, Sale, Subscription
from orders.parcels import plan_parcels, plan_promised
from orders.postponing import cut_off
from orders.refusals import NothingToBuy, NotOnSale, WeeksChanged
from orders.release import release_delivered
from orders.replacing import replace
from orders.season_ending import end_deliveries
from orders.settlement import settle_payment
from payments.models import Payment
from tests.cast import make_clerk, make_lot, set_stock
from tests.orders.promoting import make_coupon, make_promotion
from tests.orders.scene import Scene, make_scene, order_of, paid, to_the_door
from tests.orders.season import make_box, monday, subscribed, weeks_of
from tests.orders.test_buying import fill, review, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def box(scene: Scene) -> Variant:
    return make_box(scene)


@pytest.fixture
def clerk(scene: Scene) -> User:
    return make_clerk(scene.qidong.point)


class TestWhen:
    """The weeks of a box that is ordered on a day."""

    @pytest.mark.parametrize(
        ("day", "first"),
        [
            (dt.date(2026, 11, 19), dt.date(2026, 11, 23)),  # a Thursday
            (dt.date(2026, 11, 21), dt.date(2026, 11, 23)),  # Saturday: two days ahead
            (dt.date(2026, 11, 22), dt.date(2026, 11, 30)),  # Sunday: a week later
            (dt.date(2026, 11, 23), dt.date(2026, 11, 30)),  # Monday itself
            (dt.date(2026, 9, 1), dt.date(2026, 11, 2)),  # not before the season
        ],
    )
    def test_the_first_is_the_first_monday_two_days_ahead(self, day: dt.date, first: dt.date) -> None:
        pack = Variant(
            deliveries=3, weeks_between=2, season_from=dt.date(2026, 11, 2), season_until=dt.date(2027, 3, 1)
        )
        assert season_weeks(pack, day) == [first, first + WEEK * 2, first + WEEK * 4]

    def test_none_where_they_do_not_all_fit(self) -> None:
        pack = Variant(
            deliveries=3, weeks_between=2, season_from=dt.date(2026, 11, 2), season_until=dt.date(2026, 12, 28)
        )
        assert season_weeks(pack, dt.date(2026, 11, 28))[-1] == dt.date(2026, 12, 28)
        assert season_weeks(pack, dt.date(2026, 11, 29)) == []

    def test_an_ordinary_pack_has_none(self, scene: Scene) -> None:
        assert season_weeks(scene.daylily, timezone.localdate()) == []


class TestOrdering:
    """One line of the cart becomes as many deliveries."""

    def test_each_delivery_is_a_consignment_with_its_week(self, scene: Scene, box: Variant) -> None:
        order = order_of(scene, lines=[(box.pk, 2)])
        assert weeks_of(order) == [monday(3), monday(5), monday(7), monday(9)]
        lines = list(OrderLine.objects.filter(consignment__order=order))
        assert [(line.quantity, line.unit_price_fen, line.amount_fen) for line in lines] == [(2, 3900, 7800)] * 4
        plan = Subscription.objects.get()
        assert (plan.deliveries, plan.weeks_between, plan.first_week, plan.last_week) == (4, 2, monday(3), monday(11))
        box.refresh_from_db()
        assert (box.held, box.available) == (8, 8)

    def test_the_checkout_says_how_many_boxes_come_and_each_ones_freight(
        self, scene: Scene, box: Variant, client: Client
    ) -> None:
        fill(client, (box, 1))
        shipment = text_of(review(client)[0]).split('class="shipment"')[1].split("</div>")[0]
        assert "共 4 期" in shipment and "预售" not in shipment and "每期运费" in shipment

    def test_each_box_pays_its_own_freight(self, scene: Scene, box: Variant) -> None:
        Variant.objects.filter(pk=box.pk).update(
            deliveries=None, weeks_between=None, season_from=None, season_until=None
        )
        once = order_of(scene, lines=[(box.pk, 1)])
        Variant.objects.filter(pk=box.pk).update(
            deliveries=4, weeks_between=2, season_from=box.season_from, season_until=box.season_until
        )
        order = order_of(scene, lines=[(box.pk, 1)])
        assert (order.goods_fen, order.freight_fen) == (4 * once.goods_fen, 4 * once.freight_fen)
        shares = Consignment.objects.filter(order=order).values_list("freight_fen", flat=True)
        assert list(shares) == [once.freight_fen] * 4

    def test_boxes_beside_other_goods_and_a_second_season(self, scene: Scene, box: Variant) -> None:
        other = make_box(scene, deliveries=3, weeks_between=1)
        order = order_of(scene, lines=[(scene.daylily.pk, 1), (box.pk, 1), (other.pk, 1)])
        parts = Consignment.objects.filter(order=order)
        assert parts.count() == 8 and Subscription.objects.count() == 2
        # Both boxes of one week travel as one, though each may be moved alone: one freight, shared by weight.
        same = parts.filter(promised_week=monday(3))
        whole = quote_freight(pack_boxes([(box, 1), (other, 1)]), to_the_door().goal)
        together = next(fen for shared, fen in whole.items() if shared.promised_week == monday(3))
        assert same.count() == 2 and sum(part.freight_fen for part in same) == together

    def test_the_oldest_harvest_goes_first(self, scene: Scene, box: Variant) -> None:
        set_stock(box, 5)
        late = make_lot(box.product, harvested_on=timezone.localdate(), quantity_g=60_000)
        Stock.objects.create(variant=box, lot=late, on_hand=15)
        order = order_of(scene, lines=[(box.pk, 2)])
        lines = OrderLine.objects.filter(consignment__order=order).order_by("promised_week", "pk")
        assert [(line.lot == late, line.quantity) for line in lines] == [
            (False, 2), (False, 2), (False, 1), (True, 1), (True, 2),
        ]  # fmt: skip
        expire(order)
        assert [row.held for row in Stock.objects.filter(variant=box)] == [0, 0]

    def test_stock_is_for_whole_seasons(self, scene: Scene, box: Variant) -> None:
        set_stock(box, 7)
        box.refresh_from_db()
        assert box.available == 1
        with pytest.raises(StockShort):
            order_of(scene, lines=[(box.pk, 2)])
        box.refresh_from_db()
        assert box.held == 0

    def test_too_late_in_the_season_it_is_not_sold(self, scene: Scene, box: Variant) -> None:
        Variant.objects.filter(pk=box.pk).update(season_from=monday(-8), season_until=monday(6))
        box.refresh_from_db()
        assert not is_on_sale(box)
        with pytest.raises(NotOnSale):
            order_of(scene, lines=[(box.pk, 1)])

    def test_an_order_holds_so_many_deliveries(self, scene: Scene, box: Variant) -> None:
        long = make_box(scene, deliveries=52, weeks_between=1, on_hand=60)
        more = make_box(scene, deliveries=50, weeks_between=1, on_hand=60)
        with pytest.raises(NothingToBuy):
            order_of(scene, lines=[(long.pk, 1), (more.pk, 1)])
        cart = Cart.objects.create()
        add_to_cart(cart=cart, variant_id=long.pk, quantity=1)
        with pytest.raises(CartFull):
            add_to_cart(cart=cart, variant_id=more.pk, quantity=1)
        assert MOST_LINES == 100

    def test_the_cart_takes_whole_seasons(self, scene: Scene, box: Variant) -> None:
        cart = Cart.objects.create()
        with pytest.raises(TooFewInStock):
            add_to_cart(cart=cart, variant_id=box.pk, quantity=11)
        add_to_cart(cart=cart, variant_id=box.pk, quantity=10)

    def test_the_cart_comes_to_what_is_ordered(self, scene: Scene, box: Variant) -> None:
        cart = Cart.objects.create()
        add_to_cart(cart=cart, variant_id=box.pk, quantity=2)
        basket = make_basket(cart.lines.select_related("variant__product__store"))
        basket.quote(to_the_door().goal)
        order = order_of(scene, lines=[(box.pk, 2)], cart=cart)
        assert (basket.goods_fen, basket.freight_fen) == (order.goods_fen, order.freight_fen)
        shown = basket.counties[0].shown_boxes
        assert [(one.times, one.freight_fen) for one in shown] == [(4, order.freight_fen // 4)]

    def test_campaign_coupon_and_free_freight_hold_for_every_box(self, scene: Scene, box: Variant) -> None:
        make_promotion(percent_bp=1_000)
        make_promotion(PromotionKind.FREIGHT, minimum_fen=1)
        make_coupon()
        cart = Cart.objects.create()
        add_to_cart(cart=cart, variant_id=box.pk, quantity=1)
        basket = read_basket(AnonymousUser(), cart.ref)
        use_coupon(basket, buyer=None, code="HUANGHUA10")
        basket.quote(to_the_door().goal)
        order = order_of(
            scene,
            lines=[(box.pk, 1)],
            coupon="HUANGHUA10",
            seen=Seen(freight_fen=basket.freight_fen, off_fen=basket.off_fen),
        )
        assert order.goods_fen == basket.goods_fen == 4 * 3510 - 1_000 and order.freight_fen == 0
        paid(order)
        first = Consignment.objects.filter(order=order).order_by("promised_week")[0]
        rest = order.total_fen - first.lines.get().amount_fen
        at = cut_off(monday(3))
        end_deliveries(order=order, subscription_id=first.subscription_id or 0, fen=rest, by=None, at=at)
        assert LineRefund.objects.count() == 3
        clean()

    def test_other_weeks_than_the_page_said_are_not_slipped_in(self, scene: Scene, box: Variant) -> None:
        with pytest.raises(WeeksChanged):
            order_of(scene, lines=[(box.pk, 1)], seen=Seen(weeks={box.pk: (monday(2), monday(8))}))
        assert not Order.objects.exists()
        order_of(scene, lines=[(box.pk, 1)], seen=Seen(weeks={box.pk: (monday(3), monday(9))}))

    def test_the_number_of_statements_is_fixed(self, scene: Scene, box: Variant) -> None:
        def statements(lines: list[tuple[int, int]]) -> int:
            with CaptureQueriesContext(connection) as seen:
                order_of(scene, lines=lines, key=f"key-{lines}")
            return len(seen)

        longer = make_box(scene, deliveries=9, weeks_between=1)
        plain = statements([(scene.daylily.pk, 1)])
        assert statements([(box.pk, 1)]) == statements([(box.pk, 2)]) == statements([(longer.pk, 1)]) == plain + 1

    def test_an_order_that_is_not_paid_gives_all_boxes_back(self, scene: Scene, box: Variant) -> None:
        order = order_of(scene, lines=[(box.pk, 2)])
        expire(order)
        box.refresh_from_db()
        assert box.held == 0

    def test_money_that_comes_after_the_first_week_began_goes_back(self, scene: Scene, box: Variant) -> None:
        order = order_of(scene, lines=[(box.pk, 1)])
        expire(order)
        OrderLine.objects.filter(promised_week=monday(3)).update(promised_week=monday(0))
        settle_payment(Payment.objects.get(order_ref=order.ref).pk)
        order.refresh_from_db()
        assert order.state == "expired"


def expire(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(reserved_until=timezone.now() - dt.timedelta(hours=2))
    assert expire_reservations() == 1


class TestSending:
    """Each box in its week, and its money with it."""

    def test_a_box_waits_for_its_week_though_its_harvest_is_in(self, scene: Scene, box: Variant) -> None:
        order = subscribed(scene, box)
        assert plan_parcels(order.pk) == 0 and plan_promised() == 0
        at = timezone.make_aware(dt.datetime.combine(monday(5), dt.time(6)))
        assert plan_promised(at=at) == 1
        plan_parcels(order.pk, at=at)
        planned = Consignment.objects.filter(order=order, parcel__isnull=False)
        assert sorted(part.promised_week for part in planned if part.promised_week) == [monday(3), monday(5)]
        assert plan_promised(at=at) == 0

    def test_a_box_without_a_lot_waits_too(self, scene: Scene, box: Variant) -> None:
        Stock.objects.filter(variant=box).update(lot=None)
        order = subscribed(scene, box)
        assert plan_parcels(order.pk) == 0

    def test_money_is_released_box_by_box(self, scene: Scene, box: Variant) -> None:
        order = subscribed(scene, box)
        first = Consignment.objects.filter(order=order).order_by("promised_week")[0]
        deliver(first)
        assert release_delivered() == 1
        first.refresh_from_db()
        assert first.released_at and Consignment.objects.filter(order=order, released_at=None).count() == 3
        clean()

    def test_facts_of_sale_are_the_boxes(self, scene: Scene, box: Variant) -> None:
        order = subscribed(scene, box, 2)
        facts = Sale.objects.filter(order_ref=order.ref)
        assert [(fact.quantity, fact.amount_fen, fact.weight_g) for fact in facts] == [(2, 7800, 6000)] * 4
        clean()

    def test_a_box_is_replaced_by_one_box(self, scene: Scene, box: Variant) -> None:
        order = subscribed(scene, box)
        part = Consignment.objects.filter(order=order).order_by("promised_week")[0]
        with transaction.atomic():
            made = replace(consignment=part, units={part.lines.get().pk: 1}, at=timezone.now())
        assert made.subscription is None and made.lines.get().quantity == 1
        box.refresh_from_db()
        assert box.held == 5


def deliver(part: Consignment) -> None:
    """The box was delivered nine days ago."""
    from delivery.models import Parcel, ParcelState
    from tests.delivery.scene import make_parcel

    parcel = make_parcel(part.station, part.order.region)
    when = timezone.now() - dt.timedelta(days=9)
    Parcel.objects.filter(pk=parcel.pk).update(state=ParcelState.DELIVERED, delivered_at=when)
    Consignment.objects.filter(pk=part.pk).update(parcel=parcel)


def clean() -> None:
    """Both audits find nothing."""
    call_command("check_ledger", verbosity=0)
    call_command("check_volume", verbosity=0)


class TestOffering:
    """How a season's box comes on sale, and what the database refuses."""

    def test_a_pack_is_added(self, scene: Scene, clerk: User) -> None:
        pack = packing.add_variant(
            by=clerk, product=scene.daylily.product, name="每月一盒", name_en="A box a month", price_fen=3900,
            net_weight_g=500, deliveries=6, weeks_between=4, season_from=monday(2), season_until=monday(30),
        )  # fmt: skip
        assert len(season_weeks(pack, timezone.localdate())) == 6

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"deliveries": None}, "deliveries"),
            ({"weeks_between": None}, "weeks_between"),
            ({"deliveries": 1}, "deliveries"),
            ({"deliveries": 53}, "deliveries"),
            ({"weeks_between": 9}, "weeks_between"),
            ({"season_from": monday(2) + dt.timedelta(days=1)}, "season_from"),
            ({"season_until": monday(21)}, "season_until"),
        ],
    )
    def test_what_makes_no_season_is_refused(
        self, scene: Scene, clerk: User, wrong: dict[str, Any], field: str
    ) -> None:
        said = {"deliveries": 6, "weeks_between": 4, "season_from": monday(2), "season_until": monday(30), **wrong}
        with pytest.raises(ValidationError) as refused:
            packing.add_variant(
                by=clerk, product=scene.daylily.product, name="每月一盒", price_fen=3900, net_weight_g=500, **said
            )
        assert field in refused.value.message_dict

    @pytest.mark.parametrize(
        "wrong",
        [
            {"deliveries": 1},
            {"deliveries": 53},
            {"weeks_between": 0},
            {"weeks_between": None},
            {"season_from": None},
            {"season_until": monday(4)},
            {"season_from": monday(3) + dt.timedelta(days=2)},
            {"day": dt.date(2026, 12, 24)},
            {"promised_week": monday(5)},
            {"sold_by": "weight", "net_weight_g": 500},
        ],
    )
    def test_the_database_refuses_it_too(self, box: Variant, wrong: dict[str, Any]) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Variant.objects.filter(pk=box.pk).update(**wrong)

    def test_the_rhythm_stays(self, box: Variant, clerk: User) -> None:
        with pytest.raises(ValidationError):
            packing.describe_pack(by=clerk, variant=box, deliveries=8)
        packing.describe_pack(by=clerk, variant=box, season_until=monday(20))
        box.refresh_from_db()
        assert (box.deliveries, box.season_until) == (4, monday(20))

    def test_no_harvest_to_come_is_sold_in_it(self, box: Variant, clerk: User) -> None:
        set_stock(box, 0)
        with pytest.raises(packing.HarvestMixed):
            open_presale(by=clerk, variant=box, promised_week=monday(5), cap_g=60_000)

    def test_a_box_whose_season_is_over_goes_off_sale(self, scene: Scene, box: Variant) -> None:
        order = subscribed(scene, box)
        assert end_seasons(today=monday(5) - dt.timedelta(days=2)) == 0
        assert end_seasons(today=monday(5) - dt.timedelta(days=1)) == 1
        box.refresh_from_db()
        assert not box.active and len(weeks_of(order)) == 4
        assert end_seasons(today=monday(9)) == 0

    def test_two_boxes_of_a_season_are_never_in_one_week(self, scene: Scene, box: Variant) -> None:
        order = paid(order_of(scene, lines=[(box.pk, 1)]))
        part = Consignment.objects.filter(order=order, promised_week=monday(3))
        with pytest.raises(IntegrityError), transaction.atomic():
            part.update(promised_week=monday(5))
        with pytest.raises(IntegrityError), transaction.atomic():
            part.update(promised_week=None)
