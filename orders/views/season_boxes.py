"""Season's boxes: for their buyer, who skips, pauses and ends them; and for the farm and the station, how many to pack in which week."""

import datetime as dt

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from accounts.signed_in import signed_in
from catalog.standing import yuan
from catalog.weeks import week_text
from orders.boxes_by_week import boxes_by_week
from orders.desk import require_desk
from orders.following import follow, orders_open_to
from orders.models import Order
from orders.postponing import CannotMove, bring_forward, pause_deliveries, skip_delivery
from orders.season_ending import CannotEnd, end_deliveries
from orders.season_list import season_boxes
from orders.to_do import open_parts
from orders.views.my_store_frame import for_farmers, show
from sellers.models import Household
from sellers.views.desk import desk_view
from stations.workplace import desk_frame


@never_cache
@require_http_methods(["GET", "POST"])
def order_boxes(request: HttpRequest, ref: str) -> HttpResponse:
    """The season's boxes of an order: skip one or bring it forward (`part`, `week` as the page said), pause all that are to come
    (`box`, `first`, `weeks`), or end them (`box`, `fen` that the page said comes back).
    """
    order = get_object_or_404(orders_open_to(request.user), ref=ref)
    if request.method == "POST":
        try:
            messages.success(request, _done(request, order))
        except (CannotMove, CannotEnd) as refused:
            messages.error(request, str(refused))
        return HttpResponseRedirect(reverse("order_boxes", args=[ref]))
    seasons = season_boxes(order, follow(order))
    if not seasons:
        return HttpResponseRedirect(reverse("order", args=[ref]))
    return render(request, "orders/season_boxes.html", {"order": order, "seasons": seasons})


def _done(request: HttpRequest, order: Order) -> str:
    """Does what was asked, and says what was done. Raises CannotMove, CannotEnd."""
    user = request.user if isinstance(request.user, User) else None
    action, number = request.POST.get("action", ""), request.POST.get("part", "")[:30]
    if action in ("skip", "forward"):
        move = skip_delivery if action == "skip" else bring_forward
        week = move(order=order, number=number, week=_day(request, "week"), by=user)
        return _("Done: this box now comes in the week of %(week)s.") % {"week": week_text(week)}
    key = _number(request, "box")
    if action == "pause":
        weeks = _number(request, "weeks")
        count = pause_deliveries(order=order, subscription_id=key, first=_day(request, "first"), weeks=weeks, by=user)
        told = ngettext("Done: %(n)s box has a new week.", "Done: %(n)s boxes have new weeks.", count)
        return told % {"n": count}
    if action == "end":
        refund = end_deliveries(order=order, subscription_id=key, fen=_number(request, "fen"), by=user)
        return _("No more boxes are sent. %(sum)s comes back to you.") % {"sum": yuan(refund.amount_fen)}
    raise CannotMove(_("Please choose what to do."))


def _number(request: HttpRequest, name: str) -> int:
    """A whole number from the form. Raises CannotMove."""
    text = request.POST.get(name, "")
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 16):
        raise CannotMove(_("Please choose what to do."))
    return int(text)


def _day(request: HttpRequest, name: str) -> dt.date:
    """A day from the form. Raises CannotMove."""
    try:
        return dt.date.fromisoformat(request.POST.get(name, ""))
    except ValueError:
        raise CannotMove(_("Please choose what to do.")) from None


@require_GET
@for_farmers
def my_boxes(request: HttpRequest, household: Household) -> HttpResponse:
    """How many season's boxes of one's own stores to pack in which week."""
    weeks = boxes_by_week(open_parts(signed_in(request)).filter(store__household=household))
    back = reverse("my_store_today")
    return show(request, "orders/boxes_by_week.html", base="my_store_base.html", weeks=weeks, desk=False, back=back)


@never_cache
@require_GET
@desk_view
def desk_boxes(request: HttpRequest) -> HttpResponse:
    """The same of the stations' stores."""
    user = require_desk(request)
    context = {"base": "desk_base.html", "weeks": boxes_by_week(open_parts(user)), "desk": True}
    return render(request, "orders/boxes_by_week.html", {**desk_frame(user), **context, "back": reverse("desk_today")})
