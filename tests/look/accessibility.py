"""What a browser test asks of any page: axe's rules of WCAG 2.2 AA, targets that a thumb hits, no sideways scrolling."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALL_TARGETS = """least => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')]
  .filter(element => {
    const box = element.closest('label')?.getBoundingClientRect() ?? element.getBoundingClientRect();
    const hidden = !box.width || element.closest('.vh, .skip');
    return !hidden && getComputedStyle(element).display !== 'inline' && (box.height < least || box.width < least);
  }).map(element => element.outerHTML.slice(0, 120))"""


def axe_faults(page: Page) -> list[str]:
    """One line a violation that axe finds on the page as it stands: the rule, what it says, and where."""
    page.wait_for_load_state()
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return [f"{fault['id']}: {fault['help']} {[node['target'] for node in fault['nodes']]}" for fault in found]


def small_targets(page: Page, least: int = 24) -> list[str]:
    """The beginnings of those controls that are smaller than `least` CSS pixels either way; links within a sentence don't count."""
    found: list[str] = page.evaluate(SMALL_TARGETS, least)
    return found


def scrolls_sideways(page: Page) -> bool:
    """Whether the page is wider than its window."""
    wider: bool = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return wider
