"""Orders by what is to be done today, and the packing list: for the farmer, and for the station's staff."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.signed_in import signed_in
from orders.desk import require_desk
from orders.models.order import ConsignmentQuerySet
from orders.packing import MOST, PackBy, packing_list
from orders.to_do import Group, open_parts, unpaid_parts, waiting_for_balance, what_to_do
from orders.views.my_store_frame import for_farmers, show
from sellers.models import Household
from sellers.views.desk import desk_view
from stations.workplace import desk_frame


@require_GET
@for_farmers
def my_today(request: HttpRequest, household: Household) -> HttpResponse:
    """The orders of one's own stores by what is to be done."""
    user = signed_in(request)
    unpaid = unpaid_parts(user).filter(store__household=household)
    parts = _own(user, household)
    groups = what_to_do(parts) + waiting_for_balance(unpaid)
    return show(
        request,
        "orders/to_do.html",
        base="my_store_base.html",
        groups=groups,
        packing=reverse("my_store_packing"),
        invoices=_invoices(groups, "my_store"),
        boxes=_boxes(parts, "my_store"),
        desk=False,
    )


@require_GET
@for_farmers
def my_packing(request: HttpRequest, household: Household) -> HttpResponse:
    """One's own packing list; `?by=` buyer, product or route."""
    return _packing(request, _own(signed_in(request), household), "my_store_today")


@never_cache
@require_GET
@desk_view
def desk_today(request: HttpRequest) -> HttpResponse:
    """The orders of the stations' stores by what is to be done."""
    user = require_desk(request)
    parts = open_parts(user)
    groups = what_to_do(parts) + waiting_for_balance(unpaid_parts(user))
    context = {"base": "desk_base.html", "groups": groups, "packing": reverse("desk_packing"), "desk": True}
    context |= {"invoices": _invoices(groups, "desk"), "boxes": _boxes(parts, "desk")}
    return render(request, "orders/to_do.html", {**desk_frame(user), **context})


@never_cache
@require_GET
@desk_view
def desk_packing(request: HttpRequest) -> HttpResponse:
    """The packing list of the stations' stores; `?by=` buyer, product or route."""
    return _packing(request, open_parts(require_desk(request)), "desk_today")


def _invoices(groups: list[Group], side: str) -> str:
    """Where invoices are written down, if one is waited for."""
    return reverse(f"{side}_invoices") if any(group.kind == "invoice" for group in groups) else ""


def _boxes(parts: ConsignmentQuerySet, side: str) -> str:
    """Where season's boxes are counted week by week, if any is to come."""
    coming = parts.filter(subscription__isnull=False, parcel=None)
    return reverse(f"{side}_boxes") if coming.exists() else ""


def _own(user: User, household: Household) -> ConsignmentQuerySet:
    """A farmer who is staff as well sees here what is theirs alone."""
    return open_parts(user).filter(store__household=household)


def _packing(request: HttpRequest, parts: ConsignmentQuerySet, back: str) -> HttpResponse:
    asked = request.GET.get("by", "")
    by = PackBy(asked) if asked in PackBy.values else PackBy.BUYER
    context = {"sheets": packing_list(parts, by), "by": by, "ways": PackBy.choices, "back": reverse(back), "most": MOST}
    return render(request, "orders/packing.html", context)
