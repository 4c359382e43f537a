"""The machine: buyers, farmers, stations, the county, Stripe and the clock do what they may, in any order, and after each step all agrees.

A sequence is one transaction that is rolled back. Its time goes forward by `wait`; what PostgreSQL's own clock decides (the end of a
reservation) is moved there by its row. A step that cannot be taken (nothing is there to act upon, or the site refuses it in words) is a
step as well: nothing may have moved. Payouts, coupons and disputes have their place at the end of the class.
"""

import datetime as dt
from contextlib import suppress
from typing import Any

import stripe
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from aftersales.answering import grant, object_to_return, offer, refuse, take_back
from aftersales.clocks import end_silence
from aftersales.deciding import decide
from aftersales.models import Case, CaseState, Reason, ReturnWay, Side, Wish
from aftersales.opening import CannotOpen, open_case
from aftersales.replying import ReturnUnclear, accept, ask_county, send_back, withdraw
from aftersales.states import CaseMoved
from aftersales.talking import Said
from catalog.models import Advice, RecallReason, Stock
from catalog.packing import HarvestMixed, LotFrozen, LotTooSmall, StockBelowHeld, count_stock
from catalog.recalls import AlreadyRecalled
from catalog.stock import NotHeld, StockShort
from delivery.custody import RECIPIENT, append_handover
from delivery.models import Parcel, ParcelState, ScanKind
from orders import expiry
from orders.amounts import AmountRefused
from orders.cancelling import CannotCancel, cancel_consignment, give_up
from orders.cart import CartRefused, add_to_cart, change_quantity, merge_carts, open_cart, remove_from_cart
from orders.checkout import NotOnSale, PriceChanged, Seen, place_order
from orders.collection import NothingToCollect, WeightOutOfBand, collect, take_collected, to_weigh
from orders.counter import NotWaitingForCash, receive_cash
from orders.models import CancelReason, Cart, Consignment, Order, OrderLine, OrderState, WeightAnswer
from orders.paying import NothingToPay, PaymentPageClosed, payment_page
from orders.paying_back import pay_back
from orders.portions import Portion, RefundRefused
from orders.recalling import end_recall, start_recall
from orders.receiving import NotReceived, confirm_receipt
from orders.refunding import refund_lines
from orders.release import release_delivered
from orders.replacing import CannotReplace
from orders.sessions import AWAY
from orders.verification import verify_delivered
from orders.weights import NothingAsked, answer, end_questions
from payments import ledger
from payments.idempotency import IdempotencyConflict
from payments.models import AccountKind, Payment, PaymentState, Provider, Refund, RefundState
from payments.providers import ProviderAway
from payments.resending import CannotSendAgain, NotOwed, send_again
from payments.tills import TillShort
from shop.webhooks import keep_event
from tests.machine import books
from tests.machine.provider import Provider as Stripe
from tests.machine.world import World, photograph
from tests.orders.scene import to_the_door, to_the_point

# Which of several; taken modulo what there is.
WHICH = st.integers(0, 11)
# The jobs that move money, stock or parcels; letters are nobody's money.
MONEY_JOBS = frozenset(
    {
        "orders.settle_session", "orders.ask_before_ending", "orders.end_session", "orders.plan_parcels", "orders.settle_weights",
        "orders.carry_out_recall", "payments.send_refund", "payments.follow_refund",
    }
)  # fmt: skip
MOST_ROUNDS = 60


class Machine(RuleBasedStateMachine):
    """One sequence."""

    def __init__(self, world: World, provider: Stripe) -> None:
        super().__init__()
        self.world, self.stripe = world, provider
        provider.__init__()  # type: ignore[misc]
        self.ahead = dt.timedelta()
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
        return timezone.now() + self.ahead

    def teardown(self) -> None:
        """Let everything arrive that is under way, compare Stripe with the ledger to the fen, and go back to the beginning."""
        try:
            if not transaction.get_connection().needs_rollback:
                self._settle_all()
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @invariant()
    def all_agrees(self) -> None:
        """Ledger and volume by both audits, stock by addition, Stripe by what it was asked."""
        assert not (found := books.disagreements()), "\n".join(found)
        assert books.units() == self.units, "units of goods appeared or vanished"
        assert not self.stripe.never, self.stripe.never
        for payment in Payment.objects.filter(
            provider=Provider.STRIPE, state__in=(PaymentState.SUCCEEDED, PaymentState.REFUNDED)
        ):
            session = self.stripe.sessions[payment.session_id]
            assert (session.state, session.amount, session.intent) == (
                "complete",
                payment.amount_fen,
                payment.intent_id,
            )
        self.world.look()

    # ---- the cart

    @rule(which=WHICH, quantity=st.integers(1, 30), guest=st.booleans())
    def fill(self, which: int, quantity: int, guest: bool) -> None:
        """Somebody puts goods into a cart."""
        cart = self._cart(guest)
        with suppress(CartRefused):
            add_to_cart(cart=cart, variant_id=self._pack(which), quantity=quantity)

    @rule(which=WHICH, quantity=st.integers(0, 4), guest=st.booleans())
    def change(self, which: int, quantity: int, guest: bool) -> None:
        """Another quantity, or none."""
        cart = self._cart(guest)
        with suppress(CartRefused):
            if quantity:
                change_quantity(cart=cart, variant_id=self._pack(which), quantity=quantity)
            else:
                remove_from_cart(cart=cart, variant_id=self._pack(which))

    @precondition(lambda self: self.guest)
    @rule()
    def sign_in(self) -> None:
        """A guest signs in, and their cart comes along."""
        merge_carts(user=self.world.buyer, ref=self.guest)
        self.guest = ""

    # ---- orders

    @rule(guest=st.booleans(), near=st.booleans(), cash=st.booleans())
    def check_out(self, guest: bool, near: bool, cash: bool) -> None:
        """What a cart holds is ordered, as far as it may be, and leaves it."""
        cart = self._cart(guest)
        lines = list(cart.lines.values_list("variant_id", "quantity"))
        if lines:
            self._place(lines, guest, near, cash, cart=cart)

    @rule(
        lines=st.lists(st.tuples(WHICH, st.integers(1, 4)), min_size=1, max_size=3),
        guest=st.booleans(),
        near=st.booleans(),
        cash=st.booleans(),
        wrong=st.booleans(),
    )
    def buy(self, lines: list[tuple[int, int]], guest: bool, near: bool, cash: bool, wrong: bool) -> None:
        """One to three lines, of whichever stores, in whichever order; `wrong` agreed to another price and gets nothing."""
        wanted = [(self._pack(which), quantity) for which, quantity in lines]
        seen = Seen(prices={wanted[0][0]: 1}) if wrong and self.number % 5 == 0 else None
        self._place(wanted, guest, near, cash, seen=seen)

    @precondition(lambda self: self.asked)
    @rule(which=WHICH, other=st.booleans())
    def press_again(self, which: int, other: bool) -> None:
        """The same page is sent twice: the same order; with another body: nothing."""
        asked = self._of(self.asked, which)
        body = asked | (
            {"lines": [(self._pack(which), 9)]} if other and asked["lines"] != [(self._pack(which), 9)] else {}
        )
        before = Order.objects.count()
        if body == asked:
            assert place_order(**body).ref
        else:
            with suppress(IdempotencyConflict):
                place_order(**body)
                raise AssertionError("a key took another request")
        assert Order.objects.count() == before

    @rule(which=WHICH, on_hand=st.integers(0, 25))
    def count(self, which: int, on_hand: int) -> None:
        """The farmer counts a pack; what buyers hold stays."""
        pack = self._of(self.world.packs, which)
        pack.refresh_from_db()
        row = Stock.objects.select_related("lot").get(variant=pack)
        with self._other_units(), suppress(StockBelowHeld, LotTooSmall, LotFrozen, HarvestMixed):
            count_stock(
                by=self.world.clerks[pack.product.store.station.code], variant=pack, on_hand=on_hand, lot=row.lot
            )

    # ---- payment

    @precondition(lambda self: self.world.seen["card"])
    @rule(which=WHICH, pays=st.sampled_from((True, True, True, False)))
    def go_to_stripe(self, which: int, pays: bool) -> None:
        """The buyer opens Stripe's page, and most pay there."""
        order = Order.objects.get(pk=self._seen("card", which))
        with suppress(NothingToPay, PaymentPageClosed):
            payment_page(order)
            payment = Payment.objects.get(order_ref=order.ref, state=PaymentState.OPEN)
            if pays:
                self.stripe.pay(self.stripe.sessions[payment.session_id])

    @precondition(lambda self: self.stripe.sessions)
    @rule(which=WHICH)
    def pay_at_last(self, which: int) -> None:
        """A page that was left open is paid now, whatever became of its order; one whose address got lost on the way was never seen."""
        session = self._of(list(self.stripe.sessions.values()), which)
        if Payment.objects.filter(session_id=session.id).exists():
            self.stripe.pay(session)

    @precondition(lambda self: self.stripe.events)
    @rule(which=WHICH, times=st.integers(1, 3))
    def hear(self, which: int, times: int) -> None:
        """A webhook arrives, early, late, again."""
        event = self._of(self.stripe.events, which)
        for _ in range(times):
            keep_event(event.body)
        event.delivered += times

    @precondition(lambda self: self.world.seen["jobs"])
    @rule(which=WHICH, several=st.integers(1, 6), again=st.booleans())
    def work(self, which: int, several: int, again: bool) -> None:
        """The worker does some of its jobs, not in their order, and one of them twice."""
        keys = self.world.seen["jobs"]
        for step in range(several):
            self._do(keys[(which + step) % len(keys)], twice=again and not step)

    @precondition(lambda self: self.stripe.sessions and not self.stripe.faults)
    @rule(lost=st.integers(1, 2))
    def break_the_line(self, lost: int) -> None:
        """Stripe does what it is asked next, and nobody hears of it."""
        self.stripe.faults = lost

    @precondition(lambda self: self.world.seen["cash"])
    @rule(which=WHICH)
    def bring_cash(self, which: int) -> None:
        """A buyer pays at the township's counter."""
        order = Order.objects.get(pk=self._seen("cash", which))
        with suppress(NotWaitingForCash):
            receive_cash(order=order, by=self.world.counter, counter=self.world.scene.qidong.township)

    @precondition(lambda self: self.world.seen["reserved"])
    @rule(which=WHICH, asked=st.booleans())
    def run_out(self, which: int, asked: bool) -> None:
        """A reservation's time is over, and the minute's job ends it, with or without having asked Stripe."""
        late = dt.timedelta(seconds=1) if asked else expiry.LONGEST_WAIT + dt.timedelta(seconds=1)
        Order.objects.filter(pk=self._seen("reserved", which)).update(reserved_until=timezone.now() - late)
        expiry.expire_reservations()

    # ---- the way

    @precondition(lambda self: self.world.seen["planned"])
    @rule(which=WHICH, percent=st.sampled_from((100, 100, 98, 105, 112, 80, 60, 20)), again=st.booleans())
    def bring(self, which: int, percent: int, again: bool) -> None:
        """The farmer brings a part to its point, where it weighs so many percent of what was sold."""
        part = Consignment.objects.select_related("station").get(pk=self._seen("planned", which))
        clerk = self.world.clerks[part.station.code]
        weights = {line.pk: line.unit_weight_g * line.left_units * percent // 100 for line in to_weigh(part)}
        with suppress(NothingToCollect, WeightOutOfBand):
            for _ in range(1 + again):
                collect(consignment=part, by=clerk, weights=weights, nonce=f"c{part.pk}")

    @precondition(lambda self: self.world.seen["planned"])
    @rule(which=WHICH, soon=st.booleans())
    def scan_only(self, which: int, soon: bool) -> None:
        """A parcel is scanned as collected without being weighed; the minute's job takes its stock, sooner or later."""
        part = Consignment.objects.select_related("station", "parcel").get(pk=self._seen("planned", which))
        assert part.parcel is not None
        when = timezone.now()
        append_handover(
            parcel=part.parcel, kind=ScanKind.COLLECT, station=part.station, taker=part.station.code,
            by=self.world.clerks[part.station.code], nonce=f"s{part.pk}", device_time=when, server_time=when,
        )  # fmt: skip
        Parcel.objects.filter(pk=part.parcel.pk).update(state=ParcelState.COLLECTED, collected_at=when)
        if soon:
            take_collected()

    @precondition(lambda self: self.world.seen["collected"])
    @rule(which=WHICH)
    def deliver(self, which: int) -> None:
        """A parcel reaches its buyer."""
        take_collected()
        part = Consignment.objects.select_related("station", "parcel").get(pk=self._seen("collected", which))
        assert part.parcel is not None
        if part.parcel.stop:
            return
        now = timezone.now()
        append_handover(
            parcel=part.parcel, kind=ScanKind.DELIVER, station=part.station, taker=RECIPIENT,
            by=self.world.clerks[part.station.code], nonce=f"d{part.pk}", device_time=now, server_time=now,
        )  # fmt: skip
        Parcel.objects.filter(pk=part.parcel.pk).update(state=ParcelState.DELIVERED, delivered_at=self.now)
        verify_delivered(at=self.now)

    @precondition(lambda self: self.world.seen["questions"])
    @rule(which=WHICH, word=st.sampled_from(WeightAnswer))
    def say_about_weight(self, which: int, word: WeightAnswer) -> None:
        """A buyer answers about goods that are too light."""
        line = OrderLine.objects.select_related("consignment__order").get(pk=self._seen("questions", which))
        with suppress(NothingAsked):
            answer(order=line.consignment.order, line_id=line.pk, word=word, at=self.now)

    @precondition(lambda self: self.world.seen["parts"])
    @rule(which=WHICH)
    def confirm(self, which: int) -> None:
        """A buyer confirms that a part has come."""
        part = Consignment.objects.select_related("order").get(pk=self._seen("parts", which))
        with suppress(NotReceived):
            confirm_receipt(order=part.order, number=part.number, at=self.now)

    @precondition(lambda self: self.world.seen["paid"])
    @rule(hours=st.sampled_from((1, 25, 50, 75, 24 * 8)))
    def wait(self, hours: int) -> None:
        """Time goes by: questions and cases end by themselves, sellers' money becomes available."""
        self.ahead += dt.timedelta(hours=hours)
        end_questions(at=self.now)
        with self._other_units():
            end_silence(at=self.now)
        release_delivered(at=self.now)

    # ---- money goes back

    @precondition(lambda self: self.world.seen["parts"])
    @rule(
        which=WHICH,
        reason=st.sampled_from((CancelReason.BUYER, CancelReason.BUYER, CancelReason.SHORT, CancelReason.FARM)),
    )
    def call_off(self, which: int, reason: CancelReason) -> None:
        """The buyer, or the station, calls a part off."""
        part = Consignment.objects.select_related("order", "station", "parcel__origin").get(
            pk=self._seen("parts", which)
        )
        with self._other_units(), suppress(CannotCancel):
            if reason == CancelReason.BUYER:
                cancel_consignment(order=part.order, number=part.number, by=None, at=self.now)
            else:
                give_up(consignment=part, by=self.world.clerks[part.station.code], reason=reason)

    @precondition(lambda self: self.world.seen["lines"])
    @rule(
        which=WHICH,
        units=st.sampled_from((None, 0, 1, 2)),
        percent=st.sampled_from((None, 0, 1, 33, 100, 101)),
        freight=st.sampled_from((None, 0, 7, 10**6)),
    )
    def give_back(self, which: int, units: int | None, percent: int | None, freight: int | None) -> None:
        """Any portion of a line goes back; more than is left never."""
        line = OrderLine.objects.select_related("consignment__order").get(pk=self._seen("lines", which))
        fen = None if percent is None else line.amount_fen * percent // 100
        portion = Portion(line.pk, units=units, amount_fen=fen, freight_fen=freight)
        with suppress(RefundRefused):
            refund_lines(order=line.consignment.order, portions=[portion], by=None, reason="machine", at=self.now)

    @precondition(lambda self: self.stripe.returned)
    @rule(which=WHICH)
    def bounce(self, which: int) -> None:
        """A bank sends back what had been returned."""
        refund = self._of(list(self.stripe.returned.values()), which)
        if refund.status == "succeeded":
            self.stripe.bounce(refund)

    @precondition(lambda self: self.world.seen["paid"] and not self.stripe.refuses)
    @rule()
    def close_card(self) -> None:
        """The next refund is one that Stripe will never make."""
        self.stripe.refuses = 1

    @precondition(lambda self: self.world.seen["failed"])
    @rule(which=WHICH)
    def send_once_more(self, which: int) -> None:
        """A refund that failed is sent again."""
        with suppress(CannotSendAgain):
            send_again(Refund.objects.get(pk=self._seen("failed", which)))

    @precondition(lambda self: self.world.seen["owed"])
    @rule(which=WHICH)
    def fetch_cash(self, which: int) -> None:
        """A buyer fetches their cash at the counter."""
        order = Order.objects.get(ref=self._seen("owed", which))
        with suppress(NotOwed, TillShort):
            pay_back(order=order, by=self.world.counter, counter=self.world.scene.qidong.township)

    # ---- after-sales

    @precondition(lambda self: self.world.seen["delivered"])
    @rule(
        which=WHICH,
        reason=st.sampled_from(Reason),
        wish=st.sampled_from(Wish),
        units=st.integers(1, 3),
    )
    def complain(self, which: int, reason: Reason, wish: Wish, units: int) -> None:
        """A buyer opens a case about some units of the first line of a part."""
        part = Consignment.objects.select_related("order").get(pk=self._seen("delivered", which))
        line = part.lines.order_by("pk")[0]
        said = Said(Side.BUYER, None, self._nonce(), "两袋受潮", photos=[photograph()])
        wanted = {line.pk: min(units, line.left_units)}
        with suppress(CannotOpen, RefundRefused):
            open_case(
                order=part.order, number=part.number, reason=reason, wish=wish, units=wanted, said=said, at=self.now
            )

    @precondition(lambda self: self.world.seen["cases"])
    @rule(which=WHICH, verb=WHICH, percent=st.sampled_from((0, 1, 50, 100)))
    def go_on(self, which: int, verb: int, percent: int) -> None:
        """Whose turn it is does one of what they may; somebody else's step is refused."""
        related = "consignment__order", "consignment__store__household", "consignment__store__station"
        case = Case.objects.select_related(*related).get(pk=self._seen("cases", which))
        steps = {
            CaseState.OPEN: ("grant", "grant", "offer", "refuse", "withdraw"),
            CaseState.OFFERED: ("accept", "ask_county", "withdraw"),
            CaseState.REFUSED: ("ask_county", "withdraw"),
            CaseState.RETURNING: ("send_back", "send_back", "withdraw"),
            CaseState.SENT_BACK: ("take_back", "take_back", "object_to_return"),
            CaseState.COUNTY: ("decide",),
        }[CaseState(case.state)]
        if verb == 11:
            steps = ("accept", "grant", "decide", "take_back")
        with suppress(CaseMoved, CannotReplace, ReturnUnclear), self._other_units(only=case.state == CaseState.OPEN):
            self._case_step(case, self._of(list(steps), verb), percent)

    def _case_step(self, case: Case, step: str, percent: int) -> None:
        buyer = Said(Side.BUYER, None, self._nonce(), "请处理")
        seller = Said(Side.SELLER, self.world.seller(case.consignment), self._nonce(), "已核对")
        goods, freight = case.goods_fen * percent // 100, case.freight_fen * percent // 100
        match step:
            case "grant":
                grant(case=case, said=seller, at=self.now)
            case "offer":
                offer(
                    case=case,
                    goods_fen=max(goods, 1) if case.goods_fen else 0,
                    freight_fen=freight,
                    said=seller,
                    at=self.now,
                )
            case "refuse":
                refuse(case=case, said=seller, at=self.now)
            case "accept":
                accept(case=case, said=buyer, at=self.now)
            case "ask_county":
                ask_county(case=case, said=buyer, at=self.now)
            case "withdraw":
                withdraw(case=case, said=buyer, at=self.now)
            case "send_back":
                send_back(case=case, way=ReturnWay.CARRIER, number="中国邮政 9876543210", said=buyer, at=self.now)
            case "take_back":
                take_back(case=case, as_new=percent > 10, said=seller, at=self.now)
            case "object_to_return":
                object_to_return(case=case, said=seller, at=self.now)
            case "decide":
                county = Said(Side.COUNTY, self.world.centres[case.consignment.county_code], self._nonce(), "各担一半")
                decide(case=case, goods_fen=goods, freight_fen=freight, said=county, at=self.now)

    # ---- recalls

    @precondition(lambda self: len(self.world.seen["paid"]) > 2 and not self.world.seen["recalls"])
    @rule(chance=st.integers(0, 2))
    def recall(self, chance: int) -> None:
        """The county calls a lot of daylily back, not often."""
        lot = Stock.objects.select_related("lot__product").filter(variant=self.world.scene.daylily)[0].lot
        assert lot is not None
        if chance == 0:
            with suppress(AlreadyRecalled):
                start_recall(
                    by=self.world.official,
                    lot=lot,
                    reason=RecallReason.RESIDUE,
                    words="毒死蜱超标",
                    advice=Advice.DESTROY,
                )

    @precondition(lambda self: self.world.seen["recalls"])
    @rule()
    def false_alarm(self) -> None:
        """The recall ends, and what was not paid back goes on."""
        from catalog.models import Recall

        end_recall(by=self.world.official, recall=Recall.objects.get(pk=self.world.seen["recalls"][0]), why="复检合格")

    # ---- here is the place for payouts (in transit, paid, failed, taken back), coupons and disputes: rules of the same kind, what they
    # ---- act upon as further lists of World.look, and at Stripe what Provider has to keep of them.

    def _place(self, lines: list[tuple[int, int]], guest: bool, near: bool, cash: bool, **more: Any) -> None:
        self.number += 1
        point = self.world.scene.qidong.second_point
        asked: dict[str, Any] = {
            "lines": lines,
            "buyer": None if guest else self.world.buyer,
            "email": "liumin@daylily.example",
            "delivery": to_the_point(point) if near or cash else to_the_door(),
            "pay_by": Provider.COUNTER if cash else Provider.STRIPE,
            "key": f"key-{self.number}",
            "at": timezone.now(),
        }
        with suppress(StockShort, PriceChanged, AmountRefused, NotOnSale):
            place_order(**asked, **more)
            self.asked.append(asked)

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
        if job.task_name in MONEY_JOBS:
            try:
                for _ in range(1 + twice):
                    with transaction.atomic():
                        app.tasks[job.task_name].func(**job.args)
            except (ProviderAway, stripe.APIConnectionError, NotHeld):
                return
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [key])

    def _settle_all(self) -> None:
        """Every webhook arrives, the worker works until nothing is left, and then Stripe and the ledger agree to the fen."""
        self.stripe.faults = 0
        cache.delete(AWAY.format(provider="stripe"))
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
                break
        else:
            raise AssertionError("the jobs never end")
        self.all_agrees()
        assert self.stripe.net_fen == ledger.balance(AccountKind.STRIPE), "Stripe and the ledger differ"
        for session in self.stripe.sessions.values():
            if session.state == "complete":
                self._is_paid_or_back(session.order_ref)
        assert not Refund.objects.filter(state=RefundState.PENDING, payment__provider=Provider.STRIPE).exists()

    def _is_paid_or_back(self, order_ref: str) -> None:
        order = Order.objects.get(ref=order_ref)
        if order.state not in (OrderState.PAID, OrderState.REFUNDED):
            payment = Payment.objects.get(order_ref=order_ref)
            assert Refund.objects.filter(payment=payment).exists(), f"{order.number} took money and gave nothing"

    class _Counted:
        """Steps in which somebody counts: what they change of the units is their word."""

        def __init__(self, machine: "Machine", *, only: bool) -> None:
            self.machine, self.only = machine, only

        def __enter__(self) -> None:
            self.before = books.units()

        def __exit__(self, *_error: object) -> None:
            if self.only:
                self.machine.units += books.units() - self.before

    def _other_units(self, *, only: bool = True) -> "Machine._Counted":
        return Machine._Counted(self, only=only)

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
