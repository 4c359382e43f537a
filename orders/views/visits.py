"""Guests at the farm: who is coming, and the code that lets them in; for the farmer, and for the station's staff."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.signed_in import signed_in
from orders.desk import require_desk
from orders.views.my_store_frame import for_farmers
from orders.views.my_store_frame import show as show_farmer
from orders.visits import LISTED, CameAlready, CodeUnknown, NotTheDay, by_day, check_in, places_of, visits_for
from sellers.models import Household
from sellers.views.desk import desk_view
from stations.workplace import desk_frame


@require_http_methods(["GET", "POST"])
@for_farmers
def my_visits(request: HttpRequest, household: Household) -> HttpResponse:
    """The guests of one's own farm."""
    if request.method == "POST":
        _let_in(request)
        return redirect("my_store_visits")
    own = visits_for(signed_in(request)).filter(store__household=household)
    return show_farmer(request, "orders/visits.html", base="my_store_base.html", days=by_day(own[:LISTED]))


@never_cache
@require_http_methods(["GET", "POST"])
@desk_view
def desk_visits(request: HttpRequest) -> HttpResponse:
    """The guests of the farms of these stations."""
    user = require_desk(request)
    if request.method == "POST":
        _let_in(request)
        return redirect("desk_visits")
    days = by_day(visits_for(user)[:LISTED])
    return render(request, "orders/visits.html", {**desk_frame(user), "base": "desk_base.html", "days": days})


def _let_in(request: HttpRequest) -> None:
    try:
        visit = check_in(by=signed_in(request), code=request.POST.get("code", ""))
    except (CodeUnknown, NotTheDay, CameAlready) as refused:
        messages.error(request, str(refused))
        return
    guests = places_of(visit)
    text = ngettext("%(name)s, %(count)d guest: welcome.", "%(name)s, %(count)d guests: welcome.", guests)
    messages.success(request, text % {"name": visit.order.recipient, "count": guests})
