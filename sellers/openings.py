"""The screens between a farmer's consent and a submitted store: each keeps what was entered, and any phone can go on from there.

Nothing about a farmer is written before their consent. What the screens collect ends in sellers.onboarding and sellers.mandates.
"""

import datetime as dt

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.phones import checked_phone
from accounts.sealing import seal, unseal
from pictures.models import Picture
from sellers import mandates, onboarding
from sellers.consent import CONSENT_VERSION
from sellers.identity import checked_identity
from sellers.models import Household, Mandate, Opening, OpeningStep, Store, StoreStatus
from sellers.names import latin_name
from stations.models import Level, Region, Station
from stations.models.posting import STAFF_ROLES
from stations.models.region import code_range
from stations.scope import scope_of

FORGOTTEN_AFTER = dt.timedelta(days=30)


class VillageOutside(ValueError):
    """A village that the station does not serve."""


def villages_of(station: Station) -> list[Region]:
    """The villages that a station serves, in the order of their codes; its own region where the list of villages is not known."""
    found = Region.objects.filter(level=Level.VILLAGE, code__range=code_range(station.region_id)).select_related(
        "parent"
    )
    return list(found) or [station.region]


def steps_of(opening: Opening) -> list[str]:
    """The screens of this opening in order: a village point has one village, so nobody is asked for it."""
    one_village = station_serves_one_village(opening.station)
    return [step for step in OpeningStep.values if not (one_village and step == OpeningStep.VILLAGE)]


def station_serves_one_village(station: Station) -> bool:
    """Whether the station's region is itself a village."""
    return station.region.level == Level.VILLAGE


def may_show(opening: Opening, step: str) -> bool:
    """Whether a screen can be shown: it has been reached, and is not behind the farmer's registration or word."""
    steps = steps_of(opening)
    if step not in steps or steps.index(step) > steps.index(opening.step):
        return False
    first = _first_open_step(opening)
    return steps.index(step) >= steps.index(first)


def _first_open_step(opening: Opening) -> str:
    if opening.mandate and opening.mandate.confirmed_at:
        return OpeningStep.NAME
    return OpeningStep.MANDATE if opening.household else OpeningStep.PERSON


def begin_opening(*, by: User, station: Station, consent: bool) -> Opening:
    """An opening with the farmer's consent and nothing else. Raises NotAllowed, ConsentMissing."""
    scope_of(by).require(STAFF_ROLES, station.region_id)
    if not consent:
        raise onboarding.ConsentMissing(_("Without the farmer's consent no personal data is kept."))
    region = station.region if station_serves_one_village(station) else None
    return Opening.objects.create(station=station, begun_by=by, consent_version=CONSENT_VERSION, region=region)


def continue_with(*, by: User, household: Household, station: Station) -> Opening:
    """An opening for a family on record: the one that is under way, or a new one that begins at the mandate or the store's name.

    Raises NotAllowed when the household or the station is outside the user's postings.
    """
    scope_of(by).require(STAFF_ROLES, station.region_id)
    scope_of(by).require(STAFF_ROLES, household.region_id)
    with transaction.atomic():
        Household.objects.select_for_update(no_key=True).get(pk=household.pk)
        under_way = Opening.objects.visible_to(by).filter(household=household).first()
        if under_way:
            return under_way
        mandate = _mandate_in_force(by, household)
        return Opening.objects.create(
            station=station,
            begun_by=by,
            consent_version=CONSENT_VERSION,
            region=household.region,
            household=household,
            mandate=mandate,
            step=OpeningStep.NAME if mandate else OpeningStep.MANDATE,
        )


def _mandate_in_force(by: User, household: Household) -> Mandate | None:
    try:
        return mandates.mandate_for(by, household, "list")
    except mandates.MandateMissing:
        return None


def mend_store(*, by: User, store: Store) -> Opening:
    """The screens again for a draft (returned, or never submitted). Raises NotAllowed, MandateMissing, StoreMoved."""
    scope_of(by).require(STAFF_ROLES, store.station.region_id)
    mandate = mandates.mandate_for(by, store.household, "list")
    with transaction.atomic():
        kept = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
        if kept.status != StoreStatus.DRAFT:
            raise onboarding.StoreMoved(_("This store has changed meanwhile. Please look again."))
        opening, _new = Opening.objects.get_or_create(
            store=kept,
            defaults={
                "station": store.station,
                "begun_by": by,
                "consent_version": CONSENT_VERSION,
                "region": store.region,
                "household": store.household,
                "mandate": mandate,
                "step": OpeningStep.REVIEW,
            },
        )
    return opening


def record_person(*, by: User, opening: Opening, name: str, phone: str) -> None:
    """Whose store it will be. Raises NotAllowed, BadPhone, AlreadyRegistered."""
    phone = checked_phone(phone)
    onboarding.refuse_known(phone=phone)
    _keep(by, opening, OpeningStep.PERSON, name=name, phone=phone)


def record_village(*, by: User, opening: Opening, region: Region) -> None:
    """The village they live in. Raises NotAllowed, VillageOutside."""
    if region.code not in {village.code for village in villages_of(opening.station)}:
        raise VillageOutside(_("Your station does not serve this village."))
    _keep(by, opening, OpeningStep.VILLAGE, region=region)


def record_identity(*, by: User, opening: Opening, identity: str) -> None:
    """Their identity number, sealed at once. Raises NotAllowed, BadIdentityNumber, AlreadyRegistered."""
    number = checked_identity(identity)
    onboarding.refuse_known(number=number)
    sealed = seal(number, place=opening.seal_place)
    _keep(by, opening, OpeningStep.IDENTITY, identity_sealed=sealed, identity_tail=number[-4:])


def register(
    *, by: User, opening: Opening, poverty_registered_year: int | None, women_led: bool, youth_led: bool
) -> Household:
    """Put the family on record; what the opening held about them is emptied. A second click finds them registered.

    Raises NotAllowed, AlreadyRegistered.
    """
    with transaction.atomic():
        kept = _locked(opening)
        if kept.household is not None:
            opening.refresh_from_db()
            return kept.household
        assert kept.region is not None
        household = onboarding.register_household(
            by=by,
            station=kept.station,
            region=kept.region,
            name=kept.name,
            name_latin=latin_name(kept.name),
            phone=kept.phone,
            identity=unseal(bytes(kept.identity_sealed), place=kept.seal_place) if kept.identity_sealed else "",
            consent=True,
            consent_version=kept.consent_version,
            poverty_registered_year=poverty_registered_year,
            women_led=women_led,
            youth_led=youth_led,
            at=kept.begun_at,
        )
        emptied = {"name": "", "phone": "", "identity_sealed": None, "identity_tail": ""}
        _keep(by, opening, OpeningStep.ABOUT, household=household, **emptied)
    return household


def record_terms(*, by: User, opening: Opening, terms: mandates.Terms) -> None:
    """What the farmer would allow, until when; it can change until they give their word. Raises NotAllowed, AlreadyConfirmed."""
    with transaction.atomic():
        kept = _locked(opening)
        assert kept.household is not None
        if kept.mandate and _still_to_confirm(kept.mandate):
            mandate = mandates.revise_mandate(by=by, mandate=kept.mandate, **terms)
        else:
            mandate = mandates.record_mandate(by=by, household=kept.household, station=kept.station, **terms)
        _keep(by, opening, OpeningStep.MANDATE, mandate=mandate)


def _still_to_confirm(mandate: Mandate) -> bool:
    return mandate.confirmed_at is None and mandate.withdrawn_at is None


def confirm_by_code(*, by: User, opening: Opening, code: str) -> None:
    """The farmer told the code that was texted to them. Raises NotAllowed, CodeRefused."""
    assert opening.mandate is not None
    mandates.confirm_by_code(mandate=opening.mandate, code=code)
    _keep(by, opening, OpeningStep.PROOF)


def confirm_by_paper(*, by: User, opening: Opening, paper: File[bytes]) -> None:
    """The farmer signed a paper; `paper` is its cleaned photograph. Raises NotAllowed, AlreadyConfirmed."""
    assert opening.mandate is not None
    mandates.confirm_by_paper(by=by, mandate=opening.mandate, paper=paper)
    _keep(by, opening, OpeningStep.PROOF)


def record_name(*, by: User, opening: Opening, name: str, name_en: str) -> None:
    """The store's name; the first time, the draft comes into being. Raises NotAllowed, MandateMissing, StoreMoved."""
    with transaction.atomic():
        kept = _locked(opening)
        assert kept.household is not None
        if kept.store is None:
            store = onboarding.draft_store(
                by=by, household=kept.household, station=kept.station, name=name, name_en=name_en
            )
        else:
            store = onboarding.change_draft(by=by, store=kept.store, name=name, name_en=name_en)
        _keep(by, opening, OpeningStep.NAME, store=store)


def record_story(*, by: User, opening: Opening, story: str, story_en: str) -> None:
    """What buyers read about the family. Raises NotAllowed, MandateMissing, StoreMoved."""
    assert opening.store is not None
    onboarding.change_draft(by=by, store=opening.store, story=story, story_en=story_en)
    _keep(by, opening, OpeningStep.STORY)


def record_picture(*, by: User, opening: Opening, picture: Picture | None) -> None:
    """The store's picture; None keeps what is there. Raises NotAllowed, MandateMissing, StoreMoved."""
    assert opening.store is not None
    if picture is not None:
        onboarding.change_draft(by=by, store=opening.store, picture=picture)
    _keep(by, opening, OpeningStep.PICTURE)


def submit(*, by: User, store: Store) -> Store:
    """Hand the store to the township; its opening has done its work. Raises MandateMissing, StoreMoved."""
    with transaction.atomic():
        store = onboarding.submit_store(by=by, store=store)
        Opening.objects.filter(store=store).delete()
    return store


def step_back_to_mandate(opening: Opening) -> None:
    """The mandate ran out or was withdrawn on the way: the farmer is asked again."""
    Opening.objects.filter(pk=opening.pk).update(step=OpeningStep.MANDATE, mandate=None)
    opening.refresh_from_db()


def forget_openings(*, at: dt.datetime | None = None) -> int:
    """Delete openings that nobody touched for thirty days and that hold a farmer's data without a household; returns how many."""
    before = (at or timezone.now()) - FORGOTTEN_AFTER
    return Opening.objects.filter(household=None, changed_at__lt=before).delete()[0]


def _locked(opening: Opening) -> Opening:
    """The row as it stands now, held until the transaction ends: two clicks come one after the other."""
    return Opening.objects.select_for_update(of=("self",), no_key=True).get(pk=opening.pk)


def _keep(by: User, opening: Opening, step: str, **changes: object) -> None:
    """Save what a screen collected, and go to the next screen if this was the furthest one."""
    scope_of(by).require(STAFF_ROLES, opening.station.region_id)
    for field, value in changes.items():
        setattr(opening, field, value)
    steps = steps_of(opening)
    if opening.step == step:
        opening.step = steps[steps.index(step) + 1]
    opening.save(update_fields=[*changes, "step", "changed_at"])
