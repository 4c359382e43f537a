"""Camera first: goods are listed in one screen with under twelve taps, with the line and without it, and are there once."""

import sys
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from catalog.models import Product, ProductStatus
from sellers.models import Household, Store, Submission
from tests import cast
from tests.browser import Windows
from tests.journeys.test_offline import becomes, fit_for_a_thumb, photograph, sign_in, with_the_app

# The camera's own: the shutter, and 'use this one'.
CAMERA_TAPS = 2
MOST_TAPS, MOST_SECONDS, MOST_BYTES = 11, 60, 250_000
COUNTING = "() => { window.taps = 0; addEventListener('pointerdown', () => { window.taps += 1; }, true); }"


@pytest.fixture
def store(transactional_db: None) -> Store:
    stations = cast.Stations()
    cast.make_clerk(stations.point, "周小兰")
    neighbour = cast.make_store(stations.second_point, household=cast.make_household(stations.second_point, "王建国"))
    cast.make_variant(cast.make_product(neighbour), grams=250)
    return cast.make_store(stations.point)


def clerk() -> User:
    return User.objects.get(name="周小兰")


def take_photograph(page: Page) -> None:
    """A tap on the frame opens the camera; the file comes back from it."""
    with page.expect_file_chooser() as chooser:
        page.locator("[name=listing-photograph]").click()
    chooser.value.set_files(photograph())
    expect(page.locator(".camera canvas")).to_be_visible()


def fill_in(page: Page) -> None:
    take_photograph(page)
    page.get_by_role("button", name="祁东黄花菜").click()
    expect(page.locator("[name=listing-category] option:checked")).to_have_text("黄花菜")
    expect(page.locator("[name=listing-pack]:checked")).to_have_value("250")
    for name, text in (("price_fen", "38.8"), ("on_hand", "20")):
        page.locator(f"[name=listing-{name}]").click()
        page.keyboard.type(text)


def test_under_twelve_taps_and_a_minute(phone: Page, store: Store, capsys: Any) -> None:
    sign_in(phone, clerk())
    phone.goto(f"/desk/stores/{store.slug}/")
    phone.get_by_role("link", name="上架商品").click()
    fit_for_a_thumb(phone)
    phone.evaluate(COUNTING)
    began = time.monotonic()
    fill_in(phone)
    fit_for_a_thumb(phone)
    size = phone.evaluate("document.querySelector('[name=listing-photograph]').files[0].size")
    phone.locator("main form button.leaf").click(no_wait_after=True)
    taps = phone.evaluate("window.taps") + CAMERA_TAPS
    expect(phone.get_by_text("已提交县里审核")).to_be_visible(timeout=30_000)
    seconds = time.monotonic() - began
    product = Product.objects.get(store=store)
    assert product.status == ProductStatus.IN_REVIEW and product.variants.get().net_weight_g == 250
    assert product.lots.get().quantity_g == 5000
    with capsys.disabled():
        sys.stderr.write(f"\n{taps} taps, {size / 1000:.0f} kB of photograph, {seconds:.1f} s\n")
    assert taps <= MOST_TAPS and seconds < MOST_SECONDS and size < MOST_BYTES
    fit_for_a_thumb(phone)
    expect(phone.get_by_role("heading", name="这样会更好卖")).to_be_visible()


def test_it_works_without_a_script(windows: Windows, store: Store) -> None:
    page = windows.open(width=390, java_script_enabled=False)
    sign_in(page, clerk())
    page.goto(f"/desk/stores/{store.slug}/quick/")
    page.locator("[name=listing-name]").fill("祁东黄花菜")
    page.locator("[name=listing-photograph]").set_input_files(photograph())
    page.locator("[name=listing-price_fen]").fill("0")
    page.locator("[name=listing-on_hand]").fill("5")
    page.locator("main form button.leaf").click()
    expect(page.get_by_text("照片已保留")).to_be_visible()
    page.locator("[name=listing-price_fen]").fill("38")
    page.locator("main form button.leaf").click()
    expect(page.get_by_text("已提交县里审核")).to_be_visible()
    assert Product.objects.get(store=store).category.slug == "daylily"


def test_the_line_is_cut_at_the_button(phone: Page, store: Store) -> None:
    sign_in(phone, clerk())
    with_the_app(phone)
    phone.goto(f"/desk/stores/{store.slug}/quick/")
    fill_in(phone)
    phone.context.set_offline(True)
    phone.locator("main form button.leaf").click()
    becomes(phone, "等网络恢复后提交")
    assert not Product.objects.filter(store=store).exists()
    phone.context.set_offline(False)
    becomes(phone, "县里审核")
    assert Product.objects.filter(store=store).count() == 1


def test_the_tab_is_killed_without_a_line_and_it_is_listed_once(phone: Page, store: Store) -> None:
    sign_in(phone, clerk())
    with_the_app(phone)
    line = phone.context
    phone.goto("/desk/offline/")
    line.set_offline(True)
    phone.get_by_role("button", name="离线上架商品").click()
    fit_for_a_thumb(phone)
    take_photograph(phone)
    phone.get_by_role("button", name="祁东黄花菜").click()
    phone.wait_for_timeout(600)
    phone.close()  # the tab is killed

    phone = line.new_page()
    phone.goto("/desk/goods/")  # without a line every page of the desk leads to the queue
    becomes(phone, "未填完")
    phone.locator("[data-forms] button.leaf").click()
    expect(phone.locator(".camera canvas")).to_be_visible()
    expect(phone.locator("[name=listing-name]")).to_have_value("祁东黄花菜")
    phone.locator("[name=listing-price_fen]").fill("38.8")
    phone.locator("[name=listing-on_hand]").fill("20")
    phone.get_by_role("button", name="填好了，提交").click()
    becomes(phone, "等网络恢复后提交")
    assert not Submission.objects.exists()

    line.set_offline(False)
    becomes(phone, "县里审核")
    for _ in range(3):  # what has been sent is not sent again
        phone.evaluate("OfflineSend.send()")
    product = Product.objects.get(store=store)
    assert (Submission.objects.count(), product.variants.get().on_hand) == (1, 20)
    phone.get_by_role("link", name="打开查看").click()
    expect(phone.locator("h1")).to_contain_text("祁东黄花菜")


def test_a_conflict_waits_with_both_versions(phone: Page, store: Store) -> None:
    sign_in(phone, clerk())
    with_the_app(phone)
    phone.goto(f"/desk/stores/{store.slug}/quick/")
    fill_in(phone)
    phone.context.set_offline(True)
    phone.locator("main form button.leaf").click()
    becomes(phone, "等网络恢复后提交")
    cast.make_variant(cast.make_product(store), price_fen=4200)
    phone.context.set_offline(False)
    becomes(phone, "需要您处理")
    phone.get_by_role("link", name="打开查看").click()
    fit_for_a_thumb(phone)
    expect(phone.locator(".versions")).to_contain_text("38.8")
    expect(phone.locator(".versions")).to_contain_text("42")
    phone.get_by_role("button", name="仍然另行上架").click()
    expect(phone.get_by_text("已提交县里审核")).to_be_visible()
    assert Product.objects.filter(store=store).count() == 2


def test_the_farmer_lists_their_own(phone: Page, store: Store) -> None:
    farmer = cast.make_user("lixiuying@daylily.example", name="李秀英")
    Household.objects.filter(pk=store.household_id).update(user=farmer)
    sign_in(phone, farmer)
    phone.goto("/my-store/goods/")
    phone.get_by_role("link", name="上架新商品").click()
    fit_for_a_thumb(phone)
    fill_in(phone)
    phone.locator("main form button.leaf").click()
    expect(phone.locator("h1")).to_have_text("我的商品")
    expect(phone.get_by_role("heading", name="祁东黄花菜")).to_be_visible()
