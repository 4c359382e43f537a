"""Goods are listed on a phone for a farmer, and a buyer finds them: by name, by pinyin, in either language."""

import io

from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from catalog.models import Grade, GradeScheme, Product
from tests import cast
from tests.browser import Windows
from tests.look.accessibility import axe_faults, scrolls_sideways, small_targets


def photograph() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1600, 1200), (214, 150, 60)).save(file, "JPEG")
    return file.getvalue()


def sign_in(page: Page, email: str) -> None:
    page.goto("/account/login/?next=/desk/goods/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", cast.PASSWORD)
    page.locator("main form:has([name=password]) button[type=submit]").first.click()
    expect(page.locator("h1")).to_have_text("商品")


def fit_for_a_thumb(page: Page) -> None:
    assert axe_faults(page) == []
    assert small_targets(page, 44) == []
    assert not scrolls_sideways(page)


def save(page: Page) -> None:
    fit_for_a_thumb(page)
    page.locator("main form button.leaf").click()


def describe(page: Page, store: str) -> None:
    page.get_by_role("link", name=store).click()
    page.get_by_role("link", name="改用完整表单一次填完").click()
    page.get_by_label("商品名称").fill("祁东黄花菜 <b>特级</b>")
    page.get_by_label("商品英文名称").fill("Qidong daylily, top grade")
    page.get_by_label("商品分类").select_option(label="黄花菜")
    page.get_by_label("时令起").select_option("6")
    page.get_by_label("时令止").select_option("8")
    page.get_by_label("保质期（天）").fill("540")
    save(page)
    expect(page.locator("h1")).to_have_text("祁东黄花菜 <b>特级</b>")
    expect(page.get_by_text("周小兰代李秀英录入")).to_be_visible()


def photograph_and_grade(page: Page) -> None:
    fit_for_a_thumb(page)
    page.get_by_role("link", name="下一步：拍照片").click()
    files: list[FilePayload] = [
        {"name": f"IMG_{number}.jpg", "mimeType": "image/jpeg", "buffer": photograph()} for number in (1, 2)
    ]
    page.locator("[name=photographs]").set_input_files(files)
    save(page)
    expect(page.get_by_text("已添加 2 张照片")).to_be_visible()
    page.get_by_role("link", name="下一步：登记批次和等级").click()
    page.get_by_label("采收日期").fill("2026-07-12")
    page.get_by_label("数量（公斤）").fill("80.5")
    page.get_by_label("等级").select_option(label="特级")
    save(page)
    page.get_by_role("link", name="登记检测").click()
    page.get_by_label("检测机构").fill("衡阳市农产品质量检验检测中心")
    page.get_by_label("检测标准").fill("GB 2763-2021")
    page.get_by_label("检测日期").fill("2026-07-20")
    page.get_by_label("合格", exact=True).check()
    save(page)


def price(page: Page) -> None:
    page.get_by_role("link", name="下一步：填写规格和价格").click()
    page.get_by_label("规格", exact=True).fill("500克袋装")
    page.get_by_label("每件净重（公斤）").fill("0.5")
    page.get_by_label("价格（元）").fill("三十八")
    page.get_by_label("有多少件").fill("20")
    save(page)
    expect(page.get_by_role("alert")).to_contain_text("请填写价格（元），如 38 或 38.80")
    expect(page.get_by_label("规格", exact=True)).to_have_value("500克袋装")
    page.get_by_label("价格（元）").fill("38.80")
    save(page)
    page.get_by_role("link", name="添加规格").click()
    page.get_by_label("按重量").check()
    page.get_by_label("规格", exact=True).fill("散装")
    page.get_by_label("价格（元）").fill("35")
    page.get_by_label("有多少件").fill("60")
    save(page)


def test_goods_are_listed_on_a_phone_and_found_by_a_buyer(windows: Windows, phone: Page) -> None:
    stations = cast.Stations()
    store = cast.make_store(stations.point)
    clerk = cast.make_clerk(stations.point, "周小兰")
    scheme = GradeScheme.objects.create(category=cast.make_category(), title="黄花菜等级")
    Grade.objects.create(scheme=scheme, rank=1, name="特级", name_en="top grade")
    sign_in(phone, str(clerk.email))
    describe(phone, store.name)
    photograph_and_grade(phone)
    price(phone)
    phone.get_by_role("button", name="上架", exact=True).click()
    expect(phone.get_by_text("已提交县里审核，有结果马上告诉您。")).to_be_visible()
    fit_for_a_thumb(phone)
    cast.approve_listing(Product.objects.get())
    buyer = windows.open(width=390)
    for words in ("黄花菜", "花菜", "hhc"):
        buyer.goto(f"/search/?q={words}")
        expect(buyer.get_by_role("heading", name="祁东黄花菜 <b>特级</b>")).to_be_visible()
    assert axe_faults(buyer) == [] and not scrolls_sideways(buyer)
    buyer.get_by_role("link", name="祁东黄花菜 <b>特级</b>").click()
    expect(buyer.get_by_label("散装，按斤计价")).to_be_visible()
    expect(buyer.get_by_text("衡阳市农产品质量检验检测中心")).to_be_visible()
    assert axe_faults(buyer) == [] and not scrolls_sideways(buyer)
    buyer.goto(f"/en/goods/{Product.objects.get().ref}/")
    expect(buyer.locator("h1")).to_have_text("Qidong daylily, top grade")
