"""The five screens of opening a store: short, kept at each step, to be continued on any phone."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.codes import CodeRefused
from accounts.messages import TextNotSent, TooManyTexts, text_for_demo
from accounts.phones import masked_phone
from pictures.intake import take_in
from pictures.models import Picture
from sellers import mandates, mending, onboarding, openings
from sellers.consent import CONSENT_IDENTITY, CONSENT_POINTS
from sellers.forms import (
    CodeForm,
    FarmerFields,
    FarmerForm,
    IdentityForm,
    MandateForm,
    NameForm,
    PaperForm,
    StoreForm,
    terms_of,
)
from sellers.models import Evidence, Household, HouseholdKind, Opening, OpeningStep
from sellers.views.desk import acting, desk_view, show
from sellers.views.stores import reasons_list
from stations.keeping import require_working
from stations.models import Station
from stations.models.posting import STAFF_ROLES
from stations.models.region import code_range
from stations.scope import scope_of
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
    return _first_page(request, form, under_way=under_way, phases=_phases(OpeningStep.FARMER), **context)


def _first_page(request: HttpRequest, form: forms.Form, **context: Any) -> HttpResponse:
    context = {"place": 1, "of": len(OpeningStep.values), **context}
    return show(request, "sellers/opening_farmer.html", form=form, points=CONSENT_POINTS, **context)


@desk_view
def resume(request: HttpRequest, ref: str) -> HttpResponse:
    """Goes to the screen where the opening stands."""
    opening = opening_of(request, ref)
    return redirect("desk_opening_step", ref=ref, step=opening.step)


def opening_of(request: HttpRequest, ref: str) -> Opening:
    """The opening with all it links to, if it was begun within the user's scope (404 otherwise).

    Raises NotAllowed for an official, PermissionDenied for whoever began it and serves elsewhere now.
    """
    kept = Opening.objects.visible_to(acting(request)).select_related(
        "station__region",
        "household__region",
        "household__user",
        "mandate__station__region",
        "store__picture",
        "picture",
        "region",
    )
    opening = kept.filter(ref=ref).first()
    if opening is None:
        _refuse_posted_elsewhere(request, ref)
        raise Http404
    scope_of(acting(request)).require(STAFF_ROLES, opening.station.region_id)
    return opening


def _refuse_posted_elsewhere(request: HttpRequest, ref: str) -> None:
    """Whoever began it and serves elsewhere by now is told where it stands. Raises PermissionDenied."""
    begun = Opening.objects.filter(ref=ref, begun_by=acting(request)).select_related("station").first()
    if begun:
        raise PermissionDenied(
            _(
                "You no longer serve at %(station)s. What you began there is kept; whoever serves there now goes on with it."
            )
            % {"station": begun.station.label}
        )


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
        return _page(request, opening, OpeningStep.FARMER, form)
    try:
        openings.record_farmer(by=acting(request), opening=opening, **form.cleaned_data)
    except onboarding.AlreadyRegistered as known:
        return _page(request, opening, OpeningStep.FARMER, form, **_known(request, form, "phone", known))
    return redirect("desk_opening", ref=opening.ref)


def _mend_farmer(request: HttpRequest, opening: Opening, household: Household) -> HttpResponse:
    form = NameForm(request.POST or None, initial={"name": household.name})
    if request.method != "POST" or not form.is_valid():
        return _page(request, opening, OpeningStep.FARMER, form, template="sellers/opening_mend.html")
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
    return _page(request, opening, OpeningStep.IDENTITY, form, template="sellers/opening_mend.html")


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
        return _page(request, opening, OpeningStep.IDENTITY, form, identity_point=CONSENT_IDENTITY)
    try:
        openings.record_identity(by=acting(request), opening=opening, **form.answers())
    except onboarding.AlreadyRegistered as known:
        field = next(name for name in ("identity", "licence_code") if name in form.fields)
        context = _known(request, form, field, known)
        return _page(request, opening, OpeningStep.IDENTITY, form, identity_point=CONSENT_IDENTITY, **context)
    except openings.VillageOutside as refused:
        form.add_error("region", str(refused))
        return _page(request, opening, OpeningStep.IDENTITY, form, identity_point=CONSENT_IDENTITY)
    return redirect("desk_opening", ref=opening.ref)


def _known(request: HttpRequest, form: forms.Form, field: str, known: onboarding.AlreadyRegistered) -> dict[str, Any]:
    """Explains that the family is on record, and offers to go on with it where it lies within the user's scope."""
    form.add_error(field, str(known))
    mine = Household.objects.visible_to(acting(request)).filter(pk=known.household.pk).first()
    return {"known": mine, "known_elsewhere": mine is None}


def _mandate(request: HttpRequest, opening: Opening) -> HttpResponse:
    """What the farmer allows, and their word: by a code to their phone, or by a signed paper."""
    by_paper = request.GET.get("by") == Evidence.PAPER
    written = opening.mandate is not None and openings.still_to_confirm(opening.mandate)
    if not written or "ends_on" in request.POST or "change" in request.GET:
        return _terms(request, opening)
    if by_paper:
        return _paper(request, opening)
    if mandates.code_is_sent(opening.mandate) or request.method == "POST":  # type: ignore[arg-type]
        return _code(request, opening)
    return _terms(request, opening)


def _terms(request: HttpRequest, opening: Opening) -> HttpResponse:
    form = MandateForm(opening, request.POST or None, request.FILES or None, initial=terms_of(opening.mandate))
    if request.method != "POST" or not form.is_valid():
        return _page(request, opening, OpeningStep.MANDATE, form)
    try:
        openings.record_terms(by=acting(request), opening=opening, terms=form.terms())
    except mandates.AlreadyConfirmed as refused:
        messages.warning(request, str(refused))
        return redirect("desk_opening", ref=opening.ref)
    if form.cleaned_data["how"] == Evidence.CODE:
        return _send_code(request, opening)
    if form.cleaned_data["paper"]:
        return _keep_paper(request, opening, form.cleaned_data["paper"])
    return redirect(_by_paper(opening))


def _by_paper(opening: Opening) -> str:
    address: str = resolve_url("desk_opening_step", ref=opening.ref, step=OpeningStep.MANDATE)
    return f"{address}?by={Evidence.PAPER}"


def _code(request: HttpRequest, opening: Opening) -> HttpResponse:
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            openings.confirm_by_code(by=acting(request), opening=opening, code=form.cleaned_data["code"])
        except (CodeRefused, mandates.AlreadyConfirmed) as refused:
            form.add_error("code", str(refused))
        else:
            messages.success(request, _("The farmer's word is on record."))
            return redirect("desk_opening", ref=opening.ref)
    return _word_page(request, opening, form, "sellers/opening_code.html")


def _paper(request: HttpRequest, opening: Opening) -> HttpResponse:
    form = PaperForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        form = PaperForm(request.POST, request.FILES)
        if form.is_valid():
            return _keep_paper(request, opening, form.cleaned_data["paper"])
    return _word_page(request, opening, form, "sellers/opening_paper.html")


def _keep_paper(request: HttpRequest, opening: Opening, paper: Any) -> HttpResponse:
    try:
        openings.confirm_by_paper(by=acting(request), opening=opening, paper=paper)
    except mandates.AlreadyConfirmed as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The signed paper is on record."))
    return redirect("desk_opening", ref=opening.ref)


def _word_page(request: HttpRequest, opening: Opening, form: forms.Form, template: str) -> HttpResponse:
    assert opening.mandate is not None and opening.household is not None
    return _page(
        request,
        opening,
        OpeningStep.MANDATE,
        form,
        template=template,
        allowed=mandates.allowed_in_words(opening.mandate),
        demo_text=text_for_demo(opening.household.phone),
    )


@require_POST
@desk_view
def send_code(request: HttpRequest, ref: str) -> HttpResponse:
    """Text the farmer a code. Where that fails, the paper is the other way."""
    opening = opening_of(request, ref)
    if opening.mandate is None or not openings.may_show(opening, OpeningStep.MANDATE):
        return redirect("desk_opening", ref=ref)
    return _send_code(request, opening)


def _send_code(request: HttpRequest, opening: Opening) -> HttpResponse:
    assert opening.mandate is not None
    try:
        mandates.text_code(by=acting(request), mandate=opening.mandate)
    except (TooManyTexts, TextNotSent, mandates.AlreadyConfirmed) as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The code is on its way to the farmer's phone."))
    return redirect("desk_opening_step", ref=opening.ref, step=OpeningStep.MANDATE)


def _store(request: HttpRequest, opening: Opening) -> HttpResponse:
    """Name, story, picture; a photograph that came through is kept though another answer is wrong."""
    form = StoreForm(opening, request.POST or None, request.FILES or None, initial=_typed(opening))
    if request.method != "POST" or not form.is_valid():
        if form.is_bound and form.cleaned_data.get("picture"):
            openings.keep_picture(opening, _taken_in(form.cleaned_data))
        shown = opening.picture or (opening.store.picture if opening.store else None)
        return _page(request, opening, OpeningStep.STORE, form, picture=shown)
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
    return _page(request, opening, OpeningStep.REVIEW, forms.Form(), allowed=allowed, reasons_list=reasons)


SCREENS: dict[str, Callable[[HttpRequest, Opening], HttpResponse]] = {
    OpeningStep.FARMER: _farmer,
    OpeningStep.IDENTITY: _identity,
    OpeningStep.MANDATE: _mandate,
    OpeningStep.STORE: _store,
    OpeningStep.REVIEW: _review,
}


def _page(
    request: HttpRequest, opening: Opening, step: str, form: forms.Form, *, template: str = "", **more: Any
) -> HttpResponse:
    steps = OpeningStep.values
    place = steps.index(step)
    before = steps[place - 1] if place and openings.may_show(opening, steps[place - 1]) else ""
    context = {
        "opening": opening,
        "step": step,
        "form": form,
        "phases": _phases(step),
        "place": place + 1,
        "of": len(steps),
        "before": before,
        "reasons": mending.reasons_of(opening.store),
        "household_url": reverse("desk_household", args=(opening.household_id,)) if opening.household_id else "",
        "farmer_phone": masked_phone(opening.household.phone if opening.household else opening.phone),
        **more,
    }
    if step == OpeningStep.FARMER and not template:
        return _first_page(request, **context)
    return show(request, template or f"sellers/opening_{step}.html", **context)


def _phases(step: str) -> list[dict[str, str]]:
    labels = [_("Farmer"), _("Identity"), _("Mandate"), _("Store"), _("Submit")]
    now = OpeningStep.values.index(step)
    states = ["done" if number < now else "now" if number == now else "" for number in range(len(labels))]
    return [{"label": label, "state": state} for label, state in zip(labels, states, strict=True)]


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
