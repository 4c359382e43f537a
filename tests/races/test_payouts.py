"""Money that leaves twice if two ask at the same moment: on real connections, and each time once more with the guard taken away."""

import datetime as dt
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from payments import ledger
from payments.models import AccountKind, Transfer
from pictures.intake import clean_file
from sellers import bank_files, paying, paying_cash, payout_runs, payouts, writing_off
from sellers.models import BankAnswer, Household, Payout, PayoutAccount, PayoutRun, PayoutState, PayoutWay, RunState
from stations.models import Role
from tests.cast import Stations, make_clerk, make_household, make_official
from tests.races.test_settlement import no_row_locks as no_row_locks
from tests.races.test_settlement import together
from tests.sellers.money import earn, fill_till, pays_to, till_of
from tests.sellers.test_paying_cash import photograph
from tests.sellers.test_payout_runs import answered, last_month

PATIENCE = 30


@pytest.fixture
def county(transactional_db: None) -> Stations:
    """Qidong, committed, with 10,000 yuan in the point's till."""
    stations = Stations()
    fill_till(stations.point, 1_000_000)
    return stations


@pytest.fixture
def farm(county: Stations) -> Household:
    """Li Xiuying's family, who fetches 1,000 yuan in cash."""
    household = make_household(county.point)
    earn(household, 100_000)
    pays_to(household)
    return household


def meet(monkeypatch: pytest.MonkeyPatch, where: object, name: str, number: int) -> None:
    """Let `number` callers of a function wait for each other (for a second at most) before they go on."""
    meeting, known = threading.Barrier(number), getattr(where, name)

    def wait(*args: object, **how: object) -> object:
        found = known(*args, **how)
        with suppress(threading.BrokenBarrierError):
            meeting.wait(1)
        return found

    monkeypatch.setattr(where, name, wait)


def begun(county: Stations, clerk: User, household: Household, fen: int = 100_000) -> Payout:
    return paying_cash.begin_cash(by=clerk, household=household, amount_fen=fen, counter=county.point)


def pay(county: Stations, clerk: User, payout: Payout) -> Payout:
    return paying_cash.pay_by_slip(by=clerk, payout=payout, counter=county.point, slip=clean_file(photograph()))


class TestOnePayoutPaidTwice:
    """Two clerks hand the same payout out."""

    def test_one_of_them_pays(self, county: Stations, farm: Household) -> None:
        payout = begun(county, make_clerk(county.point), farm)
        clerks = [make_clerk(county.point, name) for name in ("彭小玲", "周小兰")]
        ends = together([partial(pay, county, clerk, payout) for clerk in clerks])
        assert ends == {"done": 1, "CannotPayNow": 1}
        assert (till_of(county.point), paying.available_of(farm)) == (900_000, 0)

    @pytest.mark.usefixtures("no_row_locks")
    def test_without_locks_state_and_keys_it_is_paid_by_both(
        self, county: Stations, farm: Household, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        payout = begun(county, make_clerk(county.point), farm)
        clerks = [make_clerk(county.point, name) for name in ("彭小玲", "周小兰")]
        post, keys = ledger.post, iter(range(100))

        def post_unkeyed(**how: object) -> object:
            return post(**{**how, "key": f"{how['key']}-{next(keys)}"})  # type: ignore[arg-type]

        def move_unguarded(moved: Payout, to: PayoutState, **_changes: object) -> None:
            moved.state = to

        meet(monkeypatch, ledger, "balances", 2)
        monkeypatch.setattr(ledger, "post", post_unkeyed)
        monkeypatch.setattr(paying, "move_payout", move_unguarded)
        together([partial(pay, county, clerk, payout) for clerk in clerks])
        assert till_of(county.point) == 800_000
        assert paying.available_of(farm) == -100_000


class TestTwoPayoutsOfOneFamily:
    """The database takes one unfinished payout of a family; and if it took two, the accounts' lock keeps the second from the same money."""

    def test_one_is_begun(self, county: Stations, farm: Household) -> None:
        clerks = [make_clerk(county.point, name) for name in ("彭小玲", "周小兰")]
        ends = together([partial(begun, county, clerk, farm) for clerk in clerks])
        assert ends == {"done": 1, "CannotPayNow": 1}

    def two(self, county: Stations, farm: Household) -> list[Payout]:
        """Two payouts of the whole sum, as if the constraint were not there."""
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX one_unfinished_payout_a_household")
        clerk = make_clerk(county.point)
        return [begun(county, clerk, farm), begun(county, clerk, farm)]

    def test_the_second_finds_what_the_first_has_left(self, county: Stations, farm: Household) -> None:
        clerk = make_clerk(county.point, "彭小玲")
        ends = together([partial(pay, county, clerk, one) for one in self.two(county, farm)])
        assert ends == {"done": 1, "NothingAvailable": 1}
        assert paying.available_of(farm) == 0

    @pytest.mark.usefixtures("no_row_locks")
    def test_without_the_lock_both_spend_it(
        self, county: Stations, farm: Household, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clerk = make_clerk(county.point, "彭小玲")
        both = self.two(county, farm)
        meet(monkeypatch, ledger, "balances", 2)
        together([partial(pay, county, clerk, one) for one in both])
        assert paying.available_of(farm) == -100_000


class TestTheTill:
    """Two families, one till with enough for one."""

    def attempts(self, county: Stations, farm: Household) -> list[Callable[[], object]]:
        other = make_household(county.point, "王建国")
        earn(other, 100_000)
        pays_to(other)
        fill_till(county.point, -850_000)
        clerk = make_clerk(county.point)
        planned = [begun(county, clerk, family) for family in (farm, other)]
        return [partial(pay, county, clerk, one) for one in planned]

    def test_one_is_paid(self, county: Stations, farm: Household) -> None:
        assert together(self.attempts(county, farm)) == {"done": 1, "TillShort": 1}
        assert till_of(county.point) == 50_000

    @pytest.mark.usefixtures("no_row_locks")
    def test_without_the_lock_the_till_goes_below_zero(
        self, county: Stations, farm: Household, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        attempts = self.attempts(county, farm)
        meet(monkeypatch, ledger, "balance", 2)
        assert together(attempts) == {"done": 2}
        assert till_of(county.point) == -50_000


class TestAChangeOfAccountMeanwhile:
    """The farmer confirms another account, which counts at once, while the clerk pays."""

    def raced(
        self, county: Stations, farm: Household, monkeypatch: pytest.MonkeyPatch
    ) -> tuple[bool, Payout, PayoutAccount]:
        """The clerk has read where the money goes when the farmer confirms a card; whether the farmer was answered before the payment."""
        clerk = make_clerk(county.point)
        payout = begun(county, clerk, farm)
        card = pays_to(farm, PayoutWay.BANK, confirmed_at=None, usable_from=None)
        read, go_on, confirmed = threading.Event(), threading.Event(), threading.Event()
        known = paying.account_for

        def gate(household: Household, way: str, *, at: dt.datetime | None = None) -> PayoutAccount:
            account = known(household, way, at=at)
            read.set()
            assert go_on.wait(PATIENCE)
            return account

        monkeypatch.setattr(paying, "account_for", gate)

        def confirm() -> None:
            try:
                long_ago = timezone.now() - dt.timedelta(days=10)
                payouts._confirm(card, long_ago)
                confirmed.set()
            finally:
                connection.close()

        def hand_out() -> None:
            try:
                pay(county, clerk, payout)
            finally:
                connection.close()

        clerks = threading.Thread(target=hand_out)
        clerks.start()
        assert read.wait(PATIENCE)
        farmers = threading.Thread(target=confirm)
        farmers.start()
        answered_first = confirmed.wait(1.5)
        go_on.set()
        clerks.join(PATIENCE)
        farmers.join(PATIENCE)
        payout.refresh_from_db()
        return answered_first, payout, card

    def test_the_change_waits_for_the_payment(
        self, county: Stations, farm: Household, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answered_first, payout, card = self.raced(county, farm, monkeypatch)
        assert (answered_first, payout.state) == (False, PayoutState.PAID)
        card.refresh_from_db()
        assert card.confirmed_at is not None

    @pytest.mark.usefixtures("no_row_locks")
    def test_without_the_lock_it_is_paid_after_the_farmer_was_told(
        self, county: Stations, farm: Household, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answered_first, payout, _card = self.raced(county, farm, monkeypatch)
        assert (answered_first, payout.state) == (True, PayoutState.PAID)


@pytest.fixture
def run(county: Stations, farm: Household) -> PayoutRun:
    """A run to cards of two families, prepared by the centre."""
    for name, fen in (("王建国", 70_000), ("周桂花", 5_500)):
        family = make_household(county.point, name)
        earn(family, fen)
        pays_to(family, PayoutWay.BANK)
    first, last = last_month()
    return payout_runs.prepare_run(
        by=make_clerk(county.centre, "邹丽"),
        county=county.centre.region,
        way=PayoutWay.BANK,
        first_day=first,
        last_day=last,
    )


class TestARun:
    """Two who approve it, take its file, or take its answer in at once."""

    def test_one_approval_counts(self, county: Stations, run: PayoutRun) -> None:
        people = [make_official(), make_clerk(county.centre, "肖丽华")]
        ends = together([partial(payout_runs.approve_run, by=one, run=run) for one in people])
        assert ends == {"done": 1, "RunRefused": 1}
        run.refresh_from_db()
        assert set(run.payouts.values_list("approved_by", flat=True)) == {run.approved_by_id}

    @pytest.mark.usefixtures("no_row_locks")
    def test_without_lock_and_guard_payouts_name_another_than_the_run(
        self, county: Stations, run: PayoutRun, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        people = [make_official(), make_clerk(county.centre, "肖丽华")]
        gate = threading.Barrier(2)

        def move_unguarded(moved: PayoutRun, to: RunState, **changes: object) -> None:
            gate.wait(PATIENCE)
            # One after the other: of the first the run is left, of the second the payouts.
            PayoutRun.objects.filter(pk=moved.pk).update(state=to, **changes)

        monkeypatch.setattr(payout_runs, "move_run", move_unguarded)
        ends = together([partial(payout_runs.approve_run, by=one, run=run) for one in people])
        assert ends == {"done": 2}, "both were told that they approved it"

    def test_the_file_is_given_out_once(self, county: Stations, run: PayoutRun) -> None:
        payout_runs.approve_run(by=make_official(), run=run)
        people = [make_clerk(county.centre, name) for name in ("邹丽", "肖丽华", "彭建军")]
        ends = together([partial(bank_files.take_file, by=one, run=run) for one in people])
        assert ends == {"done": 1, "RunRefused": 2}
        assert Transfer.objects.filter(kind="payout").count() == 2

    def sent(self, county: Stations, run: PayoutRun) -> list[Callable[[], object]]:
        payout_runs.approve_run(by=make_official(), run=run)
        people = [make_clerk(county.centre, name) for name in ("邹丽", "肖丽华")]
        bank_files.take_file(by=people[0], run=run)
        files = [answered(run), answered(run) + b"\n"]  # two files that say the same
        return [
            partial(bank_files.take_in_answer, by=one, run=run, data=file, name="a.csv")
            for one, file in zip(people, files, strict=True)
        ]

    def test_the_answer_is_booked_once(self, county: Stations, run: PayoutRun) -> None:
        assert together(self.sent(county, run)) == {"done": 1, "AnswerRefused": 1}
        assert ledger.balance(AccountKind.BANK) == -75_500
        assert BankAnswer.objects.count() == 1

    @pytest.mark.usefixtures("no_row_locks")
    def test_without_lock_state_and_keys_it_is_booked_twice(
        self, county: Stations, run: PayoutRun, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        attempts = self.sent(county, run)
        post, keys = ledger.post, iter(range(100))
        meet(monkeypatch, bank_files, "_fitting", 2)

        def post_unkeyed(**how: object) -> object:
            return post(**{**how, "key": f"{how['key']}-{next(keys)}"})  # type: ignore[arg-type]

        def move_unguarded(moved: Payout, to: PayoutState, **_changes: object) -> None:
            moved.state = to

        monkeypatch.setattr(ledger, "post", post_unkeyed)
        monkeypatch.setattr(paying, "move_payout", move_unguarded)
        together(attempts)
        assert ledger.balance(AccountKind.BANK) == -151_000


class TestADebt:
    """Two of the level above confirm it at once."""

    def test_it_is_written_off_once(self, county: Stations) -> None:
        family = make_household(county.point, "彭小玲")
        earn(family, -2_600)
        debt = writing_off.propose_write_off(by=make_clerk(county.centre, "邹丽"), household=family, reason="举家外迁")
        above = [
            make_official("430400000000", Role.PREFECTURE_OFFICIAL, "何卫东"),
            make_official("430000000000", Role.PROVINCE_OFFICIAL, "龙建平"),
        ]
        ends = together([partial(writing_off.confirm_write_off, by=one, debt=debt) for one in above])
        assert ends == {"done": 1, "NothingToWriteOff": 1}
        assert (ledger.balance(AccountKind.WRITE_OFF), paying.available_of(family)) == (2_600, 0)
