"""Payout runs: what is in one and what is left out, two people, the bank's file and its answer, debts written off."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from payments import ledger
from payments.models import AccountKind, Mismatch, MismatchKind, Transfer, TransferKind
from pictures.intake import clean_file
from sellers import bank_files, paying_cash, payout_runs, writing_off
from sellers.bank_files import AnswerRefused
from sellers.models import (
    BankAnswer,
    DebtState,
    DebtWriteOff,
    Household,
    Payout,
    PayoutRun,
    PayoutState,
    PayoutWay,
    Reveal,
    RunState,
)
from sellers.paying import OwnHousehold, available_of
from sellers.paying_cash import CannotPayNow, pay_by_slip
from sellers.payout_runs import RunRefused
from sellers.payouts import end_waiting
from sellers.telling import tell_of_money
from sellers.writing_off import NothingToWriteOff
from stations.models import Role
from stations.scope import NotAllowed
from tests import cast
from tests.sellers.money import CARD, earn, fill_till, in_transit, pays_to
from tests.sellers.test_paying_cash import code_on, photograph

pytestmark = pytest.mark.django_db
Families = dict[str, Household]


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    monkeypatch.setattr(tell_of_money, "defer", lambda payout_id, state, number: found.append((payout_id, state)))
    return found


@pytest.fixture
def county() -> cast.Stations:
    return cast.Stations()


@pytest.fixture
def centre(county: cast.Stations) -> User:
    return cast.make_clerk(county.centre, "邹丽")


@pytest.fixture
def official(county: cast.Stations) -> User:
    return cast.make_official()


@pytest.fixture
def families(county: cast.Stations) -> Families:
    """Li, Wang and Zhou with cards, Tan in cash, Peng below zero, Xiao without an account."""
    found = {}
    earned = {"李秀英": 38_000, "王建国": 120_050, "周桂花": 5_500, "谭冬梅": 9_900, "彭小玲": -2_600, "肖建军": 7_700}
    for name, fen in earned.items():
        found[name] = cast.make_household(county.point, name)
        earn(found[name], fen)
        if name != "肖建军":
            pays_to(found[name], PayoutWay.COUNTER if name == "谭冬梅" else PayoutWay.BANK)
    return found


def last_month() -> tuple[dt.date, dt.date]:
    last = timezone.localdate().replace(day=1) - dt.timedelta(days=1)
    return last.replace(day=1), last


def prepared(centre: User, county: cast.Stations, way: PayoutWay = PayoutWay.BANK) -> PayoutRun:
    first, last = last_month()
    return payout_runs.prepare_run(by=centre, county=county.centre.region, way=way, first_day=first, last_day=last)


def sent(centre: User, official: User, county: cast.Stations) -> PayoutRun:
    run = payout_runs.approve_run(by=official, run=prepared(centre, county))
    bank_files.take_file(by=centre, run=run)
    return run


def payout_of(run: PayoutRun, family: Household) -> Payout:
    return run.payouts.get(household=family)


def answered(run: PayoutRun, results: dict[str, tuple[str, str]] | None = None, **changed: str) -> bytes:
    """The bank's answer for every payout of the run, all paid unless told otherwise by the family's name."""
    lines = ["附言,金额(元),结果,原因"]
    for payout in run.payouts.filter(state=PayoutState.IN_TRANSIT).select_related("household").order_by("number"):
        result, reason = (results or {}).get(payout.household.name, ("成功", ""))
        fen = payout.amount_fen
        lines.append(f"{payout.number},{changed.get('amount', f'{fen / 100:.2f}')},{result},{reason}")
    return "\n".join(lines).encode("gb18030")


class TestPreparing:
    """What a run holds."""

    def test_it_pays_what_is_available_to_cards_and_lists_the_rest(
        self, centre: User, county: cast.Stations, families: Families
    ) -> None:
        run = prepared(centre, county)
        assert {payout.household.name: payout.amount_fen for payout in run.payouts.all()} == {
            "李秀英": 38_000,
            "王建国": 120_050,
            "周桂花": 5_500,
        }
        assert available_of(families["李秀英"]) == 38_000, "nothing has moved yet"
        look = payout_runs.preview_run(by=centre, county_code="430426", way=PayoutWay.BANK, last_day=last_month()[1])
        assert [(due.household.name, due.fen) for due in look.below_zero] == [("彭小玲", -2_600)]
        assert [(due.household.name, due.fen) for due in look.nowhere] == [("肖建军", 7_700)]
        assert len(look.under_way) == 3

    def test_what_came_after_the_period_waits_for_the_next(
        self, centre: User, county: cast.Stations, families: Families
    ) -> None:
        earn(families["李秀英"], 10_000, at=timezone.now())
        assert payout_of(prepared(centre, county), families["李秀英"]).amount_fen == 38_000

    def test_what_went_back_after_the_period_is_not_paid(
        self, centre: User, county: cast.Stations, families: Families
    ) -> None:
        earn(families["李秀英"], -30_000, at=timezone.now())
        assert payout_of(prepared(centre, county), families["李秀英"]).amount_fen == 8_000

    def test_whoever_prepares_it_is_not_in_it(self, centre: User, county: cast.Stations, families: Families) -> None:
        Household.objects.filter(pk=families["李秀英"].pk).update(user=centre)
        assert not prepared(centre, county).payouts.filter(household=families["李秀英"]).exists()

    def test_a_period_that_is_not_over_is_refused(
        self, centre: User, county: cast.Stations, families: Families
    ) -> None:
        today = timezone.localdate()
        with pytest.raises(RunRefused):
            payout_runs.prepare_run(
                by=centre, county=county.centre.region, way=PayoutWay.BANK, first_day=today, last_day=today
            )

    def test_nothing_to_pay_makes_no_run(self, centre: User, county: cast.Stations) -> None:
        with pytest.raises(RunRefused):
            prepared(centre, county)
        assert not PayoutRun.objects.exists()

    def test_one_run_of_a_way_at_a_time(self, centre: User, county: cast.Stations, families: Families) -> None:
        prepared(centre, county)
        with pytest.raises(RunRefused):
            prepared(centre, county)
        assert PayoutRun.objects.count() == 1

    def test_only_the_centre_prepares(self, county: cast.Stations, families: Families, official: User) -> None:
        for other in (official, cast.make_clerk(county.township), cast.make_clerk(cast.Stations(cast.SANGZHI).centre)):
            with pytest.raises(NotAllowed):
                prepared(other, county)

    def test_periods_are_over_and_the_newest_first(self) -> None:
        assert payout_runs.periods(dt.date(2026, 11, 22))[:4] == [
            (dt.date(2026, 11, 1), dt.date(2026, 11, 15)),
            (dt.date(2026, 10, 1), dt.date(2026, 10, 31)),
            (dt.date(2026, 10, 16), dt.date(2026, 10, 31)),
            (dt.date(2026, 10, 1), dt.date(2026, 10, 15)),
        ]


class TestTwoPeople:
    """Who prepared it does not approve it, and nobody approves their own."""

    def test_a_second_person_approves(self, centre: User, county: cast.Stations, families: Families) -> None:
        run = prepared(centre, county)
        with pytest.raises(NotAllowed):
            payout_runs.approve_run(by=centre, run=run)
        colleague = cast.make_clerk(county.centre, "肖丽华")
        approved = payout_runs.approve_run(by=colleague, run=run)
        assert (approved.state, approved.approved_by) == (RunState.APPROVED, colleague)
        assert not run.payouts.exclude(approved_by=colleague).exists()
        with pytest.raises(RunRefused):
            payout_runs.approve_run(by=cast.make_official(), run=run)

    def test_nobody_approves_a_run_with_their_own_family(
        self, centre: User, official: User, county: cast.Stations, families: Families
    ) -> None:
        run = prepared(centre, county)
        Household.objects.filter(pk=families["王建国"].pk).update(user=official)
        with pytest.raises(OwnHousehold):
            payout_runs.approve_run(by=official, run=run)

    def test_the_village_and_the_township_do_not_approve(
        self, centre: User, county: cast.Stations, families: Families
    ) -> None:
        run = prepared(centre, county)
        for other in (
            cast.make_clerk(county.point),
            cast.make_clerk(county.township),
            cast.make_official(cast.SANGZHI),
        ):
            with pytest.raises(NotAllowed):
                payout_runs.approve_run(by=other, run=run)

    def test_the_database_wants_two_people(self, centre: User, county: cast.Stations, families: Families) -> None:
        run = prepared(centre, county)
        for change in ({"state": RunState.APPROVED}, {"approved_by": centre}):
            with pytest.raises(IntegrityError), transaction.atomic():
                PayoutRun.objects.filter(pk=run.pk).update(**change)
        with pytest.raises(IntegrityError, match="payout_has_its_second_person"), transaction.atomic():
            run.payouts.update(state=PayoutState.IN_TRANSIT, sent_at=timezone.now())

    def test_without_approval_there_is_no_file(self, centre: User, county: cast.Stations, families: Families) -> None:
        with pytest.raises(RunRefused):
            bank_files.take_file(by=centre, run=prepared(centre, county))
        assert not Reveal.objects.exists()


class TestTheFile:
    """Given out once, on record; from then on the money is on its way."""

    def test_it_holds_what_the_bank_needs(
        self, centre: User, official: User, county: cast.Stations, families: Families
    ) -> None:
        Household.objects.filter(pk=families["周桂花"].pk).update(name="=1+1")
        families["周桂花"].payout_accounts.update(holder="=1+1")
        run = payout_runs.approve_run(by=official, run=prepared(centre, county))
        text = bank_files.take_file(by=centre, run=run).decode("utf-8-sig")
        lines = text.splitlines()
        assert lines[0] == "序号,收款人姓名,收款银行,收款账号,金额(元),附言"
        assert len(lines) == 4
        number = payout_of(run, families["王建国"]).number
        assert f"王建国,中国农业银行,{CARD},1200.50,{number}" in text
        assert "'=1+1" in text, "a name is no formula"
        assert (run.state, run.file_by) == (RunState.SENT, centre)
        assert sorted(Reveal.objects.values_list("household__name", "purpose", "note", "by_id")) == sorted(
            (payout.household.name, "pay", run.number, centre.pk) for payout in run.payouts.select_related("household")
        )
        payout = payout_of(run, families["王建国"])
        assert (available_of(families["王建国"]), in_transit(payout.ref)) == (0, 120_050)

    def test_it_is_given_out_once_and_again_only_by_somebody_else(
        self, centre: User, official: User, county: cast.Stations, families: Families
    ) -> None:
        run = sent(centre, official, county)
        with pytest.raises(RunRefused):
            bank_files.take_file(by=centre, run=run)
        with pytest.raises(NotAllowed):
            bank_files.let_out_again(by=centre, run=run, why="电脑坏了")
        with pytest.raises(RunRefused):
            bank_files.let_out_again(by=official, run=run, why=" ")
        bank_files.let_out_again(by=official, run=run, why="电脑坏了")
        assert CARD in bank_files.take_file(by=centre, run=run).decode()
        assert ledger.balance(AccountKind.SELLER_AVAILABLE, families["李秀英"].account) == 0, "sent once"

    def test_a_changed_account_is_left_out(
        self, centre: User, official: User, county: cast.Stations, families: Families, told: list[tuple[int, str]]
    ) -> None:
        run = payout_runs.approve_run(by=official, run=prepared(centre, county))
        pays_to(families["李秀英"], PayoutWay.BANK, usable_from=timezone.now(), number_tail="1111")
        text = bank_files.take_file(by=centre, run=run).decode()
        left = payout_of(run, families["李秀英"])
        assert (left.state, available_of(families["李秀英"])) == (PayoutState.CANCELLED, 38_000)
        assert left.number not in text
        assert left.why

    def test_a_change_that_still_waits_does_not_count(
        self, centre: User, official: User, county: cast.Stations, families: Families
    ) -> None:
        pays_to(
            families["李秀英"], PayoutWay.BANK, confirmed_at=timezone.now(),
            usable_from=timezone.now() + dt.timedelta(hours=47), number_tail="1111",
        )  # fmt: skip
        run = sent(centre, official, county)
        assert payout_of(run, families["李秀英"]).account.number_tail == CARD[-4:]

    def test_what_is_gone_meanwhile_is_left_out(
        self, centre: User, official: User, county: cast.Stations, families: Families
    ) -> None:
        run = payout_runs.approve_run(by=official, run=prepared(centre, county))
        earn(families["王建国"], -1)
        bank_files.take_file(by=centre, run=run)
        assert payout_of(run, families["王建国"]).state == PayoutState.CANCELLED
        assert available_of(families["王建国"]) == 120_049

    def test_given_up_before_it_is_sent(
        self, centre: User, official: User, county: cast.Stations, families: Families
    ) -> None:
        run = payout_runs.approve_run(by=official, run=prepared(centre, county))
        payout_runs.drop_run(by=centre, run=run)
        with pytest.raises(RunRefused):
            bank_files.take_file(by=centre, run=run)
        assert set(run.payouts.values_list("state", flat=True)) == {PayoutState.CANCELLED}
        assert prepared(centre, county).payouts.count() == 3


class TestTheAnswer:
    """Whole or not at all, each payout once."""

    @pytest.fixture
    def run(self, centre: User, official: User, county: cast.Stations, families: Families) -> PayoutRun:
        return sent(centre, official, county)

    @pytest.fixture
    def take_in(self, centre: User, run: PayoutRun) -> Callable[[bytes], BankAnswer]:
        return lambda data: bank_files.take_in_answer(by=centre, run=run, data=data, name="huidan.csv")

    def nothing_moved(self, run: PayoutRun) -> bool:
        return not run.payouts.exclude(state=PayoutState.IN_TRANSIT).exists() and not run.answers.exists()

    def test_paid_and_failed(
        self, run: PayoutRun, families: Families, take_in: Callable[[bytes], BankAnswer], told: list[tuple[int, str]]
    ) -> None:
        take_in(answered(run, {"周桂花": ("失败", "户名不符")}))
        run.refresh_from_db()
        back = payout_of(run, families["周桂花"])
        assert (run.state, back.state, back.why) == (RunState.CLOSED, PayoutState.FAILED, "户名不符")
        assert {name: available_of(family) for name, family in families.items() if name in ("李秀英", "周桂花")} == {
            "李秀英": 0,
            "周桂花": 5_500,
        }
        assert ledger.balance(AccountKind.BANK) == -158_050
        assert sorted(state for _pk, state in told) == ["failed", "paid", "paid"]

    def test_what_the_bank_has_not_answered_stays_in_transit(
        self, run: PayoutRun, families: Families, take_in: Callable[[bytes], BankAnswer]
    ) -> None:
        whole = answered(run).decode("gb18030").splitlines()
        take_in("\n".join(whole[:2]).encode())
        assert run.payouts.filter(state=PayoutState.IN_TRANSIT).count() == 2
        run.refresh_from_db()
        assert run.state == RunState.SENT
        take_in("\n".join([whole[0], *whole[2:]]).encode())
        run.refresh_from_db()
        assert run.state == RunState.CLOSED

    def test_the_same_file_twice(self, run: PayoutRun, take_in: Callable[[bytes], BankAnswer]) -> None:
        data = answered(run)
        take_in(data)
        with pytest.raises(AnswerRefused, match=run.number):
            take_in(data)
        assert BankAnswer.objects.count() == 1
        assert ledger.balance(AccountKind.BANK) == -163_550

    def test_another_file_with_the_same_rows(self, run: PayoutRun, take_in: Callable[[bytes], BankAnswer]) -> None:
        data = answered(run).decode("gb18030")
        first = "\n".join(data.splitlines()[:2])
        take_in(first.encode())
        with pytest.raises(AnswerRefused) as refused:
            take_in(data.encode())
        assert [fault.row for fault in refused.value.faults] == [2]
        assert run.payouts.filter(state=PayoutState.IN_TRANSIT).count() == 2

    def test_another_periods_rows_name_their_run(
        self, run: PayoutRun, centre: User, official: User, county: cast.Stations, families: Families,
        take_in: Callable[[bytes], BankAnswer],
    ) -> None:  # fmt: skip
        old = answered(run)
        take_in(old)
        earn(families["李秀英"], 4_400)
        new = sent(centre, official, county)
        with pytest.raises(AnswerRefused) as refused:
            bank_files.take_in_answer(by=centre, run=new, data=old + b"\n", name="huidan.csv")
        assert all(run.number in fault.message for fault in refused.value.faults)
        assert len(refused.value.faults) == 3
        assert self.nothing_moved(new)

    @pytest.mark.parametrize(
        ("change", "rows"),
        [
            (lambda text: text.replace("380.00", "380.01"), 1),
            (lambda text: text.replace("380.00", "-380.00"), 1),
            (lambda text: text.replace("380.00", "3.8e2"), 1),
            (lambda text: text.replace("成功", "处理中"), 3),
            (lambda text: text + "\nP260101-AAAAAA,1.00,成功,", 1),
            (lambda text: text + "\n" + text.splitlines()[1], 1),
        ],
        ids=["a fen more", "below zero", "no sum", "no result", "unknown number", "a row twice"],
    )
    def test_one_row_that_does_not_fit_books_none(
        self, run: PayoutRun, take_in: Callable[[bytes], BankAnswer], change: Callable[[str], str], rows: int
    ) -> None:
        with pytest.raises(AnswerRefused) as refused:
            take_in(change(answered(run).decode("gb18030")).encode())
        assert len(refused.value.faults) == rows
        assert self.nothing_moved(run)

    @pytest.mark.parametrize("data", [b"", b"\x00\x01", "附言\n".encode(), "电话,姓名\n1,2".encode()])
    def test_what_is_no_answer(self, run: PayoutRun, take_in: Callable[[bytes], BankAnswer], data: bytes) -> None:
        with pytest.raises(AnswerRefused):
            take_in(data)
        assert self.nothing_moved(run)

    def test_only_the_centre_takes_it_in(self, run: PayoutRun, official: User) -> None:
        with pytest.raises(NotAllowed):
            bank_files.take_in_answer(by=official, run=run, data=answered(run), name="a.csv")

    def test_on_the_page_each_row_has_its_message(self, run: PayoutRun, centre: User) -> None:
        client = cast.signed_in_client(centre)
        data = answered(run, amount="1.00").decode("gb18030").encode()
        page = reverse("desk_run_answer", args=[run.number])
        answer = client.post(page, {"file": SimpleUploadedFile("huidan.csv", data)})
        assert answer.status_code == 422
        assert "1,200.50" in answer.content.decode()
        assert client.post(page, {"file": SimpleUploadedFile("h.csv", answered(run))}).status_code == 302
        run.refresh_from_db()
        assert run.state == RunState.CLOSED


class TestARunInCash:
    """Approved by two, it waits at the counters; who does not come keeps the money."""

    @pytest.fixture
    def run(self, centre: User, official: User, county: cast.Stations, families: Families) -> PayoutRun:
        earn(families["谭冬梅"], 300_000)
        return payout_runs.approve_run(by=official, run=prepared(centre, county, PayoutWay.COUNTER))

    def test_it_is_in_transit_and_told(self, run: PayoutRun, families: Families, told: list[tuple[int, str]]) -> None:
        payout = run.payouts.get()
        assert (run.state, payout.state, in_transit(payout.ref)) == (RunState.SENT, PayoutState.IN_TRANSIT, 309_900)
        assert told == [(payout.pk, "in_transit")]
        assert not paying_cash.needs_second_person(payout), "two people have approved the run"

    def test_not_fetched_it_goes_back(
        self, run: PayoutRun, centre: User, county: cast.Stations, families: Families
    ) -> None:
        payout = run.payouts.get()
        with pytest.raises(NotAllowed):
            paying_cash.call_off(by=cast.make_clerk(county.point), payout=payout)
        paying_cash.call_off(by=centre, payout=payout, reason="三次通知未来领取")
        run.refresh_from_db()
        assert (payout.state, run.state, in_transit(payout.ref)) == (PayoutState.FAILED, RunState.CLOSED, 0)
        assert available_of(families["谭冬梅"]) == 309_900

    def test_an_account_that_changed_on_the_way_brings_it_back(
        self, run: PayoutRun, county: cast.Stations, families: Families
    ) -> None:
        payout, clerk = run.payouts.get(), cast.make_clerk(county.point)
        fill_till(county.point, 500_000)
        paying_cash.text_cash_code(by=clerk, payout=payout)
        pays_to(families["谭冬梅"], PayoutWay.BANK, usable_from=timezone.now())
        with pytest.raises(paying_cash.CannotPayNow):
            paying_cash.pay_by_code(
                by=clerk, payout=payout, counter=county.point, code=code_on(families["谭冬梅"].phone)
            )
        payout.refresh_from_db()
        run.refresh_from_db()
        assert (payout.state, run.state) == (PayoutState.FAILED, RunState.CLOSED)
        assert available_of(families["谭冬梅"]) == 309_900

    def test_it_has_no_file(self, run: PayoutRun, centre: User) -> None:
        with pytest.raises(RunRefused):
            bank_files.take_file(by=centre, run=run)


class TestWritingOff:
    """Two people, the second from the level above, with a reason."""

    @pytest.fixture
    def prefecture(self) -> User:
        return cast.make_official("430400000000", Role.PREFECTURE_OFFICIAL, "何卫东")

    def test_the_level_above_confirms_and_it_is_booked(
        self, centre: User, prefecture: User, families: Families
    ) -> None:
        debt = writing_off.propose_write_off(by=centre, household=families["彭小玲"], reason="举家外迁，店铺已关")
        assert (debt.amount_fen, available_of(families["彭小玲"])) == (2_600, -2_600)
        writing_off.confirm_write_off(by=prefecture, debt=debt)
        assert (debt.state, available_of(families["彭小玲"])) == (DebtState.CONFIRMED, 0)
        assert ledger.balance(AccountKind.WRITE_OFF) == 2_600
        with pytest.raises(NothingToWriteOff):
            writing_off.confirm_write_off(by=prefecture, debt=debt)

    def test_the_county_does_not_confirm(self, centre: User, official: User, families: Families) -> None:
        debt = writing_off.propose_write_off(by=centre, household=families["彭小玲"], reason="举家外迁")
        for other in (centre, official):
            with pytest.raises(NotAllowed):
                writing_off.confirm_write_off(by=other, debt=debt)
        with pytest.raises(IntegrityError), transaction.atomic():
            DebtWriteOff.objects.update(state=DebtState.CONFIRMED, decided_by=centre)

    def test_an_operator_does_not_confirm_what_they_proposed(self, families: Families) -> None:
        operator = cast.make_operator()
        debt = writing_off.propose_write_off(by=operator, household=families["彭小玲"], reason="举家外迁")
        with pytest.raises(NotAllowed):
            writing_off.confirm_write_off(by=operator, debt=debt)

    def test_without_a_reason_or_a_debt_there_is_nothing(self, centre: User, families: Families) -> None:
        with pytest.raises(NothingToWriteOff):
            writing_off.propose_write_off(by=centre, household=families["彭小玲"], reason=" ")
        with pytest.raises(NothingToWriteOff):
            writing_off.propose_write_off(by=centre, household=families["李秀英"], reason="举家外迁")

    def test_what_sales_on_the_way_settle_is_no_loss(
        self, centre: User, county: cast.Stations, families: Families
    ) -> None:
        peng = families["彭小玲"]
        ledger.post(
            kind=TransferKind.SALE, key="sold", parts=[
                ledger.Part(AccountKind.STRIPE, "", 2_600), ledger.Part(AccountKind.SELLER_PENDING, peng.account, -2_600),
            ],
        )  # fmt: skip
        assert writing_off.debt_of(peng) == 0
        with pytest.raises(NothingToWriteOff):
            writing_off.propose_write_off(by=centre, household=peng, reason="举家外迁")

    def test_a_debt_that_shrank_is_proposed_anew(self, centre: User, prefecture: User, families: Families) -> None:
        debt = writing_off.propose_write_off(by=centre, household=families["彭小玲"], reason="举家外迁")
        earn(families["彭小玲"], 100)
        with pytest.raises(NothingToWriteOff):
            writing_off.confirm_write_off(by=prefecture, debt=debt)
        writing_off.decline_write_off(by=prefecture, debt=debt)
        assert available_of(families["彭小玲"]) == -2_500
        assert not ledger.balance(AccountKind.WRITE_OFF)

    def test_the_pages(self, centre: User, prefecture: User, families: Families) -> None:
        desk, above = cast.signed_in_client(centre), cast.signed_in_client(prefecture)
        assert "彭小玲" in desk.get(reverse("desk_debts")).content.decode()
        page = reverse("desk_debt_new", args=[families["彭小玲"].pk])
        assert desk.post(page, {"reason": ""}).status_code == 422
        assert desk.post(page, {"reason": "举家外迁"}).status_code == 302
        debt = DebtWriteOff.objects.get()
        decide = reverse("desk_debt_decide", args=[debt.pk])
        assert desk.post(decide, {"action": "confirm"}).status_code == 403
        assert above.post(decide, {"action": "confirm"}).status_code == 302
        debt.refresh_from_db()
        assert debt.state == DebtState.CONFIRMED


def test_the_pages_of_a_run(centre: User, official: User, county: cast.Stations, families: Families) -> None:
    desk, second = cast.signed_in_client(centre), cast.signed_in_client(official)
    first, last = last_month()
    asked = {"way": "bank", "period": f"{first}_{last}"}
    look = desk.post(reverse("desk_runs"), {**asked, "action": "look"}).content.decode()
    assert all(name in look for name in ("李秀英", "彭小玲", "肖建军"))
    assert not PayoutRun.objects.exists()
    assert second.post(reverse("desk_runs"), {**asked, "action": "prepare"}).status_code == 403
    assert desk.post(reverse("desk_runs"), {**asked, "period": "2020-01-01_2020-01-31"}).status_code == 422
    desk.post(reverse("desk_runs"), {**asked, "action": "prepare"})
    run = PayoutRun.objects.get()
    assert desk.post(reverse("desk_run_approve", args=[run.number])).status_code == 403
    second.post(reverse("desk_run_approve", args=[run.number]))
    assert second.post(reverse("desk_run_file", args=[run.number])).status_code == 403
    file = desk.post(reverse("desk_run_file", args=[run.number]))
    assert file.headers["Content-Type"].startswith("text/csv")
    assert "no-store" in file.headers["Cache-Control"]
    assert desk.post(reverse("desk_run_file", args=[run.number])).status_code == 302, "once"
    page = second.get(reverse("desk_run", args=[run.number])).content.decode()
    assert CARD not in page
    second.post(reverse("desk_run_again", args=[run.number]), {"reason": "电脑坏了"})
    assert CARD in desk.post(reverse("desk_run_file", args=[run.number])).content.decode()
    other = cast.signed_in_client(cast.make_clerk(cast.Stations(cast.SANGZHI).centre))
    assert other.get(reverse("desk_run", args=[run.number])).status_code == 404


def test_an_account_in_use_is_not_ended_by_stopping(county: cast.Stations) -> None:
    family = cast.make_household(county.point, "王建国")
    assert not end_waiting(pays_to(family))


def test_the_operator_reads_and_changes_nothing(centre: User, county: cast.Stations, families: Families) -> None:
    run = prepared(centre, county)
    client = cast.signed_in_client(cast.make_operator())
    for part, key in (("payoutrun", run.pk), ("payout", run.payouts.order_by("pk")[0].pk)):
        assert client.get(f"/admin/sellers/{part}/").status_code == 200
        page = client.get(f"/admin/sellers/{part}/{key}/change/").content.decode()
        assert CARD not in page and 'name="amount_fen"' not in page
        assert client.post(f"/admin/sellers/{part}/{key}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/sellers/debtwriteoff/").status_code == 200


def test_the_last_payout_of_a_run_closes_it(
    centre: User, official: User, county: cast.Stations, families: Families
) -> None:
    tan, clerk = families["谭冬梅"], cast.make_clerk(county.point)
    earn(tan, 100)
    run = payout_runs.approve_run(by=official, run=prepared(centre, county, PayoutWay.COUNTER))
    fill_till(county.point, 50_000)
    payout = run.payouts.get()
    paying_cash.text_cash_code(by=clerk, payout=payout)
    paid = paying_cash.pay_by_code(by=clerk, payout=payout, counter=county.point, code=code_on(tan.phone))
    run.refresh_from_db()
    assert (paid.state, paid.amount_fen, run.state) == (PayoutState.PAID, 10_000, RunState.CLOSED)


class TestBooksThatDiffer:
    """Nobody is paid while Stripe's books and ours differ; once it is settled, everything goes on."""

    @pytest.fixture
    def differ(self) -> Mismatch:
        return Mismatch.objects.create(kind=MismatchKind.BALANCE, stripe_fen=100, ledger_fen=0)

    def settled(self, differ: Mismatch) -> None:
        Mismatch.objects.filter(pk=differ.pk).update(ended_at=timezone.now())

    def test_no_run_is_sent_and_no_file_taken(
        self, centre: User, official: User, county: cast.Stations, families: Families, differ: Mismatch
    ) -> None:
        run = payout_runs.approve_run(by=official, run=prepared(centre, county))
        with pytest.raises(RunRefused, match="对不上"):
            bank_files.take_file(by=centre, run=run)
        cash = prepared(centre, county, PayoutWay.COUNTER)
        with pytest.raises(RunRefused, match="对不上"):
            payout_runs.approve_run(by=official, run=cash)
        assert not Transfer.objects.filter(kind=TransferKind.PAYOUT).exists()
        self.settled(differ)
        assert bank_files.take_file(by=centre, run=run).startswith(b"\xef\xbb\xbf")

    def test_no_cash_leaves_a_counter(
        self, centre: User, official: User, county: cast.Stations, families: Families
    ) -> None:
        run = payout_runs.approve_run(by=official, run=prepared(centre, county, PayoutWay.COUNTER))
        payout = payout_of(run, families["谭冬梅"])
        fill_till(county.centre, 100_000)
        differ = Mismatch.objects.create(kind=MismatchKind.BALANCE, stripe_fen=100, ledger_fen=0)
        slip = clean_file(photograph())
        with pytest.raises(CannotPayNow, match="对不上"):
            pay_by_slip(by=centre, payout=payout, counter=county.centre, slip=slip)
        self.settled(differ)
        paid = pay_by_slip(by=centre, payout=payout, counter=county.centre, slip=slip)
        assert paid.state == PayoutState.PAID
