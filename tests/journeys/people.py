"""People in front of a browser: they read labels, in the language of their pages, and press what they read."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, override
from playwright.sync_api import Locator, Page, Response, expect

from accounts.models import User
from tests import browser as chromium
from tests.cast import PASSWORD


@dataclass
class Someone:
    """A person with a browser. Texts are given as in the code (English) and looked for as the page says them."""

    page: Page
    language: str = "zh-hans"

    def says(self, text: str, **values: Any) -> str:
        """The text as a page in this person's language says it."""
        with override(self.language):
            said = gettext(text)
        assert self.language == "en" or said != text, f"{text!r} has no translation."
        return said % values if values else said

    def go(self, name: str, *args: Any, query: str = "") -> Response | None:
        """Open a page by its name."""
        with override(self.language):
            return self.page.goto(reverse(name, args=args) + query)

    def sign_in(self, user: User, then: str = "") -> "Someone":
        """Sign in on the page that asks for it, and go on to the page `then`."""
        with override(self.language):
            onwards = f"?next={reverse(then)}" if then else ""
        self.go("account_login", query=onwards)
        self.page.locator("input[name=login]").fill(user.email or "")
        self.page.locator("input[name=password]").fill(PASSWORD)
        self.page.locator("main").get_by_role("button", name=self.says("Sign in"), exact=True).click()
        self.page.wait_for_url(lambda url: self.login_page() not in url)  # and that the page behind it has loaded
        expect(self.page.locator("input[name=password]")).to_have_count(0)
        return self

    def login_page(self) -> str:
        """The address of the page to sign in on, in this person's language."""
        with override(self.language):
            return reverse("account_login")

    def field(self, label: str) -> Locator:
        """The field of this label, whether it must be filled in or not."""
        name, optional = re.escape(self.says(label)), re.escape(self.says("(optional)"))
        return self.page.get_by_label(re.compile(rf"^\s*{name}\s*({optional})?\s*$"))

    def fill(self, label: str, value: str) -> None:
        """Type into a field."""
        self.field(label).fill(value)

    def choose(self, label: str, option: str) -> None:
        """Choose an option of a list by what it says."""
        self.field(label).select_option(label=option)

    def tick(self, label: str) -> None:
        """Tick a box, or choose one of several."""
        self.field(label).check()

    def upload(self, label: str, file: Path) -> None:
        """Choose a file."""
        self.field(label).set_input_files(file)

    def button(self, text: str, **values: Any) -> Locator:
        """The button that says exactly this."""
        return self.page.get_by_role("button", name=self.says(text, **values), exact=True)

    def press(self, text: str, **values: Any) -> None:
        """Press the button that says exactly this."""
        self.button(text, **values).click()

    def unfold(self, text: str) -> None:
        """Open what is folded under this heading."""
        self.page.locator("summary", has_text=self.says(text)).click()

    def follow(self, text: str, **values: Any) -> None:
        """Follow the link that says exactly this; an arrow that the style sheet sets behind it doesn't count."""
        name = re.compile(rf"^\s*{re.escape(self.says(text, **values))}\W*$")
        self.page.get_by_role("link", name=name).click()

    def open(self, name: str) -> None:
        """Follow the first link of the page's main part whose name has this in it: the name of goods, a store, a place."""
        self.page.locator("main").get_by_role("link", name=name).first.click()

    def reads(self, text: str, **values: Any) -> None:
        """Find this text of ours on the page."""
        self.finds(self.says(text, **values))

    def finds(self, text: str) -> None:
        """Find a text as it is (a name, a sum) on the page."""
        expect(self.page.locator("main")).to_contain_text(text)

    def reads_title(self, title: str) -> None:
        """The page's heading is this."""
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(title)


@dataclass
class Street:
    """Where people come from: staff and farmers with a phone, officials and buyers at a table."""

    windows: chromium.Windows

    def phone(self, language: str = "zh-hans") -> Someone:
        """Someone with a phone."""
        return Someone(self.windows.open(width=390, height=844), language)

    def table(self, language: str = "zh-hans", **options: Any) -> Someone:
        """Someone at a table."""
        return Someone(self.windows.open(**options), language)
