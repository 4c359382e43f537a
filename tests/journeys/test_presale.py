"""A pre-sale with a deposit: apart from the rest of the cart, the deposit paid, the balance asked for and paid, the harvest sent; then the
books. And a deposit that the buyer has back within the day."""

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from catalog.models import Variant
from orders.models import Order, OrderState
from orders.parcels import plan_parcels
from payments.models import PaymentPurpose, Refund, RefundState
from tests.browser import Windows
from tests.cast import make_clerk
from tests.journeys import buying
from tests.journeys.people import Someone, Street
from tests.journeys.test_after_sales import looks_right
from tests.orders.depositing import payment_of, sell_ahead, with_deposit
from tests.orders.scene import Scene, make_scene
from tests.reports.test_audits import deliver


@pytest.fixture
def scene(windows: Windows, stripe_process: str) -> Scene:
    return make_scene()


@pytest.fixture
def ahead(scene: Scene) -> Variant:
    return sell_ahead(scene)[0]


def order_apart(buyer: Someone, scene: Scene, ahead: Variant) -> Order:
    """Both goods in the cart; the pre-sale is ordered by itself, once its terms are agreed to."""
    for variant, units in ((scene.daylily, 1), (ahead, 4)):
        buyer.go("product", variant.product.ref)
        buying.put_in_cart(buyer, quantity=units)
    buyer.reads("Goods with a deposit are ordered apart. Start with the ones you want; the others stay in the cart.")
    looks_right(buyer)
    buyer.page.locator("main a[href*='group=']").click()
    buyer.fill("E-mail", "liumin@daylily.example")
    buying.say_where(buyer)
    buyer.press("Show freight and arrival")
    pay = buyer.page.get_by_role("button", name=re.compile(r"31\.04"))
    pay.click()
    buyer.reads("Tick that you know what happens to the deposit.")
    looks_right(buyer)
    assert not Order.objects.exists()
    buyer.page.locator("input[name=deposit_terms]").check()
    pay.click(no_wait_after=True)
    return pay_now(buyer)


def pay_now(buyer: Someone) -> Order:
    """On Stripe's page, with a card."""
    expect(buyer.page.locator("button[value=card]")).to_be_visible()
    order = buying.newest_order()
    buying.pay_on_hosted_page(buyer, buying.PAID_CARD)
    buyer.page.wait_for_url(re.compile(rf"/orders/{order.ref}/"))
    return order


def wait_for(buyer: Someone, order: Order, state: OrderState, run_jobs: Callable[[], None]) -> None:
    """Until Stripe's webhook has come, and the worker has done its job."""
    for _second in range(buying.WEBHOOK_SECONDS):
        run_jobs()
        order.refresh_from_db()
        if order.state == state:
            break
        buyer.page.wait_for_timeout(1000)
    assert order.state == state
    buyer.go("order", order.ref)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_deposit_balance_and_delivery(
    windows: Windows, scene: Scene, ahead: Variant, run_jobs: Callable[[], None], language: str
) -> None:
    street = Street(windows)
    buyer = street.phone(language) if language != "en" else street.table(language)
    order = order_apart(buyer, scene, ahead)
    wait_for(buyer, order, OrderState.DEPOSIT, run_jobs)
    buyer.reads("Deposit paid: %(paid)s. Balance: %(sum)s.", paid="¥31.04", sum=f"¥{balance(order) / 100:.2f}")
    buyer.reads("Call off this order")
    looks_right(buyer)

    clerk = street.phone(language).sign_in(make_clerk(scene.qidong.point, "周兰"))
    clerk.go("desk_today")
    clerk.reads("Waiting for the balance: nothing to pack yet")
    lot = ahead.product.lots.get(promised_week__isnull=False)
    clerk.go("desk_promise", ahead.product.ref, lot.pk)
    clerk.reads("Waiting for the balance")
    clerk.fill("Harvested on", timezone.localdate().isoformat())
    clerk.fill("Quantity in kilograms", "9")
    clerk.press("Enter the harvest")
    looks_right(clerk, 24)

    buyer.go("order", order.ref)
    buyer.press("Pay the balance of %(sum)s", sum=f"¥{balance(order) / 100:.2f}")
    pay_now(buyer)
    wait_for(buyer, order, OrderState.PAID, run_jobs)
    buyer.reads("Thank you: your payment has arrived, and the farmers see your order.")
    looks_right(buyer)
    assert payment_of(order, PaymentPurpose.BALANCE).amount_fen == balance(order)
    plan_parcels(order.pk)
    deliver(order, at=timezone.now())
    buyer.go("order", order.ref)
    buyer.reads("Review it")
    buyer.go("cart")
    buyer.finds(scene.daylily.product.label if language != "en" else scene.daylily.product.name_en)
    call_command("check_ledger", verbosity=0)
    call_command("check_volume", verbosity=0)


def balance(order: Order) -> int:
    return order.total_fen - order.deposit_fen


def test_the_deposit_comes_back_within_the_day(
    windows: Windows, scene: Scene, ahead: Variant, run_jobs: Callable[[], None]
) -> None:
    buyer = Street(windows).phone()
    order = with_deposit(scene, ahead, at=timezone.now() - dt.timedelta(hours=2))
    buyer.go("order", order.ref)
    buyer.unfold("Call off this order")
    looks_right(buyer)
    buyer.press("Call it off")
    buyer.reads("This order was called off. Your whole deposit goes back to you.")
    looks_right(buyer)
    assert Refund.objects.get().state in (RefundState.PENDING, RefundState.SUCCEEDED)
    ahead.refresh_from_db()
    assert ahead.held == 0
    call_command("check_ledger", verbosity=0)
