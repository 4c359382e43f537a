"""The inbox of forms that came from phones and did not fit: both versions beside each other, and what can be done."""

import logging
from typing import Any

from django.contrib import messages
from django.core.files.storage import storages
from django.db import DataError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from pictures.intake import PictureRefused, clean_file
from sellers import offline, settling
from sellers.comparing import known_household
from sellers.filled import read_filled
from sellers.form_kinds import FormKind, answers_of, kind_of, photographs_of
from sellers.models import Submission, SubmissionState
from sellers.views.desk import acting, desk_view, only_at_the_desk, show, waiting
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of

logger = logging.getLogger("daylily.sellers")
LISTED = 50


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
    elif submission.made:
        context["done_url"] = kind_of(submission).address(submission)
    return show(request, "sellers/submission.html", **context)


def _read_versions(request: HttpRequest, submission: Submission) -> dict[str, Any]:
    """Both versions; of a form whose answers nothing can read only that it is here, so that it can be deleted."""
    try:
        with transaction.atomic():
            return kind_of(submission).versions(acting(request), submission, read_filled(submission))
    except (ValueError, TypeError, OverflowError, DataError) as unreadable:
        logger.warning("The form %s can't be read: %s.", submission.pk, type(unreadable).__name__)
        return {}


def _settled(request: HttpRequest, submission: Submission) -> HttpResponse:
    """Do what the button says; where it still does not fit, the page says why, and what was typed is kept."""
    user, act = acting(request), request.POST.get("act", "")
    if act == "correct":
        kind = kind_of(submission)
        answers, files = _typed(request, kind), photographs_of(kind, request.FILES)
        done = settling.correct(by=user, submission=submission, answers=answers, files=files)
    elif act == "known":
        household = known_household(acting(request), read_filled(submission))
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
    return redirect(kind_of(done).address(done) or reverse("desk_submissions"))


def _typed(request: HttpRequest, kind: FormKind) -> dict[str, str]:
    """The corrected answers; a box of a screen that was shown and is no longer ticked is not ticked."""
    boxes = dict.fromkeys(request.POST.getlist("box"), "")
    return answers_of(kind, boxes) | answers_of(kind, request.POST)


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
