"""Promotions on the pages: in the cart, at the checkout with a coupon, and at the desk with two people."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import Coupon, Order, Payer, Promotion, PromotionKind
from orders.promoting import PromotionRefused, Terms, approve, propose_for_county
from payments import stripe_checkout
from stations.models import Region
from stations.scope import NotAllowed
from tests.cast import QIDONG, SANGZHI, make_clerk, make_official, make_operator, make_user, signed_in_client
from tests.orders.promoting import make_coupon, make_promotion
from tests.orders.scene import Scene
from tests.orders.test_buying import STRIPE_PAGE, fill, review, text_of

pytestmark = pytest.mark.django_db
FORM = {
    "kind": "coupon",
    "name": "黄花菜节",
    "name_en": "Daylily festival",
    "off_fen": "10",
    "code": "huanghua 10",
    "budget_fen": "500",
}


@pytest.fixture(autouse=True)
def stripe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stripe's hosted page, opened without Stripe."""
    monkeypatch.setattr(stripe_checkout, "open_session", lambda **_params: STRIPE_PAGE)


def days(**changes: Any) -> dict[str, Any]:
    """The form, from today for ten days."""
    today = timezone.localdate()
    return {**FORM, "starts_on": today.isoformat(), "ends_on": (today + dt.timedelta(days=10)).isoformat(), **changes}


def test_the_cart_shows_the_campaign_price_and_the_checkout_takes_the_coupon(scene: Scene, client: Client) -> None:
    make_promotion(payer=Payer.COUNTY, percent_bp=1_000)
    make_promotion(PromotionKind.FREIGHT, minimum_fen=5_000)
    make_coupon()
    fill(client, (scene.daylily, 2))
    cart = text_of(client.get(reverse("cart"), {"to": "430000000000"}))
    assert '<s class="was">¥77.60</s> ¥69.84' in cart and "−¥7.76" in cart
    response, data = review(client, coupon="huanghua10")
    page = text_of(response)
    assert "−¥10.00" in page and "¥59.84" in page
    assert '<s class="was num">¥7.50</s>' in page
    assert client.post(reverse("checkout"), data)["Location"] == STRIPE_PAGE
    order = Order.objects.get()
    assert (order.total_fen, order.freight_fen) == (5984, 0)
    assert Coupon.objects.get().used == 1
    assert "¥77.60" in text_of(client.get(reverse("order", args=[order.ref])))


@pytest.mark.parametrize(
    ("code", "told"),
    [("NICHT", "没有这个优惠码"), ("HUANGHUA10", "请先登录再用这张优惠券"), ("X" * 30, "没有这个优惠码")],
)
def test_a_coupon_that_is_refused_says_why_beside_it_and_orders_nothing(
    scene: Scene, client: Client, code: str, told: str
) -> None:
    make_coupon(user=make_user())
    fill(client, (scene.daylily, 2))
    response, data = review(client, coupon=code)
    assert told in text_of(response) and f'value="{code}"' in text_of(response)
    placed = client.post(reverse("checkout"), data)
    assert told in text_of(placed)
    assert not Order.objects.exists()


def test_a_campaign_that_ended_meanwhile_is_told_and_nothing_is_ordered(scene: Scene, client: Client) -> None:
    make_promotion(percent_bp=1_000)
    fill(client, (scene.daylily, 2))
    _response, data = review(client)
    Promotion.objects.update(ended_at=timezone.now())
    page = text_of(client.post(reverse("checkout"), data))
    assert "优惠原来是¥7.76，现在是¥0.00" in page
    assert not Order.objects.exists()


def test_a_coupon_typed_after_the_page_was_worked_out_is_shown_before_it_is_used(scene: Scene, client: Client) -> None:
    make_coupon()
    fill(client, (scene.daylily, 2))
    _response, data = review(client)
    page = text_of(client.post(reverse("checkout"), {**data, "coupon": "HUANGHUA10"}))
    assert "优惠原来是¥0.00，现在是¥10.00" in page
    assert not Order.objects.exists()


def test_a_county_promotes_with_two_people(scene: Scene) -> None:
    clerk, official = make_clerk(scene.qidong.centre), make_official()
    first, second = signed_in_client(clerk), signed_in_client(official)
    assert first.post(reverse("desk_promotions"), days()).status_code == 302
    promotion = Promotion.objects.get()
    assert (promotion.payer, promotion.region_id, promotion.approved_at) == (Payer.COUNTY, QIDONG, None)
    assert Coupon.objects.get().code == "HUANGHUA10"
    decide = reverse("desk_promotion_decide", args=[promotion.pk])
    first.post(decide, {"action": "approve"})
    promotion.refresh_from_db()
    assert promotion.approved_at is None
    assert 'value="approve"' in text_of(second.get(reverse("desk_promotions")))
    second.post(decide, {"action": "approve"})
    promotion.refresh_from_db()
    assert promotion.approved_by == official
    with pytest.raises(PromotionRefused):
        approve(by=official, promotion=promotion)
    second.post(decide, {"action": "end"})
    promotion.refresh_from_db()
    assert promotion.ended_at is not None


def test_another_countys_official_neither_proposes_nor_sees_it(scene: Scene) -> None:
    other = make_official(SANGZHI)
    terms = Terms(PromotionKind.FREIGHT, "满额包邮", "", timezone.now(), timezone.now() + dt.timedelta(days=1), 1000)
    with pytest.raises(NotAllowed):
        propose_for_county(by=other, county=Region.objects.get(code=QIDONG), terms=terms)
    promotion = make_promotion(payer=Payer.COUNTY, percent_bp=500, approved_by=None, approved_at=None)
    answer = signed_in_client(other).post(reverse("desk_promotion_decide", args=[promotion.pk]), {"action": "approve"})
    assert answer.status_code == 404
    assert "黄花菜节" not in text_of(signed_in_client(other).get(reverse("desk_promotions")))


def test_a_farmer_gives_a_coupon_of_the_own_store_and_the_operator_one_for_all(scene: Scene) -> None:
    farmer = make_user(name="李秀英")
    scene.store.household.user = farmer
    scene.store.household.save()
    own = reverse("desk_store_promotions", args=[scene.store.slug])
    assert signed_in_client(farmer).post(own, days()).status_code == 302
    assert (Promotion.objects.get().payer, Promotion.objects.get().store) == (Payer.SELLER, scene.store)
    operator = make_operator()
    taken = signed_in_client(operator).post(reverse("desk_promotions"), days())
    assert taken.status_code == 422 and "这个优惠码已经有人用了" in text_of(taken)
    signed_in_client(operator).post(reverse("desk_promotions"), days(code=""))
    assert Promotion.objects.latest("pk").payer == Payer.PLATFORM


@pytest.mark.parametrize(
    "wrong",
    [
        {"off_fen": ""},
        {"percent": "5"},
        {"kind": "price"},
        {"kind": "freight"},
        {"budget_fen": "-1"},
        {"budget_fen": "1e9"},
        {"budget_fen": "NaN"},
        {"percent": "100", "off_fen": ""},
        {"ends_on": "2020-01-01"},
        {"code": "'; DROP"},
        {"name": ""},
    ],
)
def test_terms_that_make_no_sense_are_refused(scene: Scene, wrong: dict[str, str]) -> None:
    answer = signed_in_client(make_operator()).post(reverse("desk_promotions"), days(**wrong))
    assert answer.status_code == 422
    assert not Promotion.objects.exists()
