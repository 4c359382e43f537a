"""Every component, in a real browser, in both languages, on a phone and on a desk: axe finds nothing, nothing overflows."""

import pytest
from django.test import Client
from playwright.sync_api import Page

from tests.browser import Windows
from tests.look.accessibility import axe_faults, scrolls_sideways, small_targets

PAGES = [
    "/style/",
    "/style/?errors",
    "/style/desk/",
    "/style/my-store/",
    "/style/volume/",
    "/account/login/",
    "/account/signup/",
]
LARGE = {"/style/desk/", "/style/my-store/"}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_phone_shows_it_well(windows: Windows, prefix: str, path: str) -> None:
    page = windows.open(width=390, height=844)
    page.goto(prefix + path)
    assert axe_faults(page) == []
    assert small_targets(page, 44 if path in LARGE else 24) == []
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("path", PAGES)
def test_a_desk_shows_it_well(page: Page, path: str) -> None:
    page.goto(path)
    assert axe_faults(page) == []
    assert not scrolls_sideways(page)


def test_everything_fits_a_window_of_320_pixels(windows: Windows) -> None:
    """WCAG 2.2, 1.4.10: 1280 pixels at 400 %."""
    page = windows.open(width=320, height=640)
    for path in PAGES:
        page.goto(path)
        assert not scrolls_sideways(page), path


def test_the_keyboard_reaches_the_content_first(page: Page) -> None:
    page.goto("/style/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_what_has_the_focus_is_seen(page: Page) -> None:
    page.goto("/style/")
    for selector in (".brand", ".tools a", ".entry h3 a", ".quantity button", "#id_recipient", ".facets a"):
        page.locator(selector).first.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        shown = page.evaluate(
            """() => { for (let e = document.activeElement; e; e = e.parentElement) {
                const s = getComputedStyle(e); if (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2) return true; }
                return false; }"""
        )
        assert shown, selector


@pytest.mark.django_db
def test_there_is_a_style_page_of_known_bases_alone(client: Client) -> None:
    assert client.get("/style/label/").status_code == 200
    assert client.get("/style/nothing/").status_code == 404
