"""The hall: a county official builds Qidong's in both languages and submits it, a moderator publishes, visitors read it."""

import datetime as dt
import io
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from catalog.models import Product
from cms.halls import Hall, make_hall
from cms.models import HallPage
from cms.permissions import appoint_editor, appoint_moderator
from demo.pictures.draw import draw, rasterise
from pictures.intake import take_in
from stations.models import Region
from tests.browser import Windows
from tests.cast import (
    PASSWORD,
    QIDONG,
    Stations,
    make_brand,
    make_official,
    make_product,
    make_store,
    make_user,
    make_variant,
)
from tests.look.accessibility import axe_faults, scrolls_sideways

WAIT_MS = 20_000


@pytest.fixture
def product(transactional_db: None) -> Product:
    bag = take_in(
        io.BytesIO(rasterise(draw("daylily", "bag", 1), 800)),
        title="黄花菜",
        alt_zh="一袋黄花菜",
        alt_en="A bag of daylilies",
        at_once=True,
    )
    store = make_store(
        Stations().point,
        name="李秀英家",
        name_en="The Li family",
        story="天不亮就下地。",
        story_en="Up before the sun.",
    )
    product = make_product(store, picture=bag, price_from_fen=3880, price_from_g=500)
    make_variant(product)
    return product


@pytest.fixture
def hall(transactional_db: None) -> Hall:
    county = Region.objects.get(code=QIDONG)
    hall = make_hall(county=county, title="祁东黄花菜馆", title_en="The Qidong daylily hall")
    make_brand(number="SAMPLE-0426")
    appoint_editor(user=make_official(QIDONG), county=county)
    appoint_moderator(user=make_user("moderator@daylily.example", name="方晓"))
    return hall


def enter_office(windows: Windows, user: User) -> Page:
    """The one sign-in of the site leads into the office."""
    page = windows.open(width=1280, height=900)
    page.goto("/office/")
    expect(page).to_have_url(re.compile("/account/login/"))
    page.fill("input[name=login]", user.email or "")
    page.fill("input[name=password]", PASSWORD)
    page.locator("main form:has([name=password]) button[type=submit]").first.click()
    expect(page).to_have_url(re.compile("/office/$"))
    return page


def add_part(page: Page, name: str) -> Locator:
    """A new part at the end of the hall's body; returns it."""
    parts = page.locator("[data-streamfield-stream-container] > [data-streamfield-child]")
    before = parts.count()
    page.locator(".c-sf-add-button").last.click()
    page.get_by_role("option", name=name, exact=True).click()
    expect(parts).to_have_count(before + 1)
    return parts.nth(before)


def field(part: Locator, name: str) -> Locator:
    """The input of one field in a part."""
    return part.locator(f":is(input, textarea, select)[name$='-value-{name}']")


def choose(page: Page, part: Locator, name: str) -> None:
    """Choose one row in the dialogue of a chooser."""
    part.locator("[data-chooser-action-choose]").first.click()
    page.locator(".modal-content").get_by_role("link", name=name).click()
    expect(page.locator(".modal-content")).to_have_count(0)
    expect(part.get_by_text(name).first).to_be_visible()


def write_chinese(page: Page, product: Product) -> None:
    page.fill("[name=line]", "早晨采下的花蕾，晒成一年的金黄。")
    page.fill("[name=intro]", "祁东人把黄花菜叫“黄花”。")
    story = add_part(page, "故事")
    field(story, "heading").fill("天不亮就下地")
    story.locator("[contenteditable=true]").first.click()
    page.keyboard.type("Huanghua: 黄花菜只在清晨采。")
    goods = add_part(page, "主推商品")
    field(goods, "heading").fill("馆里的好货")
    choose(page, goods, product.name)
    makers = add_part(page, "产地人家")
    field(makers, "heading").fill("种黄花的人")
    choose(page, makers, product.store.name)
    write_certificate_and_event(page)


def write_certificate_and_event(page: Page) -> None:
    certificate = add_part(page, "认证")
    words = {
        "name": "祁东黄花菜 地理标志",
        "number": "SAMPLE-0426",
        "holder": "祁东县黄花菜产业协会",
        "valid_until": "2030-12-31",
    }
    for name, text in words.items():
        field(certificate, name).fill(text)
    close_calendar(page)
    field(certificate, "demo").check()
    event = add_part(page, "直播活动")
    field(event, "title").fill("采摘季直播")
    begins = timezone.localtime() + dt.timedelta(days=1)
    field(event, "starts_at").fill(f"{begins:%Y-%m-%d %H:%M}")
    field(event, "ends_at").fill(f"{begins + dt.timedelta(hours=2):%Y-%m-%d %H:%M}")
    close_calendar(page)
    field(event, "where").fill("祁东县电商公共服务中心")
    field(event, "url").fill("https://live.douyin.com/1")


def close_calendar(page: Page) -> None:
    """Wagtail's calendar stays open over the page until another field is entered; on a busy machine it opens late."""
    calendars = page.locator(".xdsoft_datetimepicker:visible")
    for _again in range(10):
        page.locator("[name=line]").click()
        page.wait_for_timeout(200)
        if not calendars.count():
            return
        page.locator("[name=intro]").click()
    expect(calendars).to_have_count(0)


def write_english(page: Page) -> None:
    page.fill("[name=line]", "Buds picked before sunrise, golden for a year.")
    page.fill("[name=intro]", "In Qidong they call it the yellow flower.")
    headings = page.locator("input[name$='-value-heading']")
    for place, text in enumerate(("In the field before light", "The county's goods", "Who grows them")):
        headings.nth(place).fill(text)
    story = page.locator("[data-streamfield-child]").first.locator("[contenteditable=true]").first
    story.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("Picked at dawn.")
    # The editor hands its text to the form after a quarter of a second.
    expect(page.locator("input[name$='-value-text']").first).to_have_value(re.compile("Picked at dawn"))
    page.locator("input[name$='-value-title']").fill("Live from the field")


def let_it_save(page: Page) -> None:
    """Wagtail saves a draft by itself a moment after the last key. One that is under way when the page is submitted may be written behind
    it, without the last words (on a busy machine they were lost so): wait until two seconds passed without one.
    """
    saving, quiet = page.locator(".w-autosave-indicator__state--saving"), 0
    for _quarter in range(80):
        page.wait_for_timeout(250)
        quiet = 0 if saving.evaluate("state => getComputedStyle(state).visibility") == "visible" else quiet + 1
        if quiet == 8:
            return
    raise AssertionError("The draft is still being saved.")


def submit(page: Page) -> None:
    let_it_save(page)
    page.locator("footer [data-w-dropdown-target=toggle]").click()
    page.locator("button[name=action-submit]").click()
    expect(page.locator(".messages .success").first).to_be_visible(timeout=WAIT_MS)


def approve(page: Page, hall: HallPage) -> None:
    """From the list of what waits, open the page, and publish it."""
    page.goto("/office/")
    page.get_by_role("link", name=hall.title, exact=True).first.click()
    page.locator("footer [data-w-dropdown-target=toggle]").click()
    page.locator("button[data-workflow-action-name=approve]:not([data-workflow-action-modal])").first.click()
    expect(page.locator(".messages .success").first).to_be_visible(timeout=WAIT_MS)


def test_official_builds_moderator_publishes_visitor_reads(windows: Windows, hall: Hall, product: Product) -> None:
    expect.set_options(timeout=WAIT_MS)
    official, moderator = User.objects.get(name="陈国强"), User.objects.get(name="方晓")
    office = enter_office(windows, official)
    office.get_by_role("link", name="编辑中文页").click()
    write_chinese(office, product)
    submit(office)
    office.goto("/office/")
    expect(office.get_by_text("等待审核").first).to_be_visible()
    office.get_by_role("link", name="用中文页填充").click()
    office.get_by_role("button", name="确定填充").click()
    expect(office.locator("[name=title]")).to_have_value("The Qidong daylily hall")
    write_english(office)
    submit(office)

    visitor = windows.open(width=390, height=844)
    answer = visitor.goto("/halls/qidong/")
    assert answer and answer.status == 404, "the hall is public before it was reviewed"
    review = enter_office(windows, moderator)
    approve(review, hall.zh)
    approve(review, hall.en)

    visitor.goto("/")
    visitor.get_by_role("link", name="祁东黄花菜馆").click()
    for words in (
        "天不亮就下地",
        "黄花菜只在清晨采",
        product.name,
        "李秀英家",
        "SAMPLE-0426",
        "采摘季直播",
        "即将开始",
    ):
        expect(visitor.get_by_text(words).first).to_be_visible()
    assert not axe_faults(visitor) and not scrolls_sideways(visitor)
    visitor.get_by_role("link", name="English").first.click()
    expect(visitor).to_have_url(re.compile("/en/halls/qidong/$"))
    for words in (
        "Picked at dawn.",
        "The county's goods",
        product.name_en,
        "The Li family",
        "Live from the field",
        "Coming up",
    ):
        expect(visitor.get_by_text(words).first).to_be_visible()
    assert not axe_faults(visitor) and not scrolls_sideways(visitor)
