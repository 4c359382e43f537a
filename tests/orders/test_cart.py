"""The cart: what it takes, what it refuses and why, and that nothing changes behind the buyer's back."""

from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from catalog.models import Variant
from orders.cart import CART_COOKIE, MOST_LINES, CartFull, add_to_cart, merge_carts, open_cart
from orders.models import Cart, CartLine
from tests.cast import PASSWORD, make_user
from tests.orders.scene import Scene, make_goods


def put(client: Client, variant: Variant, quantity: object = 1, **more: str) -> object:
    return client.post(reverse("cart_add"), {"variant": variant.pk, "quantity": quantity, **more})


def lines() -> dict[int, int]:
    return dict(CartLine.objects.values_list("variant_id", "quantity"))


def test_a_guest_fills_a_cart_that_a_cookie_remembers(scene: Scene, client: Client) -> None:
    response = client.post(reverse("cart_add"), {"variant": scene.daylily.pk, "quantity": 2})
    cookie = response.cookies[CART_COOKIE]
    assert (response.status_code, response["Location"]) == (302, reverse("cart"))
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 30 * 24 * 3600)
    assert Cart.objects.get().ref == cookie.value
    put(client, scene.daylily, 1)
    assert lines() == {scene.daylily.pk: 3}
    assert "祁东黄花菜" in client.get(reverse("cart")).content.decode()


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "1e9", "NaN", "", "1000", "9" * 60, "两", "<b>2</b>"])
def test_what_is_no_quantity_is_refused_in_words_and_nothing_changes(
    scene: Scene, client: Client, quantity: str
) -> None:
    response = client.post(reverse("cart_add"), {"variant": scene.daylily.pk, "quantity": quantity})
    assert response.status_code == 409
    assert "notice bad" in response.content.decode()
    assert "<b>2" not in response.content.decode()
    assert not Cart.objects.exists()


def test_full_width_digits_are_digits(scene: Scene, client: Client) -> None:
    put(client, scene.daylily, "２")
    assert lines() == {scene.daylily.pk: 2}


def test_more_than_in_stock_is_refused_also_in_two_steps(scene: Scene, client: Client) -> None:
    assert "20" in client.post(reverse("cart_add"), {"variant": scene.daylily.pk, "quantity": 21}).content.decode()
    put(client, scene.daylily, 15)
    response = client.post(reverse("cart_add"), {"variant": scene.daylily.pk, "quantity": 6})
    assert response.status_code == 409
    assert "15" in response.content.decode()
    assert lines() == {scene.daylily.pk: 15}


@pytest.mark.parametrize("variant", ["", "abc", "-1", "999999", "9" * 30])
def test_goods_that_are_not_there_are_refused(scene: Scene, client: Client, variant: str) -> None:
    assert client.post(reverse("cart_add"), {"variant": variant, "quantity": 1}).status_code == 409
    assert not CartLine.objects.exists()


def test_goods_of_a_closed_store_are_refused(scene: Scene, client: Client) -> None:
    type(scene.daylily.product).objects.update(store_open=False)
    assert client.post(reverse("cart_add"), {"variant": scene.daylily.pk, "quantity": 1}).status_code == 409


def test_a_form_of_another_site_puts_nothing_in(scene: Scene, client: Client) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}
    response = client.post(reverse("cart_add"), {"variant": scene.daylily.pk, "quantity": 1}, headers=headers)
    assert response.status_code == 403
    assert not Cart.objects.exists()


def test_a_form_without_a_token_is_taken_from_our_own_pages(scene: Scene) -> None:
    client = Client(enforce_csrf_checks=True)
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}
    data = {"variant": scene.daylily.pk, "quantity": 1}
    assert client.post(reverse("cart_add"), data, headers=headers).status_code == 302
    changed = client.post(reverse("cart_change"), data, headers=headers)
    assert changed.status_code == 403, "the cart's own page does carry a token"


@pytest.mark.parametrize(
    ("next_url", "goes_to"),
    [("/search/?q=茶", "/search/?q=茶"), ("https://elsewhere.example/", "/cart/"), ("//elsewhere.example", "/cart/")],
)
def test_next_leads_to_our_own_pages_alone(scene: Scene, client: Client, next_url: str, goes_to: str) -> None:
    data = {"variant": scene.daylily.pk, "quantity": 1, "next": next_url}
    response = client.post(reverse("cart_add"), urlencode(data), content_type="application/x-www-form-urlencoded")
    assert response["Location"].startswith(goes_to.split("?")[0])


def test_change_and_remove(scene: Scene, client: Client) -> None:
    put(client, scene.daylily, 2)
    put(client, scene.tea, 1)
    client.post(reverse("cart_change"), {"variant": scene.daylily.pk, "quantity": 5})
    client.post(reverse("cart_change"), {"variant": scene.tea.pk, "action": "remove"})
    assert lines() == {scene.daylily.pk: 5}
    response = client.post(reverse("cart_change"), {"variant": scene.daylily.pk, "quantity": "viele"}, follow=True)
    assert "viele" in response.content.decode()
    assert lines() == {scene.daylily.pk: 5}


def test_a_changed_price_and_a_shrunk_stock_are_shown(scene: Scene, client: Client) -> None:
    put(client, scene.daylily, 5)
    Variant.objects.filter(pk=scene.daylily.pk).update(price_fen=4200, on_hand=3)
    page = client.get(reverse("cart")).content.decode()
    assert "¥38.80" in page and "¥42.00" in page
    assert "told" in page and "仅剩 3" in page


def test_goods_travel_by_county_and_freight_is_shown_for_a_province(scene: Scene, client: Client) -> None:
    for variant in (scene.daylily, scene.more_daylily, scene.tea):
        put(client, variant)
    page = client.get(reverse("cart"), {"to": "430000000000"}).content.decode()
    assert page.count('class="county-part"') == 2
    assert page.count("¥6.00") == 4  # beside each county's goods and in the sum
    assert "祁东县" in page and "桑植县" in page


def test_where_nobody_goes_the_cart_says_so(scene: Scene, client: Client) -> None:
    put(client, scene.daylily)
    assert "西藏自治区" in client.get(reverse("cart"), {"to": "540000000000"}).context["no_route"]


def test_a_cart_is_kept_when_its_owner_signs_in_and_the_cookie_opens_it_no_more(scene: Scene, client: Client) -> None:
    user = make_user("buyer@daylily.example")
    own = Cart.objects.create(user=user)
    CartLine.objects.create(cart=own, variant=scene.daylily, quantity=1, seen_price_fen=3880)
    put(client, scene.daylily, 4)
    put(client, scene.tea, 1)
    ref = client.cookies[CART_COOKIE].value
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert dict(own.lines.values_list("variant_id", "quantity")) == {scene.daylily.pk: 4, scene.tea.pk: 1}
    assert not Cart.objects.filter(ref=ref).exists()
    stranger = Client()
    stranger.cookies[CART_COOKIE] = own.ref
    assert not stranger.get(reverse("cart")).context["basket"].items


def test_a_cookie_of_ones_own_making_opens_nothing(scene: Scene, client: Client) -> None:
    client.cookies[CART_COOKIE] = "' OR 1=1 --"
    assert client.get(reverse("cart")).status_code == 200
    put(client, scene.daylily)
    assert client.cookies[CART_COOKIE].value == Cart.objects.get().ref


def test_a_cart_holds_a_hundred_goods(scene: Scene) -> None:
    cart = Cart.objects.create()
    goods = make_goods(scene, 101)
    for variant in goods[:100]:
        CartLine.objects.create(cart=cart, variant=variant, quantity=1, seen_price_fen=1)
    with pytest.raises(CartFull):
        add_to_cart(cart=cart, variant_id=goods[100].pk, quantity=1)


def test_the_page_asks_few_questions_whatever_is_in_it(
    scene: Scene, client: Client, django_assert_max_num_queries: object
) -> None:
    for variant in [scene.tea, *make_goods(scene, 12)]:
        put(client, variant)
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        client.get(reverse("cart"))


def test_the_cart_offers_the_province_that_the_cards_reckoned_with(scene: Scene, client: Client) -> None:
    put(client, scene.daylily)
    page = client.get(reverse("cart"))
    assert '<option value="430000000000" selected>' in page.content.decode()
    assert page.context["basket"].freight_fen is None  # freight is asked for, not guessed


def test_two_full_carts_become_one_that_can_be_ordered(scene: Scene) -> None:
    goods, user = make_goods(scene, MOST_LINES + 20), make_user("liumin@daylily.example")
    guest, own = open_cart(AnonymousUser(), ""), open_cart(user, "")
    CartLine.objects.bulk_create(
        CartLine(cart=own, variant=one, quantity=1, seen_price_fen=one.price_fen) for one in goods[:60]
    )
    CartLine.objects.bulk_create(
        CartLine(cart=guest, variant=one, quantity=2, seen_price_fen=one.price_fen) for one in goods[50:120]
    )
    merge_carts(user=user, ref=guest.ref)
    lines = dict(own.lines.values_list("variant_id", "quantity"))
    assert len(lines) == MOST_LINES and {one.pk for one in goods[:100]} == set(lines)
    assert lines[goods[55].pk] == 2 and lines[goods[0].pk] == 1
