"""The farmer's page, the desk's front page, and whose eyes see what."""

import datetime as dt

import pghistory
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Product, Stock
from catalog.shutters import pause_store
from delivery.models import Parcel
from orders.collection import collect
from orders.models import Order, OrderLine
from orders.my_store import Errand
from orders.parcels import plan_parcels
from orders.release import release_delivered
from orders.settlement import settle_payment
from payments.models import Payment
from sellers.models import StoreStatus
from stations.models import Station
from tests.cast import make_clerk, make_household, make_mandate, make_official, make_store, make_user
from tests.orders.scene import Scene, make_goods, order_of


def sold(scene: Scene) -> Order:
    order = order_of(scene, lines=scene.three)
    settle_payment(Payment.objects.get(order_ref=order.ref).pk)
    plan_parcels(order.pk)
    return order


def as_farmer(scene: Scene, client: Client) -> None:
    farmer = make_user("farmer@daylily.example", name="李秀英")
    scene.store.household.user = farmer
    scene.store.household.save()
    client.force_login(farmer)


def test_a_farmer_sees_what_to_bring_what_it_earns_and_no_buyer(scene: Scene, client: Client) -> None:
    order = sold(scene)
    as_farmer(scene, client)
    assert client.get(reverse("my_store")).context["units"] == 2
    bring = client.get(reverse("my_store_bring"))
    (errand,) = bring.context["errands"]
    assert [(one.quantity, one.orders) for one in errand.goods] == [(2, 1)]
    assert (errand.station, errand.until.hour) == (scene.qidong.point, 0), (
        "the van leaves at eight in the morning, in UTC 0"
    )
    money = client.get(reverse("my_store_sold"))
    page = money.content.decode() + bring.content.decode()
    for amount in ("¥77.60", "¥1.55", "¥2.33", "¥73.72"):  # less 2 % and 3 %
        assert amount in page
    for private in ("刘敏", "13907310000", "麓山南路", "liumin@", "岳麓", "桑植白茶", "王建国"):
        assert private not in page
    consignment = order.consignments.get(store=scene.store)
    clerk = make_clerk(scene.qidong.point)
    collect(consignment=consignment, by=clerk, weights={consignment.lines.get().pk: 1000}, nonce="n")
    assert client.get(reverse("my_store_bring")).context["errands"] == []


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ("8:00-12:00 14:30-18:00", "18:00"),
        ("8:30-12:00", "12:00"),
        ("7:30-18:00", None),
        ("", None),
        ("每天", None),
        ("8:30", None),
    ],
)
def test_goods_are_brought_while_the_point_is_open(hours: str, said: str | None) -> None:
    leaves = dt.datetime(2035, 3, 6, 0, 0, tzinfo=dt.UTC)  # eight in the morning
    before = Errand(Station(hours=hours), leaves).closing_before
    assert (before.isoformat() if before else None) == (f"2035-03-05T{said}:00+08:00" if said else None)


def test_money_is_on_its_way_until_the_time_for_returns_is_over(scene: Scene, client: Client) -> None:
    order = sold(scene)
    as_farmer(scene, client)
    delivered = timezone.now() - dt.timedelta(days=2)
    Parcel.objects.filter(consignment__order=order).update(
        state="delivered", collected_at=delivered, delivered_at=delivered
    )
    (sale,) = client.get(reverse("my_store_sold")).context["sales"]
    assert (sale.ready, sale.ready_on) == (False, timezone.localdate(delivered) + dt.timedelta(days=7))
    release_delivered(at=timezone.now() + dt.timedelta(days=6))
    (sale,) = client.get(reverse("my_store_sold")).context["sales"]
    earnings = client.get(reverse("my_store_sold")).context["earnings"]
    assert (sale.ready, earnings.available_fen, earnings.pending_fen) == (True, sale.mine_fen, 0)


def test_what_a_station_sold_for_a_family_is_shown_to_that_family_alone(scene: Scene, client: Client) -> None:
    """Wang's store sells a lot of Li's: the line is Li's, and the rest of the order is none of her business."""
    store = scene.more_daylily.product.store
    order = order_of(scene, lines=[(scene.more_daylily.pk, 1)])
    OrderLine.objects.filter(consignment__order=order).update(payee=scene.store.household)
    settle_payment(Payment.objects.get(order_ref=order.ref).pk)
    plan_parcels(order.pk)
    as_farmer(scene, client)
    page = client.get(reverse("my_store_sold"))
    (sale,) = page.context["sales"]
    assert (sale.through, sale.amount_fen) == (store.label, 2650)
    assert page.context["earnings"].pending_fen == sale.mine_fen
    (errand,) = client.get(reverse("my_store_bring")).context["errands"]
    assert errand.station == store.station
    store.household.user = make_user("wang@daylily.example", name="王建国")
    store.household.save()
    client.force_login(store.household.user)
    assert client.get(reverse("my_store_sold")).context["sales"] == []


def test_whoever_has_no_store_is_told_how_to_come_to_theirs(scene: Scene, client: Client) -> None:
    assert client.get(reverse("my_store")).status_code == 302
    client.force_login(make_user())
    page = client.get(reverse("my_store"))
    assert page.status_code == 200
    assert "村级服务点" in page.content.decode()
    assert scene.store.name not in page.content.decode()
    for name in ("my_store_bring", "my_store_sold", "my_store_goods", "my_store_deeds", "my_store_helpers"):
        assert client.get(reverse(name))["Location"] == reverse("my_store")


def test_nobody_opens_anothers_pages(scene: Scene, client: Client) -> None:
    as_farmer(scene, client)
    other = scene.tea.product
    mandate = make_mandate(other.store.household, scene.sangzhi.point)
    for name, argument in (
        ("my_store_switch", other.ref),
        ("my_store_stock", scene.tea.pk),
        ("my_store_helper", mandate.pk),
        ("my_store_pause", other.store.slug),
        ("my_store_resume", other.store.slug),
        ("my_store_close", other.store.slug),
    ):
        assert client.post(reverse(name, args=[argument]), {"end": "1", "on": "0", "units": "1"}).status_code == 404, (
            name
        )
    mandate.refresh_from_db()
    assert mandate.withdrawn_at is None


def test_what_was_done_in_the_farmers_name_is_told_once_with_before_and_after(scene: Scene, client: Client) -> None:
    as_farmer(scene, client)
    clerk = make_clerk(scene.qidong.point)
    type(scene.daylily.product).objects.update(sold_units=3)
    with pghistory.context(user=clerk.pk, on_behalf_of=scene.store.household_id, station=scene.qidong.point.code):
        product = scene.daylily.product
        product.name = "新名字黄花菜"
        product.save()
        scene.daylily.price_fen = 3990
        scene.daylily.save()
    response = client.get(reverse("my_store_deeds"))
    named = [deed for deed in response.context["deeds"] if deed.who == clerk.name]
    told = sorted([(one.before, one.after) for one in deed.fields] for deed in named)
    assert told == [[("¥38.80", "¥39.90")], [("祁东黄花菜", "新名字黄花菜")]]
    assert {deed.title for deed in named} == {"修改了商品", "修改了规格"}
    page = response.content.decode()
    assert page.count(clerk.name) == 2
    assert scene.qidong.point.label in page


def test_a_switch_takes_goods_off_sale_and_puts_them_on(scene: Scene, client: Client) -> None:
    as_farmer(scene, client)
    product = scene.daylily.product
    switch = reverse("my_store_switch", args=[product.ref])
    client.post(switch, {"on": "0"})
    assert not Product.objects.on_sale().filter(pk=product.pk).exists()
    assert 'aria-checked="false"' in client.get(reverse("my_store_goods")).content.decode()
    client.post(switch, {"on": "1"})
    assert Product.objects.on_sale().filter(pk=product.pk).exists()
    pause_store(by=scene.store.household.user, store=scene.store, reason="harvest")  # type: ignore[arg-type]
    page = client.post(switch, {"on": "1"}, follow=True).content.decode()
    assert "没有营业" in page


def test_stock_is_counted_by_buttons(scene: Scene, client: Client) -> None:
    as_farmer(scene, client)
    count = reverse("my_store_stock", args=[scene.daylily.pk])
    for units in ("1", "10", "-1"):
        client.post(count, {"units": units})
    scene.daylily.refresh_from_db()
    assert scene.daylily.on_hand == 30
    assert client.post(count, {"units": "1000"}).status_code == 404
    Stock.objects.filter(variant=scene.daylily.pk).update(on_hand=2, held=2)
    assert "2" in client.post(count, {"units": "-1"}, follow=True).content.decode()
    scene.daylily.refresh_from_db()
    assert scene.daylily.on_hand == 2


@pytest.mark.parametrize("page", ["my_store", "my_store_bring", "my_store_sold", "my_store_goods", "my_store_deeds"])
def test_the_farmers_pages_ask_a_fixed_number_of_questions(
    scene: Scene, client: Client, page: str, django_assert_max_num_queries: object
) -> None:
    for _ in range(3):
        sold(scene)
    make_goods(scene, 9)
    as_farmer(scene, client)
    with django_assert_max_num_queries(28):  # type: ignore[operator]
        client.get(reverse(page))


def test_the_desk_counts_what_waits_for_this_role(scene: Scene, client: Client) -> None:
    sold(scene)
    clerk, township = make_clerk(scene.qidong.point), make_clerk(scene.qidong.township)
    make_store(
        scene.qidong.point,
        household=make_household(scene.qidong.point, name="赵六"),
        status=StoreStatus.SUBMITTED,
        submitted_by=clerk,
    )
    client.force_login(clerk)
    urls = {tile.url: tile.count for tile in client.get(reverse("desk")).context["waiting"]}
    assert urls[reverse("desk_collect")] == 1
    assert reverse("desk_stores") not in urls
    client.force_login(township)
    urls = {tile.url: tile.count for tile in client.get(reverse("desk")).context["waiting"]}
    assert (urls[reverse("desk_collect")], urls[reverse("desk_stores")]) == (2, 1)


def test_the_desk_is_for_people_with_a_posting(scene: Scene, client: Client) -> None:
    assert client.get(reverse("desk")).status_code == 302
    client.force_login(make_user())
    assert client.get(reverse("desk")).status_code == 403
    sold(scene)
    client.force_login(make_official())
    response = client.get(reverse("desk"))
    assert response.status_code == 200
    assert reverse("desk_collect") not in response.content.decode(), "an official looks on and collects nothing"
