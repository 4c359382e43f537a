"""A payout that the bank called paid and sends back (退汇), and the bank's answer file that is kept for good."""

import datetime as dt
import hashlib
from collections.abc import Iterator

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from orders.statement import MOVED
from payments import ledger
from payments.models import AccountKind, Entry
from pictures.intake import clean_file
from sellers import bank_files, bank_returns, paying_cash
from sellers.bank_files import AnswerChanged, AnswerRefused, open_answer, take_in_answer
from sellers.bank_returns import ReturnRefused, confirm_return, decline_return, enter_return
from sellers.models import (
    BankAnswer,
    Household,
    Payout,
    PayoutReturn,
    PayoutReturnState,
    PayoutRun,
    PayoutState,
    Reveal,
)
from sellers.paying import OwnHousehold, available_of
from stations.scope import NotAllowed
from tests import cast
from tests.sellers.money import earn, fill_till, pays_to
from tests.sellers.test_paying_cash import photograph
from tests.sellers.test_payout_runs import Families, answered, centre, county, families, official, payout_of, sent, told

__all__ = ["centre", "county", "families", "official", "told"]
pytestmark = pytest.mark.django_db
SLIP = "TH20261122-000317"


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def run(centre: User, official: User, county: cast.Stations, families: Families) -> PayoutRun:
    """A run that the bank has answered: all paid."""
    run = sent(centre, official, county)
    take_in_answer(by=centre, run=run, data=answered(run), name="回盘.csv")
    return run


@pytest.fixture
def payout(run: PayoutRun) -> Payout:
    found = run.payouts.filter(state=PayoutState.PAID).select_related("household", "account").order_by("pk").first()
    assert found is not None
    return found


class TestTheReturn:
    def test_two_people_give_it_back_to_the_household(
        self, payout: Payout, centre: User, official: User, told: list[tuple[int, str]]
    ) -> None:
        before, at_bank = available_of(payout.household), ledger.balance(AccountKind.BANK)
        back = enter_return(by=centre, payout=payout, slip_number=f" {SLIP.lower()} ", reason="账户已销户")
        assert (back.slip_number, available_of(payout.household)) == (SLIP, before), "nothing is booked yet"
        confirm_return(by=official, back=back)
        payout.refresh_from_db()
        assert (payout.state, payout.reason) == (PayoutState.RETURNED, "账户已销户")
        assert available_of(payout.household) == before + payout.amount_fen
        assert ledger.balance(AccountKind.BANK) == at_bank + payout.amount_fen
        assert (payout.pk, PayoutState.RETURNED) in told
        kinds = set(Entry.objects.filter(account__kind="seller_available").values_list("transfer__kind", flat=True))
        assert "payout_returned" in kinds & set(MOVED), "the statement has words for it"

    def test_who_entered_it_does_not_confirm_it(self, payout: Payout, centre: User) -> None:
        back = enter_return(by=centre, payout=payout, slip_number=SLIP, reason="账户已销户")
        for decide in (confirm_return, decline_return):
            with pytest.raises(NotAllowed):
                decide(by=centre, back=back)
        with pytest.raises(IntegrityError), transaction.atomic():
            PayoutReturn.objects.update(state="confirmed", decided_by=centre, decided_at=timezone.now())
        assert Payout.objects.get(pk=payout.pk).state == PayoutState.PAID

    def test_neither_the_village_nor_another_county_touches_it(
        self, payout: Payout, county: cast.Stations, centre: User
    ) -> None:
        village = cast.make_clerk(county.point)
        with pytest.raises(NotAllowed):
            enter_return(by=village, payout=payout, slip_number=SLIP, reason="账户已销户")
        back = enter_return(by=centre, payout=payout, slip_number=SLIP, reason="账户已销户")
        with pytest.raises(NotAllowed):
            confirm_return(by=cast.make_official(cast.SANGZHI), back=back)

    def test_nobody_gives_back_to_themselves(self, payout: Payout, centre: User) -> None:
        Household.objects.filter(pk=payout.household_id).update(user=centre)
        payout.household.refresh_from_db()
        with pytest.raises(OwnHousehold):
            enter_return(by=centre, payout=payout, slip_number=SLIP, reason="账户已销户")
        with pytest.raises(IntegrityError), transaction.atomic():
            PayoutReturn.objects.create(payout=payout, slip_number=SLIP, reason="账户已销户", proposed_by=centre)

    def test_once_a_payout_and_once_a_slip(self, run: PayoutRun, payout: Payout, centre: User, official: User) -> None:
        back = enter_return(by=centre, payout=payout, slip_number=SLIP, reason="账户已销户")
        with pytest.raises(ReturnRefused):
            enter_return(by=centre, payout=payout, slip_number="TH2", reason="账户已销户")
        other = run.payouts.filter(state=PayoutState.PAID).exclude(pk=payout.pk).select_related("household").first()
        if other is not None:
            with pytest.raises(ReturnRefused):
                enter_return(by=centre, payout=other, slip_number=SLIP, reason="账户已销户")
        decline_return(by=official, back=back)
        again = enter_return(by=centre, payout=payout, slip_number=SLIP, reason="户名不符")
        confirm_return(by=official, back=again)
        for decide in (confirm_return, decline_return):
            with pytest.raises(ReturnRefused):
                decide(by=official, back=again)
        with pytest.raises(ReturnRefused):
            enter_return(by=centre, payout=payout, slip_number="TH3", reason="账户已销户")

    @pytest.mark.parametrize(("slip", "reason"), [("", "账户已销户"), ("  ", "账户已销户"), (SLIP, " ")])
    def test_without_slip_or_reason_nothing_is_entered(
        self, payout: Payout, centre: User, slip: str, reason: str
    ) -> None:
        with pytest.raises(ReturnRefused):
            enter_return(by=centre, payout=payout, slip_number=slip, reason=reason)
        assert not PayoutReturn.objects.exists()

    def test_cash_does_not_come_back_by_a_bank(self, county: cast.Stations, centre: User) -> None:
        family = cast.make_household(county.point, "曾桂香")
        earn(family, 10_000)
        pays_to(family)
        fill_till(county.point, 50_000)
        clerk = cast.make_clerk(county.point)
        cash = paying_cash.begin_cash(by=clerk, household=family, amount_fen=10_000, counter=county.point)
        paying_cash.pay_by_slip(by=clerk, payout=cash, counter=county.point, slip=clean_file(photograph()))
        cash = Payout.objects.select_related("household", "account").get(pk=cash.pk)
        assert cash.state == PayoutState.PAID and not bank_returns.may_come_back(cash)
        with pytest.raises(ReturnRefused):
            enter_return(by=centre, payout=cash, slip_number=SLIP, reason="账户已销户")

    def test_the_pages(self, payout: Payout, centre: User, official: User) -> None:
        client = cast.signed_in_client(centre)
        new = reverse("desk_return_new", args=[payout.ref])
        assert new in client.get(reverse("desk_pay_out", args=[payout.ref])).content.decode()
        assert client.post(new, {"slip_number": "", "reason": ""}).status_code == 422
        assert client.post(new, {"slip_number": SLIP, "reason": "账户已销户"})["Location"] == reverse("desk_returns")
        back = PayoutReturn.objects.get()
        listed = client.get(reverse("desk_returns")).content.decode()
        assert SLIP in listed and "须由本县另一人" in listed
        second = cast.signed_in_client(official)
        assert "凭证无误" in second.get(reverse("desk_returns")).content.decode()
        second.post(reverse("desk_return_decide", args=[back.pk]), {"action": "confirm"})
        back.refresh_from_db()
        assert back.state == PayoutReturnState.CONFIRMED
        assert "打款后被退回" in client.get(reverse("desk_pay_out", args=[payout.ref])).content.decode()


class TestTheFileIsKept:
    def test_with_its_hash_and_opened_on_record(self, run: PayoutRun, centre: User, families: Families) -> None:
        answer = run.answers.get()
        assert answer.file and answer.by == centre and answer.digest
        before = Reveal.objects.count()
        client = cast.signed_in_client(centre)
        page = reverse("desk_run_answer_file", args=[run.number, answer.pk])
        assert page in client.get(reverse("desk_run", args=[run.number])).content.decode()
        got = client.post(page)
        assert hashlib.sha256(got.content).hexdigest() == answer.digest and "attachment" in got["Content-Disposition"]
        assert got["Cache-Control"].startswith("private, no-store")
        assert Reveal.objects.count() == before + run.payouts.count()

    def test_officials_do_not_open_it(self, run: PayoutRun, official: User) -> None:
        with pytest.raises(NotAllowed):
            open_answer(by=official, answer=run.answers.get())

    def test_one_that_was_changed_in_the_storage_is_not_given_out(self, run: PayoutRun, centre: User) -> None:
        answer = run.answers.get()
        storages["private"].delete(answer.file)
        storages["private"].save(answer.file, ContentFile(b"x"))
        with pytest.raises(AnswerChanged):
            open_answer(by=centre, answer=answer)

    def test_a_file_that_is_refused_leaves_nothing_behind(
        self, centre: User, official: User, county: cast.Stations, families: Families
    ) -> None:
        run = sent(centre, official, county)
        kept = (
            set(storages["private"].listdir("bank_answers")[1]) if storages["private"].exists("bank_answers") else set()
        )
        data = answered(run)
        take_in_answer(by=centre, run=run, data=data, name="回盘.csv")
        for _ in range(2):
            with pytest.raises(AnswerRefused):
                take_in_answer(by=centre, run=run, data=data, name="另一个名字.csv")
        now = set(storages["private"].listdir("bank_answers")[1])
        assert len(now - kept) == 1 == BankAnswer.objects.count()
        assert bank_files.open_answer(by=centre, answer=BankAnswer.objects.get()) == data


def test_a_returned_payout_is_paid_again_by_the_next_run(
    payout: Payout, centre: User, official: User, county: cast.Stations
) -> None:
    confirm_return(by=official, back=enter_return(by=centre, payout=payout, slip_number=SLIP, reason="账户已销户"))
    run = sent(centre, official, county)
    again = payout_of(run, payout.household)
    assert (again.state, again.amount_fen) == (PayoutState.IN_TRANSIT, payout.amount_fen)
    assert again.sent_at is not None and again.sent_at - timezone.now() < dt.timedelta(minutes=5)
