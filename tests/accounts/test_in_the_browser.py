"""In a browser: a passkey from setting up to signing in, signing in by phone on a phone, and pages that everybody can read and press."""

import re
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils.translation import override
from playwright.sync_api import Page, expect

from accounts import messages
from accounts.models import User
from tests import cast
from tests.browser import Windows
from tests.journeys.people import Someone
from tests.look.accessibility import axe_faults, scrolls_sideways

PHONE = "13907340001"
VISITORS = ["account_login", "account_signup", "account_reset_password", "account_phone_sign_in"]
HOLDERS = [
    "account", "account_phone_change", "account_email", "account_change_password", "mfa_index", "mfa_activate_totp", "mfa_add_webauthn",
    "usersessions_list", "account_logout", "account_reauthenticate",
]  # fmt: skip


def with_passkeys(page: Page) -> None:
    """Give the browser a device that recognises its owner: Chromium's virtual authenticator."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    recognised = {"isUserVerified": True, "automaticPresenceSimulation": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {**device, **recognised}})


def test_a_passkey_is_set_up_and_then_opens_the_account_by_itself(windows: Windows) -> None:
    user = cast.make_user("buyer@daylily.example", name="刘敏")
    # A passkey belongs to a name; browsers take none for a bare address.
    named = f"http://localhost:{urlsplit(windows.base_url).port}"
    page = windows.open()
    someone = Someone(page)
    with_passkeys(page)
    page.goto(named + reverse("account_login"))
    page.locator("input[name=login]").fill(user.email or "")
    page.locator("input[name=password]").fill(cast.PASSWORD)
    someone.press("Sign in")
    page.goto(named + reverse("mfa_index"))
    page.get_by_role("link", name=someone.says("Add a passkey")).click()
    someone.press("Add a passkey")
    expect(page.get_by_role("heading", level=1)).to_contain_text(someone.says("Recovery codes"))
    assert Authenticator.objects.filter(user=user, type="webauthn").count() == 1
    page.goto(named + reverse("account"))
    someone.finds("1 个通行密钥")

    page.locator("main").get_by_role("button", name=someone.says("Sign out")).click()
    page.goto(named + reverse("account"))
    expect(page).to_have_url(re.compile(reverse("account_login")))
    someone.press("Sign in with a passkey")
    expect(page.get_by_role("heading", level=1)).to_contain_text(someone.says("My account"))


def test_without_the_device_the_page_says_so(windows: Windows) -> None:
    named = f"http://localhost:{urlsplit(windows.base_url).port}"
    page = windows.open()
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {**device, "isUserVerified": False}})
    page.goto(named + reverse("account_login"))
    someone = Someone(page)
    someone.press("Sign in with a passkey")
    someone.reads(
        "That did not work: no passkey was chosen, or this device has none for us. Nothing was changed; try again or take another way."
    )


def test_a_new_farmer_signs_in_by_phone(phone: Page) -> None:
    someone = Someone(phone)
    someone.go("account_login")
    someone.fill("Mobile number", "139 0734 0001")
    someone.press("Text me a code")
    found = re.search(r"\d{6}", messages.text_for_demo(PHONE))
    assert found
    someone.fill("Code from the text", found.group())
    someone.press("Go on")
    assert axe_faults(phone) == []
    phone.get_by_role("checkbox").check()
    someone.press("Open an account")
    someone.reads_title(someone.says("My orders"))
    assert User.objects.get(phone=PHONE).phone_verified_at is not None


def test_it_works_without_javascript_too(windows: Windows) -> None:
    User.objects.create_user(phone=PHONE)
    page = windows.open(width=390, height=844, java_script_enabled=False)
    someone = Someone(page)
    someone.go("account_login")
    expect(page.locator("#passkey_login")).to_be_hidden()
    someone.fill("Mobile number", PHONE)
    someone.press("Text me a code")
    found = re.search(r"\d{6}", messages.text_for_demo(PHONE))
    assert found
    someone.fill("Code from the text", found.group())
    someone.press("Go on")
    someone.reads_title(someone.says("My orders"))


@pytest.mark.parametrize(("width", "language"), [(390, "zh-hans"), (1280, "en")])
def test_every_page_can_be_read_and_pressed(windows: Windows, width: int, language: str) -> None:
    user = cast.make_user("buyer@daylily.example", name="刘敏")
    page = windows.open(width=width)
    someone = Someone(page, language)
    faults: dict[str, object] = {}

    def look(name: str) -> None:
        with override(language):
            answer = page.goto(reverse(name))
        assert answer is not None
        assert answer.status == 200, name
        if found := [*axe_faults(page), *(["sideways"] if scrolls_sideways(page) else [])]:
            faults[name] = found

    for name in VISITORS:
        look(name)
    someone.sign_in(user)
    for name in HOLDERS:
        look(name)
    assert not faults
