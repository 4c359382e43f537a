"""The five screens between a farmer's consent and a submitted store: each keeps what was entered, and any phone can go on from there.

Nothing about a farmer is written before their consent. What the screens collect ends in sellers.onboarding and sellers.mandates.
"""

import datetime as dt
from typing import Any

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.phones import checked_phone
from pictures.models import Picture
from sellers import mandates, onboarding
from sellers.consent import CONSENT_VERSION
from sellers.mending import changed_texts, mark_mended, screens_to_mend
from sellers.models import Household, HouseholdKind, Mandate, Opening, OpeningStep, Store, StoreStatus
from sellers.names import latin_name
from stations.keeping import require_working
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


def station_serves_one_village(station: Station) -> bool:
    """Whether the station's region is itself a village."""
    return station.region.level == Level.VILLAGE


def may_show(opening: Opening, step: str) -> bool:
    """Whether a screen can be shown: it has been reached, and is not behind the farmer's registration or word.

    What goes into the store may be filled in while the farmer's word is awaited; a screen that was given back is open again.
    """
    steps = OpeningStep.values
    if step not in steps:
        return False
    if step == OpeningStep.STORE and opening.mandate is not None:
        return True
    if step != OpeningStep.MANDATE and step in screens_to_mend(opening.store):
        return True
    return steps.index(_first_open_step(opening)) <= steps.index(step) <= steps.index(opening.step)


def _first_open_step(opening: Opening) -> str:
    if opening.kind == HouseholdKind.STATION or (opening.mandate and not _awaits_word(opening.mandate)):
        return OpeningStep.STORE
    return OpeningStep.MANDATE if opening.household else OpeningStep.FARMER


def begin_opening(
    *, by: User, station: Station, consent: bool, kind: str = HouseholdKind.HOUSEHOLD, name: str, phone: str
) -> Opening:
    """An opening with the farmer's consent, name and phone. Raises NotAllowed, ConsentMissing, BadPhone, AlreadyRegistered."""
    scope_of(by).require(STAFF_ROLES, station.region_id)
    require_working(station)
    if not consent:
        raise onboarding.ConsentMissing(_("Without the farmer's consent no personal data is kept."))
    phone = checked_phone(phone)
    onboarding.refuse_known(phone=phone)
    return Opening.objects.create(
        station=station,
        begun_by=by,
        consent_version=CONSENT_VERSION,
        kind=kind,
        name=name,
        phone=phone,
        region=station.region if station_serves_one_village(station) else None,
        step=OpeningStep.IDENTITY,
    )


def continue_with(*, by: User, household: Household, station: Station) -> Opening:
    """An opening for a family on record: the one that is under way, or a new one that begins at the mandate or the store.

    Raises NotAllowed when the household or the station is outside the user's postings, StationShut, and OwnAccount for a farmer who
    looks after the store and lets nobody help.
    """
    scope_of(by).require(STAFF_ROLES, station.region_id)
    scope_of(by).require(STAFF_ROLES, household.region_id)
    require_working(station)
    with transaction.atomic():
        Household.objects.select_for_update(no_key=True).get(pk=household.pk)
        under_way = Opening.objects.visible_to(by).filter(household=household).first()
        if under_way:
            return under_way
        may_go_on, mandate = _word_of(by, household)
        if not may_go_on:
            mandates.refuse_with_own_account(household)
        return Opening.objects.create(
            station=station,
            begun_by=by,
            consent_version=CONSENT_VERSION,
            kind=household.kind,
            region=household.region,
            household=household,
            mandate=mandate,
            step=OpeningStep.STORE if may_go_on else OpeningStep.MANDATE,
        )


def _word_of(by: User, household: Household) -> tuple[bool, Mandate | None]:
    """Whether `by` may describe goods for the household today, and the mandate that says so (None where none is needed)."""
    try:
        return True, mandates.mandate_for(by, household, "list")
    except mandates.MandateMissing:
        return False, None


def mend_store(*, by: User, store: Store) -> Opening:
    """The screens again for a draft: returned, or never submitted. Where the farmer's word no longer holds, it is asked first.

    Raises NotAllowed, StoreMoved, and OwnAccount for a farmer who looks after the store and lets nobody help.
    """
    scope_of(by).require(STAFF_ROLES, store.station.region_id)
    with transaction.atomic():
        kept = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
        if kept.status != StoreStatus.DRAFT:
            raise onboarding.StoreMoved(_("This store has changed meanwhile. Please look again."))
        may_go_on, mandate = _word_of(by, kept.household)
        if not may_go_on:
            mandates.refuse_with_own_account(kept.household)
        opening = Opening.objects.filter(store=kept).first() or _opening_again(by, kept)
        opening.mandate = mandate or _refused_mandate(kept.household)
        opening.step = OpeningStep.REVIEW if may_go_on else OpeningStep.MANDATE
        opening.save(update_fields=["mandate", "step", "changed_at"])
    return opening


def _refused_mandate(household: Household) -> Mandate | None:
    """The last mandate, if its paper was given back: the screen says why."""
    last = (
        Mandate.objects.filter(household=household, confirmed_at__isnull=False).order_by("-recorded_at", "-pk").first()
    )
    return last if last and last.refused_at else None


def _opening_again(by: User, store: Store) -> Opening:
    return Opening.objects.create(
        store=store,
        station=store.station,
        begun_by=by,
        consent_version=CONSENT_VERSION,
        kind=store.household.kind,
        region=store.region,
        household=store.household,
        store_name=store.name,
        store_name_en=store.name_en,
        story=store.story,
        story_en=store.story_en,
        picture=store.picture,
    )


def record_farmer(*, by: User, opening: Opening, kind: str, name: str, phone: str) -> None:
    """Who sells, as corrected before they are on record. Raises NotAllowed, BadPhone, AlreadyRegistered."""
    phone = checked_phone(phone)
    onboarding.refuse_known(phone=phone)
    _keep(by, opening, OpeningStep.FARMER, kind=kind, name=name, phone=phone)


def record_identity(
    *,
    by: User,
    opening: Opening,
    identity: str = "",
    region: Region | None = None,
    licence_code: str = "",
    representative: str = "",
    licence: File[bytes] | None = None,
    poverty_registered_year: int | None = None,
    women_led: bool = False,
    youth_led: bool = False,
) -> Household:
    """Put the farmer on record: a family by its identity number, a co-operative or an enterprise by its licence.

    `region` is needed where the station serves several villages; `licence` is a cleaned photograph. What the opening held about
    them is emptied, and a second click finds them registered. Raises NotAllowed, VillageOutside, BadIdentityNumber, BadLicence,
    AlreadyRegistered.
    """
    with transaction.atomic():
        kept = _locked(opening)
        if kept.household is not None:
            opening.refresh_from_db()
            return kept.household
        paper = keep_licence(kept, licence) if licence else kept.licence_paper
        household = onboarding.register_household(
            by=by,
            station=kept.station,
            region=_village(kept, region),
            kind=kept.kind,
            name=kept.name,
            name_latin=latin_name(kept.name) if kept.kind == HouseholdKind.HOUSEHOLD else "",
            phone=kept.phone,
            identity=identity,
            licence_code=licence_code,
            licence_paper=paper,
            representative=representative,
            consent=True,
            consent_version=kept.consent_version,
            poverty_registered_year=poverty_registered_year,
            women_led=women_led,
            youth_led=youth_led,
            at=kept.begun_at,
        )
        emptied = {"name": "", "phone": "", "licence_paper": ""}
        _keep(by, opening, OpeningStep.IDENTITY, household=household, region=household.region, **emptied)
    return household


def keep_licence(opening: Opening, licence: File[bytes]) -> str:
    """Keep a cleaned photograph of the licence with the opening, so that it is sent once; returns its name in the private store."""
    opening.licence_paper = onboarding.keep_private("licences", licence)
    opening.save(update_fields=["licence_paper", "changed_at"])
    return opening.licence_paper


def _village(opening: Opening, region: Region | None) -> Region:
    chosen = opening.region if station_serves_one_village(opening.station) else region
    if chosen is None or chosen.code not in {village.code for village in villages_of(opening.station)}:
        raise VillageOutside(_("Your station does not serve this village."))
    return chosen


def record_terms(*, by: User, opening: Opening, terms: mandates.Terms) -> None:
    """What the farmer would allow, until when; it can change until they give their word. Raises NotAllowed, AlreadyConfirmed."""
    with transaction.atomic():
        kept = _locked(opening)
        assert kept.household is not None
        if kept.mandate and still_to_confirm(kept.mandate):
            if all(getattr(kept.mandate, name) == value for name, value in terms.items()):
                return  # a second click: the code that is on its way still holds
            mandate = mandates.revise_mandate(by=by, mandate=kept.mandate, **terms)
        else:
            mandate = mandates.record_mandate(by=by, household=kept.household, station=kept.station, **terms)
        opening.mandate = mandate
        opening.save(update_fields=["mandate", "changed_at"])


def still_to_confirm(mandate: Mandate) -> bool:
    """Whether a mandate is written down and waits for the farmer's word."""
    return mandate.confirmed_at is None and mandate.withdrawn_at is None


def _awaits_word(mandate: Mandate) -> bool:
    return still_to_confirm(mandate) or mandate.refused_at is not None


def confirm_by_code(*, by: User, opening: Opening, code: str) -> None:
    """The farmer told the code that was texted to them. Raises NotAllowed, CodeRefused."""
    assert opening.mandate is not None
    mandates.confirm_by_code(mandate=opening.mandate, code=code)
    _go_on_with_word(by, opening)


def confirm_by_paper(*, by: User, opening: Opening, paper: File[bytes]) -> None:
    """The farmer signed a paper; `paper` is its cleaned photograph. Raises NotAllowed, AlreadyConfirmed."""
    assert opening.mandate is not None
    kept = mandates.confirm_by_paper(by=by, mandate=opening.mandate, paper=paper)
    _go_on_with_word(by, opening, holds=not kept.paper_waits)


def _go_on_with_word(by: User, opening: Opening, *, holds: bool = True) -> None:
    """The farmer has given their word: a store that was filled in meanwhile becomes a draft."""
    _keep(by, opening, OpeningStep.MANDATE)
    if opening.store_name and holds:
        _draft(by, opening)


def record_store(
    *,
    by: User,
    opening: Opening,
    name: str,
    name_en: str = "",
    story: str = "",
    story_en: str = "",
    picture: Picture | None = None,
) -> Store | None:
    """Name, story and picture (None keeps the one that is there). The draft comes into being once the farmer has given their word.

    Until then the opening keeps what was typed, and None is returned. Raises NotAllowed, MandateMissing, StoreMoved.
    """
    typed: dict[str, object] = {"store_name": name, "store_name_en": name_en, "story": story, "story_en": story_en}
    if picture is not None:
        typed["picture"] = picture
    scope_of(by).require(STAFF_ROLES, opening.station.region_id)
    for field, value in typed.items():
        setattr(opening, field, value)
    opening.save(update_fields=[*typed, "changed_at"])  # kept, even where the mandate turns out to be over
    if opening.mandate is not None and _awaits_word(opening.mandate):
        return None
    return _draft(by, opening)


def keep_picture(opening: Opening, picture: Picture) -> None:
    """Keep the store's picture with the opening while another answer of its screen is still wrong, so that it is sent once."""
    opening.picture = picture
    opening.save(update_fields=["picture", "changed_at"])


def _draft(by: User, opening: Opening) -> Store:
    """The draft as the opening tells it; the first time it comes into being. Raises MandateMissing, StoreMoved."""
    with transaction.atomic():
        kept = _locked(opening)
        assert kept.household is not None
        texts = _texts(kept)
        if kept.store is None:
            store = onboarding.draft_store(by=by, household=kept.household, station=kept.station, **texts)
        else:
            changed = changed_texts(kept.store, texts)
            store = onboarding.change_draft(by=by, store=kept.store, **texts)
            mark_mended(store, changed)
        _keep(by, opening, OpeningStep.STORE, store=store)
    return store


def _texts(opening: Opening) -> dict[str, Any]:
    typed: dict[str, Any] = {
        "name": opening.store_name,
        "name_en": opening.store_name_en,
        "story": opening.story,
        "story_en": opening.story_en,
    }
    return {**typed, "picture": opening.picture} if opening.picture else typed


def submit(*, by: User, store: Store) -> Store:
    """Hand the store to the township; its opening has done its work. Raises MandateMissing, StoreMoved, NotMended."""
    with transaction.atomic():
        store = onboarding.submit_store(by=by, store=store)
        Opening.objects.filter(store=store).delete()
    return store


def step_back_to_mandate(opening: Opening) -> None:
    """The mandate ran out or was withdrawn on the way: the farmer is asked again."""
    Opening.objects.filter(pk=opening.pk).update(step=OpeningStep.MANDATE, mandate=None)
    opening.refresh_from_db()


def discard(*, by: User, opening: Opening) -> bool:
    """Forget an opening whose farmer is not on record yet; False, and nothing changed, where they are. Raises NotAllowed."""
    scope_of(by).require(STAFF_ROLES, opening.station.region_id)
    if opening.household is not None:
        return False
    _forget(opening)
    return True


def _forget(opening: Opening) -> None:
    opening.delete()
    if opening.licence_paper:
        storages["private"].delete(opening.licence_paper)


def forget_openings(*, at: dt.datetime | None = None) -> int:
    """Delete openings that nobody touched for thirty days and that hold a farmer's data without a household; returns how many."""
    before = (at or timezone.now()) - FORGOTTEN_AFTER
    forgotten = list(Opening.objects.filter(household=None, changed_at__lt=before))
    for opening in forgotten:
        _forget(opening)
    return len(forgotten)


def _locked(opening: Opening) -> Opening:
    """The row as it stands now, held until the transaction ends: two clicks come one after the other."""
    return Opening.objects.select_for_update(of=("self",), no_key=True).get(pk=opening.pk)


def _keep(by: User, opening: Opening, step: str, **changes: object) -> None:
    """Save what a screen collected, and go to the next screen if this was the furthest one."""
    scope_of(by).require(STAFF_ROLES, opening.station.region_id)
    for field, value in changes.items():
        setattr(opening, field, value)
    steps = OpeningStep.values
    if opening.step == step:
        opening.step = steps[steps.index(step) + 1]
    opening.save(update_fields=[*changes, "step", "changed_at"])
