"""Lists of goods at the desk: bringing one in with a ZIP of photographs, how far it is, and taking the present list out."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.product_rows import COLUMNS, product_rows
from catalog.sheet_jobs import take_in_goods
from pictures.packed import MOST_ENTRIES, MOST_ZIPPED, PackedPictures, ZipRefused
from sellers.views.desk import acting, desk_view, show
from sellers.views.sheets import PILLS, RECENT, XLSX, kept_counties
from stations.models import Region, Sheet, SheetKind, SheetState
from stations.sheets import MOST_BYTES, MOST_ROWS, SheetRefused, csv_of, xlsx_of
from stations.taking_in import bring_in, take_in_checked


class GoodsListForm(forms.Form):
    """A list, the photographs that it names, and for which county."""

    region = forms.ModelChoiceField(Region.objects.none(), label=gettext_lazy("County or province"), empty_label=None)
    file = forms.FileField(
        label=gettext_lazy("List (XLSX or CSV)"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={"empty": gettext_lazy("The file is empty.")},
    )
    photographs = forms.FileField(
        label=gettext_lazy("Photographs (ZIP)"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".zip"}),
        help_text=gettext_lazy(
            "Write their file names into the list, several apart by a semicolon. Folders don't matter."
        ),
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

    def clean_photographs(self) -> Any:
        """A ZIP whose table of contents is in order."""
        packed = self.cleaned_data["photographs"]
        if packed:
            try:
                PackedPictures(packed)
            except ZipRefused as refused:
                raise ValidationError(str(refused)) from refused
            packed.seek(0)
        return packed


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def desk_goods_lists(request: HttpRequest) -> HttpResponse:
    """Bring a list of goods in (checked only, or checked and taken in), and the lists brought in before."""
    user = acting(request)
    counties = kept_counties(user)
    form = GoodsListForm(counties, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("desk_goods_list", ref=_bring(request, form.cleaned_data).ref)
        except SheetRefused as refused:
            form.add_error("file", str(refused))
    brought = Sheet.objects.visible_to(user).filter(kind=SheetKind.PRODUCTS).select_related("region")
    return show(
        request,
        "catalog/desk_goods_lists.html",
        form=form,
        counties=counties,
        most=MOST_ROWS,
        most_photographs=MOST_ENTRIES,
        most_megabytes=MOST_ZIPPED // 2**20,
        brought=[_row(sheet) for sheet in brought[:RECENT]],
    )


def _bring(request: HttpRequest, wanted: dict[str, Any]) -> Sheet:
    with transaction.atomic():
        sheet = bring_in(
            by=acting(request),
            kind=SheetKind.PRODUCTS,
            region=wanted["region"],
            name=wanted["file"].name,
            data=wanted["file"].read(),
            dry_run="take" not in request.POST,
            language=get_language() or "zh-hans",
            pictures=wanted["photographs"] or None,
        )
        take_in_goods.defer(sheet_id=sheet.pk)
    return sheet


def _row(sheet: Sheet) -> dict[str, Any]:
    return {"sheet": sheet, "pill": PILLS.get(SheetState(sheet.state), "busy")}


@require_GET
@desk_view
def desk_goods_list(request: HttpRequest, ref: str) -> HttpResponse:
    """What became of one list: how far it is, or what is wrong in which row."""
    sheet = _sheet(request, ref)
    waits = sheet.state in (SheetState.WAITING, SheetState.READING)
    response = show(
        request,
        "catalog/desk_goods_list.html",
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
    found = Sheet.objects.visible_to(acting(request)).filter(kind=SheetKind.PRODUCTS)
    sheet: Sheet = get_object_or_404(found.select_related("region", "by"), ref=ref)
    return sheet


@require_POST
@desk_view
def take_goods_list(request: HttpRequest, ref: str) -> HttpResponse:
    """Take in what was checked and found right."""
    sheet = _sheet(request, ref)
    try:
        with transaction.atomic():
            take_in_checked(by=acting(request), sheet=sheet)
            take_in_goods.defer(sheet_id=sheet.pk)
    except SheetRefused:
        pass  # a second click: the page says where it stands
    return redirect("desk_goods_list", ref=ref)


@require_GET
@desk_view
def goods_list_out(request: HttpRequest, code: str, form: str) -> HttpResponse:
    """The present goods of a county as CSV or XLSX, as an import reads them; `code` 'template' has the headings alone."""
    counties = {county.code: county for county in kept_counties(acting(request))}
    if form not in {"csv", "xlsx"} or (code != "template" and code not in counties):
        raise Http404
    language = "en" if get_language() == "en" else "zh-hans"
    headings = [column.heading(language) for column in COLUMNS]
    rows = product_rows(acting(request), counties[code], language) if code != "template" else iter(())
    response = (
        HttpResponse(csv_of(headings, rows), content_type="text/csv; charset=utf-8")
        if form == "csv"
        else HttpResponse(xlsx_of(headings, rows), content_type=XLSX)
    )
    response["Content-Disposition"] = f'attachment; filename="goods-{code}-{timezone.localdate():%Y%m%d}.{form}"'
    response["Cache-Control"] = "no-store"
    return response
