"""Lots on a phone: members' lots are put together and graded by measurements, an agency's report comes as photographs and as a PDF."""

import datetime as dt
import io

from PIL import Image
from playwright.sync_api import Page, expect

from catalog.documents import draw_report
from catalog.models import Lot, LotTest
from sellers.families import add_member
from sellers.models import HouseholdKind
from tests import cast
from tests.browser import Windows
from tests.catalog.schemes import make_scheme
from tests.journeys.test_list_goods import fit_for_a_thumb, photograph, save, sign_in


def members_lots() -> tuple[cast.Stations, str]:
    """A co-operative's two lots, the clerk who keeps them, and the county's scheme."""
    stations = cast.Stations()
    clerk = cast.make_clerk(stations.point, "周小兰")
    house = cast.make_household(stations.point, "黄土铺合作社", kind=HouseholdKind.COOPERATIVE)
    cast.make_mandate(house, stations.point)
    product = cast.make_product(cast.make_store(stations.point, household=house))
    for name in ("曾桂香", "王建国"):
        member = cast.make_household(stations.point, name)
        add_member(by=clerk, cooperative=house, household=member, grows="黄花菜")
        cast.make_lot(product, household=member, quantity_g=20_000)
    make_scheme(county_code="430426")
    return stations, str(clerk.email)


def put_together(page: Page) -> Lot:
    first, second = Lot.objects.order_by("pk")
    page.get_by_role("link", name="批次", exact=True).click()
    page.get_by_label("按批次号、商品或农户查找").fill("曾桂香")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=first.code).click()
    fit_for_a_thumb(page)
    page.get_by_role("link", name="与其他批次合并").click()
    page.get_by_label(first.code).fill("15.5")
    page.get_by_label(second.code).fill("99")
    save(page)
    expect(page.get_by_role("alert")).to_contain_text("20")
    expect(page.get_by_label(first.code)).to_have_value("15.5")
    page.get_by_label(second.code).fill("4.5")
    save(page)
    made = Lot.objects.latest("pk")
    expect(page.locator("h1")).to_contain_text(made.code)
    expect(page.get_by_text("15.5 公斤").first).to_be_visible()
    return made


def measure(page: Page, colour: str = "黄褐色") -> None:
    page.get_by_role("link", name="检验定级").or_(page.get_by_role("link", name="重新检验")).click()
    length = page.get_by_label("条长 (厘米)")
    assert length.get_attribute("inputmode") == "decimal"
    length.fill("12.5")
    page.get_by_label("水分 (%)").fill("abc")
    page.get_by_label(colour, exact=True).check()
    page.get_by_label("断条率 (%)").fill("0.8")
    save(page)
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(length).to_have_value("12.5")
    page.get_by_label("水分 (%)").fill("12.8")
    save(page)


def enter_test(page: Page, files: list[dict[str, object]], found: str) -> None:
    page.get_by_role("link", name="登记检测").click()
    page.get_by_label("检测机构").fill("衡阳市检验检测中心")
    page.get_by_label("检测标准").fill("GB 2763-2021")
    page.get_by_label("抽样日期").fill("2026-07-18")
    page.get_by_label("检测日期").fill("2026-07-20")
    page.locator("[name=items-0-name]").fill("毒死蜱")
    page.locator("[name=items-0-found]").fill(found)
    page.locator("[name=items-0-limit]").fill("0.02")
    page.locator("[name=items-0-unit]").fill("mg/kg")
    page.locator("[name=report]").set_input_files(files)  # type: ignore[arg-type]
    save(page)


def a_pdf() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (620, 877), "white").save(file, "PDF")
    return file.getvalue()


def test_lots_are_put_together_graded_and_tested_on_a_phone(windows: Windows, phone: Page) -> None:
    _stations, email = members_lots()
    sign_in(phone, email)
    made = put_together(phone)
    measure(phone)
    expect(phone.get_by_text("评定等级：一级")).to_be_visible()
    expect(phone.get_by_text("色泽 黄褐色 (要求 金黄色)")).to_be_visible()
    measure(phone, "金黄色")
    expect(phone.get_by_text("评定等级：特级")).to_be_visible()
    fit_for_a_thumb(phone)
    enter_test(phone, [{"name": "1.jpg", "mimeType": "image/jpeg", "buffer": photograph()}], "ND")
    expect(phone.get_by_text("报告正在处理")).to_be_visible()
    enter_test(phone, [{"name": "r.pdf", "mimeType": "application/pdf", "buffer": a_pdf()}], "0.03")
    expect(phone.get_by_text("检测不合格，已停售")).to_be_visible()
    for test in LotTest.objects.all():
        draw_report(test.pk)
    phone.reload()
    expect(phone.locator("figure.plate")).to_have_count(2)
    fit_for_a_thumb(phone)
    made.refresh_from_db()
    assert made.held_back_at and LotTest.objects.get(passed=False).tested_on == dt.date(2026, 7, 20)


def ask(phone: Page, *limits: str) -> None:
    """What the three usual grades ask of the first criterion."""
    for grade, limit in zip(("特级", "一级", "二级"), limits, strict=True):
        phone.get_by_label(grade).first.fill(limit)


def test_an_official_enters_grades_and_replaces_them(windows: Windows, phone: Page) -> None:
    cast.Stations()
    cast.make_category()
    official = cast.make_official()
    sign_in(phone, str(official.email))
    phone.get_by_role("link", name="等级标准").click()
    phone.get_by_role("link", name="录入等级标准").click()
    phone.get_by_label("商品分类").select_option(label="黄花菜")
    phone.locator("[name=title]").fill("祁东黄花菜等级")
    phone.locator("[name=criteria-0-name]").fill("水分")
    phone.locator("[name=criteria-0-kind]").select_option("most")
    phone.locator("[name=criteria-0-unit]").fill("%")
    ask(phone, "15", "14", "13")
    save(phone)
    expect(phone.get_by_role("alert")).to_contain_text("高等级的要求不能低于下一等级")
    ask(phone, "13", "14", "15")
    save(phone)
    expect(phone.get_by_text("≤ 14 %")).to_be_visible()
    fit_for_a_thumb(phone)
    phone.get_by_role("link", name="录入新版本").click()
    expect(phone.get_by_label("特级").first).to_have_value("13")
    ask(phone, "12", "14", "15")
    save(phone)
    expect(phone.get_by_text("≤ 12 %")).to_be_visible()
    expect(phone.get_by_role("link", name="上一版本")).to_be_visible()
