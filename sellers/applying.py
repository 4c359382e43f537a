"""Applying a form that was filled in without a line: the same forms and the same journeys as its screens, one after the other."""

import logging
from typing import Any

from django.db import DataError
from django.utils.dateparse import parse_datetime

from accounts.models import User
from pictures.intake import take_in
from sellers import mandates, onboarding, openings
from sellers.filled import Filled, read_photographs
from sellers.form_kinds import AS_IT_STANDS, Conflict, Decision, Made
from sellers.forms import FarmerForm, IdentityForm, MandateForm, Screen, StoreForm
from sellers.models import Evidence, Opening, StoreStatus
from sellers.names import store_names
from stations.keeping import StationShut
from stations.models import Station
from stations.models.posting import STAFF_ROLES
from stations.scope import NotAllowed, scope_of

logger = logging.getLogger("daylily.sellers")


def apply(*, by: User, station: Station, filled: Filled, decision: Decision = AS_IT_STANDS) -> Made:
    """Bring an opening as far as it goes: to the township when the farmer's word is in it, to the screen of the mandate when it is not.

    Runs within the caller's transaction, which is undone when it raises Conflict.
    """
    if not scope_of(by).may(STAFF_ROLES, station.region_id):
        raise Conflict("posted")
    try:
        opening = _opening(by, station, filled, decision)
        if opening.household is None:
            opening = _identify(by, opening, filled)
        _ask(by, opening, filled)
        opening = _furnish(by, opening, filled)
    except onboarding.AlreadyRegistered as known:
        raise Conflict("known", household=known.household) from known
    except (mandates.MandateMissing, mandates.AlreadyConfirmed) as missing:
        raise Conflict("mandate") from missing
    except onboarding.StoreMoved as moved:
        raise Conflict("moved") from moved
    except openings.VillageOutside as outside:
        raise Conflict("answers") from outside
    except StationShut as shut:
        raise Conflict("shut") from shut
    except NotAllowed as refused:
        raise Conflict("posted") from refused
    except (ValueError, OverflowError, DataError) as unreadable:
        # What no form refused and the record can't hold: a person has to look. Only its kind is logged, its text may quote the answers.
        logger.warning("A form from a phone could not be applied: %s.", type(unreadable).__name__)
        raise Conflict("answers") from unreadable
    going_on = Opening.objects.filter(pk=opening.pk).first()  # gone once it is submitted
    return Made("under_way" if going_on else "submitted", opening=going_on, store=opening.store)


def bound(form: type[Screen], opening: Opening, filled: Filled) -> Any:
    """A screen's form with what the phone sent for it."""
    screen = form.__name__.removesuffix("Form").lower()
    return form(opening, filled.answers, read_photographs(filled), prefix=screen)


def bound_farmer(station: Station, filled: Filled) -> FarmerForm:
    """The first screen's form with what the phone sent for it."""
    return FarmerForm([station], filled.answers | {"farmer-station": str(station.pk)}, prefix="farmer")


def _valid(form: Any) -> dict[str, Any]:
    if not form.is_valid():
        raise Conflict("answers")
    answers: dict[str, Any] = form.cleaned_data
    return answers


def _opening(by: User, station: Station, filled: Filled, decision: Decision) -> Opening:
    """The opening that it belongs to: the one that was taken along, one for the family on record, or a new one."""
    if filled.base:
        return _taken_along(by, filled, decision)
    if decision.household is not None:
        return openings.continue_with(by=by, household=decision.household, station=station)
    answers = _valid(bound_farmer(station, filled))
    del answers["station"]
    return openings.begin_opening(by=by, station=station, **answers)


def _taken_along(by: User, filled: Filled, decision: Decision) -> Opening:
    rows = Opening.objects.visible_to(by).select_for_update(of=("self",), no_key=True)
    opening = rows.filter(ref=filled.base.get("ref", "")).first()
    if opening is None:
        raise Conflict("gone")
    if opening.changed_at != parse_datetime(filled.base.get("changed_at", "")) and not decision.over_changes:
        raise Conflict("changed", household=opening.household)
    return opening


def _identify(by: User, opening: Opening, filled: Filled) -> Opening:
    form = bound(IdentityForm, opening, filled)
    _valid(form)
    openings.record_identity(by=by, opening=opening, **form.answers())
    return _anew(opening)


def _anew(opening: Opening) -> Opening:
    """The opening as the journeys left it, with all it links to."""
    return Opening.objects.select_related("station__region", "household__region", "mandate", "store").get(pk=opening.pk)


def _ask(by: User, opening: Opening, filled: Filled) -> None:
    """Write down what the farmer allows, unless they have given their word already; the signed paper lets it hold."""
    if opening.mandate is not None and opening.mandate.confirmed_at is not None:
        return
    if "mandate-ends_on" not in filled.answers:
        return
    form = bound(MandateForm, opening, filled)
    answers = _valid(form)
    openings.record_terms(by=by, opening=opening, terms=form.terms())
    if answers["how"] == Evidence.PAPER and answers["paper"]:
        openings.confirm_by_paper(by=by, opening=_anew(opening), paper=answers["paper"])


def _furnish(by: User, opening: Opening, filled: Filled) -> Opening:
    """Name, story and picture; a draft that came of it goes to the township."""
    opening = _anew(opening)
    if opening.mandate is None or not filled.answers.get("store-name", "").strip():
        return opening
    answers = dict(_valid(bound(StoreForm, opening, filled)))
    assert opening.household is not None
    if not answers["name_en"]:
        answers["name_en"] = dict(store_names(opening.household)).get(answers["name"], "")
    file, title = answers.pop("picture"), answers["name"]
    picture = take_in(file, title=title, alt_zh=title, alt_en=answers["name_en"]) if file else None
    store = openings.record_store(by=by, opening=opening, picture=picture, **answers)
    opening = _anew(opening)
    if store is not None and store.status == StoreStatus.DRAFT:
        opening.store = openings.submit(by=by, store=store)
    return opening
