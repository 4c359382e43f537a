"""Spreadsheets at the desk: bringing a list of stations or households in, how far it is, and taking the present lists out."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from sellers import household_sheets
from sellers.jobs import take_in_sheet
from sellers.views.desk import acting, desk_view, show
from stations import station_sheets
from stations.models import Level, Region, Sheet, SheetKind, SheetState, StationKind
from stations.scope import scope_of
from stations.sheets import MOST_BYTES, MOST_ROWS, Column, SheetRefused, csv_of, xlsx_of
from stations.taking_in import KEEPERS, bring_in, take_in_checked

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
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PILLS = {SheetState.WRITTEN: "good", SheetState.CHECKED: "good", SheetState.FAULTY: "bad"}
RECENT = 20


class SheetForm(forms.Form):
    """A file, what stands in it, and for which county."""

    kind = forms.ChoiceField(label=gettext_lazy("What stands in it"), choices=KINDS, widget=forms.RadioSelect)
    region = forms.ModelChoiceField(Region.objects.none(), label=gettext_lazy("County or province"), empty_label=None)
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={"empty": gettext_lazy("The file is empty.")},
    )

    def clean_file(self) -> Any:
        """Its size, before anything of it is read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(_("The file is larger than 10 MB. Please split it."))
        return file

    def __init__(self, counties: Sequence[Region], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["region"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Region.objects.filter(pk__in=[county.pk for county in counties])
        self.fields["kind"].initial = SheetKind.STATIONS
        if len(counties) == 1:
            field.initial, field.widget = counties[0].pk, forms.HiddenInput()


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
            _row(sheet)
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


def _row(sheet: Sheet) -> dict[str, Any]:
    return {"sheet": sheet, "pill": PILLS.get(SheetState(sheet.state), "busy")}


@require_GET
@desk_view
def desk_sheet(request: HttpRequest, ref: str) -> HttpResponse:
    """What became of one file: how far it is, or what is wrong in which row."""
    sheet = _sheet(request, ref)
    waits = sheet.state in (SheetState.WAITING, SheetState.READING)
    response = show(
        request,
        "sellers/sheet.html",
        waits=waits,
        percent=min(100, sheet.rows_done * 100 // sheet.rows) if sheet.rows else 0,
        may_take=sheet.state == SheetState.CHECKED and bool(sheet.file),
        untold=max(0, sheet.fault_count - len(sheet.faults)),
        **_row(sheet),
    )
    if waits:
        response["Refresh"] = "2"
    return response


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
    sheet = _sheet(request, ref)
    try:
        with transaction.atomic():
            take_in_checked(by=acting(request), sheet=sheet)
            take_in_sheet.defer(sheet_id=sheet.pk)
    except SheetRefused:
        pass  # a second click: the page says where it stands
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
    name = f"{kind}-{code}-{timezone.localdate():%Y%m%d}.{form}"
    response = (
        HttpResponse(csv_of(headings, rows), content_type="text/csv; charset=utf-8")
        if form == "csv"
        else HttpResponse(xlsx_of(headings, rows), content_type=XLSX)
    )
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
