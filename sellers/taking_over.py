"""Taking over: a farmer makes the store their own, with an account of their own, and nothing old remains but what they keep.

The proof is twofold: the phone that is on record (its code was entered at sign-in), and the end of the identity number, because
numbers of mobile phones are given to others. Five wrong tries lock the family's store for a day, whoever tries.
"""

import datetime as dt
import hmac
import logging
from collections.abc import Collection

import pghistory
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.messages import TextNotSent, TooManyTexts, send_text
from accounts.models import OneTimeCode, User
from accounts.phones import BadPhone, checked_phone
from sellers.filled import empty_forms
from sellers.mandates import SCOPES, Scope, code_of, narrow_mandate, withdraw_mandate
from sellers.models import (
    Household,
    HouseholdKind,
    Keep,
    Mandate,
    PayoutAccount,
    TakeOver,
)
from sellers.telling import in_their_language, phone_is_fresh
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of

logger = logging.getLogger("daylily.sellers")

TRIES, LOCKED_FOR = 5, dt.timedelta(days=1)
# Whoever changed the family's number must not be able to take the store with the new one before the family has noticed.
NUMBER_SETTLES = dt.timedelta(days=7)
TOLD_AT_THE_DESK = dt.timedelta(days=14)
# What codes are sent for in a household's name, their subject beginning with the household's key.
CODES_OF_A_HOUSEHOLD = ("phone", "end_mandate")


class NotYourStore(ValueError):
    """No store waits for this phone; the same line whether there is one or not."""


class TooManyTries(ValueError):
    """Five wrong tries within a day."""


class WrongIdentity(ValueError):
    """The end of the identity number is another."""


class IdentityMissing(ValueError):
    """The family's record has no identity number to compare with."""


class PhoneJustChanged(ValueError):
    """The family's number was changed less than a week ago."""


def waiting_for(user: User) -> Household | None:
    """The family whose phone this user has proved to hold, and that has no account yet; None for everybody else."""
    phone = _proved_phone(user)
    if not phone or Household.objects.filter(user=user).exists():
        return None
    return (
        Household.objects.filter(phone=phone, user=None, forgotten_at=None)
        .exclude(kind=HouseholdKind.STATION)
        .select_related("region")
        .first()
    )


def take_over(
    *, by: User, household: Household, identity_tail: str, keep: Keep | str = Keep.ALL, scopes: Collection[Scope] = ()
) -> Household:
    """Make the store the farmer's own; `keep` says what becomes of the helpers' mandates, `scopes` what is left of them when narrowed.

    Not inside a transaction of the caller's: a wrong try must count. A second time changes nothing. Raises NotYourStore,
    PhoneJustChanged, IdentityMissing, TooManyTries, WrongIdentity.
    """
    with transaction.atomic(), pghistory.context(on_behalf_of=household.pk, taking_over=True):
        kept = Household.objects.select_for_update(no_key=True).get(pk=household.pk)
        if kept.user_id is not None and kept.user_id == by.pk:
            return kept
        _refuse(by, kept)
        right = hmac.compare_digest(identity_tail.strip().upper().encode(), kept.identity_tail.upper().encode())
        TakeOver.objects.create(household=kept, by=by, succeeded=right, keep=Keep(keep) if right else "")
        if right:
            _hand_over(by, kept, Keep(keep), scopes)
    if not right:
        raise _wrong(kept)
    _tell_old_number(kept)
    return kept


def taken_over_lately(user: User) -> QuerySet[TakeOver]:
    """What the desk has to know: the stores of the user's stations that farmers took over within two weeks, newest first."""
    done = TakeOver.objects.filter(succeeded=True, at__gt=timezone.now() - TOLD_AT_THE_DESK)
    theirs = done.filter(household__in=Household.objects.filter(scope_of(user).covers("region_id")))
    return theirs.select_related("household__region").order_by("-at") if _is_staff(user) else theirs.none()


def _is_staff(user: User) -> bool:
    scope = scope_of(user)
    return scope.everywhere or any(posting.role in STAFF_ROLES for posting in scope.postings)


def _proved_phone(user: User) -> str:
    """The eleven digits that the user proved to hold; nothing for a number that was only typed."""
    if not user.phone or user.phone_verified_at is None:
        return ""
    try:
        return checked_phone(user.phone)
    except BadPhone:
        return ""


def _refuse(by: User, household: Household) -> None:
    """Everything that stands in the way before the identity number is looked at."""
    if household.user_id is not None or waiting_for(by) != household:
        raise NotYourStore(_("No store waits for this mobile number. Please ask at your village point."))
    changed = household.phone_changed_at
    if changed and timezone.now() - changed < NUMBER_SETTLES:
        raise PhoneJustChanged(
            _(
                "Your mobile number was changed less than a week ago. For your safety, please try again when the week is over."
            )
        )
    if not household.identity_tail:
        raise IdentityMissing(
            _("Your identity number is not on record. Please bring your identity card to the village point.")
        )
    if _tries_left(household) <= 0:
        raise TooManyTries(_("That was wrong five times. Please try again tomorrow, or ask at your village point."))


def _tries_left(household: Household) -> int:
    wrong = TakeOver.objects.filter(household=household, succeeded=False, at__gt=timezone.now() - LOCKED_FOR)
    return TRIES - wrong.count()


def _wrong(household: Household) -> WrongIdentity | TooManyTries:
    left = _tries_left(household)
    if left <= 0:
        return TooManyTries(_("That was wrong five times. Please try again tomorrow, or ask at your village point."))
    return WrongIdentity(
        ngettext(
            "These are not the last four of the identity number on record. You have %(left)d try left today.",
            "These are not the last four of the identity number on record. You have %(left)d tries left today.",
            left,
        )
        % {"left": left}
    )


def _hand_over(by: User, household: Household, keep: Keep, scopes: Collection[Scope]) -> None:
    """The account is the farmer's, and what others had begun in the farmer's name ends. The household is locked."""
    household.user = by
    household.save(update_fields=["user"])
    if not by.name:
        by.name = household.name
        by.save(update_fields=["name"])
    mandates = list(Mandate.objects.filter(household=household, withdrawn_at=None, refused_at=None).order_by("pk"))
    for mandate in mandates:
        _settle_mandate(by, mandate, keep, scopes)
    _end_codes(household)
    _end_openings(by, household)
    PayoutAccount.objects.filter(household=household, confirmed_at=None, ended_at=None).update(ended_at=timezone.now())


def _settle_mandate(by: User, mandate: Mandate, keep: Keep, scopes: Collection[Scope]) -> None:
    """Kept, narrowed or ended; one that the farmer never confirmed ends in any case."""
    left = {f"may_{scope}": scope in scopes and getattr(mandate, f"may_{scope}") for scope in SCOPES}
    if mandate.confirmed_at is None or keep == Keep.NOTHING or (keep == Keep.NARROW and not any(left.values())):
        withdraw_mandate(by=by, mandate=mandate)
    elif keep == Keep.NARROW:
        narrow_mandate(by=by, mandate=mandate, **left)


def _end_codes(household: Household) -> None:
    """Codes that were sent and not used open nothing any more."""
    mandates = [code_of(mandate)["subject"] for mandate in Mandate.objects.filter(household=household)]
    accounts = [str(pk) for pk in PayoutAccount.objects.filter(household=household).values_list("pk", flat=True)]
    OneTimeCode.objects.filter(
        Q(purpose="mandate", subject__in=mandates)
        | Q(purpose="payout", subject__in=accounts)
        | Q(purpose__in=CODES_OF_A_HOUSEHOLD, subject=str(household.pk))
        | Q(purpose__in=CODES_OF_A_HOUSEHOLD, subject__startswith=f"{household.pk}:")
    ).delete()


def _end_openings(by: User, household: Household) -> None:
    """Screens half filled in and forms from phones without a line: emptied, nobody goes on with them."""
    empty_forms(household, at=timezone.now(), message="taken_over", by=by)


def _tell_old_number(household: Household) -> None:
    """Whoever had the number before hears of it while it still counts; where no text may leave, the desk still tells."""
    if not household.phone_before or not phone_is_fresh(household):
        return
    with in_their_language(household):
        text = _(
            "Your store at Daylily was taken over today with the new mobile number %(tail)s. "
            "Wasn't it you? Call your village point at once."
        ) % {"tail": f"****{household.phone[-4:]}"}
    try:
        send_text(household.phone_before, text)
    except (TextNotSent, TooManyTexts):
        logger.warning("The old number of household %s could not be told of the take-over.", household.pk)
