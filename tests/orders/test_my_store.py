"""The farmer's page, the desk's front page, and whose eyes see what."""

import pghistory
from django.test import Client
from django.urls import reverse

from orders.collection import collect
from orders.models import Order
from orders.parcels import plan_parcels
from orders.settlement import settle_payment
from payments.models import Payment
from sellers.models import StoreStatus
from tests.cast import make_clerk, make_household, make_official, make_store, make_user
from tests.orders.scene import Scene, order_of


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
    response = client.get(reverse("my_store"))
    page = response.content.decode()
    assert [(one.quantity, one.orders) for one in response.context["bring"]] == [(2, 1)]
    assert "¥73.72" in page  # 77.60 less 2 % and 3 %
    for private in ("刘敏", "13907310000", "麓山南路", "liumin@", "岳麓"):
        assert private not in page
    for other in ("桑植白茶", "王建国"):
        assert other not in page
    consignment = order.consignments.get(store=scene.store)
    clerk = make_clerk(scene.qidong.point)
    collect(consignment=consignment, by=clerk, weights={consignment.lines.get().pk: 1000}, nonce="n")
    assert client.get(reverse("my_store")).context["bring"] == []


def test_whoever_has_no_store_gets_404_and_nobody_opens_anothers(scene: Scene, client: Client) -> None:
    assert client.get(reverse("my_store")).status_code == 302
    client.force_login(make_user())
    assert client.get(reverse("my_store")).status_code == 404
    as_farmer(scene, client)
    other = scene.tea.product.store
    assert client.get(reverse("my_store"), {"store": other.slug}).context["store"] == scene.store


def test_what_was_done_in_the_farmers_name_is_listed(scene: Scene, client: Client) -> None:
    clerk = make_clerk(scene.qidong.point)
    type(scene.daylily.product).objects.update(summary="无人署名的改动")
    with pghistory.context(user=clerk.pk, on_behalf_of=scene.store.household_id):
        product = scene.daylily.product
        product.name = "新名字黄花菜"
        product.save()
        scene.daylily.price_fen = 3990
        scene.daylily.save()
    as_farmer(scene, client)
    response = client.get(reverse("my_store"))
    assert [(deed.what, deed.new, deed.by) for deed in response.context["deeds"]] == [
        ("新名字黄花菜", False, clerk.name)
    ] * 2
    assert clerk.name in response.content.decode()


def test_the_farmers_page_asks_a_fixed_number_of_questions(
    scene: Scene, client: Client, django_assert_max_num_queries: object
) -> None:
    for _ in range(3):
        sold(scene)
    as_farmer(scene, client)
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        client.get(reverse("my_store"))


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
