"""A coupon in Chromium, without any script, on a telephone: refused with the reason, then used; and the desk's page of promotions."""

import pytest
from playwright.sync_api import Page, expect

from orders.models import Order, Payer
from tests.browser import Windows
from tests.cast import make_operator
from tests.orders.promoting import make_coupon, make_promotion
from tests.orders.scene import Scene, make_scene
from tests.orders.test_in_a_browser import fill_cart


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """The scene, committed, with a campaign of the county and a coupon."""
    scene = make_scene()
    make_promotion(payer=Payer.COUNTY, percent_bp=1_000)
    make_coupon(minimum_fen=5_000)
    return scene


def fits(page: Page) -> bool:
    """Whether nothing is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_without_javascript_a_coupon_is_refused_and_another_is_used(scene: Scene, windows: Windows) -> None:
    page = windows.open(width=390, height=844, java_script_enabled=False)
    fill_cart(page, scene, "/en")
    page.goto("/en/cart/")
    expect(page.get_by_text("paid by the county fund")).to_be_visible()
    page.get_by_role("link", name="Check out").click()
    page.get_by_label("to a village point").check()
    page.get_by_label("E-mail").fill("liumin@daylily.example")
    page.get_by_label("Recipient").fill("刘敏")
    page.get_by_label("Mobile number").fill("139 0731 0000")
    page.locator("#id_pickup_county").select_option(label="Qidong")
    page.get_by_role("button", name="Show the village points").click()
    page.locator("#id_station").select_option(scene.qidong.point.code)
    page.get_by_label("Cash at a station's counter").check()
    page.get_by_label("Coupon").fill("SUMMER")
    page.get_by_role("button", name="Use the coupon").click()
    expect(page.locator("#id_coupon_error")).to_contain_text("There is no coupon with this code.")
    page.get_by_label("Coupon").fill("huanghua10")
    page.get_by_role("button", name="Use the coupon").click()
    expect(page.get_by_text("paid by the platform")).to_be_visible()
    page.get_by_role("button", name="Order and pay").click()
    order = Order.objects.get()
    expect(page.get_by_role("heading", level=1)).to_contain_text(order.number)
    assert order.goods_fen == 3880 - 388 + 12800 - 1000


@pytest.mark.parametrize("width", [390, 1280])
def test_the_desks_page_fits(scene: Scene, windows: Windows, width: int) -> None:
    make_operator()
    page = windows.open(width=width, height=844)
    page.goto("/account/login/?next=/desk/promotions/")
    page.locator("#id_login").fill("operator@daylily.example")
    page.locator("#id_password").fill("daylily-demo")
    page.locator("#id_password").press("Enter")
    page.goto("/desk/promotions/")
    expect(page.get_by_role("heading", level=1)).to_have_text("促销活动")
    expect(page.get_by_text("HUANGHUA10")).to_be_visible()
    assert fits(page)
