"""Families on record: finding one, correcting what is written of them, another mobile number, and the members of a co-operative."""

import datetime as dt
from decimal import Decimal
from typing import Any, Final

import pghistory
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import codes
from accounts.messages import send_text
from accounts.models import User
from accounts.phones import checked_phone, masked_phone
from accounts.sealing import blind_index
from sellers.mandates import mandate_for, under_mandate
from sellers.models import Household, HouseholdKind, HouseholdQuerySet, Membership, Store
from sellers.onboarding import refuse_known
from sellers.telling import in_their_language, phone_is_fresh, tell_of_phone
from stations.models import Level, Region, Role
from stations.scope import NotAllowed, scope_of

# What staff may correct under the farmer's mandate. Who somebody is (the name, the representative) is corrected by the county
# centre, with a reason: a card for the farmer's money has to be in that name (sellers.payouts).
UNDER_A_MANDATE: Final = frozenset({"name_latin", "region", "women_led", "youth_led", "poverty_registered_year"})
BY_THE_CENTRE: Final = UNDER_A_MANDATE | {"name", "representative"}
# How often staff may change one family's number.
PHONE_RESTS: Final = dt.timedelta(days=7)
SHORTEST_TAIL = 4


class ReasonMissing(ValueError):
    """The county centre changes a record without a word why."""


class VillageElsewhere(ValueError):
    """A village of another county, or outside the postings of whoever corrects the record."""


class PhoneChangedLately(ValueError):
    """Staff have changed this family's number within a week."""


class SamePhone(ValueError):
    """The number on record is this one already."""


class NotAMember(ValueError):
    """Somebody who can't be a member: no family, a member already, or nobody on record."""


def find_households(by: User, words: str) -> HouseholdQuerySet:
    """The households that the user may see, the newest first; each word is a part of a name or village, or the phone's last digits."""
    found = Household.objects.visible_to(by).filter(forgotten_at=None).order_by("-pk")
    for word in words.replace("\x00", "").split()[:4]:
        match = Q(name__contains=word) | Q(name_latin__icontains=word) | Q(region__name__contains=word)
        if word.isascii() and word.isdigit() and len(word) >= SHORTEST_TAIL:
            match |= Q(phone__endswith=word)
        found = found.filter(match)
    return found


def may_correct_names(user: User, household: Household) -> bool:
    """Whether the user is of the county centre, which corrects names with a reason."""
    return scope_of(user).may((Role.CENTRE_STAFF,), household.region_id)


def change_household(*, by: User, household: Household, reason: str = "", **changes: Any) -> Household:
    """Correct a record: under the farmer's mandate what UNDER_A_MANDATE names, by the county centre with a `reason` also the name.

    Stores that stand in the village on record move with it. Raises MandateMissing, NotAllowed, ReasonMissing, VillageElsewhere, and
    TypeError for a field that is none of these.
    """
    if unknown := changes.keys() - BY_THE_CENTRE:
        raise TypeError(f"Not to be corrected here: {unknown}")
    wanted = {name: value for name, value in changes.items() if getattr(household, name) != value}
    centre = may_correct_names(by, household)
    if wanted.keys() - UNDER_A_MANDATE and not centre:
        raise NotAllowed(_("Names are corrected by the county centre."))
    if centre and not reason.strip():
        raise ReasonMissing(_("Please say why the record is corrected."))
    if "region" in wanted:
        _refuse_elsewhere(by, household, wanted["region"])
    with transaction.atomic():
        mandate = None if centre else mandate_for(by, household, "list")
        facts = {"why": reason.strip()[:200]} if centre else {"mandate": mandate.pk if mandate else None}
        with pghistory.context(on_behalf_of=household.pk, **facts):
            kept = Household.objects.select_for_update(no_key=True).get(pk=household.pk)
            if "region" in wanted:
                Store.objects.filter(household=kept, region_id=kept.region_id).update(region=wanted["region"])
            for name, value in wanted.items():
                setattr(kept, name, value)
            kept.save(update_fields=[*wanted])
    household.refresh_from_db()
    return household


def _refuse_elsewhere(by: User, household: Household, village: Region) -> None:
    same_county = village.code[:6] == household.region_id[:6]
    own = household.user_id is not None and household.user_id == by.pk
    if not same_county or village.level != Level.VILLAGE or not (own or scope_of(by).roles_over(village.code)):
        raise VillageElsewhere(_("This village is outside your stations, or in another county."))


def text_phone_code(*, by: User, household: Household, phone: str) -> str:
    """Text a code to the new number; returns the number as it is kept.

    Raises MandateMissing (for staff without a mandate who are not of the county centre), BadPhone, SamePhone, AlreadyRegistered,
    PhoneChangedLately, TooManyTexts, TextNotSent. Outside any transaction.
    """
    number = _new_number(by, household, phone)
    code = codes.new_code()
    with in_their_language(household):
        words = _(
            "%(code)s is your code. With it this number becomes that of %(farmer)s. Is that not you? Then tell nobody."
        )
        text = words % {"code": code, "farmer": household.label}
    send_text(number, text)
    codes.keep_code(code, **_code_of(household, number))
    return number


def text_old_phone_code(*, by: User, household: Household, phone: str) -> None:
    """Text a code to the number on record too: staff under a mandate need both. It names the new number, and is good for that alone.

    Raises MandateMissing, BadPhone, TooManyTexts, TextNotSent.
    """
    if not needs_old_phone(by, household):
        return
    mandate_for(by, household, "list")
    number, code = checked_phone(phone), codes.new_code()
    with in_their_language(household):
        words = _(
            "%(code)s is your code. With it your mobile number is replaced by %(phone)s. Is that not right? Tell nobody."
        )
        text = words % {"code": code, "phone": masked_phone(number)}
    send_text(household.phone, text)
    codes.keep_code(code, **_code_of(household, f"old:{number}"))


def needs_old_phone(user: User, household: Household) -> bool:
    """Whether the code of the old number is asked for as well: of all but the farmer's own account, and but the county centre
    for a farmer who has none.
    """
    own = household.user_id is not None and household.user_id == user.pk
    alone = household.user_id is None and may_correct_names(user, household)
    return bool(household.phone) and not own and not alone


def change_phone(
    *,
    by: User,
    household: Household,
    phone: str,
    code: str,
    old_code: str = "",
    reason: str = "",
    at: dt.datetime | None = None,
) -> Household:
    """Put another number on record, whose `code` proves it; the old number is told, and counts on for 90 days (sellers.telling).

    Staff under a mandate bring the code of the old number too (`old_code`); where that phone is lost, the county centre changes it, with
    a `reason`. Raises CodeRefused, ReasonMissing, MandateMissing, BadPhone, SamePhone, AlreadyRegistered, PhoneChangedLately.
    """
    number = _new_number(by, household, phone)
    own = household.user_id is not None and household.user_id == by.pk
    if not own and not needs_old_phone(by, household) and may_correct_names(by, household) and not reason.strip():
        raise ReasonMissing(_("Please say why the number is changed."))
    if needs_old_phone(by, household):
        codes.use_code(old_code, **_code_of(household, f"old:{number}"))
    codes.use_code(code, **_code_of(household, number))
    now = at or timezone.now()
    with transaction.atomic(), pghistory.context(on_behalf_of=household.pk, why=reason.strip()[:200]):
        kept = Household.objects.select_for_update(no_key=True).get(pk=household.pk)
        _new_number(by, kept, number)  # as it stands now: two clerks at once, or the mandate withdrawn meanwhile
        if kept.phone and not (kept.phone_before and phone_is_fresh(kept, at=now)):
            # Within 90 days the number that stood before the first change stays: two changes don't push the farmer's out.
            kept.phone_before = kept.phone
        kept.phone, kept.phone_changed_at = number, now
        try:
            with transaction.atomic():
                kept.save(update_fields=["phone", "phone_before", "phone_changed_at"])
        except IntegrityError:
            refuse_known(phone=number)
            raise
        if kept.phone_before:
            tell_of_phone.defer(household_id=kept.pk)
    household.refresh_from_db()
    return household


def _new_number(by: User, household: Household, phone: str) -> str:
    number = checked_phone(phone)
    own = household.user_id is not None and household.user_id == by.pk
    if not own and (household.user_id is not None or not may_correct_names(by, household)):
        mandate_for(
            by, household, "list"
        )  # with an account of their own, farmers change it themselves, or let somebody help
    if number == household.phone:
        raise SamePhone(_("This is the number on record already."))
    refuse_known(phone=number)
    changed = household.phone_changed_at
    if not own and changed is not None and timezone.now() - changed < PHONE_RESTS:
        raise PhoneChangedLately(_("This number was changed within a week. Staff may change it once a week."))
    return number


def _code_of(household: Household, number: str) -> dict[str, str]:
    # The number itself is personal data: what the code is for is kept as a blind index.
    return {"purpose": "phone", "subject": f"{household.pk}:{blind_index(number, column='phone_code')[:24]}"}


def members_of(cooperative: Household) -> QuerySet[Membership]:
    """The members of a co-operative today, each with its household and village, in the order of their names."""
    today = timezone.localdate()
    held = cooperative.memberships.filter(joined_on__lte=today).filter(Q(left_on=None) | Q(left_on__gt=today))
    return held.select_related("household__region").order_by("household__name", "pk")


def find_member(*, by: User, cooperative: Household, name: str, phone_tail: str) -> Household:
    """The family on record with this name and these last four digits, in the co-operative's county. Raises NotAMember.

    Staff find families of their stations; the co-operative's own account whoever tells it both.
    """
    found = Household.objects.filter(
        region__code__startswith=cooperative.region_id[:6],
        kind=HouseholdKind.HOUSEHOLD,
        forgotten_at=None,
        name=name.strip(),
        phone__endswith=phone_tail.strip() if len(phone_tail.strip()) == SHORTEST_TAIL else "-",
    )
    if cooperative.user_id != by.pk:
        found = found & Household.objects.visible_to(by)
    families = list(found.exclude(pk=cooperative.pk)[:2])
    if len(families) != 1:
        raise NotAMember(_("No family is on record here with this name and these four digits."))
    return families[0]


def add_member(
    *,
    by: User,
    cooperative: Household,
    household: Household,
    grows: str,
    grows_en: str = "",
    mu: Decimal | None = None,
    joined_on: dt.date | None = None,
) -> Membership:
    """A family joins a co-operative with what it grows, on so many mu (1/15 hectare). Raises MandateMissing, NotAMember."""
    if cooperative.kind != HouseholdKind.COOPERATIVE or household.kind != HouseholdKind.HOUSEHOLD:
        raise NotAMember(_("Members are families, of a co-operative."))
    with under_mandate(by=by, household=cooperative, scope="list"):
        try:
            with transaction.atomic():
                return Membership.objects.create(
                    cooperative=cooperative,
                    household=household,
                    grows=grows,
                    grows_en=grows_en,
                    mu=mu,
                    joined_on=joined_on or timezone.localdate(),
                )
        except IntegrityError:
            raise NotAMember(_("%(name)s is a member already.") % {"name": household.label}) from None


def end_membership(*, by: User, membership: Membership, left_on: dt.date | None = None) -> None:
    """A family leaves its co-operative; a second time changes nothing. Raises MandateMissing."""
    with under_mandate(by=by, household=membership.cooperative, scope="list"):
        day = left_on or timezone.localdate()
        Membership.objects.filter(pk=membership.pk, left_on=None).update(left_on=day)
    membership.refresh_from_db(fields=["left_on"])
