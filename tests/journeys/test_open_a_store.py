"""A store is opened on a phone: the village enters it, the township recommends it, the county approves it."""

import io
import re

from PIL import Image
from playwright.sync_api import Page, expect

from accounts.models import User
from sellers.models import Household, HouseholdKind, Opening, Store, StoreStatus
from stations.models import Station, StationStatus
from tests import cast
from tests.browser import Windows
from tests.journeys.people import Someone
from tests.look.accessibility import axe_faults, scrolls_sideways, small_targets

IDENTITY = "11010519491231002X"  # the example of GB 11643-1999
LICENCE = "91350100M000100Y43"  # the example of GB 32100-2015


def sign_in(page: Page, person: User, language: str = "") -> None:
    Someone(page, "en" if language else "zh-hans").sign_in(person, "desk_stores")
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
    page.get_by_label("手机号").fill("139 0013 9000")
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
    page.locator("[name=story]").fill("我家在山坳里种了三十年黄花菜。")
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
    sign_in(phone, village)
    enter_the_farmer(phone)
    take_the_mandate(phone)
    enter_the_store(phone)
    fit_for_a_thumb(phone)
    assert phone.get_by_role("button", name="推荐给县中心").count() == 0

    desk = windows.open(width=390, height=844)
    sign_in(desk, township)
    fit_for_a_thumb(desk)
    desk.get_by_role("link", name="桂香家的农货").click()
    expect(desk.get_by_text("周小兰代曾桂香录入")).to_be_visible()
    go_on(desk)
    expect(desk.get_by_text("已推荐，等待县中心批准")).to_be_visible()
    assert desk.get_by_role("button", name="批准开店").count() == 0

    office = windows.open(width=390, height=844, language="en")
    sign_in(office, county, "/en")
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
    sign_in(phone, clerk)
    household = cast.make_household(qidong.point, "彭大山")
    phone.get_by_role("link", name="为农户开店").click()
    phone.get_by_label("农户已听清以上内容").check()
    phone.get_by_label("姓名（或单位名称）").fill("彭大山")
    phone.get_by_label("手机号").fill(household.phone)
    phone.locator("main button.leaf").click()
    phone.get_by_role("button", name="继续为彭大山办理").click()
    phone.get_by_label("签字授权书").check()
    phone.locator("main button.leaf").click()
    phone.locator("[name=paper]").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photograph()})
    phone.locator("main button.leaf").click()
    expect(phone.get_by_text("签字授权书已保存")).to_be_visible()


def take_a_photograph(page: Page, name: str) -> None:
    """A picture as heavy as a phone takes it; the script makes it small before it leaves."""
    noise = Image.effect_noise((2400, 1800), 60).convert("RGB")
    file = io.BytesIO()
    noise.save(file, "JPEG", quality=92)
    field = page.locator(f"[name={name}]")
    field.set_input_files({"name": "IMG_2.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()})
    for _ in range(100):
        if field.evaluate("input => input.files[0].size") < 250 * 1024:
            break
        page.wait_for_timeout(100)
    assert field.evaluate("input => input.files[0].size") < 250 * 1024 < len(file.getvalue())


def begin(page: Page, name: str, phone: str) -> None:
    """Consent, name and phone."""
    page.goto("/desk/stores/open/")
    page.get_by_label("农户已听清以上内容").check()
    page.get_by_label("姓名（或单位名称）").fill(name)
    page.get_by_label("手机号").fill(phone)


def open_on_paper(page: Page, phone: str) -> None:
    """A store for Peng Dashan, who is on record, on a signed paper."""
    begin(page, "彭大山", phone)
    page.locator("main button.leaf").click()
    fit_for_a_thumb(page)
    page.get_by_role("button", name="继续为彭大山办理").click()
    sign(page)
    page.get_by_label("大山家的农货").check()
    go_on(page)
    go_on(page)
    expect(page.get_by_text("已提交，等待乡镇服务站审核")).to_be_visible()


def sign(page: Page) -> None:
    """What is allowed, by a signed paper."""
    page.get_by_label("签字授权书").check()
    go_on(page)
    take_a_photograph(page, "paper")
    go_on(page)


def give_back_paper_and_story(page: Page) -> None:
    """Two reasons; the second is asked for when it was left out."""
    page.get_by_role("link", name="大山家的农货").click()
    page.get_by_text("材料有问题，退回修改").click()
    page.locator("[name=tick_paper]").check()
    page.locator("[name=why_paper]").fill("签名看不清")
    page.locator("[name=tick_story]").check()
    fit_for_a_thumb(page)
    page.get_by_role("button", name="写明原因并退回").click()
    expect(page.get_by_text("请写明需要修改什么").first).to_be_visible()
    page.locator("[name=why_story]").fill("请写两句自家的事")
    page.get_by_role("button", name="写明原因并退回").click()
    expect(page.get_by_text("已退回并写明原因")).to_be_visible()


def test_returned_for_an_unreadable_paper_and_a_story(windows: Windows, phone: Page) -> None:
    qidong = cast.Stations()
    village, township = cast.make_clerk(qidong.point), cast.make_clerk(qidong.township)
    sign_in(phone, village)
    open_on_paper(phone, cast.make_household(qidong.point, "彭大山").phone)
    desk = windows.open(width=390, height=844)
    sign_in(desk, township)
    give_back_paper_and_story(desk)

    phone.goto("/desk/stores/")
    phone.get_by_role("link", name="大山家的农货").click()
    phone.locator("section.decide form button").first.click()
    expect(phone.get_by_text("签名看不清")).to_be_visible()
    sign(phone)
    fit_for_a_thumb(phone)
    phone.locator(".notice a").last.click()
    expect(phone.get_by_text("请写两句自家的事")).to_be_visible()
    phone.locator("[name=story]").fill("三代人种黄花菜，当天摘当天蒸。")
    go_on(phone)
    go_on(phone)
    expect(phone.get_by_text("已提交，等待乡镇服务站审核")).to_be_visible()
    store = Store.objects.get()
    assert (store.status, store.story) == (StoreStatus.SUBMITTED, "三代人种黄花菜，当天摘当天蒸。")
    assert [mandate.refused_by for mandate in store.household.mandates.order_by("pk")] == [township, None]


def test_a_cooperative_opens_with_its_licence(windows: Windows, phone: Page) -> None:
    qidong = cast.Stations()
    clerk = cast.make_clerk(qidong.point)
    sign_in(phone, clerk)
    begin(phone, "祁东县洪桥黄花菜专业合作社", "13900139001")
    phone.get_by_text("不是农户，是合作社或企业？").click()
    phone.get_by_label("合作社", exact=True).check()
    go_on(phone)
    phone.get_by_label("统一社会信用代码").fill(LICENCE[:-1] + "9")
    expect(phone.locator(".said-at-once.bad")).to_be_visible()
    phone.get_by_label("法定代表人").fill("曾桂香")
    take_a_photograph(phone, "licence")
    go_on(phone)
    expect(phone.get_by_text("营业执照照片已保存")).to_be_visible()
    phone.get_by_label("统一社会信用代码").fill(LICENCE)
    go_on(phone)
    take_the_mandate(phone)
    assert phone.locator("[name=suggestion]").count() >= 2
    phone.locator("[name=suggestion]").first.check()
    go_on(phone)
    go_on(phone)
    store = Store.objects.get()
    assert (store.household.kind, store.household.licence_code, store.status) == (
        HouseholdKind.COOPERATIVE,
        LICENCE,
        StoreStatus.SUBMITTED,
    )
    add_a_member(phone, store.household_id, cast.make_household(qidong.point, "彭大山"))
    assert store.household.memberships.get().grows == "黄花菜"


def add_a_member(page: Page, cooperative: int, family: Household) -> None:
    """On the co-operative's own page."""
    clerk = Someone(page)
    clerk.go("desk_household", cooperative)
    clerk.follow("Add a member")
    clerk.fill("The family's name on record", family.name)
    clerk.fill("Last four digits of their mobile number", family.phone[-4:])
    clerk.fill("What they grow", "黄花菜")
    fit_for_a_thumb(page)
    page.locator("main form button[type=submit]").last.click()
    clerk.finds(family.name)


def test_a_suspended_station_opens_no_store(phone: Page) -> None:
    qidong = cast.Stations()
    clerk = cast.make_clerk(qidong.point)
    sign_in(phone, clerk)
    begin(phone, "彭大山", "13900139002")
    Station.objects.filter(pk=qidong.point.pk).update(status=StationStatus.SUSPENDED, status_note="洪水，房屋检修")
    phone.locator("main button.leaf").click()
    expect(phone.locator("#main").get_by_text("洪水，房屋检修")).to_be_visible()
    fit_for_a_thumb(phone)
    assert not Opening.objects.exists()


def test_a_clerk_who_serves_elsewhere_since_this_morning(phone: Page) -> None:
    qidong = cast.Stations()
    clerk = cast.make_clerk(qidong.point)
    sign_in(phone, clerk)
    begin(phone, "彭大山", "13900139003")
    go_on(phone)
    move = clerk.postings.get()
    move.station, move.region = qidong.other_point, qidong.other_point.region
    move.save()
    phone.get_by_label("身份证号码", exact=True).fill(IDENTITY)
    phone.get_by_label("农户单独同意使用其身份证号码").check()
    phone.locator("main button.leaf").click()
    expect(phone.get_by_text("您已不在")).to_be_visible()
    fit_for_a_thumb(phone)
    assert (Opening.objects.get().station, Household.objects.count()) == (qidong.point, 0)
