"""Lists of goods at the desk: bringing one in with a ZIP of photographs, how far it is, and taking the present list out."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.product_rows import COLUMNS, product_rows
from catalog.sheet_jobs import take_in_goods
from pictures.packed import MOST_ENTRIES, MOST_ZIPPED, PackedPictures, ZipRefused
from sellers.views.desk import acting, desk_view, show
from sellers.views.sheet_frame import RECENT, ListForm, in_the_list, send_list, show_progress, take_checked
from sellers.views.sheets import kept_counties
from stations.models import Sheet, SheetKind
from stations.sheets import MOST_ROWS, SheetRefused
from stations.taking_in import bring_in


class GoodsListForm(ListForm):
    """A list, the photographs that it names, and for which county."""

    photographs = forms.FileField(
        label=gettext_lazy("Photographs (ZIP)"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".zip"}),
        help_text=gettext_lazy(
            "Write their file names into the list, several apart by a semicolon. Folders don't matter."
        ),
    )

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
        brought=[in_the_list(sheet) for sheet in brought[:RECENT]],
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


@require_GET
@desk_view
def desk_goods_list(request: HttpRequest, ref: str) -> HttpResponse:
    """What became of one list: how far it is, or what is wrong in which row."""
    return show_progress(
        request, "catalog/desk_goods_list.html", _sheet(request, ref), lists_url=reverse("desk_goods_lists"), lists=_("Lists of goods"),
        take_url=reverse("desk_goods_list_take", args=[ref]),
    )  # fmt: skip


def _sheet(request: HttpRequest, ref: str) -> Sheet:
    kept_counties(acting(request))
    found = Sheet.objects.visible_to(acting(request)).filter(kind=SheetKind.PRODUCTS)
    sheet: Sheet = get_object_or_404(found.select_related("region", "by"), ref=ref)
    return sheet


@require_POST
@desk_view
def take_goods_list(request: HttpRequest, ref: str) -> HttpResponse:
    """Take in what was checked and found right."""
    take_checked(request, _sheet(request, ref), take_in_goods.defer)
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
    return send_list(headings, rows, name=f"goods-{code}-{timezone.localdate():%Y%m%d}", form=form)
