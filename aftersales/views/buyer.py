"""The buyer's pages: open a case, and the page of one, which a guest opens by its address."""

from django.contrib import messages
from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from aftersales.forms import OpenForm, SayForm, SendBackForm, sent
from aftersales.models import Case, CaseState, Photo, Reason, ReturnWay, Side, Wish
from aftersales.opening import CannotOpen, is_perishable, open_case, reasons_for, wishes_for
from aftersales.page import talk_of
from aftersales.replying import ReturnUnclear, accept, ask_county, may_hand_in, send_back, withdraw
from aftersales.states import CaseMoved
from aftersales.talking import NothingSaid, say
from orders.following import orders_open_to
from orders.models import Consignment, Order, OrderLine
from orders.portions import RefundRefused


def _buyer(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


@never_cache
@require_http_methods(["GET", "POST"])
def after_sales_new(request: HttpRequest, ref: str, number: str) -> HttpResponse:
    """Say what is wrong with one store's part (its number) of an order."""
    order: Order = get_object_or_404(orders_open_to(request.user), ref=ref)
    parts = Consignment.objects.filter(order=order).select_related("parcel", "store")
    part = get_object_or_404(parts, number=number)
    if running := part.cases.open().first():
        return HttpResponseRedirect(reverse("after_sales", args=[running.ref]))
    lines = list(OrderLine.objects.filter(consignment=part).select_related("product").order_by("pk"))
    reasons = reasons_for(order, part, lines)
    wishes = [one for one in Wish if any(one in wishes_for(reason, visit=bool(part.visit_day)) for reason in reasons)]
    form = OpenForm(*sent(request), lines=lines, reasons=reasons, wishes=wishes)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            case = open_case(
                order=order,
                number=number,
                reason=Reason(data["reason"]),
                wish=Wish(data["wish"]),
                units=form.units,
                said=form.said(Side.BUYER, _buyer(request)),
            )
        except (CannotOpen, RefundRefused) as refused:
            form.add_error(None, str(refused))
        else:
            return HttpResponseRedirect(reverse("after_sales", args=[case.ref]))
    context = {"order": order, "part": part, "form": form, "reasons": reasons, "perishable": is_perishable(lines)}
    return render(request, "aftersales/new.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def after_sales(request: HttpRequest, ref: str) -> HttpResponse:
    """One case for its buyer: the talk, and what to do next (`action`)."""
    case = _case(request, ref)
    sending = case.state == CaseState.RETURNING
    by_point = may_hand_in(case)
    form = (
        SendBackForm(*sent(request), by_point=by_point)
        if sending and request.POST.get("action") in (None, "send_back")
        else SayForm(*sent(request))
    )
    if request.method == "POST" and form.is_valid():
        try:
            _act(request, case, form)
        except (CaseMoved, NothingSaid, ReturnUnclear, RefundRefused) as refused:
            form.add_error(None, str(refused))
            case = _case(request, ref)
        else:
            return HttpResponseRedirect(reverse("after_sales", args=[ref]))
    context = {"case": case, "talk": talk_of(case), "form": form, "order": case.consignment.order, "sending": sending}
    return render(request, "aftersales/case.html", context, status=422 if form.errors else 200)


def _case(request: HttpRequest, ref: str) -> Case:
    orders = orders_open_to(request.user)
    related = (
        "consignment__order__pickup_station",
        "consignment__store__household",
        "refund",
        "replacement__parcel",
        "return_parcel",
    )
    cases = Case.objects.filter(consignment__order__in=orders).select_related(*related)
    return get_object_or_404(cases, ref=ref)


def _act(request: HttpRequest, case: Case, form: SayForm) -> None:
    said = form.said(Side.BUYER, _buyer(request))
    match request.POST.get("action", ""):
        case "accept":
            accept(case=case, said=said)
            messages.success(request, _("Agreed. The money is on its way back to you."))
        case "ask_county":
            ask_county(case=case, said=said)
            messages.success(request, _("The county centre has your case now."))
        case "withdraw":
            withdraw(case=case, said=said)
            messages.success(request, _("The case is closed."))
        case "send_back":
            way = ReturnWay(form.cleaned_data["way"])
            send_back(case=case, way=way, number=form.cleaned_data["number"], said=said)
            messages.success(request, _("Thank you. The seller is told."))
        case _:
            say(case=case, said=said, at=timezone.now())


@never_cache
@require_GET
def photo(request: HttpRequest, ref: str, pk: int) -> HttpResponseBase:
    """One photograph of a case, for its buyer, and for whoever sees the case at the desk or as its seller."""
    mine = Case.objects.filter(consignment__order__in=orders_open_to(request.user), ref=ref)
    theirs = Case.objects.visible_to(request.user).filter(ref=ref)
    case = mine.first() or theirs.first()
    found = Photo.objects.filter(pk=pk, step__case=case).first() if case else None
    if found is None or not storages["private"].exists(found.file):
        raise Http404
    response = FileResponse(storages["private"].open(found.file), content_type="image/jpeg")
    response["Cache-Control"] = "private, no-store"
    return response
