"""A payout that the bank called paid and sends back later (银行退汇): one person of the centre enters it with the bank's slip, a second
person confirms it, and the household has its money again.

Until then nothing is booked: the bank's word 'paid' stands. Lock order: the household, the payout, then the ledger.
"""

import datetime as dt
import unicodedata

import pghistory
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from payments.ledger import Part
from payments.models import AccountKind
from sellers.models import Payout, PayoutReturn, PayoutReturnState, PayoutState, PayoutWay
from sellers.paying import book_returned, lock_households, refuse_own
from sellers.payout_runs import APPROVES, PREPARES
from stations.scope import NotAllowed, scope_of


class ReturnRefused(ValueError):
    """No payout that could come back, a slip that is known, or a return that was decided already; the message says which."""


def may_come_back(payout: Payout) -> bool:
    """Whether the bank may send this payout back: paid to a card, and not entered yet (load the account). One query."""
    waits = payout.state == PayoutState.PAID and payout.account.way == PayoutWay.BANK
    return waits and not payout.returns.exclude(state=PayoutReturnState.DECLINED).exists()


def enter_return(
    *, by: User, payout: Payout, slip_number: str, reason: str, at: dt.datetime | None = None
) -> PayoutReturn:
    """Write down that the bank sent a payout back; nothing is booked yet. Raises NotAllowed, OwnHousehold, ReturnRefused."""
    scope_of(by).require(PREPARES, payout.household.region_id)
    refuse_own(by, payout.household)
    slip = "".join(unicodedata.normalize("NFKC", slip_number).split()).upper()
    if not slip or not reason.strip():
        raise ReturnRefused(_("Please give the number of the bank's slip, and the bank's reason."))
    try:
        with transaction.atomic(), pghistory.context(on_behalf_of=payout.household_id):
            kept = Payout.objects.select_for_update(no_key=True, of=("self",)).select_related("account")
            found = kept.get(pk=payout.pk)
            if found.state != PayoutState.PAID or found.account.way != PayoutWay.BANK:
                raise ReturnRefused(_("Only what was paid to a bank card can be sent back by the bank."))
            return PayoutReturn.objects.create(
                payout=found,
                slip_number=slip,
                reason=reason.strip()[:200],
                proposed_by=by,
                proposed_at=at or timezone.now(),
            )
    except IntegrityError as known:
        raise ReturnRefused(_("This payout, or this slip of the bank, was entered already.")) from known


def confirm_return(*, by: User, back: PayoutReturn, at: dt.datetime | None = None) -> PayoutReturn:
    """A second person has seen the bank's slip: the money is the household's again. Raises NotAllowed, OwnHousehold, ReturnRefused."""
    _require_second(by, back)
    when = at or timezone.now()
    with transaction.atomic():
        household = lock_households([back.payout.household_id])[back.payout.household_id]
        payout = Payout.objects.select_for_update(no_key=True).get(pk=back.payout_id)
        payout.household = household
        _decide(back, PayoutReturnState.CONFIRMED, by, when)
        if payout.state != PayoutState.PAID:
            raise ReturnRefused(_("This payout has changed meanwhile. Please look again."))
        book_returned(
            payout, Part(AccountKind.BANK, "", payout.amount_fen, household.region_id[:6]), back.reason, at=when
        )
    back.refresh_from_db()
    return back


def decline_return(*, by: User, back: PayoutReturn, at: dt.datetime | None = None) -> PayoutReturn:
    """It did not come back after all, or the slip is of another payout: the payout stays paid. Raises as confirm_return."""
    _require_second(by, back)
    _decide(back, PayoutReturnState.DECLINED, by, at or timezone.now())
    back.refresh_from_db()
    return back


def _require_second(by: User, back: PayoutReturn) -> None:
    scope_of(by).require(APPROVES, back.payout.household.region_id)
    refuse_own(by, back.payout.household)
    if back.proposed_by_id == by.pk:
        raise NotAllowed(_("You entered this: somebody else has to confirm it."))


def _decide(back: PayoutReturn, to: PayoutReturnState, by: User, when: dt.datetime) -> None:
    waiting = PayoutReturn.objects.filter(pk=back.pk, state=PayoutReturnState.PROPOSED)
    with pghistory.context(on_behalf_of=back.payout.household_id):
        if not waiting.update(state=to, decided_by=by, decided_at=when):
            raise ReturnRefused(_("This was decided already."))
