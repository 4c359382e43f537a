"""Who pays before the reservation ends has paid in time, also when Stripe's word is late or lost: it is asked before the goods go."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from redis.exceptions import RedisError

from catalog.models import Stock, Variant
from orders import expiry, paying, sessions
from orders.ending import end_reservation
from orders.models import Notice, NoticeStep, Order, OrderState
from payments import stripe_checkout
from payments.models import Payment, PaymentState
from payments.stripe_checkout import PaidSession
from tests.orders.scene import Scene, make_scene, order_of
from tests.stripe_standin.cast import PAID, Standin, fetch

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def order(scene: Scene) -> Order:
    """Two bags, reserved; the buyer has opened the page of Stripe."""
    made = order_of(scene)
    Payment.objects.filter(order_ref=made.ref).update(session_id="cs_1", session_url="https://stripe.invalid/cs_1")
    return made


class Stripe:
    """What Stripe says, and what it was asked."""

    def __init__(self, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
        self.order, self.paid, self.away, self.asked = order, False, False, list[str]()
        monkeypatch.setattr(stripe_checkout, "close_session", self.close)
        monkeypatch.setattr(stripe_checkout, "read_session", self.read)

    def close(self, number: str, *, patient: bool) -> None:
        assert not patient, "nobody waits long"
        self._asked("close", number)

    def read(self, number: str, *, patient: bool = True) -> PaidSession:
        self._asked("read", number)
        return PaidSession(number, self.order.ref, self.order.total_fen, "CNY", self.paid, "pi_1" if self.paid else "")

    def _asked(self, what: str, number: str) -> None:
        self.asked.append(f"{what} {number}")
        if self.away:
            raise stripe.APIConnectionError("nobody there")  # type: ignore[no-untyped-call]


@pytest.fixture
def at_stripe(order: Order, monkeypatch: pytest.MonkeyPatch) -> Stripe:
    return Stripe(order, monkeypatch)


@pytest.fixture
def silent_stripe(tmp_path: Path, settings: Any) -> Iterator[Standin]:
    """A stand-in of its own that sends no webhooks: nobody is told of what is paid there."""
    with Standin(tmp_path / "stripe") as standin:
        settings.STRIPE_API_BASE = standin.url
        stripe_checkout.client.cache_clear()
        yield standin
    stripe_checkout.client.cache_clear()


def overdue(order: Order, by: dt.timedelta = dt.timedelta(seconds=1)) -> None:
    Order.objects.filter(pk=order.pk).update(reserved_until=timezone.now() - by)


def jobs(name: str) -> list[dict[str, object]]:
    return list(ProcrastinateJob.objects.filter(task_name=name).values_list("args", flat=True))


def late(order: Order) -> list[str]:
    """The payments of an order whose buyer is told that they came late."""
    return list(Notice.objects.filter(order=order, step=NoticeStep.LATE).values_list("part", flat=True))


def held(scene: Scene) -> int:
    return Variant.objects.get(pk=scene.daylily.pk).held


def state_of(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.state, Payment.objects.get(order_ref=order.ref).state


class TestAnOpenedPage:
    """The reservation is over, the page of Stripe was opened."""

    def test_nothing_ends_before_stripe_was_asked_and_it_is_asked_once(self, scene: Scene, order: Order) -> None:
        overdue(order)
        assert [expiry.expire_reservations() for _minute in range(3)] == [0, 0, 0]
        assert jobs("orders.ask_before_ending") == [{"order_id": order.pk}]
        assert (state_of(order), held(scene)) == ((OrderState.RESERVED, PaymentState.OPEN), 2)

    def test_what_was_paid_is_in_time(self, scene: Scene, order: Order, at_stripe: Stripe) -> None:
        overdue(order)
        at_stripe.paid = True
        sessions.ask_before_ending(order.pk)
        assert state_of(order) == (OrderState.PAID, PaymentState.SUCCEEDED)
        assert at_stripe.asked == ["close cs_1", "read cs_1"], "nobody pays there after it was asked"
        assert (held(scene), late(order)) == (2, [])

    def test_what_was_not_paid_ends_and_the_goods_go_back_once(
        self, scene: Scene, order: Order, at_stripe: Stripe
    ) -> None:
        overdue(order)
        for _again in range(2):
            sessions.ask_before_ending(order.pk)
        assert state_of(order) == (OrderState.EXPIRED, PaymentState.EXPIRED)
        assert held(scene) == 0
        assert (at_stripe.asked, jobs("orders.end_session")) == (["close cs_1", "read cs_1"], [])

    def test_while_stripe_is_away_the_goods_are_kept_for_ten_minutes(
        self, scene: Scene, order: Order, at_stripe: Stripe
    ) -> None:
        overdue(order)
        at_stripe.away = True
        for late in (dt.timedelta(seconds=1), sessions.GRACE - dt.timedelta(minutes=1)):
            overdue(order, by=late)
            assert expiry.expire_reservations() == 0
            sessions.ask_before_ending(order.pk)
            assert (state_of(order)[0], held(scene)) == (OrderState.RESERVED, 2)
        assert at_stripe.asked == ["close cs_1"], "nobody waits for it again a moment later"
        overdue(order, by=sessions.GRACE + dt.timedelta(seconds=1))
        assert expiry.expire_reservations() == 0
        sessions.ask_before_ending(order.pk)
        assert (state_of(order)[0], held(scene)) == (OrderState.EXPIRED, 0)
        assert jobs("orders.end_session") == [{"session_id": "cs_1"}], "its page is closed when Stripe is back"

    def test_after_a_pause_of_the_whole_site_stripe_is_asked_all_the_same(
        self, order: Order, at_stripe: Stripe
    ) -> None:
        overdue(order, by=sessions.GRACE * 3)
        at_stripe.paid = True
        assert expiry.expire_reservations() == 0
        sessions.ask_before_ending(order.pk)
        assert state_of(order)[0] == OrderState.PAID

    def test_without_a_worker_the_goods_go_back_in_the_end(self, scene: Scene, order: Order) -> None:
        overdue(order, by=expiry.LONGEST_WAIT + dt.timedelta(seconds=1))
        assert (expiry.expire_reservations(), held(scene)) == (1, 0)
        assert jobs("orders.end_session") == [{"session_id": "cs_1"}]

    def test_stock_that_does_not_fit_is_left_for_a_person(self, order: Order, at_stripe: Stripe) -> None:
        Stock.objects.update(held=0)
        overdue(order)
        sessions.ask_before_ending(order.pk)
        assert state_of(order) == (OrderState.RESERVED, PaymentState.OPEN)

    def test_a_reservation_that_is_not_over_stays(self, order: Order, at_stripe: Stripe) -> None:
        sessions.ask_before_ending(order.pk)
        assert state_of(order) == (OrderState.RESERVED, PaymentState.OPEN)

    def test_who_never_opened_the_page_waits_for_nobody(self, scene: Scene) -> None:
        order = order_of(scene)
        overdue(order)
        assert expiry.expire_reservations() == 1
        assert (state_of(order)[0], jobs("orders.ask_before_ending")) == (OrderState.EXPIRED, [])


def test_a_page_that_opens_as_the_reservation_ends_is_closed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    order = order_of(scene)

    def opens(*, payment: Payment, **_facts: object) -> str:
        end_reservation(Order.objects.get(pk=order.pk))
        Payment.objects.filter(pk=payment.pk).update(session_id="cs_2")
        payment.session_id, payment.state = "cs_2", PaymentState.EXPIRED
        return "https://stripe.invalid/cs_2"

    monkeypatch.setattr(stripe_checkout, "open_session", opens)
    with pytest.raises(paying.NothingToPay):
        paying.payment_page(order)
    assert jobs("orders.end_session") == [{"session_id": "cs_2"}]


class TestTheWayBackFromStripe:
    """The buyer comes back to the order's page before the webhook."""

    def look(self, order: Order, number: int = 1) -> str:
        return Client().get(reverse("order", args=[order.ref]), {"paid": number}).content.decode()

    def test_the_page_says_paid_at_once(self, order: Order, at_stripe: Stripe) -> None:
        at_stripe.paid = True
        assert "已付款" in self.look(order)
        assert state_of(order) == (OrderState.PAID, PaymentState.SUCCEEDED)

    def test_it_asks_now_and_then_and_not_at_every_look(self, order: Order, at_stripe: Stripe) -> None:
        for number in range(1, 11):
            assert "等待" in self.look(order, number)
        assert at_stripe.asked == ["read cs_1"], "two of the ten looks ask, and once in five seconds"
        cache.clear()
        self.look(order, 11)
        assert len(at_stripe.asked) == 2

    def test_an_order_that_nobody_comes_back_to_asks_nothing(self, order: Order, at_stripe: Stripe) -> None:
        Client().get(reverse("order", args=[order.ref]))
        assert at_stripe.asked == []

    def test_without_stripe_or_redis_it_waits_for_the_webhook(
        self, order: Order, at_stripe: Stripe, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        at_stripe.away = True
        assert "等待" in self.look(order)

        def gone(*_key: object) -> bool:
            raise RedisError

        monkeypatch.setattr(cache, "add", gone)
        assert "等待" in self.look(order)
        assert len(at_stripe.asked) == 1


@pytest.mark.parametrize("ends", [sessions.ask_before_ending, lambda _pk: expiry.expire_reservations()])
def test_money_at_the_stand_in_whose_webhook_never_came(
    scene: Scene, silent_stripe: Standin, ends: Callable[[int], object]
) -> None:
    """Paid on the real page through the official SDK; nobody is told. Only whoever asks first finds it in time."""
    order = order_of(scene)
    page = paying.payment_page(order)
    assert fetch(page, form={"way": "card", "card_number": PAID}).status == 303
    overdue(order, by=expiry.LONGEST_WAIT + dt.timedelta(minutes=1))
    ends(order.pk)
    asked = ends is sessions.ask_before_ending
    assert state_of(order)[0] == (OrderState.PAID if asked else OrderState.EXPIRED)
    payment = Payment.objects.get(order_ref=order.ref)
    sessions.end_session(payment.session_id)
    assert state_of(order) == (OrderState.PAID, PaymentState.SUCCEEDED)
    assert late(order) == ([] if asked else [str(payment.pk)])


def test_an_unpaid_page_of_the_stand_in_is_closed(scene: Scene, silent_stripe: Standin) -> None:
    order = order_of(scene)
    page = paying.payment_page(order)
    overdue(order)
    sessions.ask_before_ending(order.pk)
    assert state_of(order)[0] == OrderState.EXPIRED
    assert "card_number" not in fetch(page).text
