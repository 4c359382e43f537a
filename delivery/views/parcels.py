"""What waits at the station; one parcel with its way and its hands; its label."""

from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_POST

from delivery.access import SignedIn, stations_served, stations_watched
from delivery.boxing import CannotPack, pack_box
from delivery.custody import SENDER, chain_of, first_break, side_names
from delivery.forms import KINDS, NAMES, PackForm, find_parcel, new_nonce
from delivery.masking import recipient_for
from delivery.models import Parcel, ParcelState, ScanKind
from delivery.parcels import WAITING, replan
from delivery.routing import NoRoute, find_route
from delivery.scanning import current_leg, scans_to_come
from delivery.stopping import LYING, open_stops
from delivery.worklist import what_waits
from stations.models import Station, StationKind
from stations.models.posting import STAFF_ROLES
from stations.scope import NotAllowed, scope_of
from stations.workplace import desk_frame

PILLS: dict[str, str] = {ParcelState.DELIVERED: "good", ParcelState.READY: "good", ParcelState.CANCELLED: "bad"}


@login_required
@require_GET
def parcels(request: SignedIn) -> HttpResponse:
    """The work list of the user's stations, and the way to a parcel by its number."""
    user = request.user
    stations = stations_watched(user)
    wanted = request.GET.get("q", "").strip()
    found = find_parcel(wanted) if wanted else None
    if found is not None and Parcel.objects.visible_to(user).filter(pk=found.pk).exists():
        return redirect("desk_parcel", found.ref)
    served = {station.pk for station in stations_served(user)}
    context = {"work": what_waits(stations), "q": wanted, "served": served, "nonce": new_nonce}
    return render(request, "delivery/parcels.html", desk_frame(user) | context)


@login_required
@require_POST
def pack(request: SignedIn) -> HttpResponse:
    """Pack the chosen parcels into one box, and go on to the box's page, where its label is."""
    stations = stations_served(request.user)
    if not stations:
        raise NotAllowed(_("Only the staff of a station scan parcels there."))
    form = PackForm(request.POST, stations=stations)
    if not form.is_valid():
        messages.error(request, _("Choose at least one parcel to pack."))
        return redirect("desk_parcels")
    data = form.cleaned_data
    try:
        box = pack_box(parcels=data["parcels"], centre=data["station"], by=request.user, nonce=data["nonce"])
    except CannotPack as error:
        messages.error(request, str(error))
        return redirect("desk_parcels")
    messages.success(request, _("Packed into box %(number)s. Print its label.") % {"number": box.number})
    return redirect("desk_parcel", box.ref)


@login_required
@require_GET
def parcel(request: SignedIn, ref: str) -> HttpResponse:
    """One parcel: what to do with it here, its way planned and done, and whose hands it passed through."""
    one = _visible(request, ref)
    served, leg = stations_served(request.user), current_leg(one)
    chain = chain_of(one)
    context: dict[str, Any] = {
        "parcel": one,
        "may_collect": one.state == ParcelState.PLANNED and one.origin in served,
        "pill": PILLS.get(one.state, "busy"),
        "trail": [(_("Parcels"), reverse("desk_parcels")), (one.number, "")],
        "recipient": recipient_for(one, leg, served),
        "steps": _steps(one, served),
        "nonce": new_nonce(),
        "legs": one.legs.select_related("from_station", "from_region", "to_station", "to_region"),
        "events": _events(one),
        "unbroken": first_break(chain) is None,
        "held": one.held_scans.filter(settled_at=None).select_related("station"),
        **_stopped(one, request),
        "contents": one.contents_parcels.order_by("number"),
        "no_way": _why_no_way(one) if leg is None else "",
        "may_replan": one.state in WAITING and scope_of(request.user).may(STAFF_ROLES, _place(one).region_id),
    }
    return render(request, "delivery/parcel.html", desk_frame(request.user) | context)


@login_required
@require_POST
def plan_again(request: SignedIn, ref: str) -> HttpResponse:
    """Plan the parcel's way anew from where it is."""
    one = _visible(request, ref)
    scope_of(request.user).require(STAFF_ROLES, _place(one).region_id)
    reason = replan(one)
    if reason:
        messages.error(request, reason)
    else:
        messages.success(request, _("Its way is planned again."))
    return redirect("desk_parcel", one.ref)


@login_required
@require_GET
def label(request: SignedIn, ref: str) -> HttpResponse:
    """The label for the printer: 100 x 70 mm, with a code that leads to the parcel's public page."""
    one = _visible(request, ref)
    stations = [each.end for each in one.legs.select_related("to_station", "to_region") if each.end]
    context = {
        "parcel": one,
        "recipient": recipient_for(one, None, []),  # a label goes through every hand
        "way": [one.origin, *stations],
        "code": qr_code(trace_address(one.ref)),
        "address": trace_address(one.ref),
    }
    return render(request, "delivery/label.html", context)


def trace_address(ref: str) -> str:
    """The public address of a parcel's or lot's story, in Chinese, as a label bears it."""
    with override(settings.LANGUAGE_CODE):
        try:
            return settings.SITE_URL + reverse("trace", args=[ref])
        except NoReverseMatch:
            return f"{settings.SITE_URL}/trace/{ref}/"


def qr_code(text: str) -> SafeString:
    """A QR code as inline SVG, error correction M (a label that a drop of water hits can still be read)."""
    code = segno.make(text, error="m", micro=False)
    # Drawn from our own address alone, so there is no markup of anybody else's in it.
    return SafeString(code.svg_inline(omitsize=True, border=2, svgclass=None, lineclass=None))


def _visible(request: SignedIn, ref: str) -> Parcel:
    visible = Parcel.objects.visible_to(request.user)
    return get_object_or_404(
        visible.select_related("origin", "destination_station", "destination_region__parent__parent", "station", "box"),
        ref=ref,
    )


def _stopped(one: Parcel, request: SignedIn) -> dict[str, Any]:
    """Why the parcel is stopped, and whether the user settles what becomes of it."""
    stops = open_stops(one) if one.stop else []
    return {
        "stops": stops,
        "whole": any(stop.whole for stop in stops),
        "settles": one.state in LYING and scope_of(request.user).may(STAFF_ROLES, _place(one).region_id),
        "at_centre": _place(one).kind == StationKind.CENTRE,
    }


def _place(one: Parcel) -> Station:
    return one.station or one.origin


def _steps(one: Parcel, served: list[Station]) -> list[tuple[Station, ScanKind, str]]:
    """What the user may record of the parcel now: at which of their stations, and what."""
    near = _stations_in_question(one)
    return [
        (station, kind, str(NAMES[kind]))
        for station in served
        if station.pk in near
        for kind in scans_to_come(one, station)
        if kind in KINDS[station.kind]
    ]


def _stations_in_question(one: Parcel) -> set[int | None]:
    """The only stations where a scan of the parcel can fit now."""
    leg = current_leg(one)
    ends = {leg.from_station_id, leg.to_station_id} if leg else set()
    return {one.station_id, one.origin_id, *ends}


def _events(one: Parcel) -> list[dict[str, Any]]:
    """The parcel's handovers for the timeline, the last one first."""
    handovers = list(one.handovers.select_related("by", "station").order_by("-position"))
    names = side_names(side for handover in handovers for side in (handover.giver, handover.taker))
    names[SENDER] = one.sender
    return [
        {
            "title": capfirst(handover.get_kind_display()),
            "when": min(handover.device_time, handover.server_time),
            "who": str(handover.by) if handover.by_id and _exists(handover) else "",
            "text": f"{names[handover.giver]} → {names[handover.taker]}",
            "state": "now" if place == 0 and one.state != ParcelState.DELIVERED else "done",
        }
        for place, handover in enumerate(handovers)
    ]


def _exists(handover: Any) -> bool:
    """Whether the clerk's account is still there: the chain outlives it."""
    return handover.by is not None


def _why_no_way(one: Parcel) -> str:
    if one.state not in WAITING:
        return ""
    target = one.destination_station or one.destination_region
    try:
        find_route(
            origin=_place(one),
            to=target,
            weight_g=one.weight_g,
            chilled=one.chilled,
            lying_there=one.state != ParcelState.PLANNED,
        )
    except NoRoute as error:
        return str(error)
    return ""
