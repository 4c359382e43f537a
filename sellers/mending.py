"""Mending what a store was given back for: the farmer's name, the identity number, the village, the licence.

A record is otherwise corrected by the county centre (sellers.families). Here the village point does it itself, because township or county
asked for it by name, and only as long as nothing was ever sold or paid under the old record.
"""

from collections.abc import Iterable, Mapping

import pghistory
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from sellers import onboarding
from sellers.identity import checked_identity, set_identity
from sellers.licence import checked_licence
from sellers.models import (
    Household,
    HouseholdKind,
    Opening,
    OpeningStep,
    ReturnedField,
    ReturnReason,
    Store,
    StoreStatus,
)
from sellers.names import latin_name
from stations.models import Region
from stations.models.posting import STAFF_ROLES
from stations.scope import NotAllowed, scope_of

# The screen that mends a field.
SCREEN_OF: dict[str, str] = {
    ReturnedField.FARMER: OpeningStep.FARMER,
    ReturnedField.IDENTITY: OpeningStep.IDENTITY,
    ReturnedField.VILLAGE: OpeningStep.IDENTITY,
    ReturnedField.LICENCE: OpeningStep.IDENTITY,
    ReturnedField.PAPER: OpeningStep.MANDATE,
    ReturnedField.NAME: OpeningStep.STORE,
    ReturnedField.STORY: OpeningStep.STORE,
    ReturnedField.PICTURE: OpeningStep.STORE,
}


def reasons_of(store: Store | None) -> dict[str, str]:
    """Why the store was given back, by ReturnedField; empty when it was not, or was submitted again."""
    if store is None:
        return {}
    return dict(ReturnReason.objects.filter(store=store).values_list("field", "text"))


def screens_to_mend(store: Store | None) -> list[str]:
    """The screens that the reasons of a return point to, in their order."""
    wanted = {SCREEN_OF[field] for field in reasons_of(store)}
    return [step for step in OpeningStep.values if step in wanted]


def fields_returned(kind: str, *, by_paper: bool) -> list[ReturnedField]:
    """What of a store of this kind of seller can be given back; `by_paper` where it rests on a signed paper."""
    unfit = {ReturnedField.LICENCE} if kind == HouseholdKind.HOUSEHOLD else {ReturnedField.IDENTITY}
    if kind == HouseholdKind.STATION:
        unfit = {ReturnedField.FARMER, ReturnedField.IDENTITY, ReturnedField.VILLAGE, ReturnedField.LICENCE}
    if not by_paper:
        unfit.add(ReturnedField.PAPER)
    return [field for field in ReturnedField if field not in unfit]


def mark_mended(store: Store, fields: Iterable[str]) -> None:
    """Note that these ReturnedFields have been seen to since the store was given back."""
    ReturnReason.objects.filter(store=store, field__in=list(fields), mended_at=None).update(mended_at=timezone.now())


def changed_texts(store: Store, texts: Mapping[str, object]) -> set[str]:
    """Which ReturnedFields of a store these texts (`name`, `story`, ... and `picture`) change."""
    of = {"name_en": ReturnedField.NAME, "story_en": ReturnedField.STORY}
    return {of.get(name, name) for name, value in texts.items() if getattr(store, name) != value}


def mend_farmer(*, by: User, opening: Opening, name: str) -> None:
    """Write the farmer's name as it should have been. Raises NotAllowed."""
    latin = latin_name(name) if opening.kind == HouseholdKind.HOUSEHOLD else ""
    _correct(by, opening, {ReturnedField.FARMER}, name=name, name_latin=latin)


def mend_identity(
    *,
    by: User,
    opening: Opening,
    identity: str = "",
    region: Region | None = None,
    licence_code: str = "",
    representative: str = "",
    licence: File[bytes] | None = None,
) -> None:
    """Write identity number, village or licence as they should have been; what is empty stays.

    Raises NotAllowed, BadIdentityNumber, BadLicence, AlreadyRegistered.
    """
    changes: dict[str, object] = {}
    if region is not None:
        changes["region"] = region
    if licence_code:
        changes.update(licence_code=checked_licence(licence_code), representative=representative)
    if licence is not None:
        changes["licence_paper"] = onboarding.keep_private("licences", licence)
    number = checked_identity(identity) if identity else ""
    wanted = {ReturnedField.IDENTITY, ReturnedField.VILLAGE, ReturnedField.LICENCE}
    _correct(by, opening, wanted, number=number, **changes)


def _correct(by: User, opening: Opening, wanted: set[ReturnedField], *, number: str = "", **changes: object) -> None:
    household, store = opening.household, opening.store
    assert household is not None and store is not None
    scope_of(by).require(STAFF_ROLES, opening.station.region_id)
    if not wanted & reasons_of(store).keys() or _was_ever_open(household):
        raise NotAllowed(_("This record is corrected by the county centre."))
    try:
        with transaction.atomic(), pghistory.context(on_behalf_of=household.pk):
            kept = Household.objects.select_for_update(no_key=True).get(pk=household.pk)
            _refuse_others(kept, number, str(changes.get("licence_code", "")))
            for name, value in changes.items():
                setattr(kept, name, value)
            if number:
                set_identity(kept, number)
            kept.save()
            mark_mended(store, wanted)
            if "region" in changes:
                Store.objects.filter(pk=store.pk).update(region=kept.region)
    except IntegrityError:  # somebody else was registered with it in this moment
        _refuse_others(household, number, str(changes.get("licence_code", "")))
        raise
    opening.refresh_from_db()


def _was_ever_open(household: Household) -> bool:
    return (
        household.stores.exclude(status=StoreStatus.DRAFT).exists()
        or household.stores.filter(opened_at__isnull=False).exists()
    )


def _refuse_others(household: Household, number: str, licence_code: str) -> None:
    try:
        onboarding.refuse_known(number=number, licence_code=licence_code)
    except onboarding.AlreadyRegistered as known:
        if known.household != household:
            raise


def reasons_by_screen(reasons: Mapping[str, str], step: str) -> dict[str, str]:
    """Those of the reasons that this screen mends."""
    return {field: text for field, text in reasons.items() if SCREEN_OF[field] == step}
