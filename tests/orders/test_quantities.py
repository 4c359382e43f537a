"""How many one order holds of a pack: said at the product, refused by the cart and by the checkout; boxes apart by cold and week."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from catalog.models import Product, SoldBy, Temperature
from catalog.weeks import WEEK, monday_of
from orders.amounts import AmountRefused, nearest_amount
from orders.boxes import pack_boxes
from orders.cart import OutOfBounds, add_to_cart, change_quantity, take_what_is_left
from orders.cart_page import make_basket
from orders.collection import beyond_tolerance
from orders.models import Cart, CartLine, Consignment, Order, OrderLine
from orders.parcels import plan_parcels
from tests.cast import make_product, make_variant
from tests.orders.scene import Scene, make_scene, order_of, paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    found = make_scene()
    found.daylily.least, found.daylily.most = 2, 5
    found.daylily.save()
    return found


@pytest.mark.parametrize("units", [1, 6])
def test_an_order_out_of_bounds_changes_nothing(scene: Scene, units: int) -> None:
    with pytest.raises(AmountRefused):
        order_of(scene, lines=[(scene.daylily.pk, units)])
    scene.daylily.refresh_from_db()
    assert scene.daylily.held == 0 and not Order.objects.exists()


def test_several_lines_of_one_pack_count_together(scene: Scene) -> None:
    order_of(scene, lines=[(scene.daylily.pk, 1), (scene.daylily.pk, 1)])
    with pytest.raises(AmountRefused):
        order_of(scene, lines=[(scene.daylily.pk, 3), (scene.daylily.pk, 3)])


def test_the_cart_takes_no_other_quantity(scene: Scene) -> None:
    cart = Cart.objects.create()
    with translation.override("zh-hans"), pytest.raises(OutOfBounds, match="至少 2 件"):
        add_to_cart(cart=cart, variant_id=scene.daylily.pk, quantity=1)
    add_to_cart(cart=cart, variant_id=scene.daylily.pk, quantity=4)
    with pytest.raises(OutOfBounds):  # with those inside
        add_to_cart(cart=cart, variant_id=scene.daylily.pk, quantity=2)
    with pytest.raises(OutOfBounds):
        change_quantity(cart=cart, variant_id=scene.daylily.pk, quantity=6)
    assert cart.lines.get().quantity == 4


def test_a_line_that_became_too_small_is_marked_and_mended(scene: Scene) -> None:
    cart = Cart.objects.create()
    CartLine.objects.create(cart=cart, variant=scene.daylily, quantity=1, seen_price_fen=3880)
    line = cart.lines.select_related("variant__product__store__region").get()
    basket = make_basket([line])
    assert basket.blocked and "2" in basket.items[0].refused and basket.boxes == []
    take_what_is_left(cart=cart)
    assert cart.lines.get().quantity == 2


@pytest.mark.parametrize(("units", "left", "may"), [(1, 20, 2), (9, 20, 5), (4, 3, 3), (2, 1, 0), (3, 20, 3)])
def test_the_nearest_that_may_be_ordered(scene: Scene, units: int, left: int, may: int) -> None:
    assert nearest_amount(scene.daylily, units, left) == may


def test_the_product_page_says_bounds_jin_and_tolerance(scene: Scene, client: Client) -> None:
    product = scene.daylily.product
    make_variant(product, sold_by=SoldBy.WEIGHT, tolerance_percent=8, price_fen=4600)
    make_variant(product, grams=250, price_fen=2680)
    page = client.get(reverse("product", args=[product.ref])).content.decode()
    assert "2 件起订" in page and "每单限 5 件" in page and "上下不超过 8%" in page and "合每斤 ¥53.60" in page
    assert 'name="quantity" value="2"' in page


def test_frozen_goods_have_a_box_a_consignment_and_a_cold_parcel_of_their_own(scene: Scene) -> None:
    frozen = make_variant(make_product(scene.store, name="速冻黄花菜", temperature=Temperature.FROZEN))
    order = order_of(scene, lines=[(scene.daylily.pk, 2), (frozen.pk, 1)])
    paid(order)
    plan_parcels(order.pk)
    parts = Consignment.objects.filter(order=order).select_related("parcel").order_by("frozen")
    assert [(part.frozen, part.parcel.chilled, part.parcel.frozen) for part in parts if part.parcel] == [
        (False, False, False),
        (True, True, True),
    ]
    assert sum(part.freight_fen for part in parts) == order.freight_fen and all(part.freight_fen for part in parts)


def test_what_is_promised_has_a_box_of_its_own(scene: Scene) -> None:
    scene.more_daylily.promised_week = monday_of(timezone.localdate()) + WEEK * 5
    scene.more_daylily.product = Product.objects.get(pk=scene.daylily.product_id)
    boxes = pack_boxes([(scene.daylily, 1), (scene.more_daylily, 2)])
    assert [(box.promised_week is None, box.weight_g) for box in boxes] == [(True, 540), (False, 580)]


def test_a_visit_weighs_nothing_and_is_in_no_box(scene: Scene) -> None:
    scene.daylily.day = timezone.localdate() + dt.timedelta(days=3)
    assert pack_boxes([(scene.daylily, 1)]) == []


@pytest.mark.parametrize(("grams", "percent"), [(1000, []), (1050, []), (1060, [6]), (930, [-7])])
def test_the_scale_is_compared_with_the_tolerance(scene: Scene, grams: int, percent: list[int]) -> None:
    loose = make_variant(scene.daylily.product, sold_by=SoldBy.WEIGHT)
    order = order_of(scene, lines=[(loose.pk, 2)])
    line = OrderLine.objects.select_related("variant").get(consignment__order=order)
    assert [off for _line, off in beyond_tolerance([line], {line.pk: grams})] == percent
