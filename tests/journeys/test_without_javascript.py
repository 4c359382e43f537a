"""A buyer whose browser runs no script finds, fills, checks out and pays; an impatient one clicks twice and is charged once."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from catalog.search import index_product
from orders.models import Order, OrderState
from payments import ledger
from payments.models import AccountKind, Payment, PaymentState
from tests import browser as chromium
from tests.journeys import buying
from tests.journeys.people import Someone, Street
from tests.orders.scene import Scene, make_scene


@pytest.fixture
def scene(windows: chromium.Windows, stripe_process: str) -> Scene:
    """Three stores of two counties, found by the search."""
    made = make_scene()
    for variant in (made.daylily, made.more_daylily, made.tea):
        index_product(variant.product)
    return made


@pytest.fixture
def buyer(windows: chromium.Windows) -> Someone:
    """A guest with a phone whose browser runs no script."""
    return Street(windows).table(width=390, height=844, java_script_enabled=False)


def at_the_hosted_page(buyer: Someone, *, clicks: int = 1) -> Order:
    """Find daylily, put it in the cart, say where it goes, and order; `clicks` on the last button."""
    buyer.go("home")
    buying.search(buyer, "黄花菜")
    buyer.open("祁东黄花菜")
    buying.put_in_cart(buyer, quantity=2)
    buyer.follow("Check out")
    buyer.fill("E-mail", "liumin@daylily.example")
    buying.say_where(buyer, with_script=False)
    buyer.press("Show freight and arrival")
    order_and_pay = buyer.page.get_by_role("button", name=re.compile("¥"))
    expect(order_and_pay).to_be_visible()
    order_and_pay.click(click_count=clicks, no_wait_after=True)
    expect(buyer.page.locator("button[value=card]")).to_be_visible()
    return buying.newest_order()


def test_from_the_search_to_the_paid_order(scene: Scene, buyer: Someone, run_jobs: Callable[[], None]) -> None:
    order = at_the_hosted_page(buyer)
    buying.pay_on_hosted_page(buyer, buying.PAID_CARD)
    buyer.page.wait_for_url(re.compile(rf"/orders/{order.ref}/"))
    buying.wait_until_paid(buyer, run_jobs)
    buyer.finds("麓山南路2号3栋502")
    order.refresh_from_db()
    assert (order.state, order.user) == (OrderState.PAID, None)


def test_twice_clicked_is_ordered_and_charged_once(scene: Scene, buyer: Someone, run_jobs: Callable[[], None]) -> None:
    order = at_the_hosted_page(buyer, clicks=2)
    assert Order.objects.count() == 1
    buying.pay_on_hosted_page(buyer, buying.PAID_CARD, twice=True)
    buyer.page.wait_for_url(re.compile(rf"/orders/{order.ref}/"))
    buying.wait_until_paid(buyer, run_jobs)
    assert Payment.objects.get().state == PaymentState.SUCCEEDED
    assert ledger.balance(AccountKind.STRIPE, "") == order.total_fen
    scene.daylily.refresh_from_db()
    assert (scene.daylily.on_hand, scene.daylily.held) == (20, 2)
