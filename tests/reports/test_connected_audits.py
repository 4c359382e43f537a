"""The ledger's audit sees every way in which a payout by Stripe, or one that came back, could be wrong (see test_payout_audits)."""

# ruff: noqa: E501 - a statement reads better on one line

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from payments.stripe_transfers import SentTransfer
from sellers import bank_files, payout_runs
from sellers.bank_returns import confirm_return, enter_return
from sellers.connecting import conclude
from sellers.models import Household, HouseholdKind, Payout, PayoutReturn, PayoutState, PayoutWay
from tests.cast import make_clerk, make_official
from tests.orders.scene import Scene, make_scene
from tests.reports.test_audits import found, tamper, unnoticed
from tests.reports.test_payout_audits import _sell
from tests.sellers.money import CONNECTED, pays_to
from tests.sellers.test_payout_runs import answered

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Scene:
    """Li's co-operative was paid by Stripe; Wang by the bank, and the bank sent it back."""
    scene, now = make_scene(), timezone.now()
    _sell(scene, now)
    li, wang = (variant.product.store.household for variant in (scene.daylily, scene.more_daylily))
    Household.objects.filter(pk=li.pk).update(kind=HouseholdKind.COOPERATIVE)
    pays_to(li, PayoutWay.CONNECT)
    pays_to(wang, PayoutWay.BANK)
    centre, official = make_clerk(scene.qidong.centre, "邹丽"), make_official()
    last = timezone.localdate() - dt.timedelta(days=20)
    for way in (PayoutWay.CONNECT, PayoutWay.BANK):
        run = payout_runs.prepare_run(
            by=centre, county=scene.qidong.centre.region, way=way, first_day=last, last_day=last
        )
        payout_runs.approve_run(by=official, run=run)
        payout = run.payouts.get()
        if way == PayoutWay.CONNECT:
            conclude(payout.pk, sent=SentTransfer("tr_1", payout.ref, CONNECTED, payout.amount_fen, "CNY", 0))
        else:
            bank_files.take_file(by=centre, run=run)
            bank_files.take_in_answer(by=centre, run=run, data=answered(run), name="回盘.csv")
            payout.refresh_from_db()
            back = enter_return(by=centre, payout=payout, slip_number="TH20261122-1", reason="账户已销户")
            confirm_return(by=official, back=back)
    return scene


def test_they_agree(books: Scene) -> None:
    assert set(Payout.objects.values_list("state", flat=True)) == {PayoutState.PAID, PayoutState.RETURNED}
    assert PayoutReturn.objects.count() == 1
    assert found("check_ledger") == found("check_volume") == ""


BY_STRIPE = "(SELECT id FROM sellers_payout WHERE transfer_id = 'tr_1')"
BACK = "(SELECT id FROM sellers_payout WHERE state = 'returned')"
RETURNED = f"(SELECT id FROM payments_transfer WHERE key = 'payout-returned:' || {BACK})"
OTHER_SELLER = "(SELECT a.id FROM payments_ledgeraccount a JOIN sellers_store s ON s.slug = a.owner WHERE a.kind = 'seller_available' AND s.region_id LIKE '4308%')"
LEDGER = {
    "a payout that says it came back": f"UPDATE sellers_payout SET state = 'returned', returned_at = now(), reason = '户名不符' WHERE id = {BY_STRIPE}",
    "a payout that says it stayed paid": f"UPDATE sellers_payout SET state = 'paid', returned_at = NULL WHERE id = {BACK}",
    "a payout by Stripe without its transfer": f"UPDATE sellers_payout SET transfer_id = '' WHERE id = {BY_STRIPE}",
    "a payout by Stripe that the bank paid": f"UPDATE payments_entry SET account_id = (SELECT id FROM payments_ledgeraccount WHERE kind = 'bank') WHERE amount_fen < 0 AND transfer_id = (SELECT id FROM payments_transfer WHERE key = 'payout-paid:' || {BY_STRIPE})",
    "money that came back to another place": f"UPDATE payments_entry SET account_id = (SELECT id FROM payments_ledgeraccount WHERE kind = 'stripe') WHERE amount_fen > 0 AND transfer_id = {RETURNED}",
    "money given back to another family": f"UPDATE payments_entry SET account_id = {OTHER_SELLER} WHERE amount_fen < 0 AND transfer_id = {RETURNED}",
    "a return of another day": f"UPDATE sellers_payout SET returned_at = returned_at - interval '1 day' WHERE id = {BACK}",
    "a return that nobody confirmed": "UPDATE sellers_payoutreturn SET state = 'proposed', decided_by_id = NULL, decided_at = NULL",
    "a return of one person": "UPDATE sellers_payoutreturn SET decided_by_id = proposed_by_id",
    "a return that was declined": "UPDATE sellers_payoutreturn SET state = 'declined'",
    "a transfer that was taken out": f"DELETE FROM payments_transfer WHERE id = {RETURNED}",
    "cash that came back": f"UPDATE sellers_payoutaccount SET way = 'counter' WHERE id = (SELECT account_id FROM sellers_payout WHERE id = {BACK})",
}


@pytest.fixture
def unchecked(books: Scene) -> None:
    """The tables' own checks taken away: what they refuse is the audit's to see as well."""
    with connection.cursor() as cursor:
        cursor.execute("""SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'c' AND conrelid IN
            ('sellers_payout'::regclass, 'sellers_payoutreturn'::regclass, 'sellers_payoutaccount'::regclass)""")
        tamper(*(f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name in cursor.fetchall()))


@pytest.mark.usefixtures("unchecked")
def test_the_audit_sees_every_fault() -> None:
    assert unnoticed("check_ledger", LEDGER) == []
