"""Opening a store: register the household, record its mandate, draft the store, submit; the township recommends, the county approves.

Nobody recommends or approves what they entered, and nobody does both: the functions say it in words, the database holds to who
submitted, recommended and approved.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import pghistory
from django.core.files.base import File
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from accounts.phones import checked_phone
from accounts.references import public_reference
from pictures.models import Picture
from sellers.consent import CONSENT_VERSION
from sellers.identity import checked_identity, identity_index, set_identity
from sellers.licence import checked_licence
from sellers.mandates import mandates_in_force, refuse_paper, under_mandate
from sellers.models import (
    Consent,
    ConsentPurpose,
    Evidence,
    Household,
    HouseholdKind,
    Mandate,
    ReturnedField,
    ReturnReason,
    Store,
    StoreStatus,
)
from stations.keeping import require_working
from stations.models import Region, Role, Station
from stations.models.posting import STAFF_ROLES
from stations.scope import NotAllowed, scope_of

TRANSITIONS: dict[str, frozenset[str]] = {
    StoreStatus.DRAFT: frozenset({StoreStatus.SUBMITTED}),
    StoreStatus.SUBMITTED: frozenset({StoreStatus.RECOMMENDED, StoreStatus.DRAFT}),
    StoreStatus.RECOMMENDED: frozenset({StoreStatus.OPEN, StoreStatus.DRAFT}),
    StoreStatus.OPEN: frozenset({StoreStatus.PAUSED, StoreStatus.CLOSED}),
    StoreStatus.PAUSED: frozenset({StoreStatus.OPEN, StoreStatus.CLOSED}),
    StoreStatus.CLOSED: frozenset(),
}


# Who may give a store back while it waits in this state.
_RETURNED_BY: dict[str, tuple[Role, ...]] = {
    StoreStatus.SUBMITTED: (Role.TOWNSHIP_STAFF, Role.CENTRE_STAFF),
    StoreStatus.RECOMMENDED: (Role.CENTRE_STAFF,),
}


class AlreadyRegistered(ValueError):
    """A household with this phone or identity number exists: `household`."""

    def __init__(self, message: str, household: Household) -> None:
        super().__init__(message)
        self.household = household


class ConsentMissing(ValueError):
    """The farmer has not agreed to the use of their personal data."""


class StoreMoved(ValueError):
    """The store is no longer in the state that this step starts from."""


class NotMended(ValueError):
    """A store that was given back is submitted while what was asked for has not been touched."""


class ReasonMissing(ValueError):
    """A store is given back without a word why."""


class OwnEntry(NotAllowed):
    """Somebody recommends or approves what they entered themselves, or does both (403)."""


def _keep_consents(
    household: Household, purposes: Iterable[ConsentPurpose], version: str, by: User, when: dt.datetime
) -> None:
    Consent.objects.bulk_create(
        Consent(household=household, purpose=purpose, version=version, given_at=when, recorded_by=by)
        for purpose in purposes
    )


def register_household(
    *,
    by: User,
    station: Station,
    region: Region,
    name: str,
    phone: str,
    identity: str = "",
    consent: bool,
    name_latin: str = "",
    kind: str = HouseholdKind.HOUSEHOLD,
    licence_code: str = "",
    licence_paper: str = "",
    representative: str = "",
    poverty_registered_year: int | None = None,
    women_led: bool = False,
    youth_led: bool = False,
    consent_version: str = CONSENT_VERSION,
    at: dt.datetime | None = None,
) -> Household:
    """A household on record, its identity number sealed; `licence_paper` is the name of a photograph in the private store.

    Raises NotAllowed, ConsentMissing, BadPhone, BadIdentityNumber, BadLicence, and AlreadyRegistered when phone or number are known.
    """
    scope_of(by).require(STAFF_ROLES, station.region_id)
    scope_of(by).require(STAFF_ROLES, region.code)
    if not consent:
        raise ConsentMissing(_("Without the farmer's consent no personal data is kept."))
    phone = checked_phone(phone)
    number = checked_identity(identity) if identity else ""
    licence_code = checked_licence(licence_code) if licence_code else ""
    refuse_known(phone, number, licence_code)
    when = at or timezone.now()
    household = Household(
        region=region,
        name=name,
        name_latin=name_latin,
        kind=kind,
        phone=phone,
        licence_code=licence_code or None,
        licence_paper=licence_paper,
        representative=representative,
        poverty_registered_year=poverty_registered_year,
        women_led=women_led,
        youth_led=youth_led,
        registered_by=by,
        registered_at=when,
    )
    if number:
        set_identity(household, number)
    purposes = (ConsentPurpose.RECORD, ConsentPurpose.IDENTITY) if number else (ConsentPurpose.RECORD,)
    try:
        with transaction.atomic():
            household.save()
            _keep_consents(household, purposes, consent_version, by, when)
    except IntegrityError:  # somebody else registered them between the look and the save
        refuse_known(phone, number, licence_code)
        raise
    return household


def refuse_known(phone: str = "", number: str = "", licence_code: str = "") -> None:
    """Raises AlreadyRegistered when a household has this phone, this identity number or this licence (all checked)."""
    known = Household.objects.filter(phone=phone).first() if phone else None
    if known:
        raise AlreadyRegistered(_("A family with this mobile number is registered already."), known)
    known = Household.objects.filter(identity_index=identity_index(number)).first() if number else None
    if known:
        raise AlreadyRegistered(_("A family with this identity number is registered already."), known)
    known = Household.objects.filter(licence_code=licence_code).first() if licence_code else None
    if known:
        raise AlreadyRegistered(_("A co-operative or an enterprise with this licence is registered already."), known)


def draft_store(
    *,
    by: User,
    household: Household,
    station: Station,
    name: str,
    name_en: str = "",
    story: str = "",
    story_en: str = "",
    picture: Picture | None = None,
    at: dt.datetime | None = None,
) -> Store:
    """A draft under the farmer's mandate (scope: list). Raises MandateMissing."""
    with under_mandate(by=by, household=household, scope="list"):
        store = Store.objects.create(
            slug=f"{household.region.county_code}-{household.pk}",
            household=household,
            station=station,
            region=household.region,
            name=name,
            name_en=name_en,
            story=story,
            story_en=story_en,
            picture=picture,
            drafted_at=at or timezone.now(),
            drafted_by=by,
        )
        number = household.stores.count()
        if number > 1:  # a second store of one household gets an address of its own
            store.slug = f"{store.slug}-{number}"
            store.save(update_fields=["slug"])
    return store


def change_draft(*, by: User, store: Store, **changes: Any) -> Store:
    """Change the texts or picture of a draft. Raises MandateMissing, and StoreMoved when it is no draft any more."""
    with under_mandate(by=by, household=store.household, scope="list"):
        if not Store.objects.filter(pk=store.pk, status=StoreStatus.DRAFT).update(**changes):
            raise store_moved()
    store.refresh_from_db()
    return store


def submit_store(*, by: User, store: Store, at: dt.datetime | None = None) -> Store:
    """Hand a draft to the township, or to the county where a station sells.

    Raises MandateMissing, StoreMoved, StationShut, and NotMended while something that it was given back for is as it was.
    """
    require_working(store.station)
    with under_mandate(by=by, household=store.household, scope="list"):
        _refuse_unmended(store)
        changes = {
            "submitted_by": by,
            "submitted_at": at or timezone.now(),
            "recommended_by": None,
            "approved_by": None,
            "return_reason": "",
        }
        store = move_store(store, StoreStatus.DRAFT, StoreStatus.SUBMITTED, **changes)
        store.return_reasons.all().delete()
        if store.household.kind == HouseholdKind.STATION:
            # The township is among those who gather: nobody but the county can judge it.
            store = move_store(store, StoreStatus.SUBMITTED, StoreStatus.RECOMMENDED, recommended_at=store.submitted_at)
    return store


def _refuse_unmended(store: Store) -> None:
    # A paper that was given back holds no longer: without a new one the mandate is missing, which says so itself.
    waiting = store.return_reasons.filter(mended_at=None).exclude(field=ReturnedField.PAPER).order_by("pk")
    labels = [str(one.get_field_display()) for one in waiting]
    if labels:
        raise NotMended(_("Not mended yet: %(fields)s") % {"fields": _(", ").join(labels)})


def open_gathering_store(
    *,
    by: User,
    station: Station,
    name: str,
    name_en: str = "",
    story: str = "",
    story_en: str = "",
    picture: Picture | None = None,
    at: dt.datetime | None = None,
) -> Store:
    """The store in which a station sells what it gathers of many families, handed to the county centre to approve.

    By the staff of a township station or the county centre; there is no farmer, so neither consent nor mandate. Each sale still
    belongs, by its lot, to the family that grew it. Raises NotAllowed, StationShut, AlreadyRegistered (one store a station).
    """
    scope_of(by).require((Role.TOWNSHIP_STAFF, Role.CENTRE_STAFF), station.region_id)
    require_working(station)
    when = at or timezone.now()
    with transaction.atomic():
        Station.objects.select_for_update(no_key=True).get(pk=station.pk)
        seller, _new = Household.objects.get_or_create(
            station=station,
            defaults={
                "kind": HouseholdKind.STATION,
                "region": station.region,
                "name": station.name[:60],
                "name_latin": station.name_en[:80],
                "registered_by": by,
                "registered_at": when,
            },
        )
        if seller.stores.exclude(status=StoreStatus.CLOSED).exists():
            raise AlreadyRegistered(_("This station has a store of its own already."), seller)
        texts = {"name": name, "name_en": name_en, "story": story, "story_en": story_en}
        store = draft_store(by=by, household=seller, station=station, picture=picture, at=when, **texts)
        return submit_store(by=by, store=store, at=when)


def recommend_store(*, by: User, store: Store, at: dt.datetime | None = None) -> Store:
    """The township's word for a submitted store. Raises NotAllowed, OwnEntry, StoreMoved."""
    scope_of(by).require((Role.TOWNSHIP_STAFF, Role.CENTRE_STAFF), store.region_id)
    _refuse_own(by, store)
    return move_store(
        store, StoreStatus.SUBMITTED, StoreStatus.RECOMMENDED, recommended_by=by, recommended_at=at or timezone.now()
    )


def return_store(*, by: User, store: Store, reasons: Mapping[str, str]) -> Store:
    """Give a store back to its village point: `reasons` says of each ReturnedField that has to be mended what is wrong with it.

    By the township while it is submitted, by the county also when it is recommended. A signed paper that is given back holds no
    longer. Raises NotAllowed, ReasonMissing, StoreMoved.
    """
    deciders = (Role.TOWNSHIP_STAFF, Role.CENTRE_STAFF)
    scope_of(by).require(_RETURNED_BY.get(store.status, deciders), store.region_id)
    wanted = {ReturnedField(field): text.strip()[:200] for field, text in reasons.items() if text.strip()}
    if not wanted:
        raise ReasonMissing(_("Please say what has to be mended."))
    with override("zh-hans"):  # what is kept is read at the village point
        summary = "；".join(f"{field.label}：{text}" for field, text in wanted.items())
    with transaction.atomic():
        store = move_store(store, store.status, StoreStatus.DRAFT, return_reason=summary)
        store.return_reasons.all().delete()
        ReturnReason.objects.bulk_create(
            ReturnReason(store=store, field=field, text=text, by=by) for field, text in wanted.items()
        )
        if paper := wanted.get(ReturnedField.PAPER):
            for mandate in paper_mandates(store):
                refuse_paper(by=by, mandate=mandate, reason=paper)
    return store


def keep_private(folder: str, photograph: File[bytes]) -> str:
    """Put a cleaned photograph into a folder of the private store; returns its name there."""
    return storages["private"].save(f"{folder}/{public_reference()}.jpg", photograph)


def paper_mandates(store: Store) -> QuerySet[Mandate]:
    """The mandates on signed paper that the store rests on now."""
    held = mandates_in_force(store.household).filter(evidence=Evidence.PAPER)
    return held.select_related("station", "household")


def approve_store(*, by: User, store: Store, at: dt.datetime | None = None) -> Store:
    """The county's approval: the store opens. Raises NotAllowed, OwnEntry, StoreMoved."""
    scope_of(by).require((Role.CENTRE_STAFF,), store.region_id)
    _refuse_own(by, store)
    if store.recommended_by_id == by.pk:
        raise OwnEntry(_("You recommended this store; somebody else has to approve it."))
    return move_store(store, StoreStatus.RECOMMENDED, StoreStatus.OPEN, approved_by=by, opened_at=at or timezone.now())


def acting_for(household: Household, mandate: Any) -> Any:
    """A context in which every change is on record as made for this household, under this mandate (None: by the farmer)."""
    return pghistory.context(on_behalf_of=household.pk, mandate=mandate.pk if mandate else None)


def may_return(user: User, store: Store) -> bool:
    """Whether this user may give the store back to its village point now, for the pages."""
    return store.status in _RETURNED_BY and scope_of(user).may(_RETURNED_BY[store.status], store.region_id)


def may_decide(user: User, store: Store) -> str:
    """What this user may do with the store now: 'recommend', 'approve' or nothing (''), for the pages."""
    scope = scope_of(user)
    if is_own_entry(user, store):
        return ""
    if store.status == StoreStatus.SUBMITTED and scope.may((Role.TOWNSHIP_STAFF, Role.CENTRE_STAFF), store.region_id):
        return "recommend"
    two_people = store.recommended_by_id != user.pk
    if store.status == StoreStatus.RECOMMENDED and two_people and scope.may((Role.CENTRE_STAFF,), store.region_id):
        return "approve"
    return ""


def _refuse_own(by: User, store: Store) -> None:
    store.refresh_from_db(fields=["submitted_by", "drafted_by", "recommended_by"])
    if store.submitted_by_id == by.pk:
        raise OwnEntry(_("You submitted this store yourself; somebody else has to decide."))
    if is_own_entry(by, store):
        raise OwnEntry(_("You entered the family, its mandate or this store yourself; somebody else has to decide."))


def is_own_entry(user: User, store: Store) -> bool:
    """Whether this user entered any of it: the family's record, the mandate that holds, the draft, or handed it in."""
    if user.pk in (store.submitted_by_id, store.drafted_by_id, store.household.registered_by_id):
        return True
    return mandates_in_force(store.household).filter(recorded_by=user).exists()


def move_store(store: Store, before: str, to: StoreStatus, **changes: Any) -> Store:
    """The store in its next state, if it still stands in `before`; `changes` are further columns. Raises StoreMoved."""
    if to not in TRANSITIONS[before]:
        raise store_moved()
    if not Store.objects.filter(pk=store.pk, status=before).update(status=to, **changes):
        raise store_moved()
    store.refresh_from_db()
    return store


def store_moved() -> StoreMoved:
    """The error for a store that somebody else has moved meanwhile."""
    return StoreMoved(_("This store has changed meanwhile. Please look again."))
