"""Moving a station: its address, its point, and the station above it, to which its vans then drive."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from delivery.handing_on import follow_parent
from stations import keeping
from stations.models import Station, StationStatus
from stations.station_forms import PlaceForm, PlannedPlaceForm, told
from stations.views.keeping import FIELDS, REFUSED, back_to, form_page, keeper_view


@keeper_view
def desk_station_move(request: HttpRequest, user: User, station: Station) -> HttpResponse:
    """Where it stands and under which station; a planned one may still go to another village."""
    kind = PlannedPlaceForm if station.status == StationStatus.PLANNED else PlaceForm
    initial = PlaceForm.initial_of(station) | {"region": station.region_id}
    form = kind(request.POST or None, initial=initial, kind=station.kind, county_code=station.county_code)
    if request.method == "POST" and form.is_valid():
        try:
            stuck = _move(user, station, form)
        except REFUSED as error:
            told(form, error, FIELDS)
        else:
            messages.success(request, _("Kept."))
            if stuck:
                text = ngettext(
                    "%(count)s parcel has no way now: no van goes there.",
                    "%(count)s parcels have no way now: no van goes there.",
                    stuck,
                )
                messages.warning(request, text % {"count": stuck})
            return back_to(station)
    return form_page(request, station, form, title=_("Move"), action=_("Keep"))


def _move(user: User, station: Station, form: Any) -> int:
    before = station.parent
    with transaction.atomic():
        parent, region = form.cleaned_data.get("parent"), form.cleaned_data.get("region")
        keeping.move_station(by=user, station=station, parent=parent, region=region, **form.place)
        if before is not None and parent is not None and parent != before:
            return follow_parent(station=station, before=before, now=parent)
    return 0
