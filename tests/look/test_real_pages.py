"""Every page with what stands on it in life, on a phone, in both languages: axe finds nothing, nothing spills, thumbs hit what they aim at.

And a first visit to a product's page stays as light as a line of 4 Mbit/s wants it.
"""

import io

import pytest
from django.urls import reverse
from django.utils.translation import override
from playwright.sync_api import Page

from accounts.models import User
from catalog.models import Product
from catalog.search import index_product
from demo.pictures.draw import draw, rasterise
from pictures.intake import take_in
from tests.access.world import World, make_world
from tests.browser import Windows
from tests.cms.test_home_in_browser import PAGE_BYTES, PAGE_REQUESTS, weigh
from tests.journeys.buying import put_in_cart
from tests.journeys.people import Someone, Street
from tests.look.accessibility import axe_faults, scrolls_sideways, small_targets

PRODUCT_BYTES, SCRIPT_BYTES = 200_000, 10_000
THUMB, POINTER = 44, 24
VISITOR = [
    ("home", ""), ("halls", ""), ("search", ""), ("category", "category"), ("store", "store"), ("product", "goods"),
    ("trace", "parcel"), ("trace", "trace"), ("cart", ""), ("account_login", ""), ("account_signup", ""),
    ("privacy", ""),
]  # fmt: skip
BUYER = [
    ("cart", ""), ("checkout", ""), ("orders", ""), ("order", "order"), ("addresses", ""), ("account_data", ""),
    ("account_forget", ""),
]  # fmt: skip
VILLAGE = [
    ("desk", ""), ("desk_stores", ""), ("desk_store", "store"), ("desk_opening_begin", ""), ("desk_opening", "opening"),
    ("desk_opening_step", "opening_step"), ("desk_mandate_form", "mending"), ("desk_goods", ""), ("desk_product", "goods"),
    ("desk_goods_new", "store"), ("desk_quick", "store"), ("desk_goods_edit", "goods"), ("desk_goods_photographs", "goods"),
    ("desk_goods_pack", "goods"), ("desk_goods_stock", "pack"), ("desk_goods_lot", "goods"), ("desk_goods_test", "lot"),
    ("desk_scan", ""), ("desk_parcels", ""), ("desk_parcel", "parcel"), ("parcel_label", "parcel"), ("desk_held", ""),
    ("desk_collect", ""), ("desk_weigh", "weigh"), ("desk_cash", ""), ("desk_till", ""),
    ("desk_cash_handover", "cash"), ("desk_cash_slip", "cash"), ("desk_statement", "household"),
]  # fmt: skip
OTHERS = {
    "township": [("desk", ""), ("desk_store", "submitted")],
    "centre": [
        ("desk", ""), ("desk_store", "recommended"), ("desk_store_pause", "store"), ("desk_store_close", "store"),
        ("desk_parcels", ""), ("desk_reveal", "household"), ("desk_till", ""), ("desk_tills", "county"), ("desk_cash_handover", "cash"),
        ("desk_household_data", "household"), ("desk_household_forget", "household"), ("desk_consent_withdraw", "household"),
    ],
    "farmer": [
        ("my_store", ""), ("my_store_bring", ""), ("my_store_sold", ""), ("my_store_statement", ""),
        ("my_store_goods", ""), ("my_store_deeds", ""),
        ("my_store_helpers", ""), ("my_store_helper", "paper"), ("my_store_pause", "store"), ("my_store_close", "store"),
        ("account_data", ""),
    ],
    "prefecture": [("volume_region", "region"), ("volume_region", "village"), ("volume_order", "volume_order")],
    "operator": [("desk", "")],
}  # fmt: skip


@pytest.fixture
def world(windows: Windows) -> World:
    """The county of the access tests, its goods found by the search and pictured."""
    made = make_world()
    product = Product.objects.get(ref=made.arguments["goods"][0])
    drawing = io.BytesIO(rasterise(draw("daylily", "bag", 1), 1200))
    product.picture = take_in(
        drawing, title="插画", alt_zh="一袋黄花菜", alt_en="A bag of daylily", is_illustration=True, at_once=True
    )
    product.save()
    index_product(product)
    made.arguments["village"] = (product.store.region.short_code,)
    return made


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_visitor(windows: Windows, world: World, language: str) -> None:
    assert faults(Street(windows).phone(language), world, VISITOR) == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_buyer(windows: Windows, world: World, language: str) -> None:
    buyer = as_role(windows, world, "buyer", language)
    buyer.go("product", *world.arguments["goods"])
    put_in_cart(buyer)
    assert faults(buyer, world, BUYER) == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_village_desk(windows: Windows, world: World, language: str) -> None:
    assert faults(as_role(windows, world, "village", language), world, VILLAGE) == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_others(windows: Windows, world: World, language: str) -> None:
    found = [
        fault
        for role, pages in OTHERS.items()
        for fault in faults(as_role(windows, world, role, language), world, pages)
    ]
    assert found == []


def as_role(windows: Windows, world: World, role: str, language: str) -> Someone:
    """Somebody of this role with a phone, signed in."""
    person = world.people[role]
    assert isinstance(person, User)
    return Street(windows).phone(language).sign_in(person)


def faults(someone: Someone, world: World, pages: list[tuple[str, str]]) -> list[str]:
    """What is wrong with these pages (name, whose arguments), one line a fault."""
    found = []
    for name, arguments in pages:
        with override(someone.language):
            url = reverse(name, args=world.arguments.get(arguments, ()))
        answer = someone.page.goto(url)
        assert answer is not None and answer.status == 200, url
        found += [f"{url}: {fault}" for fault in _faults_of(someone.page, name)]
    return found


def _faults_of(page: Page, name: str) -> list[str]:
    large = name.startswith(("desk", "my_store")) and name != "desk_mandate_form"
    found = axe_faults(page) + [f"too small: {one}" for one in small_targets(page, THUMB if large else POINTER)]
    return found + (["it scrolls sideways"] if scrolls_sideways(page) and name != "parcel_label" else [])


@pytest.mark.parametrize("width", [390, 1280])
def test_a_first_visit_to_a_product_is_light(windows: Windows, world: World, width: int) -> None:
    page = windows.open(width=width, height=800)
    scripts: list[int] = []
    page.on("response", lambda answer: scripts.append(len(answer.body())) if answer.url.endswith(".js") else None)
    everything, besides, requests = weigh(page, reverse("product", args=world.arguments["goods"]))
    assert everything <= PRODUCT_BYTES
    assert besides <= PAGE_BYTES
    assert requests <= PAGE_REQUESTS
    assert sum(scripts) <= SCRIPT_BYTES
    assert page.evaluate("document.fonts.size") == 0, "A page brings no font."
