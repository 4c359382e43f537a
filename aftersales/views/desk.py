"""The seller's side: the desk of the stations that answer for farmers, the county that decides, and the farmer's own pages."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from accounts.signed_in import signed_in
from aftersales.answering import (
    OfferRefused,
    OwnPurchase,
    answers_for,
    grant,
    object_to_return,
    offer,
    refuse,
    take_back,
)
from aftersales.deciding import decide, may_decide
from aftersales.forms import SayForm, SumForm, TakeBackForm, sent
from aftersales.models import Case, CaseState, Side
from aftersales.page import talk_of
from aftersales.states import CaseMoved
from aftersales.talking import NothingSaid, say
from catalog.stock import NotHeld
from orders.desk import require_desk
from orders.portions import RefundRefused
from orders.replacing import CannotReplace
from orders.views.my_store_frame import for_farmers
from orders.views.my_store_frame import show as show_farmer
from sellers.mandates import MandateMissing
from sellers.models import Household
from stations.scope import NotAllowed
from stations.workplace import desk_frame

LISTED = 100
REFUSALS = (CaseMoved, NothingSaid, OfferRefused, OwnPurchase, MandateMissing, RefundRefused, CannotReplace, NotAllowed)


@never_cache
@login_required
@require_GET
def desk_cases(request: HttpRequest) -> HttpResponse:
    """The open cases of the user's regions, the most urgent first, and the latest that are over."""
    user = require_desk(request)
    cases = Case.objects.visible_to(user).select_related("consignment__store__household", "consignment__order")
    context = {
        **desk_frame(user),
        "base": "desk_base.html",
        "page": "desk_case",
        "open": list(cases.open().order_by("due_at")[:LISTED]),
        "over": list(cases.exclude(ended_at=None).order_by("-ended_at")[:20]),
    }
    return render(request, "aftersales/cases.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def desk_case(request: HttpRequest, ref: str) -> HttpResponse:
    """One case at the desk: answer for the farmer under their mandate, or decide for the county."""
    user = require_desk(request)
    case = _case(user, ref)
    done, context = _page(request, case, user)
    if done:
        return redirect("desk_case", ref=ref)
    status = 422 if context["form"].errors else 200
    return render(
        request, "aftersales/desk_case.html", {**desk_frame(user), "base": "desk_base.html", **context}, status=status
    )


@require_GET
@for_farmers
def my_store_cases(request: HttpRequest, household: Household) -> HttpResponse:
    """The farmer's own cases."""
    cases = Case.objects.visible_to(signed_in(request)).filter(consignment__store__household=household)
    cases = cases.select_related("consignment__store", "consignment__order")
    opened = list(cases.open().order_by("due_at")[:LISTED])
    over = list(cases.exclude(ended_at=None).order_by("-ended_at")[:20])
    return show_farmer(
        request, "aftersales/cases.html", base="my_store_base.html", page="my_store_case", open=opened, over=over
    )


@require_http_methods(["GET", "POST"])
@for_farmers
def my_store_case(request: HttpRequest, household: Household, ref: str) -> HttpResponse:
    """One case of the farmer's own."""
    user = signed_in(request)
    case = _case(user, ref)
    done, context = _page(request, case, user)
    if done:
        return redirect("my_store_case", ref=ref)
    status = 422 if context["form"].errors else 200
    return show_farmer(request, "aftersales/desk_case.html", base="my_store_base.html", status=status, **context)


def _case(user: User, ref: str) -> Case:
    related = ("consignment__order", "consignment__store__household", "refund", "replacement__parcel", "return_parcel")
    return get_object_or_404(Case.objects.visible_to(user).select_related(*related), ref=ref)


def _page(request: HttpRequest, case: Case, user: User) -> tuple[bool, dict[str, Any]]:
    """Whether something was done, and what the page shows where nothing was."""
    answers, decides = answers_for(user, case), may_decide(user, case)
    form = _form(request, case)
    if request.method == "POST" and form.is_valid():
        try:
            _act(request, case, user, form, answers=answers)
        except NotHeld:
            form.add_error(None, _("The stock of these goods does not fit this order. Call the county centre."))
        except REFUSALS as refused:
            form.add_error(None, str(refused))
            case = _case(user, case.ref)
        else:
            return True, {}
    return False, {
        "case": case,
        "talk": talk_of(case),
        "form": form,
        "answers": answers and case.state in (CaseState.OPEN, CaseState.SENT_BACK),
        "decides": decides and case.state == CaseState.COUNTY,
        "speaks": case.is_open and (answers or decides),
        "sums": SumForm(case=case) if not isinstance(form, SumForm) else form,
        "taking": TakeBackForm() if not isinstance(form, TakeBackForm) else form,
    }


def _form(request: HttpRequest, case: Case) -> SayForm:
    match request.POST.get("action", ""):
        case "offer" | "decide":
            return SumForm(*sent(request), case=case)
        case "take_back":
            return TakeBackForm(*sent(request))
        case _:
            return SayForm(*sent(request))


def _act(request: HttpRequest, case: Case, user: User, form: SayForm, *, answers: bool) -> None:
    said = form.said(Side.SELLER, user)
    match request.POST.get("action", ""):
        case "grant":
            grant(case=case, said=said)
        case "offer":
            assert isinstance(form, SumForm)
            offer(case=case, goods_fen=form.goods_fen, freight_fen=form.freight_fen, said=said)
        case "refuse":
            refuse(case=case, said=said)
        case "take_back":
            take_back(case=case, as_new=form.cleaned_data["as_new"], said=said)
        case "object":
            object_to_return(case=case, said=said)
        case "decide":
            assert isinstance(form, SumForm)
            said = form.said(Side.COUNTY, user)
            decide(case=case, goods_fen=form.goods_fen, freight_fen=form.freight_fen, said=said)
        case _:
            if not answers and not may_decide(user, case):
                raise NotAllowed(_("Your posting does not allow this here."))
            say(case=case, said=form.said(Side.SELLER if answers else Side.COUNTY, user), at=timezone.now())
    messages.success(request, _("Saved. The buyer is told."))
