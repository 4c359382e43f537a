"""A farmer takes the store over on her own phone: signs in by code, proves who she is, keeps one helper's right, and the clerk feels it."""

import os
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.messages import text_for_demo
from catalog.models import Product
from catalog.search import index_product
from sellers.models import Household, Mandate, Store, StoreStatus
from tests.browser import Windows
from tests.cast import make_clerk, make_product, make_store, make_variant
from tests.journeys.people import Someone, Street
from tests.look.accessibility import axe_faults, scrolls_sideways, small_targets
from tests.orders.scene import make_county

TAIL = "002X"


@pytest.fixture
def store(windows: Windows) -> Store:
    """An open store with goods on sale, looked after by the village's clerk."""
    qidong = make_county("430426000000")
    made = make_store(qidong.point)
    Household.objects.update(identity_tail=TAIL)
    product = make_product(made)
    make_variant(product)
    index_product(product)
    made.household.refresh_from_db()
    return made


def fit(someone: Someone, name: str) -> None:
    """Nothing that axe finds, nothing too small for a thumb, nothing wider than the phone; SHOTS=folder keeps a picture."""
    page = someone.page
    assert axe_faults(page) == [], name
    assert small_targets(page, 44) == [], name
    assert not scrolls_sideways(page), name
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}-{someone.language}.png", full_page=True)


def sign_in_by_phone(someone: Someone, phone: str) -> None:
    """The first time: the number is proved, and an account opened with consent."""
    someone.go("account_login")
    someone.fill("Mobile number", phone)
    someone.press("Text me a code")
    found = re.search(r"\d{6}", text_for_demo(phone))
    assert found
    someone.fill("Code from the text", found.group())
    someone.press("Go on")
    someone.page.get_by_role("checkbox").check()
    someone.press("Open an account")


def take_over(farmer: Someone, store: Store) -> None:
    """Wrong once, then right; the helper keeps the listing of goods alone."""
    sign_in_by_phone(farmer, store.household.phone)
    farmer.reads_title(farmer.says("Is this your store?"))
    farmer.finds(store.label if farmer.language != "en" else store.name_en)
    fit(farmer, "is-it-yours")
    farmer.follow("Yes, it is mine")
    farmer.fill("Last four of your identity number", "0000")
    farmer.press("It is mine")
    farmer.finds("4")
    assert Household.objects.get().user is None
    farmer.fill("Last four of your identity number", TAIL)
    farmer.tick("They help with less")
    fit(farmer, "take-over")
    farmer.press("It is mine")
    farmer.reads("It is yours. From now on you look after your store yourself.")
    fit(farmer, "home")


def look_around(farmer: Someone) -> None:
    """Every page of hers: short, and fit for a thumb."""
    for name in (
        "my_store_bring",
        "my_store_sold",
        "my_store_goods",
        "my_store_deeds",
        "my_store_helpers",
        "my_store_help_new",
    ):
        farmer.go(name)
        fit(farmer, name)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_farmer_takes_the_store_over_and_nothing_old_remains(windows: Windows, store: Store, language: str) -> None:
    clerk = make_clerk(store.station)
    farmer = Street(windows).phone(language)
    take_over(farmer, store)
    household = Household.objects.get()
    assert household.user is not None
    assert household.user.phone == household.phone
    look_around(farmer)

    product = Product.objects.get()
    farmer.go("my_store_goods")
    farmer.page.get_by_role("switch").click()
    expect(farmer.page.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    farmer.page.get_by_role("switch").click()
    expect(farmer.page.get_by_role("switch")).to_have_attribute("aria-checked", "true")
    farmer.page.get_by_role("button", name="+10").click()
    expect(farmer.page.locator(".stock .left")).to_contain_text("30")

    # The clerk may still describe the goods, and no longer price them.
    assert Mandate.objects.filter(may_list=True, may_price=False, withdrawn_at=None).count() == 1
    desk = Street(windows).phone(language).sign_in(clerk, then="desk")
    desk.reads("Taken over by the farmer")
    fit(desk, "desk")
    answer = desk.go("desk_goods_pack", product.ref)
    assert answer is not None
    assert answer.status == 403

    farmer.go("my_store_helpers")
    farmer.page.locator("main .helper a").click()
    fit(farmer, "helper")
    farmer.press("They do nothing for me any more")
    farmer.reads("Nobody acts for you.")
    answer = desk.go("desk_goods_edit", product.ref)
    assert answer is not None
    assert answer.status == 403


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_farmer_pauses_and_closes_the_store(windows: Windows, store: Store, language: str) -> None:
    farmer = Street(windows).phone(language)
    take_over(farmer, store)
    farmer.follow("Pause the store")
    fit(farmer, "pause")
    farmer.tick("one week")
    farmer.press("Pause it now")
    farmer.reads("Your store is paused.")
    fit(farmer, "paused")
    visitor = Street(windows).phone(language)
    visitor.go("store", store.slug)
    assert axe_faults(visitor.page) == []
    visitor.reads("What it will offer again")
    farmer.page.locator("main button.leaf").click()
    farmer.reads("Your store is open again.")
    farmer.follow("Pause the store")
    farmer.follow("Close it for good")
    farmer.tick("Yes, close it for good")
    fit(farmer, "close")
    farmer.press("Close it")
    store.refresh_from_db()
    assert store.status == StoreStatus.CLOSED
    assert store.closed_at is not None
    assert store.closed_at <= timezone.now()
    answer = visitor.go("store", store.slug)
    assert answer is not None
    assert answer.status == 410
    assert axe_faults(visitor.page) == []
    fit(farmer, "closed")
