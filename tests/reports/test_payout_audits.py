"""The ledger's audit sees every way in which a payout, a run or a debt written off could be wrong (see test_audits)."""

# ruff: noqa: E501 - a statement reads better on one line

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from orders.models import OrderLine
from orders.portions import Portion
from orders.refunding import refund_lines
from orders.release import release_delivered
from orders.verification import verify_delivered
from payments.models import Provider
from pictures.intake import clean_file
from sellers import bank_files, paying_cash, payout_runs, writing_off
from sellers.models import DebtWriteOff, Household, Payout, PayoutRun, PayoutState, PayoutWay, RunState
from sellers.paying import available_of, book_failed
from stations.models import Role
from tests.cast import make_clerk, make_inbound_product, make_official, make_store, make_variant
from tests.orders.scene import Scene, make_scene, order_of, to_the_point
from tests.reports.test_audits import deliver, found, settle, tamper, unnoticed
from tests.sellers.money import pays_to
from tests.sellers.test_paying_cash import photograph
from tests.sellers.test_payout_runs import answered

pytestmark = pytest.mark.django_db
LONG_AGO = dt.timedelta(days=60)


@pytest.fixture
def books() -> Scene:
    """Payouts in every state: cash paid, cash failed and called off, a run closed, one given up, one in transit, one to be approved; a debt
    that was written off, and one that was not.
    """
    scene, now = make_scene(), timezone.now()
    _sell(scene, now)
    li, wang = (variant.product.store.household for variant in (scene.daylily, scene.more_daylily))
    pays_to(li)
    pays_to(wang, PayoutWay.BANK)
    clerk, centre, official = make_clerk(scene.qidong.point), make_clerk(scene.qidong.centre, "邹丽"), make_official()
    counter = scene.qidong.point
    for fen in (1_000, 500):
        payout = paying_cash.begin_cash(by=clerk, household=li, amount_fen=fen, counter=counter)
        if fen == 500:
            paying_cash.call_off(by=clerk, payout=payout)
        else:
            paying_cash.pay_by_slip(by=clerk, payout=payout, counter=counter, slip=clean_file(photograph()))
    last = timezone.localdate() - dt.timedelta(days=20)
    for way in (PayoutWay.BANK, PayoutWay.COUNTER):
        run = payout_runs.prepare_run(
            by=centre, county=scene.qidong.centre.region, way=way, first_day=last, last_day=last
        )
        if way == PayoutWay.BANK:
            payout_runs.drop_run(by=official, run=run)
            run = payout_runs.prepare_run(
                by=centre, county=scene.qidong.centre.region, way=way, first_day=last, last_day=last
            )
        payout_runs.approve_run(by=official, run=run)
        if way == PayoutWay.BANK:
            bank_files.take_file(by=centre, run=run)
            bank_files.take_in_answer(by=centre, run=run, data=answered(run), name="a.csv")
    payout = Payout.objects.get(state=PayoutState.IN_TRANSIT)
    book_failed(payout, "三次通知未来领取")
    PayoutRun.objects.filter(state=RunState.SENT).update(state=RunState.CLOSED, closed_at=now)
    run = payout_runs.prepare_run(
        by=centre, county=scene.qidong.centre.region, way=PayoutWay.COUNTER, first_day=last, last_day=last
    )
    payout_runs.approve_run(by=official, run=run)
    _write_off(scene, wang)
    return scene


def _sell(scene: Scene, now: dt.datetime) -> None:
    """Goods of Li, Wang and Tian, delivered and released long ago, and cash in the point's till."""
    old = order_of(scene, lines=scene.three, at=now - LONG_AGO)
    settle(old, at=now - LONG_AGO)
    deliver(old, at=now - LONG_AGO)
    verify_delivered()
    release_delivered(at=now - LONG_AGO + dt.timedelta(days=8))
    flask = make_variant(make_inbound_product(make_store(scene.qidong.centre)), price_fen=5900)
    settle(
        order_of(scene, lines=[(flask.pk, 1)], delivery=to_the_point(scene.qidong.point), pay_by=Provider.COUNTER),
        at=None,
    )


def _write_off(scene: Scene, wang: Household) -> None:
    """Wang was paid, and the buyer gets the money back: what Wang owes is written off; a first proposal was declined."""
    line = OrderLine.objects.get(variant=scene.more_daylily)
    refund_lines(order=line.consignment.order, portions=[Portion(line.pk)], by=None, reason="虫蛀")
    assert available_of(wang) < 0
    above = make_official("430400000000", Role.PREFECTURE_OFFICIAL, "何卫东")
    proposer = make_clerk(scene.qidong.centre, "肖丽华")
    first = writing_off.propose_write_off(by=proposer, household=wang, reason="举家外迁")
    writing_off.decline_write_off(by=above, debt=first)
    second = writing_off.propose_write_off(by=proposer, household=wang, reason="举家外迁，多次联系不上")
    writing_off.confirm_write_off(by=above, debt=second)


def test_payouts_in_every_state_agree(books: Scene) -> None:
    assert set(Payout.objects.values_list("state", flat=True)) == {"paid", "cancelled", "failed", "in_transit"}
    assert set(PayoutRun.objects.values_list("state", flat=True)) == {"closed", "dropped", "sent"}
    assert set(DebtWriteOff.objects.values_list("state", flat=True)) == {"confirmed", "declined"}
    assert found("check_ledger") == found("check_volume") == ""


CASH = "(SELECT id FROM sellers_payout WHERE state = 'paid' AND proof <> '')"
BANK = "(SELECT id FROM sellers_payout WHERE state = 'paid' AND proof = '')"
GOING = "(SELECT id FROM sellers_payout WHERE state = 'in_transit')"
BACK = "(SELECT id FROM sellers_payout WHERE state = 'failed')"
OTHER_SELLER = "(SELECT a.id FROM payments_ledgeraccount a JOIN sellers_store s ON s.slug = a.owner WHERE a.kind = 'seller_available' AND s.region_id LIKE '4308%')"
LEDGER = {
    "a payout of another sum": f"UPDATE sellers_payout SET amount_fen = amount_fen + 1 WHERE id = {CASH}",
    "a payout that says it is on its way": f"UPDATE sellers_payout SET state = 'in_transit' WHERE id = {CASH}",
    "a payout that says it was paid": f"UPDATE sellers_payout SET state = 'paid' WHERE id = {GOING}",
    "a payout that says it came back": f"UPDATE sellers_payout SET state = 'failed' WHERE id = {BANK}",
    "a payout that says nothing was sent": f"UPDATE sellers_payout SET state = 'cancelled' WHERE id = {GOING}",
    "a payout that was taken out": f"DELETE FROM sellers_payout WHERE id = {GOING}",
    "a transfer that was taken out": f"DELETE FROM payments_transfer WHERE key = 'payout-paid:' || {CASH}",
    "a transfer for nothing": f"UPDATE payments_transfer SET key = 'payout:999999' WHERE key = 'payout:' || {GOING}",
    "a transfer of another day": f"WITH t AS (UPDATE payments_transfer SET happened_at = happened_at - interval '1 day' WHERE key = 'payout:' || {GOING} RETURNING id) UPDATE payments_entry SET happened_at = happened_at - interval '1 day' WHERE transfer_id IN (SELECT id FROM payments_transfer WHERE key = 'payout:' || {GOING})",
    "money taken from another family": f"UPDATE payments_entry SET account_id = {OTHER_SELLER} WHERE amount_fen > 0 AND transfer_id = (SELECT id FROM payments_transfer WHERE key = 'payout:' || {GOING})",
    "money given back to another family": f"UPDATE payments_entry SET account_id = {OTHER_SELLER} WHERE amount_fen < 0 AND transfer_id = (SELECT id FROM payments_transfer WHERE key = 'payout-failed:' || {BACK})",
    "cash from another till": f"UPDATE sellers_payout SET station_id = (SELECT id FROM stations_station WHERE code = '430426C') WHERE id = {CASH}",
    "a card paid from a till": f"UPDATE payments_entry SET account_id = (SELECT id FROM payments_ledgeraccount WHERE kind = 'station_cash') WHERE amount_fen < 0 AND transfer_id = (SELECT id FROM payments_transfer WHERE key = 'payout-paid:' || {BANK})",
    "money on its way to another payout": f"UPDATE payments_ledgeraccount SET owner = 'x' WHERE kind = 'payout_transit' AND owner = (SELECT ref FROM sellers_payout WHERE id = {GOING})",
    "an account that counts only later": f"UPDATE sellers_payoutaccount SET usable_from = now() + interval '1 day' WHERE id = (SELECT account_id FROM sellers_payout WHERE id = {BANK})",
    "an account that had ended": f"UPDATE sellers_payoutaccount SET ended_at = now() - interval '1 day' WHERE id = (SELECT account_id FROM sellers_payout WHERE id = {BANK})",
    "an account of another family": f"UPDATE sellers_payout SET household_id = (SELECT household_id FROM sellers_payout WHERE id = {GOING}) WHERE id = {BANK}",
    "an account that another had replaced": f"INSERT INTO sellers_payoutaccount (seal_id, household_id, way, holder, bank, connected_id, number_tail, proposed_at, confirmed_at, usable_from) SELECT gen_random_uuid(), household_id, way, holder, bank, '', '1111', now(), now() - interval '9 days', now() - interval '9 days' FROM sellers_payoutaccount WHERE id = (SELECT account_id FROM sellers_payout WHERE id = {BANK})",
    "a run of one person": "UPDATE sellers_payoutrun SET approved_by_id = prepared_by_id WHERE state = 'closed'",
    "a run that nobody approved": "UPDATE sellers_payoutrun SET approved_by_id = NULL WHERE state = 'closed'",
    "a payout of one person": f"UPDATE sellers_payout SET approved_by_id = prepared_by_id WHERE id = {BANK}",
    "a payout that nobody approved": f"UPDATE sellers_payout SET approved_by_id = NULL WHERE id = {BANK}",
    "a run that closed too early": "UPDATE sellers_payoutrun SET state = 'closed' WHERE state = 'sent'",
    "a run that waits for nothing": "UPDATE sellers_payoutrun SET state = 'sent' WHERE state = 'closed'",
    "a run that was given up after it was sent": "UPDATE sellers_payoutrun SET state = 'dropped' WHERE state = 'sent'",
    "a run of another way": "UPDATE sellers_payoutrun SET way = 'bank' WHERE state = 'sent'",
    "a debt of another sum": "UPDATE sellers_debtwriteoff SET amount_fen = amount_fen + 1 WHERE state = 'confirmed'",
    "a debt that one person wrote off": "UPDATE sellers_debtwriteoff SET decided_by_id = proposed_by_id WHERE state = 'confirmed'",
    "a debt written off and declined": "UPDATE sellers_debtwriteoff SET state = 'declined' WHERE state = 'confirmed'",
    "a debt that says it was written off": "UPDATE sellers_debtwriteoff SET state = 'confirmed' WHERE state = 'declined'",
    "another family's debt written off": f"UPDATE payments_entry SET account_id = {OTHER_SELLER} WHERE amount_fen < 0 AND transfer_id = (SELECT id FROM payments_transfer WHERE kind = 'write_off')",
    "a debt written off on another day": "UPDATE sellers_debtwriteoff SET decided_at = decided_at - interval '1 day' WHERE state = 'confirmed'",
    "an empty till that gave cash": "UPDATE payments_entry SET amount_fen = amount_fen - 1000000 WHERE account_id = (SELECT id FROM payments_ledgeraccount WHERE kind = 'station_cash') AND amount_fen < 0",
}  # fmt: skip


@pytest.fixture
def unchecked(books: Scene) -> None:
    """The tables' own checks taken away: what they refuse is the audit's to see as well."""
    with connection.cursor() as cursor:
        cursor.execute("""SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'c'
            AND conrelid IN ('sellers_payout'::regclass, 'sellers_payoutrun'::regclass, 'sellers_debtwriteoff'::regclass)""")
        tamper(*(f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name in cursor.fetchall()))
    tamper("DROP INDEX one_unfinished_payout_a_household")


@pytest.mark.usefixtures("unchecked")
def test_the_ledgers_audit_sees_every_fault_of_payouts() -> None:
    assert unnoticed("check_ledger", LEDGER) == []


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE payments_entry SET amount_fen = amount_fen - 1000000 WHERE account_id = (SELECT id FROM payments_ledgeraccount WHERE kind = 'station_cash') AND amount_fen < 0", "a till holds less than nothing"),
        ("UPDATE sellers_payoutrun SET way = 'bank' WHERE state = 'sent'", "a run stands otherwise"),
        ("UPDATE sellers_payoutrun SET approved_by_id = prepared_by_id WHERE state = 'closed'", "second person"),
        (f"UPDATE sellers_payoutaccount SET usable_from = now() + interval '1 day' WHERE id = (SELECT account_id FROM sellers_payout WHERE id = {BANK})", "did not go at that moment"),
        (f"UPDATE payments_ledgeraccount SET owner = 'x' WHERE kind = 'payout_transit' AND owner = (SELECT ref FROM sellers_payout WHERE id = {GOING})", "on its way to sellers"),
        (f"UPDATE sellers_payout SET station_id = (SELECT id FROM stations_station WHERE code = '430426C') WHERE id = {CASH}", "paid elsewhere"),
        ("UPDATE sellers_debtwriteoff SET amount_fen = amount_fen + 1 WHERE state = 'confirmed'", "a debt was written off"),
        (f"UPDATE sellers_payout SET amount_fen = amount_fen + 1 WHERE id = {CASH}", "not in the ledger as it stands"),
    ],
)  # fmt: skip
def test_each_clause_sees_its_own_fault(statement: str, named: str) -> None:
    tamper(statement)
    assert named in found("check_ledger")
