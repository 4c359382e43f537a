"""Tests of lots at the desk: entered with their items and the report, struck out by the county, the report's original opened."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from catalog import lots
from catalog.documents import Report, ReportRefused, open_report, read_report
from catalog.lots import ItemUnclear
from catalog.lots_forms import ItemForms, ReportForm, StrikeForm, items_of
from catalog.models import Lot, LotTest
from catalog.views.goods_desk import product_at_the_desk, sent, tell
from sellers.views.desk import acting, desk_view, show
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of


@require_http_methods(["GET", "POST"])
@desk_view
def add_report(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """Enter the test of a lot: the report's head, its items, and the report itself."""
    product = product_at_the_desk(request, ref, to_change=True)
    lot = get_object_or_404(product.lots.select_related("product__store__household", "product__store__station"), pk=pk)
    form = ReportForm(sent(request), request.FILES or None, lot=lot)
    rows = ItemForms(sent(request), prefix="items")
    if request.method == "POST" and form.is_valid() and rows.is_valid() and _entered(request, lot, form, rows):
        messages.success(request, _("The test was entered."))
        if "lot" in request.GET:  # that is where they came from
            return redirect("desk_lot", lot.code)
        return redirect("desk_product", product.ref)
    return show(request, "catalog/desk_lot_test.html", form=form, rows=rows, lot=lot, product=product)


def _entered(request: HttpRequest, lot: Lot, form: ReportForm, rows: Any) -> bool:
    """Whether it is on record now; if not, the forms say why."""
    facts, items = dict(form.cleaned_data), items_of(rows)
    files = facts.pop("report")
    try:
        report: Report | None = read_report(files) if files else None
    except ReportRefused as refused:
        form.add_error("report", str(refused))
        return False
    try:
        lots.record_test(by=acting(request), lot=lot, items=[item for _number, item in items], report=report, **facts)
    except ItemUnclear as unclear:
        rows.forms[items[unclear.number - 1][0] - 1].add_error("passed", str(unclear))
        return False
    except ValidationError as refused:
        tell(form, refused)
        return False
    return True


def _test(request: HttpRequest, pk: int) -> LotTest:
    seen = LotTest.objects.visible_to(acting(request))
    return get_object_or_404(
        seen.select_related("lot__product__store__household", "lot__product__store__station"), pk=pk
    )


@require_http_methods(["GET", "POST"])
@desk_view
def strike(request: HttpRequest, pk: int) -> HttpResponse:
    """Strike out a test that was entered wrongly; for the county alone."""
    test = _test(request, pk)
    lots.refuse_striking(by=acting(request), test=test)
    form = StrikeForm(sent(request))
    if request.method == "POST" and form.is_valid():
        lots.strike_test(by=acting(request), test=test, why=form.cleaned_data["why"])
        messages.success(request, _("Struck out."))
        return redirect("desk_lot", test.lot.code)
    return show(
        request, "catalog/desk_lot_form.html", form=form, lot=test.lot, heading=_("Strike out this test"), test=test
    )


@require_GET
def report_paper(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The report without its watermark, on record and never kept by a cache on the way; 404 for whoever may not open it."""
    if not request.user.is_authenticated:
        raise Http404
    test = _test(request, pk)
    user = acting(request)
    farmer = test.lot.product.store.household.user_id == user.pk
    if not farmer and not scope_of(user).may(STAFF_ROLES, test.lot.product.origin_id):
        raise Http404
    file = open_report(by=user, test=test)
    if file is None:
        raise Http404
    name = f"report-{test.lot.code}.pdf"
    response = FileResponse(file, content_type="application/pdf", as_attachment=True, filename=name)
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
