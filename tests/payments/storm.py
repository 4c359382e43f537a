"""A storm of webhooks: repeated, shuffled, late, never sent; what it leaves in the ledger is compared with the events in their order."""

import datetime as dt
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from catalog.models import Variant
from orders.expiry import expire_reservations
from orders.models import Order, OrderLine
from orders.portions import Portion
from orders.reconciling import reconcile
from orders.refunding import refund_lines
from payments import stripe_balance, stripe_checkout
from payments.models import Entry, Payment, Refund
from payments.stripe_balance import Disputed, Moved
from payments.stripe_checkout import PaidSession, SentRefund
from shop.webhooks import stripe_webhook
from tests.cast import set_stock
from tests.orders.scene import Scene, make_scene, order_of
from tests.payments.stripe_scene import ASKS
from tests.shop.test_webhooks import URL, signed

REPEATED, MOST_TIMES = 0.3, 10
LATE, NEVER = 0.05, 0.05
RUN_TWICE = 0.1
FEE = 277
# Deliveries that one order brings on average: what happens to it, and how often that is told.
PER_ORDER = 13
# What becomes of every twentieth order each; all others are paid and that is all.
PLANS = ["returned"] * 3 + ["return fails", "too late", "won", "lost"] + ["paid"] * 13


@dataclass
class Stripe:
    """What Stripe knows, read by the shop's own functions for it."""

    sessions: dict[str, PaidSession] = field(default_factory=dict)
    refunds: dict[str, SentRefund] = field(default_factory=dict)
    disputes: dict[str, Disputed] = field(default_factory=dict)
    moved: list[Moved] = field(default_factory=list)
    fails: set[str] = field(default_factory=set)

    def answer(self, patch: pytest.MonkeyPatch) -> None:
        """Stand in for the functions that ask Stripe."""
        patch.setattr(stripe_checkout, "read_session", lambda number, patient=True: self.sessions[number])
        patch.setattr(stripe_checkout, "read_refund", self.refunds.__getitem__)
        patch.setattr(stripe_checkout, "send_refund", self.send_refund)
        patch.setattr(stripe_balance, "read_dispute", self.disputes.__getitem__)
        patch.setattr(stripe_balance, "read_balance", lambda: sum(one.net_fen for one in self.moved))
        patch.setattr(stripe_balance, "read_movements", lambda since: iter([self.moved[::-1]]))
        patch.setattr(
            stripe_balance, "sessions_of", lambda pi: [key for key, one in self.sessions.items() if one.intent_id == pi]
        )

    def move(self, category: str, fen: int, *, fee: int = 0, **about: str) -> None:
        """Money moves at Stripe."""
        now = timezone.now()
        known = {"source_id": "", "intent_id": "", "refund_key": "", "transfer_ref": "", **about}
        txn = f"txn_{len(self.moved)}"
        self.moved.append(
            Moved(txn, category, category, fen, fee, fen - fee, "CNY", created_at=now, available_on=now, **known)
        )

    def take(self, payment: Payment) -> None:
        """The buyer pays."""
        intent = f"pi_{payment.pk}"
        paid = PaidSession(payment.session_id, payment.order_ref, payment.amount_fen, "CNY", True, intent)
        self.sessions[payment.session_id] = paid
        self.move("charge", payment.amount_fen, fee=FEE, source_id=f"ch_{payment.pk}", intent_id=intent)

    def send_refund(self, refund: Refund) -> SentRefund:
        """Money sets out to the buyer; asked twice it does once."""
        number = f"re_{refund.key}"
        if number not in self.refunds:
            self.refunds[number] = SentRefund(number, refund.key, "pending")
            self.move(
                "refund",
                -refund.amount_fen,
                source_id=number,
                refund_key=refund.key,
                intent_id=refund.payment.intent_id,
            )
        return self.refunds[number]

    def arrive(self, refund: Refund, *, fails: bool) -> None:
        """The buyer's bank says whether it took the money."""
        number = f"re_{refund.key}"
        self.refunds[number] = SentRefund(number, refund.key, "failed" if fails else "succeeded")
        if fails:
            intent = refund.payment.intent_id
            self.move("refund_failure", refund.amount_fen, source_id=number, refund_key=refund.key, intent_id=intent)

    def dispute(self, payment: Payment) -> None:
        """The buyer's bank takes the money back."""
        number = f"du_{payment.pk}"
        self.disputes[number] = Disputed(
            number, payment.intent_id, payment.amount_fen, "CNY", "fraudulent", "needs_response", timezone.now()
        )
        self.move("dispute", -payment.amount_fen, fee=1500, source_id=number, intent_id=payment.intent_id)

    def decide(self, payment: Payment, verdict: str) -> None:
        """And says who has it."""
        number = f"du_{payment.pk}"
        opened = self.disputes[number]
        self.disputes[number] = Disputed(
            number, opened.intent_id, opened.amount_fen, "CNY", opened.reason, verdict, opened.opened_at
        )
        if verdict == "won":
            self.move("dispute_reversal", opened.amount_fen, source_id=number, intent_id=opened.intent_id)


@dataclass
class World:
    """Orders, each with its plan, whose buyers are on Stripe's page."""

    scene: Scene
    plans: dict[str, str]  # by the order's reference

    def orders(self, *plans: str) -> list[Order]:
        """The orders of some plans, in the order in which they were placed."""
        found = {order.ref: order for order in Order.objects.all()}
        return [found[ref] for ref, plan in self.plans.items() if plan in plans]


def make_world(deliveries: int) -> World:
    """So many orders that about so many webhooks are delivered; those who pay too late find their goods gone."""
    scene = make_scene()
    for variant in (scene.daylily, scene.tea, scene.more_daylily):
        set_stock(variant, 10 * deliveries)
    plans: dict[str, str] = {}
    for number in range(max(len(PLANS), round(deliveries / PER_ORDER))):
        plan = PLANS[number % len(PLANS)]
        lines = (
            [(scene.tea.pk, 1)]
            if plan == "too late"
            else [(scene.daylily.pk, 1 + number % 3), (scene.more_daylily.pk, 1)]
        )
        order = order_of(scene, lines=lines, key=f"storm-{number}")
        plans[order.ref] = plan
    for payment in Payment.objects.all():
        Payment.objects.filter(pk=payment.pk).update(session_id=f"cs_{payment.pk}")
    late = [ref for ref, plan in plans.items() if plan == "too late"]
    Order.objects.filter(ref__in=late).update(reserved_until=timezone.now() - dt.timedelta(hours=2))
    expire_reservations()
    Variant.objects.filter(pk=scene.tea.pk).update(active=False)
    return World(scene, plans)


def event(kind: str, number: str) -> dict[str, Any]:
    """An event as Stripe sends it, with an id of its own for each thing that happened."""
    return {"id": f"evt_{kind}_{number}", "type": kind, "data": {"object": {"id": number}}}


class Delivery:
    """How events reach the shop, and how its worker works them off."""

    def __init__(self, chance: random.Random | None) -> None:
        self.chance = chance  # None: in order, once
        self.sent = 0
        self._late: list[dict[str, Any]] = []
        self._post = RequestFactory()
        self._done = ProcrastinateJob.objects.order_by("id").values_list("id", flat=True).last() or 0

    def send(self, events: Iterable[dict[str, Any]]) -> None:
        """Deliver events, each as it comes; in a storm shuffled, some more than once, some not yet, some never."""
        queue = list(events) if self.chance is None else self._stirred(events)
        for number, one in enumerate(queue):
            self._deliver(one)
            if number % 50 == 0:
                self.work()
        self.work()

    def send_late(self) -> None:
        """Days later, what was held up comes."""
        late, self._late = self._late, []
        for one in late:
            self._deliver(one)
        self.work()

    def _stirred(self, events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        assert self.chance is not None
        queue: list[dict[str, Any]] = []
        for one in events:
            fate = self.chance.random()
            if fate < NEVER:
                continue
            if fate < NEVER + LATE:
                self._late.append(one)
                continue
            times = self.chance.randint(2, MOST_TIMES) if self.chance.random() < REPEATED else 1
            queue += [one] * times
        self.chance.shuffle(queue)
        return queue

    def _deliver(self, one: dict[str, Any]) -> None:
        body = json.dumps(one).encode()
        request = self._post.post(
            URL, body, content_type="application/json", headers={"Stripe-Signature": signed(body)}
        )
        assert stripe_webhook(request).status_code == 200
        self.sent += 1

    def work(self) -> None:
        """The jobs that ask Stripe; in a storm in any order, and some twice, as after a worker that died."""
        while jobs := list(ProcrastinateJob.objects.filter(task_name__in=ASKS, id__gt=self._done).order_by("id")):
            self._done = jobs[-1].pk
            for job in self._as_it_comes(jobs):
                app.tasks[job.task_name](**job.args)

    def _as_it_comes(self, jobs: list[ProcrastinateJob]) -> Iterator[ProcrastinateJob]:
        if self.chance is None:
            yield from jobs
            return
        again = [job for job in jobs if self.chance.random() < RUN_TWICE]
        yield from self.chance.sample([*jobs, *again], len(jobs) + len(again))


def live(world: World, stripe: Stripe, delivery: Delivery) -> None:
    """The story of all orders: paid, returned or disputed; with Stripe's word in order, or as the storm brings it."""
    stormy = delivery.chance is not None
    events = []
    for payment in Payment.objects.order_by("pk"):
        stripe.take(payment)
        intent, charge = f"pi_{payment.pk}", f"ch_{payment.pk}"
        events += [event(f"payment_intent.{word}", intent) for word in ("created", "succeeded")]
        events += [event(f"charge.{word}", charge) for word in ("succeeded", "updated")]
        events.append(event("checkout.session.completed", payment.session_id))
    delivery.send(events)
    _look_again(delivery)
    for order in world.orders("returned", "return fails"):
        lines = [Portion(line.pk) for line in OrderLine.objects.filter(consignment__order=order)]
        assert refund_lines(order=order, portions=lines, by=None, reason="the buyer cancelled") is not None
    delivery.work()
    events = list(_returns(world, stripe))
    for verdict in ("won", "lost"):
        for order in world.orders(verdict):
            payment = Payment.objects.get(order_ref=order.ref)
            number = f"du_{payment.pk}"
            stripe.dispute(payment)
            opened = [event(f"charge.dispute.{word}", number) for word in ("created", "funds_withdrawn")]
            if not stormy:
                delivery.send(opened)
            stripe.decide(payment, verdict)
            closed = [event("charge.dispute.closed", number)]
            events += [*opened, *closed] if stormy else closed
    delivery.send(events)
    _look_again(delivery)


def _returns(world: World, stripe: Stripe) -> Iterator[dict[str, Any]]:
    for refund in Refund.objects.select_related("payment").order_by("pk"):
        fails = world.plans[refund.payment.order_ref] == "return fails"
        stripe.arrive(refund, fails=fails)
        number = f"re_{refund.key}"
        yield event("refund.created", number)
        yield event("refund.updated", number)
        if fails:
            yield event("refund.failed", number)


def _look_again(delivery: Delivery) -> None:
    """Two hours pass: the hourly comparison looks twice, and between the two what was held up comes."""
    Refund.objects.update(created_at=timezone.now() - dt.timedelta(hours=2))
    reconcile()
    delivery.work()
    delivery.send_late()
    reconcile()
    delivery.work()


def fingerprint() -> Counter[tuple[Any, ...]]:
    """All that the ledger has booked: order, kind, account, owner, county, fen; without the keys and times of one run."""
    rows = Entry.objects.values_list(
        "transfer__order_ref", "transfer__kind", "account__kind", "account__owner", "county_code", "amount_fen"
    )
    return Counter(rows)


def states() -> dict[str, list[tuple[Any, ...]]]:
    """Where every order, payment and refund ended."""
    return {
        "orders": list(Order.objects.order_by("ref").values_list("ref", "state")),
        "payments": list(Payment.objects.order_by("pk").values_list("pk", "state")),
        "refunds": list(Refund.objects.order_by("key").values_list("key", "state", "amount_fen")),
    }
