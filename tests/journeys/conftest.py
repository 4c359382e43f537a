"""When a journey fails, its report says what stood on the page that answered last, and what the web server logged."""

from collections.abc import Generator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Error
from pluggy import Result

from tests.browser import Windows

MOST = 3000


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Result[pytest.TestReport], None]:
    """Add the text of the last page to the report of a failed browser test."""
    report = (yield).get_result()
    windows = getattr(item, "funcargs", {}).get("windows")
    if report.when == "call" and report.failed and isinstance(windows, Windows):
        report.sections.append(("the last page", what_it_said(windows)))
        report.sections.append(("the web server", (Path(settings.VAR_DIR) / "web.log").read_text()[-MOST:]))


def what_it_said(windows: Windows) -> str:
    """Address and text of the page that was opened last."""
    try:
        page = windows.last
        return f"{page.url}\n{page.locator('body').inner_text(timeout=2000)[:MOST]}" if page else ""
    except Error as gone:
        return str(gone)
