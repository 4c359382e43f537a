"""The audit of the ledger sees every way in which Stripe's books could be wrong in ours: fees, payouts, disputes, settled differences."""

# ruff: noqa: E501 - a statement reads better on one line

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from orders.disputes import note_dispute
from orders.models import Order
from orders.portions import Portion
from orders.refunding import refund_lines
from orders.release import release_delivered
from orders.verification import verify_delivered
from payments.models import Mismatch, Payment, Refund, RefundState, StripeMovement
from payments.pairing import pair_all
from payments.reconciling import find_mismatches, settle_mismatch
from payments.refunds import conclude_refund
from payments.stripe_balance import Disputed
from tests.cast import make_operator
from tests.orders.scene import Scene, make_scene, order_of, paid
from tests.reports.test_audits import deliver, found, tamper, unnoticed

pytestmark = pytest.mark.django_db
LATER = dt.timedelta(hours=3)


def moved(category: str, amount_fen: int, *, fee_fen: int = 0, source: str = "", **fields: object) -> StripeMovement:
    """A movement as Stripe would tell it."""
    now = timezone.now()
    known: dict[str, object] = {
        "type": category, "category": category, "amount_fen": amount_fen, "fee_fen": fee_fen,
        "net_fen": amount_fen - fee_fen, "currency": "CNY", "source_id": source, "created_at": now, "available_on": now,
        "txn_id": f"txn_{StripeMovement.objects.count()}", **fields,
    }  # fmt: skip
    return StripeMovement.objects.create(**known)


def at_stripe(order: Order) -> str:
    """The order's payment has an intent, and Stripe its charge."""
    intent = f"pi_{order.pk}"
    Payment.objects.filter(order_ref=order.ref).update(intent_id=intent)
    moved("charge", order.total_fen, fee_fen=277, source=f"ch_{order.pk}", intent_id=intent)
    return intent


def disputed(order: Order, *words: str) -> None:
    intent = at_stripe(order)
    number = f"du_{order.pk}"
    moved("dispute", -order.total_fen, fee_fen=1500, source=number, intent_id=intent)
    for word in words:
        said = Disputed(number, intent, order.total_fen, "CNY", "fraudulent", word, timezone.now())
        note_dispute(payment=Payment.objects.get(order_ref=order.ref), said=said)
    if "won" in words:
        moved("dispute_reversal", order.total_fen, source=number, intent_id=intent)


def refund(order: Order) -> Refund:
    lines = [Portion(line.pk) for one in order.consignments.all() for line in one.lines.all()]
    made = refund_lines(order=order, portions=lines, by=None, reason="short")
    assert made is not None
    return made


@pytest.fixture
def books() -> Scene:
    """Everything that Stripe does: charges, refunds, one of them failed, disputes in each state, payouts, a fee, and a settled difference."""
    scene = make_scene()
    at_stripe(paid(order_of(scene, lines=scene.three)))
    for outcome in (RefundState.SUCCEEDED, RefundState.FAILED):
        order = paid(order_of(scene))
        intent = at_stripe(order)
        back = refund(order)
        conclude_refund(refund_id=back.pk, outcome=outcome, provider_ref=f"re_{back.pk}")
        about = {"source": f"re_{back.pk}", "refund_key": back.key, "intent_id": intent}
        moved("refund", -back.amount_fen, **about)  # type: ignore[arg-type]
        if outcome == RefundState.FAILED:
            moved("refund_failure", back.amount_fen, **about)  # type: ignore[arg-type]
    waiting = paid(order_of(scene), at=timezone.now() - dt.timedelta(days=20))
    deliver(waiting, at=timezone.now() - dt.timedelta(days=20))
    disputed(waiting, "needs_response")
    for verdict in ("won", "lost"):
        disputed(paid(order_of(scene)), "needs_response", verdict)
    moved("payout", -9000, source="po_1")
    moved("payout_reversal", 2000, source="po_1")
    moved("fee", -600)
    by_hand = moved("refund", -700, fee_fen=10, source="re_by_hand")
    assert pair_all() == [by_hand]
    for mismatch in find_mismatches(at=timezone.now() + LATER):
        settle_mismatch(mismatch=mismatch, by_id=make_operator().pk, reason="by hand")
    verify_delivered()
    release_delivered()
    return scene


def test_all_of_it_agrees(books: Scene) -> None:
    assert found("check_ledger") == found("check_volume") == ""
    assert Mismatch.objects.count() == 1 and not StripeMovement.objects.filter(state="unmatched").exists()


FAULTS = {
    "a movement of another amount": "UPDATE payments_stripemovement SET amount_fen = amount_fen + 1, net_fen = net_fen + 1 WHERE category = 'charge'",
    "a movement in another currency": "UPDATE payments_stripemovement SET currency = 'USD' WHERE category = 'charge'",
    "a fee of another amount": "UPDATE payments_stripemovement SET fee_fen = fee_fen + 1, net_fen = net_fen - 1 WHERE category = 'charge'",
    "a fee that was taken out": "WITH gone AS (DELETE FROM payments_transfer WHERE key IN (SELECT max(key) FROM payments_transfer WHERE key LIKE 'stripe-fee:%') RETURNING id) DELETE FROM payments_entry WHERE transfer_id IN (SELECT id FROM gone)",
    "a charge paired with a refund": "UPDATE payments_stripemovement SET category = 'refund' WHERE category = 'charge'",
    "a charge of another payment": "UPDATE payments_stripemovement SET intent_id = 'pi_of_another' WHERE category = 'charge'",
    "a refund of another": "UPDATE payments_stripemovement SET refund_key = 'of another' WHERE category = 'refund' AND state = 'matched'",
    "a failed refund of another": "UPDATE payments_stripemovement SET refund_key = 'of another' WHERE category = 'refund_failure'",
    "a dispute of another payment": "UPDATE payments_dispute SET payment_id = (SELECT min(id) FROM payments_payment)",
    "a payout on another day": "UPDATE payments_stripemovement SET created_at = created_at - interval '1 day' WHERE category = 'payout'",
    "a payout that was not one": "UPDATE payments_stripemovement SET category = 'fee' WHERE category = 'payout'",
    "a fee that was a payout": "UPDATE payments_stripemovement SET category = 'payout' WHERE category = 'fee'",
    "a movement forgotten": "DELETE FROM payments_stripemovement WHERE category = 'payout_reversal'",
    "a movement booked and said not to be": "UPDATE payments_stripemovement SET state = 'unmatched', transfer_id = NULL WHERE category = 'fee'",
    "money moved from the bank": "UPDATE payments_entry SET account_id = (SELECT id FROM payments_ledgeraccount WHERE kind = 'suspense') WHERE account_id = (SELECT id FROM payments_ledgeraccount WHERE kind = 'bank')",
    "a difference settled by nobody": "UPDATE payments_mismatch SET resolved_by_id = NULL, reason = ''",
    "a difference of another amount": "UPDATE payments_mismatch SET stripe_fen = stripe_fen - 1",
    "a settled difference taken out": "WITH gone AS (DELETE FROM payments_transfer WHERE kind = 'suspense' RETURNING id) DELETE FROM payments_entry WHERE transfer_id IN (SELECT id FROM gone)",
    "a lost dispute that says it was won": "UPDATE payments_dispute SET state = 'won' WHERE state = 'lost'",
    "a won dispute that says it was lost": "UPDATE payments_dispute SET state = 'lost', settled_at = now() WHERE state = 'won'",
    "a lost dispute said not to be shared out": "UPDATE payments_dispute SET settled_at = NULL WHERE state = 'lost'",
    "a share of no dispute": "UPDATE payments_refund SET dispute_id = NULL WHERE dispute_id IS NOT NULL",
    "a share of another dispute": "UPDATE payments_refund SET dispute_id = (SELECT id FROM payments_dispute WHERE state = 'open') WHERE dispute_id IS NOT NULL",
    "a disputed sum booked on another order": "UPDATE payments_ledgeraccount SET owner = 'x' WHERE kind = 'dispute' AND owner = (SELECT p.order_ref FROM payments_dispute d JOIN payments_payment p ON p.id = d.payment_id WHERE d.state = 'open')",
    "money released while it was disputed": "UPDATE orders_consignment SET released_at = now() + interval '1 second' WHERE order_id = (SELECT o.id FROM payments_dispute d JOIN payments_payment p ON p.id = d.payment_id JOIN orders_order o ON o.ref = p.order_ref WHERE d.state = 'open')",
    "a dispute won long ago, and nobody paid": "UPDATE payments_dispute SET state = 'won', known_at = known_at - interval '9 days', closed_at = now() - interval '3 days' WHERE state = 'open'",
}  # fmt: skip


def test_the_audit_sees_every_fault(books: Scene) -> None:
    assert unnoticed("check_ledger", FAULTS) == []


def test_each_new_clause_finds_something_of_its_own(books: Scene) -> None:
    """So that none of them is covered by another: what each is there for, and its words."""
    told = {
        "a movement at Stripe is not in the ledger": FAULTS["a charge of another payment"],
        "Stripe's fees, the bank": FAULTS["money moved from the bank"],
        "what a buyer's bank disputes": FAULTS["a disputed sum booked on another order"],
        "a lost dispute is not shared out": FAULTS["a lost dispute said not to be shared out"],
        "a seller was paid for an order": FAULTS["money released while it was disputed"],
        "money held at Stripe or in tills": FAULTS["a fee of another amount"],
        "a transfer has nothing that it is there for": FAULTS["a movement forgotten"],
        "a seller's money was released before": FAULTS["a dispute won long ago, and nobody paid"],
    }
    for words, fault in told.items():
        before = transaction.savepoint()
        tamper(fault)
        assert words in found("check_ledger")
        transaction.savepoint_rollback(before)
    call_command("check_ledger")
