"""Money that comes back, on the pages of both people: a payout that the bank returns, and a lost dispute that finds its bearer."""

import pytest
from django.utils import timezone

from orders.models import DisputeLoss, LossState
from orders.portions import Portion
from orders.refunding import refund_lines
from payments.models import Dispute
from sellers import bank_files, payout_runs
from sellers.models import HouseholdKind, Payout, PayoutReturn, PayoutState, PayoutWay
from stations.models import Role
from tests.browser import Windows
from tests.cast import Stations, make_clerk, make_household, make_mandate, make_official
from tests.journeys.people import Street
from tests.journeys.test_take_over import fit
from tests.orders.scene import make_scene, order_of, paid
from tests.orders.test_disputes import LONG_AGO, dispute
from tests.reports.test_audits import deliver
from tests.sellers.money import CONNECTED, earn, pays_to
from tests.sellers.test_payout_runs import answered, last_month


def returned_by_the_bank(county: Stations) -> Payout:
    """A payout that the bank has called paid."""
    family = make_household(county.point, "李秀英")
    earn(family, 38_000)
    pays_to(family, PayoutWay.BANK)
    centre, (first, last) = make_clerk(county.centre, "肖丽华"), last_month()
    run = payout_runs.prepare_run(
        by=centre, county=county.centre.region, way=PayoutWay.BANK, first_day=first, last_day=last
    )
    payout_runs.approve_run(by=make_clerk(county.centre, "刘志远"), run=run)
    bank_files.take_file(by=centre, run=run)
    bank_files.take_in_answer(by=centre, run=run, data=answered(run), name="回盘.csv")
    return Payout.objects.get(state=PayoutState.PAID)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_bank_sends_a_payout_back(windows: Windows, language: str) -> None:
    county = Stations()
    payout = returned_by_the_bank(county)
    street = Street(windows)
    centre = street.phone(language).sign_in(make_clerk(county.centre, "邹丽"), then="desk")
    centre.go("desk_run", payout.run.number if payout.run else "")
    fit(centre, "run-with-the-banks-file")
    centre.go("desk_pay_out", payout.ref)
    centre.follow("The bank sent it back")
    centre.fill("Number of the bank's slip", "TH20261122-000317")
    centre.fill("The bank's reason", "收款账户已销户")
    fit(centre, "return-new")
    centre.press("Enter it")
    centre.finds("TH20261122-000317")
    fit(centre, "returns-waiting")

    official = street.table(language).sign_in(make_official(), then="desk")
    official.go("desk_returns")
    official.page.locator("button[value=confirm]").click()
    official.finds("TH20261122-000317")
    fit(official, "returns-decided")
    payout.refresh_from_db()
    assert (payout.state, PayoutReturn.objects.get().state) == (PayoutState.RETURNED, "confirmed")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_lost_dispute_finds_its_bearer(windows: Windows, language: str) -> None:
    scene = make_scene()
    order = paid(order_of(scene), at=timezone.now() - LONG_AGO)
    deliver(order, at=timezone.now() - LONG_AGO)
    line = order.consignments.get().lines.get()
    back = [Portion(line.pk, units=0, amount_fen=500, freight_fen=0)]
    refund_lines(order=order, portions=back, by=None, reason="short")
    dispute(order, "lost")
    street = Street(windows)
    centre = street.phone(language).sign_in(make_clerk(scene.qidong.centre, "邹丽"), then="desk")
    centre.go("desk_disputes")
    centre.finds("¥5.00")
    centre.tick("the platform (written off)")
    centre.fill("Why?", "买家先申请退款，又向银行拒付")
    fit(centre, "dispute-open")
    centre.press("Propose it")
    centre.reads("The level above decides.")
    fit(centre, "dispute-proposed")

    above = make_official("430400000000", Role.PREFECTURE_OFFICIAL, "何卫东")
    prefecture = street.table(language).sign_in(above, then="desk")
    prefecture.go("desk_disputes")
    fit(prefecture, "dispute-to-decide")
    prefecture.page.locator("button[value=confirm]").click()
    prefecture.reads("No lost dispute waits for anybody.")
    assert DisputeLoss.objects.get().state == LossState.CONFIRMED and Dispute.objects.get().settled_at is not None


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_co_operative_names_its_account_at_stripe(windows: Windows, language: str) -> None:
    county = Stations()
    cooperative = make_household(county.point, "黄土铺黄花菜合作社", kind=HouseholdKind.COOPERATIVE)
    farmer = make_household(county.point, "曾桂香")
    for one in (cooperative, farmer):
        make_mandate(one, county.point)
    clerk = Street(windows).phone(language).sign_in(make_clerk(county.point, "周小兰"), then="desk")
    clerk.go("desk_payout", farmer.pk)
    fit(clerk, "account-of-a-farmer")
    clerk.go("desk_payout", cooperative.pk)
    clerk.tick("to an account at Stripe")
    clerk.fill("Number of the account at Stripe", CONNECTED)
    fit(clerk, "account-at-stripe")
    clerk.press("Next: the farmer's word")
    clerk.finds(CONNECTED)
    fit(clerk, "account-at-stripe-confirm")
