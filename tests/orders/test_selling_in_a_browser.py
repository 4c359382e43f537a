"""On a phone: a pre-sale, a night at a farm, a smallest quantity, a notice, each from the product's page on; and how they look."""

import datetime as dt

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from catalog import visits
from catalog.models import BackNotice, GoodsKind, Product
from catalog.presale import open_presale
from catalog.search import index_product
from catalog.weeks import WEEK, monday_of
from orders.models import Consignment, Order
from tests.browser import Windows
from tests.cast import make_category, make_clerk, make_product, make_variant, signed_in_client
from tests.look.accessibility import axe_faults, scrolls_sideways, small_targets
from tests.orders.scene import Scene, make_scene, order_of, paid


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """The scene, committed, so that the site sees it."""
    return make_scene()


def url(name: str, product: Product) -> str:
    return reverse(name, args=[product.ref])


def looks_well(page: Page) -> None:
    assert axe_faults(page) == [] and not scrolls_sideways(page)


def test_a_pre_sale_from_the_page_to_the_order(scene: Scene, phone: Page) -> None:
    clerk = make_clerk(scene.qidong.point)
    bag = make_variant(make_product(scene.store, name="来年头茬黄花菜"), on_hand=0)
    open_presale(by=clerk, variant=bag, promised_week=monday_of(timezone.localdate()) + WEEK * 6, cap_g=5_000)
    phone.goto(url("product", bag.product))
    expect(phone.get_by_text("当周发货").first).to_be_visible()
    looks_well(phone)
    phone.get_by_role("button", name="加入购物车").click()
    expect(phone.get_by_text("预售").first).to_be_visible()
    looks_well(phone)
    phone.goto(reverse("order", args=[paid(order_of(scene, lines=[(bag.pk, 1)])).ref]))
    expect(phone.get_by_text("当周采收发货")).to_be_visible()
    looks_well(phone)


def test_a_night_at_a_farm(scene: Scene, phone: Page) -> None:
    clerk = make_clerk(scene.qidong.point)
    kind = make_category("visits", "乡村体验", "Farm stays and visits", kind=GoodsKind.BOOKING)
    stay = make_product(scene.store, name="黄花菜地里住一晚", name_en="A night among the daylilies", category=kind)
    days = [timezone.localdate() + dt.timedelta(days=number) for number in range(3, 11)]
    visits.offer_days(
        by=clerk, product=stay, days=days, places=2, price_fen=16800, name="双人房", name_en="double room"
    )
    visits.say_of_visit(by=clerk, product=stay, directions="黄土铺镇服务站下车", calling_off="提前三天全退")
    phone.goto(url("product", stay))
    looks_well(phone)
    choice = phone.get_by_role("group", name="哪一天")
    expect(choice.locator("input:visible")).to_have_count(6)
    choice.get_by_text("更晚的日期").click()
    expect(choice.locator("input:visible")).to_have_count(8)
    looks_well(phone)
    assert all(
        box and box["x"] + box["width"] <= 390 for box in (one.bounding_box() for one in choice.locator("label").all())
    )
    choice.get_by_role("radio").nth(7).check()
    phone.get_by_role("button", name="预订").click()
    phone.goto("/checkout/")
    expect(phone.get_by_label("省", exact=True)).to_have_count(0)
    looks_well(phone)
    phone.get_by_label("邮箱").fill("liumin@daylily.example")
    phone.locator("#id_recipient").fill("刘敏")
    phone.locator("#id_phone").fill("139 0731 0000")
    phone.get_by_role("button", name="提交订单").first.click()
    part = Consignment.objects.get(order=Order.objects.get())
    assert part.visit_day == days[7] and part.freight_fen == 0
    paid(part.order)
    phone.goto(reverse("order", args=[part.order.ref]))
    expect(phone.get_by_text(f"{part.visit_code[:4]} {part.visit_code[4:]}")).to_be_visible()
    looks_well(phone)


def test_a_smallest_quantity(scene: Scene, phone: Page) -> None:
    scene.daylily.least = 3
    scene.daylily.save()
    phone.goto(url("product", scene.daylily.product))
    expect(phone.locator("input[name=quantity]")).to_have_value("3")
    phone.locator("input[name=quantity]").fill("2")
    phone.get_by_role("button", name="加入购物车").click()
    expect(phone.get_by_text("至少 3 件起订")).to_be_visible()
    looks_well(phone)


def test_told_when_it_is_back(scene: Scene, phone: Page) -> None:
    gone = make_variant(make_product(scene.store, name="卖完的黄花菜"), on_hand=0)
    phone.goto(url("product", gone.product))
    phone.get_by_role("link", name="到货通知我").click()
    looks_well(phone)
    phone.get_by_label("邮箱").fill("guest@daylily.example")
    phone.get_by_label("我同意保存").check()
    phone.get_by_role("button", name="到货通知我").click()
    expect(phone.get_by_text("还差一步")).to_be_visible()
    phone.goto(reverse("back_notice", args=[BackNotice.objects.get().ref]))
    phone.get_by_role("button", name="是的，通知我").click()
    expect(phone.get_by_text("到货时会通知您一次")).to_be_visible()
    looks_well(phone)


def test_the_calendar_and_the_desks(scene: Scene, windows: Windows, phone: Page) -> None:
    for name, first, last in (("黄花菜", 6, 8), ("冬笋", 11, 2), ("橘子", 12, 1)):
        index_product(make_product(scene.store, name=name, season_from=first, season_to=last))
    for language in ("", "/en"):
        phone.goto(language + reverse("season_calendar_of", args=["430426"]))
        expect(phone.get_by_role("rowheader").first).to_be_visible()
        december = phone.get_by_role("columnheader", name="12月" if not language else "December").bounding_box()
        assert december and december["x"] + december["width"] <= 390
        looks_well(phone)
    kind = make_category("visits", "乡村体验", "Farm stays and visits", kind=GoodsKind.BOOKING)
    stay = make_product(scene.store, name="黄花菜地里住一晚", category=kind)
    clerk = make_clerk(scene.qidong.point)
    desk = windows.open(width=390, height=844)
    session = signed_in_client(clerk).cookies[settings.SESSION_COOKIE_NAME].value
    desk.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": windows.base_url}])
    for address in (
        url("desk_days", stay), url("desk_product", stay), url("desk_details", stay), reverse("desk_visits"),
        url("desk_presale", scene.daylily.product), url("desk_goods_pack", scene.daylily.product),
    ):  # fmt: skip
        desk.goto(address)
        looks_well(desk)
        assert small_targets(desk, 44) == [], address
