"""A township posts a clerk by phone number; they sign in by a code and work; the posting ends, and with the next tap the work is closed."""

import re

from django.urls import reverse
from playwright.sync_api import expect

from accounts import messages
from accounts.models import User
from stations.models import Posting
from tests.browser import Windows
from tests.cast import Stations, make_clerk, make_store
from tests.journeys.people import Someone, Street
from tests.look.accessibility import axe_faults, scrolls_sideways, small_targets

PHONE = "13907341234"


def fit_for_a_thumb(person: Someone) -> None:
    assert axe_faults(person.page) == []
    assert small_targets(person.page, 44) == []
    assert not scrolls_sideways(person.page)


def test_a_posting_is_given_works_and_ends(windows: Windows) -> None:
    qidong = Stations()
    store = make_store(qidong.point)
    street = Street(windows)
    township = street.phone().sign_in(make_clerk(qidong.township, "肖建军"), "desk_people")
    fit_for_a_thumb(township)
    township.follow("Give a posting")
    fit_for_a_thumb(township)
    township.open(qidong.point.name)
    township.fill("Their name", "彭小玲")
    township.fill("Mobile number or e-mail", "1390734")
    township.press("Give the posting")
    township.reads("Please give a mobile number with 11 digits, or an e-mail address.")
    fit_for_a_thumb(township)
    township.fill("Mobile number or e-mail", PHONE)
    township.press("Give the posting")
    township.reads_title("彭小玲")
    fit_for_a_thumb(township)

    clerk = street.phone()
    _sign_in_by_phone(clerk)
    clerk.go("desk_store", store.slug)
    clerk.reads_title(store.name)

    township.page.reload()
    township.unfold("End this posting")
    township.press("End it now")
    township.reads("The posting has ended. What was begun there stays with the station.")
    fit_for_a_thumb(township)

    clerk.page.reload()
    clerk.reads_title(clerk.says("There is nothing at this address"))
    answer = clerk.go("desk_people")
    assert answer is not None
    assert answer.status == 403
    assert not Posting.objects.current().filter(user__phone=PHONE).exists()


def _sign_in_by_phone(clerk: Someone) -> None:
    """By the code that the text brings; no password was ever set."""
    clerk.go("account_phone_sign_in", query=f"?next={reverse('desk')}")
    clerk.fill("Mobile number", PHONE)
    clerk.page.locator("main").get_by_role("button").first.click()
    expect(clerk.page.locator("input[name=code]")).to_be_visible()
    found = re.search(r"\d{6}", messages.text_for_demo(PHONE))
    assert found
    clerk.page.locator("input[name=code]").fill(found.group())
    clerk.page.locator("main form").first.get_by_role("button").first.click()
    expect(clerk.page.locator("input[name=code]")).to_have_count(0)
    assert User.objects.get(phone=PHONE).phone_verified_at is not None
