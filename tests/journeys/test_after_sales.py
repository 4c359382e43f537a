"""After-sales in browsers, each way to its end: buyers on phones and at tables, the station, the farmer and the county; then the books."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from PIL import Image

from aftersales.models import Case, CaseState
from catalog.models import Product, SoldBy, Stock, Variant
from orders.models import Consignment, Order, OrderLine
from orders.parcels import plan_parcels
from payments.models import Refund
from payments.stripe_checkout import SentRefund
from tests.aftersales.test_cases import delivered
from tests.browser import Windows
from tests.cast import make_clerk, make_user
from tests.journeys.people import Someone, Street
from tests.look.accessibility import axe_faults, scrolls_sideways, small_targets
from tests.orders.scene import Scene, make_scene, order_of, paid
from tests.reports.test_audits import deliver

NUMBERS = itertools.count(1)


@pytest.fixture
def scene(windows: Windows) -> Scene:
    return make_scene()


@pytest.fixture
def street(windows: Windows) -> Street:
    return Street(windows)


@pytest.fixture
def clerk(street: Street, scene: Scene) -> Someone:
    """Of the point that holds Li's mandate."""
    return street.phone().sign_in(make_clerk(scene.qidong.point))


@pytest.fixture(autouse=True)
def stripe_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "payments.stripe_checkout.send_refund",
        lambda refund: SentRefund(f"re_{next(NUMBERS)}", refund.key, "succeeded"),
    )


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    file = tmp_path / "IMG_0001.jpg"
    Image.new("RGB", (800, 600), (214, 150, 60)).save(file, "JPEG")
    return file


def looks_right(someone: Someone, least: int = 24) -> None:
    """Read by anybody, as wide as the screen, and pressed by a finger: 44 pixels at the desk, 24 in the shop (WCAG 2.2, 2.5.8)."""
    assert axe_faults(someone.page) == []
    assert small_targets(someone.page, least) == []
    assert not scrolls_sideways(someone.page)


def ask(buyer: Someone, order: Order, reason: str, wish: str, *, photograph: Path | None = None) -> Case:
    """From the order's page to the case's."""
    buyer.go("order", order.ref)
    buyer.page.locator("a", has_text=buyer.says("Something is wrong with it")).first.click()
    buyer.tick(reason)
    buyer.tick(wish)
    buyer.fill("What you want to say", "两袋受潮发霉")
    if photograph:
        buyer.upload("Photographs", photograph)
    looks_right(buyer)
    buyer.press("Send to the seller")
    buyer.finds("两袋受潮发霉")
    looks_right(buyer)
    return Case.objects.get(consignment__order=order)


def books_agree() -> None:
    call_command("check_ledger")
    call_command("check_volume")


def test_a_guest_takes_what_the_station_offers(
    street: Street, scene: Scene, clerk: Someone, photograph: Path, run_jobs: Callable[[], None]
) -> None:
    order = delivered(scene)
    buyer = street.phone()
    case = ask(
        buyer, order, "Not what the page says", "Money back, without sending anything back", photograph=photograph
    )
    clerk.go("desk_cases")
    clerk.open("与页面描述不符")
    looks_right(clerk, 44)
    clerk.unfold("Offer a part of the money")
    clerk.page.locator("details[open] input[name=goods]").fill("20")
    clerk.page.locator("details[open] textarea[name=text]").fill("补偿一部分")
    clerk.press("Make this offer")
    clerk.reads("The seller has made an offer")
    run_jobs()
    assert any("¥20.00" in letter.body and letter.to == [order.email] for letter in mail.outbox)
    buyer.page.reload()
    buyer.finds("¥20.00")
    looks_right(buyer)
    buyer.press("Take the offer")
    buyer.reads("Settled")
    run_jobs()
    case.refresh_from_db()
    assert case.state == CaseState.SETTLED and Refund.objects.get().amount_fen == 2000
    books_agree()


def test_fresh_goods_are_paid_back_at_once(
    street: Street, scene: Scene, photograph: Path, run_jobs: Callable[[], None]
) -> None:
    Product.objects.update(shelf_life_days=5)
    order = paid(order_of(scene, lines=[(scene.daylily.pk, 1)]))
    deliver(order, at=timezone.now())
    buyer = street.phone("en")
    ask(buyer, order, "Spoiled or broken", "Money back, without sending anything back", photograph=photograph)
    buyer.reads("Paid back at once")
    run_jobs()
    assert Refund.objects.get().state == "succeeded"
    books_agree()


def test_goods_go_back_and_are_on_sale_again(street: Street, scene: Scene, run_jobs: Callable[[], None]) -> None:
    farmer = make_user(name="李秀英")
    household = scene.store.household
    household.user = farmer
    household.save()
    order = delivered(scene)
    before = Stock.objects.get(variant=scene.daylily).on_hand
    buyer = street.table("en")
    ask(buyer, order, "I don't want it any more", "Send it back, and the money back")
    seller = street.phone().sign_in(farmer)
    seller.go("my_store")
    seller.page.locator("a", has_text=seller.says("Buyers who wait for an answer")).click()
    seller.open("不想要了")
    looks_right(seller, 44)
    seller.press("Agree")
    buyer.page.reload()
    buyer.fill("Carrier and number of the parcel", "中国邮政 9876543210")
    buyer.press("I have sent it back")
    seller.page.reload()
    seller.finds("中国邮政 9876543210")
    seller.tick("Unopened and as good as new: put them on sale again")
    looks_right(seller, 44)
    seller.press("I have them back")
    seller.reads("Settled")
    run_jobs()
    assert Stock.objects.get(variant=scene.daylily).on_hand == before + 3
    books_agree()


def test_goods_are_sent_once_more(street: Street, scene: Scene, clerk: Someone, run_jobs: Callable[[], None]) -> None:
    order = delivered(scene)
    buyer = street.phone()
    case = ask(buyer, order, "Something is missing, or weighs too little", "The same goods once more")
    clerk.go("desk_case", case.ref)
    clerk.press("Agree")
    run_jobs()
    clerk.go("desk_collect")
    again = Consignment.objects.get(replaces__isnull=False)
    clerk.finds(again.number)
    buyer.go("order", order.ref)
    buyer.finds(buyer.says("Sent once more for consignment %(number)s.", number=case.consignment.number))
    assert not Refund.objects.exists()
    books_agree()


def test_the_county_decides_between_them(
    street: Street, scene: Scene, clerk: Someone, run_jobs: Callable[[], None]
) -> None:
    order = delivered(scene)
    buyer = street.phone()
    case = ask(buyer, order, "Something is missing, or weighs too little", "Money back, without sending anything back")
    clerk.go("desk_case", case.ref)
    clerk.unfold("Say no")
    clerk.page.locator("details[open] textarea[name=text]").fill("发货时称过，一两不少")
    clerk.page.locator("details[open] button").click()
    buyer.page.reload()
    buyer.finds("发货时称过，一两不少")
    looks_right(buyer)
    buyer.press("Ask the county to decide")
    county = street.table().sign_in(make_clerk(scene.qidong.centre, name="邹丽"))
    county.go("desk_case", case.ref)
    county.page.locator("input[name=goods]").fill("38.80")
    county.page.locator("form:has(input[name=goods]) textarea[name=text]").fill("各担一半")
    looks_right(county, 44)
    county.press("Decide")
    county.reads("Settled")
    run_jobs()
    buyer.page.reload()
    buyer.finds("各担一半")
    assert OrderLine.objects.get(consignment__order=order).back_fen == 3880
    books_agree()


class TestByWeight:
    @pytest.fixture
    def order(self, scene: Scene) -> Order:
        """Four jin at 23.33 yuan, ten percent more or less."""
        Variant.objects.filter(pk=scene.daylily.pk).update(
            sold_by=SoldBy.WEIGHT, net_weight_g=500, price_fen=2333, tolerance_percent=10
        )
        made = paid(order_of(scene, lines=[(scene.daylily.pk, 4)]))
        plan_parcels(made.pk)
        return made

    def weigh(self, clerk: Someone, order: Order, kilograms: str) -> None:
        part = Consignment.objects.get(order=order)
        clerk.go("desk_weigh", part.pk)
        clerk.page.locator(f"input[name=line_{part.lines.get().pk}]").fill(kilograms)
        looks_right(clerk, 44)
        clerk.press("Weighed, taken over")
        clerk.finds(clerk.says("Print the label"))

    def test_the_difference_comes_back_by_itself(
        self, street: Street, clerk: Someone, order: Order, run_jobs: Callable[[], None]
    ) -> None:
        self.weigh(clerk, order, "1.9")
        run_jobs()
        buyer = street.phone()
        buyer.go("order", order.ref)
        buyer.finds("¥88.65")
        looks_right(buyer)
        assert Refund.objects.get().amount_fen == 10268 - 8865
        books_agree()

    def test_too_light_asks_the_buyer(
        self, street: Street, clerk: Someone, order: Order, run_jobs: Callable[[], None]
    ) -> None:
        self.weigh(clerk, order, "1.5")
        run_jobs()
        assert any("¥69.99" in letter.body for letter in mail.outbox)
        buyer = street.phone("en")
        buyer.go("order", order.ref)
        buyer.finds("1.5")
        looks_right(buyer)
        buyer.press("I don't want it, all money back")
        run_jobs()
        buyer.reads("Refunded")
        assert Refund.objects.get().amount_fen == order.total_fen
        books_agree()
