"""Stations at the desk: the list by township with what each did lately, one station's page, and the county's map."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.signed_in import signed_in
from stations.activity import WINDOW_DAYS, Activity, activity_and_below, that_worked
from stations.county_map import draw_map
from stations.history import changes_of, moved_at_closing, next_key
from stations.keeping import KEEPERS, may_keep, why_shut
from stations.looking import looked_for
from stations.models import Level, Region, Station, StationKind, StationStatus
from stations.models.station import StationQuerySet
from stations.scope import scope_of
from stations.station_forms import ABILITIES
from stations.workplace import desk_frame, works_at_the_desk

A_PAGE, PEOPLE_SHOWN, HISTORY_SHOWN = 40, 12, 20
PILLS: dict[str, str] = {
    StationStatus.PLANNED: "busy",
    StationStatus.ACTIVE: "good",
    StationStatus.SUSPENDED: "bad",
    StationStatus.CLOSED: "",
}


def at_the_desk(request: HttpRequest) -> User:
    """Who asks. Raises PermissionDenied (403) for somebody without any posting."""
    user = signed_in(request)
    if not works_at_the_desk(user):
        raise PermissionDenied(_("The desk is for the staff of the stations."))
    return user


def show(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page of the desk in its frame."""
    return render(request, template, {**desk_frame(signed_in(request)), **context}, status=status)


@never_cache
@require_safe
@login_required
def desk_stations(request: HttpRequest) -> HttpResponse:
    """The stations of the user's regions in the order of their codes, a township's own before its points'; narrowed, page by page."""
    user = at_the_desk(request)
    asked = {name: looked_for(request, name) for name in ("county", "township", "kind", "status", "worked", "q")}
    counties = _counties(user)
    if len(counties) == 1:
        asked["county"] = counties[0].code
    seen = Station.objects.visible_to(user)
    found = _narrowed(seen, asked)
    after = request.GET.get("after", "")
    rows = list(_after(found, after).select_related("region__parent", "parent")[: A_PAGE + 1])
    page, kept = rows[:A_PAGE], {name: value for name, value in asked.items() if value}
    return show(
        request,
        "stations/stations.html",
        groups=_by_township(page),
        figures=_figures(_narrowed(seen, asked | {"worked": "", "status": ""})),
        asked=asked,
        counties=counties if len(counties) > 1 else [],
        townships=_townships(user, asked["county"]),
        kinds=StationKind.choices,
        statuses=StationStatus.choices,
        narrowed=bool(set(kept) - ({"county"} if len(counties) == 1 else set())),
        next_url=f"?{urlencode({**kept, 'after': f'{page[-1].region_id}-{page[-1].code}'})}"
        if len(rows) > A_PAGE
        else "",
        first_url=f"?{urlencode(kept)}" if after else "",
        may_open=_may_open(user),
        map_url=reverse("desk_stations_map", args=[asked["county"][:6]])
        if len(asked["county"]) == len("430426000000")
        else "",
        window=WINDOW_DAYS,
    )


def _counties(user: User) -> list[Region]:
    """The counties whose stations the user sees, by their centres (or the county of their own postings)."""
    scope = scope_of(user)
    own = {f"{posting.region.county_code}000000" for posting in scope.postings if posting.region.level >= Level.COUNTY}
    if own and all(posting.region.level >= Level.COUNTY for posting in scope.postings) and not scope.everywhere:
        return list(Region.objects.filter(code__in=own))
    centres = Station.objects.visible_to(user).filter(kind=StationKind.CENTRE)
    return list(Region.objects.filter(code__in=centres.values("region_id")))


def _townships(user: User, county: str) -> list[Region]:
    if not (len(county) == 12 and county.isascii() and county.isdigit()):
        return []
    return list(Region.objects.within(county).filter(scope_of(user).covers("code"), level=Level.TOWNSHIP))


def _narrowed(stations: StationQuerySet, asked: dict[str, str]) -> StationQuerySet:
    for place in ("township", "county"):
        code = asked[place]
        if len(code) == 12 and code.isascii() and code.isdigit():
            stations = stations.within(code)
            break
    if asked["kind"] in StationKind.values:
        stations = stations.filter(kind=asked["kind"])
    if asked["status"] in StationStatus.values:
        stations = stations.filter(status=asked["status"])
    elif asked["status"] != "all":
        stations = stations.exclude(status=StationStatus.CLOSED)
    if asked["q"]:
        q = asked["q"]
        stations = stations.filter(Q(name__icontains=q) | Q(name_en__icontains=q) | Q(code__istartswith=q))
    if asked["worked"] == "yes":
        stations = that_worked(stations)
    elif asked["worked"] == "no":
        stations = stations.exclude(pk__in=that_worked(Station.objects.all()).values("pk"))
    return stations


def _after(stations: StationQuerySet, key: str) -> StationQuerySet:
    """From the row after this key on ('430426101201-430426101201V'; anything else begins at the beginning)."""
    stations = stations.order_by("region_id", "code")
    region, dash, code = key.partition("-")
    if not (dash and len(region) == 12 and region.isascii() and region.isdigit()):
        return stations
    return stations.filter(region_id__gte=region).filter(Q(region_id__gt=region) | Q(code__gt=code))


def _by_township(stations: list[Station]) -> list[dict[str, Any]]:
    """The rows of a page under their townships' names, each with what it and those below it did lately. One query."""
    activity, together = activity_and_below(stations)
    groups: list[dict[str, Any]] = []
    for station in stations:
        township = _township_of(station)
        if not groups or groups[-1]["place"] != township.label:
            groups.append({"place": township.label, "rows": []})
        groups[-1]["rows"].append(
            {
                "station": station,
                "activity": activity.get(station.pk),
                "together": together.get(station.pk),
                "pill": PILLS[station.status],
            }
        )
    return groups


def _township_of(station: Station) -> Region:
    region = station.region
    return region.parent if region.level == Level.VILLAGE and region.parent else region


def _figures(stations: StationQuerySet) -> dict[str, int]:
    """How many there are of each status, and how many of the active ones worked. Two queries."""
    counts = dict(stations.order_by().values_list("status").annotate(Count("pk")))
    active = counts.get(StationStatus.ACTIVE, 0)
    worked = that_worked(stations.active()).count() if active else 0
    return {
        "all": sum(counts.values()),
        "active": active,
        "worked": worked,
        "suspended": counts.get(StationStatus.SUSPENDED, 0),
        "planned": counts.get(StationStatus.PLANNED, 0),
    }


def _may_open(user: User) -> bool:
    scope = scope_of(user)
    return scope.everywhere or any(posting.role in KEEPERS for posting in scope.postings)


@never_cache
@require_safe
@login_required
def desk_station(request: HttpRequest, code: str) -> HttpResponse:
    """One station: what it can do, who serves there, what it did lately, and its history."""
    user = at_the_desk(request)
    station = visible_station(user, code)
    keeps = may_keep(user, station)
    own, together = activity_and_below([station])
    people = station.postings.current().select_related("user").order_by("pk")[: PEOPLE_SHOWN + 1]
    older = _key(request.GET.get("older", ""))
    changes = changes_of(station, older_than=older, most=HISTORY_SHOWN)
    more = next_key(changes, most=HISTORY_SHOWN)
    return show(
        request,
        "stations/station.html",
        station=station,
        pill=PILLS[station.status],
        trail=[(_("Stations"), reverse("desk_stations")), (station.label, "")],
        shut=why_shut(station) if station.status == StationStatus.SUSPENDED else "",
        moved=moved_at_closing(station) if station.status == StationStatus.CLOSED else None,
        place=_place(station),
        abilities=[Station._meta.get_field(name).verbose_name for name in ABILITIES if getattr(station, name)],  # type: ignore[union-attr]
        activity=own.get(station.pk, Activity()),
        together=together.get(station.pk),
        window=WINDOW_DAYS,
        pictures=station.pictures.select_related("picture"),
        people=[posting for posting in people if posting.user.is_active],
        below=station.children.exclude(status=StationStatus.CLOSED).count(),
        stores=_stores(Q(pk=station.pk)),
        stores_together=_stores(Q(pk=station.pk) | Q(parent=station) | Q(parent__parent=station)),
        changes=changes,
        older_url=f"?older={more}#history" if more else "",
        keeps=keeps,
        may_resume=keeps and station.status in (StationStatus.SUSPENDED, StationStatus.PLANNED),
        links=_links(station) if keeps else [],
        map_url=reverse("desk_stations_map", args=[station.county_code]),
    )


def visible_station(user: User, code: str) -> Station:
    """A station that the user sees. Raises Http404 for any other."""
    seen = Station.objects.visible_to(user).select_related("region__parent__parent", "parent", "heir")
    if "\x00" in code:  # no text of PostgreSQL's
        raise Http404
    return get_object_or_404(seen, code=code)


def _key(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _place(station: Station) -> str:
    region = station.region
    above = region.parent if region.level > Level.COUNTY else None
    return f"{above.label} {region.label}" if above else region.label


def _stores(stations: Q) -> int:
    """How many stores these serve; stores are of an app above, which hangs them on the station by this name."""
    there = Q(stores__closed_at=None, stores__isnull=False) & ~Q(stores__status="closed")
    return int(Station.objects.filter(stations).aggregate(found=Count("stores", filter=there))["found"])


def _links(station: Station) -> list[tuple[str, str]]:
    """What the county's staff can do with it, as far as there is a page for it."""
    wanted = [
        (_("Edit"), "desk_station_edit"),
        (_("Move"), "desk_station_move"),
        (_("Photographs"), "desk_station_photographs"),
    ]
    if station.status == StationStatus.ACTIVE:
        wanted.append((_("Suspend"), "desk_station_suspend"))
    if station.kind != StationKind.CENTRE:
        wanted.append((_("Close"), "desk_station_close"))
    return [(label, url) for label, name in wanted if (url := _address(name, station.code))]


def _address(name: str, code: str) -> str:
    try:
        return reverse(name, args=[code])
    except NoReverseMatch:
        return ""


@never_cache
@require_safe
@login_required
def desk_stations_map(request: HttpRequest, county: str) -> HttpResponse:
    """A county (six digits) with those of its stations that the user sees."""
    user = at_the_desk(request)
    known = county.isascii() and county.isdigit()
    region = Region.objects.filter(code=f"{county}000000").first() if known else None
    seen = Station.objects.visible_to(user).exclude(status=StationStatus.CLOSED).select_related("region")
    stations = list(seen.within(region.code).order_by("region_id", "code")) if region else []
    if region is None or not stations:
        raise Http404
    return show(
        request,
        "stations/map.html",
        region=region,
        drawing=draw_map(county, stations),
        trail=[(_("Stations"), reverse("desk_stations")), (_("Map"), "")],
    )
