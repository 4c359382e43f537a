"""An order paid in two parts gives back as any other: from the balance first, then from the deposit, to the fen."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from orders.both_payments import left_of, share_among
from orders.cancelling import cancel_consignment
from orders.disputes import note_dispute
from orders.models import Consignment, LineRefund, NoticeStep, Order, OrderLine, OrderState
from orders.portions import Portion
from orders.promises import bring_in
from orders.refunding import refund_lines
from payments import ledger
from payments.models import AccountKind, PaymentPurpose, PaymentState, Refund, RefundState
from payments.refunds import conclude_refund
from payments.resending import send_again
from payments.stripe_balance import Disputed
from tests.cast import make_clerk
from tests.orders.depositing import pay_balance, payment_of, sell_ahead, with_deposit
from tests.orders.scene import Scene, make_scene, tell_all
from tests.reports.test_audits import deliver

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def order(scene: Scene) -> Order:
    """Four packs, a fifth of whose price was paid first; the harvest is in."""
    ahead, lot = sell_ahead(scene)
    paid = pay_balance(with_deposit(scene, ahead))
    clerk = make_clerk(scene.qidong.point, "周兰")
    bring_in(by=clerk, lot=lot, harvested_on=timezone.localdate(), quantity_g=5_000)
    return paid


def audits() -> None:
    call_command("check_ledger", verbosity=0)
    call_command("check_volume", verbosity=0)


def cancel(order: Order) -> Refund:
    return cancel_consignment(order=order, number=Consignment.objects.get(order=order).number, by=None)


@given(st.integers(0, 10**7), st.lists(st.integers(0, 10**6), min_size=1, max_size=3))
def test_shares_are_exact_and_never_more_than_is_left(fen: int, lefts: list[int]) -> None:
    if fen > sum(lefts):
        with pytest.raises(ValueError):
            share_among(fen, lefts)
        return
    shares = share_among(fen, lefts)
    assert sum(shares) == fen and all(0 <= share <= left for share, left in zip(shares, lefts, strict=True))
    for number, share in enumerate(shares[1:], start=1):
        assert share == 0 or shares[:number] == lefts[:number]  # the one before is used up


def test_all_of_it_comes_back_by_both(order: Order) -> None:
    refund = cancel(order)
    rest = Refund.objects.get(beside=refund)
    assert (refund.payment.purpose, rest.payment.purpose) == (PaymentPurpose.BALANCE, PaymentPurpose.DEPOSIT)
    assert (refund.amount_fen, rest.amount_fen) == (order.total_fen - order.deposit_fen, order.deposit_fen)
    assert refund.together_fen == order.total_fen
    order.refresh_from_db()
    assert order.state == OrderState.REFUNDED and ledger.balance(AccountKind.STRIPE) == 0
    assert tell_all(order, NoticeStep.CANCELLED) == 1
    audits()
    for one in (refund, rest):
        conclude_refund(refund_id=one.pk, outcome=RefundState.SUCCEEDED, provider_ref=f"re_{one.pk}")
        assert payment_of(order, PaymentPurpose(one.payment.purpose)).state == PaymentState.REFUNDED
    audits()


@pytest.mark.parametrize("steps", [(1_000, 11_000, 3_520), (12_400, 1, 3_119), (15_000, 520)])
def test_in_steps_it_adds_up(order: Order, steps: tuple[int, ...]) -> None:
    line = OrderLine.objects.get(consignment__order=order)
    deliver(order, at=timezone.now())
    for fen in steps:
        portion = Portion(line.pk, units=0, amount_fen=fen, freight_fen=0)
        assert refund_lines(order=order, portions=[portion], by=None, reason="after-sales")
        audits()
    freight = Portion(line.pk, units=0, amount_fen=0, freight_fen=order.freight_fen)
    assert refund_lines(order=order, portions=[freight], by=None, reason="after-sales")
    assert sum(Refund.objects.values_list("amount_fen", flat=True)) == order.total_fen
    assert [left_of(payment_of(order, purpose)) for purpose in (PaymentPurpose.BALANCE, PaymentPurpose.DEPOSIT)] == [
        0,
        0,
    ]
    audits()


def test_each_payment_gives_back_no_more_than_it_brought(order: Order) -> None:
    deposit = payment_of(order)
    with pytest.raises(DatabaseError), transaction.atomic():
        Refund.objects.create(payment=deposit, amount_fen=order.deposit_fen + 1, key="more", reason="")


def test_the_rest_that_fails_is_sent_again(order: Order) -> None:
    rest = Refund.objects.get(beside=cancel(order))
    conclude_refund(refund_id=rest.pk, outcome=RefundState.FAILED)
    assert ledger.owed(AccountKind.BUYER_CREDIT, order.ref) == order.deposit_fen
    rest.refresh_from_db()
    again = send_again(rest)
    assert again.payment_id == rest.payment_id
    audits()


def test_the_pages_say_the_whole_sum(order: Order, client: Client) -> None:
    part = Consignment.objects.get(order=order)
    page = client.post(reverse("order_cancel", args=[order.ref]), {"part": part.number}, follow=True).content.decode()
    assert f"{order.total_fen / 100:.2f}" in page
    receipt = client.get(reverse("order_receipt", args=[order.ref])).content.decode()
    assert receipt.count("−¥") + receipt.count("−") >= 2 and LineRefund.objects.count() == 1


def lost(order: Order, purpose: PaymentPurpose, **changes: Any) -> None:
    payment = payment_of(order, purpose)
    known: dict[str, Any] = {
        "dispute_id": f"du_{payment.pk}", "intent_id": payment.intent_id, "amount_fen": payment.amount_fen,
        "currency": "CNY", "reason": "product_not_received", "status": "lost", "opened_at": timezone.now(), **changes,
    }  # fmt: skip
    note_dispute(payment=payment, said=Disputed(**known))


def test_a_lost_dispute_of_one_payment_is_shared_out(order: Order) -> None:
    lost(order, PaymentPurpose.DEPOSIT)
    refund = Refund.objects.get()
    assert (refund.payment.purpose, refund.amount_fen) == (PaymentPurpose.DEPOSIT, order.deposit_fen)
    assert sum(row.amount_fen + row.freight_fen for row in refund.lines.all()) == order.deposit_fen


def test_a_dispute_of_the_deposit_before_the_balance_is_paid(scene: Scene) -> None:
    order = with_deposit(scene, sell_ahead(scene)[0])
    lost(order, PaymentPurpose.DEPOSIT)
    order.refresh_from_db()
    assert order.state == OrderState.CALLED_OFF and ledger.owed(AccountKind.DEPOSIT, order.ref) == 0


def test_more_than_is_left_of_the_disputed_payment_is_for_a_person(order: Order) -> None:
    deliver(order, at=timezone.now())
    line = OrderLine.objects.get(consignment__order=order)
    back = Portion(line.pk, units=0, amount_fen=14_000, freight_fen=0)
    refund_lines(order=order, portions=[back], by=None, reason="after-sales")
    lost(order, PaymentPurpose.BALANCE)
    assert not Refund.objects.filter(dispute__isnull=False).exists()
