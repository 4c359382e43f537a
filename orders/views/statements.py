"""The seller's statement: for the farmer on a large page, for the station's staff on paper, and as a file for both."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from orders.statement import EARLIEST, BadMonth, Statement, next_month, read_month, state_month
from orders.statement_sheet import HEADINGS, statement_rows
from orders.views.my_store_frame import for_farmers
from orders.views.my_store_frame import show as show_farmer
from sellers.mandates import may_help
from sellers.models import Household
from sellers.views.desk import acting, desk_view, only_at_the_desk
from stations.scope import NotAllowed
from stations.sheets import csv_of


@require_GET
@for_farmers
def my_statement(request: HttpRequest, household: Household) -> HttpResponse:
    """One's own statement of a month (`?month=2026-01`)."""
    try:
        stated = state_month(household, read_month(request.GET.get("month", "")))
    except BadMonth as error:
        messages.error(request, str(error))
        return redirect("my_store_statement")
    return show_farmer(request, "orders/my_store_statement.html", **_context(stated))


@require_GET
@for_farmers
def my_statement_file(request: HttpRequest, household: Household) -> HttpResponse:
    """The same as CSV."""
    try:
        return _file(state_month(household, read_month(request.GET.get("month", ""))))
    except BadMonth as error:
        messages.error(request, str(error))
        return redirect("my_store_statement")


@require_GET
@never_cache
@desk_view
def desk_statement(request: HttpRequest, pk: int) -> HttpResponse:
    """A household's statement for whoever helps it, to be printed and handed over."""
    household = _helped(request, pk)
    try:
        stated = state_month(household, read_month(request.GET.get("month", "")))
    except BadMonth as error:
        messages.error(request, str(error))
        return redirect("desk_statement", pk)
    return render(request, "orders/statement_print.html", _context(stated))


@require_GET
@never_cache
@desk_view
def desk_statement_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as CSV."""
    household = _helped(request, pk)
    try:
        return _file(state_month(household, read_month(request.GET.get("month", ""))))
    except BadMonth as error:
        messages.error(request, str(error))
        return redirect("desk_statement", pk)


def _helped(request: HttpRequest, pk: int) -> Household:
    """The household, for staff who hold its mandate (404 out of sight, 403 without it)."""
    user = acting(request)
    household: Household = get_object_or_404(Household.objects.visible_to(user).select_related("region"), pk=pk)
    only_at_the_desk(request)
    if not may_help(user, household):
        raise NotAllowed(_("The statement is for the farmer, and for the station that the farmer gave a mandate."))
    return household


def _context(stated: Statement) -> dict[str, Any]:
    month = stated.month
    before = (month.replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    after = next_month(month)
    return {
        "stated": stated,
        "month": f"{month:%Y-%m}",
        "before": f"{before:%Y-%m}" if before >= EARLIEST else "",
        "after": f"{after:%Y-%m}" if after <= timezone.localdate() else "",
    }


def _file(stated: Statement) -> HttpResponse:
    answer = HttpResponse(csv_of(HEADINGS, statement_rows(stated)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="statement-{stated.month:%Y-%m}.csv"'
    return answer
