"""Paying a farmer in cash at the desk: who and how much, a second person where needed, the farmer's code or signed slip, the receipt."""

from typing import Any

from django.contrib import messages
from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.codes import CodeRefused
from accounts.messages import TextNotSent, TooManyTexts, text_for_demo
from accounts.phones import masked_phone
from accounts.reauthentication import asks_again
from payments.money import in_capitals
from payments.tills import TillShort
from sellers import paying_cash
from sellers.bank_returns import may_come_back
from sellers.families import find_households
from sellers.family_forms import ReadOutForm, SignedForm
from sellers.models import SECOND_PERSON_FEN, Household, Payout, PayoutState, Sealed
from sellers.papers import may_open_paper, open_paper
from sellers.paying import NothingAvailable, NoUsableAccount, available_of, is_own, pending_of
from sellers.paying_forms import CashForm
from sellers.payout_runs import APPROVES, PREPARES
from sellers.payouts import PhoneMissing, usable_payout
from sellers.revealing import TooManyReveals
from sellers.views.desk import acting, desk_view, only_at_the_desk, show
from sellers.views.households import household_of
from sellers.writing_off import PROPOSES
from stations.looking import looked_for
from stations.models import Station
from stations.models.posting import STAFF_ROLES
from stations.scope import NotAllowed, scope_of
from stations.workplace import counters_of

FOUND = 20
REFUSALS = (NoUsableAccount, NothingAvailable, TillShort, paying_cash.CannotPayNow)


@require_GET
@asks_again
@desk_view
def desk_pay(request: HttpRequest) -> HttpResponse:
    """What waits to be handed out, and finding a family by name, village or the end of its number."""
    only_at_the_desk(request)
    user = acting(request)
    words = looked_for(request)
    scope = scope_of(user)
    roles = {posting.role for posting in scope.postings}
    rows = [
        {"payout": payout, "second": paying_cash.needs_second_person(payout)}
        for payout in paying_cash.waiting_at_counters(user)[:60]
    ]
    return show(
        request,
        "sellers/pay.html",
        q=words,
        counters=counters_of(user),
        found=find_households(user, words).select_related("region")[:FOUND] if words else None,
        rows=rows,
        sees_runs=scope.everywhere or bool(roles & set(APPROVES)),
        sees_debts=scope.everywhere or bool(roles & {*PROPOSES, *APPROVES}),
    )


def _counter_for(request: HttpRequest, household: Household) -> Station:
    """The user's counter in the household's county. Raises NotAllowed where there is none."""
    for counter in counters_of(acting(request)):
        if counter.county_code == household.region_id[:6]:
            return counter
    raise NotAllowed(_("You don't serve at a station with a cash counter."))


@require_http_methods(["GET", "HEAD", "POST"])
@asks_again
@desk_view
def desk_pay_to(request: HttpRequest, pk: int) -> HttpResponse:
    """What is available to one family, in large type, and how much of it they take along."""
    household = household_of(request, pk)
    if household.forgotten_at:
        raise Http404
    scope_of(acting(request)).require(STAFF_ROLES, household.region_id)
    counter = _counter_for(request, household)
    unfinished = paying_cash.unfinished_of(household)
    available = available_of(household)
    form = CashForm(request.POST if request.method == "POST" else None, initial={"amount_fen": max(available, 0)})
    if request.method == "POST" and form.is_valid():
        try:
            payout = paying_cash.begin_cash(
                by=acting(request), household=household, counter=counter, amount_fen=form.cleaned_data["amount_fen"]
            )
        except REFUSALS as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("desk_pay_out", ref=payout.ref)
    return show(
        request,
        "sellers/pay_to.html",
        status=422 if form.is_bound else 200,
        household=household,
        form=form,
        available=available,
        pending=pending_of(household),
        account=usable_payout(household),
        unfinished=unfinished,
        own=is_own(acting(request), household),
        limit=SECOND_PERSON_FEN,
    )


def _payout(request: HttpRequest, ref: str) -> Payout:
    """The payout of a household within the user's scope (404 otherwise); the desk's alone."""
    seen = Payout.objects.visible_to(acting(request))
    payout = get_object_or_404(
        seen.select_related(
            "household__region", "household__user", "account", "station", "run", "approved_by", "prepared_by", "paid_by"
        ),
        ref=ref,
    )
    only_at_the_desk(request)
    return payout


@require_http_methods(["GET", "HEAD", "POST"])
@asks_again
@desk_view
def desk_pay_out(request: HttpRequest, ref: str) -> HttpResponse:
    """One payout: the farmer's code (or ?by=slip: the signed slip), and the receipt once it is paid."""
    payout = _payout(request, ref)
    if request.method == "POST":
        scope_of(acting(request)).require(STAFF_ROLES, payout.household.region_id)
    by_slip = request.GET.get("by") == "slip"
    kind = SignedForm if by_slip else ReadOutForm
    form = kind(request.POST, request.FILES) if request.method == "POST" else kind()
    if request.method == "POST" and form.is_valid() and _paid(request, payout, form.cleaned_data, by_slip=by_slip):
        return redirect("desk_pay_out", ref=ref)
    return show(
        request,
        "sellers/pay_out.html",
        status=422 if request.method == "POST" else 200,
        form=form,
        by_slip=by_slip,
        **_standing(request, payout),
    )


def _standing(request: HttpRequest, payout: Payout) -> dict[str, Any]:
    """What the page says of a payout and offers to this user."""
    user, household = acting(request), payout.household
    scope = scope_of(user)
    open_by_itself = payout.state == PayoutState.PLANNED and payout.run_id is None
    waits = open_by_itself or payout.state == PayoutState.IN_TRANSIT
    second = open_by_itself and paying_cash.needs_second_person(payout)
    serves = scope.may(STAFF_ROLES, household.region_id) and bool(counters_of(user)) and not is_own(user, household)
    in_cash = payout.account.way == "counter"
    return {
        "payout": payout,
        "household": household,
        "second": second,
        "may_pay": waits and in_cash and serves and not second,
        "may_approve": second
        and scope.may(APPROVES, household.region_id)
        and payout.prepared_by_id != user.pk
        and not is_own(user, household),
        "may_call_off": waits
        and in_cash
        and not is_own(user, household)
        and scope.may(STAFF_ROLES if payout.run_id is None else PREPARES, household.region_id),
        "may_return": scope.may(PREPARES, household.region_id)
        and not is_own(user, household)
        and may_come_back(payout),
        "sent": paying_cash.cash_code_is_sent(payout),
        "phone": masked_phone(household.phone) if household.phone else "",
        "demo_text": text_for_demo(household.phone),
    }


def _paid(request: HttpRequest, payout: Payout, given: dict[str, Any], *, by_slip: bool) -> bool:
    """Whether it is paid now; a refusal is said on the next page."""
    counter = _counter_for(request, payout.household)
    try:
        if by_slip:
            paying_cash.pay_by_slip(by=acting(request), payout=payout, counter=counter, slip=given["paper"])
        else:
            paying_cash.pay_by_code(by=acting(request), payout=payout, counter=counter, code=given["code"])
    except (*REFUSALS, CodeRefused) as refused:
        messages.warning(request, str(refused))
        payout.refresh_from_db()
        return False
    messages.success(request, _("Paid. Hand out the cash and the receipt."))
    return True


@require_POST
@asks_again
@desk_view
def desk_pay_code(request: HttpRequest, ref: str) -> HttpResponse:
    """Text the farmer the code that names the sum."""
    payout = _payout(request, ref)
    try:
        paying_cash.text_cash_code(by=acting(request), payout=payout)
    except (*REFUSALS, TooManyTexts, TextNotSent, PhoneMissing) as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The code is on its way to the farmer's phone."))
    return redirect("desk_pay_out", ref=ref)


@require_POST
@asks_again
@desk_view
def desk_pay_approve(request: HttpRequest, ref: str) -> HttpResponse:
    """A second person's yes."""
    try:
        paying_cash.approve_cash(by=acting(request), payout=_payout(request, ref))
    except paying_cash.CannotPayNow as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("Approved. The counter may hand it out now."))
    return redirect("desk_pay_out", ref=ref)


@require_POST
@asks_again
@desk_view
def desk_pay_call_off(request: HttpRequest, ref: str) -> HttpResponse:
    """Nobody was handed anything: the payout ends, and the money is the farmer's as before."""
    try:
        paying_cash.call_off(by=acting(request), payout=_payout(request, ref))
    except paying_cash.CannotPayNow as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("Called off. The money is the farmer's as before."))
    return redirect("desk_pay_out", ref=ref)


@require_GET
@asks_again
@desk_view
def desk_pay_slip(request: HttpRequest, ref: str) -> HttpResponse:
    """The slip to print: to be signed before, or as the receipt."""
    payout = _payout(request, ref)
    scope_of(acting(request)).require(STAFF_ROLES, payout.household.region_id)
    return show(request, "sellers/pay_slip.html", payout=payout, capitals=in_capitals(payout.amount_fen))


@require_GET
def desk_pay_photograph(request: HttpRequest, ref: str) -> HttpResponseBase:
    """The photograph of a signed slip, on record and never kept by a cache on the way; 404 for whoever may not open it."""
    if not request.user.is_authenticated:
        raise Http404
    seen = Payout.objects.visible_to(acting(request)).exclude(slip="").select_related("household")
    payout = get_object_or_404(seen, ref=ref)
    if not may_open_paper(acting(request), payout.household) or not storages["private"].exists(payout.slip):
        raise Http404
    try:
        open_paper(by=acting(request), household=payout.household, what=Sealed.PAPER)
    except TooManyReveals as refused:
        return HttpResponse(str(refused), status=429, content_type="text/plain; charset=utf-8")
    response = FileResponse(storages["private"].open(payout.slip), content_type="image/jpeg")
    response["Cache-Control"] = "private, no-store"
    return response
