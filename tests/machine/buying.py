"""Carts, orders with and without a coupon, counting, and payment: by card with all that a line can lose, or in cash."""

import datetime as dt
from contextlib import suppress

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from catalog.models import Stock
from catalog.packing import HarvestMixed, LotFrozen, LotTooSmall, StockBelowHeld, count_stock
from delivery.custody import RECIPIENT, append_handover
from delivery.models import Parcel, ParcelState, ScanKind
from orders import expiry
from orders.cart import CartRefused, add_to_cart, change_quantity, merge_carts, remove_from_cart
from orders.checkout import Seen, place_order
from orders.collection import collect, to_weigh
from orders.counter import NotWaitingForCash, receive_cash
from orders.models import Consignment, Order
from orders.paying import NothingToPay, PaymentPageClosed, payment_page
from orders.verification import verify_delivered
from payments.idempotency import IdempotencyConflict
from payments.models import Payment, PaymentState, Provider
from shop.webhooks import keep_event
from tests.machine.sequence import WHICH, Sequence
from tests.machine.world import COUPON

# The platform's, with a budget for three orders and two of them a buyer; most buyers have none.
COUPONS = st.sampled_from(("", "", COUPON))


class Buying(Sequence):
    """What buyers do until an order is paid, and the worker behind them."""

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

    @rule(guest=st.booleans(), near=st.booleans(), cash=st.booleans(), coupon=COUPONS)
    def check_out(self, guest: bool, near: bool, cash: bool, coupon: str) -> None:
        """What a cart holds is ordered, as far as it may be, and leaves it."""
        cart = self._cart(guest)
        lines = list(cart.lines.values_list("variant_id", "quantity"))
        if lines:
            self._place(lines, guest, near, cash, cart=cart, coupon=coupon)

    @rule(
        lines=st.lists(st.tuples(WHICH, st.integers(1, 4)), min_size=1, max_size=3),
        guest=st.booleans(),
        near=st.booleans(),
        cash=st.booleans(),
        wrong=st.booleans(),
        coupon=COUPONS,
        luck=st.sampled_from(("", "", "paid", "come")),
    )
    def buy(
        self,
        lines: list[tuple[int, int]],
        guest: bool,
        near: bool,
        cash: bool,
        wrong: bool,
        coupon: str,
        luck: str,
    ) -> None:
        """One to three lines, of whichever stores, in whichever order; `wrong` agreed to another price and gets nothing. A coupon may be
        used up, had before, or not for guests. With luck an order is paid at once, and comes.
        """
        wanted = [(self._pack(which), quantity) for which, quantity in lines]
        seen = Seen(prices={wanted[0][0]: 1}) if wrong and self.number % 5 == 0 else None
        order = self._place(wanted, guest, near, cash, seen=seen, coupon=coupon)
        if order is not None and luck:
            self._pay_at_once(order)
            if luck == "come":
                self._bring_at_once(order)

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

    def _pay_at_once(self, order: Order) -> None:
        """Paid, heard of, and settled, as it goes on a good day."""
        if order.pay_by == Provider.COUNTER:
            receive_cash(order=order, by=self.world.counter, counter=self.world.scene.qidong.township)
        else:
            try:
                payment_page(order)
            except PaymentPageClosed:  # the line is broken: they come back another time
                return
            session = self.stripe.sessions[Payment.objects.get(order_ref=order.ref).session_id]
            self.stripe.pay(session)
            keep_event(self.stripe.events[-1].body)
            self.stripe.events[-1].delivered += 1
            self._work_off("orders.settle_session", session_id=session.id)
        self._work_off("orders.plan_parcels", order_id=order.pk)

    def _bring_at_once(self, order: Order) -> None:
        """What is to be sent is brought with the weight that was sold, and delivered."""
        parts = Consignment.objects.filter(order=order, parcel__state=ParcelState.PLANNED)
        for part in parts.select_related("station", "parcel__origin"):
            assert part.parcel is not None
            by, now = self.world.clerks[part.station.code], self.now
            weights = {line.pk: line.unit_weight_g * line.left_units for line in to_weigh(part)}
            collect(consignment=part, by=by, weights=weights, nonce=f"c{part.pk}")
            append_handover(
                parcel=part.parcel, kind=ScanKind.DELIVER, station=part.station, taker=RECIPIENT, by=by,
                nonce=f"d{part.pk}", device_time=now, server_time=now,
            )  # fmt: skip
            Parcel.objects.filter(pk=part.parcel.pk).update(state=ParcelState.DELIVERED, delivered_at=now)
        verify_delivered(at=self.now)
