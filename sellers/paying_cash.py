"""Cash for a farmer at a counter: against the code on their phone or a slip that they sign. No mandate is asked: the farmer is there.

What stands against a clerk who wants the money: only a farmer who chose cash is paid in cash; the code goes to the farmer's phone and
names the sum; the farmer is told afterwards at every number that reaches them; above SECOND_PERSON_FEN, counted over a week so that a
sum in parts doesn't slip below it, and for ninety days after a change of the number, a second person of the county says yes before; and
nobody pays their own household. A payout of a run was approved by two already.
"""

import datetime as dt
from typing import Final

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import codes
from accounts.messages import send_text
from accounts.models import User
from accounts.references import public_reference
from payments.tills import take_from_till
from sellers.models import SECOND_PERSON_FEN, Household, Payout, PayoutState, PayoutWay, Proof
from sellers.paying import (
    ELSEWHERE,
    NothingAvailable,
    account_for,
    available_of,
    book_failed,
    book_paid,
    cancel_planned,
    lock_households,
    new_number,
    refuse_own,
    send_off,
    why_payouts_stop,
)
from sellers.payout_runs import APPROVES, PREPARES, close_if_done
from sellers.payouts import PhoneMissing, usable_payout
from sellers.telling import in_their_language, phone_is_fresh
from stations.models import Station
from stations.models.posting import STAFF_ROLES
from stations.scope import NotAllowed, scope_of
from stations.workplace import counters_of

COUNTED_OVER: Final = dt.timedelta(days=7)
CALLED_OFF: Final = gettext_noop("Called off at the counter.")


class CannotPayNow(ValueError):
    """Another payout of the household is under way, this one has ended, or its second person is missing."""


def waiting_at_counters(user: User) -> QuerySet[Payout]:
    """What counters have still to hand out to households that the user sees, the oldest first; also what waits for a second person."""
    waiting = Payout.objects.visible_to(user).at_a_counter().exclude(household__user=user)
    return waiting.select_related("household__region", "run", "station", "approved_by").order_by("pk")


def unfinished_of(household: Household) -> Payout | None:
    """The payout of the household that is planned or under way, of which there is one at most."""
    unfinished = Payout.objects.filter(household=household, state__in=(PayoutState.PLANNED, PayoutState.IN_TRANSIT))
    return unfinished.select_related("run", "account", "household").first()


def needs_second_person(payout: Payout, *, at: dt.datetime | None = None) -> bool:
    """Whether somebody else has to say yes before this is handed out."""
    if payout.approved_by_id is not None or payout.run_id is not None:
        return False
    when = at or timezone.now()
    alone = Payout.objects.filter(
        household_id=payout.household_id,
        run=None,
        approved_by=None,
        state=PayoutState.PAID,
        ended_at__gt=when - COUNTED_OVER,
    )
    already: int = alone.aggregate(fen=Sum("amount_fen"))["fen"] or 0
    return already + payout.amount_fen > SECOND_PERSON_FEN or phone_is_fresh(payout.household, at=when)


def begin_cash(
    *, by: User, household: Household, amount_fen: int, counter: Station, at: dt.datetime | None = None
) -> Payout:
    """Write down that the household is to be paid in cash at a counter; no money moves yet.

    Raises NotAllowed, OwnHousehold, NoUsableAccount, NothingAvailable, CannotPayNow where another payout of theirs is under way.
    """
    _require_counter(by, household, counter)
    when = at or timezone.now()
    try:
        with transaction.atomic():
            kept = lock_households([household.pk])[household.pk]
            account = account_for(kept, PayoutWay.COUNTER, at=at)
            there = available_of(kept)
            if not 0 < amount_fen <= there:
                raise NothingAvailable(
                    _("%(there)s yuan are available.") % {"there": f"{max(there, 0) / 100:,.2f}"}
                    if there > 0
                    else _("Nothing is available to be paid out.")
                )
            return Payout.objects.create(
                number=new_number("P", timezone.localdate(when)),
                household=kept,
                account=account,
                amount_fen=amount_fen,
                station=counter,
                prepared_by=by,
                prepared_at=when,
            )
    except IntegrityError as taken:
        raise CannotPayNow(
            _("Another payout to this family is prepared or on its way. Please end that one first.")
        ) from taken


def _require_counter(by: User, household: Household, counter: Station) -> None:
    scope_of(by).require(STAFF_ROLES, household.region_id)
    if counter.pk not in {station.pk for station in counters_of(by)} or counter.county_code != household.region_id[:6]:
        raise NotAllowed(_("Your posting does not allow this here."))
    refuse_own(by, household)


def approve_cash(*, by: User, payout: Payout, at: dt.datetime | None = None) -> Payout:
    """A second person of the county says yes to a payout by itself. Raises NotAllowed for who prepared it, OwnHousehold, CannotPayNow."""
    scope_of(by).require(APPROVES, payout.household.region_id)
    refuse_own(by, payout.household)
    if payout.prepared_by_id == by.pk:
        raise NotAllowed(_("You prepared this payout: somebody else has to approve it."))
    waiting = Payout.objects.filter(pk=payout.pk, state=PayoutState.PLANNED, run=None, approved_by=None)
    if not waiting.update(approved_by=by, approved_at=at or timezone.now()):
        raise CannotPayNow(_("This payout was approved, paid or called off already."))
    payout.refresh_from_db()
    return payout


def text_cash_code(*, by: User, payout: Payout) -> None:
    """Text the farmer a code that names the sum. Raises NotAllowed, OwnHousehold, CannotPayNow, PhoneMissing, TooManyTexts, TextNotSent.

    Outside any transaction.
    """
    scope_of(by).require(STAFF_ROLES, payout.household.region_id)
    refuse_own(by, payout.household)
    payout.refresh_from_db()
    _require_payable(payout)
    if not payout.household.phone:
        raise PhoneMissing(_("There is no mobile number on record that a code could go to."))
    code = codes.new_code()
    with in_their_language(payout.household):
        words = _("%(code)s is your code. Tell it once %(sum)s yuan in cash lie before you, not earlier (%(number)s).")
        text = words % {"code": code, "sum": f"{payout.amount_fen / 100:,.2f}", "number": payout.number}
    send_text(payout.household.phone, text)
    codes.keep_code(code, **_code_of(payout))


def cash_code_is_sent(payout: Payout) -> bool:
    """Whether the farmer was sent a code for this payout."""
    return codes.is_sent(**_code_of(payout))


def pay_by_code(*, by: User, payout: Payout, counter: Station, code: str, at: dt.datetime | None = None) -> Payout:
    """The cash is handed out, and the farmer told the code. Raises NotAllowed, OwnHousehold, CodeRefused and what
    `_pay` raises.
    """
    _require_counter(by, payout.household, counter)
    with transaction.atomic():  # a code isn't used up in vain
        take_from_till(counter.code, payout.amount_fen, at=at)
    codes.use_code(code, **_code_of(payout))
    return _pay(by, payout, counter, at, proof=Proof.CODE)


def pay_by_slip(
    *, by: User, payout: Payout, counter: Station, slip: File[bytes], at: dt.datetime | None = None
) -> Payout:
    """The cash is handed out, and the farmer signed the slip, whose cleaned photograph is `slip`. Raises what `_pay` raises."""
    _require_counter(by, payout.household, counter)
    name = storages["private"].save(f"payouts/{public_reference()}.jpg", slip)
    try:
        return _pay(by, payout, counter, at, proof=Proof.SLIP, slip=name)
    except Exception:
        storages["private"].delete(name)
        raise


def _pay(by: User, payout: Payout, counter: Station, at: dt.datetime | None, **proof: str) -> Payout:
    """Book the cash. Raises CannotPayNow, NoUsableAccount, NothingAvailable, TillShort; nothing is booked then, but the way back of a
    payout whose household's money goes elsewhere by now.
    """
    if told := why_payouts_stop():
        raise CannotPayNow(told)
    _fail_elsewhere(payout, at=at)
    with transaction.atomic():
        household = lock_households([payout.household_id])[payout.household_id]
        kept = Payout.objects.select_for_update(no_key=True, of=("self",)).select_related("account").get(pk=payout.pk)
        kept.household = household
        _require_payable(kept, at=at)
        when = at or timezone.now()
        if kept.state == PayoutState.PLANNED:
            send_off(kept, household, at=when)
        till = take_from_till(counter.code, kept.amount_fen, county_code=household.region_id[:6], at=at)
        book_paid(kept, till, at=when, station=counter, paid_by=by, **proof)
        if kept.run is not None:
            close_if_done(kept.run, at=at)
    codes.end_codes(**_code_of(payout))
    payout.refresh_from_db()
    return payout


def _fail_elsewhere(payout: Payout, *, at: dt.datetime | None) -> None:
    """Book the money back where the household's account has changed since the payout set out; nothing where it has not.

    In a transaction of its own, so that the money is back, and its run closed, whatever the caller goes on to refuse.
    """
    with transaction.atomic():
        household = lock_households([payout.household_id])[payout.household_id]
        kept = Payout.objects.select_for_update(no_key=True, of=("self",)).select_related("account").get(pk=payout.pk)
        account = usable_payout(household, at)
        if kept.state == PayoutState.IN_TRANSIT and (account is None or account.pk != kept.account_id):
            book_failed(kept, ELSEWHERE, at=at)
            if kept.run is not None:
                close_if_done(kept.run, at=at)
    payout.refresh_from_db()


def _require_payable(payout: Payout, *, at: dt.datetime | None = None) -> None:
    """Raises CannotPayNow for a payout that can't be handed out in cash now, and NoUsableAccount for one that went back just now."""
    if payout.account.way != PayoutWay.COUNTER:
        raise CannotPayNow(_("This payout goes to a bank card. Hand out no cash."))
    by_itself = payout.state == PayoutState.PLANNED and payout.run_id is None
    if not by_itself and payout.state != PayoutState.IN_TRANSIT:
        raise CannotPayNow(
            _("This payout is %(state)s. Hand out no cash.") % {"state": payout.get_state_display()}
            + (f" {payout.why}" if payout.reason else "")
        )
    if needs_second_person(payout, at=at):
        raise CannotPayNow(_("A second person of the county has to approve this payout first. Hand out no cash."))


def call_off(*, by: User, payout: Payout, reason: str = "", at: dt.datetime | None = None) -> None:
    """End a payout that was not handed out: one by itself by whoever serves there, one of a run (the money goes back) by the centre.

    Raises NotAllowed, OwnHousehold, CannotPayNow.
    """
    roles = STAFF_ROLES if payout.run_id is None else PREPARES
    scope_of(by).require(roles, payout.household.region_id)
    refuse_own(by, payout.household)
    with transaction.atomic():
        lock_households([payout.household_id])
        kept = Payout.objects.select_for_update(no_key=True, of=("self",)).select_related("account").get(pk=payout.pk)
        if kept.state == PayoutState.PLANNED and kept.run_id is None:
            cancel_planned(kept, reason.strip() or CALLED_OFF, at=at)
        elif kept.state == PayoutState.IN_TRANSIT and kept.account.way == PayoutWay.COUNTER:
            book_failed(kept, reason.strip() or CALLED_OFF, at=at)
            if kept.run is not None:
                close_if_done(kept.run, at=at)
        else:
            raise CannotPayNow(_("This payout can't be called off any more."))
    codes.end_codes(**_code_of(payout))
    payout.refresh_from_db()


def _code_of(payout: Payout) -> dict[str, str]:
    return {"purpose": "payout_cash", "subject": f"{payout.pk}:{payout.amount_fen}"}
