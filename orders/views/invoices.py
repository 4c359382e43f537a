"""Invoices: the buyer's wish, and the seller's list of those that wait."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from accounts.signed_in import signed_in
from catalog.documents import ReportRefused
from catalog.models import Flow
from orders.desk import require_desk
from orders.following import orders_open_to
from orders.invoicing import CannotInvoice, ask_for_invoice, invoice_fen, invoices_wanted, issue_invoice
from orders.models import Consignment, InvoiceRequest, Order
from orders.models.order import ConsignmentQuerySet
from orders.views.my_store_frame import for_farmers, show
from sellers.licence import BadLicence
from sellers.mandates import MandateMissing
from sellers.models import Household, HouseholdKind
from sellers.views.desk import desk_view
from stations.workplace import desk_frame

LISTED = 100


class InvoiceForm(forms.Form):
    """Who the invoice is for."""

    title = forms.CharField(label=_("Company (invoice title)"), max_length=100)
    tax_number = forms.CharField(
        label=_("Tax number"),
        help_text=_("The unified social credit code of the licence: 18 characters."),
        max_length=24,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def order_invoice(request: HttpRequest, ref: str, number: str) -> HttpResponse:
    """Ask for an invoice about one store's part (its number) of an order, and what became of it."""
    order: Order = get_object_or_404(orders_open_to(request.user), ref=ref)
    parts = Consignment.objects.filter(order=order).select_related("store__household").prefetch_related("lines")
    part = get_object_or_404(parts, number=number)
    wish = InvoiceRequest.objects.filter(consignment=part).first()
    known = {"title": wish.title, "tax_number": wish.tax_number} if wish else None
    form = InvoiceForm(request.POST if request.method == "POST" else None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            ask_for_invoice(order=order, number=number, **form.cleaned_data)
        except BadLicence as refused:
            form.add_error("tax_number", str(refused))
        except CannotInvoice as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, gettext("The seller sees your wish, and you are told when the invoice is issued.")
            )
            return redirect("order_invoice", ref, number)
    own = part.store.household.kind == HouseholdKind.HOUSEHOLD and any(
        line.flow == Flow.OUTBOUND for line in part.lines.all()
    )
    context = {"order": order, "part": part, "form": form, "wish": wish, "fen": invoice_fen(part), "own_growing": own}
    return render(request, "orders/invoice.html", context, status=422 if form.errors else 200)


@require_GET
def order_invoice_file(request: HttpRequest, ref: str, number: str) -> HttpResponseBase:
    """The invoice that the seller attached, for whoever the order's page is open to."""
    order: Order = get_object_or_404(orders_open_to(request.user), ref=ref)
    wishes = InvoiceRequest.objects.filter(consignment__order=order, consignment__number=number).exclude(file="")
    wish = get_object_or_404(wishes)
    if not storages["private"].exists(wish.file):
        raise Http404
    kept = storages["private"].open(wish.file)
    response = FileResponse(
        kept, content_type="application/pdf", as_attachment=True, filename=f"invoice-{wish.number}.pdf"
    )
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "POST"])
@for_farmers
def my_invoices(request: HttpRequest, household: Household) -> HttpResponse:
    """The invoices that the buyers of one's own stores wait for."""
    user = signed_in(request)
    parts = Consignment.objects.visible_to(user).filter(store__household=household)
    if request.method == "POST":
        _issue(request, user, parts)
        return redirect("my_store_invoices")
    return show(request, "orders/invoices.html", **_list(parts), base="my_store_base.html")


@never_cache
@require_http_methods(["GET", "POST"])
@desk_view
def desk_invoices(request: HttpRequest) -> HttpResponse:
    """The same for the stations' stores."""
    user = require_desk(request)
    parts = Consignment.objects.visible_to(user)
    if request.method == "POST":
        _issue(request, user, parts)
        return redirect("desk_invoices")
    return render(request, "orders/invoices.html", {**desk_frame(user), **_list(parts), "base": "desk_base.html"})


def _list(parts: ConsignmentQuerySet) -> dict[str, Any]:
    wanted = invoices_wanted(parts)[:LISTED]
    return {"wanted": [(wish, invoice_fen(wish.consignment)) for wish in wanted]}


def _issue(request: HttpRequest, user: User, parts: ConsignmentQuerySet) -> None:
    key = request.POST.get("invoice", "")
    known = key.isascii() and key.isdigit() and len(key) < 19
    wish = invoices_wanted(parts).filter(pk=int(key)).first() if known else None
    if wish is None:
        messages.error(request, gettext("This invoice is not waited for any more."))
        return
    try:
        issue_invoice(by=user, request=wish, number=request.POST.get("number", ""), files=request.FILES.getlist("file"))
    except (CannotInvoice, MandateMissing, ReportRefused) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, gettext("Written down: the buyer is told the number."))
