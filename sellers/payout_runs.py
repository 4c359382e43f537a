"""Payout runs: a county pays its households for half a month or a month. One person prepares a run, another approves it.

A run pays what became available until its last day and still is. Who owes us gets nothing and is on the list; so is who has not said
where the money is to go. A run to bank cards is sent with its file (sellers.bank_files); one in cash waits at the counters as soon as it
is approved, and one to accounts at Stripe is sent then, payout by payout (sellers.connecting).
"""

import calendar
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import CharField, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from procrastinate.contrib.django import app

from accounts.models import User
from payments import ledger
from payments.models import AccountKind
from sellers.models import Household, Payout, PayoutAccount, PayoutRun, PayoutState, PayoutWay, RunState, Store
from sellers.paying import (
    ELSEWHERE,
    NothingAvailable,
    NoUsableAccount,
    cancel_planned,
    is_own,
    lock_households,
    new_number,
    owners_of,
    refuse_own,
    send_off,
    tell,
    why_payouts_stop,
)
from stations.models import Region, Role
from stations.models.region import code_range
from stations.scope import NotAllowed, scope_of

PREPARES: Final = (Role.CENTRE_STAFF,)
APPROVES: Final = (Role.CENTRE_STAFF, Role.COUNTY_OFFICIAL, Role.PREFECTURE_OFFICIAL, Role.PROVINCE_OFFICIAL)
HALF = 15
PERIODS_OFFERED = 6
GIVEN_UP: Final = gettext_noop("The run was given up.")
LESS_AVAILABLE: Final = gettext_noop("Less was available by then.")


class RunRefused(ValueError):
    """A run that can't be prepared or moved; the message says why."""


@dataclass(frozen=True, slots=True)
class Due:
    """What a run would pay one household, in fen, and to which account."""

    household: Household
    fen: int
    account: PayoutAccount | None = None


@dataclass(slots=True)
class Preview:
    """What a run would pay, and whom it leaves out: who owes us, whose money has nowhere to go, whose is under way, who prepares it."""

    paid: list[Due] = field(default_factory=list)
    below_zero: list[Due] = field(default_factory=list)
    nowhere: list[Due] = field(default_factory=list)
    under_way: list[Due] = field(default_factory=list)
    own: list[Due] = field(default_factory=list)

    @property
    def fen(self) -> int:
        """What it pays in all."""
        return sum(due.fen for due in self.paid)


def periods(today: dt.date | None = None) -> list[tuple[dt.date, dt.date]]:
    """The half months and months that are over, the newest first, as (first day, last day)."""
    day = today or timezone.localdate()
    found: list[tuple[dt.date, dt.date]] = []
    first = day.replace(day=1)
    while len(found) < PERIODS_OFFERED:
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        halves = [
            (first, last),
            (first.replace(day=HALF + 1), last),
            (first, first.replace(day=HALF)),
        ]
        found += [period for period in halves if period[1] < day]
        first = (first - dt.timedelta(days=1)).replace(day=1)
    return found[:PERIODS_OFFERED]


def households_in(county_code: str) -> "Q":
    """The condition on households of a county (any code within it)."""
    first, last = code_range(county_code[:6].ljust(12, "0"))
    return Q(region_id__gte=first, region_id__lte=last)


def _balances(households: "QuerySet[Household]", until: dt.datetime | None) -> dict[int, int]:
    """Fen available to each of these households by its key, below zero for a debt. Three queries."""
    households = Household.objects.filter(pk__in=households.order_by().values("pk"))
    named = Concat(Value("household-"), Cast("pk", CharField()), output_field=CharField())
    stores = Store.objects.filter(household__in=households.order_by())
    by_store = ledger.balances(AccountKind.SELLER_AVAILABLE, stores.order_by().values("slug"), until=until)
    by_name = ledger.balances(
        AccountKind.SELLER_AVAILABLE, households.order_by().annotate(owner=named).values("owner"), until=until
    )
    sums: dict[int, int] = defaultdict(int)
    for slug, household_id in stores.filter(slug__in=by_store).values_list("slug", "household_id"):
        sums[household_id] -= by_store[slug]
    for owner, fen in by_name.items():
        sums[int(owner.removeprefix("household-"))] -= fen
    return dict(sums)


def preview_run(*, by: User, county_code: str, way: str, last_day: dt.date, at: dt.datetime | None = None) -> Preview:
    """What a run of this county would pay now for the time until the end of a day (Shanghai's). A fixed number of queries."""
    county = Household.objects.filter(households_in(county_code))
    now = _balances(county, None)
    end = timezone.make_aware(dt.datetime.combine(last_day + dt.timedelta(days=1), dt.time()))
    then = _balances(county, end)
    accounts = _usable_accounts(list(now), at or timezone.now())
    unfinished = Payout.objects.filter(household__in=list(now), state__in=(PayoutState.PLANNED, PayoutState.IN_TRANSIT))
    busy = set(unfinished.values_list("household_id", flat=True))
    preview = Preview()
    households = Household.objects.filter(pk__in=list(now), forgotten_at=None).select_related("region", "user")
    for household in households.order_by("region_id", "pk"):
        account = accounts.get(household.pk)
        fen = min(now[household.pk], then.get(household.pk, 0))
        due = Due(household, fen, account)
        if now[household.pk] < 0:
            preview.below_zero.append(Due(household, now[household.pk], account))
        elif fen <= 0 or (account is not None and account.way != way):
            continue
        elif household.pk in busy:
            preview.under_way.append(due)
        elif is_own(by, household):
            preview.own.append(due)
        elif account is None:
            preview.nowhere.append(due)
        else:
            preview.paid.append(due)
    return preview


def _usable_accounts(households: list[int], at: dt.datetime) -> dict[int, PayoutAccount]:
    """Where each household's money goes at a moment (see sellers.payouts.usable_payout). One query."""
    used = PayoutAccount.objects.filter(household__in=households, usable_from__lte=at).exclude(ended_at__lte=at)
    return {account.household_id: account for account in used.order_by("household_id", "usable_from", "pk")}


def prepare_run(
    *, by: User, county: Region, way: str, first_day: dt.date, last_day: dt.date, at: dt.datetime | None = None
) -> PayoutRun:
    """Write a run down; no money moves. Raises NotAllowed, RunRefused where nothing is to be paid or another run is not sent yet."""
    scope_of(by).require(PREPARES, county.code)
    when = at or timezone.now()
    if last_day < first_day or last_day >= timezone.localdate(when):
        raise RunRefused(_("A run pays for a period that is over."))
    try:
        with transaction.atomic():
            run = PayoutRun.objects.create(
                number=new_number("R", timezone.localdate(when)),
                county=county,
                way=way,
                first_day=first_day,
                last_day=last_day,
                prepared_by=by,
                prepared_at=when,
            )
            preview = preview_run(by=by, county_code=county.code, way=way, last_day=last_day, at=at)
            if not preview.paid:
                raise RunRefused(_("Nothing is to be paid this way for this period."))
            Payout.objects.bulk_create(_planned(run, due, when) for due in preview.paid)
    except IntegrityError as taken:
        raise RunRefused(
            _("Another payout was prepared at the same time, or a run of this county waits to be approved or sent.")
        ) from taken
    return run


def _planned(run: PayoutRun, due: Due, when: dt.datetime) -> Payout:
    assert due.account is not None
    return Payout(
        number=new_number("P", timezone.localdate(when)),
        run=run,
        household=due.household,
        account=due.account,
        amount_fen=due.fen,
        prepared_by=run.prepared_by,
        prepared_at=when,
    )


def move_run(run: PayoutRun, to: RunState, **changes: Any) -> None:
    """Move a run and set `changes` with it, if its state in the database is still the one read. Raises RunRefused."""
    if not PayoutRun.objects.filter(pk=run.pk, state=run.state).update(state=to, **changes):
        raise RunRefused(_("This run has changed meanwhile. Please look again."))
    run.state = to
    for name, value in changes.items():
        setattr(run, name, value)


def approve_run(*, by: User, run: PayoutRun, at: dt.datetime | None = None) -> PayoutRun:
    """A second person's yes. A run in cash, or to accounts at Stripe, is then on its way at once.

    Raises NotAllowed for who prepared it and without the posting, OwnHousehold where one's own is in it, RunRefused.
    """
    scope_of(by).require(APPROVES, run.county_id)
    if run.prepared_by_id == by.pk:
        raise NotAllowed(_("You prepared this run: somebody else has to approve it."))
    when = at or timezone.now()
    with transaction.atomic():
        kept = PayoutRun.objects.select_for_update(no_key=True).get(pk=run.pk)
        for payout in kept.payouts.select_related("household"):
            refuse_own(by, payout.household)
        if kept.state != RunState.DRAFT:
            raise RunRefused(_("This run was approved or given up already."))
        move_run(kept, RunState.APPROVED, approved_by=by, approved_at=when)
        kept.payouts.filter(state=PayoutState.PLANNED).update(approved_by=by, approved_at=when)
        if kept.way != PayoutWay.BANK:  # that one waits for its file
            send_run(kept, at=at)
    run.refresh_from_db()
    return run


def drop_run(*, by: User, run: PayoutRun, at: dt.datetime | None = None) -> None:
    """Give a run up that has not been sent: its payouts are cancelled, and no money has moved. Raises NotAllowed, RunRefused."""
    scope_of(by).require(APPROVES, run.county_id)
    with transaction.atomic():
        kept = PayoutRun.objects.select_for_update(no_key=True).get(pk=run.pk)
        if kept.state not in (RunState.DRAFT, RunState.APPROVED):
            raise RunRefused(_("This run was sent or given up already."))
        move_run(kept, RunState.DROPPED, closed_at=at or timezone.now())
        for payout in kept.payouts.filter(state=PayoutState.PLANNED):
            cancel_planned(payout, GIVEN_UP, at=at)
    run.refresh_from_db()


def send_run(run: PayoutRun, *, at: dt.datetime | None = None) -> None:
    """Put an approved run in transit: each payout whose household still has the money, and still has it go there; others are cancelled
    with the reason. The caller holds the run's lock, in a transaction. Raises RunRefused while the books differ from Stripe's.
    """
    if told := why_payouts_stop():
        raise RunRefused(told)
    planned = list(run.payouts.filter(state=PayoutState.PLANNED).select_related("account").order_by("household_id"))
    households = lock_households([payout.household_id for payout in planned])
    accounts = [(AccountKind.SELLER_AVAILABLE, owner) for one in households.values() for owner in owners_of(one)]
    ledger.lock_accounts(accounts)
    for payout in planned:
        payout.household = households[payout.household_id]
        try:
            send_off(payout, payout.household, at=at)
        except NoUsableAccount:
            cancel_planned(payout, ELSEWHERE, at=at)
        except NothingAvailable:
            cancel_planned(payout, LESS_AVAILABLE, at=at)
        else:
            if run.way == PayoutWay.COUNTER:
                tell(payout, at=at)
            elif run.way == PayoutWay.CONNECT:  # by its name: what it books closes runs
                app.configure_task("sellers.transfer_payout").defer(payout_id=payout.pk)
    move_run(run, RunState.SENT, sent_at=at or timezone.now())
    close_if_done(run, at=at)


def close_if_done(run: PayoutRun, *, at: dt.datetime | None = None) -> bool:
    """Close a run that was sent and has nothing under way any more; whether it is closed. The caller is in a transaction.

    Locked after everything else: two counters that pay the last two of a run come one after the other, and the second closes it.
    """
    kept = PayoutRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    if kept.state != RunState.SENT or kept.payouts.filter(state=PayoutState.IN_TRANSIT).exists():
        return kept.state == RunState.CLOSED
    move_run(kept, RunState.CLOSED, closed_at=at or timezone.now())
    return True


def sums_of(run: PayoutRun) -> dict[str, tuple[int, int]]:
    """How many payouts of a run stand where, and their fen, by state. One query."""
    rows = run.payouts.order_by().values_list("state").annotate(fen=Sum("amount_fen"), n=Sum(Value(1)))
    return {state: (count, fen) for state, fen, count in rows}


def label_of(state: str) -> str:
    """What a payout's state is called."""
    return str(PayoutState(state).label)


def below_zero(households: "QuerySet[Household]") -> list[tuple[Household, int]]:
    """Which of these households owe us, and how many fen (below zero), the largest debt first. Three queries."""
    owing = {key: fen for key, fen in _balances(households, None).items() if fen < 0}
    found = households.filter(pk__in=owing).select_related("region")
    return sorted(((one, owing[one.pk]) for one in found), key=lambda row: (row[1], row[0].pk))


def runs_of(user: User) -> Iterator[PayoutRun]:
    """The runs that the user sees, the newest first."""
    return (
        PayoutRun.objects.visible_to(user)
        .select_related("county", "prepared_by", "approved_by")
        .order_by("-pk")[:60]
        .iterator()
    )
