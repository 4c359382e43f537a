"""The checkout in Chromium: with the script that fills the lists, and without any."""

import pytest
from playwright.sync_api import Page, expect

from orders.models import Order
from tests.browser import Windows
from tests.orders.scene import Scene, make_scene


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """The scene, committed, so that the site sees it."""
    return make_scene()


def fill_cart(page: Page, scene: Scene, prefix: str = "") -> None:
    for variant in (scene.daylily, scene.tea):
        page.request.post(f"{prefix}/cart/add/", form={"variant": str(variant.pk), "quantity": "1"})


def test_the_script_fills_cities_and_counties(scene: Scene, phone: Page) -> None:
    fill_cart(phone, scene)
    phone.goto("/checkout/")
    expect(phone.get_by_role("button", name="显示市、县选项")).to_be_hidden()
    phone.select_option("#id_province", label="湖南省")
    phone.select_option("#id_city", label="长沙市")
    phone.select_option("#id_county", label="岳麓区")
    phone.select_option("#id_province", label="上海市")
    expect(phone.locator("#id_city")).to_have_value("310100000000")
    phone.select_option("#id_county", label="浦东新区")
    phone.get_by_label("到村级服务点自提").check()
    expect(phone.locator("#id_province")).to_be_hidden()
    phone.select_option("#id_pickup_county", label="祁东县")
    phone.select_option("#id_station", scene.qidong.point.code)
    assert phone.evaluate("document.documentElement.scrollWidth") == 390


def test_after_a_mistake_the_lists_still_follow(scene: Scene, page: Page) -> None:
    fill_cart(page, scene)
    page.goto("/checkout/")
    page.select_option("#id_province", label="湖南省")
    page.select_option("#id_city", label="长沙市")
    page.get_by_role("button", name="查看运费和送达日期").click()
    expect(page.locator("#id_city")).to_have_value("430100000000")
    page.select_option("#id_city", label="衡阳市")
    page.select_option("#id_county", label="祁东县")


def test_without_javascript_one_orders_too(scene: Scene, windows: Windows) -> None:
    page = windows.open(width=390, height=844, java_script_enabled=False)
    fill_cart(page, scene, "/en")
    page.goto("/en/cart/")
    page.get_by_role("link", name="Check out").click()
    page.get_by_label("to a village point").check()
    page.get_by_label("E-mail").fill("liumin@daylily.example")
    page.get_by_label("Recipient").fill("刘敏")
    page.get_by_label("Mobile number").fill("139 0731 0000")
    page.locator("#id_pickup_county").select_option(label="Qidong")
    page.get_by_role("button", name="Show the village points").click()
    page.locator("#id_station").select_option(scene.qidong.point.code)
    page.get_by_label("Cash at a station's counter").check()
    page.get_by_role("button", name="Show freight and arrival").click()
    page.get_by_role("button", name="Order and pay").click()
    order = Order.objects.get()
    expect(page.get_by_role("heading", level=1)).to_contain_text(order.number)
    expect(page.get_by_text("in cash to the counter")).to_be_visible()
