"""The search box on a phone and at a desk: suggestions by keyboard and by thumb, and the form without a script."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from catalog.models import MissedSearch
from catalog.phrases import renew_phrases
from catalog.search import index_product
from tests.browser import Windows
from tests.cast import QIDONG, Stations, make_category, make_official, make_product, make_store, make_variant
from tests.journeys.people import Someone
from tests.look.accessibility import axe_faults, scrolls_sideways, small_targets


@pytest.fixture
def goods(windows: Windows) -> None:
    store = make_store(Stations(QIDONG).point, name="秀英家黄花菜", name_en="Xiuying's daylilies")
    for name, category in (("黄花菜", make_category()), ("黄豆", make_category("beans", "豆类", "Beans", aliases=""))):
        product = make_product(store, name=name, category=category)
        make_variant(product)
        index_product(product)
    renew_phrases()


def test_the_keyboard_goes_through_the_suggestions(goods: None, page: Page) -> None:
    page.goto("/search/")
    box = page.get_by_role("combobox")
    box.press_sequentially("huang", delay=20)
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-1")
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("huang")
    box.press("ArrowDown")
    name = options.first.locator("span").inner_text()
    box.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/\?q="))
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_a_thumb_chooses_and_nothing_spills(goods: None, phone: Page) -> None:
    phone.goto("/search/")
    phone.get_by_role("combobox").press_sequentially("秀英", delay=20)
    expect(phone.get_by_role("option").first).to_be_visible()
    assert axe_faults(phone) == [] and not scrolls_sideways(phone)
    phone.get_by_role("option").first.click()
    expect(phone).to_have_url(re.compile(r"/store/"))


def test_without_a_script_the_form_searches(goods: None, windows: Windows) -> None:
    plain = windows.open(java_script_enabled=False)
    plain.goto("/search/")
    plain.locator("#q").fill("huangguacai")
    plain.locator("form.search button").click()
    expect(plain.get_by_role("heading", level=3).filter(has_text="黄花菜")).to_be_visible()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_are_whole_on_a_phone(goods: None, phone: Page, language: str) -> None:
    someone = Someone(phone, language)
    for name, query in (
        ("categories", ""),
        ("season", ""),
        ("search", "?q=huangguacai"),
        ("search", "?q=祁东"),
        ("search", "?q=蓝莓"),
    ):
        someone.go(name, query=query)
        assert axe_faults(phone) == [], f"{name}{query}"
        assert not scrolls_sideways(phone), f"{name}{query}"
        assert small_targets(phone, 24) == [], f"{name}{query}"
    for days in range(1, 4):
        day = timezone.localdate() - dt.timedelta(days=days)
        MissedSearch.objects.create(words="农家土猪肉半边", day=day, county_code=QIDONG[:6])
    someone.sign_in(make_official(), then="desk_wanted")
    expect(phone.get_by_role("row", name="农家土猪肉半边")).to_have_count(2)
    assert axe_faults(phone) == [] and not scrolls_sideways(phone)
