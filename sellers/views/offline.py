"""The page that works without a line, and the door through which what it kept comes in."""

import datetime as dt
import json
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from sellers import offline
from sellers.consent import CONSENT_IDENTITY, CONSENT_POINTS
from sellers.filled import Filled
from sellers.form_kinds import KINDS, OPENING, FormKind, answers_of, kind_of, photographs_of
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
# A phone's photograph has 3 to 8 MB; a form has three at most. More than that is not read.
MOST_BYTES_A_PHOTOGRAPH, MOST_BYTES = 20 * 1024 * 1024, 60 * 1024 * 1024
# A phone keeps a form for a week; its clock may be wrong, but no date of another age may stand at the head of the inbox.
OLDEST, FARTHEST = dt.timedelta(days=60), dt.timedelta(days=3660)


class HandInForm(forms.Form):
    """What comes with every form from a phone."""

    nonce = forms.UUIDField()
    station = forms.ModelChoiceField(Station.objects.select_related("region"))
    filled_in_at = forms.DateTimeField()
    owner = forms.CharField(max_length=24)
    kind = forms.CharField(max_length=10, required=False)

    def clean_kind(self) -> str:
        """One of the kinds of forms; a phone that names none keeps openings."""
        kind = self.cleaned_data["kind"] or OPENING
        if kind not in KINDS:
            raise forms.ValidationError(_("This form can't be read. Please fill it in anew."))
        return kind

    def clean_filled_in_at(self) -> dt.datetime:
        """A date of our time."""
        filled_in_at: dt.datetime = self.cleaned_data["filled_in_at"]
        now = timezone.now()
        if not now - OLDEST <= filled_in_at <= now + FARTHEST:
            raise forms.ValidationError(
                _("The date of the phone is wrong, or the form is older than 60 days. Please fill it in anew."),
                code="age",
            )
        return filled_in_at


@never_cache
@require_safe
@desk_view
def desk_offline(request: HttpRequest) -> HttpResponse:
    """The forms in one page, which the phone keeps. It holds the stations, villages and stores of whoever opens it, and no other name."""
    stations = stations_of(acting(request))
    offers = [(kind, kind.offer(acting(request))) for kind in KINDS.values() if kind.part]
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
        parts=[{"template": kind.part, "files": kind.files, **offer} for kind, offer in offers if offer is not None],
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


@csrf_exempt  # asked for below: looking for the token reads the whole request, however large
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def desk_sync(request: HttpRequest) -> HttpResponse:
    """GET: who is signed in, with the token that a form needs. POST: a form from a phone, answered with what became of it.

    Signed out is 401, another user's form 403, a known nonce with other content 409, what can't be read 400, what is too large 413,
    one form too many 429; all in JSON.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MOST_BYTES:
        return _too_large()
    answer: HttpResponse = _sync(request)
    return answer


@csrf_protect
def _sync(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return JsonResponse(
            {"state": "signed_out", "message": _("Please sign in: the forms wait on this phone.")}, status=401
        )
    if request.method != "POST":
        return JsonResponse({"owner": offline.phone_owner(acting(request)), "csrf": get_token(request)})
    form = HandInForm(request.POST)
    if form.has_error("filled_in_at", "age"):
        return _refused(str(form.errors["filled_in_at"][0]), 400)
    if not form.is_valid() or not _readable(request):
        return _refused(_("This form can't be read. Please fill it in anew."), 400)
    files = photographs_of(KINDS[form.cleaned_data["kind"]], request.FILES)
    if any((file.size or 0) > MOST_BYTES_A_PHOTOGRAPH for file in files.values()):
        return _too_large()
    if form.cleaned_data["owner"] != offline.phone_owner(acting(request)):
        return _refused(_("Somebody else filled this in. They have to sign in to send it."), 403)
    return _hand_in(request, form.cleaned_data, files)


def _readable(request: HttpRequest) -> bool:
    """Whether its texts can be kept at all: not too many, no NUL among them, and the moment it was taken along is one."""
    texts = [str(text) for text in request.POST.values()]
    if sum(len(text) for text in texts) > MOST_CHARACTERS or any("\0" in text for text in texts):
        return False
    return not request.POST.get("base-ref") or _is_moment(request.POST.get("base-changed_at", ""))


def _is_moment(text: str) -> bool:
    try:
        return parse_datetime(text) is not None
    except ValueError:
        return False


def _too_large() -> JsonResponse:
    return _refused(_("A photograph is too large. Please take it again, smaller, and send the form anew."), 413)


def _hand_in(request: HttpRequest, head: dict[str, Any], files: dict[str, UploadedFile[bytes]]) -> HttpResponse:
    kind: FormKind = KINDS[head["kind"]]
    base = {
        name: request.POST.get(f"base-{name}", "") for name in ("ref", "changed_at") if request.POST.get("base-ref")
    }
    try:
        submission = offline.receive(
            by=acting(request),
            nonce=head["nonce"],
            filled_in_at=head["filled_in_at"],
            station=head["station"],
            filled=Filled(answers_of(kind, request.POST), base=base),
            files=files,
            kind=head["kind"],
        )
    except offline.NonceReused as reused:
        return _refused(str(reused), 409)
    except offline.TooManyWaiting as waiting:
        return _refused(str(waiting), 429)
    except NotAllowed as refused:
        return _refused(str(refused), 403)
    return JsonResponse(_answer(submission))


def _refused(text: str, status: int) -> JsonResponse:
    return JsonResponse({"state": "refused", "message": text}, status=status)


def _answer(submission: Submission) -> dict[str, str]:
    """What the phone shows of a submission: its state, what became of it in words, and where it goes on."""
    if submission.state == SubmissionState.CONFLICT:
        url = reverse("desk_submission", args=[submission.pk])
    else:
        url = kind_of(submission).address(submission)
    return {"state": submission.state, "message": offline.said(submission), "url": url}
