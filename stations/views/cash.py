"""Tills at the desk: what is in one, what moved today, handing cash over and counting it; and all tills of a county."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import storages
from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.references import public_reference
from payments import ledger
from payments.models import AccountKind, Entry
from payments.tills import TillShort
from stations import cash
from stations.cash import SETTLERS, Way, county_tills, ways_from
from stations.cash_forms import CountForm, DifferenceForm, FetchForm, HandOverForm, in_yuan
from stations.models import CashHandover, CashState, Region, Station, StationKind
from stations.scope import scope_of
from stations.views.stations import at_the_desk, show
from stations.workplace import stations_of

REFUSED = (cash.WrongWay, cash.WrongSum, cash.SlipMissing, cash.CashMoved, cash.ReasonMissing, TillShort)
SHOWN = 30
PILLS: dict[str, str] = {
    CashState.GIVEN: "busy",
    CashState.RECEIVED: "good",
    CashState.DISPUTED: "bad",
    CashState.SETTLED: "",
    CashState.WITHDRAWN: "",
}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def desk_till(request: HttpRequest) -> HttpResponse:
    """One till of the user's (`?at=` its station's code where there are several): balance, today, what is on its way, and handing over."""
    user = at_the_desk(request)
    tills = [one for one in stations_of(user) if one.cash_counter or ledger.balance(AccountKind.STATION_CASH, one.code)]
    if not tills:
        return show(request, "stations/till.html", tills=[], county=_county_of(user))
    asked = request.GET.get("at", "")
    station = next((one for one in tills if one.code == asked), tills[0])
    fetching = request.method == "POST" and request.POST.get("action") == "fetch"
    sent = request.POST if request.method == "POST" else None
    form = HandOverForm(ways_from(station), None if fetching else sent, request.FILES or None, initial=_new_ref())
    fetch = FetchForm(sent if fetching else None, initial=_new_ref()) if station.kind == StationKind.CENTRE else None
    if sent is not None and (made := _handed_over(user, station, form, fetch if fetching else None)):
        messages.success(request, _("%(sum)s yuan are on their way.") % {"sum": in_yuan(made.amount_fen)})
        return redirect("desk_cash_handover", made.ref)
    context = {
        "tills": tills,
        "station": station,
        "fen": ledger.balance(AccountKind.STATION_CASH, station.code),
        "moved": _today(station),
        "to_count": _rows(CashHandover.objects.visible_to(user).filter(to_station=station, state=CashState.GIVEN)),
        "given": _rows(CashHandover.objects.visible_to(user).filter(from_station=station)[:SHOWN]),
        "form": form,
        "fetch": fetch,
        "county": _county_of(user),
    }
    return show(request, "stations/till.html", status=422 if sent is not None else 200, **context)


def _handed_over(user: User, station: Station, form: HandOverForm, fetch: FetchForm | None) -> CashHandover | None:
    asked: Form = fetch or form
    if not asked.is_valid():
        return None
    facts = asked.cleaned_data
    way = Way(None, station) if fetch else form.ways[facts["to"]]
    try:
        return cash.hand_over(
            by=user,
            way=way,
            fen=facts["fen"],
            ref=facts["ref"],
            slip=facts["slip"],
            photograph=facts.get("photograph"),
        )
    except REFUSED as refused:
        asked.add_error(None, str(refused))
        return None


def _new_ref() -> dict[str, str]:
    return {"ref": public_reference()}


def _today(station: Station) -> list[Entry]:
    """What came into the till and left it today, the last first."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    mine = Entry.objects.filter(account__kind=AccountKind.STATION_CASH, account__owner=station.code)
    return list(mine.filter(happened_at__gte=midnight).select_related("transfer").order_by("-happened_at", "-pk"))


def _rows(found: Any) -> list[tuple[CashHandover, str]]:
    return [(one, PILLS[one.state]) for one in found.select_related("from_station", "to_station")]


def _county_of(user: User) -> str:
    """The county whose tills the user may oversee; empty for whoever oversees none, or several."""
    counties = {one.region_id[:6] for one in scope_of(user).postings if one.role in SETTLERS}
    return counties.pop() if len(counties) == 1 else ""


@never_cache
@require_safe
@login_required
def desk_tills(request: HttpRequest, county: str) -> HttpResponse:
    """Every till of a county, what is on its way, and differences that nobody has settled: for the centre and the county's officials."""
    user = at_the_desk(request)
    place = get_object_or_404(Region.objects.filter(scope_of(user).covers("code")), code=f"{county}000000")
    scope_of(user).require(SETTLERS, place.code)
    open_ones = CashHandover.objects.visible_to(user).filter(county_code=county).unfinished()
    tills = county_tills(county)
    return show(
        request,
        "stations/tills.html",
        place=place,
        tills=tills,
        total=sum(till.fen for till in tills),
        disputed=_rows(open_ones.filter(state=CashState.DISPUTED)),
        moving=_rows(open_ones.filter(state=CashState.GIVEN)),
        lost=ledger.balance(AccountKind.CASH_DIFFERENCE, county),
    )


@never_cache
@require_safe
@login_required
def desk_cash_handover(request: HttpRequest, ref: str) -> HttpResponse:
    """One handover: who gave and counted what, and what the user may do with it."""
    return _page(request, _handover(request, ref), status=200)


@require_POST
@login_required
def desk_cash_do(request: HttpRequest, ref: str, action: str) -> HttpResponse:
    """Count it, take it back, say what becomes of a difference, or agree to it."""
    handover = _handover(request, ref)
    user = at_the_desk(request)
    form: Form | None = {"count": CountForm, "propose": DifferenceForm}.get(action, Form)(request.POST)
    assert form is not None
    try:
        if not form.is_valid():
            return _page(request, handover, status=422, **{action: form})
        _do(user, handover, action, form.cleaned_data, request)
    except REFUSED as refused:
        form.add_error(None, str(refused))
        messages.error(request, str(refused))
        return _page(request, handover, status=422, **({action: form} if action in ("count", "propose") else {}))
    return redirect("desk_cash_handover", ref)


def _do(user: User, handover: CashHandover, action: str, facts: dict[str, Any], request: HttpRequest) -> None:
    if action == "count":
        counted = cash.count(by=user, handover=handover, fen=facts["fen"])
        said = _("Received.") if counted.state == CashState.RECEIVED else _("The count differs: the county settles it.")
        messages.success(request, said)
    elif action == "back":
        cash.take_back(by=user, handover=handover)
        messages.success(request, _("It is back in the till."))
    elif action == "propose":
        cash.propose(by=user, handover=handover, **facts)
        messages.success(request, _("Somebody else has to agree now."))
    elif action == "agree":
        agreed = (request.POST.get("outcome", ""), request.POST.get("reason", ""))
        cash.settle(by=user, handover=handover, agreed=agreed)
        messages.success(request, _("The difference is settled."))
    else:
        raise Http404


def _handover(request: HttpRequest, ref: str) -> CashHandover:
    people = ("given_by", "received_by", "proposed_by", "settled_by")
    seen = CashHandover.objects.visible_to(at_the_desk(request))
    found: CashHandover = get_object_or_404(
        seen.select_related("from_station__region", "to_station__region", *people), ref=ref
    )
    return found


def _page(request: HttpRequest, handover: CashHandover, *, status: int, **forms: Form) -> HttpResponse:
    user = at_the_desk(request)
    place = handover.from_station or handover.to_station
    assert place is not None
    serves = {one.pk for one in stations_of(user)}
    settles = scope_of(user).may(SETTLERS, place.region_id)
    given, disputed = handover.state == CashState.GIVEN, handover.state == CashState.DISPUTED
    counts = settles if handover.to_station is None else handover.to_station_id in serves
    involved = (handover.given_by_id, handover.received_by_id, handover.proposed_by_id)
    return show(
        request,
        "stations/cash_handover.html",
        status=status,
        handover=handover,
        pill=PILLS[handover.state],
        may_count=given and counts and user.pk != handover.given_by_id,
        may_take_back=given and place.pk in serves,
        may_propose=disputed and settles,
        may_agree=disputed and settles and handover.proposed_by_id is not None and user.pk not in involved,
        count=forms.get("count") or CountForm(),
        propose=forms.get("propose") or DifferenceForm(),
    )


@never_cache
@require_safe
@login_required
def desk_cash_slip(request: HttpRequest, ref: str) -> HttpResponse:
    """The slip that goes with the cash, in two copies to be signed."""
    return render(request, "stations/cash_slip.html", {"handover": _handover(request, ref), "copies": (1, 2)})


@never_cache
@require_safe
@login_required
def desk_cash_photograph(request: HttpRequest, ref: str) -> HttpResponseBase:
    """The photograph of the slip, for those who see the handover; 404 where there is none."""
    handover = _handover(request, ref)
    if not handover.photograph or not storages["private"].exists(handover.photograph):
        raise Http404
    response = FileResponse(storages["private"].open(handover.photograph), content_type="image/jpeg")
    response["Cache-Control"] = "private, no-store"
    return response
