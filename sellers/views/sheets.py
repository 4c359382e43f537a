"""Spreadsheets at the desk: bringing a list of stations or households in, how far it is, and taking the present lists out."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from sellers import household_sheets
from sellers.jobs import take_in_sheet
from sellers.views.desk import acting, desk_view, show
from sellers.views.sheet_frame import RECENT, ListForm, in_the_list, send_list, show_progress, take_checked
from stations import station_sheets
from stations.models import Level, Region, Sheet, SheetKind, StationKind
from stations.scope import scope_of
from stations.sheets import MOST_ROWS, Column, SheetRefused
from stations.taking_in import KEEPERS, bring_in

COLUMNS: dict[str, Sequence[Column]] = {
    SheetKind.STATIONS: station_sheets.COLUMNS,
    SheetKind.HOUSEHOLDS: household_sheets.COLUMNS,
}
ROWS: dict[str, Callable[[User, Region, str], Iterator[list[object]]]] = {
    SheetKind.STATIONS: station_sheets.station_rows,
    SheetKind.HOUSEHOLDS: household_sheets.household_rows,
}
# Lists of goods have a page of their own (catalog.views.sheets).
KINDS = [(kind.value, kind.label) for kind in SheetKind if kind in COLUMNS]


class SheetForm(ListForm):
    """A file, what stands in it, and for which county."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What stands in it"), choices=KINDS, widget=forms.RadioSelect, initial=SheetKind.STATIONS
    )
    field_order = ("kind", "region", "file")


def keeps_lists(user: User) -> bool:
    """Whether the user brings lists in and takes them out."""
    scope = scope_of(user)
    return scope.everywhere or any(posting.role in KEEPERS for posting in scope.postings)


def kept_counties(user: User) -> list[Region]:
    """The counties that the user keeps; for an operator the provinces as well. Raises PermissionDenied for whoever keeps none."""
    scope = scope_of(user)
    if scope.everywhere:
        served = Region.objects.filter(
            Q(level=Level.PROVINCE) | Q(level=Level.COUNTY, stations__kind=StationKind.CENTRE)
        )
        return list(served.distinct().order_by("code"))
    held = [posting.region_id for posting in scope.postings if posting.role in KEEPERS]
    if not held:
        raise PermissionDenied(_("Lists are brought in and taken out by the staff of the county centre."))
    return list(Region.objects.filter(pk__in=held).order_by("code"))


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def desk_sheets(request: HttpRequest) -> HttpResponse:
    """Bring a file in (checked only, or checked and taken in), and the files brought in before."""
    user = acting(request)
    counties = kept_counties(user)
    form = SheetForm(counties, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("desk_sheet", ref=_bring(request, form.cleaned_data).ref)
        except SheetRefused as refused:
            form.add_error("file", str(refused))
    return show(
        request,
        "sellers/sheets.html",
        form=form,
        counties=counties,
        kinds=KINDS,
        most=MOST_ROWS,
        brought=[
            in_the_list(sheet)
            for sheet in Sheet.objects.visible_to(user).filter(kind__in=COLUMNS).select_related("region")[:RECENT]
        ],
    )


def _bring(request: HttpRequest, wanted: dict[str, Any]) -> Sheet:
    with transaction.atomic():
        sheet = bring_in(
            by=acting(request),
            kind=wanted["kind"],
            region=wanted["region"],
            name=wanted["file"].name,
            data=wanted["file"].read(),
            dry_run="take" not in request.POST,
            language=get_language() or "zh-hans",
        )
        take_in_sheet.defer(sheet_id=sheet.pk)
    return sheet


@require_GET
@desk_view
def desk_sheet(request: HttpRequest, ref: str) -> HttpResponse:
    """What became of one file: how far it is, or what is wrong in which row."""
    sheet = _sheet(request, ref)
    return show_progress(
        request, "sellers/sheet.html", sheet, lists_url=reverse("desk_sheets"), lists=_("Lists in and out"),
        take_url=reverse("desk_sheet_take", args=[ref]), kind=sheet.get_kind_display(),
    )  # fmt: skip


def _sheet(request: HttpRequest, ref: str) -> Sheet:
    kept_counties(acting(request))
    sheet: Sheet = get_object_or_404(
        Sheet.objects.visible_to(acting(request)).filter(kind__in=COLUMNS).select_related("region", "by"), ref=ref
    )
    return sheet


@require_POST
@desk_view
def take_sheet(request: HttpRequest, ref: str) -> HttpResponse:
    """Take in what was checked and found right."""
    take_checked(request, _sheet(request, ref), take_in_sheet.defer)
    return redirect("desk_sheet", ref=ref)


@require_GET
@desk_view
def sheet_out(request: HttpRequest, kind: str, code: str, form: str) -> HttpResponse:
    """The present list of a county as CSV or XLSX, as an import reads it; `code` 'template' has the headings alone."""
    counties = {county.code: county for county in kept_counties(acting(request))}
    columns = COLUMNS.get(kind)
    if columns is None or form not in {"csv", "xlsx"} or (code != "template" and code not in counties):
        raise Http404
    language = "en" if get_language() == "en" else "zh-hans"
    headings = [column.heading(language) for column in columns]
    rows = ROWS[kind](acting(request), counties[code], language) if code != "template" else iter(())
    return send_list(headings, rows, name=f"{kind}-{code}-{timezone.localdate():%Y%m%d}", form=form)
