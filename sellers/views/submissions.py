"""The inbox of forms that came from phones and did not fit: both versions beside each other, and what can be done."""

import logging
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.storage import storages
from django.db import DataError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.phones import masked_phone
from pictures.intake import PictureRefused, clean_file
from sellers import offline, settling
from sellers.applying import bound, bound_farmer
from sellers.filled import PHOTOGRAPHS, Filled, fields_of, read_filled
from sellers.forms import IdentityForm, MandateForm, StoreForm
from sellers.mandates import allowed_in_words
from sellers.models import Household, HouseholdKind, Mandate, Opening, Submission, SubmissionState
from sellers.openings import station_serves_one_village
from sellers.views.desk import acting, desk_view, only_at_the_desk, show, waiting
from stations.models import Region, Station
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of

logger = logging.getLogger("daylily.sellers")
LISTED = 50
OTHER_WAYS = ("changed", "gone", "posted", "shut")


@dataclass(frozen=True)
class Row:
    """One answer: what it is, as the phone has it, as it is on record."""

    label: str
    phones: str
    ours: str

    @property
    def differs(self) -> bool:
        """Whether the two say different things, where both say something."""
        return bool(self.phones and self.ours and self.phones != self.ours)


@never_cache
@require_safe
@desk_view
def desk_submissions(request: HttpRequest) -> HttpResponse:
    """The forms that wait for a person, oldest first, and the last that were applied or settled."""
    only_at_the_desk(request)
    found = Submission.objects.visible_to(acting(request)).select_related("by", "station", "opening", "store")
    open_ones = found.filter(state=SubmissionState.CONFLICT).order_by("received_at")[:LISTED]
    return show(
        request,
        "sellers/submissions.html",
        waiting=[(one, offline.said(one), waiting(one.received_at)) for one in open_ones],
        done=[(one, offline.said(one)) for one in found.exclude(state=SubmissionState.CONFLICT)[:10]],
    )


def _found(request: HttpRequest, pk: int) -> Submission:
    rows = Submission.objects.visible_to(acting(request)).select_related("by", "station__region", "opening", "store")
    found: Submission = get_object_or_404(rows, pk=pk)
    return found


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def desk_submission(request: HttpRequest, pk: int) -> HttpResponse:
    """One form: why it waits, both versions, and the ways on. Its answers are shown to whoever serves at its station."""
    submission = _found(request, pk)
    may_settle = settling.may_settle(acting(request), submission)
    if request.method == "POST":
        return _settled(request, submission)
    context: dict[str, Any] = {"submission": submission, "why": offline.said(submission), "may_settle": may_settle}
    if may_settle and submission.state == SubmissionState.CONFLICT:
        context |= _read_versions(request, submission)
    return show(request, "sellers/submission.html", **context)


def _read_versions(request: HttpRequest, submission: Submission) -> dict[str, Any]:
    """Both versions; of a form whose answers nothing can read only that it is here, so that it can be deleted."""
    try:
        with transaction.atomic():
            return _versions(request, submission)
    except (ValueError, TypeError, OverflowError, DataError) as unreadable:
        logger.warning("The form %s can't be read: %s.", submission.pk, type(unreadable).__name__)
        return {}


def _versions(request: HttpRequest, submission: Submission) -> dict[str, Any]:
    filled = read_filled(submission)
    opening = Opening.objects.visible_to(acting(request)).filter(ref=filled.base.get("ref", "")).first()
    household = opening.household if opening else _known(request, filled)
    faulty = [] if submission.message in OTHER_WAYS else _faulty(submission, filled, opening)
    return {
        "rows": _rows(submission.station, filled, household, opening),
        "household": household,
        "known_elsewhere": submission.message == "known" and household is None,
        "taken_along": opening,
        "faulty": faulty,
        "pictures": [name for name in PHOTOGRAPHS if name in filled.files],
    }


def _known(request: HttpRequest, filled: Filled) -> Household | None:
    """The family that stands in the way, if it lies within the user's scope."""
    return Household.objects.visible_to(acting(request)).filter(pk=filled.household or 0).first()


def _faulty(submission: Submission, filled: Filled, opening: Opening | None) -> list[forms.Form]:
    """The screens whose answers have to be corrected, with what is wrong said beside them; the identity number is never shown."""
    station = submission.station
    blank = opening or Opening(station=station, kind=filled.answers.get("farmer-kind", HouseholdKind.HOUSEHOLD))
    asked: list[forms.Form] = []
    if blank.household is None:
        asked += [bound_farmer(station, filled), bound(IdentityForm, blank, filled)]
    asked.append(bound(MandateForm, blank, filled))
    if filled.answers.get("store-name"):
        asked.append(bound(StoreForm, blank, filled))
    doubtful = {"known": {"farmer", "identity"}, "mandate": {"mandate"}}.get(submission.message, set())
    wrong = [form for form in asked if not form.is_valid() or form.prefix in doubtful]
    for form in wrong:
        _mask(form, filled.answers.get("identity-identity", ""))
    return wrong


def _mask(form: Any, number: str) -> None:
    """Ask for the number anew only where it is wrong, never show it; the station is no question here."""
    form.fields.pop("station", None)
    form.use_required_attribute = False
    if "identity" in form.fields and number:
        form.data = {**form.data, "identity-identity": ""}
        form["identity"].help_text = _("The phone has ****%(tail)s. Type it again only if it is wrong.") % {
            "tail": _tail(number)
        }


def _tail(number: str) -> str:
    return number.strip()[-4:]


def _rows(station: Station, filled: Filled, household: Household | None, opening: Opening | None) -> list[Row]:
    """Every answer that either of the two has; numbers are masked on both sides."""
    phones, ours = _phones(station, filled.answers), _ours(household, opening)
    labels = {
        "farmer": _("Farmer"),
        "phone": _("Phone"),
        "number": _("Identity or licence number"),
        "village": _("Village"),
        "mandate": _("Mandate"),
        "store": _("Store"),
        "story": _("Story"),
    }
    rows = [Row(label, phones.get(name, ""), ours.get(name, "")) for name, label in labels.items()]
    return [row for row in rows if row.phones or row.ours]


def _phones(station: Station, answers: dict[str, str]) -> dict[str, str]:
    number = answers.get("identity-identity") or answers.get("identity-licence_code", "")
    code = station.region_id if station_serves_one_village(station) else answers.get("identity-region", "")
    region = Region.objects.filter(code=code).first() if number else None
    return {
        "farmer": answers.get("farmer-name", ""),
        "phone": masked_phone(answers["farmer-phone"]) if answers.get("farmer-phone") else "",
        "number": f"****{_tail(number)}" if number else "",
        "village": region.label if region else "",
        "mandate": _terms(answers),
        "store": answers.get("store-name", ""),
        "story": answers.get("store-story", ""),
    }


def _ours(household: Household | None, opening: Opening | None) -> dict[str, str]:
    ours = {"store": opening.store_name, "story": opening.story} if opening else {}
    if household is None:
        return ours
    tail = household.identity_tail or (household.licence_code or "")[-4:]
    ours |= {
        "farmer": household.name,
        "phone": masked_phone(household.phone),
        "number": f"****{tail}" if tail else "",
        "village": household.region.label,
    }
    if held := household.mandates.order_by("-pk").first():
        ours["mandate"] = _in_words(allowed_in_words(held), held.ends_on.isoformat())
    if store := household.stores.order_by("-pk").first():
        ours |= {"store": store.name, "story": store.story}
    return ours


def _terms(answers: dict[str, str]) -> str:
    if "mandate-ends_on" not in answers:
        return ""
    scopes = ("may_price", "may_answer", "may_receive_cash")
    mandate = Mandate(**{name: answers.get(f"mandate-{name}") == "on" for name in scopes})
    return _in_words(allowed_in_words(mandate), answers["mandate-ends_on"])


def _in_words(scope: str, until: str) -> str:
    return _("%(scope)s, until %(until)s") % {"scope": scope, "until": until}


def _settled(request: HttpRequest, submission: Submission) -> HttpResponse:
    """Do what the button says; where it still does not fit, the page says why, and what was typed is kept."""
    user, act = acting(request), request.POST.get("act", "")
    if act == "correct":
        done = settling.correct(by=user, submission=submission, answers=_typed(request), files=_photographs(request))
    elif act == "known":
        household = _known(request, read_filled(submission))
        if household is None:
            raise Http404
        done = settling.go_on_with(by=user, submission=submission, household=household)
    elif act == "phones":
        done = settling.take_the_phones(by=user, submission=submission)
    elif act == "discard":
        done = settling.discard(by=user, submission=submission)
    else:
        scope_of(user).require(STAFF_ROLES, submission.station.region_id)
        messages.error(request, _("Please choose what to do with it."))
        return redirect("desk_submission", pk=submission.pk)
    return _onwards(request, done)


def _onwards(request: HttpRequest, done: Submission) -> HttpResponse:
    if done.state == SubmissionState.CONFLICT:
        messages.warning(request, offline.said(done))
        return redirect("desk_submission", pk=done.pk)
    messages.success(request, offline.said(done))
    if done.opening:
        return redirect("desk_opening", ref=done.opening.ref)
    return redirect("desk_store", slug=done.store.slug) if done.store else redirect("desk_submissions")


def _typed(request: HttpRequest) -> dict[str, str]:
    """The corrected answers; a box of a screen that was shown and is no longer ticked is not ticked."""
    typed = fields_of(request.POST)
    boxes = request.POST.getlist("box")
    return {name: "" for name in boxes if fields_of({name: ""})} | typed


def _photographs(request: HttpRequest) -> dict[str, Any]:
    return {name: request.FILES[name] for name in PHOTOGRAPHS if name in request.FILES}


@never_cache
@require_safe
@desk_view
def submission_photograph(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """A photograph that came with a form, written anew, for whoever serves at its station; 404 where there is none."""
    submission = _found(request, pk)
    path = read_filled(submission).files.get(name, "") if settling.may_settle(acting(request), submission) else ""
    if not path or not storages["private"].exists(path):
        raise Http404
    with storages["private"].open(path) as file:
        try:
            picture = clean_file(file)
        except PictureRefused as refused:
            raise Http404 from refused
    response = HttpResponse(picture.read(), content_type="image/jpeg")
    response["Cache-Control"] = "private, no-store"
    return response
