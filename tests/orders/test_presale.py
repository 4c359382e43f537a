"""Pre-sale: a harvest to come with a cap and a week; what is ready goes at once, what is promised in its week or once it is in."""

import datetime as dt

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from catalog import packing
from catalog.models import Lot, Product, Stock, Variant
from catalog.presale import CapTooSmall, end_broken_promises, open_presale
from catalog.promises import keep_weeks
from catalog.stock import StockShort
from catalog.weeks import WEEK, monday_of
from orders.boxes import pack_boxes
from orders.models import Consignment, NoticeStep, OrderLine, Sale
from orders.parcels import plan_parcels, plan_promised
from orders.promises import HarvestKnown, bring_in, move_promise, pay_back_short, short_lines
from orders.release import release_delivered
from stations.scope import NotAllowed
from tests.cast import make_clerk, make_product, make_variant, set_stock
from tests.orders.scene import Scene, make_scene, order_of, paid, tell_all

pytestmark = pytest.mark.django_db


def soon(weeks: int = 5) -> dt.date:
    return monday_of(timezone.localdate()) + WEEK * weeks


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def clerk(scene: Scene) -> User:
    return make_clerk(scene.qidong.point)


@pytest.fixture
def promised(scene: Scene) -> Variant:
    """A pack of 500 g of the Qidong store, of which nothing is there."""
    return make_variant(make_product(scene.store, name="黄花菜 预售", name_en="Daylily, pre-sale"), on_hand=0)


@pytest.fixture
def lot(promised: Variant, clerk: User) -> Lot:
    """Ten bags, promised for the week after next month."""
    return open_presale(by=clerk, variant=promised, promised_week=soon(), cap_g=5_000)


def test_the_cap_is_all_that_is_sold(scene: Scene, promised: Variant, lot: Lot) -> None:
    promised.refresh_from_db()
    assert (promised.on_hand, promised.promised_week) == (10, soon())
    order_of(scene, lines=[(promised.pk, 10)])
    with pytest.raises(StockShort):
        order_of(scene, lines=[(promised.pk, 1)])
    with pytest.raises(IntegrityError), transaction.atomic():
        Lot.objects.filter(pk=lot.pk).update(used_g=5_500)


def test_more_than_the_cap_is_not_packed(promised: Variant, lot: Lot, clerk: User) -> None:
    with pytest.raises(packing.LotTooSmall):
        packing.count_stock(by=clerk, variant=promised, lot=lot, on_hand=11)


@pytest.mark.parametrize("week", [soon(0), soon() + dt.timedelta(days=1), soon(60)])
def test_a_week_is_a_monday_to_come(promised: Variant, clerk: User, week: dt.date) -> None:
    with pytest.raises(ValidationError):
        open_presale(by=clerk, variant=promised, promised_week=week, cap_g=5_000)


def test_a_cap_holds_at_least_one_piece(promised: Variant, clerk: User) -> None:
    with pytest.raises(CapTooSmall):
        open_presale(by=clerk, variant=promised, promised_week=soon(), cap_g=400)
    assert not Lot.objects.filter(promised_week__isnull=False).exists()


def test_a_pack_sells_what_is_there_or_one_promise(scene: Scene, promised: Variant, lot: Lot, clerk: User) -> None:
    with pytest.raises(packing.HarvestMixed):
        open_presale(by=clerk, variant=scene.daylily, promised_week=soon(), cap_g=5_000)
    with pytest.raises(packing.HarvestMixed):
        open_presale(by=clerk, variant=promised, promised_week=soon(7), cap_g=5_000)
    open_presale(by=clerk, variant=promised, promised_week=soon(), cap_g=1_000)  # the same week is one promise


def test_pages_say_the_week(promised: Variant, lot: Lot, client: Client) -> None:
    product = Product.objects.get(pk=promised.product_id)
    assert product.promised_week == soon() and product.in_stock
    page = client.get(reverse("product", args=[product.ref])).content.decode()
    assert "预售" in page and "当周发货" in page
    assert "预售，" in client.get(reverse("search"), {"q": "黄花菜 预售"}).content.decode()


def test_a_card_forgets_the_week_when_something_is_ready(promised: Variant, lot: Lot) -> None:
    ready = make_variant(promised.product, on_hand=3)
    keep_weeks([promised.product_id])
    assert Product.objects.get(pk=promised.product_id).promised_week is None
    set_stock(ready, 0)
    keep_weeks([promised.product_id])
    assert Product.objects.get(pk=promised.product_id).promised_week == soon()


def test_what_is_ready_goes_at_once_and_the_rest_in_its_week(scene: Scene, promised: Variant, lot: Lot) -> None:
    order = paid(order_of(scene, lines=[(scene.daylily.pk, 1), (promised.pk, 2)]))
    plan_parcels(order.pk)
    ready, waits = Consignment.objects.filter(order=order).order_by("promised_week", "pk").reverse()
    if ready.promised_week:
        ready, waits = waits, ready
    assert ready.parcel_id is not None and waits.parcel_id is None and waits.promised_week == soon()
    assert OrderLine.objects.get(consignment=waits).promised_week == soon()
    assert plan_promised() == 0
    monday = timezone.make_aware(dt.datetime.combine(soon(), dt.time(6)))
    assert plan_promised(at=monday) == 1
    plan_parcels(order.pk, at=monday)
    waits.refresh_from_db()
    assert waits.parcel_id is not None and plan_promised(at=monday) == 0


def test_the_order_page_says_when_it_is_sent(scene: Scene, promised: Variant, lot: Lot, client: Client) -> None:
    order = paid(order_of(scene, lines=[(promised.pk, 2)]))
    plan_parcels(order.pk)
    assert "当周采收发货" in client.get(reverse("order", args=[order.ref])).content.decode()


def test_two_boxes_cost_two_freights(scene: Scene, promised: Variant, lot: Lot) -> None:
    promised.refresh_from_db()
    assert len(pack_boxes([(scene.daylily, 1), (promised, 1)])) == 2
    alone = order_of(scene, lines=[(scene.daylily.pk, 1)]).freight_fen
    assert order_of(scene, lines=[(scene.daylily.pk, 1), (promised.pk, 1)]).freight_fen == 2 * alone


class TestHarvest:
    """The harvest is in."""

    def test_enough_for_all(self, scene: Scene, promised: Variant, lot: Lot, clerk: User) -> None:
        order = paid(order_of(scene, lines=[(promised.pk, 4)]))
        found = bring_in(by=clerk, lot=lot, harvested_on=timezone.localdate(), quantity_g=4_700)
        promised.refresh_from_db()
        assert (found.served, found.short) == (1, [])
        assert (promised.on_hand, promised.held, promised.promised_week) == (9, 4, None)
        lot.refresh_from_db()
        assert (lot.quantity_g, lot.used_g) == (4_700, 4_500)
        plan_parcels(order.pk)  # it waits for no week any more
        assert Consignment.objects.get(order=order).parcel_id is not None

    def test_too_small_serves_who_paid_first(self, scene: Scene, promised: Variant, lot: Lot, clerk: User) -> None:
        now = timezone.now()
        late, early = (order_of(scene, lines=[(promised.pk, 4)]) for _ in range(2))
        paid(early, at=now - dt.timedelta(hours=2))
        paid(late, at=now - dt.timedelta(hours=1))
        found = bring_in(by=clerk, lot=lot, harvested_on=timezone.localdate(), quantity_g=2_600)
        assert found.served == 1 and [line.consignment.order_id for line in found.short] == [late.pk]
        promised.refresh_from_db()
        assert (promised.on_hand, promised.held) == (5, 4)
        for order in (early, late):
            plan_parcels(order.pk)
        assert Consignment.objects.get(order=early).parcel_id and not Consignment.objects.get(order=late).parcel_id
        call_command("check_ledger", verbosity=0)

    def test_the_rest_is_paid_back_by_the_centre_once(
        self, scene: Scene, promised: Variant, lot: Lot, clerk: User
    ) -> None:
        order = paid(order_of(scene, lines=[(promised.pk, 4), (scene.daylily.pk, 1)]))
        bring_in(by=clerk, lot=lot, harvested_on=timezone.localdate(), quantity_g=1_000)
        with pytest.raises(NotAllowed):
            pay_back_short(by=clerk, lot=lot)
        centre = make_clerk(scene.qidong.centre, "邹丽")
        assert pay_back_short(by=centre, lot=lot) == 1 and pay_back_short(by=centre, lot=lot) == 0
        assert not short_lines(lot).exists()
        assert Sale.objects.filter(order_ref=order.ref, amount_fen__lt=0).count() == 1
        promised.refresh_from_db()
        assert promised.held == 0  # let go once, not twice
        call_command("check_ledger", verbosity=0)
        call_command("check_volume", verbosity=0)

    def test_the_seller_waits_until_it_is_paid_back(
        self, scene: Scene, promised: Variant, lot: Lot, clerk: User
    ) -> None:
        order = paid(order_of(scene, lines=[(promised.pk, 2), (promised.pk, 2)]))
        other = make_variant(promised.product, on_hand=0)
        open_presale(by=clerk, variant=other, promised_week=soon(), cap_g=5_000)
        order = paid(order_of(scene, lines=[(promised.pk, 2), (other.pk, 2)]))
        bring_in(by=clerk, lot=lot, harvested_on=timezone.localdate(), quantity_g=2_000)
        part = Consignment.objects.get(order=order)
        assert part.lines.filter(short_since__isnull=False).count() == 1
        Consignment.objects.filter(pk=part.pk).update(parcel=_delivered(order))
        assert release_delivered() == 0
        pay_back_short(by=make_clerk(scene.qidong.centre, "邹丽"), lot=lot)
        assert release_delivered() == 1

    def test_only_once_and_not_tomorrow(self, promised: Variant, lot: Lot, clerk: User) -> None:
        with pytest.raises(ValidationError):
            bring_in(by=clerk, lot=lot, harvested_on=timezone.localdate() + dt.timedelta(days=1), quantity_g=1_000)
        bring_in(by=clerk, lot=lot, harvested_on=timezone.localdate(), quantity_g=4_000)
        with pytest.raises(HarvestKnown):
            bring_in(by=clerk, lot=lot, harvested_on=timezone.localdate(), quantity_g=4_000)

    def test_an_unpaid_order_that_came_too_late_lets_go_once(
        self, scene: Scene, promised: Variant, lot: Lot, clerk: User
    ) -> None:
        from orders.expiry import expire_reservations

        order = order_of(scene, lines=[(promised.pk, 4)])
        bring_in(by=clerk, lot=lot, harvested_on=timezone.localdate(), quantity_g=1_000)
        type(order).objects.filter(pk=order.pk).update(reserved_until=timezone.now() - dt.timedelta(hours=1))
        assert expire_reservations() == 1
        promised.refresh_from_db()
        assert (promised.on_hand, promised.held) == (2, 0)


class TestMoving:
    """The promise moves."""

    def test_the_week_of_orders_moves_and_buyers_are_told(
        self, scene: Scene, promised: Variant, lot: Lot, clerk: User
    ) -> None:
        order = paid(order_of(scene, lines=[(promised.pk, 2)]))
        assert move_promise(by=clerk, lot=lot, promised_week=soon(8)) == 1
        assert OrderLine.objects.get(consignment__order=order).promised_week == soon(8)
        promised.refresh_from_db()
        assert promised.promised_week == soon(8)
        assert tell_all(order, NoticeStep.PROMISE) == 1
        assert "当周发货" in mail.outbox[-1].subject
        first = timezone.make_aware(dt.datetime.combine(soon(5), dt.time(6)))
        assert plan_promised(at=first) == 0  # not in the week of before
        assert plan_promised(at=first + WEEK * 3) == 1

    def test_who_gets_nothing_is_told(self, scene: Scene, promised: Variant, lot: Lot, clerk: User) -> None:
        order = paid(order_of(scene, lines=[(promised.pk, 4)]))
        bring_in(by=clerk, lot=lot, harvested_on=timezone.localdate(), quantity_g=1_000)
        assert tell_all(order, NoticeStep.SHORT) == 1
        assert "收成" in mail.outbox[-1].subject and "退款" in mail.outbox[-1].body


def test_a_promise_that_nobody_kept_is_not_sold_any_more(scene: Scene, promised: Variant, lot: Lot) -> None:
    order_of(scene, lines=[(promised.pk, 3)])
    assert end_broken_promises(today=soon() + WEEK - dt.timedelta(days=1)) == 0
    assert end_broken_promises(today=soon() + WEEK) == 1
    promised.refresh_from_db()
    assert (promised.on_hand, promised.held) == (3, 3)
    lot.refresh_from_db()
    assert lot.used_g == 1_500 and not Stock.objects.filter(lot=lot, on_hand__gt=3).exists()


def test_the_desk_offers_and_brings_in(scene: Scene, promised: Variant, clerk: User, client: Client) -> None:
    client.force_login(clerk)
    ref = promised.product.ref
    answer = client.post(
        reverse("desk_presale", args=[ref]),
        {"pack": promised.pk, "promised_week": soon().isoformat(), "cap_g": "5"},
        follow=True,
    )
    assert "开预售" in answer.content.decode() and "已开始预售" in answer.content.decode()
    lot = Lot.objects.get(promised_week=soon())
    paid(order_of(scene, lines=[(promised.pk, 4)]))
    page = reverse("desk_promise", args=[ref, lot.pk])
    assert "2 公斤" in client.get(page).content.decode().replace("\xa0", " ")
    wrong = client.post(page, {"action": "harvest", "harvested_on": "2126-07-01", "quantity_g": "5"})
    assert "这一天还没到" in wrong.content.decode() or wrong.status_code == 200
    today = timezone.localdate().isoformat()
    done = client.post(page, {"action": "harvest", "harvested_on": today, "quantity_g": "1"}, follow=True)
    assert "收成不够" in done.content.decode() and "县中心退款" in done.content.decode()


def _delivered(order: object) -> object:
    from delivery.models import Parcel, ParcelState
    from tests.delivery.scene import make_parcel

    part = Consignment.objects.filter(order=order).select_related("station", "order__region").get()  # type: ignore[misc]
    parcel = make_parcel(part.station, part.order.region)
    Parcel.objects.filter(pk=parcel.pk).update(
        state=ParcelState.DELIVERED, delivered_at=timezone.now() - dt.timedelta(days=9)
    )
    return parcel
