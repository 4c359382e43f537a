"""A phone whose line is cut and comes back, and whose tab is killed half way: nothing is lost, and everything arrives once."""

import datetime as dt
import io
import re
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from sellers import openings
from sellers.models import Household, Opening, Store, StoreStatus, Submission, SubmissionState
from tests import cast
from tests.browser import Windows
from tests.look.accessibility import axe_faults, scrolls_sideways, small_targets

IDENTITY = "11010519491231002X"  # the example of GB 11643-1999
KEPT = """async () => navigator.serviceWorker.controller !== null && self.OfflineStore
  && (await OfflineStore.noted("pages")) !== undefined && (await (await caches.open("daylily-pages")).keys()).length === 2"""
WHY = """async () => [navigator.serviceWorker.controller?.state, !!self.OfflineStore, await OfflineStore.noted("pages"),
  (await (await caches.open("daylily-pages")).keys()).map((one) => one.url), await caches.keys(),
  (await navigator.serviceWorker.getRegistrations()).map((one) => [one.installing?.state, one.waiting?.state, one.active?.state])]"""
STORED = """async () => {
  const names = (await indexedDB.databases()).map((one) => one.name);
  const forms = names.includes("daylily-desk") && self.OfflineStore ? await OfflineStore.everybodys() : [];
  return {databases: names, caches: await caches.keys(), forms: forms.length,
          workers: (await navigator.serviceWorker.getRegistrations()).length};
}"""


def sign_in(page: Page, user: User, language: str = "") -> None:
    page.goto(f"{language}/account/login/?next={language}/desk/stores/")
    page.fill("[name=login]", str(user.email))
    page.fill("[name=password]", cast.PASSWORD)
    page.press("[name=password]", "Enter")
    expect(page.locator("[name=password]")).to_have_count(0)


def with_the_app(page: Page) -> None:
    """Wait until the worker runs and the offline pages are kept."""
    for number in range(100):
        if number % 20 == 0:  # a page that was loading when the worker woke up is not yet its own
            page.goto("/desk/stores/")
        if page.evaluate(KEPT):
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"The worker does not run, or the offline pages are not kept: {page.evaluate(WHY)}")


def becomes(page: Page, text: str) -> None:
    """The queue says this, once the server has taken the form in and made its pictures."""
    expect(page.locator("[data-forms]")).to_contain_text(text, timeout=30_000)


def fit_for_a_thumb(page: Page) -> None:
    assert axe_faults(page) == []
    assert small_targets(page, 44) == []
    assert not scrolls_sideways(page)


def photograph(name: str = "IMG_1.jpg") -> Any:
    """A photograph of twelve megapixels, with grain that no encoder finds easy."""
    file = io.BytesIO()
    Image.effect_noise((400, 300), 60).resize((4000, 3000)).convert("RGB").save(file, "JPEG", quality=90)
    return {"name": name, "mimeType": "image/jpeg", "buffer": file.getvalue()}


def go_on(page: Page) -> None:
    fit_for_a_thumb(page)
    page.locator("[data-screen]:not([hidden]) [data-next], [data-screen]:not([hidden]) [data-finish]").click()


def screen(page: Page, name: str) -> Locator:
    return page.locator(f"[data-screen={name}]:not([hidden])")


def begin(page: Page, name: str = "曾桂香", phone: str = "139 0013 9000") -> None:
    page.get_by_role("button", name="离线为农户开店").click()
    page.get_by_label("农户已听清以上内容").check()
    page.locator("[name=farmer-name]").fill(name)
    page.locator("[name=farmer-phone]").fill(phone)
    go_on(page)
    expect(screen(page, "identity")).to_be_visible()


def give_the_number(page: Page, number: str = IDENTITY) -> None:
    page.locator("[name=identity-identity_consent]").check()
    page.locator("[name=identity-identity]").fill(number)
    go_on(page)


def sign_the_paper(page: Page) -> None:
    page.locator("[name=mandate-paper]").set_input_files(photograph())
    expect(page.locator("[data-paper] .preview canvas")).to_be_visible()
    go_on(page)


def furnish(page: Page) -> None:
    page.get_by_role("button", name="桂香家的农货").click()
    page.locator("[name=store-story]").fill("我家在山坳里种了三十年黄花菜。")
    page.locator("[name=store-picture]").set_input_files(photograph("IMG_2.jpg"))
    expect(page.locator("[data-screen=store] .preview canvas")).to_be_visible()
    go_on(page)


@pytest.fixture
def clerk(transactional_db: None) -> User:
    return cast.make_clerk(cast.Stations().point)


def test_cut_off_half_way_and_killed_it_arrives_once(phone: Page, clerk: User) -> None:
    sign_in(phone, clerk)
    with_the_app(phone)
    phone.goto("/desk/offline/")
    fit_for_a_thumb(phone)
    begin(phone)

    line = phone.context
    line.set_offline(True)
    give_the_number(phone, "110105194912310021")
    expect(phone.locator("[data-fault]")).to_contain_text("最后一位与前面对不上")
    give_the_number(phone)
    phone.locator("[name=mandate-paper]").set_input_files(photograph())
    expect(phone.locator("[data-paper] .preview canvas")).to_be_visible()
    phone.close()  # the tab is killed

    phone = line.new_page()
    phone.goto("/desk/parcels/")  # without a line every page of the desk leads to the queue
    expect(phone.get_by_text("现在没有网络，打不开您要的页面")).to_be_visible()
    fit_for_a_thumb(phone)
    becomes(phone, "未填完: 第3页，共5页")
    phone.locator("[data-forms] button.leaf").click()
    expect(phone.locator("[data-paper] .preview canvas")).to_be_visible()
    go_on(phone)
    furnish(phone)
    expect(phone.locator("[data-show=number]")).to_have_text("****002X")
    go_on(phone)
    becomes(phone, "等网络恢复后提交")
    assert not Submission.objects.exists()
    assert phone.evaluate(
        "async () => (await OfflineStore.everybodys()).every((one) => OfflineStore.bytesOf(one) < 1500000)"
    )

    line.set_offline(False)
    becomes(phone, "店铺已交乡镇服务站审核")
    phone.goto("/desk/offline/")
    for _ in range(3):  # what has been sent is not sent again
        phone.evaluate("OfflineSend.send()")
    store = Store.objects.get()
    assert (store.status, store.submitted_by, store.name) == (StoreStatus.SUBMITTED, clerk, "桂香家的农货")
    assert store.picture is not None and store.household.mandates.get().evidence == "paper"
    assert (Submission.objects.get().state, Household.objects.count()) == (SubmissionState.APPLIED, 1)
    assert phone.evaluate(
        "async () => (await OfflineStore.everybodys()).map((one) => [one.fields, one.photographs])"
    ) == [[{}, {}]]
    phone.get_by_role("link", name="打开查看").click()
    expect(phone.locator("h1")).to_contain_text("桂香家的农货")


def test_the_answer_is_lost_and_it_still_counts_once(phone: Page, clerk: User) -> None:
    sign_in(phone, clerk)
    with_the_app(phone)
    phone.goto("/desk/offline/")
    lost: list[str] = []

    def lose(route: Any) -> None:
        """The server gets the form, and the line breaks before its answer."""
        if route.request.method == "POST" and len(lost) < 2:
            route.fetch()
            lost.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    def lost_again(times: int) -> None:
        for _ in range(150):
            if len(lost) >= times:
                return
            phone.wait_for_timeout(200)
        raise AssertionError("The form was not sent.")

    phone.context.route("**/desk/sync/", lose)
    begin(phone)
    give_the_number(phone)
    phone.get_by_label("手机验证码：等网络恢复后再办").check()
    go_on(phone)
    furnish(phone)
    go_on(phone)
    lost_again(1)
    becomes(phone, "等网络恢复后提交")
    phone.get_by_role("button", name="现在提交").click()
    lost_again(2)
    becomes(phone, "等网络恢复后提交")
    phone.reload()
    becomes(phone, "等农户确认授权")
    assert len(lost) == 2
    opening = Opening.objects.get()
    assert (Submission.objects.count(), opening.store_name) == (1, "桂香家的农货")
    phone.get_by_role("link", name="打开查看").click()
    expect(phone.locator("main")).to_contain_text("曾桂香")


def test_a_conflict_is_settled_in_the_inbox(phone: Page, clerk: User) -> None:
    station = clerk.postings.get().station
    assert station is not None
    sign_in(phone, clerk)
    with_the_app(phone)
    phone.goto("/desk/offline/")
    phone.context.set_offline(True)
    household = cast.make_household(station, "曾桂香")
    begin(phone, phone=household.phone)
    give_the_number(phone)
    sign_the_paper(phone)
    furnish(phone)
    go_on(phone)
    phone.context.set_offline(False)
    becomes(phone, "需要您处理")
    phone.goto("/desk/stores/")
    expect(phone.locator("[data-offline-bar]")).to_contain_text("待你处理 1")
    fit_for_a_thumb(phone)
    phone.goto("/desk/submissions/")
    fit_for_a_thumb(phone)
    phone.locator(".jobs a").first.click()
    fit_for_a_thumb(phone)
    phone.get_by_role("button", name="是同一户：继续为曾桂香办理").click()
    expect(phone.get_by_text("店铺已交乡镇服务站审核")).to_be_visible()
    assert Store.objects.get().household == household


def test_an_opening_is_taken_along(phone: Page, clerk: User) -> None:
    station = clerk.postings.get().station
    assert station is not None
    opening = openings.begin_opening(by=clerk, station=station, consent=True, name="曾桂香", phone="13900139000")
    openings.record_identity(by=clerk, opening=opening, identity=IDENTITY)
    sign_in(phone, clerk)
    with_the_app(phone)
    phone.goto(f"/desk/stores/open/{opening.ref}/mandate/")
    fit_for_a_thumb(phone)
    phone.get_by_role("button", name="存到本机").click()
    expect(screen(phone, "mandate")).to_be_visible()
    phone.context.set_offline(True)
    sign_the_paper(phone)
    furnish(phone)
    go_on(phone)
    phone.context.set_offline(False)
    becomes(phone, "店铺已交乡镇服务站审核")
    assert Store.objects.get().household.name == "曾桂香"


def test_the_session_ended_and_somebody_else_signs_in(windows: Windows, phone: Page, clerk: User) -> None:
    station = clerk.postings.get().station
    assert station is not None
    other = cast.make_clerk(station, "彭小玲")
    sign_in(phone, clerk)
    with_the_app(phone)
    phone.goto("/desk/offline/")
    phone.context.set_offline(True)
    begin(phone)
    give_the_number(phone)
    sign_the_paper(phone)
    furnish(phone)
    go_on(phone)
    session = phone.context.cookies()
    phone.context.clear_cookies()
    phone.context.set_offline(False)
    expect(phone.locator("[data-line]")).to_contain_text("您还没有登录")
    assert not Submission.objects.exists()

    sign_in(phone, other)
    with_the_app(phone)
    phone.goto("/desk/offline/")
    expect(phone.locator("[data-none]")).to_be_visible()
    expect(phone.locator("body")).not_to_contain_text("曾桂香")
    assert not Submission.objects.exists()

    phone.context.clear_cookies()
    phone.context.add_cookies(session)  # type: ignore[arg-type]
    phone.goto("/desk/offline/")
    becomes(phone, "店铺已交乡镇服务站审核")
    assert Store.objects.get().submitted_by == clerk


def test_signing_out_clears_the_phone(phone: Page, clerk: User) -> None:
    sign_in(phone, clerk)
    with_the_app(phone)
    phone.goto("/desk/offline/")
    begin(phone)
    before = phone.evaluate(STORED)
    assert (before["forms"], before["workers"]) == (1, 1)
    assert len(before["caches"]) == 2

    phone.goto("/account/logout/")
    expect(phone.get_by_text("本机上未提交的表单： 1")).to_be_visible()
    assert axe_faults(phone) == []
    leave = phone.get_by_role("main").get_by_role("button", name="退出登录")
    leave.click()
    assert phone.url.endswith("/account/logout/")  # the box has not been ticked
    phone.get_by_label("删除并退出登录").check()
    leave.click()
    phone.wait_for_url(re.compile(r"//[^/]+/$"))
    assert phone.evaluate(STORED) == {"databases": [], "caches": [], "forms": 0, "workers": 0}


def test_the_phone_keeps_twenty_forms_and_a_week(phone: Page, clerk: User) -> None:
    sign_in(phone, clerk, "/en")
    phone.goto("/en/desk/offline/")
    expect(phone.get_by_text("at most 20 forms and 30 MB")).to_be_visible()
    for _ in range(20):
        phone.get_by_role("button", name="Open a store offline").click()
        phone.get_by_role("button", name="Go on later").click()
    phone.get_by_role("button", name="Open a store offline").click()
    expect(phone.locator("[data-full]")).to_contain_text("This phone keeps 20 forms already")
    expect(phone.locator("[data-forms] > li")).to_have_count(20)
    fit_for_a_thumb(phone)
    phone.clock.set_fixed_time(timezone.now() + dt.timedelta(days=8))
    phone.reload()
    expect(phone.locator("[data-none]")).to_be_visible()
