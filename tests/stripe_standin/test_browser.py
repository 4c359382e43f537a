"""The hosted page in a real Chromium: axe finds nothing, and one gets through it by keyboard, on a phone, without a script."""

from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import stripe
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.stripe_standin.cast import DECLINED, PAID, Standin, order


class Shop(BaseHTTPRequestHandler):
    """Where the buyer comes from and goes back to."""

    def do_GET(self) -> None:
        body = f"<!doctype html><title>shop</title><h1>{self.path.partition('?')[0]}</h1>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def shop_url() -> Iterator[str]:
    """A shop's pages on another port: another origin, as in life."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A phone whose browser runs no script."""
    with closing(browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)) as context:
        yield context.new_page()


def opened(shop: stripe.StripeClient, shop_url: str, locale: str) -> str:
    """The address of a new session's page."""
    params = order(
        locale=locale,
        success_url=f"{shop_url}/paid?session={{CHECKOUT_SESSION_ID}}",
        cancel_url=f"{shop_url}/cart",
    )
    return shop.v1.checkout.sessions.create(params=params).url or ""


def test_decline_then_success_without_a_script(phone: Page, shop: stripe.StripeClient, shop_url: str) -> None:
    phone.goto(opened(shop, shop_url, "en"))
    phone.get_by_label("Demo card number").fill(DECLINED)
    phone.get_by_role("button", name="Pay ¥128.50 by card").click()
    assert "The bank declined the payment" in phone.get_by_role("alert").inner_text()
    phone.get_by_label("Demo card number").fill(PAID)
    phone.keyboard.press("Enter")
    phone.wait_for_url(f"{shop_url}/paid?session=cs_test_*")
    assert phone.get_by_role("heading").inner_text() == "/paid"
    assert [charge.status for charge in shop.v1.charges.list().data] == ["succeeded", "failed"]


@pytest.mark.parametrize("name", ["用支付宝支付", "用微信支付"])
def test_wallets_pay_in_one_press(phone: Page, shop: stripe.StripeClient, shop_url: str, name: str) -> None:
    phone.goto(opened(shop, shop_url, "zh"))
    phone.get_by_role("button", name=name).click()
    phone.wait_for_url(f"{shop_url}/paid?session=cs_test_*")
    assert len(shop.v1.charges.list().data) == 1


def test_back_after_paying_shows_paid_and_charges_nothing(
    phone: Page, shop: stripe.StripeClient, shop_url: str
) -> None:
    phone.goto(opened(shop, shop_url, "zh"))
    phone.get_by_role("button", name="用支付宝支付").click()
    phone.wait_for_url(f"{shop_url}/paid?session=cs_test_*")
    phone.go_back()
    assert phone.get_by_role("heading", level=1).inner_text() == "已付款"
    assert len(shop.v1.charges.list().data) == 1


def test_cancel_leads_back_to_the_cart_and_leaves_the_session_open(
    phone: Page, shop: stripe.StripeClient, shop_url: str
) -> None:
    phone.goto(opened(shop, shop_url, "zh"))
    phone.get_by_role("link", name="取消付款，返回商店").click()
    phone.wait_for_url(f"{shop_url}/cart")
    assert shop.v1.checkout.sessions.list().data[0].status == "open"


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_axe_finds_nothing_and_nothing_spills(
    browser: Browser, standin: Standin, shop: stripe.StripeClient, shop_url: str, locale: str, width: int
) -> None:
    with closing(browser.new_context(viewport={"width": width, "height": 844}, bypass_csp=True)) as context:
        page = context.new_page()
        url = opened(shop, shop_url, locale)
        page.goto(url)
        _inspect(page)
        page.locator("#card_number").fill("4242")
        page.locator("button[value=card]").click()
        page.get_by_role("alert").wait_for()
        _inspect(page)
        session = shop.v1.checkout.sessions.list().data[0]
        standin.pay(session)
        page.goto(url)
        _inspect(page)


def _inspect(page: Page) -> None:
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
