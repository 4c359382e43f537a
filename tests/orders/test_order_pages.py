"""Order pages: who may open them, and what they say of money, parcels and pickup codes."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from catalog.models import Grade, GradeScheme
from delivery.models import Parcel, ParcelState, ScanKind
from delivery.scanning import scan
from orders.expiry import expire_reservations
from orders.following import follow
from orders.models import Order
from orders.parcels import plan_parcels
from orders.settlement import settle_payment
from payments.models import Payment, Provider
from tests.cast import make_clerk, make_operator, make_user
from tests.orders.scene import Scene, order_of, to_the_point


@pytest.fixture
def buyer(db: None) -> User:
    return make_user("buyer@daylily.example", name="刘敏")


def pay(order: Order) -> None:
    settle_payment(Payment.objects.get(order_ref=order.ref).pk)
    plan_parcels(order.pk)


def page_of(client: Client, order: Order, query: str = "") -> str:
    response = client.get(reverse("order", args=[order.ref]) + query)
    assert response.status_code == 200
    return response.content.decode()


def test_an_order_of_an_account_opens_for_that_account_alone(scene: Scene, client: Client, buyer: User) -> None:
    order = order_of(scene, buyer=buyer)
    url = reverse("order", args=[order.ref])
    assert client.get(url).status_code == 404
    for stranger in (make_user(), make_clerk(scene.qidong.point), make_operator()):
        client.force_login(stranger)
        assert client.get(url).status_code == 404, stranger
        assert client.post(reverse("order_pay", args=[order.ref])).status_code == 404
    client.force_login(buyer)
    assert client.get(url).status_code == 200


def test_a_guests_order_opens_by_its_link_and_its_number_opens_nothing(scene: Scene, client: Client) -> None:
    order = order_of(scene)
    assert page_of(client, order)
    assert client.get(reverse("order", args=[order.number])).status_code == 404
    assert client.get(reverse("order", args=["x" * 22])).status_code == 404


def test_my_orders_are_mine_and_need_an_account(scene: Scene, client: Client, buyer: User) -> None:
    mine, other = order_of(scene, buyer=buyer), order_of(scene, buyer=make_user())
    assert client.get(reverse("orders")).status_code == 302
    client.force_login(buyer)
    page = client.get(reverse("orders")).content.decode()
    assert mine.number in page and other.number not in page


def test_long_lists_go_on(scene: Scene, client: Client, buyer: User, django_assert_max_num_queries: object) -> None:
    made = [
        order_of(scene, buyer=buyer, lines=[(scene.tea.pk, 1)] if n % 2 else [(scene.daylily.pk, 1)]) for n in range(22)
    ]
    client.force_login(buyer)
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        first = client.get(reverse("orders"))
    assert made[21].number in first.content.decode() and made[0].number not in first.content.decode()
    assert made[0].number in client.get(reverse("orders") + first.context["next_url"]).content.decode()


def test_while_stripe_is_silent_the_page_looks_again_and_then_stops(scene: Scene, client: Client) -> None:
    order = order_of(scene)
    response = client.get(reverse("order", args=[order.ref]), {"paid": "1"})
    assert response["Refresh"] == f"3; url={reverse('order', args=[order.ref])}?paid=2"
    assert "Refresh" not in client.get(reverse("order", args=[order.ref]), {"paid": "60"})
    assert "Refresh" not in client.get(reverse("order", args=[order.ref]))
    pay(order)
    response = client.get(reverse("order", args=[order.ref]), {"paid": "2"})
    assert "Refresh" not in response and "已付款" in response.content.decode()


def test_an_order_whose_time_is_over_says_so_and_cannot_be_paid(scene: Scene, client: Client) -> None:
    order = order_of(scene)
    Order.objects.filter(pk=order.pk).update(reserved_until=timezone.now() - dt.timedelta(seconds=1))
    for _ in range(2):
        page = page_of(client, order)
        assert "逾期未付款" in page and "order_pay" not in page and f"/orders/{order.ref}/pay/" not in page
        assert client.post(reverse("order_pay", args=[order.ref]))["Location"] == reverse("order", args=[order.ref])
        expire_reservations()
    scene.daylily.refresh_from_db()
    assert scene.daylily.held == 0


def test_a_paid_order_shows_each_parcels_way(scene: Scene, client: Client) -> None:
    order = order_of(scene, lines=scene.three)
    pay(order)
    parcel = order.consignments.order_by("id")[0].parcel
    assert parcel
    clerk = make_clerk(scene.qidong.point)
    scan(parcel=parcel, kind=ScanKind.COLLECT, station=scene.qidong.point, by=clerk, nonce="a")
    scan(parcel=parcel, kind=ScanKind.OUT, station=scene.qidong.point, by=clerk, nonce="b")
    page = page_of(client, order)
    assert parcel.number in page and scene.qidong.township.name in page
    assert reverse("trace", args=[parcel.ref]) in page
    assert clerk.name not in page, "who works at a station is nobody's business here"


def test_the_parcels_of_one_countys_box_reach_the_door_on_one_day(scene: Scene) -> None:
    order = order_of(scene, lines=scene.three)
    pay(order)
    first, second = (part.parcel for part in follow(order) if part.consignment.county_code == "430426")
    assert first and second
    late = first.legs.get(to_station=None).arrive_planned + dt.timedelta(days=1)
    second.legs.filter(to_station=None).update(arrive_planned=late)
    assert [part.events[-1].when for part in follow(order) if part.consignment.county_code == "430426"] == [late, late]
    assert all(part.events[-1].when != late for part in follow(order) if part.consignment.county_code != "430426")


def test_the_pickup_code_shows_when_the_parcel_is_there_and_not_before(scene: Scene, client: Client) -> None:
    order = order_of(scene, delivery=to_the_point(scene.qidong.second_point))
    pay(order)
    parcel = Parcel.objects.get()
    assert parcel.pickup_code and parcel.pickup_code not in page_of(client, order)
    Parcel.objects.update(state=ParcelState.READY, keep_until=timezone.localdate())
    assert parcel.pickup_code in page_of(client, order)


def test_a_counter_order_says_where_and_until_when(scene: Scene, client: Client) -> None:
    order = order_of(scene, delivery=to_the_point(scene.qidong.point), pay_by=Provider.COUNTER)
    page = page_of(client, order)
    assert scene.qidong.point.name in page and order.number in page and "现金" in page


def test_the_page_asks_as_much_of_three_stores_as_of_one(
    scene: Scene, client: Client, django_assert_num_queries: object
) -> None:
    one, three = order_of(scene), order_of(scene, lines=scene.three)
    for order in (one, three):
        pay(order)
        with django_assert_num_queries(9):  # type: ignore[operator]
            page_of(client, order)


def test_in_english(scene: Scene, client: Client) -> None:
    order = order_of(scene)
    page = client.get(f"/en/orders/{order.ref}/").content.decode()
    assert "Qidong dried daylily, 500 g bag" in page and "麓山南路2号3栋502, Yuelu, Changsha, Hunan" in page


def test_the_grade_that_was_sold_is_named_in_english_while_the_lot_has_it(scene: Scene) -> None:
    scheme = GradeScheme.objects.create(category=scene.daylily.product.category, title="祁东黄花菜等级")
    grade = Grade.objects.create(scheme=scheme, rank=1, name="特级", name_en="Special")
    lower = Grade.objects.create(scheme=scheme, rank=2, name="一级", name_en="First")
    scene.daylily.product.lots.update(grade=grade)
    order = order_of(scene)
    line = follow(order)[0].lines[0]
    assert line.grade_label == "特级"
    with override("en"):
        assert line.grade_label == "Special"
        scene.daylily.product.lots.update(grade=lower)
        assert follow(order)[0].lines[0].grade_label == "特级", "what was sold stays what it was"


def test_the_list_says_where_the_goods_are(scene: Scene, client: Client, buyer: User) -> None:
    order = order_of(scene, buyer=buyer, lines=scene.three)
    client.force_login(buyer)
    assert "待付款" in client.get(reverse("orders")).content.decode()
    pay(order)
    assert "已付款" in client.get(reverse("orders")).content.decode()
    Parcel.objects.filter(pk=Parcel.objects.earliest("pk").pk).update(state=ParcelState.DELIVERED)
    assert "运输中" in client.get(reverse("orders")).content.decode()
    Parcel.objects.update(state=ParcelState.DELIVERED)
    assert "已送达" in client.get(reverse("orders")).content.decode()
