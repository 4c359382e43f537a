"""Money goes back: cancelled, refunded in parts, bounced by a bank, disputed, in after-sales cases, after a recall."""

from contextlib import suppress

import stripe
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from aftersales.answering import grant, object_to_return, offer, refuse, take_back
from aftersales.deciding import decide
from aftersales.models import Case, CaseState, Reason, ReturnWay, Side, Wish
from aftersales.opening import CannotOpen, open_case
from aftersales.replying import ReturnUnclear, accept, ask_county, send_back, withdraw
from aftersales.states import CaseMoved
from aftersales.talking import Said
from catalog.models import Advice, RecallReason, Stock
from catalog.recalls import AlreadyRecalled
from orders.cancelling import CannotCancel, cancel_consignment, give_up
from orders.models import CancelReason, Consignment, Order, OrderLine
from orders.paying_back import pay_back
from orders.portions import Portion, RefundRefused
from orders.recalling import end_recall, start_recall
from orders.reconciling import reconcile
from orders.refunding import refund_lines
from orders.replacing import CannotReplace
from payments.models import Refund
from payments.providers import ProviderAway
from payments.resending import CannotSendAgain, NotOwed, send_again
from payments.tills import TillShort
from tests.machine.sequence import WHICH, Sequence
from tests.machine.world import photograph


class GivingBack(Sequence):
    """What buyers, sellers, the county and banks take back."""

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

    # ---- disputes

    @precondition(lambda self: self.stripe.disputable)
    @rule(which=WHICH, percent=st.sampled_from((100, 100, 40)))
    def dispute(self, which: int, percent: int) -> None:
        """A buyer's bank takes a payment back, all that is left of it or some."""
        self.stripe.dispute(self._of(self.stripe.disputable, which), percent)

    @precondition(lambda self: self.stripe.undecided)
    @rule(which=WHICH, won=st.booleans())
    def bank_decides(self, which: int, won: bool) -> None:
        """And says who has it."""
        self.stripe.decide(self._of(self.stripe.undecided, which), "won" if won else "lost")

    @precondition(lambda self: self.stripe.moved)
    @rule()
    def compare(self) -> None:
        """The hourly comparison with Stripe; it may break off where the line does."""
        with self.clock(), suppress(ProviderAway, stripe.APIConnectionError):
            reconcile()
