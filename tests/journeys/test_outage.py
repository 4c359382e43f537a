"""PostgreSQL or Redis gone: a page that can be read, and nothing lost."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from catalog.search import index_product
from local import ports
from orders.models import Order
from tests import browser as chromium
from tests import processes
from tests.cast import make_user
from tests.journeys import buying
from tests.journeys.people import Someone, Street
from tests.orders.scene import Scene, make_scene

NOBODY_ANSWERS = {
    "PostgreSQL": {"DATABASE_URL": "postgresql://postgres@127.0.0.1:9/daylily"},
    "Redis": {"REDIS_URL": "redis://127.0.0.1:9/0"},
}


@pytest.fixture
def scene(windows: chromium.Windows) -> Scene:
    """Goods in the shop."""
    made = make_scene()
    index_product(made.daylily.product)
    return made


@pytest.fixture
def buyer(windows: chromium.Windows, scene: Scene) -> Someone:
    """Somebody who is signed in and has put goods into the cart."""
    known = Street(windows).table().sign_in(make_user("liumin@daylily.example", name="刘敏"))
    known.go("product", scene.daylily.product.ref)
    buying.put_in_cart(known, quantity=2)
    return known


@pytest.fixture(params=NOBODY_ANSWERS)
def broken_site(request: pytest.FixtureRequest, django_db_setup: None) -> Iterator[str]:
    """The site on another port, where one of its servers does not answer; cookies don't know ports, so it is the same site."""
    with processes.web_server(f"http://localhost:{ports.free_port()}", **NOBODY_ANSWERS[request.param]) as address:
        yield address


def test_the_page_says_so_and_the_cart_is_there_afterwards(scene: Scene, buyer: Someone, broken_site: str) -> None:
    for path in ("/cart/", "/checkout/", "/en/orders/", "/desk/"):
        answer = buyer.page.goto(broken_site + path)
        assert answer is not None and answer.status == 503, path
        assert answer.headers["retry-after"] == "30"
        expect(buyer.page.get_by_role("heading", level=1)).to_be_visible()
        expect(buyer.page.locator("main")).to_contain_text("nothing is lost")
    buyer.go("cart")
    buyer.finds("祁东黄花菜")
    expect(buyer.page.get_by_label(re.compile("数量"))).to_have_value("2")
    assert not Order.objects.exists()


def test_an_order_that_is_sent_meanwhile_is_not_half_placed(scene: Scene, buyer: Someone, broken_site: str) -> None:
    buyer.follow("Check out")
    buying.say_where(buyer)
    buyer.press("Show freight and arrival")
    button = buyer.page.get_by_role("button", name=re.compile("¥"))
    expect(button).to_be_visible()
    form = buyer.page.evaluate("Object.fromEntries(new FormData(document.querySelector('#checkout-form')))")
    answer = buyer.page.request.post(
        broken_site + "/checkout/", form={**form, "action": "place"}, headers={"Origin": broken_site}, max_redirects=0
    )
    assert answer.status == 503
    scene.daylily.refresh_from_db()
    assert (Order.objects.count(), scene.daylily.held) == (0, 0)
    button.click(no_wait_after=True)
    buyer.page.wait_for_timeout(500)
    assert Order.objects.count() == 1  # the same page, sent again when the site is back
