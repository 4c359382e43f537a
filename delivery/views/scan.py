"""The scan page: one label after another, what happened to it, and a large answer."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from delivery.access import SignedIn, stations_served
from delivery.forms import NAMES, ScanForm, new_nonce
from delivery.models import Handover, HeldScan, Parcel, ScanKind
from delivery.pickup import TooManyTries, WrongPickupCode, find_by_code, pick_up
from delivery.scanning import NonceTaken, current_leg, scan
from delivery.stopping import open_stops
from stations.scope import NotAllowed
from stations.workplace import desk_frame


@login_required
def scan_page(request: SignedIn) -> HttpResponse:
    """Record a scan. The page keeps a nonce: sent twice, it counts once, and both answers are the same."""
    stations = stations_served(request.user)
    if not stations:
        raise NotAllowed(_("Only the staff of a station scan parcels there."))
    asked = {
        "kind": request.GET.get("kind") or ScanKind.IN,
        "parcel": request.GET.get("parcel", ""),
        "nonce": new_nonce(),
    }
    form = ScanForm(request.POST or None, stations=stations, initial=asked)
    if request.method == "POST" and form.is_valid():
        answer = _record(form, request.user)
        if answer is not None:
            query = QueryDict(mutable=True)
            query.update({"done": answer.nonce, "kind": answer.kind})
            return redirect(f"{reverse('desk_scan')}?{query.urlencode()}")
    context: dict[str, Any] = {"form": form, "result": None if request.method == "POST" else _result(request)}
    status = 200 if request.method == "GET" else 422
    return render(request, "delivery/scan.html", desk_frame(request.user) | context, status=status)


def _record(form: ScanForm, by: User) -> Handover | HeldScan | None:
    """The answer to a valid form; None when the form now says what is wrong."""
    data = form.cleaned_data
    station, nonce, at = data["station"], data["nonce"], data["device_time"]
    parcel: Parcel | None = data["parcel"]
    try:
        if data["kind"] == ScanKind.PICKUP:
            known = Handover.objects.filter(
                nonce=nonce, by=by
            ).first()  # sent twice: the parcel isn't ready under its code any more
            if known is not None:
                return known
            parcel = parcel or find_by_code(code=data["pickup_code"], station=station, by=by)
            return pick_up(parcel=parcel, code=data["pickup_code"], station=station, by=by, nonce=nonce, at=at)
        assert parcel is not None
        number = data.get("carrier_number", "") if data["kind"] == ScanKind.CARRIER else ""
        return scan(
            parcel=parcel,
            kind=ScanKind(data["kind"]),
            station=station,
            by=by,
            nonce=nonce,
            carrier_number=number,
            at=at,
        )
    except (WrongPickupCode, TooManyTries) as error:
        form.add_error("pickup_code", forms.ValidationError(str(error)))
    except NonceTaken as error:
        form.add_error(None, forms.ValidationError(str(error)))
    return None


def _result(request: SignedIn) -> dict[str, Any] | None:
    """What to say of the scan that was just recorded: the address names it, so that reloading the page does no harm."""
    nonce = request.GET.get("done", "")
    if not nonce:
        return None
    held = HeldScan.objects.filter(nonce=nonce, by=request.user).select_related("parcel").first()
    if held is not None:
        stops = open_stops(held.parcel)
        title = _("Stop!") if stops else _("Kept for a person to look at")
        return {"held": held, "parcel": held.parcel, "title": title, "stops": stops}
    handover = (
        Handover.objects.filter(nonce=nonce, by=request.user).select_related("parcel__destination_station").first()
    )
    if handover is None:
        return None
    return {
        "parcel": handover.parcel,
        "title": NAMES[ScanKind(handover.kind)],
        "leg": current_leg(handover.parcel),
        "stops": open_stops(handover.parcel),
    }
