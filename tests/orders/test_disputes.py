"""A buyer's bank takes a payment back: the sellers' money waits, and a dispute that is lost takes from each what a refund would."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from delivery.models import ParcelState
from orders import release
from orders.disputes import note_dispute
from orders.models import Consignment, LineRefund, Order, OrderState, Sale
from orders.notices import send_dispute
from orders.parcels import plan_parcels
from orders.portions import Portion
from orders.receiving import confirm_receipt
from orders.reconciling import reconcile
from orders.refunding import refund_lines
from payments import ledger
from payments.models import AccountKind, Dispute, DisputeState, Payment, PaymentState, Refund, RefundState
from payments.resending import CannotSendAgain, send_again
from payments.stripe_balance import Disputed
from shop.webhooks import JOBS
from tests import cast
from tests.orders.scene import Scene, make_scene, order_of, paid
from tests.payments.stripe_scene import bought, charge_of, refund_of, silent_stripe, told, work_off
from tests.reports.test_audits import deliver
from tests.stripe_standin.cast import Standin

pytestmark = pytest.mark.django_db
LONG_AGO = dt.timedelta(days=20)


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def standin(tmp_path: Path, settings: Any) -> Iterator[Standin]:
    with silent_stripe(tmp_path, settings) as standin:
        yield standin


def said(order: Order, status: str = "needs_response", **changes: Any) -> Disputed:
    """What Stripe would say of a dispute of this order."""
    known: dict[str, Any] = {
        "dispute_id": f"du_{order.pk}", "intent_id": "pi_1", "amount_fen": order.total_fen, "currency": "CNY",
        "reason": "product_not_received", "status": status, "opened_at": timezone.now(), **changes,
    }  # fmt: skip
    return Disputed(**known)


def dispute(order: Order, status: str = "needs_response", **changes: Any) -> Dispute:
    at = changes.pop("at", None)
    payment = Payment.objects.get(order_ref=order.ref)
    return note_dispute(payment=payment, said=said(order, status, **changes), at=at)


@pytest.fixture
def delivered(scene: Scene) -> Order:
    """An order whose window ended long ago, not released yet."""
    order = paid(order_of(scene), at=timezone.now() - LONG_AGO)
    deliver(order, at=timezone.now() - LONG_AGO)
    return order


class TestSellersMoneyWaits:
    def test_while_the_bank_has_not_decided(self, delivered: Order) -> None:
        dispute(delivered)
        assert release.release_delivered() == 0
        dispute(delivered, "under_review")
        assert release.release_delivered() == 0
        dispute(delivered, "won")
        assert release.release_delivered() == 1
        call_command("check_ledger")

    def test_also_where_the_buyer_confirmed(self, scene: Scene) -> None:
        order = paid(order_of(scene))
        deliver(order, at=timezone.now())
        dispute(order)
        confirm_receipt(order=order, number=order.consignments.get().number)
        assert order.consignments.get().released_at is None
        call_command("check_ledger")

    def test_other_orders_are_paid(self, delivered: Order, scene: Scene) -> None:
        dispute(paid(order_of(scene)))
        assert release.release_delivered() == 1

    def test_a_guard_that_looks_under_the_lock(self, delivered: Order, monkeypatch: pytest.MonkeyPatch) -> None:
        """A dispute that arrives between the list of what is due and the release of one."""
        due = list(release._due(timezone.now()).values_list("pk", flat=True))
        dispute(delivered)
        assert [release._release(pk, timezone.now()) for pk in due] == [0]
        assert Consignment.objects.get().released_at is None


class TestLost:
    def test_the_sellers_pay_as_for_a_refund(self, scene: Scene) -> None:
        order = paid(order_of(scene, lines=scene.three))
        earned = {line.earner: line.seller_fen for one in order.consignments.all() for line in one.lines.all()}
        assert len(earned) == 3
        dispute(order)
        lost = dispute(order, "lost")
        assert {owner: ledger.owed(AccountKind.SELLER_PENDING, owner) for owner in earned} == dict.fromkeys(earned, 0)
        assert ledger.balance(AccountKind.COMMISSION) == 0
        assert ledger.balance(AccountKind.DISPUTE, order.ref) == -order.total_fen, "until Stripe's movement is read"
        order.refresh_from_db()
        assert order.state == OrderState.REFUNDED and Payment.objects.get().state == PaymentState.REFUNDED
        assert Sale.objects.filter(kind="refund").count() == 3
        assert lost.settled_at is not None and Refund.objects.get().dispute == lost

    def test_after_the_seller_was_paid_they_go_below_zero(self, delivered: Order) -> None:
        assert release.release_delivered() == 1
        line = delivered.consignments.get().lines.get()
        dispute(delivered)
        dispute(delivered, "lost")
        assert LineRefund.objects.get().released
        assert ledger.owed(AccountKind.SELLER_AVAILABLE, line.earner) == 0
        assert release.release_delivered() == 0

    def test_told_twice_it_is_shared_out_once(self, scene: Scene) -> None:
        order = paid(order_of(scene))
        for _ in range(3):
            dispute(order, "lost")
        assert Refund.objects.count() == LineRefund.objects.count() == 1

    def test_goods_that_are_still_at_the_farm_stay_there(self, scene: Scene) -> None:
        order = paid(order_of(scene))
        plan_parcels(order.pk)
        dispute(order, "lost")
        part = Consignment.objects.select_related("parcel").get()
        assert part.parcel is not None and part.parcel.state == ParcelState.CANCELLED
        scene.daylily.refresh_from_db()
        assert scene.daylily.held == 0

    @pytest.mark.parametrize("loss", [1, 100, 9_999, 12_345])
    def test_a_loss_of_less_is_shared_in_proportion(self, scene: Scene, loss: int) -> None:
        order = paid(order_of(scene, lines=scene.three))
        lost = dispute(order, "lost", amount_fen=loss)
        back = LineRefund.objects.all()
        assert sum(row.amount_fen + row.freight_fen for row in back) == loss and lost.settled_at is not None
        for row in back:
            assert abs(row.amount_fen - loss * row.line.amount_fen / order.total_fen) < 1
            assert row.quantity == 0, "the goods stay with whoever has them"
        order.refresh_from_db()
        assert order.state == OrderState.PAID

    def test_a_loss_of_more_than_is_left_waits_for_a_person(self, delivered: Order) -> None:
        line = delivered.consignments.get().lines.get()
        refund_lines(
            order=delivered,
            portions=[Portion(line.pk, units=0, amount_fen=100, freight_fen=0)],
            by=None,
            reason="short",
        )
        lost = dispute(delivered, "lost")
        assert lost.settled_at is None and Refund.objects.count() == 1
        assert release.release_delivered() == 0, "nobody is paid before somebody decided who bears it"

    def test_a_refund_that_failed_is_what_the_bank_gave(self, scene: Scene, standin: Standin) -> None:
        """The buyer cancels while the bank disputes: Stripe refuses to pay back what it doesn't have."""
        order = told(bought(scene))
        opened = standin.control("disputes", charge=charge_of(order))
        keys = [Portion(line.pk) for one in order.consignments.all() for line in one.lines.all()]
        refund_lines(order=order, portions=keys, by=None, reason="cancelled: buyer")
        reconcile()
        assert set(work_off()) == {"payments.send_refund", "orders.follow_dispute"}
        failed = refund_of(order)
        assert failed.state == RefundState.FAILED
        assert ledger.owed(AccountKind.BUYER_CREDIT, order.ref) == order.total_fen
        with pytest.raises(CannotSendAgain):
            send_again(failed)
        standin.control(f"disputes/{opened['id']}", status="lost")
        Dispute.objects.update(known_at=timezone.now() - LONG_AGO)
        reconcile()
        work_off()
        reconcile()
        assert ledger.owed(AccountKind.BUYER_CREDIT, order.ref) == 0 == ledger.balance(AccountKind.DISPUTE, order.ref)
        assert Dispute.objects.get().settled_at is not None
        call_command("check_ledger")
        call_command("check_volume")


@pytest.mark.parametrize("status", ["won", "lost"])
def test_the_whole_way_with_stripe(scene: Scene, standin: Standin, status: str) -> None:
    order = told(bought(scene))
    opened = standin.control("disputes", charge=charge_of(order))
    standin.control(f"disputes/{opened['id']}", status=status)
    reconcile()
    work_off()
    reconcile()
    assert ledger.balance(AccountKind.DISPUTE, order.ref) == 0
    kept = order.total_fen if status == "won" else 0
    assert ledger.balance(AccountKind.STRIPE) == kept - ledger.balance(AccountKind.STRIPE_FEE)
    call_command("check_ledger")
    call_command("check_volume")


def test_an_inquiry_that_ends_took_nothing(delivered: Order) -> None:
    assert dispute(delivered, "warning_needs_response").state == DisputeState.OPEN
    assert release.release_delivered() == 0
    assert dispute(delivered, "warning_closed").state == DisputeState.WON
    assert release.release_delivered() == 1


def test_the_operator_is_told_and_reads_it(delivered: Order) -> None:
    cast.make_operator()
    opened = dispute(delivered)
    send_dispute(opened.pk, "open")
    (letter,) = mail.outbox
    assert delivered.number in letter.subject and "买家" in letter.body


def test_the_operator_sees_it_beside_the_order(delivered: Order) -> None:
    opened = dispute(delivered)
    operator = cast.signed_in_client(cast.make_operator())
    page = operator.get(reverse("admin:orders_order_change", args=[delivered.pk])).content.decode()
    assert opened.dispute_id in page
    assert opened.dispute_id in operator.get(reverse("admin:payments_dispute_changelist")).content.decode()


def test_the_farmer_reads_why_the_money_waits(delivered: Order) -> None:
    """In words, and without a day that nobody can promise."""
    household = delivered.consignments.get().store.household
    household.user = cast.make_user("farmer@daylily.example", name="李秀英")
    household.save()
    farmer = cast.signed_in_client(household.user)
    page = reverse("my_store_sold")
    assert "争议" not in farmer.get(page).content.decode()
    dispute(delivered)
    assert "银行裁定之前这笔货款暂不结算" in farmer.get(page).content.decode()


def test_each_word_of_stripe_about_disputes_has_its_job() -> None:
    kinds = {kind for kind in JOBS if kind.startswith("charge.dispute.")}
    assert {JOBS[kind][0].name for kind in kinds} == {"orders.follow_dispute"} and len(kinds) == 5
