"""A buyer's way through the pages: checkout without JavaScript, what is kept when something is wrong, and one order a page."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Address
from catalog.models import Stock, Variant
from orders.models import DeliveryWay, Order, OrderLine
from orders.paying import PaymentPageClosed
from orders.views import checkout as checkout_views
from payments import stripe_checkout
from payments.models import Payment, Provider
from tests.cast import make_user
from tests.orders.scene import CHANGSHA_YUELU, Scene

STRIPE_PAGE = "https://checkout.stripe.com/c/pay/one"
DOOR = {
    "email": "liumin@daylily.example",
    "way": DeliveryWay.CARRIER.value,
    "recipient": "刘敏",
    "phone": "+86 139-0731-0000",
    "province": "430000000000",
    "city": "430100000000",
    "county": CHANGSHA_YUELU,
    "detail": "麓山南路2号3栋502",
    "pay_by": Provider.STRIPE.value,
}


@pytest.fixture(autouse=True)
def stripe(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Stripe's hosted page, opened without Stripe; what it was asked for."""
    asked: list[dict[str, Any]] = []

    def open_session(*, payment: Payment, **params: Any) -> str:
        assert not connection.in_atomic_block or connection.savepoint_ids == [], "Stripe is called after the commit"
        asked.append({"payment": payment.pk, **params})
        payment.session_url = STRIPE_PAGE
        payment.save()
        return STRIPE_PAGE

    monkeypatch.setattr(stripe_checkout, "open_session", open_session)
    return asked


def fill(client: Client, *goods: tuple[Variant, int]) -> None:
    for variant, quantity in goods:
        client.post(reverse("cart_add"), {"variant": variant.pk, "quantity": quantity})


def fill_three(client: Client, scene: Scene) -> None:
    fill(client, (scene.daylily, 2), (scene.more_daylily, 1), (scene.tea, 1))


def hidden(response: Any, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())
    return found[1] if found else ""


def review(client: Client, **changes: Any) -> tuple[Any, dict[str, Any]]:
    """Open the page, fill it in and ask for freight; the answer, and what the page then says in its hidden fields."""
    first = client.get(reverse("checkout"))
    data = {**DOOR, "key": hidden(first, "key"), "action": "review", **changes}
    response = client.post(reverse("checkout"), data)
    return response, {**data, "seen": hidden(response, "seen"), "action": "place"}


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_a_guest_orders_from_three_stores_of_two_counties(
    scene: Scene, client: Client, stripe: list[dict[str, Any]]
) -> None:
    fill_three(client, scene)
    response, data = review(client)
    assert "¥7.50" in text_of(response) and "¥6.00" in text_of(response)
    response = client.post(reverse("checkout"), data)
    order = Order.objects.get()
    assert (response.status_code, response["Location"]) == (302, STRIPE_PAGE)
    assert (order.phone, order.region_id, order.user, order.consignments.count()) == (
        "13907310000",
        CHANGSHA_YUELU,
        None,
        3,
    )
    assert stripe[0]["success_url"].endswith(f"/orders/{order.ref}/?paid=1")
    page = text_of(client.get(reverse("order", args=[order.ref])))
    assert order.number in page and "湖南省长沙市岳麓区 麓山南路2号3栋502" in page
    assert not client.get(reverse("cart")).context["basket"].items


def test_the_whole_way_of_a_guest_takes_few_requests_and_statements(scene: Scene, client: Client) -> None:
    """Eight requests and sixty statements with the page of the goods, which comes first and may ask five questions itself."""
    with CaptureQueriesContext(connection) as asked:
        client.post(reverse("cart_add"), {"variant": scene.daylily.pk, "quantity": 1})
        client.get(reverse("cart"))
        first = client.get(reverse("checkout"))
        client.get(reverse("regions"), {"parent": "430000000000"})
        data = {**DOOR, "key": hidden(first, "key")}
        answer = client.post(reverse("checkout"), {**data, "action": "review"})
        data |= {"seen": hidden(answer, "seen"), "action": "place"}
        client.post(reverse("checkout"), data)
        client.get(reverse("order", args=[Order.objects.get().ref]), {"paid": "1"})
    assert len(asked) <= 60 - 5, len(asked)


def test_a_second_click_leads_to_the_same_order(scene: Scene, client: Client) -> None:
    fill_three(client, scene)
    _response, data = review(client)
    first = client.post(reverse("checkout"), data)
    second = client.post(reverse("checkout"), data)
    assert first["Location"] == second["Location"] == STRIPE_PAGE
    assert (Order.objects.count(), Payment.objects.count()) == (1, 1)


def test_price_seller_currency_and_state_are_not_read_from_what_was_sent(scene: Scene, client: Client) -> None:
    """They come from the goods; whoever adds them to a request is charged as everybody is."""
    fill_three(client, scene)
    forged = {"price_fen": "1", "unit_price_fen": "1", "amount_fen": "1", "total_fen": "1", "freight_fen": "0", "store": "1",
              "seller": "1", "currency": "USD", "state": "paid", "paid_at": "2026-01-01", "discount_fen": "99999"}  # fmt: skip
    _response, data = review(client, **forged)
    assert client.post(reverse("checkout"), data)["Location"] == STRIPE_PAGE
    order = Order.objects.get()
    lines = {line.variant_id: line for line in OrderLine.objects.filter(consignment__order=order)}
    for variant in (scene.tea, scene.daylily, scene.more_daylily):
        line = lines[variant.pk]
        assert line.unit_price_fen == variant.price_fen
        assert line.consignment.store_id == variant.product.store_id
    assert (order.state, order.currency, order.paid_at) == ("reserved", "CNY", None) and order.freight_fen > 0
    assert Payment.objects.get().amount_fen == order.total_fen == order.goods_fen + order.freight_fen


def test_a_page_that_says_another_price_is_asked_again(scene: Scene, client: Client) -> None:
    fill_three(client, scene)
    _response, data = review(client)
    cheaper = re.sub(rf"{scene.daylily.price_fen}", "1", data["seen"])
    assert cheaper != data["seen"]
    response = client.post(reverse("checkout"), {**data, "seen": cheaper})
    assert response.status_code == 200 and not Order.objects.exists()  # the page again, with today's amounts
    assert "¥38.80" in text_of(response)


def test_the_same_page_with_another_address_is_a_conflict_in_words(scene: Scene, client: Client) -> None:
    fill_three(client, scene)
    _response, data = review(client)
    client.post(reverse("checkout"), data)
    response = client.post(reverse("checkout"), {**data, "detail": "别处1号"})
    assert response.status_code == 409
    assert Order.objects.get().number in text_of(response)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "12345"),
        ("phone", "23907310000"),
        ("phone", "0731-8888888"),
        ("email", "nobody"),
        ("email", ""),
        ("recipient", ""),
        ("detail", ""),
        ("detail", "长" * 121),
        ("province", ""),
        ("city", "440100000000"),
        ("county", "430426000000"),
        ("county", "' OR 1=1"),
        ("way", "by drone"),
        ("pay_by", "later"),
        ("pay_by", "counter"),
    ],
)
def test_bad_input_is_explained_and_what_was_typed_is_kept(
    scene: Scene, client: Client, field: str, value: str
) -> None:
    fill_three(client, scene)
    response, data = review(client, **{field: value})
    assert response.context["form"].errors.get(field), response.context["form"].errors
    assert "form-errors" in text_of(response)
    for kept in ("liumin@daylily.example", "麓山南路2号3栋502"):
        assert kept in text_of(response) or value != DOOR[field] and field in ("email", "detail")
    client.post(reverse("checkout"), data)
    assert not Order.objects.exists()


def test_without_javascript_a_button_shows_the_cities_and_complains_of_nothing(scene: Scene, client: Client) -> None:
    fill_three(client, scene)
    response = client.post(reverse("checkout"), {"province": "430000000000", "recipient": "刘敏", "action": "choose"})
    assert "长沙市" in text_of(response) and "岳麓区" not in text_of(response)
    assert "form-errors" not in text_of(response) and "刘敏" in text_of(response)
    data = {"province": "430000000000", "city": "430100000000", "action": "choose"}
    assert "岳麓区" in text_of(client.post(reverse("checkout"), data))


def test_municipalities_and_cities_without_counties_are_handled(scene: Scene, client: Client) -> None:
    shanghai = client.get(reverse("regions"), {"parent": "310000000000"}).json()["options"]
    assert [city[1] for city in shanghai] == ["上海市"]
    assert "浦东新区" in [name for _code, name in shanghai[0][2]]
    chongqing = client.get(reverse("regions"), {"parent": "500000000000"}).json()["options"]
    assert len(chongqing) == 1 and {"渝中区", "云阳县"} <= {name for _code, name in chongqing[0][2]}
    guangdong = {city[1]: city[2] for city in client.get(reverse("regions"), {"parent": "44"}).json()["options"]}
    assert guangdong["东莞市"] == [["441900000000", "东莞市"]]
    fill_three(client, scene)
    data = {"province": "310000000000", "action": "choose"}
    assert "浦东新区" in text_of(client.post(reverse("checkout"), data))


@pytest.mark.parametrize("query", [{}, {"parent": "x"}, {"parent": "430100000000"}, {"parent": "99"}, {"points": "zz"}])
def test_places_that_are_none_have_no_options(scene: Scene, client: Client, query: dict[str, str]) -> None:
    assert client.get(reverse("regions"), query).json() == {"options": []}


def test_a_price_that_changes_meanwhile_is_shown_and_not_charged(scene: Scene, client: Client) -> None:
    fill_three(client, scene)
    _response, data = review(client)
    Variant.objects.filter(pk=scene.tea.pk).update(price_fen=15000)
    response = client.post(reverse("checkout"), data)
    assert not Order.objects.exists()
    assert "¥128.00" in text_of(response) and "¥150.00" in text_of(response)
    assert "麓山南路2号3栋502" in text_of(response)
    again = client.post(reverse("checkout"), {**data, "seen": hidden(response, "seen")})
    assert again["Location"] == STRIPE_PAGE
    assert Order.objects.get().goods_fen == 2 * 3880 + 2650 + 15000


def test_a_new_address_with_another_freight_is_shown_first(scene: Scene, client: Client) -> None:
    fill_three(client, scene)
    _response, data = review(client)
    changed = {**data, "seen": data["seen"].replace("freight1350", "freight100")}
    assert changed != data
    assert "¥13.50" in text_of(client.post(reverse("checkout"), changed))
    assert not Order.objects.exists()


def test_the_last_bag_went_to_someone_else(scene: Scene, client: Client) -> None:
    fill_three(client, scene)
    _response, data = review(client)
    Stock.objects.filter(variant=scene.daylily.pk).update(on_hand=1)
    response = client.post(reverse("checkout"), data)
    assert not Order.objects.exists()
    page = text_of(response)
    assert "祁东黄花菜" in page and 'value="adjust"' in page and "麓山南路2号3栋502" in page
    adjusted = client.post(reverse("checkout"), {**data, "action": "adjust"})
    final = client.post(reverse("checkout"), {**data, "seen": hidden(adjusted, "seen")})
    assert final["Location"] == STRIPE_PAGE
    assert Order.objects.get().goods_fen == 3880 + 2650 + 12800


def test_an_order_to_a_village_point_paid_at_the_counter(scene: Scene, client: Client) -> None:
    fill(client, (scene.daylily, 1))
    point = scene.qidong.other_point
    to_point = {"way": DeliveryWay.STATION.value, "pickup_county": "430426000000", "station": point.code}
    response, data = review(
        client, **to_point, pay_by=Provider.COUNTER.value, province="", city="", county="", detail=""
    )
    assert response.context["reviewed"], response.context["form"].errors
    response = client.post(reverse("checkout"), data)
    order = Order.objects.get()
    assert response["Location"] == reverse("order", args=[order.ref])
    page = text_of(client.get(response["Location"]))
    assert order.number in page and point.name in page
    assert (order.pickup_station, order.region_id) == (point, point.region_id)


def test_a_village_point_that_closed_is_refused(scene: Scene, client: Client) -> None:
    fill(client, (scene.daylily, 1))
    point = scene.qidong.other_point
    type(point).objects.filter(pk=point.pk).update(status="closed", closed_on=timezone.localdate())
    response, _data = review(client, way="station", pickup_county="430426000000", station=point.code)
    assert response.context["form"].errors["station"]


def test_where_no_carrier_goes_the_page_says_so(scene: Scene, client: Client) -> None:
    fill(client, (scene.daylily, 1))
    lhasa = {"province": "540000000000", "city": "540100000000", "county": "540102000000"}
    response, data = review(client, **lhasa)
    assert "西藏自治区" in text_of(response)
    assert not data["seen"]


def test_an_account_keeps_its_address_and_uses_it_again(scene: Scene, client: Client) -> None:
    buyer = make_user("buyer@daylily.example", name="刘敏")
    client.force_login(buyer)
    fill(client, (scene.daylily, 1))
    _response, data = review(client, keep="on")
    client.post(reverse("checkout"), data)
    address = Address.objects.get(user=buyer)
    assert (address.region_code, address.phone, Order.objects.get().user) == (CHANGSHA_YUELU, "13907310000", buyer)
    fill(client, (scene.tea, 1))
    page = client.get(reverse("checkout"))
    assert "麓山南路2号3栋502" in text_of(page)
    short = {
        "email": buyer.email,
        "way": "carrier",
        "saved": str(address.pk),
        "pay_by": "stripe",
        "key": hidden(page, "key"),
    }
    answer = client.post(reverse("checkout"), {**short, "action": "review"})
    client.post(reverse("checkout"), {**short, "seen": hidden(answer, "seen"), "action": "place"})
    assert Order.objects.latest("pk").address == "麓山南路2号3栋502"


def test_someone_elses_saved_address_is_no_choice(scene: Scene, client: Client) -> None:
    other = Address.objects.create(
        user=make_user(), recipient="别人", phone="13900000000", region_code=CHANGSHA_YUELU, detail="别人家"
    )
    buyer = make_user("buyer@daylily.example")
    Address.objects.create(
        user=buyer, recipient="刘敏", phone="13907310000", region_code=CHANGSHA_YUELU, detail="麓山南路2号"
    )
    client.force_login(buyer)
    fill(client, (scene.daylily, 1))
    response, _data = review(client, saved=str(other.pk))
    assert response.context["form"].errors["saved"]
    assert "别人家" not in text_of(response)


def test_addresses_are_added_and_removed_by_their_owner(scene: Scene, client: Client) -> None:
    assert client.get(reverse("addresses")).status_code == 302
    buyer = make_user("buyer@daylily.example")
    client.force_login(buyer)
    client.post(reverse("addresses"), {**DOOR, "action": "add"})
    assert "湖南省长沙市岳麓区" in text_of(client.get(reverse("addresses")))
    other = Address.objects.create(
        user=make_user(), recipient="别人", phone="13900000000", region_code=CHANGSHA_YUELU, detail="别人家"
    )
    client.post(reverse("addresses"), {"action": "remove", "address": other.pk})
    client.post(reverse("addresses"), {"action": "remove", "address": Address.objects.get(user=buyer).pk})
    assert list(Address.objects.all()) == [other]
    assert "form-errors" in text_of(client.post(reverse("addresses"), {**DOOR, "phone": "1", "action": "add"}))


def test_when_stripe_is_silent_the_order_stays_and_can_be_paid_later(
    scene: Scene, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(client, (scene.daylily, 1))
    _response, data = review(client)

    def silent(order: Order) -> str:
        raise PaymentPageClosed(order.ref)

    with monkeypatch.context() as patch:
        patch.setattr(checkout_views, "payment_page", silent)
        response = client.post(reverse("checkout"), data)
    order = Order.objects.get()
    assert response["Location"] == reverse("order", args=[order.ref])
    assert client.post(reverse("order_pay", args=[order.ref]))["Location"] == STRIPE_PAGE


def test_an_empty_cart_leads_back_to_the_cart(scene: Scene, client: Client) -> None:
    assert client.get(reverse("checkout"))["Location"] == reverse("cart")


def test_in_english_too(scene: Scene, client: Client) -> None:
    fill(client, (scene.daylily, 1))
    page = text_of(client.get("/en/checkout/"))
    assert "Show freight and arrival" in page and "Qidong dried daylily" in page
