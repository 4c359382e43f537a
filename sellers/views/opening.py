"""The screens of opening a store: one thing a screen, kept at each step, to be continued on any phone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.codes import CodeRefused
from accounts.messages import TextNotSent, TooManyTexts, text_for_demo
from accounts.models import User
from accounts.phones import masked_phone
from pictures.intake import take_in
from sellers import mandates, onboarding, openings
from sellers.consent import CONSENT_IDENTITY, CONSENT_POINTS
from sellers.forms import (
    AboutForm,
    CodeForm,
    ConsentForm,
    IdentityForm,
    NameForm,
    PaperForm,
    PersonForm,
    PictureForm,
    ReviewForm,
    Screen,
    StoryForm,
    TermsForm,
    VillageForm,
    terms_of,
)
from sellers.models import Household, Opening, OpeningStep
from sellers.names import store_names
from sellers.views.desk import acting, desk_view, show
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of
from stations.workplace import stations_of

Save = Callable[[User, Opening, dict[str, Any]], None]


@dataclass(frozen=True)
class Shown:
    """A screen: its form, what the form begins with, and what keeps its answers."""

    form: type[Screen]
    initial: Callable[[Opening], dict[str, Any]]
    save: Save


def _fields(*names: str) -> Callable[[Opening], dict[str, Any]]:
    return lambda opening: {name: getattr(opening, name) for name in names}


def _store_fields(*names: str) -> Callable[[Opening], dict[str, Any]]:
    return lambda opening: {name: getattr(opening.store, name) for name in names} if opening.store else {}


def _save_person(by: User, opening: Opening, answers: dict[str, Any]) -> None:
    openings.record_person(by=by, opening=opening, **answers)


def _save_village(by: User, opening: Opening, answers: dict[str, Any]) -> None:
    openings.record_village(by=by, opening=opening, **answers)


def _save_identity(by: User, opening: Opening, answers: dict[str, Any]) -> None:
    openings.record_identity(by=by, opening=opening, **answers)


def _save_about(by: User, opening: Opening, answers: dict[str, Any]) -> None:
    openings.register(by=by, opening=opening, **answers)


def _save_terms(by: User, opening: Opening, answers: dict[str, Any]) -> None:
    openings.record_terms(by=by, opening=opening, terms=mandates.Terms(**answers))  # type: ignore[typeddict-item]


def _save_name(by: User, opening: Opening, answers: dict[str, Any]) -> None:
    openings.record_name(by=by, opening=opening, **answers)


def _save_story(by: User, opening: Opening, answers: dict[str, Any]) -> None:
    openings.record_story(by=by, opening=opening, **answers)


def _save_picture(by: User, opening: Opening, answers: dict[str, Any]) -> None:
    assert opening.store is not None
    store, file = opening.store, answers["picture"]
    picture = file and take_in(file, title=store.name, alt_zh=store.name, alt_en=store.name_en)
    openings.record_picture(by=by, opening=opening, picture=picture or None)


def _save_nothing(by: User, opening: Opening, answers: dict[str, Any]) -> None:
    """The review has a form of its own, which submits the store."""


SCREENS: dict[str, Shown] = {
    OpeningStep.PERSON: Shown(PersonForm, _fields("name", "phone"), _save_person),
    OpeningStep.VILLAGE: Shown(VillageForm, lambda opening: {"region": opening.region_id}, _save_village),
    OpeningStep.IDENTITY: Shown(IdentityForm, lambda opening: {}, _save_identity),
    OpeningStep.ABOUT: Shown(AboutForm, lambda opening: {}, _save_about),
    OpeningStep.MANDATE: Shown(TermsForm, lambda opening: terms_of(opening.mandate), _save_terms),
    OpeningStep.NAME: Shown(NameForm, _store_fields("name", "name_en"), _save_name),
    OpeningStep.STORY: Shown(StoryForm, _store_fields("story", "story_en"), _save_story),
    OpeningStep.PICTURE: Shown(PictureForm, lambda opening: {}, _save_picture),
    OpeningStep.REVIEW: Shown(ReviewForm, lambda opening: {}, _save_nothing),
}
PHASES = (
    (OpeningStep.PERSON, OpeningStep.VILLAGE, OpeningStep.IDENTITY, OpeningStep.ABOUT),
    (OpeningStep.MANDATE, OpeningStep.PROOF),
    (OpeningStep.NAME, OpeningStep.STORY, OpeningStep.PICTURE),
    (OpeningStep.REVIEW,),
)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def begin(request: HttpRequest) -> HttpResponse:
    """The farmer's consent; an opening exists from here on."""
    user = acting(request)
    stations = stations_of(user)
    if not stations:
        raise PermissionDenied(_("Stores are opened by the staff of a station. You have no posting at one."))
    form = ConsentForm(stations, request.POST or None)
    if request.method == "POST" and form.is_valid():
        opening = openings.begin_opening(by=user, station=form.cleaned_data["station"], consent=True)
        return redirect("desk_opening", ref=opening.ref)
    return show(
        request,
        "sellers/opening_consent.html",
        form=form,
        points=CONSENT_POINTS,
        identity_point=CONSENT_IDENTITY,
        phases=_phases(OpeningStep.PERSON),
        under_way=Opening.objects.visible_to(user).filter(begun_by=user).select_related("household")[:5],
    )


@desk_view
def resume(request: HttpRequest, ref: str) -> HttpResponse:
    """Goes to the screen where the opening stands."""
    opening = opening_of(request, ref)
    return redirect("desk_opening_step", ref=ref, step=opening.step)


def opening_of(request: HttpRequest, ref: str) -> Opening:
    """The opening with all it links to, if it was begun within the user's scope (404 otherwise). Raises NotAllowed for an official."""
    kept = Opening.objects.visible_to(acting(request)).select_related(
        "station__region",
        "household__region",
        "household__user",
        "mandate__station__region",
        "store__picture",
        "region",
    )
    opening: Opening = get_object_or_404(kept, ref=ref)
    scope_of(acting(request)).require(STAFF_ROLES, opening.station.region_id)
    return opening


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def screen(request: HttpRequest, ref: str, step: str) -> HttpResponse:
    """One screen; a valid answer is kept and leads to the next."""
    opening = opening_of(request, ref)
    if not openings.may_show(opening, step):
        return redirect("desk_opening_step", ref=ref, step=opening.step)
    if step == OpeningStep.PROOF:
        return _proof(request, opening)
    shown = SCREENS[step]
    if request.method != "POST":
        return _page(request, opening, step, shown.form(opening, initial=shown.initial(opening)))
    form = shown.form(opening, _answers(request, opening, step), request.FILES)
    if not form.is_valid():
        return _page(request, opening, step, form)
    return _keep(request, opening, step, form)


def _answers(request: HttpRequest, opening: Opening, step: str) -> Any:
    """What was sent; a tap on one of the suggested names is the same as typing it."""
    answers = request.POST.copy()
    chosen = answers.get("suggestion", "")
    if step == OpeningStep.NAME and opening.household and chosen in {"0", "1", "2"}:
        names = store_names(opening.household)
        answers["name"], answers["name_en"] = names[int(chosen) % len(names)]
    return answers


def _keep(request: HttpRequest, opening: Opening, step: str, form: Screen) -> HttpResponse:
    """Keep the answers and go on; what the journey refuses is said on the same screen."""
    try:
        SCREENS[step].save(acting(request), opening, dict(form.cleaned_data))
    except onboarding.AlreadyRegistered as known:
        return _known(request, opening, step, form, known)
    except mandates.MandateMissing as missing:
        openings.step_back_to_mandate(opening)
        messages.warning(request, str(missing))
    except onboarding.StoreMoved as moved:
        messages.warning(request, str(moved))
        assert opening.store is not None
        return redirect("desk_store", slug=opening.store.slug)
    except (mandates.AlreadyConfirmed, openings.VillageOutside) as refused:
        form.add_error(None, str(refused))
        return _page(request, opening, step, form)
    return redirect("desk_opening", ref=opening.ref)


def _known(
    request: HttpRequest, opening: Opening, step: str, form: Screen, known: onboarding.AlreadyRegistered
) -> HttpResponse:
    """Explains that the family is on record, and offers to go on with it where it lies within the user's scope."""
    field = {OpeningStep.PERSON: "phone", OpeningStep.IDENTITY: "identity"}.get(OpeningStep(step))
    form.add_error(field, str(known))
    mine = Household.objects.visible_to(acting(request)).filter(pk=known.household.pk).first()
    return _page(request, opening, step, form, known=mine, known_elsewhere=mine is None)


def _page(request: HttpRequest, opening: Opening, step: str, form: forms.Form, **more: Any) -> HttpResponse:
    steps = openings.steps_of(opening)
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
        "farmer_phone": masked_phone(opening.household.phone if opening.household else opening.phone),
        **more,
    }
    if step == OpeningStep.NAME and opening.household:
        context["suggestions"] = store_names(opening.household)
    if step == OpeningStep.REVIEW and opening.mandate:
        context["allowed"] = mandates.allowed_in_words(opening.mandate)
    return show(request, f"sellers/opening_{step}.html", **context)


def _phases(step: str) -> list[dict[str, str]]:
    labels = [_("Farmer"), _("Mandate"), _("Store"), _("Submit")]
    now = next(number for number, steps in enumerate(PHASES) if step in steps)
    states = ["done" if number < now else "now" if number == now else "" for number in range(len(PHASES))]
    return [{"label": label, "state": state} for label, state in zip(labels, states, strict=True)]


def _proof(request: HttpRequest, opening: Opening) -> HttpResponse:
    """The farmer's word: by the code on their phone (the default), or by a signed paper (?by=paper)."""
    by_paper = request.GET.get("by") == "paper"
    if request.method == "POST":
        answer = _take_paper(request, opening) if by_paper else _take_code(request, opening)
        if isinstance(answer, HttpResponse):
            return answer
        form: forms.Form = answer
    else:
        form = PaperForm() if by_paper else CodeForm()
    return _proof_page(request, opening, form, by_paper=by_paper)


def _proof_page(request: HttpRequest, opening: Opening, form: forms.Form, *, by_paper: bool) -> HttpResponse:
    assert opening.mandate is not None and opening.household is not None
    return _page(
        request,
        opening,
        OpeningStep.PROOF,
        form,
        by_paper=by_paper,
        sent=mandates.code_is_sent(opening.mandate),
        allowed=mandates.allowed_in_words(opening.mandate),
        demo_text=text_for_demo(opening.household.phone),
    )


def _take_code(request: HttpRequest, opening: Opening) -> HttpResponse | CodeForm:
    form = CodeForm(request.POST)
    if not form.is_valid():
        return form
    try:
        openings.confirm_by_code(by=acting(request), opening=opening, code=form.cleaned_data["code"])
    except CodeRefused as refused:
        form.add_error("code", str(refused))
        return form
    messages.success(request, _("The farmer's word is on record."))
    return redirect("desk_opening", ref=opening.ref)


def _take_paper(request: HttpRequest, opening: Opening) -> HttpResponse | PaperForm:
    form = PaperForm(request.POST, request.FILES)
    if not form.is_valid():
        return form
    try:
        openings.confirm_by_paper(by=acting(request), opening=opening, paper=form.cleaned_data["paper"])
    except mandates.AlreadyConfirmed as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The signed paper is on record."))
    return redirect("desk_opening", ref=opening.ref)


@require_POST
@desk_view
def send_code(request: HttpRequest, ref: str) -> HttpResponse:
    """Text the farmer a code. Where that fails, the paper is the other way."""
    opening = opening_of(request, ref)
    if opening.mandate is None or not openings.may_show(opening, OpeningStep.PROOF):
        return redirect("desk_opening", ref=ref)
    try:
        mandates.text_code(by=acting(request), mandate=opening.mandate)
    except (TooManyTexts, TextNotSent, mandates.AlreadyConfirmed) as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The code is on its way to the farmer's phone."))
    return redirect("desk_opening_step", ref=ref, step=OpeningStep.PROOF)


@require_POST
@desk_view
def continue_with(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a store for a family that is on record already."""
    user = acting(request)
    household = get_object_or_404(Household.objects.visible_to(user).select_related("region"), pk=pk)
    stations = stations_of(user)
    if not stations:
        raise PermissionDenied(_("Stores are opened by the staff of a station. You have no posting at one."))
    opening = openings.continue_with(by=user, household=household, station=stations[0])
    given_up = Opening.objects.visible_to(user).filter(ref=request.POST.get("instead", ""), household=None)
    given_up.delete()
    return redirect("desk_opening", ref=opening.ref)


@require_POST
@desk_view
def discard(request: HttpRequest, ref: str) -> HttpResponse:
    """The farmer thought better of it: what was typed before registration is gone."""
    opening = opening_of(request, ref)
    if opening.household is None:
        opening.delete()
        messages.success(request, _("Deleted. Nothing about this farmer was kept."))
        return redirect("desk_stores")
    return redirect("desk_opening", ref=ref)
