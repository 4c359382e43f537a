"""Money that comes too late, or comes twice: booked or returned, and the buyer is told, on the page and by a letter."""

import datetime as dt

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from catalog.models import Lot, Stock, Variant
from orders import expiry, sessions, settlement
from orders import jobs as minute
from orders.models import Notice, NoticeStep, Order, OrderState
from payments import ledger, refunds, stripe_checkout
from payments.models import AccountKind, Payment, PaymentState, Provider, Refund, RefundState, WebhookEvent
from payments.stripe_checkout import PaidSession
from sellers.models import Store
from tests.orders.scene import Scene, make_scene, order_of, tell_all, to_the_point

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def payment_of(order: Order) -> Payment:
    return Payment.objects.filter(order_ref=order.ref).order_by("pk")[0]


def expire(order: Order, by: dt.timedelta = dt.timedelta()) -> None:
    Order.objects.filter(pk=order.pk).update(reserved_until=timezone.now() - by - dt.timedelta(seconds=1))
    assert expiry.expire_reservations() == 1


def pay(order: Order) -> Order:
    return settlement.settle_payment(payment_of(order).pk, intent_id="pi_1")


def jobs(name: str) -> list[dict[str, object]]:
    return list(ProcrastinateJob.objects.filter(task_name=name).values_list("args", flat=True))


def page_of(order: Order) -> str:
    return Client().get(reverse("order", args=[order.ref])).content.decode()


class TestGoodsThatAreStillThere:
    """The late buyer gets them after all."""

    def test_the_buyer_is_told_that_they_are_theirs(self, scene: Scene) -> None:
        order = order_of(scene)
        expire(order)
        assert pay(order).state == OrderState.PAID
        assert tell_all(order) == 1
        assert mail.outbox[0].to == [order.email]
        assert order.number in mail.outbox[0].subject and "已付款成功" in mail.outbox[0].subject
        assert order.ref in mail.outbox[0].body and "85.10" in mail.outbox[0].body
        assert "到账太晚" not in page_of(order)

    def test_who_pays_in_time_gets_no_such_letter(self, scene: Scene) -> None:
        order = pay(order_of(scene))
        assert not Notice.objects.filter(order=order, step=NoticeStep.LATE).exists()


class TestGoodsThatAreGone:
    """The money goes back, and page and letter say so."""

    def returned(self, order: Order) -> Refund:
        assert pay(order).state == OrderState.EXPIRED
        return Refund.objects.get(payment=payment_of(order))

    def test_page_and_letter_follow_the_refund(self, scene: Scene) -> None:
        order = order_of(scene, language="en")
        expire(order)
        assert "Nothing was charged" in Client().get(f"/en/orders/{order.ref}/").content.decode()
        Stock.objects.filter(variant=scene.daylily.pk).update(on_hand=0)
        refund = self.returned(order)
        texts = {
            RefundState.PENDING: "on its way back to you",
            RefundState.SUCCEEDED: "has gone back to you",
            RefundState.FAILED: "could not be returned",
        }
        for state, text in texts.items():
            Refund.objects.filter(pk=refund.pk).update(state=state)
            page = Client().get(f"/en/orders/{order.ref}/").content.decode()
            assert text in page and "Nothing was charged" not in page
        assert tell_all(order) == 1
        assert "goes back to you" in mail.outbox[0].subject
        assert order.number in mail.outbox[0].body

    @pytest.mark.parametrize("why", ["recalled", "withdrawn", "closed", "deleted"])
    def test_goods_that_may_not_be_sold_any_more_are_gone(self, scene: Scene, why: str) -> None:
        """They are in stock; a recalled lot, a withdrawn product, a closed store or a deleted variant is still no goods."""
        order = order_of(scene)
        expire(order)
        variant = scene.daylily
        if why == "recalled":
            Lot.objects.filter(stock__variant=variant).update(recalled_at=timezone.now())
        elif why == "withdrawn":
            type(variant.product).objects.filter(pk=variant.product_id).update(status="draft")
        elif why == "closed":
            Store.objects.filter(pk=variant.product.store_id).update(status="closed")
            type(variant.product).objects.filter(pk=variant.product_id).update(store_open=False)
        else:
            variant.delete()
        self.returned(order)
        assert not Variant.objects.filter(held__gt=0).exists()
        call_command("check_ledger")
        call_command("check_volume")


class TestPaidTwice:
    """An order has one price; whatever else comes goes back."""

    def test_a_stripe_payment_of_an_order_paid_in_cash_goes_back(self, scene: Scene) -> None:
        order = order_of(scene, delivery=to_the_point(scene.qidong.point), pay_by=Provider.COUNTER)
        pay(order)
        session = Payment.objects.create(
            order_ref=order.ref, provider=Provider.STRIPE, amount_fen=order.total_fen, session_id="cs_1"
        )
        settlement.settle_payment(session.pk, intent_id="pi_2")
        settlement.settle_payment(session.pk, intent_id="pi_2")
        assert Refund.objects.get().payment == session
        assert ledger.balance(AccountKind.STRIPE) == 0
        assert ledger.balance(AccountKind.STATION_CASH, scene.qidong.point.code) == order.total_fen
        assert Order.objects.get().state == OrderState.PAID
        page = page_of(order)
        assert "到账太晚" in page
        call_command("check_ledger")
        call_command("check_volume")

    def test_a_payment_is_refunded_only_by_its_refunds(self, scene: Scene) -> None:
        """A part that came back does not make the payment a refunded one; all of it does, and a failure unmakes it."""
        order = order_of(scene)
        pay(order)
        payment = payment_of(order)
        halves = [
            Refund.objects.create(payment=payment, amount_fen=fen, key=f"half-{number}")
            for number, fen in enumerate((order.total_fen - 1, 1))
        ]
        for refund, state in zip(halves, (PaymentState.SUCCEEDED, PaymentState.REFUNDED), strict=True):
            refunds.conclude_refund(refund_id=refund.pk, outcome=RefundState.SUCCEEDED)
            assert Payment.objects.get().state == state


class TestSessions:
    """Stripe is asked; what it says has to fit."""

    def says(self, monkeypatch: pytest.MonkeyPatch, order: Order, **other: object) -> None:
        Payment.objects.filter(order_ref=order.ref).update(session_id="cs_1")
        told = {"session_id": "cs_1", "order_ref": order.ref, "amount_fen": order.total_fen, "currency": "CNY", "paid": True,
                "intent_id": "pi_1", **other}  # fmt: skip
        monkeypatch.setattr(stripe_checkout, "read_session", lambda _number, **_how: PaidSession(**told))  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "other", [{"amount_fen": 1}, {"currency": "USD"}, {"order_ref": "x"}, {"amount_fen": 10**9}]
    )
    def test_what_does_not_fit_books_nothing_and_waits_for_a_person(
        self, scene: Scene, other: dict[str, object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = order_of(scene)
        self.says(monkeypatch, order, **other)
        WebhookEvent.objects.create(event_id="evt_1", type="checkout.session.completed", object_id="cs_1")
        sessions.settle_session("cs_1", event_id="evt_1")
        assert Order.objects.get().state == OrderState.RESERVED
        assert ledger.balance(AccountKind.STRIPE) == 0
        assert WebhookEvent.objects.get().handled_at is None

    def test_a_session_that_nobody_paid_books_nothing(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        self.says(monkeypatch, order_of(scene), paid=False)
        sessions.settle_session("cs_1")
        assert Order.objects.get().state == OrderState.RESERVED

    def test_events_in_any_order_and_number_book_once(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        order = order_of(scene)
        self.says(monkeypatch, order)
        for event in ("evt_2", "evt_1", "evt_2"):
            sessions.settle_session("cs_1", event_id=event)
        assert ledger.balance(AccountKind.STRIPE) == order.total_fen

    def test_money_that_stripe_could_not_tell_of_in_time_is_found_later(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = order_of(scene)
        self.says(monkeypatch, order)
        expire(order, by=expiry.LONGEST_WAIT)
        assert jobs("orders.end_session") == [{"session_id": "cs_1"}]
        monkeypatch.setattr(stripe_checkout, "close_session", lambda _number, **_how: None)
        sessions.end_session("cs_1")
        assert Order.objects.get().state == OrderState.PAID


def test_jobs_are_taken_back_with_the_transaction_that_wanted_them(scene: Scene) -> None:
    """The job is a row beside the money: neither is there without the other."""
    order = order_of(scene)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        pay(order)
        assert len(jobs("orders.plan_parcels")) == 1
        raise ZeroDivisionError
    assert jobs("orders.plan_parcels") == []
    assert Order.objects.get().state == OrderState.RESERVED


def test_one_step_of_the_minute_that_fails_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def fails() -> int:
        raise ValueError("stock")

    def takes() -> int:
        done.append("taken")
        return 1

    def verifies() -> int:
        done.append("verified")
        return 1

    monkeypatch.setattr(minute, "expire_reservations", fails)
    monkeypatch.setattr(minute, "take_collected", takes)
    monkeypatch.setattr(minute, "verify_delivered", verifies)
    with pytest.raises(ExceptionGroup):
        minute.every_minute(timestamp=0)
    assert done == ["taken", "verified"]
