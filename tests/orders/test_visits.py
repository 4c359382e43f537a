"""Visits: days with places, no parcel and no freight, a code at the farm, money after the visit."""

import datetime as dt
from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from catalog import visits as days
from catalog.growing import GrowerMissing
from catalog.models import GoodsKind, Product, Stock, Variant
from catalog.packing import StockBelowHeld
from catalog.stock import StockShort
from orders.calling_off import CannotCallOff, call_off_visit, text_farm
from orders.cart import is_on_sale
from orders.checkout import NoAddress
from orders.models import Consignment, DeliveryWay, Order, Sale
from orders.parcels import plan_parcels
from orders.release import release_delivered
from orders.visits import CameAlready, CodeUnknown, NotTheDay, check_in, take_past_places
from payments.models import Entry
from sellers.models import HouseholdKind
from stations.models import Region
from stations.scope import NotAllowed
from tests.cast import make_category, make_clerk, make_official, make_product, make_user
from tests.orders.scene import Scene, make_scene, order_of, paid, to_the_door

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def clerk(scene: Scene) -> User:
    return make_clerk(scene.qidong.point)


@pytest.fixture
def stay(scene: Scene) -> Product:
    kind = make_category("visits", "乡村体验", "Farm stays and visits", kind=GoodsKind.BOOKING)
    return make_product(scene.store, name="黄花菜地里住一晚", name_en="A night among the daylilies", category=kind)


def day(number: int = 5) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=number)


@pytest.fixture
def night(stay: Product, clerk: User) -> Variant:
    return days.offer_days(by=clerk, product=stay, days=[day()], places=4, price_fen=16800, name="双人房")[0]


def to_the_farm(scene: Scene) -> object:
    return to_the_door(way=DeliveryWay.VISIT, region=scene.store.region, address="")


def booked(scene: Scene, night: Variant, places: int = 2) -> Consignment:
    order = paid(order_of(scene, lines=[(night.pk, places)], delivery=to_the_farm(scene)))
    return Consignment.objects.get(order=order)


def on(number: int = 5) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day(number), dt.time(14)))


class TestDays:
    """Days and places."""

    def test_several_at_once_by_weekday(self, stay: Product, clerk: User) -> None:
        wanted = days.days_between(day(1), day(28), [4, 5])
        made = days.offer_days(by=clerk, product=stay, days=wanted, places=3, price_fen=9800, name="采摘")
        assert len(made) == 8 and {one.day.weekday() for one in made if one.day} == {4, 5}
        stay.refresh_from_db()
        assert stay.in_stock and Variant.objects.get(pk=made[0].pk).on_hand == 3
        assert days.offer_days(by=clerk, product=stay, days=wanted, places=9, price_fen=1, name="采摘") == []

    @pytest.mark.parametrize("which", [[], [day(-1)], [day(number) for number in range(1, 202)]])
    def test_no_day_to_come_or_too_many(self, stay: Product, clerk: User, which: list[dt.date]) -> None:
        with pytest.raises(days.NoSuchDays):
            days.offer_days(by=clerk, product=stay, days=which, places=3, price_fen=9800)

    def test_only_of_a_visit(self, scene: Scene, clerk: User) -> None:
        with pytest.raises(days.NoVisit):
            days.offer_days(by=clerk, product=scene.daylily.product, days=[day()], places=3, price_fen=9800)

    def test_not_of_a_store_for_many(self, scene: Scene, stay: Product, clerk: User) -> None:
        type(scene.store.household).objects.filter(pk=scene.store.household_id).update(
            kind=HouseholdKind.STATION, station=scene.qidong.point
        )
        with pytest.raises(GrowerMissing):
            days.offer_days(by=clerk, product=Product.objects.get(pk=stay.pk), days=[day()], places=3, price_fen=9800)

    def test_places_never_below_what_is_booked(self, scene: Scene, night: Variant, clerk: User) -> None:
        booked(scene, night, 3)
        with pytest.raises(StockBelowHeld):
            days.change_day(by=clerk, variant=night, places=2, price_fen=16800)
        days.change_day(by=clerk, variant=night, places=3, price_fen=19900)
        with pytest.raises(StockShort):
            order_of(scene, lines=[(night.pk, 1)], delivery=to_the_farm(scene))

    def test_a_day_that_is_over_is_not_on_sale(self, scene: Scene, night: Variant, clerk: User) -> None:
        Variant.objects.filter(pk=night.pk).update(day=day(-1))
        night.refresh_from_db()
        assert not is_on_sale(night)
        with pytest.raises(StockShort):
            order_of(scene, lines=[(night.pk, 1)], delivery=to_the_farm(scene))
        with pytest.raises(ValidationError):
            days.change_day(by=clerk, variant=night, places=9, price_fen=16800)
        assert days.end_past_days() == 1
        night.product.refresh_from_db()
        night.refresh_from_db()
        assert not night.active and not night.product.in_stock


class TestBooking:
    """No parcel, no freight."""

    def test_a_part_of_its_own_without_parcel_and_freight(self, scene: Scene, night: Variant, clerk: User) -> None:
        later = days.offer_days(by=clerk, product=night.product, days=[day(9)], places=4, price_fen=16800)[0]
        goods = order_of(scene, lines=[(scene.daylily.pk, 2)])
        order = paid(order_of(scene, lines=[(scene.daylily.pk, 2), (night.pk, 2), (later.pk, 1)]))
        plan_parcels(order.pk)
        parts = list(Consignment.objects.filter(order=order).order_by("visit_day"))
        assert [part.visit_day for part in parts] == [day(), day(9), None]
        assert [bool(part.parcel_id) for part in parts] == [False, False, True]
        assert [part.freight_fen for part in parts] == [0, 0, goods.freight_fen]
        assert all(len(part.visit_code) == 8 for part in parts[:2]) and parts[0].visit_code != parts[1].visit_code

    def test_the_facts_are_of_the_farm_and_weigh_nothing(self, scene: Scene, night: Variant) -> None:
        part = booked(scene, night)
        sale = Sale.objects.get(order_ref=part.order.ref)
        assert (sale.category_slug, sale.flow, sale.weight_g, sale.quantity) == ("visits", "outbound", 0, 2)
        assert sale.village_code == scene.store.region_id
        call_command("check_ledger", verbosity=0)
        call_command("check_volume", verbosity=0)

    def test_goods_are_not_sent_to_the_farm(self, scene: Scene, night: Variant) -> None:
        with pytest.raises(NoAddress):
            order_of(scene, lines=[(night.pk, 1), (scene.daylily.pk, 1)], delivery=to_the_farm(scene))
        assert not Order.objects.exists()

    def test_the_database_wants_a_code_and_no_parcel(self, scene: Scene, night: Variant) -> None:
        part = booked(scene, night)
        with pytest.raises(IntegrityError), transaction.atomic():
            Consignment.objects.filter(pk=part.pk).update(visit_code="")

    def test_the_pages(self, scene: Scene, night: Variant, client: Client) -> None:
        days.say_of_visit(
            by=make_clerk(scene.qidong.point),
            product=night.product,
            directions="黄土铺镇服务站下车",
            calling_off="提前三天全退",
        )
        page = client.get(reverse("product", args=[night.product.ref])).content.decode()
        assert "余 4 个名额" in page and "提前三天全退" in page and "什么时候能到" not in page
        client.post(reverse("cart_add"), {"variant": night.pk, "quantity": 2})
        form = client.get(reverse("checkout")).content.decode()
        assert 'name="recipient"' in form and 'name="province"' not in form and 'name="way"' not in form
        part = booked(scene, night)
        order = client.get(reverse("order", args=[part.order.ref])).content.decode()
        assert f"{part.visit_code[:4]} {part.visit_code[4:]}" in order and "黄土铺镇服务站下车" in order

    def test_nothing_is_shown_before_it_is_paid(self, scene: Scene, night: Variant, client: Client) -> None:
        order = order_of(scene, lines=[(night.pk, 1)], delivery=to_the_farm(scene))
        code = Consignment.objects.get(order=order).visit_code
        assert code[:4] + " " not in client.get(reverse("order", args=[order.ref])).content.decode()


class TestArrival:
    """The code at the farm, and the money after it."""

    def test_the_farmer_lets_them_in_once(self, scene: Scene, night: Variant) -> None:
        part = booked(scene, night)
        farmer = make_user("farmer@daylily.example", name="李秀英")
        scene.store.household.user = farmer
        scene.store.household.save()
        with pytest.raises(NotTheDay):
            check_in(by=farmer, code=part.visit_code)
        check_in(by=farmer, code=f"{part.visit_code[:4]} {part.visit_code[4:]}", at=on())
        night.refresh_from_db()
        assert (night.on_hand, night.held) == (2, 0)
        with pytest.raises(CameAlready):
            check_in(by=farmer, code=part.visit_code, at=on())

    def test_a_wrong_code_and_anothers_farm(self, scene: Scene, night: Variant, clerk: User) -> None:
        part = booked(scene, night)
        for code in ("", "00000000", "abc", "９" * 8):
            with pytest.raises(CodeUnknown):
                check_in(by=clerk, code=code, at=on())
        with pytest.raises(CodeUnknown):
            check_in(by=make_clerk(scene.sangzhi.point, "向妹"), code=part.visit_code, at=on())
        with pytest.raises(NotAllowed):
            check_in(by=make_official(), code=part.visit_code, at=on())
        check_in(by=clerk, code=part.visit_code, at=on())

    def test_the_money_comes_a_week_after_the_visit(self, scene: Scene, night: Variant, clerk: User) -> None:
        part = booked(scene, night)
        assert release_delivered(at=on(20)) == 0
        check_in(by=clerk, code=part.visit_code, at=on())
        assert release_delivered(at=on(11)) == 0 and release_delivered(at=on(12)) == 1
        assert Entry.objects.filter(transfer__kind="release").exists()
        call_command("check_ledger", verbosity=0)

    def test_who_did_not_come_pays_a_month_later(self, scene: Scene, night: Variant) -> None:
        part = booked(scene, night)
        assert take_past_places(at=on(5)) == 0 and take_past_places(at=on(6)) == 1
        night.refresh_from_db()
        assert night.held == 0 and Stock.objects.get(variant=night).on_hand == 2
        assert release_delivered(at=on(34)) == 0 and release_delivered(at=on(36)) == 1
        part.refresh_from_db()
        assert part.visited_at is None

    def test_the_desk_and_the_farm_see_who_comes(
        self, scene: Scene, night: Variant, clerk: User, client: Client
    ) -> None:
        booked(scene, night)
        client.force_login(clerk)
        assert "刘敏" in client.get(reverse("desk_visits")).content.decode()
        farmer = make_user("farmer@daylily.example", name="李秀英")
        scene.store.household.user = farmer
        scene.store.household.save()
        client.force_login(farmer)
        assert "刘敏" in client.get(reverse("my_store_visits")).content.decode()
        assert "预订的客人" in client.get(reverse("my_store")).content.decode()
        assert client.get(reverse("my_store_days", args=[night.product.ref])).status_code == 200


def test_the_farm_offers_days_from_its_own_pages(scene: Scene, stay: Product, client: Client) -> None:
    farmer = make_user("farmer@daylily.example", name="李秀英")
    scene.store.household.user = farmer
    scene.store.household.save()
    client.force_login(farmer)
    sent = {
        "first": day(1).isoformat(), "last": day(14).isoformat(), "weekdays": ["5", "6"], "places": "6", "price_fen": "48",
        "name": "采摘", "name_en": "picking",
    }  # fmt: skip
    answer = client.post(reverse("my_store_days", args=[stay.ref]), sent, follow=True)
    assert "已开放 4 天预订" in answer.content.decode()
    refused = client.post(reverse("my_store_days", args=[stay.ref]), {**sent, "name": "🍊"}).content.decode()
    assert "名称里要有文字" in refused and refused.index("名称里要有文字") < refused.index('class="jobs"')
    one = Variant.objects.filter(product=stay).earliest("day")
    client.post(reverse("my_store_day", args=[stay.ref, one.pk]), {"places": "0", "price_fen": "48"})
    one.refresh_from_db()
    assert one.on_hand == 0 and Region.objects.exists()


def test_the_cart_says_that_a_visit_is_not_sent(scene: Scene, night: Variant, client: Client) -> None:
    said = "到访预订，不寄包裹。"
    client.post(reverse("cart_add"), {"variant": scene.daylily.pk, "quantity": 1})
    assert said not in client.get(reverse("cart")).content.decode()
    client.post(reverse("cart_add"), {"variant": night.pk, "quantity": 2})
    assert client.get(reverse("cart")).content.decode().count(said) == 1


class TestCallingOff:
    """Until six in the evening of the day before: all money back, the places free, the farm told."""

    def test_all_money_comes_back_and_the_places_are_free(self, scene: Scene, night: Variant) -> None:
        visit = booked(scene, night)
        refund = call_off_visit(order=visit.order, number=visit.number, by=None)
        night.refresh_from_db()
        assert (refund.amount_fen, night.held, night.on_hand) == (2 * 16_800, 0, 4)
        assert ProcrastinateJob.objects.filter(task_name="orders.text_farm").count() == 1
        with pytest.raises(CannotCallOff):
            call_off_visit(order=visit.order, number=visit.number, by=None)
        with pytest.raises(CodeUnknown):
            check_in(by=scene.store.household.user or make_clerk(scene.qidong.point), code=visit.visit_code, at=on())
        call_command("check_ledger", verbosity=0)
        call_command("check_volume", verbosity=0)

    def test_not_after_six_the_evening_before(self, scene: Scene, night: Variant) -> None:
        visit = booked(scene, night)
        evening = timezone.make_aware(dt.datetime.combine(day(4), dt.time(18)))
        with pytest.raises(CannotCallOff):
            call_off_visit(order=visit.order, number=visit.number, by=None, at=evening)
        call_off_visit(order=visit.order, number=visit.number, by=None, at=evening - dt.timedelta(seconds=1))

    def test_not_when_they_have_been_there(self, scene: Scene, night: Variant, clerk: User) -> None:
        visit = booked(scene, night)
        check_in(by=clerk, code=visit.visit_code, at=on())
        with pytest.raises(CannotCallOff):
            call_off_visit(order=visit.order, number=visit.number, by=None)

    def test_goods_that_travel_are_no_visit(self, scene: Scene) -> None:
        part = Consignment.objects.get(order=paid(order_of(scene)))
        with pytest.raises(CannotCallOff):
            call_off_visit(order=part.order, number=part.number, by=None)

    def test_the_farm_reads_who_does_not_come(self, scene: Scene, night: Variant) -> None:
        visit = booked(scene, night)
        call_off_visit(order=visit.order, number=visit.number, by=None)
        with patch("orders.calling_off.send_text") as sent:
            text_farm(visit.pk)
        number, text = sent.call_args.args
        assert number == scene.store.household.phone and visit.visit_code in text and "2" in text

    def test_the_order_page_offers_it(self, scene: Scene, night: Variant, client: Client) -> None:
        visit = booked(scene, night)
        page = reverse("order", args=[visit.order.ref])
        assert "取消这次预约" in client.get(page).content.decode()
        done = client.post(reverse("order_call_off", args=[visit.order.ref]), {"part": visit.number}, follow=True)
        assert "336.00" in done.content.decode()
        assert "取消这次预约" not in client.get(page).content.decode()
