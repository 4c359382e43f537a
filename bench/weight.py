"""`python -m bench weight`: what a phone downloads on its first visit to a page, as a browser counts it."""

import shutil
from typing import Any, Final

from playwright.sync_api import Browser, ViewportSize, sync_playwright

PHONE: Final = ViewportSize(width=390, height=844)
# Name, most bytes in all.
LIMITS: Final = {"product": 150_000, "search": 200_000, "category": 200_000, "trace": 60_000}
MOST_WITHOUT_PICTURES = 35_000


def measure(port: int, pages: dict[str, str]) -> None:
    """Print the bytes of each page (by name in LIMITS) over the wire, of everything that it loads without scrolling and after."""
    print(f"\nBytes of a first visit on a phone ({PHONE['width']} wide, two device pixels a pixel), headers included")
    print(f"  {'page':12}{'in all':>10}{'pictures':>10}{'the rest':>10}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or "", args=["--no-sandbox", "--disable-gpu"]
        )
        for name, path in pages.items():
            whole, pictures = _weigh(browser, f"http://127.0.0.1:{port}{path}")
            notes = "" if whole <= LIMITS[name] else f"  MORE THAN {LIMITS[name]}"
            notes += "" if whole - pictures <= MOST_WITHOUT_PICTURES else f"  REST MORE THAN {MOST_WITHOUT_PICTURES}"
            print(f"  {name:12}{whole:10}{pictures:10}{whole - pictures:10}{notes}")
        browser.close()


def _weigh(browser: Browser, address: str) -> tuple[int, int]:
    """Bytes of all answers, and of those under /media/."""
    context = browser.new_context(
        viewport=PHONE, device_scale_factor=2, is_mobile=True, locale="zh-CN", service_workers="block"
    )
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    urls: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def began(event: dict[str, Any]) -> None:
        urls[event["requestId"]] = event["response"]["url"]

    def ended(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = int(event["encodedDataLength"])

    wire.on("Network.responseReceived", began)
    wire.on("Network.loadingFinished", ended)
    page.goto(address, wait_until="networkidle")
    page.wait_for_timeout(500)
    context.close()
    pictures = sum(size for key, size in sizes.items() if "/media/" in urls.get(key, ""))
    return sum(sizes.values()), pictures
