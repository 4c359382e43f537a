"""A farmer is paid in cash: the clerk finds her, texts the code, hands the cash out, prints the receipt; she reads it on her own page."""

import re

import pytest
from playwright.sync_api import expect

from accounts.messages import text_for_demo
from sellers.models import Household, Payout, PayoutState, Store
from tests.browser import Windows
from tests.cast import Stations, make_clerk, make_official, make_store, make_user
from tests.journeys.people import Someone, Street
from tests.journeys.test_take_over import fit
from tests.look.accessibility import axe_faults
from tests.sellers.money import earn, fill_till, pays_to, till_of


@pytest.fixture
def store(windows: Windows) -> Store:
    """Li Xiuying's store, with her own account, 2,380.50 yuan available in cash, and 5,000 in the till."""
    qidong = Stations()
    made = make_store(qidong.point)
    made.household.user = make_user("farmer@daylily.example", name="李秀英")
    made.household.save()
    earn(made.household, 238_050, owner=made.slug)
    pays_to(made.household)
    fill_till(qidong.point, 500_000)
    return made


def ask_for(desk: Someone, household: Household) -> Payout:
    """Find the family, ask for too much, then for all of it."""
    desk.page.locator("main").get_by_role("link", name=desk.says("Pay farmers")).first.click()
    desk.fill("Name, village, or the last four digits of the phone", household.phone[-4:])
    desk.press("Find the farmer")
    fit(desk, "pay-found")
    desk.open(household.name if desk.language != "en" else household.name_latin)
    desk.finds("2,380.50")
    fit(desk, "pay-how-much")
    desk.fill("How much in yuan?", "2,380.51")
    desk.press("Next: the farmer's word")
    expect(desk.page.get_by_role("alert")).to_be_visible()
    fit(desk, "pay-refused")
    desk.fill("How much in yuan?", "2380.5")
    desk.press("Next: the farmer's word")
    desk.reads("A second person of the county has to approve this payout first. Hand out no cash.")
    fit(desk, "pay-second-person")
    return Payout.objects.get()


def hand_out(desk: Someone, payout: Payout) -> None:
    """Text the code, type what the farmer reads out, print the receipt."""
    desk.go("desk_pay_out", payout.ref)
    desk.press("Send the code")
    expect(desk.page.locator("[data-demo-text]")).to_contain_text("2,380.50")
    found = re.search(r"\d{6}", text_for_demo(payout.household.phone))
    assert found
    fit(desk, "pay-code")
    desk.fill("The code on the farmer's phone", found.group())
    desk.press("I have paid out %(total)s", total="¥2,380.50")
    desk.reads("Paid. Hand out the cash and the receipt.")
    fit(desk, "pay-paid")
    desk.follow("Print the receipt")
    desk.finds("贰仟叁佰捌拾元伍角整")
    assert not axe_faults(desk.page)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_farmer_fetches_her_money(windows: Windows, store: Store, language: str) -> None:
    clerk, street = make_clerk(store.station), Street(windows)
    desk = street.phone(language).sign_in(clerk, then="desk")
    payout = ask_for(desk, store.household)

    second = street.table(language).sign_in(make_official(), then="desk")
    second.go("desk_pay")
    second.page.locator("main").get_by_role("link", name="2,380.50").click()
    second.press("I approve this payout")
    second.reads("Approved. The counter may hand it out now.")

    hand_out(desk, payout)
    payout.refresh_from_db()
    assert (payout.state, payout.paid_by, till_of(store.station)) == (PayoutState.PAID, clerk, 261_950)

    assert store.household.user is not None
    farmer = street.phone(language).sign_in(store.household.user, then="my_store")
    farmer.go("my_store_sold")
    farmer.reads("Paid out")
    farmer.finds("2,380.50")
    fit(farmer, "pay-my-store")
