"""A debt that will not come back: proposed by the county with a reason, confirmed by the level above, and booked once.

A household owes us where a buyer got money back that the household had been paid already. Later sales settle it by themselves
(sellers.paying). Only what nothing on its way would settle is written off.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Final

import pghistory
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from payments import ledger
from payments.ledger import Part
from payments.models import AccountKind, TransferKind
from sellers.models import DebtState, DebtWriteOff, Household
from sellers.paying import available_of, lock_households, owners_of, pending_of, refuse_own
from stations.models import Role
from stations.scope import NotAllowed, scope_of

PROPOSES: Final = (Role.CENTRE_STAFF, Role.COUNTY_OFFICIAL)
CONFIRMS: Final = (Role.PREFECTURE_OFFICIAL, Role.PROVINCE_OFFICIAL)


class NothingToWriteOff(ValueError):
    """The household owes nothing, less than was proposed, or a proposal waits or was decided already."""


def debt_of(household: Household) -> int:
    """Fen that the household owes and that nothing on its way to it would settle; 0 where there is none."""
    return max(0, -(available_of(household) + max(0, pending_of(household))))


def propose_write_off(*, by: User, household: Household, reason: str, at: dt.datetime | None = None) -> DebtWriteOff:
    """Propose to write the household's whole debt off. Raises NotAllowed, OwnHousehold, NothingToWriteOff."""
    scope_of(by).require(PROPOSES, household.region_id)
    refuse_own(by, household)
    if not reason.strip():
        raise NothingToWriteOff(_("Please write why it will not come back."))
    try:
        with transaction.atomic(), pghistory.context(on_behalf_of=household.pk):
            fen = debt_of(household)
            if not fen:
                raise NothingToWriteOff(_("This family owes nothing that its sales would not settle."))
            return DebtWriteOff.objects.create(
                household=household,
                amount_fen=fen,
                reason=reason.strip()[:200],
                proposed_by=by,
                proposed_at=at or timezone.now(),
            )
    except IntegrityError as known:
        raise NothingToWriteOff(_("A proposal for this family waits already.")) from known


def confirm_write_off(*, by: User, debt: DebtWriteOff, at: dt.datetime | None = None) -> DebtWriteOff:
    """The level above says yes, and it is booked. Raises NotAllowed for who proposed it, OwnHousehold, NothingToWriteOff where the family
    owes less by now.
    """
    _require_decider(by, debt)
    when = at or timezone.now()
    with transaction.atomic():
        household = lock_households([debt.household_id])[debt.household_id]
        owners = owners_of(household)
        ledger.lock_accounts((AccountKind.SELLER_AVAILABLE, owner) for owner in owners)
        if debt_of(household) < debt.amount_fen:
            raise NothingToWriteOff(_("The family owes less by now. Decline this, and propose it anew."))
        _decide(debt, DebtState.CONFIRMED, by, when)
        held = ledger.balances(AccountKind.SELLER_AVAILABLE, owners)
        county = household.region_id[:6]
        parts = [
            Part(AccountKind.SELLER_AVAILABLE, owner, -fen, county) for owner, fen in _forgiven(held, debt.amount_fen)
        ]
        ledger.post(
            kind=TransferKind.WRITE_OFF,
            key=f"write-off:{debt.pk}",
            parts=[*parts, Part(AccountKind.WRITE_OFF, "", debt.amount_fen, county)],
            at=when,
        )
    debt.refresh_from_db()
    return debt


def _forgiven(held: dict[str, int], fen: int) -> Iterator[tuple[str, int]]:
    """Which of the accounts that owe us are forgiven how many fen, in key order."""
    for owner, balance in sorted(held.items()):
        part = min(max(balance, 0), fen)
        if part:
            yield owner, part
            fen -= part


def decline_write_off(*, by: User, debt: DebtWriteOff, at: dt.datetime | None = None) -> DebtWriteOff:
    """The level above says no: the family owes as before. Raises NotAllowed, OwnHousehold, NothingToWriteOff."""
    _require_decider(by, debt)
    _decide(debt, DebtState.DECLINED, by, at or timezone.now())
    debt.refresh_from_db()
    return debt


def _require_decider(by: User, debt: DebtWriteOff) -> None:
    scope_of(by).require(CONFIRMS, debt.household.region_id)
    refuse_own(by, debt.household)
    if debt.proposed_by_id == by.pk:
        raise NotAllowed(_("You proposed this: somebody else has to decide it."))


def _decide(debt: DebtWriteOff, to: DebtState, by: User, when: dt.datetime) -> None:
    waiting = DebtWriteOff.objects.filter(pk=debt.pk, state=DebtState.PROPOSED)
    with pghistory.context(on_behalf_of=debt.household_id):
        if not waiting.update(state=to, decided_by=by, decided_at=when):
            raise NothingToWriteOff(_("This was decided already."))
