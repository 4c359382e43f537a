"""A farmer's consents: which are given, and what follows when one is taken back (Personal Information Protection Law, art. 15, 16 and 47).

Taking back never waits for anything, and is on record at once. What it leads to may have to wait for the law: while a store sells, the
E-Commerce Law (art. 27) has us know who sells, so the identity number goes when the store closes, and the whole record after that.
"""

import datetime as dt
from enum import Enum

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from sellers.consent import CONSENT_VERSION
from sellers.models import Consent, ConsentPurpose, Household, HouseholdKind, Store, StoreStatus
from stations.models.posting import STAFF_ROLES
from stations.scope import NotAllowed, scope_of

# What buyers may be told of a family, each only if it says so; neither is asked for before a store can open.
# A store in one of these states sells, or asks to: who is behind it has to be known.
TOLD = (ConsentPurpose.NAME, ConsentPurpose.POVERTY)
SELLS = (StoreStatus.SUBMITTED, StoreStatus.RECOMMENDED, StoreStatus.OPEN, StoreStatus.PAUSED)


class Followed(Enum):
    """What followed from a withdrawal."""

    DELETED = "deleted"
    KEPT_BY_LAW = "kept_by_law"
    TO_BE_FORGOTTEN = "to_be_forgotten"
    TOLD_NO_LONGER = "told_no_longer"


class NothingToTell(ValueError):
    """A consent to tell buyers what isn't so, or what nobody may be told."""


def may_withdraw(user: User, household: Household) -> bool:
    """The farmer may, and the staff over the household's village when the farmer asks them."""
    own = household.user_id is not None and household.user_id == user.pk
    return own or scope_of(user).may(STAFF_ROLES, household.region_id)


def give_consent(*, by: User, household: Household, purpose: str, at: dt.datetime | None = None) -> None:
    """Record that a family lets buyers know its full name, or that it was registered as poor; a second time changes nothing.

    Raises NotAllowed for anybody but the farmer and the staff over the village, NothingToTell where there is nothing of the kind.
    """
    if not may_withdraw(by, household):
        raise NotAllowed(_("Your posting does not allow this here."))
    if purpose not in TOLD or not can_be_told(household, purpose):
        raise NothingToTell(_("There is nothing of this to tell about the family."))
    with transaction.atomic():
        held = Household.objects.select_for_update(no_key=True).get(pk=household.pk)
        if not held.consents.filter(purpose=purpose, withdrawn_at=None).exists():
            Consent.objects.create(
                household=held, purpose=purpose, version=CONSENT_VERSION, recorded_by=by, given_at=at or timezone.now()
            )


def can_be_told(household: Household, purpose: str) -> bool:
    """Whether there is something of the kind to tell: a person's name, or a year of registration."""
    if household.kind != HouseholdKind.HOUSEHOLD or household.forgotten_at:
        return False
    return purpose == ConsentPurpose.NAME or household.poverty_registered_year is not None


def withdraw_consent(*, by: User, household: Household, purpose: str, at: dt.datetime | None = None) -> Followed:
    """Take a consent back; a second time changes nothing. Raises NotAllowed.

    IDENTITY: the number is deleted at once, or when the last store closes (KEPT_BY_LAW until then; see `drop_identities`).
    NAME, POVERTY: TOLD_NO_LONGER, from the next page on.
    RECORD: TO_BE_FORGOTTEN, which takes every consent back; orders.forgetting deletes the household as soon as nothing stands in the way.
    """
    if household.user_id is None or household.user_id != by.pk:
        scope_of(by).require(STAFF_ROLES, household.region_id)
    when = at or timezone.now()
    taken_back = ConsentPurpose.values if purpose == ConsentPurpose.RECORD else [purpose]
    with transaction.atomic():
        held = Household.objects.select_for_update(no_key=True).get(pk=household.pk)
        open_consents = Consent.objects.filter(household=held, purpose__in=taken_back, withdrawn_at=None)
        open_consents.update(withdrawn_at=when)
        dropped = drop_identity(held)
    household.refresh_from_db()
    if purpose == ConsentPurpose.RECORD:
        return Followed.TO_BE_FORGOTTEN
    if purpose in TOLD:
        return Followed.TOLD_NO_LONGER
    return Followed.DELETED if dropped else Followed.KEPT_BY_LAW


def sells(household: Household) -> bool:
    """Whether one of the household's stores is open, paused, or asks to be opened."""
    return Store.objects.filter(household=household, status__in=SELLS).exists()


def drop_identity(household: Household) -> bool:
    """Delete the number of a household that has taken that consent back and sells nothing; whether it is gone."""
    if sells(household):
        return not household.identity_sealed
    agreed = household.consents.filter(purpose=ConsentPurpose.IDENTITY, withdrawn_at=None).exists()
    if agreed:
        return False
    Household.objects.filter(pk=household.pk).update(identity_sealed=None, identity_index=None, identity_tail="")
    # The last digits stand in the history too; they are what is left of the number.
    household.events.exclude(identity_tail="").update(identity_tail="")  # type: ignore[attr-defined]
    return True


def drop_identities() -> int:
    """Delete what withdrawals left to the law, of stores that have closed since; returns of how many households."""
    withdrawn = Consent.objects.filter(purpose=ConsentPurpose.IDENTITY, withdrawn_at__isnull=False)
    waiting = Household.objects.exclude(identity_sealed=None).filter(pk__in=withdrawn.values("household_id"))
    return sum(drop_identity(household) for household in waiting.iterator())


def to_be_forgotten() -> list[Household]:
    """Households that took the consent to their record back and are still on it."""
    gone = Consent.objects.filter(purpose=ConsentPurpose.RECORD, withdrawn_at__isnull=False)
    agreed = Consent.objects.filter(purpose=ConsentPurpose.RECORD, withdrawn_at=None)
    waiting = Household.objects.filter(forgotten_at=None, pk__in=gone.values("household_id"))
    return list(waiting.exclude(pk__in=agreed.values("household_id")).order_by("pk"))
