"""A store is opened on a phone: the village enters it, the township recommends it, the county approves it."""

import io
import re

from PIL import Image
from playwright.sync_api import Page, expect

from sellers.models import Store, StoreStatus
from tests import cast
from tests.browser import Windows
from tests.look.accessibility import axe_faults, scrolls_sideways, small_targets

IDENTITY = "11010519491231002X"  # the example of GB 11643-1999


def sign_in(page: Page, email: str, language: str = "") -> None:
    page.goto(f"{language}/account/login/?next={language}/desk/stores/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", cast.PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    expect(page.locator("h1")).to_have_text("Stores" if language else "店铺")


def fit_for_a_thumb(page: Page) -> None:
    """Nothing that axe finds, nothing too small to hit, nothing wider than the phone."""
    assert axe_faults(page) == []
    assert small_targets(page, 44) == []
    assert not scrolls_sideways(page)


def photograph() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (900, 600), (214, 150, 60)).save(file, "JPEG")
    return file.getvalue()


def go_on(page: Page) -> None:
    fit_for_a_thumb(page)
    page.locator("main button.leaf").first.click()


def enter_the_farmer(page: Page) -> None:
    page.get_by_role("link", name="为农户开店").click()
    page.get_by_label("农户已听清以上内容").check()
    page.get_by_label("姓名（或单位名称）").fill("曾桂香")
    page.get_by_label("手机号码").fill("139 0013 9000")
    go_on(page)
    page.get_by_label("农户单独同意使用其身份证号码").check()
    page.get_by_label("身份证号码", exact=True).fill("110105194912310021")
    expect(page.locator(".said-at-once.bad")).to_be_visible()
    go_on(page)
    expect(page.locator(".errorlist").get_by_text("最后一位与前面对不上")).to_be_visible()
    page.get_by_label("身份证号码", exact=True).fill(IDENTITY)
    expect(page.locator(".said-at-once.good")).to_be_visible()
    page.get_by_label("农户单独同意使用其身份证号码").check()
    go_on(page)


def take_the_mandate(page: Page) -> None:
    go_on(page)
    found = re.search(r"\d{6}", page.locator("[data-demo-text]").inner_text())
    assert found
    page.get_by_label("农户手机收到的验证码").fill(found.group())
    go_on(page)


def enter_the_store(page: Page) -> None:
    page.get_by_label("桂香家的农货").check()
    page.get_by_label("店铺故事").fill("我家在山坳里种了三十年黄花菜。")
    page.locator("[name=picture]").set_input_files(
        {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photograph()}
    )
    go_on(page)
    expect(page.get_by_text("至", exact=False).first).to_be_visible()
    go_on(page)
    expect(page.get_by_text("已提交，等待乡镇服务站审核")).to_be_visible()


def test_village_township_and_county_open_a_store(windows: Windows, phone: Page) -> None:
    qidong = cast.Stations()
    village, township, county = (cast.make_clerk(at) for at in (qidong.point, qidong.township, qidong.centre))
    sign_in(phone, str(village.email))
    enter_the_farmer(phone)
    take_the_mandate(phone)
    enter_the_store(phone)
    fit_for_a_thumb(phone)
    assert phone.get_by_role("button", name="推荐给县中心").count() == 0

    desk = windows.open(width=390, height=844)
    sign_in(desk, str(township.email))
    fit_for_a_thumb(desk)
    desk.get_by_role("link", name="桂香家的农货").click()
    expect(desk.get_by_text("周小兰代曾桂香录入")).to_be_visible()
    go_on(desk)
    expect(desk.get_by_text("已推荐，等待县中心批准")).to_be_visible()
    assert desk.get_by_role("button", name="批准开店").count() == 0

    office = windows.open(width=390, height=844, language="en")
    sign_in(office, str(county.email), "/en")
    fit_for_a_thumb(office)
    office.get_by_role("link", name="Zeng Guixiang's farm goods").click()
    go_on(office)
    expect(office.get_by_text("Approved. The store is open; goods can be listed.")).to_be_visible()
    fit_for_a_thumb(office)
    store = Store.objects.get()
    assert (store.status, store.submitted_by, store.recommended_by, store.approved_by) == (
        StoreStatus.OPEN,
        village,
        township,
        county,
    )


def test_without_javascript_and_on_paper(windows: Windows) -> None:
    qidong = cast.Stations()
    clerk = cast.make_clerk(qidong.point)
    phone = windows.open(width=390, height=844, java_script_enabled=False)
    sign_in(phone, str(clerk.email))
    household = cast.make_household(qidong.point, "彭大山")
    phone.get_by_role("link", name="为农户开店").click()
    phone.get_by_label("农户已听清以上内容").check()
    phone.get_by_label("姓名（或单位名称）").fill("彭大山")
    phone.get_by_label("手机号码").fill(household.phone)
    phone.locator("main button.leaf").click()
    phone.get_by_role("button", name="继续为彭大山办理").click()
    phone.get_by_label("签字授权书").check()
    phone.locator("main button.leaf").click()
    phone.locator("[name=paper]").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photograph()})
    phone.locator("main button.leaf").click()
    expect(phone.get_by_text("签字授权书已保存")).to_be_visible()
