"""Two workers on one payout by Stripe, and two people who confirm one payout that came back: booked once; with the guards off, twice."""

from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from payments import ledger
from payments.models import AccountKind, Transfer, TransferKind
from payments.stripe_transfers import SentTransfer
from sellers import bank_returns, connecting, paying
from sellers.bank_returns import confirm_return, enter_return
from sellers.models import Household, HouseholdKind, Payout, PayoutReturn, PayoutReturnState, PayoutState, PayoutWay
from tests.cast import Stations, make_clerk, make_household, make_official
from tests.races.test_payouts import county, meet
from tests.races.test_settlement import no_row_locks, together
from tests.sellers.money import CONNECTED, earn, pays_to

__all__ = ["county", "no_row_locks"]
pytestmark = pytest.mark.django_db(transaction=True)
FEN = 60_000


def on_its_way(county: Stations, way: PayoutWay) -> Payout:
    """A payout in transit that a centre's clerk prepared."""
    household = make_household(county.point, "黄土铺合作社", kind=HouseholdKind.COOPERATIVE)
    earn(household, FEN)
    account = pays_to(household, way)
    payout = Payout.objects.create(
        number="P-1", household=household, account=account, amount_fen=FEN, prepared_by=make_clerk(county.centre, "邹丽"),
        approved_by=make_official(), approved_at=timezone.now(),
    )  # fmt: skip
    with transaction.atomic():
        paying.send_off(payout, household)
    return Payout.objects.get(pk=payout.pk)


def book_unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever state a payout is in, it moves; and no key tells that a transfer was posted before."""
    post, keys = ledger.post, iter(range(100))

    def post_unkeyed(**how: object) -> object:
        return post(**{**how, "key": f"{how['key']}-{next(keys)}"})  # type: ignore[arg-type]

    def move_unguarded(moved: Payout, to: PayoutState, **_changes: object) -> None:
        moved.state = to

    monkeypatch.setattr(ledger, "post", post_unkeyed)
    monkeypatch.setattr(paying, "move_payout", move_unguarded)


class TestOneTransferBookedByTwoWorkers:
    """The job of a payout runs twice, as after a worker that was taken for dead."""

    def conclude_twice(self, payout: Payout) -> int:
        sent = SentTransfer("tr_1", payout.ref, CONNECTED, FEN, "CNY", 0)
        together([partial(connecting.conclude, payout.pk, sent=sent)] * 2)
        return Transfer.objects.filter(kind=TransferKind.PAYOUT_PAID).count()

    def test_it_is_booked_once(self, county: Stations) -> None:
        payout = on_its_way(county, PayoutWay.CONNECT)
        assert self.conclude_twice(payout) == 1
        payout.refresh_from_db()
        assert (payout.state, ledger.balance(AccountKind.STRIPE)) == (PayoutState.PAID, -FEN)

    @pytest.mark.usefixtures("no_row_locks")
    def test_without_locks_and_guards_it_is_booked_twice(
        self, county: Stations, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        payout = on_its_way(county, PayoutWay.CONNECT)
        book_unguarded(monkeypatch)
        meet(monkeypatch, connecting, "_locked", 2)
        assert self.conclude_twice(payout) == 2


class TestOneReturnConfirmedByTwo:
    """Two officials look at the same slip."""

    def entered(self, county: Stations) -> PayoutReturn:
        payout = on_its_way(county, PayoutWay.BANK)
        Payout.objects.filter(pk=payout.pk).update(state=PayoutState.PAID, ended_at=timezone.now())
        centre = make_clerk(county.centre, "肖丽华")
        payout = Payout.objects.select_related("household", "account").get(pk=payout.pk)
        return enter_return(by=centre, payout=payout, slip_number="TH-1", reason="账户已销户")

    def confirm_twice(self, county: Stations, back: PayoutReturn) -> tuple[dict[str, int], int]:
        officials: list[User] = [make_clerk(county.centre, name) for name in ("陈国强", "刘志远")]
        copies = [PayoutReturn.objects.select_related("payout__household").get(pk=back.pk) for _ in officials]
        ends = together([partial(confirm_return, by=by, back=copy) for by, copy in zip(officials, copies, strict=True)])
        return dict(ends), Transfer.objects.filter(kind=TransferKind.PAYOUT_RETURNED).count()

    def test_it_is_given_back_once(self, county: Stations) -> None:
        ends, booked = self.confirm_twice(county, self.entered(county))
        assert (ends, booked) == ({"done": 1, "ReturnRefused": 1}, 1)
        assert paying.available_of(Household.objects.get(name="黄土铺合作社")) == FEN

    @pytest.mark.usefixtures("no_row_locks")
    def test_without_locks_and_guards_it_is_given_back_twice(
        self, county: Stations, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        back = self.entered(county)
        book_unguarded(monkeypatch)
        monkeypatch.setattr(bank_returns, "_decide", lambda *_what: None)
        meet(monkeypatch, bank_returns, "lock_households", 2)
        _ends, booked = self.confirm_twice(county, back)
        assert booked == 2
        assert PayoutReturn.objects.get().state == PayoutReturnState.PROPOSED
