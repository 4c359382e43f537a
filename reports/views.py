"""Pages of transaction volume: a region's figures, drilled down to the village, the order and the hands its parcels passed through."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.signed_in import signed_in
from delivery.models import Handover
from orders.models import Order
from payments.models import Entry
from reports import tables
from reports.months import show_month
from reports.periods import PeriodForm
from reports.volume import DEFINITION, Volume, counted_facts, level_below, volume_of
from stations.models import Level, Region, Role
from stations.models.posting import OFFICIAL_ROLES
from stations.models.region import DIGITS, UnknownRegion, ancestor_codes
from stations.scope import NotAllowed, scope_of

READERS = (*OFFICIAL_ROLES, Role.CENTRE_STAFF)
ORDERS_SHOWN = 200


@login_required
def volume(request: HttpRequest, code: str = "") -> HttpResponse:
    """The figures of a region in a period; without a region, of the reader's own."""
    if not code:
        return _own_region(request)
    region = readable_region(signed_in(request), code)
    form = PeriodForm(request.GET)
    if not form.is_valid():
        return render(
            request,
            "reports/volume.html",
            {"region": region, "form": form, "trail": _trail(request, region)},
            status=400,
        )
    period = {"first_month": form.cleaned_data["first"], "last_month": form.cleaned_data["last"]}
    rows = volume_of(region, by=form.cleaned_data["by"], **period)
    if request.GET.get("format") == "csv":
        return _download(rows)
    context = {
        "region": region,
        "form": form,
        "volume": rows,
        "trail": _trail(request, region),
        "table": _table(rows, request.GET.urlencode()),
        "columns": _columns(volume_of(region, by="month", **period)),
        "verified_percent": _percent(rows.total.verified_fen, rows.total.outbound_fen),
        "csv": f"?{_with(request, format='csv')}",
        "series": [_("Outbound"), _("Inbound")],
        "definition_number": DEFINITION,
    }
    if region.level == Level.VILLAGE:
        facts = list(_facts(region, rows))
        context["facts"], context["more_facts"] = facts[:ORDERS_SHOWN], len(facts) > ORDERS_SHOWN
    return render(request, "reports/volume.html", context)


@login_required
def order_behind(request: HttpRequest, code: str, ref: str) -> HttpResponse:
    """What a figure rests on: one order's facts in this region, its entries in the ledger and its parcels' handovers, without the buyer."""
    region = readable_region(signed_in(request), code)
    facts = list(
        counted_facts(region)
        .filter(order_ref=ref)
        .select_related("line__consignment__parcel", "line__consignment__store")
    )
    if not facts:
        raise Http404
    order = get_object_or_404(Order, ref=ref)
    consignments = {fact.line.consignment_id: fact.line.consignment for fact in facts}
    parcels = {item.parcel_id for item in consignments.values() if item.parcel_id}
    context = {
        "region": region,
        "order": order,
        "facts": facts,
        "entries": Entry.objects.filter(transfer__order_ref=ref, county_code=region.county_code).select_related(
            "account", "transfer"
        ),
        "handovers": Handover.objects.filter(parcel_id__in=parcels)
        .select_related("station", "parcel")
        .order_by("device_time", "id"),
        "trail": [*_trail(request, region), (order.number, "")],
    }
    return render(request, "reports/order.html", context)


def readable_region(user: User, code: str) -> Region:
    """A region whose figures this user may read. Raises Http404 for one that is missing or out of scope, NotAllowed for a weak role."""
    scope = scope_of(user)
    if not scope.everywhere and not any(posting.role in READERS for posting in scope.postings):
        raise NotAllowed(_("Only officials and the county centre read these figures."))
    try:
        region = Region.objects.find(code)
    except UnknownRegion as error:
        raise Http404 from error
    if not scope.may(READERS, region.code):
        raise Http404
    return region


def _own_region(request: HttpRequest) -> HttpResponse:
    scope = scope_of(signed_in(request))
    own = [posting.region for posting in scope.postings if posting.role in READERS]
    if own:
        return redirect("volume_region", min(own, key=lambda region: region.level).short_code)
    if not scope.everywhere:
        raise NotAllowed(_("Only officials and the county centre read these figures."))
    provinces = Region.objects.filter(level=Level.PROVINCE, code__in=_provinces_with_stations())
    return render(request, "reports/provinces.html", {"provinces": provinces})


def _provinces_with_stations() -> set[str]:
    counties = Region.objects.filter(stations__kind="centre").values_list("code", flat=True)
    return {code[:2].ljust(12, "0") for code in counties}


def _trail(request: HttpRequest, region: Region) -> list[tuple[str, str]]:
    """From the highest region that the user may read down to this one."""
    scope = scope_of(signed_in(request))
    query = request.GET.urlencode()
    above = Region.objects.filter(code__in=[code for code in ancestor_codes(region.code) if scope.may(READERS, code)])
    return [
        (item.label, f"{reverse('volume_region', args=[item.short_code])}?{query}") for item in above.order_by("level")
    ]


def _table(volume: Volume, query: str) -> list[dict[str, Any]]:
    """The rows as the page shows them; a region below links to its own figures."""
    linked = volume.by == "region" and volume.region is not None and volume.region.level < Level.VILLAGE
    digits = DIGITS[level_below(volume.region)]
    return [
        {
            "label": row.label,
            "figures": row.figures,
            "percent": _percent(row.figures.verified_fen, row.figures.outbound_fen),
            "url": f"{reverse('volume_region', args=[row.key[:digits]])}?{query}"
            if linked and volume.region is not None and row.key != volume.region.code
            else "",
        }
        for row in volume.rows
    ]


def _columns(volume: Volume) -> list[tuple[str, int, int]]:
    return [
        (show_month(int(row.key[:4]) * 12 + int(row.key[5:]) - 1), row.figures.outbound_fen, row.figures.inbound_fen)
        for row in volume.rows
    ]


def _facts(region: Region, volume: Volume) -> Any:
    facts = counted_facts(region).filter(month__range=(volume.first_month, volume.last_month))
    return facts.select_related("line", "verification").order_by("-happened_at", "-id")[: ORDERS_SHOWN + 1]


def _percent(part: int, whole: int) -> int | None:
    return part * 100 // whole if whole > 0 else None


def _with(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = value
    return query.urlencode()


def _download(volume: Volume) -> HttpResponse:
    """The same rows as a CSV file that Excel opens as UTF-8."""
    assert volume.region is not None
    response = HttpResponse("\ufeff" + tables.as_csv(volume), content_type="text/csv; charset=utf-8")
    name = f"volume-{volume.region.short_code}-{show_month(volume.first_month)}-{show_month(volume.last_month)}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
