"""Postings: given and ended by the level above, on record, and in force at once.

Village staff are posted by the township station or the county centre, township staff by the centre, centre staff by the county's
official, and so on up to the operator. Nobody gives a posting to themselves (the database says so, too); whoever holds one may resign.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pghistory
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.phones import BadPhone, checked_phone
from stations.jobs import tell_of_posting
from stations.models import Level, Posting, Region, Role, Station, StationKind, StationStatus
from stations.models.station import StationQuerySet
from stations.scope import NotAllowed, scope_of

GIVERS: dict[str, tuple[Role, ...]] = {
    Role.VILLAGE_STAFF: (Role.TOWNSHIP_STAFF, Role.CENTRE_STAFF),
    Role.TOWNSHIP_STAFF: (Role.CENTRE_STAFF,),
    Role.CENTRE_STAFF: (Role.COUNTY_OFFICIAL,),
    Role.COUNTY_OFFICIAL: (Role.PREFECTURE_OFFICIAL,),
    Role.PREFECTURE_OFFICIAL: (Role.PROVINCE_OFFICIAL,),
    Role.PROVINCE_OFFICIAL: (),  # the operator alone
}
STAFF_AT: dict[str, Role] = {
    StationKind.VILLAGE: Role.VILLAGE_STAFF,
    StationKind.TOWNSHIP: Role.TOWNSHIP_STAFF,
    StationKind.CENTRE: Role.CENTRE_STAFF,
}
OFFICIAL_OVER: dict[int, Role] = {
    Level.COUNTY: Role.COUNTY_OFFICIAL,
    Level.PREFECTURE: Role.PREFECTURE_OFFICIAL,
    Level.PROVINCE: Role.PROVINCE_OFFICIAL,
}
TAKING = (StationStatus.PLANNED, StationStatus.ACTIVE)


class NoSuchRole(ValueError):
    """A place where nobody is posted: a township or a village without a station."""


class StationNotTaking(ValueError):
    """A suspended or closed station: it takes no new people."""


class OwnPosting(NotAllowed):
    """Nobody gives a posting to themselves."""


class BadContact(ValueError):
    """Neither a mainland mobile number nor an e-mail address."""


class AlreadyPosted(ValueError):
    """The person serves there in this role already."""


class DayPast(ValueError):
    """A last day that is over."""


class PostingOver(ValueError):
    """The posting has ended already."""


def role_at(place: Station | Region) -> Role:
    """The role of whoever is posted to a station or over a region. Raises NoSuchRole."""
    role = STAFF_AT.get(place.kind) if isinstance(place, Station) else OFFICIAL_OVER.get(place.level)
    if role is None:
        raise NoSuchRole(_("Officials answer for a county, a prefecture or a province."))
    return role


def may_give(user: User, place: Station | Region) -> bool:
    """Whether the user stands above this place, for the pages and the journeys."""
    code = place.region_id if isinstance(place, Station) else place.code
    return scope_of(user).may(GIVERS[role_at(place)], code)


def may_end(user: User, posting: Posting) -> bool:
    """Whether the user may end this posting: the level above, or whoever holds it."""
    over = posting.ends_on is not None and posting.ends_on <= timezone.localdate()
    above = scope_of(user).may(GIVERS[posting.role], posting.region_id)
    return not over and (above or posting.user_id == user.pk)


def may_give_any(user: User) -> bool:
    """Whether there is any place that the user posts people to."""
    scope = scope_of(user)
    givers = {role for roles in GIVERS.values() for role in roles}
    return scope.everywhere or any(posting.role in givers for posting in scope.postings)


def stations_to_staff(user: User) -> StationQuerySet:
    """The stations that the user posts people to and that take people, by their code."""
    scope, wanted = scope_of(user), Q(pk__in=())
    for posting in scope.postings:
        kinds = [kind for kind, role in STAFF_AT.items() if posting.role in GIVERS[role]]
        if kinds:
            wanted |= Q(pk__in=Station.objects.within(posting.region_id).filter(kind__in=kinds))
    found = Station.objects.filter(status__in=TAKING)
    return (found if scope.everywhere else found.filter(wanted)).order_by("code")


def regions_to_staff(user: User) -> list[Region]:
    """The regions that the user posts officials over: the counties of a prefecture, the prefectures of a province, for an operator all."""
    scope, levels = scope_of(user), {Role.PREFECTURE_OFFICIAL: Level.COUNTY, Role.PROVINCE_OFFICIAL: Level.PREFECTURE}
    if scope.everywhere:
        return list(Region.objects.filter(level__in=OFFICIAL_OVER))
    found: list[Region] = []
    for posting in scope.postings:
        level = levels.get(Role(posting.role))
        if level:
            found += Region.objects.within(posting.region_id).filter(level=level)
    return found


def give_posting(
    *,
    by: User,
    place: Station | Region,
    contact: str,
    name: str,
    last_day: dt.date | None = None,
) -> Posting:
    """Post somebody, found by mobile number or e-mail, to a station or over a region, from today until a last day (None: for good).

    Whether they had an account before nobody learns: it is made where there is none, without a password, and they sign in by a code to
    the number (or a link to the address). They are told by text or mail. Raises NoSuchRole, NotAllowed, StationNotTaking, BadContact,
    OwnPosting, AlreadyPosted, DayPast, having changed nothing.
    """
    role = role_at(place)
    if not may_give(by, place):
        raise NotAllowed(_("This posting is given by the level above it."))
    today = timezone.localdate()
    if last_day is not None and last_day < today:
        raise DayPast(_("The last day is over already."))
    known = contact_of(contact)
    with transaction.atomic(), _on_record(by):
        station = _taking(place) if isinstance(place, Station) else None
        user = _account(known, name)
        if user.pk == by.pk:
            raise OwnPosting(_("Nobody gives a posting to themselves. Please ask the level above."))
        _refuse_second(user, role, place)
        posting = Posting.objects.create(
            user=user,
            name=name,
            role=role,
            station=station,
            region=place.region if isinstance(place, Station) else place,
            starts_on=today,
            ends_on=last_day + dt.timedelta(days=1) if last_day else None,
            given_by=by,
        )
        tell_of_posting.defer(posting_id=posting.pk, by_mail="email" in known)
    return posting


def end_posting(*, by: User, posting: Posting) -> Posting:
    """End it today: from the next click on its holder sees nothing of it. What they had begun stays with the station.

    Raises NotAllowed, and PostingOver for one that has ended.
    """
    today = timezone.localdate()
    with transaction.atomic(), _on_record(by):
        kept = Posting.objects.select_for_update(of=("self",)).select_related("station", "region").get(pk=posting.pk)
        if kept.ends_on is not None and kept.ends_on <= today:
            raise PostingOver(_("Nothing was changed: this posting has ended already."))
        if not may_end(by, kept):
            raise NotAllowed(_("This posting is ended by the level above it, or by whoever holds it."))
        kept.ends_on, kept.ended_by = max(today, kept.starts_on), by
        kept.save(update_fields=["ends_on", "ended_by"])
    return kept


def contact_of(text: str) -> dict[str, str]:
    """{'phone': ...} or {'email': ...} of what was typed, in the form that accounts keep. Raises BadContact."""
    text = text.strip()
    try:
        if "@" in text:
            validate_email(text)
            return {"email": text.lower()}
        return {"phone": checked_phone(text)}
    except (BadPhone, ValidationError) as error:
        raise BadContact(_("Please give a mobile number with 11 digits, or an e-mail address.")) from error


def _account(known: dict[str, str], name: str) -> User:
    """The account with this number or address, made without a password where there is none; locked, so that two gifts come in turn."""
    wanted = {"email__iexact": known["email"]} if "email" in known else known
    user = User.objects.filter(**wanted).first()
    if user is None:
        user, made = User.objects.get_or_create(**known, defaults={"name": name})
        if made:
            user.set_unusable_password()
            user.save(update_fields=["password"])
    return User.objects.select_for_update().get(pk=user.pk)


def _taking(station: Station) -> Station:
    """The station as it stands now, held until the posting is written. Raises StationNotTaking."""
    kept = Station.objects.select_for_update(no_key=True).get(pk=station.pk)
    if kept.status not in TAKING:
        raise StationNotTaking(
            _("%(station)s is %(status)s and takes no new people.")
            % {"station": kept.label, "status": kept.get_status_display()}
        )
    return kept


def _refuse_second(user: User, role: Role, place: Station | Region) -> None:
    where = {"station": place} if isinstance(place, Station) else {"region": place}
    if Posting.objects.current().filter(user=user, role=role, **where).exists():
        raise AlreadyPosted(
            _("This person serves there already. To change the last day, end the posting and give a new one.")
        )


@contextmanager
def _on_record(by: User) -> Iterator[None]:
    """Every change within is on record as made by this person."""
    with pghistory.context(user=by.pk):
        yield
