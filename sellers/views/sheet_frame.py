"""What the pages of all lists have in common: the file and its county, how far a list is, taking a checked one in, sending one out."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sellers.views.desk import acting, show
from stations.models import Region, Sheet, SheetState
from stations.sheets import MOST_BYTES, SheetRefused, csv_of, xlsx_of
from stations.taking_in import take_in_checked

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PILLS = {SheetState.WRITTEN: "good", SheetState.CHECKED: "good", SheetState.FAULTY: "bad"}
RECENT = 20


class ListForm(forms.Form):
    """A spreadsheet, and for which county."""

    region = forms.ModelChoiceField(Region.objects.none(), label=gettext_lazy("County or province"), empty_label=None)
    file = forms.FileField(
        label=gettext_lazy("List (XLSX or CSV)"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={"empty": gettext_lazy("The file is empty.")},
    )

    def __init__(self, counties: Sequence[Region], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["region"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Region.objects.filter(pk__in=[county.pk for county in counties])
        if len(counties) == 1:
            field.initial, field.widget = counties[0].pk, forms.HiddenInput()

    def clean_file(self) -> Any:
        """Its size, before anything of it is read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(_("The file is larger than 10 MB. Please split it."))
        return file


def in_the_list(sheet: Sheet) -> dict[str, Any]:
    """A sheet with the colour of its state."""
    return {"sheet": sheet, "pill": PILLS.get(SheetState(sheet.state), "busy")}


def show_progress(
    request: HttpRequest, template: str, sheet: Sheet, *, lists_url: str, lists: str, take_url: str, kind: str = ""
) -> HttpResponse:
    """What became of a sheet: how far it is (the page asks again by itself), or what is wrong in which row.

    `lists` is what the page of all such lists is called; `kind` what this one is of, where there are several.
    """
    waits = sheet.state in (SheetState.WAITING, SheetState.READING)
    response = show(
        request,
        template,
        lists_url=lists_url,
        lists=lists,
        take_url=take_url,
        kind=kind,
        waits=waits,
        percent=min(100, sheet.rows_done * 100 // sheet.rows) if sheet.rows else 0,
        may_take=sheet.state == SheetState.CHECKED and bool(sheet.file),
        untold=max(0, sheet.fault_count - len(sheet.faults)),
        **in_the_list(sheet),
    )
    if waits:
        response["Refresh"] = "2"
    return response


def take_checked(request: HttpRequest, sheet: Sheet, enqueue: Callable[..., object]) -> None:
    """Have a sheet that was checked and found right taken in by a job; a second click changes nothing."""
    try:
        with transaction.atomic():
            take_in_checked(by=acting(request), sheet=sheet)
            enqueue(sheet_id=sheet.pk)
    except SheetRefused:
        pass  # the page says where it stands


def send_list(
    headings: Sequence[str | Promise], rows: Iterable[Sequence[Any]], *, name: str, form: str
) -> HttpResponse:
    """A list as `form` (csv or xlsx), for saving under `name` with that suffix."""
    response = (
        HttpResponse(csv_of(headings, rows), content_type="text/csv; charset=utf-8")
        if form == "csv"
        else HttpResponse(xlsx_of(headings, rows), content_type=XLSX)
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    response["Cache-Control"] = "no-store"
    return response
