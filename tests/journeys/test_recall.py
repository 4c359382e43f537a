"""A recall on a phone: the county calls a lot back, the scan says stop, the buyer reads it, the money goes back; and a drill before."""

import re
from collections.abc import Callable

import pytest
from django.core import mail
from django.core.management import call_command
from playwright.sync_api import expect

from catalog.models import Lot, Recall
from delivery.models import Parcel
from orders.collection import collect
from orders.models import Order
from orders.parcels import plan_parcels
from orders.settlement import settle_payment
from payments import ledger
from payments.models import AccountKind, Payment, Refund
from payments.stripe_checkout import SentRefund
from tests.browser import Windows
from tests.cast import make_clerk, make_official
from tests.journeys.people import Someone
from tests.look.accessibility import axe_faults, scrolls_sideways, small_targets
from tests.orders.scene import Scene, make_scene, order_of


@pytest.fixture
def scene(windows: Windows) -> Scene:
    return make_scene()


@pytest.fixture
def order(scene: Scene) -> Order:
    """Two bags, paid and collected at the village point."""
    made = order_of(scene)
    settle_payment(Payment.objects.get(order_ref=made.ref).pk, intent_id="pi_1")
    plan_parcels(made.pk)
    consignment = made.consignments.get()
    weights = {line.pk: 1000 for line in consignment.lines.all()}
    collect(consignment=consignment, by=make_clerk(scene.qidong.point, "彭小玲"), weights=weights, nonce="collected")
    return made


def on_a_phone(windows: Windows) -> Someone:
    return Someone(windows.open(width=390, height=844))


def looks_right(someone: Someone) -> None:
    assert axe_faults(someone.page) == []
    assert small_targets(someone.page, 44) == []
    assert not scrolls_sideways(someone.page)


@pytest.fixture
def official(windows: Windows) -> Someone:
    return on_a_phone(windows).sign_in(make_official())


def recall_letters() -> list[list[str]]:
    return [letter.to for letter in mail.outbox if "召回" in letter.subject]


def test_a_drill(scene: Scene, order: Order, official: Someone, run_jobs: Callable[[], None]) -> None:
    lot = Lot.objects.get(stock__variant=scene.daylily)
    official.go("desk_lot", lot.code)
    official.follow("Recall this lot, or practise it")
    looks_right(official)
    official.choose("Why", official.says("too much pesticide was found in it"))
    official.press("Only a drill")
    run_jobs()
    official.go("desk_recall", Recall.objects.get(drill=True).number)
    official.finds(official.says("This is a drill."))
    looks_right(official)
    assert not recall_letters() and not Refund.objects.exists()
    lot.refresh_from_db()
    assert lot.recalled_at is None


def test_from_the_recall_to_the_ledger(
    windows: Windows,
    scene: Scene,
    order: Order,
    official: Someone,
    run_jobs: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("payments.stripe_checkout.send_refund", _sent)
    call_back(official, Lot.objects.get(stock__variant=scene.daylily), run_jobs)
    the_scan_says_stop(on_a_phone(windows).sign_in(make_clerk(scene.qidong.point)))
    buyer = on_a_phone(windows)
    buyer.go("order", order.ref)
    buyer.finds(buyer.says("Please do not eat it: recalled"))
    buyer.finds("衡阳市抽检，毒死蜱超标")
    expect(buyer.page.locator("main")).to_contain_text(re.compile("召回商品退款"))
    assert axe_faults(buyer.page) == [] and not scrolls_sideways(buyer.page)
    assert recall_letters() == [[order.email]]
    assert Refund.objects.get().amount_fen == order.total_fen
    assert ledger.balance(AccountKind.SELLER_PENDING, scene.store.slug) == 0
    call_command("check_ledger")
    call_command("check_volume")


def call_back(official: Someone, lot: Lot, run_jobs: Callable[[], None]) -> None:
    """The county recalls the lot, and sees how far it has come."""
    official.go("desk_recall_new", lot.ref)
    official.choose("Why", official.says("too much pesticide was found in it"))
    official.fill("In a few words, for buyers", "衡阳市抽检，毒死蜱超标")
    official.tick("I know that sale stops and buyers are paid back at once")
    official.press("Recall it now")
    run_jobs()
    official.go("desk_recall", Recall.objects.get(drill=False).number)
    official.finds(official.says("buyers told"))
    looks_right(official)
    official.follow("The buyers, one by one")
    looks_right(official)


def the_scan_says_stop(clerk: Someone) -> None:
    """The village point scans it out, is stopped, and sends it back to the centre."""
    clerk.go("desk_scan", query=f"?parcel={Parcel.objects.get().number}&kind=out")
    clerk.press("Record")
    expect(clerk.page.get_by_role("alert").first).to_contain_text(clerk.says("Stop! Do not hand it on."))
    clerk.follow("What to do with it")
    looks_right(clerk)
    clerk.press("Back to the county centre")
    clerk.finds(clerk.says("It goes back to the county centre: send it on with the next van."))


def _sent(refund: Refund) -> SentRefund:
    return SentRefund("re_1", refund.key, "succeeded")
