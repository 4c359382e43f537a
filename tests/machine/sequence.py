"""What every rule of the machine stands on: one sequence's transaction, its time, the invariants, and its end, at which Stripe and the
ledger are equal to the fen.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import stripe
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from catalog.stock import NotHeld, StockShort
from orders.amounts import AmountRefused
from orders.cart import open_cart
from orders.checkout import NotOnSale, PriceChanged, place_order
from orders.collection import take_collected
from orders.models import Cart, Order, OrderState
from orders.promotions import CouponRefused, PromotionGone
from orders.reconciling import reconcile
from orders.sessions import AWAY
from payments import ledger
from payments.models import AccountKind, MovementState, Payment, Provider, Refund, RefundState, StripeMovement, Transfer
from payments.providers import ProviderAway
from payments.reconciling import find_mismatches
from shop.webhooks import keep_event
from tests.machine import books
from tests.machine.provider import Provider as Stripe
from tests.machine.world import World
from tests.orders.scene import to_the_door, to_the_point

# Which of several; taken modulo what there is.
WHICH = st.integers(0, 11)
# So much later a movement without a pair would be a mismatch.
MUCH_LATER = dt.timedelta(hours=3)
MOST_ROUNDS = 60
# In how many sequences of this process the ledger came to hold which kinds of transfers.
REACHED: Counter[str] = Counter()


class Sequence(RuleBasedStateMachine):
    """One sequence without rules."""

    def __init__(self, world: World, provider: Stripe) -> None:
        super().__init__()
        self.world, self.stripe = world, provider
        provider.__init__()  # type: ignore[misc]
        self.ahead = dt.timedelta()
        provider.clock = lambda: int(self.now.timestamp())
        self.guest, self.number = "", 0
        self.asked: list[dict[str, Any]] = []
        cache.delete(AWAY.format(provider="stripe"))
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.units = books.units()
        world.look()

    @property
    def now(self) -> dt.datetime:
        """The sequence's own time."""
        return _real_now() + self.ahead

    @contextmanager
    def clock(self) -> Iterator[None]:
        """What asks what time it is by itself (jobs, the comparison with Stripe) is told the sequence's own time."""
        timezone.now = lambda: self.now
        try:
            yield
        finally:
            timezone.now = _real_now

    def teardown(self) -> None:
        """Let everything arrive that is under way, compare Stripe with the ledger to the fen, and go back to the beginning."""
        try:
            if not transaction.get_connection().needs_rollback:
                self._settle_all()
                REACHED.update(Transfer.objects.values_list("kind", flat=True).distinct())
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @invariant()
    def all_agrees(self) -> None:
        """Ledger and volume by both audits, stock by addition, Stripe by what it was asked and by what the site thinks it was paid."""
        assert not (found := books.disagreements()), "\n".join(found)
        assert books.units() == self.units, "units of goods appeared or vanished"
        assert not self.stripe.never, self.stripe.never
        self.world.look()
        for session_id, intent, fen in self.world.seen["taken"]:
            session = self.stripe.sessions[session_id]
            assert (session.state, session.amount, session.intent) == ("complete", fen, intent)

    def _place(
        self, lines: list[tuple[int, int]], guest: bool, near: bool, cash: bool, *, coupon: str, **more: Any
    ) -> Order | None:
        self.number += 1
        point = self.world.scene.qidong.second_point
        asked: dict[str, Any] = {
            "lines": lines,
            "buyer": None if guest else self.world.buyer,
            "email": "liumin@daylily.example",
            "delivery": to_the_point(point) if near or cash else to_the_door(),
            "pay_by": Provider.COUNTER if cash else Provider.STRIPE,
            "key": f"key-{self.number}",
            "coupon": coupon,
            "at": timezone.now(),
        }
        with suppress(StockShort, PriceChanged, AmountRefused, NotOnSale, CouponRefused, PromotionGone):
            order = place_order(**asked, **more)
            self.asked.append(asked)
            return order
        return None

    def _cart(self, guest: bool) -> Cart:
        if not guest:
            return open_cart(self.world.buyer, "")
        cart = open_cart(AnonymousUser(), self.guest)
        self.guest = cart.ref
        return cart

    def _do(self, key: int, *, twice: bool = False) -> None:
        """One job, as the worker does it: what fails stays to be done."""
        job = ProcrastinateJob.objects.get(pk=key)
        if job.status != "todo":
            return
        try:
            for _ in range(1 + twice):
                with transaction.atomic(), self.clock():
                    app.tasks[job.task_name].func(**job.args)
        except (ProviderAway, stripe.APIConnectionError, NotHeld):
            return
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [key])

    def _work_off(self, task: str, **wanted: Any) -> None:
        """The jobs of one kind about one thing."""
        for job in ProcrastinateJob.objects.filter(task_name=task, status="todo", args__contains=wanted):
            self._do(job.pk)

    def _settle_all(self) -> None:
        """Every webhook arrives, the worker works until nothing is left, and then Stripe and the ledger agree to the fen."""
        self.stripe.faults = 0
        cache.delete(AWAY.format(provider="stripe"))
        for _hour in range(2):
            self._drain()
            with self.clock():
                reconcile()
        self._drain()
        self.all_agrees()
        self._compare_with_stripe()
        for session in self.stripe.sessions.values():
            if session.state == "complete":
                self._is_paid_or_back(session.order_ref)
        assert not Refund.objects.filter(state=RefundState.PENDING, payment__provider=Provider.STRIPE).exists()

    def _drain(self) -> None:
        for _ in range(MOST_ROUNDS):
            for event in self.stripe.events:
                if not event.delivered:
                    keep_event(event.body)
                    event.delivered = 1
            self.world.look()
            for key in self.world.seen["jobs"]:
                self._do(key)
            take_collected()
            if not self.world.seen["jobs"]:
                return
        raise AssertionError("the jobs never end")

    def _compare_with_stripe(self) -> None:
        """Each movement has its transfer, nothing stands apart hours later, and the ledger has at Stripe what lies there."""
        apart = StripeMovement.objects.exclude(state=MovementState.MATCHED)
        assert not apart.exists(), [(one.category, one.source_id) for one in apart]
        assert (found := find_mismatches(at=self.now + MUCH_LATER)) == [], [one.in_words for one in found]
        assert self.stripe.balance_fen == ledger.balance(AccountKind.STRIPE), "Stripe and the ledger differ"

    def _is_paid_or_back(self, order_ref: str) -> None:
        order = Order.objects.get(ref=order_ref)
        if order.state not in (OrderState.PAID, OrderState.REFUNDED):
            payment = Payment.objects.get(order_ref=order_ref)
            assert Refund.objects.filter(payment=payment).exists(), f"{order.number} took money and gave nothing"

    class _Counted:
        """Steps in which somebody counts: what they change of the units is their word."""

        def __init__(self, machine: "Sequence", *, only: bool) -> None:
            self.machine, self.only = machine, only

        def __enter__(self) -> None:
            self.before = books.units()

        def __exit__(self, *_error: object) -> None:
            if self.only:
                self.machine.units += books.units() - self.before

    def _other_units(self, *, only: bool = True) -> "Sequence._Counted":
        return Sequence._Counted(self, only=only)

    def _pack(self, which: int) -> int:
        return int(self._of(self.world.packs, which).pk)

    def _seen(self, name: str, which: int) -> Any:
        return self._of(self.world.seen[name], which)

    def _nonce(self) -> str:
        self.number += 1
        return f"n{self.number}"

    @staticmethod
    def _of(things: list[Any], which: int) -> Any:
        return things[which % len(things)]


_real_now = timezone.now
