"""Revealing: a masked value in clear, for a purpose, by those whose work needs it; written down before it is shown, and not too often.

Personal Information Protection Law (2021), art. 6 (no more than the purpose needs), art. 51 (access by role, and a record of it).
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from itertools import accumulate

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.sealing import unseal
from sellers.models import Household, Mandate, PayoutAccount, Reveal, RevealPurpose, Sealed
from stations.models import Role, Station
from stations.scope import NotAllowed, Scope, scope_of

# How many masked values one person opens within a time; a day's round of calls stays below it, copying the register doesn't.
LIMITS: tuple[tuple[int, dt.timedelta], ...] = ((10, dt.timedelta(hours=1)), (40, dt.timedelta(days=1)))
# The values that are masked on pages, and the photographs (sellers.papers).
NUMBERS = (Sealed.IDENTITY, Sealed.PHONE, Sealed.PAYOUT)
PAPERS = (Sealed.PAPER, Sealed.LICENCE)
# What each role may open over its region. Village staff need a mandate in force besides; officials open nothing.
OPENS: dict[str, frozenset[str]] = {
    Role.VILLAGE_STAFF: frozenset({Sealed.PHONE}),
    Role.TOWNSHIP_STAFF: frozenset({Sealed.PHONE}),
    Role.CENTRE_STAFF: frozenset({Sealed.IDENTITY, Sealed.PHONE, Sealed.PAYOUT}),
}
# Purposes that say nothing without a word more: which complaint, which authority and paper.
NEEDS_NOTE = (RevealPurpose.DISPUTE, RevealPurpose.AUTHORITY)


class TooManyReveals(ValueError):
    """This person has opened as many masked values as they may for now."""


class NoteMissing(ValueError):
    """The purpose needs a word more: which complaint, which authority."""


class NothingToReveal(ValueError):
    """No such value is on record."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A value in clear, and the record of its opening."""

    value: str
    about: str
    reveal: Reveal

    @property
    def in_groups(self) -> list[str]:
        """The value as people read it out: 430426 19680305 7220, 6228 4804 0256, 152 7473 3316."""
        sizes = {Sealed.IDENTITY.value: (6, 8, 4), Sealed.PHONE.value: (3, 4, 4)}.get(self.reveal.what, (4, 4, 4, 4, 4))
        starts = accumulate(sizes, initial=0)
        groups = [self.value[start : start + size] for start, size in zip(starts, sizes, strict=False)]
        return [group for group in groups if group]


def may_reveal(user: User, household: Household) -> list[str]:
    """What this user may open of the household (values of Sealed, in their order), whether it is on record or not."""
    scope = scope_of(user)
    if scope.everywhere:
        return [what.value for what in NUMBERS]
    allowed: set[str] = set()
    for role in scope.roles_over(household.region_id):
        if role != Role.VILLAGE_STAFF or _in_force(scope, household):
            allowed |= OPENS.get(role, frozenset())
    return [what.value for what in NUMBERS if what in allowed]


def reveal(*, by: User, household: Household, what: str, purpose: str, note: str = "") -> str:
    """The value in clear (see `open_sealed`)."""
    return open_sealed(by=by, household=household, what=what, purpose=purpose, note=note).value


def open_sealed(*, by: User, household: Household, what: str, purpose: str, note: str = "") -> Opened:
    """Open a masked value. The record of it is committed before anything is read: a page that fails afterwards has still been counted.

    Raises NotAllowed, NoteMissing, NothingToReveal, TooManyReveals. Not for use inside a transaction.
    """
    if what not in may_reveal(by, household):
        raise NotAllowed(_("Your posting does not open this value."))
    if purpose in NEEDS_NOTE and not note.strip():
        raise NoteMissing(_("Please write which complaint or which authority it is about."))
    account = payout_account(household) if what == Sealed.PAYOUT else None
    if not is_on_record(household, what, account):
        raise NothingToReveal(_("Nothing of this kind is on record for this family."))
    with transaction.atomic(durable=True):
        record = record_opening(by=by, household=household, what=what, purpose=purpose, note=note)
    about = " ".join(part for part in (account.bank, account.holder) if part) if account else ""
    return Opened(_value(household, what, account), about, record)


def record_opening(
    *,
    by: User,
    household: Household,
    what: str,
    purpose: str,
    note: str = "",
    limited: Collection[str] | None = NUMBERS,
    at: dt.datetime | None = None,
) -> Reveal:
    """Write down that a value is opened, before it is read; `limited` is what counts towards the limits, None for no limit.

    Raises TooManyReveals.
    """
    with transaction.atomic():
        # One person's openings come one after the other, so that two at once are both counted.
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        if limited is not None:
            _refuse_too_many(by, limited)
        return Reveal.objects.create(
            household=household,
            what=what,
            purpose=purpose,
            note=note.strip()[:120],
            by=by,
            station=_from_station(scope_of(by), household),
            at=at or timezone.now(),
        )


def is_on_record(household: Household, what: str, account: PayoutAccount | None = None) -> bool:
    """Whether there is such a value to open."""
    if what == Sealed.IDENTITY:
        return bool(household.identity_sealed)
    if what == Sealed.PHONE:
        return bool(household.phone)
    return account is not None


def payout_account(household: Household) -> PayoutAccount | None:
    """The bank card that the household's money goes to now; None without one."""
    now = timezone.now()
    usable = household.payout_accounts.filter(Q(ended_at=None) | Q(ended_at__gt=now), usable_from__lte=now)
    return usable.exclude(number_sealed=None).order_by("-usable_from").first()


def _refuse_too_many(by: User, limited: Collection[str]) -> None:
    now = timezone.now()
    for most, span in LIMITS:
        if Reveal.objects.filter(by=by, what__in=limited, at__gt=now - span).count() >= most:
            raise TooManyReveals(
                _("You have opened many values in a short time. Please go on later; what was opened is on record.")
            )


def _value(household: Household, what: str, account: PayoutAccount | None) -> str:
    if what == Sealed.IDENTITY:
        return unseal(bytes(household.identity_sealed or b""), place=household.seal_place)
    if what == Sealed.PHONE:
        return household.phone
    assert account is not None
    return unseal(bytes(account.number_sealed or b""), place=account.seal_place)


def _in_force(scope: Scope, household: Household) -> bool:
    """Whether the farmer's mandate to one of the scope's stations holds today."""
    today = timezone.localdate()
    return Mandate.objects.filter(
        scope.covers("station__region_id"),
        household=household,
        confirmed_at__isnull=False,
        withdrawn_at=None,
        refused_at=None,
        starts_on__lte=today,
        ends_on__gte=today,
    ).exists()


def _from_station(scope: Scope, household: Household) -> Station | None:
    """The station whose posting covers the household: where it was opened from."""
    covering = (
        posting.station
        for posting in scope.postings
        if posting.station and posting.role in scope.roles_over(household.region_id)
    )
    return next(covering, None)
