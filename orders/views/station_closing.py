"""The page that closes a station: first who takes over, then in numbers what moves where, then the word that does it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from orders.station_closing import Closing, HeirUnfit, NotEmpty, close_station, heirs_of, in_the_way, plan_closing
from stations.keeping import ReasonMissing, StationMoved
from stations.models import Station, StationKind, StationStatus
from stations.station_forms import ReasonForm
from stations.views.keeping import back_to, keeper_view
from stations.views.stations import show


@keeper_view
def desk_station_close(request: HttpRequest, user: User, station: Station) -> HttpResponse:
    """Close a station in favour of the one named in the address (`?heir=CODE`)."""
    heirs = heirs_of(station) if station.kind != StationKind.CENTRE and station.status != StationStatus.CLOSED else []
    heir = next((one for one in heirs if one.code == request.GET.get("heir", "")), None)
    form, plan = ReasonForm(request.POST or None), None
    if request.method == "POST" and heir is not None and form.is_valid():
        try:
            done = close_station(by=user, station=station, heir=heir, reason=form.cleaned_data["reason"])
        except (NotEmpty, HeirUnfit, StationMoved) as error:
            form.add_error(None, forms.ValidationError(str(error)))
            station.refresh_from_db()
        except ReasonMissing as error:
            form.add_error("reason", str(error))
        else:
            messages.success(
                request, _("%(station)s is closed; %(heir)s takes over.") % {"station": station, "heir": heir}
            )
            if not done.moving:
                messages.success(
                    request, _("Nothing had to move: it had no stores, no parcels and no stations below it.")
                )
            if done.stuck:
                messages.warning(request, _stuck_line(done.stuck))
            return back_to(station)
    if heir is not None and station.status != StationStatus.CLOSED:
        plan = plan_closing(by=user, station=station, heir=heir)
    first = in_the_way(station) if heirs else []
    context: dict[str, Any] = {
        "station": station,
        "obstacles": first or (plan.obstacles if plan else []),
        "blocked": bool(first),
        "heirs": heirs,
        "heir": heir,
        "form": form,
        "plan": plan,
        "lines": _lines(plan) if plan else [],
        "trail": [
            (_("Stations"), reverse("desk_stations")),
            (station.label, reverse("desk_station", args=[station.code])),
            (_("Close"), ""),
        ],
    }
    return show(request, "orders/station_close.html", **context)


def _stuck_line(count: int) -> str:
    text = ngettext(
        "%(count)s parcel has no way now: no van goes there.",
        "%(count)s parcels have no way now: no van goes there.",
        count,
    )
    return text % {"count": count}


def _lines(plan: Closing) -> list[tuple[str, int, str]]:
    """What moves, how much of it, and what becomes of it; nothing that there is none of."""
    rows = [
        (_("Stores"), plan.stores, _("are served there")),
        (_("Stores being opened"), plan.openings, _("go on there")),
        (_("Forms filled in offline"), plan.forms, _("are looked at there")),
        (_("Parcels the farmers still bring"), plan.to_collect, _("are brought there")),
        (_("Orders to be picked up"), plan.pickups, _("are picked up there; each buyer gets a mail, and a new code")),
        (_("Parcels that were to pass"), plan.passing, _("get another way")),
        (_("Stations below"), plan.below, _("stand under it")),
        (_("Vans"), plan.runs, _("drive there or end")),
        (_("People"), plan.people, _("lose their posting here today; give them a new one")),
    ]
    return [row for row in rows if row[1]]
