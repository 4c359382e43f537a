"""The five screens of opening a store: short, kept at each step, to be continued on any phone."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from pictures.intake import take_in
from pictures.models import Picture
from sellers import mandates, mending, onboarding, openings
from sellers.consent import CONSENT_IDENTITY
from sellers.forms import (
    FarmerFields,
    FarmerForm,
    IdentityForm,
    NameForm,
    StoreForm,
)
from sellers.models import Household, HouseholdKind, Opening, OpeningStep
from sellers.views.desk import acting, desk_view
from sellers.views.screens import first_page, opening_of, page, phases
from sellers.views.stores import reasons_list
from sellers.views.word import mandate_screen
from stations.keeping import require_working
from stations.models import Station
from stations.models.region import code_range
from stations.workplace import stations_of


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def begin(request: HttpRequest) -> HttpResponse:
    """The first screen: the farmer's consent, name and phone; an opening exists from here on."""
    user = acting(request)
    stations = stations_of(user)
    if not stations:
        raise PermissionDenied(_("Stores are opened by the staff of a station. You have no posting at one."))
    if not any(station.is_active for station in stations):
        require_working(stations[0])  # said before the farmer is asked anything
    form = FarmerForm([station for station in stations if station.is_active], request.POST or None)
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("desk_opening", ref=openings.begin_opening(by=user, **form.cleaned_data).ref)
        except onboarding.AlreadyRegistered as known:
            context = _known(request, form, "phone", known)
    under_way = Opening.objects.visible_to(user).filter(begun_by=user).select_related("household")[:5]
    return first_page(request, form, under_way=under_way, phases=phases(OpeningStep.FARMER), **context)


@desk_view
def resume(request: HttpRequest, ref: str) -> HttpResponse:
    """Goes to the screen where the opening stands."""
    opening = opening_of(request, ref)
    return redirect("desk_opening_step", ref=ref, step=opening.step)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def screen(request: HttpRequest, ref: str, step: str) -> HttpResponse:
    """One screen; a valid answer is kept and leads to the next."""
    opening = opening_of(request, ref)
    if not openings.may_show(opening, step):
        return redirect("desk_opening_step", ref=ref, step=opening.step)
    return SCREENS[step](request, opening)


def _farmer(request: HttpRequest, opening: Opening) -> HttpResponse:
    """Who sells, to be corrected; the consent was given when the opening began."""
    if opening.household is not None:
        return _mend_farmer(request, opening, opening.household)
    form = FarmerFields(
        request.POST or None, initial={name: getattr(opening, name) for name in ("kind", "name", "phone")}
    )
    if request.method != "POST" or not form.is_valid():
        return page(request, opening, OpeningStep.FARMER, form)
    try:
        openings.record_farmer(by=acting(request), opening=opening, **form.cleaned_data)
    except onboarding.AlreadyRegistered as known:
        return page(request, opening, OpeningStep.FARMER, form, **_known(request, form, "phone", known))
    return redirect("desk_opening", ref=opening.ref)


def _mend_farmer(request: HttpRequest, opening: Opening, household: Household) -> HttpResponse:
    form = NameForm(request.POST or None, initial={"name": household.name})
    if request.method != "POST" or not form.is_valid():
        return page(request, opening, OpeningStep.FARMER, form, template="sellers/opening_mend.html")
    mending.mend_farmer(by=acting(request), opening=opening, name=form.cleaned_data["name"])
    return _next_to_mend(request, opening, OpeningStep.FARMER)


def _mend_identity(request: HttpRequest, opening: Opening, household: Household) -> HttpResponse:
    returned = mending.reasons_by_screen(mending.reasons_of(opening.store), OpeningStep.IDENTITY)
    known = {
        "licence_code": household.licence_code,
        "representative": household.representative,
        "region": opening.region_id,
    }
    form = IdentityForm(opening, request.POST or None, request.FILES or None, mended=returned, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            mending.mend_identity(by=acting(request), opening=opening, **form.answers())
        except onboarding.AlreadyRegistered as other:
            form.add_error(None, str(other))
        else:
            return _next_to_mend(request, opening, OpeningStep.IDENTITY)
    return page(request, opening, OpeningStep.IDENTITY, form, template="sellers/opening_mend.html")


def _next_to_mend(request: HttpRequest, opening: Opening, done: str) -> HttpResponse:
    """The next screen that was given back, or the last look."""
    messages.success(request, _("Kept."))
    steps = mending.screens_to_mend(opening.store)
    later = [step for step in steps if steps.index(step) > steps.index(done)]
    return redirect("desk_opening_step", ref=opening.ref, step=later[0] if later else opening.step)


def _identity(request: HttpRequest, opening: Opening) -> HttpResponse:
    """Who they are; from here on they are on record."""
    if opening.household is not None:
        return _mend_identity(request, opening, opening.household)
    form = IdentityForm(opening, request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        if form.is_bound and form.cleaned_data.get("licence"):
            openings.keep_licence(opening, form.cleaned_data["licence"])
            form.fields["licence"].required = False
        return page(request, opening, OpeningStep.IDENTITY, form, identity_point=CONSENT_IDENTITY)
    try:
        openings.record_identity(by=acting(request), opening=opening, **form.answers())
    except onboarding.AlreadyRegistered as known:
        field = next(name for name in ("identity", "licence_code") if name in form.fields)
        context = _known(request, form, field, known)
        return page(request, opening, OpeningStep.IDENTITY, form, identity_point=CONSENT_IDENTITY, **context)
    except openings.VillageOutside as refused:
        form.add_error("region", str(refused))
        return page(request, opening, OpeningStep.IDENTITY, form, identity_point=CONSENT_IDENTITY)
    return redirect("desk_opening", ref=opening.ref)


def _known(request: HttpRequest, form: forms.Form, field: str, known: onboarding.AlreadyRegistered) -> dict[str, Any]:
    """Explains that the family is on record, and offers to go on with it where it lies within the user's scope."""
    form.add_error(field, str(known))
    mine = Household.objects.visible_to(acting(request)).filter(pk=known.household.pk).first()
    return {"known": mine, "known_elsewhere": mine is None}


def _store(request: HttpRequest, opening: Opening) -> HttpResponse:
    """Name, story, picture; a photograph that came through is kept though another answer is wrong."""
    form = StoreForm(opening, request.POST or None, request.FILES or None, initial=_typed(opening))
    if request.method != "POST" or not form.is_valid():
        if form.is_bound and form.cleaned_data.get("picture"):
            openings.keep_picture(opening, _taken_in(form.cleaned_data))
        shown = opening.picture or (opening.store.picture if opening.store else None)
        return page(request, opening, OpeningStep.STORE, form, picture=shown)
    answers = dict(form.cleaned_data)
    answers["picture"] = _taken_in(answers) if answers["picture"] else None
    try:
        store = openings.record_store(by=acting(request), opening=opening, **answers)
    except mandates.MandateMissing as missing:
        openings.step_back_to_mandate(opening)
        messages.warning(request, str(missing))
    except onboarding.StoreMoved as moved:
        messages.warning(request, str(moved))
        assert opening.store is not None
        return redirect("desk_store", slug=opening.store.slug)
    else:
        if store is None:
            messages.success(request, _("Kept. Now the farmer's word is still missing."))
    return redirect("desk_opening", ref=opening.ref)


def _taken_in(answers: dict[str, Any]) -> Picture:
    name, name_en = answers.get("name", ""), answers.get("name_en", "")
    return take_in(answers["picture"], title=name or "-", alt_zh=name, alt_en=name_en)


def _typed(opening: Opening) -> dict[str, Any]:
    return {
        "name": opening.store_name,
        "name_en": opening.store_name_en,
        "story": opening.story,
        "story_en": opening.story_en,
    }


def _review(request: HttpRequest, opening: Opening) -> HttpResponse:
    """Everything on one page; its form submits the store."""
    assert opening.store is not None
    reasons = [
        {**one, "step": one["step"] if openings.may_show(opening, one["step"]) else ""}
        for one in reasons_list(opening.store)
    ]
    allowed = mandates.allowed_in_words(opening.mandate) if opening.mandate else ""
    return page(request, opening, OpeningStep.REVIEW, forms.Form(), allowed=allowed, reasons_list=reasons)


SCREENS: dict[str, Callable[[HttpRequest, Opening], HttpResponse]] = {
    OpeningStep.FARMER: _farmer,
    OpeningStep.IDENTITY: _identity,
    OpeningStep.MANDATE: mandate_screen,
    OpeningStep.STORE: _store,
    OpeningStep.REVIEW: _review,
}


@require_POST
@desk_view
def continue_with(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a store for a family that is on record already."""
    user = acting(request)
    families = Household.objects.visible_to(user).exclude(kind=HouseholdKind.STATION)
    household = get_object_or_404(families.select_related("region"), pk=pk)
    stations = stations_of(user)
    if not stations:
        raise PermissionDenied(_("Stores are opened by the staff of a station. You have no posting at one."))
    opening = openings.continue_with(by=user, household=household, station=_nearest(stations, household))
    given_up = Opening.objects.visible_to(user).filter(ref=request.POST.get("instead", ""), household=None)
    given_up.delete()
    return redirect("desk_opening", ref=opening.ref)


def _nearest(stations: list[Station], household: Household) -> Station:
    """The user's station that serves the household's village most closely; the first where none does (it is then refused)."""
    serving = [one for one in stations if _serves(one, household.region_id)]
    return max(serving, key=lambda one: one.region.level, default=stations[0])


def _serves(station: Station, village: str) -> bool:
    first, last = code_range(station.region_id)
    return first <= village <= last


@require_POST
@desk_view
def discard(request: HttpRequest, ref: str) -> HttpResponse:
    """The farmer thought better of it: what was typed before registration is gone."""
    opening = opening_of(request, ref)
    if openings.discard(by=acting(request), opening=opening):
        messages.success(request, _("Deleted. Nothing about this farmer was kept."))
        return redirect("desk_stores")
    return redirect("desk_opening", ref=ref)
