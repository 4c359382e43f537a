"""The page that works without a line, and the door through which what it kept comes in."""

import json
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from sellers import offline
from sellers.consent import CONSENT_IDENTITY, CONSENT_POINTS
from sellers.filled import PHOTOGRAPHS, Filled, fields_of
from sellers.forms import FarmerForm, IdentityForm, MandateForm, StoreForm, terms_of
from sellers.models import HouseholdKind, Opening, Submission, SubmissionState
from sellers.names import DOUBLE_SURNAMES
from sellers.openings import villages_of
from sellers.views.desk import acting, desk_view, show
from sellers.views.screens import opening_of
from stations.models import Station
from stations.scope import NotAllowed
from stations.workplace import stations_of

MOST_CHARACTERS = 20_000


class HandInForm(forms.Form):
    """What comes with every form from a phone."""

    nonce = forms.UUIDField()
    station = forms.ModelChoiceField(Station.objects.select_related("region"))
    filled_in_at = forms.DateTimeField()
    owner = forms.CharField(max_length=24)


@never_cache
@require_safe
@desk_view
def desk_offline(request: HttpRequest) -> HttpResponse:
    """The five screens in one page, which the phone keeps. It holds the stations and villages of whoever opens it, and no other name."""
    stations = stations_of(acting(request))
    if not stations:
        raise PermissionDenied(_("Stores are opened by the staff of a station. You have no posting at one."))
    return show(
        request,
        "sellers/offline.html",
        messages=[],  # what was said to somebody stays out of a page that is kept
        user_name="",
        points=CONSENT_POINTS,
        identity_point=CONSENT_IDENTITY,
        double_surnames=" ".join(sorted(DOUBLE_SURNAMES)),
        **_forms(stations),
    )


def _forms(stations: list[Station]) -> dict[str, Any]:
    """The screens' forms, not of any opening: a family's and an organisation's questions, the villages of every station."""
    widest = min(stations, key=lambda station: station.region.level)
    family, organisation = (
        IdentityForm(Opening(station=widest, kind=kind), prefix="identity")
        for kind in (HouseholdKind.HOUSEHOLD, HouseholdKind.COOPERATIVE)
    )
    opening = Opening(station=widest)
    return {
        "farmer": FarmerForm(stations, prefix="farmer"),
        "family": family,
        "organisation": organisation,
        "mandate": MandateForm(opening, prefix="mandate"),
        "store": StoreForm(opening, prefix="store"),
        "villages": _villages(stations),
    }


def _villages(stations: list[Station]) -> str:
    """Which villages each station serves, as JSON; nothing where there is one station, whose villages are the form's own."""
    if len(stations) == 1:
        return ""
    return json.dumps({station.pk: [village.code for village in villages_of(station)] for station in stations})


@never_cache
@require_safe
@desk_view
def take_along(request: HttpRequest, ref: str) -> HttpResponse:
    """An opening that is to go on without a line: where it stands and what was typed so far; never an identity number."""
    opening = opening_of(request, ref)
    terms = {f"mandate-{name}": value for name, value in terms_of(opening.mandate).items()}
    store = {
        "store-name": opening.store_name,
        "store-name_en": opening.store_name_en,
        "store-story": opening.story,
        "store-story_en": opening.story_en,
    }
    fields = {name: value for name, value in (terms | store).items() if value not in ("", False, None)}
    return JsonResponse(
        {
            "base": {"ref": opening.ref, "changed_at": opening.changed_at.isoformat()},
            "label": opening.farmer,
            "station": str(opening.station_id),
            "kind": opening.household.kind if opening.household else opening.kind,
            "step": opening.step,
            "word": bool(opening.mandate and opening.mandate.confirmed_at),
            "fields": {name: "on" if value is True else str(value) for name, value in fields.items()},
        }
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def desk_sync(request: HttpRequest) -> HttpResponse:
    """GET: who is signed in, with the token that a form needs. POST: a form from a phone, answered with what became of it.

    Signed out is 401, another user's form 403, a known nonce with other content 409, what can't be read 400; all in JSON.
    """
    if not request.user.is_authenticated:
        return JsonResponse(
            {"state": "signed_out", "message": _("Please sign in: the forms wait on this phone.")}, status=401
        )
    if request.method != "POST":
        return JsonResponse({"owner": offline.phone_owner(acting(request)), "csrf": get_token(request)})
    form = HandInForm(request.POST)
    if not form.is_valid() or sum(len(text) for text in request.POST.values()) > MOST_CHARACTERS:
        return _refused(_("This form can't be read. Please fill it in anew."), 400)
    if form.cleaned_data["owner"] != offline.phone_owner(acting(request)):
        return _refused(_("Somebody else filled this in. They have to sign in to send it."), 403)
    return _hand_in(request, form.cleaned_data)


def _hand_in(request: HttpRequest, head: dict[str, Any]) -> HttpResponse:
    base = {
        name: request.POST.get(f"base-{name}", "") for name in ("ref", "changed_at") if request.POST.get("base-ref")
    }
    sent = {name: request.FILES[name] for name in PHOTOGRAPHS if name in request.FILES}
    files = {name: file for name, file in sent.items() if isinstance(file, UploadedFile)}
    try:
        submission = offline.receive(
            by=acting(request),
            nonce=head["nonce"],
            filled_in_at=head["filled_in_at"],
            station=head["station"],
            filled=Filled(fields_of(request.POST), base=base),
            files=files,
        )
    except offline.NonceReused as reused:
        return _refused(str(reused), 409)
    except NotAllowed as refused:
        return _refused(str(refused), 403)
    return JsonResponse(_answer(submission))


def _refused(text: str, status: int) -> JsonResponse:
    return JsonResponse({"state": "refused", "message": text}, status=status)


def _answer(submission: Submission) -> dict[str, str]:
    """What the phone shows of a submission: its state, what became of it in words, and where it goes on."""
    if submission.state == SubmissionState.CONFLICT:
        url = reverse("desk_submission", args=[submission.pk])
    elif submission.opening:
        url = reverse("desk_opening", args=[submission.opening.ref])
    else:
        url = reverse("desk_store", args=[submission.store.slug]) if submission.store else ""
    return {"state": submission.state, "message": offline.said(submission), "url": url}
