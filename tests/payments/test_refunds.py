"""Refunds go back once, against the stand-in for Stripe; and one that fails is owed to the buyer and seen."""

import uuid
from collections.abc import Iterator

import pytest
import stripe
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from catalog.models import Stock
from orders import settlement
from orders.models import Order, OrderState
from payments import jobs, ledger, refunds, stripe_checkout
from payments.models import AccountKind, Payment, PaymentState, Refund, RefundState, Transfer
from payments.providers import ProviderAway
from payments.stripe_checkout import SentRefund
from shop.webhooks import keep_event
from tests.cast import make_operator
from tests.orders.scene import Scene, make_scene, order_of

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The worker dies here."""


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def late(scene: Scene) -> Refund:
    """A refund of two bags that were gone when the money came; nothing is known to Stripe."""
    return too_late(order_of(scene), intent_id="pi_1")


@pytest.fixture
def at_stripe(scene: Scene, stripe_process: str) -> Iterator[Refund]:
    """The same, of money that the stand-in holds."""
    order = order_of(scene)
    intent = stripe_checkout.client().v1.payment_intents.create(
        params={"amount": order.total_fen, "currency": "cny", "payment_method": "pm_card_visa", "confirm": True,
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}},
        options={"idempotency_key": uuid.uuid4().hex},
    )  # fmt: skip
    yield too_late(order, intent_id=intent.id)


def too_late(order: Order, *, intent_id: str) -> Refund:
    Order.objects.filter(pk=order.pk).update(state=OrderState.EXPIRED)
    Payment.objects.filter(order_ref=order.ref).update(state=PaymentState.EXPIRED)
    Stock.objects.update(held=0, on_hand=0)
    settlement.settle_payment(Payment.objects.get(order_ref=order.ref).pk, intent_id=intent_id)
    return Refund.objects.select_related("payment").get()


def returned_by_stripe(refund: Refund) -> list[int]:
    """The amounts that Stripe gave back of the refund's payment."""
    found = stripe_checkout.client().v1.refunds.list(params={"payment_intent": refund.payment.intent_id})
    return [each.amount for each in found.data]


def answering(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    monkeypatch.setattr(stripe_checkout, "send_refund", lambda refund: SentRefund("re_1", refund.key, status))


class TestOnce:
    """However often the job runs, and wherever it dies."""

    def test_it_goes_back_in_full(self, at_stripe: Refund) -> None:
        for _ in range(3):
            jobs.send_refund(at_stripe.pk)
        at_stripe.refresh_from_db()
        assert at_stripe.state == RefundState.SUCCEEDED and at_stripe.provider_ref.startswith("re_")
        assert returned_by_stripe(at_stripe) == [at_stripe.amount_fen]
        assert Payment.objects.get().state == PaymentState.REFUNDED
        call_command("check_ledger")

    def test_a_worker_killed_before_its_commit_refunds_once(
        self, at_stripe: Refund, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def die(**_how: object) -> None:
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(jobs, "conclude_refund", die)
            with pytest.raises(Killed):
                jobs.send_refund(at_stripe.pk)
        assert returned_by_stripe(at_stripe) == [at_stripe.amount_fen]
        assert Refund.objects.get().state == RefundState.PENDING
        jobs.send_refund(at_stripe.pk)
        assert returned_by_stripe(at_stripe) == [at_stripe.amount_fen]
        assert Refund.objects.get().state == RefundState.SUCCEEDED

    def test_a_refund_is_found_after_stripe_forgot_the_key(self, at_stripe: Refund) -> None:
        """What an attempt with another, forgotten key made is found by what is written on it, and not made again."""
        made = stripe_checkout.client().v1.refunds.create(
            params={"payment_intent": at_stripe.payment.intent_id, "amount": at_stripe.amount_fen,
                    "metadata": {"refund": at_stripe.key}},
            options={"idempotency_key": uuid.uuid4().hex},
        )  # fmt: skip
        jobs.send_refund(at_stripe.pk)
        at_stripe.refresh_from_db()
        assert (at_stripe.state, at_stripe.provider_ref) == (RefundState.SUCCEEDED, made.id)

    def test_a_timeout_is_tried_again(self, late: Refund, monkeypatch: pytest.MonkeyPatch) -> None:
        def time_out(_refund: Refund) -> SentRefund:
            raise stripe.APIConnectionError("timed out")  # type: ignore[no-untyped-call]

        monkeypatch.setattr(stripe_checkout, "send_refund", time_out)
        with pytest.raises(ProviderAway):
            jobs.send_refund(late.pk)
        assert Refund.objects.get().state == RefundState.PENDING


class TestFailure:
    """Money that does not reach the buyer stays owed, and the operator sees it."""

    def test_what_stripe_refuses_for_good_is_owed_to_the_buyer(self, at_stripe: Refund) -> None:
        stripe_checkout.client().v1.refunds.create(
            params={"payment_intent": at_stripe.payment.intent_id}, options={"idempotency_key": uuid.uuid4().hex}
        )
        jobs.send_refund(at_stripe.pk)
        self.is_owed(at_stripe)

    @pytest.mark.parametrize("status", ["failed", "canceled"])
    def test_what_stripe_says_failed_is_owed_to_the_buyer(
        self, late: Refund, status: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answering(monkeypatch, status)
        jobs.send_refund(late.pk)
        self.is_owed(late)

    def test_one_that_fails_weeks_later_is_owed_again(self, late: Refund, monkeypatch: pytest.MonkeyPatch) -> None:
        answering(monkeypatch, "succeeded")
        jobs.send_refund(late.pk)
        assert Payment.objects.get().state == PaymentState.REFUNDED
        monkeypatch.setattr(stripe_checkout, "read_refund", lambda number: SentRefund(number, late.key, "failed"))
        for _ in range(2):
            jobs.follow_refund("re_1")
        self.is_owed(late)

    @pytest.mark.parametrize("status", ["pending", "requires_action", "a word of next year"])
    def test_one_on_its_way_stays_so(self, late: Refund, status: str, monkeypatch: pytest.MonkeyPatch) -> None:
        answering(monkeypatch, status)
        jobs.send_refund(late.pk)
        refund = Refund.objects.get()
        assert (refund.state, refund.provider_ref) == (RefundState.PENDING, "re_1")
        assert Payment.objects.get().state == PaymentState.SUCCEEDED

    def test_a_failed_one_does_not_come_back_by_an_old_event(
        self, late: Refund, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refunds.conclude_refund(refund_id=late.pk, outcome=RefundState.FAILED)
        monkeypatch.setattr(stripe_checkout, "read_refund", lambda number: SentRefund(number, late.key, "succeeded"))
        jobs.follow_refund("re_1")
        self.is_owed(late)

    def test_a_refund_that_is_not_ours_changes_nothing(self, late: Refund, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(stripe_checkout, "read_refund", lambda number: SentRefund(number, "", "failed"))
        jobs.follow_refund("re_9")
        assert Refund.objects.get().state == RefundState.PENDING

    def is_owed(self, refund: Refund) -> None:
        refund.refresh_from_db()
        payment = Payment.objects.get()
        assert refund.state == RefundState.FAILED
        assert payment.state == PaymentState.SUCCEEDED
        assert ledger.balance(AccountKind.STRIPE) == refund.amount_fen
        assert ledger.owed(AccountKind.BUYER_CREDIT, payment.order_ref) == refund.amount_fen
        assert Transfer.objects.filter(kind="refund_failed").count() == 1
        call_command("check_ledger")
        client = Client()
        client.force_login(make_operator())
        page = client.get(reverse("admin:payments_refund_changelist") + "?state__exact=failed").content.decode()
        assert str(payment) in page


def test_a_webhook_about_a_refund_asks_for_its_job() -> None:
    keep_event({"id": "evt_1", "type": "refund.failed", "data": {"object": {"id": "re_1"}}})
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.args) == ("payments.follow_refund", {"refund_ref": "re_1", "event_id": "evt_1"})
