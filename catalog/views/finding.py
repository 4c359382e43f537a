"""Pages beside the search: suggestions while typing, all categories, what is in season, and what was looked for in vain."""

import datetime as dt
from typing import Final

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.signed_in import signed_in
from accounts.visitors import visitor_page
from catalog.browse import browse
from catalog.facets import in_season_in
from catalog.missed import FEWEST_DAYS, KEPT_DAYS, SHOWN_WEEKS, reads_wanted, wanted_anywhere, wanted_in
from catalog.models import Category, Flow, Product
from catalog.suggesting import suggest
from sellers.views.desk import desk_view, show

_COUNTS: Final = "SELECT category_id, sum(n) FROM catalog_tally WHERE one = '' AND other = '' GROUP BY category_id"


@visitor_page
@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """The options of the search box for what was typed (`q`), a piece of a page; two queries at most."""
    response = render(request, "catalog/suggestions.html", {"suggestions": suggest(request.GET.get("q", ""))})
    response["Cache-Control"] = "public, max-age=60"
    response["X-Robots-Tag"] = "noindex"
    return response


@visitor_page
@require_safe
def categories_page(request: HttpRequest) -> HttpResponse:
    """Every category with how many goods it has: farm goods first, then what goes into the village; two queries."""
    kinds = list(Category.objects.all())
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS)
        counts = {key: int(number) for key, number in cursor.fetchall()}
    tops = []
    for top in (kind for kind in kinds if kind.parent_id is None):
        below = [(kind, counts.get(kind.pk, 0)) for kind in kinds if kind.parent_id == top.pk]
        tops.append((top, counts.get(top.pk, 0) + sum(number for _kind, number in below), below))
    flows = [
        (_("From the village"), [row for row in tops if row[0].flow == Flow.OUTBOUND]),
        (_("For the village"), [row for row in tops if row[0].flow == Flow.INBOUND]),
    ]
    return render(request, "catalog/categories.html", {"flows": [flow for flow in flows if flow[1]]})


@visitor_page
@require_safe
def season_page(request: HttpRequest) -> HttpResponse:
    """What is in season this month, or in the month that `month` names (1 to 12)."""
    now = timezone.localdate().month
    month = _month(request.GET.get("month", ""), now)
    path = reverse("season")
    params = request.GET.copy()
    params.pop("season", None)
    listing = browse(
        lambda: Product.objects.on_sale().filter(in_season_in(month)),
        query=params,
        path=path,
        shape=("season", month),
        fixed={} if month == now else {"month": str(month)},
    )
    months = [
        (month_name(number), path if number == now else f"{path}?{urlencode({'month': number})}", number == month)
        for number in ((now + step - 1) % 12 + 1 for step in range(12))
    ]
    heading = _("In season in %(month)s") % {"month": month_name(month)}
    if month == now:
        heading = _("In season now: %(month)s") % {"month": month_name(month)}
    context = {"listing": listing, "months": months, "heading": heading, "not_indexed": bool(request.GET)}
    return render(request, "catalog/season.html", context)


def month_name(number: int) -> str:
    """'11月', 'November'."""
    return f"{dt.date(2000, number, 1):%B}" if get_language() == "en" else f"{number}月"


def _month(text: str, usual: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 and 1 <= int(text) <= 12 else usual


@require_safe
@desk_view
def wanted_page(request: HttpRequest) -> HttpResponse:
    """What buyers looked for and did not find, for officials and county centres; two queries."""
    user = signed_in(request)
    if not reads_wanted(user):
        raise PermissionDenied(_("These pages are for officials and county centres."))
    return show(
        request,
        "catalog/wanted.html",
        here=wanted_in(user),
        anywhere=wanted_anywhere(),
        weeks=SHOWN_WEEKS,
        fewest=FEWEST_DAYS,
        kept=KEPT_DAYS,
    )
