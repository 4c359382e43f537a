"""Sellers are paid: runs with their bank file and the bank's answer, cash at the counter, accounts that change meanwhile; and tills are
emptied.
"""

import datetime as dt
from contextlib import suppress

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from payments import ledger
from payments.models import AccountKind
from payments.tills import TillShort
from sellers.bank_files import AnswerRefused, let_out_again, take_file, take_in_answer
from sellers.models import Payout, PayoutRun, PayoutState, PayoutWay
from sellers.paying import NothingAvailable, NoUsableAccount, available_of
from sellers.paying_cash import CannotPayNow, approve_cash, begin_cash, call_off, pay_by_slip
from sellers.payout_runs import RunRefused, approve_run, drop_run, prepare_run
from sellers.payouts import confirm_payout_by_farmer, propose_payout
from stations.cash import CashMoved, SamePerson, Way, count, hand_over, propose, settle, take_back
from stations.models import CashHandover, CashOutcome
from stations.scope import NotAllowed
from tests.machine.sequence import WHICH, Sequence
from tests.machine.world import CARDS, photograph

# The ways that a run and its bank or counter end by themselves.
WAYS = st.sampled_from((PayoutWay.BANK, PayoutWay.COUNTER))
NO_MONEY = (CannotPayNow, NoUsableAccount, NothingAvailable, TillShort)


class PayingOut(Sequence):
    """What the centre, the counter, the farmers and their bank do."""

    # ---- runs

    @precondition(lambda self: len(self.world.seen["open_runs"]) < 2)
    @rule(way=WAYS, luck=st.booleans())
    def prepare(self, way: PayoutWay, luck: bool) -> None:
        """The centre prepares a run for what became available until yesterday; with luck it is approved and sent at once."""
        last = timezone.localdate(self.now) - dt.timedelta(days=1)
        county, centre = self.world.scene.qidong.centre.region, self.world.centres["430426"]
        with suppress(RunRefused):
            run = prepare_run(by=centre, county=county, way=way, first_day=last, last_day=last, at=self.now)
            if luck:
                approve_run(by=self.world.official, run=run, at=self.now)
                if way == PayoutWay.BANK:
                    take_file(by=centre, run=run, at=self.now)

    @precondition(lambda self: self.world.seen["drafts"])
    @rule(which=WHICH, alone=st.sampled_from((False, False, False, True)))
    def approve(self, which: int, alone: bool) -> None:
        """Somebody else says yes; who prepared it may not."""
        run = PayoutRun.objects.get(pk=self._seen("drafts", which))
        by = self.world.centres["430426"] if alone else self.world.official
        with suppress(NotAllowed, RunRefused):
            approve_run(by=by, run=run, at=self.now)

    @precondition(lambda self: self.world.seen["bank_runs"])
    @rule(which=WHICH, lost=st.booleans())
    def take_the_file(self, which: int, lost: bool) -> None:
        """The bank's file is taken, which puts the run in transit; a lost one is let out again by a colleague."""
        run = PayoutRun.objects.get(pk=self._seen("bank_runs", which))
        with suppress(RunRefused):
            take_file(by=self.world.centres["430426"], run=run, at=self.now)
        if lost:
            with suppress(RunRefused, NotAllowed):
                let_out_again(by=self.world.official, run=run, why="文件损坏")

    @precondition(lambda self: self.world.seen["sent"])
    @rule(which=WHICH, fails=st.integers(0, 3), silent=st.integers(0, 3), wrong=st.integers(0, 5), again=st.booleans())
    def bank_answers(self, which: int, fails: int, silent: int, wrong: int, again: bool) -> None:
        """The bank answers for some payouts or all: paid, sent back, or (`wrong`) with a sum that it never got. A file counts once."""
        run = PayoutRun.objects.get(pk=self._seen("sent", which))
        rows = ["附言,金额(元),结果,原因"]
        for position, payout in enumerate(run.payouts.filter(state=PayoutState.IN_TRANSIT).order_by("pk")):
            if silent >> position & 1 and position:
                continue
            fen = payout.amount_fen + (1 if wrong == 5 else 0)
            word = "失败" if fails >> position & 1 else "成功"
            rows.append(f"{payout.number},{fen // 100}.{fen % 100:02d},{word},账户异常")
        data = "\n".join(rows).encode()
        for _ in range(1 + again):
            with suppress(AnswerRefused):
                take_in_answer(by=self.world.centres["430426"], run=run, data=data, name="回盘.csv", at=self.now)

    @precondition(lambda self: self.world.seen["open_runs"])
    @rule(which=WHICH, sure=st.integers(0, 2))
    def give_run_up(self, which: int, sure: int) -> None:
        """A run that was not sent is given up, not often."""
        if not sure:
            with suppress(RunRefused):
                drop_run(
                    by=self.world.official, run=PayoutRun.objects.get(pk=self._seen("open_runs", which)), at=self.now
                )

    # ---- cash

    @rule(which=WHICH, percent=st.sampled_from((100, 100, 30, 101)))
    def fetch_money(self, which: int, percent: int) -> None:
        """A farmer wants cash at the township's counter."""
        household = self._of(self.world.households, which)
        with suppress(*NO_MONEY):
            fen = available_of(household) * percent // 100
            begin_cash(
                by=self.world.counter,
                household=household,
                amount_fen=fen,
                counter=self.world.scene.qidong.township,
                at=self.now,
            )

    @precondition(lambda self: self.world.seen["at_counters"])
    @rule(which=WHICH, second=st.booleans(), again=st.booleans())
    def hand_out(self, which: int, second: bool, again: bool) -> None:
        """The cash is handed out against a slip; with a second person's yes, or without where none is needed."""
        payout = Payout.objects.select_related("household", "account", "run").get(pk=self._seen("at_counters", which))
        if second:
            with suppress(CannotPayNow):
                approve_cash(by=self.world.official, payout=payout, at=self.now)
        for _ in range(1 + again):
            with suppress(*NO_MONEY):
                pay_by_slip(
                    by=self.world.counter, payout=payout, counter=self.world.scene.qidong.township, slip=photograph(), at=self.now
                )  # fmt: skip

    @precondition(lambda self: self.world.seen["at_counters"])
    @rule(which=WHICH)
    def call_cash_off(self, which: int) -> None:
        """Nobody comes for the money, and it goes back."""
        payout = Payout.objects.select_related("household", "account").get(pk=self._seen("at_counters", which))
        by = self.world.counter if payout.run_id is None else self.world.centres["430426"]
        with suppress(CannotPayNow):
            call_off(by=by, payout=payout, at=self.now)

    @rule(which=WHICH, way=WAYS)
    def change_account(self, which: int, way: PayoutWay) -> None:
        """A farmer has their money go elsewhere from in two days on."""
        household = self._of(self.world.households, which)
        card = {"holder": household.name, "bank": "湖南农商银行", "number": self._of(CARDS, which)}
        account = propose_payout(
            by=household.user, household=household, way=way, **(card if way == PayoutWay.BANK else {})
        )
        confirm_payout_by_farmer(by=household.user, account=account, at=self.now)

    # ---- tills

    @rule(to_bank=st.booleans(), percent=st.sampled_from((100, 50, 101)))
    def carry_cash(self, to_bank: bool, percent: int) -> None:
        """The township's cash goes to the centre, the centre's to the bank."""
        stations = self.world.scene.qidong
        giver, by = (
            (stations.centre, self.world.centres["430426"]) if to_bank else (stations.township, self.world.counter)
        )
        fen = ledger.balance(AccountKind.STATION_CASH, giver.code) * percent // 100
        if fen:
            with suppress(TillShort):
                way = Way(giver, None if to_bank else stations.centre)
                hand_over(by=by, way=way, fen=fen, slip="存0426", ref=self._nonce(), at=self.now)

    @precondition(lambda self: self.world.seen["carried"])
    @rule(which=WHICH, off=st.sampled_from((0, 0, 0, -100, 50)))
    def count_cash(self, which: int, off: int) -> None:
        """The receiver counts it, and may find another sum."""
        handover = self._handover("carried", which)
        by = self.world.official if handover.to_station is None else self.world.centres["430426"]
        with suppress(CashMoved):
            count(by=by, handover=handover, fen=max(handover.amount_fen + off, 0), at=self.now)

    @precondition(lambda self: self.world.seen["carried"])
    @rule(which=WHICH)
    def keep_cash(self, which: int) -> None:
        """The giver takes it back before anybody has counted it."""
        handover = self._handover("carried", which)
        giver = handover.from_station
        assert giver is not None
        by = self.world.centres["430426"] if giver == self.world.scene.qidong.centre else self.world.counter
        with suppress(CashMoved):
            take_back(by=by, handover=handover, at=self.now)

    @precondition(lambda self: self.world.seen["differing"])
    @rule(which=WHICH, outcome=st.sampled_from(CashOutcome))
    def settle_difference(self, which: int, outcome: CashOutcome) -> None:
        """One says where a difference goes, and another agrees."""
        handover = self._handover("differing", which)
        with suppress(CashMoved, SamePerson, TillShort):
            propose(by=self.world.official, handover=handover, outcome=outcome, reason="点钞机少计一张")
            settle(by=self.world.second_centre, handover=handover, at=self.now)

    def _handover(self, name: str, which: int) -> CashHandover:
        return CashHandover.objects.select_related("from_station", "to_station").get(pk=self._seen(name, which))
