"""A guest without scripts buys a season's box on a phone, skips, takes back, pauses and ends; a clerk offers one at the desk."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from catalog.models import Variant
from catalog.search import index_product
from catalog.weeks import week_text
from orders.models import OrderState
from payments.models import Refund
from tests import browser as chromium
from tests.cast import make_clerk
from tests.journeys import buying
from tests.journeys.people import Street
from tests.orders.scene import Scene, make_scene
from tests.orders.season import make_box, monday, weeks_of


@pytest.fixture
def scene(windows: chromium.Windows, stripe_process: str) -> Scene:
    return make_scene()


def test_a_guest_buys_moves_and_ends_a_season(
    windows: chromium.Windows, scene: Scene, run_jobs: Callable[[], None]
) -> None:
    box = make_box(scene)
    index_product(box.product)
    buyer = Street(windows).table(width=390, height=844, java_script_enabled=False)
    buyer.go("product", box.product.ref)
    buyer.finds("共 4 期，每 2 周一期")
    buying.put_in_cart(buyer, quantity=1)
    buyer.finds("全部共 4 份")
    buyer.follow("Check out")
    buyer.fill("E-mail", "liumin@daylily.example")
    buying.say_where(buyer, with_script=False)
    buyer.press("Show freight and arrival")
    buyer.finds("每期运费")
    buyer.page.get_by_role("button", name=re.compile("¥")).click(no_wait_after=True)
    expect(buyer.page.locator("button[value=card]")).to_be_visible()
    order = buying.newest_order()
    buying.pay_on_hosted_page(buyer, buying.PAID_CARD)
    buyer.page.wait_for_url(re.compile(rf"/orders/{order.ref}/"))
    buying.wait_until_paid(buyer, run_jobs)
    rows = buyer.page.locator(".deliveries > li")
    expect(rows).to_have_count(4)
    rows.nth(1).locator("button[value=skip]").click()
    buyer.finds(week_text(monday(11)))
    assert weeks_of(order) == [monday(3), monday(7), monday(9), monday(11)]
    rows.nth(3).locator("button[value=forward]").click()
    buyer.finds(week_text(monday(5)))
    buyer.page.locator("select[name=weeks]").select_option("2")
    buyer.press("Move the boxes")
    buyer.finds("已改期，共调整 4 期")
    assert weeks_of(order) == [monday(5), monday(7), monday(9), monday(11)]
    buyer.page.locator("button[value=end]").click()
    buyer.finds("已停止配送")
    order.refresh_from_db()
    assert order.state == OrderState.REFUNDED and Refund.objects.get().amount_fen == order.total_fen


def test_a_clerk_offers_a_season_at_the_desk(windows: chromium.Windows, scene: Scene) -> None:
    clerk = Street(windows).phone().sign_in(make_clerk(scene.qidong.point))
    product = scene.daylily.product
    clerk.go("desk_goods_pack", product.ref)
    clerk.fill("Pack", "每期一袋")
    clerk.fill("Net weight of one piece in kilograms", "0.5")
    clerk.fill("Price in yuan", "38.80")
    clerk.fill("How many are there", "24")
    clerk.unfold("Season's box: sent several times, paid once")
    clerk.fill("How many boxes in all", "6")
    clerk.fill("One every so many weeks", "4")
    clerk.fill("First week of the season (any day of it)", monday(2).isoformat())
    clerk.press("Save")
    clerk.reads("A season's box needs the number of boxes, the weeks between them, and the season.")
    clerk.fill("Last week of the season (any day of it)", monday(26).isoformat())
    clerk.press("Save")
    clerk.reads("The pack was added.")
    pack = Variant.objects.get(name="每期一袋")
    assert (pack.deliveries, pack.weeks_between, pack.season_until) == (6, 4, monday(26))
