"""The Chromium that browser tests drive: one from the PATH, or the one that Playwright can install."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    sync_playwright,
)

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL_SECONDS = 600
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


def find_chromium(var: Path) -> str | None:
    """The path of a Chromium, or None where neither the PATH nor Playwright has one.

    Playwright's download is tried once; a note in `var` keeps later runs from waiting for it again (REQUIRE_BROWSER=1 tries anyway).
    """
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    own = _playwrights_own()
    note = var / "no-browser"
    if own.exists() or (note.exists() and not is_required()):
        return str(own) if own.exists() else None
    sys.stderr.write("No Chromium on the PATH: trying `playwright install chromium` once ...\n")
    done = subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"], timeout=INSTALL_SECONDS, check=False
    )
    if done.returncode or not own.exists():
        note.touch()
        return None
    return str(own)


def is_required() -> bool:
    """Whether a missing browser is a failure (CI) and not a reason to skip."""
    return os.environ.get("REQUIRE_BROWSER") == "1"


def launched(executable: str) -> Iterator[Browser]:
    """A running browser, closed afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Windows:
    """Opens pages in contexts of their own (one a role: cookies are not shared) and remembers what went wrong in them."""

    browser: Browser
    base_url: str
    faults: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)
    _last: Page | None = None

    def open(self, *, width: int = 1280, height: int = 800, language: str = "zh-CN", **options: Any) -> Page:
        """A page of a new visitor; `options` are Playwright's for a context, such as java_script_enabled=False."""
        context = self.browser.new_context(
            base_url=self.base_url,
            viewport={"width": width, "height": height},
            locale=language,
            timezone_id="Asia/Shanghai",
            **options,
        )
        context.set_default_timeout(15_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._listen(message, page))
        page.on("domcontentloaded", self._remember)
        return page

    @property
    def last(self) -> Page | None:
        """The page that answered last, or None before the first."""
        return self._last

    def close(self) -> None:
        """Close every page."""
        for context in self._contexts:
            context.close()

    def _remember(self, page: Page) -> None:
        self._last = page

    def _listen(self, message: ConsoleMessage, page: Page) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.faults.append(f"{page.url}: {message.text}")


def _playwrights_own() -> Path:
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)
