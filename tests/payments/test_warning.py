"""What Stripe and the ledger differ in is written to the operators, once a difference."""

from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from payments import warning
from payments.models import Mismatch, MismatchKind, StripeMovement
from payments.reconciling import find_mismatches
from payments.warning import tell_of_mismatch
from tests.cast import make_operator
from tests.payments.stripe_scene import LATER

pytestmark = pytest.mark.django_db


@pytest.fixture
def strange() -> StripeMovement:
    """A movement at Stripe that nobody here knows."""
    now = timezone.now()
    return StripeMovement.objects.create(
        txn_id="txn_1", type="adjustment", category="other_adjustment", amount_fen=-500, fee_fen=0, net_fen=-500,
        currency="CNY", source_id="adj_1", created_at=now, available_on=now,
    )  # fmt: skip


def letters() -> list[int]:
    jobs = ProcrastinateJob.objects.filter(task_name="payments.tell_of_mismatch")
    return [job.args["mismatch_id"] for job in jobs.order_by("id")]


def test_a_difference_is_written_once(strange: StripeMovement) -> None:
    operator = make_operator()
    for _ in range(3):  # the hourly job finds it again and again
        find_mismatches(at=timezone.now() + LATER)
    assert letters() == [Mismatch.objects.get().pk]
    for _ in range(2):
        tell_of_mismatch(letters()[0])
    (letter,) = mail.outbox
    assert letter.to == [operator.email] and "txn_1" in letter.body and "/admin/payments/mismatch/" in letter.body
    assert Mismatch.objects.get().told_at is not None


def test_a_letter_that_does_not_leave_is_written_again(
    strange: StripeMovement, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_operator()
    find_mismatches(at=timezone.now() + LATER)
    with monkeypatch.context() as patch:

        def refused(*_letter: Any) -> int:
            raise ConnectionRefusedError

        patch.setattr(warning, "send_mail", refused)
        with pytest.raises(ConnectionRefusedError):
            tell_of_mismatch(letters()[0])
    assert Mismatch.objects.get().told_at is None
    tell_of_mismatch(letters()[0])
    assert len(mail.outbox) == 1


def test_one_that_ended_meanwhile_is_not_written(strange: StripeMovement) -> None:
    make_operator()
    find_mismatches(at=timezone.now() + LATER)
    Mismatch.objects.update(ended_at=timezone.now())
    tell_of_mismatch(letters()[0])
    assert mail.outbox == []


def test_without_an_operators_address_it_waits_for_one(strange: StripeMovement) -> None:
    find_mismatches(at=timezone.now() + LATER)
    tell_of_mismatch(letters()[0])
    assert mail.outbox == [] and Mismatch.objects.get().told_at is None
    assert Mismatch.objects.get().kind == MismatchKind.STRIPE_ONLY
