"""A flash sale in Chromium, without any script, on a telephone: signed in before, clicked, ordered; and its pages fit in both languages."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from orders.models import ClaimState, FlashClaim, FlashSale, Order
from tests.browser import Windows
from tests.cast import make_operator, make_user
from tests.orders.flashing import FLASH_FEN, make_flash
from tests.orders.scene import Scene, make_scene


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """The scene, committed."""
    return make_scene()


def sign_in(page: Page, email: str, path: str) -> None:
    page.goto(f"/account/login/?next={path}")
    page.locator("#id_login").fill(email)
    page.locator("#id_password").fill("daylily-demo")
    page.locator("#id_password").press("Enter")
    page.wait_for_url(f"**{path}")


def fits(page: Page) -> bool:
    """Whether nothing is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_without_javascript_a_buyer_gets_one_and_orders_it(scene: Scene, windows: Windows) -> None:
    sale, lin = make_flash(scene.daylily, units=1), make_user("lin@daylily.example", name="林小雨")
    page = windows.open(width=390, height=844, java_script_enabled=False)
    page.goto(f"/en/goods/{scene.daylily.product.ref}/")
    page.locator(".notice").get_by_role("link").click()
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    page.locator("#id_login").fill(lin.email or "")
    page.locator("#id_password").fill("daylily-demo")
    page.locator("#id_password").press("Enter")
    page.get_by_role("button", name="Get one for ¥10.00").click()
    expect(page.get_by_text("You have one.")).to_be_visible()
    page.get_by_role("link", name="Order it now").click()
    page.get_by_label("to a village point").check()
    page.get_by_label("Recipient").fill("林小雨")
    page.get_by_label("Mobile number").fill("139 0731 0000")
    page.locator("#id_pickup_county").select_option(label="Qidong")
    page.get_by_role("button", name="Show the village points").click()
    page.locator("#id_station").select_option(scene.qidong.point.code)
    page.get_by_label("Cash at a station's counter").check()
    page.get_by_role("button", name="Show freight and arrival").click()
    page.get_by_role("button", name="Order and pay").click()
    order = Order.objects.get()
    expect(page.get_by_role("heading", level=1)).to_contain_text(order.number)
    assert order.goods_fen == FLASH_FEN and FlashClaim.objects.get().state == ClaimState.ORDERED
    page.goto(f"/en/flash/{sale.pk}/")
    expect(page.get_by_text("Your order is placed.")).to_be_visible()
    assert fits(page)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["", "/en"])
def test_its_pages_fit_and_count_down(scene: Scene, windows: Windows, width: int, language: str) -> None:
    sale = make_flash(scene.daylily, starts_at=timezone.now() + dt.timedelta(hours=2))
    make_operator()
    page = windows.open(width=width, height=844)
    path = f"{language}/flash/{sale.pk}/"
    sign_in(page, "operator@daylily.example", path)
    expect(page.get_by_role("timer")).to_contain_text("01:59")
    assert fits(page)
    page.locator("form[action$='/claim/'] button").click()
    expect(page.locator("body")).to_have_attribute("data-answer", "early")
    assert fits(page)
    page.goto(f"{language}/desk/stores/{scene.store.slug}/flash/")
    assert fits(page)
    page.goto(f"{language}/goods/{scene.daylily.product.ref}/")
    assert fits(page) and FlashSale.objects.get().taken == 0
