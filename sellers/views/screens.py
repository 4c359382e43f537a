"""What the screens of an opening share: which opening, for whom, and the page around a screen's form."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.phones import masked_phone
from sellers import mending, openings
from sellers.consent import CONSENT_POINTS
from sellers.models import Opening, OpeningStep
from sellers.views.desk import acting, show
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of


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


def first_page(request: HttpRequest, form: forms.Form, **context: Any) -> HttpResponse:
    """The first screen, with what the farmer is asked to agree to."""
    context = {"place": 1, "of": len(OpeningStep.values), **context}
    return show(request, "sellers/opening_farmer.html", form=form, points=CONSENT_POINTS, **context)


def page(
    request: HttpRequest, opening: Opening, step: str, form: forms.Form, *, template: str = "", **more: Any
) -> HttpResponse:
    """A screen of this opening in its frame: its place among the five, the way back, what has to be mended."""
    steps = OpeningStep.values
    place = steps.index(step)
    before = steps[place - 1] if place and openings.may_show(opening, steps[place - 1]) else ""
    context = {
        "opening": opening,
        "step": step,
        "form": form,
        "phases": phases(step),
        "place": place + 1,
        "of": len(steps),
        "before": before,
        "reasons": mending.reasons_of(opening.store),
        "household_url": reverse("desk_household", args=(opening.household_id,)) if opening.household_id else "",
        "farmer_phone": masked_phone(opening.household.phone if opening.household else opening.phone),
        **more,
    }
    if step == OpeningStep.FARMER and not template:
        return first_page(request, **context)
    return show(request, template or f"sellers/opening_{step}.html", **context)


def phases(step: str) -> list[dict[str, str]]:
    """The five names above a screen, and how far one is."""
    labels = [_("Farmer"), _("Identity"), _("Mandate"), _("Store"), _("Submit")]
    now = OpeningStep.values.index(step)
    states = ["done" if number < now else "now" if number == now else "" for number in range(len(labels))]
    return [{"label": label, "state": state} for label, state in zip(labels, states, strict=True)]
