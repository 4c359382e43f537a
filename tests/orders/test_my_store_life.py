"""Pausing, closing and taking over as pages do it, and what becomes of orders and money when a store is shut."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.shutters import close_store, pause_store
from orders.cart import add_to_cart
from orders.cart_page import make_basket
from orders.expiry import expire_reservations
from orders.models import Cart, Order, OrderState
from orders.parcels import plan_parcels
from orders.settlement import settle_payment
from payments.models import Payment, Refund
from sellers.models import Household, Mandate, Store, StoreStatus
from tests.cast import make_clerk, make_mandate, make_user, signed_in_client
from tests.orders.scene import Scene, order_of


def farmer_of(scene: Scene) -> Client:
    household = scene.store.household
    household.user = make_user("farmer@daylily.example", name="李秀英")
    household.save()
    return signed_in_client(household.user)


def shut(scene: Scene, *, for_good: bool) -> None:
    farmer = scene.store.household.user
    assert farmer is not None
    if for_good:
        close_store(by=farmer, store=scene.store)
    else:
        pause_store(by=farmer, store=scene.store, reason="illness")


def payment_of(order: Order) -> Payment:
    return Payment.objects.get(order_ref=order.ref)


@pytest.mark.parametrize("for_good", [False, True])
def test_what_was_reserved_may_still_be_paid(scene: Scene, for_good: bool) -> None:
    farmer_of(scene)
    order = order_of(scene)
    shut(scene, for_good=for_good)
    assert settle_payment(payment_of(order).pk).state == OrderState.PAID


@pytest.mark.parametrize("for_good", [False, True])
def test_money_that_comes_too_late_goes_back(scene: Scene, for_good: bool) -> None:
    farmer_of(scene)
    order = order_of(scene)
    shut(scene, for_good=for_good)
    Order.objects.update(reserved_until=timezone.now() - dt.timedelta(minutes=1))
    expire_reservations()
    assert settle_payment(payment_of(order).pk).state == OrderState.EXPIRED
    assert Refund.objects.get().amount_fen == order.total_fen
    scene.daylily.refresh_from_db()
    assert scene.daylily.held == 0


def test_a_cart_says_that_the_goods_are_gone(scene: Scene) -> None:
    farmer_of(scene)
    cart = Cart.objects.create()
    line = add_to_cart(cart=cart, variant_id=scene.daylily.pk, quantity=1)
    shut(scene, for_good=True)
    line.variant.product.refresh_from_db()
    assert make_basket([line]).items[0].gone


def test_closing_says_which_orders_are_still_to_be_carried_out(scene: Scene) -> None:
    client = farmer_of(scene)
    paid = order_of(scene)
    settle_payment(payment_of(paid).pk)
    plan_parcels(paid.pk)
    order_of(scene)
    address = reverse("my_store_close", args=[scene.store.slug])
    page = client.get(address)
    assert len(page.context["still"]) == 2
    client.post(address)
    scene.store.refresh_from_db()
    assert scene.store.status == StoreStatus.OPEN, "closed without a tick"
    client.post(address, {"sure": "on"})
    scene.store.refresh_from_db()
    assert scene.store.status == StoreStatus.CLOSED
    assert client.get(reverse("my_store_bring")).context["errands"][0].units == 2, "what was paid is still brought"
    assert client.get(address).status_code == 302


def test_the_farmer_pauses_for_a_week_and_opens_again(scene: Scene) -> None:
    client = farmer_of(scene)
    address = reverse("my_store_pause", args=[scene.store.slug])
    assert client.post(address, {"reason": "bankruptcy", "days": "7"}).status_code == 200
    client.post(address, {"reason": "harvest", "days": "7"})
    scene.store.refresh_from_db()
    assert scene.store.paused_until == timezone.localdate() + dt.timedelta(days=7)
    client.post(reverse("my_store_resume", args=[scene.store.slug]))
    scene.store.refresh_from_db()
    assert scene.store.status == StoreStatus.OPEN


def test_the_farmer_opens_nothing_that_the_county_paused(scene: Scene) -> None:
    client = farmer_of(scene)
    centre = make_clerk(scene.qidong.centre)
    pause_store(by=centre, store=scene.store, reason="other", cause="检测不合格")
    page = client.post(reverse("my_store_resume", args=[scene.store.slug]), follow=True).content.decode()
    assert "检测不合格" in page
    scene.store.refresh_from_db()
    assert scene.store.status == StoreStatus.PAUSED


def test_the_desk_closes_at_the_farmers_word_and_the_county_for_a_cause(scene: Scene) -> None:
    clerk, centre = make_clerk(scene.qidong.point), make_clerk(scene.qidong.centre)
    address = reverse("desk_store_close", args=[scene.store.slug])
    Mandate.objects.update(withdrawn_at=timezone.now())
    assert signed_in_client(clerk).get(address).status_code == 403
    office = signed_in_client(centre)
    assert office.post(address, {"sure": "on"}).status_code == 200, "the county says why"
    assert office.post(address, {"sure": "on", "cause": "检测不合格"}).status_code == 302
    scene.store.refresh_from_db()
    assert (scene.store.status, scene.store.county_note) == (StoreStatus.CLOSED, "检测不合格")


def test_the_desk_pauses_until_a_day_that_is_to_come(scene: Scene) -> None:
    desk = signed_in_client(make_clerk(scene.qidong.point))
    address = reverse("desk_store_pause", args=[scene.store.slug])
    today = timezone.localdate()
    assert desk.post(address, {"reason": "harvest", "until": today.isoformat()}).status_code == 200
    assert (
        desk.post(address, {"reason": "harvest", "until": (today + dt.timedelta(days=3)).isoformat()}).status_code
        == 302
    )
    scene.store.refresh_from_db()
    assert scene.store.paused_until == today + dt.timedelta(days=3)
    assert desk.post(reverse("desk_store_resume", args=[scene.store.slug])).status_code == 302
    scene.store.refresh_from_db()
    assert scene.store.status == StoreStatus.OPEN


def test_the_page_of_taking_over_tells_nobody_else_anything(scene: Scene) -> None:
    Household.objects.filter(pk=scene.store.household_id).update(identity_tail="002X")
    take_over, home = reverse("my_store_take_over"), reverse("my_store")
    someone = make_user("someone@daylily.example", phone=scene.store.household.phone)
    for stranger in (someone, make_user("no-phone@daylily.example")):  # typed and not proved; none at all
        browser = signed_in_client(stranger)
        assert browser.get(take_over)["Location"] == home
        assert browser.post(take_over, {"identity_tail": "002X", "keep": "all"})["Location"] == home
        assert scene.store.name not in browser.get(home).content.decode()
    someone.phone_verified_at = timezone.now()
    someone.save()
    browser = signed_in_client(someone)
    page = browser.get(home).content.decode()
    assert scene.store.name in page
    assert scene.store.household.phone not in page
    wrong = browser.post(take_over, {"identity_tail": "0000", "keep": "all"})
    assert wrong.status_code == 422
    assert browser.post(take_over, {"identity_tail": "002x", "keep": "nothing"})["Location"] == home
    assert Household.objects.get(pk=scene.store.household_id).user == someone
    assert not Mandate.objects.filter(household=scene.store.household, withdrawn_at=None).exists()


def test_taking_over_asks_again_after_a_while(scene: Scene) -> None:
    Household.objects.filter(pk=scene.store.household_id).update(identity_tail="002X")
    farmer = make_user("", phone=scene.store.household.phone, phone_verified_at=timezone.now())
    client = Client()
    client.force_login(farmer)
    assert client.post(reverse("my_store_take_over"), {"identity_tail": "002X", "keep": "all"}).status_code == 302
    assert Household.objects.get(pk=scene.store.household_id).user is None


def test_helpers_get_less_or_nothing_by_the_farmers_hand(scene: Scene) -> None:
    client = farmer_of(scene)
    mandate = Mandate.objects.get(household=scene.store.household)
    one = reverse("my_store_helper", args=[mandate.pk])
    client.post(one, {"scopes": ["list", "receive_cash"]})  # cash was never given: not offered, so refused
    mandate.refresh_from_db()
    assert mandate.may_price
    client.post(one, {"scopes": ["list"]})
    mandate.refresh_from_db()
    assert (mandate.may_list, mandate.may_price, mandate.may_receive_cash) == (True, False, False)
    client.post(one, {"end": "1"})
    mandate.refresh_from_db()
    assert mandate.withdrawn_at is not None
    assert client.get(one).status_code == 404
    client.post(reverse("my_store_help_new"), {"station": scene.qidong.point.pk, "scopes": ["list"]})
    assert Mandate.objects.filter(household=scene.store.household, withdrawn_at=None, may_price=False).count() == 1


def test_a_family_with_two_stores_sees_both(scene: Scene) -> None:
    client = farmer_of(scene)
    second = Store.objects.create(
        slug="second", household=scene.store.household, station=scene.qidong.point, region=scene.store.region,
        name="李家腊味", status=StoreStatus.OPEN, opened_at=timezone.now(),
    )  # fmt: skip
    page = client.get(reverse("my_store")).content.decode()
    for store in (scene.store, second):
        assert store.name in page
        assert reverse("my_store_pause", args=[store.slug]) in page
    make_mandate(scene.store.household, scene.qidong.township)
    assert client.get(reverse("my_store")).context["helpers"] == 2
