"""The pages on which the county's staff keep stations: a new one, what it can do, photographs, suspending and resuming."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from pictures.intake import take_in
from stations import keeping
from stations.models import Level, Region, Station, StationKind, StationPicture
from stations.scope import NotAllowed, scope_of
from stations.station_forms import MOST_PICTURES, FactsForm, NewStationForm, PhotographForm, ReasonForm, told
from stations.views.stations import at_the_desk, show, visible_station

# Which field of a form a rule is about.
FIELDS = (
    (keeping.ParentUnfit, "parent"),
    (keeping.ParentClosed, "parent"),
    (keeping.RegionUnfit, "region"),
    (keeping.SecondCentre, "region"),
    (keeping.CodeTaken, "code"),
    (keeping.CodeUnfit, "code"),
    (keeping.ReasonMissing, "reason"),
    (keeping.StationMoved, ""),
)
REFUSED = tuple(kind for kind, _field in FIELDS)
View = Callable[..., HttpResponse]


def keeper_view(view: View) -> View:
    """For whoever keeps this station: 404 where it isn't seen, 403 where the user may only look."""

    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, code: str) -> HttpResponse:
        user = at_the_desk(request)
        station = visible_station(user, code)
        scope_of(user).require(keeping.KEEPERS, station.region_id)
        return view(request, user, station)

    return guarded


def back_to(station: Station) -> HttpResponse:
    """On to the station's page."""
    return redirect("desk_station", station.code)


def form_page(request: HttpRequest, station: Station, form: Any, **context: Any) -> HttpResponse:
    """One form about a station; refused as it was sent, it keeps what was typed."""
    trail = [
        (_("Stations"), reverse("desk_stations")),
        (station.label, reverse("desk_station", args=[station.code])),
        (context["title"], ""),
    ]
    return show(request, "stations/station_form.html", station=station, form=form, trail=trail, **context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def desk_station_new(request: HttpRequest) -> HttpResponse:
    """Which kind and where, then the form: two steps, so that the list of villages is a township's."""
    user = at_the_desk(request)
    scope = scope_of(user)
    if not (scope.everywhere or any(posting.role in keeping.KEEPERS for posting in scope.postings)):
        raise NotAllowed(_("Your posting does not allow this here."))
    kind, within = request.GET.get("kind", ""), _within(user, request.GET.get("within", "").strip())
    trail = [(_("Stations"), reverse("desk_stations")), (_("New station"), "")]
    fits = within is not None and within.level == (Level.TOWNSHIP if kind == StationKind.VILLAGE else Level.COUNTY)
    if kind not in StationKind.values or not fits or within is None:
        wrong = bool(request.GET.get("within"))
        choices: dict[str, Any] = {
            "kind": kind,
            "counties": _own_counties(user),
            "townships": _own_townships(user),
            "wrong": wrong,
        }
        return show(request, "stations/station_where.html", trail=trail, everywhere=scope.everywhere, **choices)
    form = NewStationForm(request.POST or None, kind=kind, within=within)
    if request.method == "POST" and form.is_valid():
        try:
            station = _open(user, kind, form)
        except REFUSED as error:
            told(form, error, FIELDS)
        else:
            messages.success(
                request, _("%(station)s is on record. Now give somebody a posting there.") % {"station": station}
            )
            return back_to(station)
    label = StationKind(kind).label
    return show(request, "stations/station_new.html", form=form, trail=trail, label=label, within=within)


def _open(user: User, kind: str, form: NewStationForm) -> Station:
    data = form.cleaned_data
    return keeping.open_station(
        by=user,
        kind=kind,
        region=data["region"],
        parent=data.get("parent"),
        code=data["code"],
        planned=data["starts"] == "later",
        **form.facts,
        **form.place,
    )


def _within(user: User, code: str) -> Region | None:
    """The township or county of this code (six, nine or twelve digits) where the user keeps stations."""
    full = code.ljust(12, "0")
    if not (len(full) == 12 and full.isascii() and full.isdigit() and len(code) in (6, 9, 12)):
        return None
    region = Region.objects.filter(code=full).first()
    return region if region and scope_of(user).may(keeping.KEEPERS, region.code) else None


def _own_counties(user: User) -> list[Region]:
    return [posting.region for posting in scope_of(user).postings if posting.role in keeping.KEEPERS]


def _own_townships(user: User) -> list[Region]:
    """The townships of the user's counties; an operator, who has none of their own, types the code."""
    return [
        township
        for county in _own_counties(user)
        for township in Region.objects.within(county.code).filter(level=Level.TOWNSHIP)
    ]


@keeper_view
def desk_station_edit(request: HttpRequest, user: User, station: Station) -> HttpResponse:
    """What it is called and can do."""
    form = FactsForm(request.POST or None, initial=FactsForm.initial_of(station))
    if request.method == "POST" and form.is_valid():
        try:
            keeping.change_station(by=user, station=station, **form.facts)
        except REFUSED as error:
            told(form, error, FIELDS)
        else:
            messages.success(request, _("Kept."))
            return back_to(station)
    return form_page(request, station, form, title=_("Edit"), action=_("Keep"))


@keeper_view
def desk_station_suspend(request: HttpRequest, user: User, station: Station) -> HttpResponse:
    """Let it rest, with a reason that its staff read."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            keeping.suspend_station(by=user, station=station, reason=form.cleaned_data["reason"])
        except REFUSED as error:
            told(form, error, FIELDS)
        else:
            messages.success(request, _("%(station)s is suspended.") % {"station": station})
            return back_to(station)
    points = [
        _("No store is opened there, and no goods are collected; parcels are not sent to it or through it."),
        _("What is on a van to it still arrives, and what lies there may leave or be picked up."),
        _("Parcels that should pass it get another way; where there is none they wait until it works again."),
    ]
    return form_page(
        request, station, form, title=_("Suspend"), action=_("Suspend the station"), danger=True, points=points
    )


@never_cache
@require_POST
@login_required
def desk_station_resume(request: HttpRequest, code: str) -> HttpResponse:
    """Let a suspended station work again, or a planned one begin."""
    user = at_the_desk(request)
    station = visible_station(user, code)
    try:
        keeping.resume_station(by=user, station=station)
    except (keeping.StationMoved, keeping.ParentClosed) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(station)s works.") % {"station": station})
    return back_to(station)


@keeper_view
def desk_station_photographs(request: HttpRequest, user: User, station: Station) -> HttpResponse:
    """Its photographs: one more, or one less."""
    pictures = StationPicture.objects.filter(station=station)
    if request.method == "POST" and "remove" in request.POST:
        asked = request.POST["remove"]
        known = asked.isascii() and asked.isdigit() and len(asked) < 19
        get_object_or_404(pictures, pk=int(asked) if known else 0).picture.delete()
        messages.success(request, _("The photograph is gone."))
        return redirect("desk_station_photographs", station.code)
    full = pictures.count() >= MOST_PICTURES
    form = PhotographForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and not full and form.is_valid():
        last = pictures.aggregate(last=Max("position"))["last"] or 0
        picture = take_in(
            form.cleaned_data["picture"],
            title=station.name,
            alt_zh=station.name,
            alt_en=station.name_en or station.name,
        )
        StationPicture.objects.create(station=station, picture=picture, position=last + 1)
        messages.success(request, _("The photograph is kept."))
        return redirect("desk_station_photographs", station.code)
    trail = [
        (_("Stations"), reverse("desk_stations")),
        (station.label, reverse("desk_station", args=[station.code])),
        (_("Photographs"), ""),
    ]
    shown = pictures.select_related("picture")
    return show(
        request, "stations/photographs.html", station=station, form=form, full=full, pictures=shown, trail=trail
    )
