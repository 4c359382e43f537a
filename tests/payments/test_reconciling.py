"""Stripe's books and the ledger agree, or a mismatch says where they don't: both ways, against the stand-in for Stripe."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app

from catalog.models import Stock
from orders import jobs
from orders.models import Order, OrderState
from orders.portions import Portion
from orders.reconciling import reconcile
from orders.refunding import refund_lines
from payments import ledger, reconciling, stripe_balance, stripe_checkout
from payments.models import (
    AccountKind,
    Mismatch,
    MismatchKind,
    MovementState,
    Payment,
    ReconciliationRun,
    Refund,
    RefundState,
    StripeMovement,
    Transfer,
)
from payments.reconciling import CannotSettle, find_mismatches, open_mismatches, settle_mismatch
from tests import cast
from tests.orders.scene import Scene, make_scene, order_of, paid
from tests.payments.stripe_scene import LATER, bought, charge_of, refund_of, silent_stripe, told, work_off
from tests.stripe_standin.cast import Standin

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def standin(tmp_path: Path, settings: Any) -> Iterator[Standin]:
    with silent_stripe(tmp_path, settings) as standin:
        yield standin


def agree(*, at_stripe: bool = True) -> None:
    """Both sides have the same money, nothing is open, and the audits find nothing."""
    assert list(open_mismatches()) == [] == find_mismatches(at=timezone.now() + LATER)
    assert not StripeMovement.objects.filter(state=MovementState.UNMATCHED).exists()
    if at_stripe:
        assert ledger.balance(AccountKind.STRIPE) == stripe_balance.read_balance()
    assert set(ReconciliationRun.objects.values_list("off_fen", flat=True)) == {0}
    call_command("check_ledger")


def only_mismatch() -> Mismatch:
    (mismatch,) = find_mismatches(at=timezone.now() + LATER)
    return mismatch


def refund_all(order: Order) -> Refund:
    lines = [Portion(line.pk) for one in order.consignments.all() for line in one.lines.all()]
    refund = refund_lines(order=order, portions=lines, by=None, reason="short")
    assert refund is not None
    return refund


class TestBothAgree:
    def test_a_sale_and_stripes_fee(self, scene: Scene, standin: Standin) -> None:
        order = told(bought(scene))
        reconcile()
        movement = StripeMovement.objects.get()
        assert movement.transfer is not None and movement.transfer.kind == "sale"
        assert (movement.state, movement.amount_fen) == (MovementState.MATCHED, order.total_fen)
        assert ledger.balance(AccountKind.STRIPE_FEE) == movement.fee_fen > 0
        agree()

    @pytest.mark.parametrize("way", ["alipay", "wechat_pay"])
    def test_other_ways_to_pay(self, scene: Scene, standin: Standin, way: str) -> None:
        told(bought(scene, way=way))
        reconcile()
        assert StripeMovement.objects.get().type == "payment"
        agree()

    def test_a_refund_and_one_that_fails_later(self, scene: Scene, standin: Standin) -> None:
        refund_all(told(bought(scene)))
        work_off()
        reconcile()
        agree()
        standin.control(f"refunds/{Refund.objects.get().provider_ref}", status="failed")
        reconcile()  # nobody told us: it is asked
        assert "payments.follow_refund" in work_off()
        assert Refund.objects.get().state == RefundState.FAILED
        reconcile()
        agree()

    def test_a_refund_that_stripe_refused_moved_nothing_there(self, scene: Scene, standin: Standin) -> None:
        order = told(bought(scene))
        stripe_checkout.client().v1.refunds.create(params={"payment_intent": Payment.objects.get().intent_id})
        refund_all(order)
        work_off()
        assert refund_of(order).state == RefundState.FAILED
        reconcile()
        assert only_mismatch().kind == MismatchKind.STRIPE_ONLY, "the one made by hand, and nothing else"

    def test_late_money_that_went_back(self, scene: Scene, standin: Standin) -> None:
        order = bought(scene)
        Order.objects.update(state=OrderState.EXPIRED)
        Payment.objects.update(state="expired")
        Stock.objects.update(held=0, on_hand=0)
        told(order)
        work_off()
        reconcile()
        assert sorted(StripeMovement.objects.values_list("transfer__kind", flat=True)) == ["late_payment", "refund"]
        agree()

    def test_a_payout_to_our_bank_and_one_that_came_back(self, scene: Scene, standin: Standin) -> None:
        told(bought(scene))
        standin.control("clock", ahead=3 * 24 * 3600)
        sent = standin.control("payouts")
        reconcile()
        assert ledger.balance(AccountKind.BANK) == sent["amount"] and ledger.balance(AccountKind.STRIPE) == 0
        agree()
        standin.control(f"payouts/{sent['id']}", status="failed")
        reconcile()
        assert ledger.balance(AccountKind.BANK) == 0
        agree()

    def test_a_second_look_books_nothing_more(self, scene: Scene, standin: Standin) -> None:
        told(bought(scene))
        reconcile()
        before = Transfer.objects.count()
        StripeMovement.objects.update(state=MovementState.UNMATCHED, transfer=None, payment=None)
        reconcile()
        assert Transfer.objects.count() == before
        agree()

    def test_many_movements_come_page_by_page(
        self, scene: Scene, standin: Standin, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(stripe_balance, "PAGE", 2)
        for _ in range(5):
            told(bought(scene, lines=[(scene.tea.pk, 1)]))
        reconcile()
        assert StripeMovement.objects.count() == 5
        told(bought(scene))
        reconcile()
        assert [run.read for run in ReconciliationRun.objects.order_by("pk")] == [5, 1]
        agree()

    def test_what_never_went_through_stripe_is_not_compared(self, scene: Scene, standin: Standin) -> None:
        """A demo's past has payments without any object at Stripe."""
        paid(order_of(scene))
        told(bought(scene))
        reconcile()
        agree(at_stripe=False)


class TestDroppedWebhooks:
    def test_a_payment_is_found_and_booked(self, scene: Scene, standin: Standin) -> None:
        order = bought(scene)
        assert order.state == OrderState.RESERVED
        reconcile()
        assert StripeMovement.objects.get().state == MovementState.UNMATCHED
        assert find_mismatches() == [], "it has its time"
        assert work_off() == ["orders.settle_session"]
        order.refresh_from_db()
        assert order.state == OrderState.PAID
        reconcile()
        agree()

    def test_a_refund_that_ended_in_silence(
        self, scene: Scene, standin: Standin, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tests.payments.stripe_scene.PAID", "4000 0000 0000 7726")
        refund = refund_all(told(bought(scene)))
        work_off()
        refund.refresh_from_db()
        assert refund.state == RefundState.PENDING
        standin.control(f"refunds/{refund.provider_ref}", status="succeeded")
        Refund.objects.update(created_at=timezone.now() - LATER)
        reconcile()
        assert work_off() == ["payments.follow_refund"]
        assert Refund.objects.get().state == RefundState.SUCCEEDED
        agree()

    def test_a_dispute_that_nobody_told_us_of(self, scene: Scene, standin: Standin) -> None:
        order = told(bought(scene))
        standin.control("disputes", charge=charge_of(order))
        reconcile()
        assert work_off() == ["orders.follow_dispute"]
        reconcile()
        assert ledger.balance(AccountKind.DISPUTE, order.ref) == order.total_fen
        agree()


class TestMismatches:
    def test_money_that_only_stripe_knows(
        self, scene: Scene, standin: Standin, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A refund that somebody made by hand at Stripe."""
        told(bought(scene))
        stripe_checkout.client().v1.refunds.create(
            params={"payment_intent": Payment.objects.get().intent_id, "amount": 500}
        )
        reconcile()
        assert find_mismatches() == [], "it has its time"
        with caplog.at_level(logging.ERROR, logger="daylily.money"):
            mismatch = only_mismatch()
        assert (mismatch.kind, mismatch.difference_fen) == (MismatchKind.STRIPE_ONLY, -500)
        assert "Stripe and the ledger differ" in caplog.text and list(open_mismatches()) == [mismatch]
        assert len(find_mismatches(at=timezone.now() + LATER)) == 1, "once"

    def test_money_that_only_the_ledger_knows(self, scene: Scene, standin: Standin) -> None:
        told(bought(scene))
        reconcile()
        other = paid(order_of(scene))
        Payment.objects.filter(order_ref=other.ref).update(intent_id="pi_that_stripe_does_not_have")
        reconcile()
        assert find_mismatches() == [], "it has its time"
        mismatch = only_mismatch()
        assert (mismatch.kind, mismatch.ledger_fen) == (MismatchKind.LEDGER_ONLY, other.total_fen)

    def test_another_amount_and_another_currency(self, scene: Scene, standin: Standin) -> None:
        told(bought(scene))
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for kind, step in (("stripe", -1), ("freight", 1)):
                cursor.execute(
                    "UPDATE payments_entry e SET amount_fen = amount_fen + %s FROM payments_ledgeraccount a"
                    " WHERE a.id = e.account_id AND a.kind = %s",
                    [step, kind],
                )
            cursor.execute("SET LOCAL session_replication_role = origin")
        reconcile()
        mismatch = only_mismatch()
        assert (mismatch.kind, mismatch.difference_fen) == (MismatchKind.AMOUNT, 1)
        StripeMovement.objects.update(currency="USD")
        reconcile()
        assert StripeMovement.objects.get().state == MovementState.UNMATCHED

    def test_one_that_agrees_later_ends_by_itself(self, scene: Scene, standin: Standin) -> None:
        bought(scene)
        reconcile()
        mismatch = only_mismatch()
        work_off()
        reconcile()
        mismatch.refresh_from_db()
        assert mismatch.ended_at is not None and mismatch.resolved_by is None
        agree()

    def test_a_balance_that_no_movement_explains(
        self, scene: Scene, standin: Standin, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told(bought(scene))
        reconcile()
        read = stripe_balance.read_balance
        with monkeypatch.context() as patch:
            patch.setattr(stripe_balance, "read_balance", lambda: read() - 700)
            reconcile()
            assert not open_mismatches(), "once may be chance"
            reconcile()
            assert [(one.kind, one.difference_fen) for one in open_mismatches()] == [(MismatchKind.BALANCE, -700)]
        reconcile()
        assert not open_mismatches()

    def test_the_first_comparison_waits_for_a_quiet_moment(
        self, scene: Scene, standin: Standin, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told(bought(scene))
        answers = iter([5, 6])
        with monkeypatch.context() as patch:
            patch.setattr(stripe_balance, "read_balance", lambda: next(answers))
            reconcile()
        assert not ReconciliationRun.objects.exists()
        reconcile()
        assert ReconciliationRun.objects.get().opening_fen == 0
        agree()


class TestSettled:
    @pytest.fixture
    def mismatch(self, scene: Scene, standin: Standin) -> Mismatch:
        """Five yuan went back by hand at Stripe."""
        told(bought(scene))
        stripe_checkout.client().v1.refunds.create(
            params={"payment_intent": Payment.objects.get().intent_id, "amount": 500}
        )
        reconcile()
        return only_mismatch()

    def test_by_a_person_with_a_reason(self, mismatch: Mismatch) -> None:
        operator = cast.make_operator()
        settle_mismatch(mismatch=mismatch, by_id=operator.pk, reason="refunded by hand, the buyer telephoned")
        assert ledger.balance(AccountKind.SUSPENSE) == 500
        reconcile()
        assert ledger.balance(AccountKind.STRIPE) == stripe_balance.read_balance()
        assert not find_mismatches(at=timezone.now() + LATER)
        call_command("check_ledger")

    def test_not_without_one_and_not_twice(self, mismatch: Mismatch) -> None:
        operator = cast.make_operator()
        with pytest.raises(CannotSettle):
            settle_mismatch(mismatch=mismatch, by_id=operator.pk, reason="  ")
        settle_mismatch(mismatch=mismatch, by_id=operator.pk, reason="by hand")
        with pytest.raises(CannotSettle):
            settle_mismatch(mismatch=mismatch, by_id=operator.pk, reason="again")
        assert Transfer.objects.filter(kind="suspense").count() == 1

    def test_the_database_wants_a_reason_too(self, mismatch: Mismatch) -> None:
        operator = cast.make_operator()
        with pytest.raises(IntegrityError), transaction.atomic():
            Mismatch.objects.update(resolved_by=operator, ended_at=timezone.now())

    def test_in_the_operators_pages(self, mismatch: Mismatch) -> None:
        operator = cast.signed_in_client(cast.make_operator())
        assert "5.00" in operator.get(reverse("admin:payments_mismatch_changelist")).content.decode()
        page = reverse("admin:payments_mismatch_change", args=[mismatch.pk])
        assert "refund txn_" in operator.get(page).content.decode()
        operator.post(page, {"reason": ""})
        assert open_mismatches().exists()
        operator.post(page, {"reason": "电话中已同意退款"})
        mismatch.refresh_from_db()
        assert mismatch.reason == "电话中已同意退款" and mismatch.resolved_by is not None
        operator.post(page, {"reason": "something else"})
        mismatch.refresh_from_db()
        assert mismatch.reason == "电话中已同意退款"

    def test_a_transfer_that_stripe_knows_after_all(self, scene: Scene, standin: Standin) -> None:
        """Stripe's movement was listed days late: what was put aside comes back."""
        order = told(bought(scene))
        seen = stripe_balance.read_movements
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(stripe_balance, "read_movements", lambda since: iter([]))
            find_mismatches(at=timezone.now() + LATER)
            settle_mismatch(mismatch=open_mismatches().get(), by_id=cast.make_operator().pk, reason="Stripe lost it")
            assert ledger.balance(AccountKind.STRIPE) == 0
        assert seen is stripe_balance.read_movements
        reconcile()
        assert ledger.balance(AccountKind.SUSPENSE) == 0
        assert ledger.balance(AccountKind.STRIPE) == order.total_fen - StripeMovement.objects.get().fee_fen
        agree()


def test_a_stripe_that_does_not_answer_moves_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> int:
        raise stripe.APIConnectionError("nobody there")  # type: ignore[no-untyped-call]

    monkeypatch.setattr(stripe_balance, "read_balance", away)
    jobs.reconcile_hourly(0)
    assert not ReconciliationRun.objects.exists()
    assert "could not be asked" in caplog.text


def test_the_clock_asks_for_it_every_hour() -> None:
    crons = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert crons["orders.reconcile"] == "37 * * * *"


def test_only_one_at_once() -> None:
    with reconciling.only_one() as mine:
        assert mine
