"""A farmer takes back by phone what they allowed, without an account; the clerk's next change is refused with a clear line."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from catalog.models import Variant
from sellers.models import Mandate
from tests import browser as chromium
from tests.cast import Stations, make_clerk, make_household, make_mandate, make_product, make_store, make_variant
from tests.journeys.people import Someone, Street
from tests.look.accessibility import axe_faults, scrolls_sideways, small_targets


def fit_for_a_thumb(someone: Someone) -> None:
    """Nothing that axe finds, nothing too small to hit, nothing wider than the phone."""
    assert axe_faults(someone.page) == []
    assert small_targets(someone.page, 44) == []
    assert not scrolls_sideways(someone.page)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_withdrawn_by_phone_while_the_clerk_has_the_form_open(
    windows: chromium.Windows, run_jobs: Callable[[], None], language: str
) -> None:
    point = Stations().point
    household = make_household(point)
    make_mandate(household, point)
    pack = make_variant(make_product(make_store(point, household=household)), price_fen=3880)

    street = Street(windows)
    clerk = street.phone(language).sign_in(make_clerk(point), then="desk")
    clerk.go("desk_goods_stock", pack.product.ref, pack.pk)
    clerk.fill("Price in yuan", "1.00")

    farmer = street.phone(language)
    farmer.go("end_mandate")
    fit_for_a_thumb(farmer)
    farmer.fill("Your mobile number", household.phone)
    farmer.press("Send me a code")
    farmer.reads("If we know your number, a code is coming.")
    run_jobs()
    farmer.page.reload()
    fit_for_a_thumb(farmer)
    text = farmer.page.locator("[data-demo-text]").inner_text()
    code = re.search(r"\d{6}", text)
    assert code, text
    farmer.fill("Code", code.group())
    farmer.press("Next")
    farmer.reads_title(farmer.says("They act for you"))
    farmer.finds(point.name_en if language == "en" else point.name)
    fit_for_a_thumb(farmer)
    farmer.press("End it now")
    farmer.reads_title(farmer.says("Nobody acts for you"))
    assert Mandate.objects.get().withdrawn_at is not None

    clerk.press("Save")
    mandate = Mandate.objects.get()
    day = mandate.withdrawn_at.astimezone().date() if mandate.withdrawn_at else None
    clerk.reads(
        "%(farmer)s withdrew the mandate on %(day)s. Nothing is done in their name without a new one.",
        farmer=household.name_latin if language == "en" else household.name,
        day=day,
    )
    clerk.reads("Nothing was changed.")
    fit_for_a_thumb(clerk)
    assert Variant.objects.get(pk=pack.pk).price_fen == 3880


def test_renewed_by_code_at_the_desk(windows: chromium.Windows) -> None:
    point = Stations().point
    household = make_household(point)
    make_mandate(household, point)
    clerk = Street(windows).phone().sign_in(make_clerk(point), then="desk_households")
    clerk.open(household.name)
    fit_for_a_thumb(clerk)
    clerk.follow("Renew the mandate")
    fit_for_a_thumb(clerk)
    clerk.page.get_by_label(clerk.says("set and change prices")).uncheck()
    clerk.press("Next")
    fit_for_a_thumb(clerk)
    clerk.press("Send the code")
    code = re.search(r"\d{6}", clerk.page.locator("[data-demo-text]").inner_text())
    assert code
    clerk.fill("The code on the farmer's phone", code.group())
    fit_for_a_thumb(clerk)
    clerk.press("Check the code")
    clerk.reads("replaced by a newer one")
    expect(clerk.page.get_by_role("heading", level=1)).to_have_text(household.name)
    newest = Mandate.objects.latest("pk")
    assert newest.confirmed_at is not None and not newest.may_price
    assert Mandate.objects.filter(withdrawn_at=None).get() == newest
