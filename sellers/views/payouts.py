"""Where a farmer's money goes: proposed at the desk or by the farmer, confirmed by the farmer alone. All pages ask again who it is."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.codes import CodeRefused
from accounts.messages import TextNotSent, TooManyTexts, text_for_demo
from accounts.models import User
from accounts.phones import masked_phone
from accounts.reauthentication import asks_again
from sellers import payouts
from sellers.connected import NoStripeAccount, is_served
from sellers.family_forms import BANKS, PayoutForm, ReadOutForm
from sellers.mandates import MandateMissing, mandate_for
from sellers.models import Household, PayoutAccount, PayoutWay
from sellers.telling import phone_is_fresh
from sellers.views.desk import acting, desk_view, only_at_the_desk, show
from sellers.views.households import household_of

MOST_WAITING = 60


@require_http_methods(["GET", "HEAD", "POST"])
@asks_again
@desk_view
def desk_payout(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose where the farmer's money is to go; on the next page the farmer confirms it."""
    household, user = household_of(request, pk), acting(request)
    mandate_for(user, household, "list")
    form = PayoutForm(request.POST or None, household=household, initial={"holder": household.name})
    if request.method == "POST" and form.is_valid():
        account = _proposed(user, household, form)
        if account:
            return redirect("desk_payout_confirm", pk=account.pk)
    return show(request, "sellers/payout.html", form=form, **_standing(household))


def _standing(household: Household) -> dict[str, Any]:
    return {
        "household": household,
        "account": payouts.usable_payout(household),
        "waiting": payouts.waiting_change(household),
        "proposed": payouts.proposed_payout(household),
        "banks": BANKS,
        "after_new_phone": phone_is_fresh(household),
        "served": is_served(household),
    }


def _proposed(by: User, household: Household, form: PayoutForm) -> PayoutAccount | None:
    """The proposal; None with the refusal on the form."""
    try:
        return payouts.propose_payout(by=by, household=household, **form.cleaned_data)
    except payouts.NotTheirCard as refused:
        form.add_error("holder", str(refused))
    except payouts.BadCardNumber as refused:
        form.add_error("number", str(refused))
    except NoStripeAccount as refused:
        form.add_error("way", str(refused))
    except MandateMissing as missing:
        form.add_error("way", str(missing))
    return None


def _account(request: HttpRequest, pk: int) -> PayoutAccount:
    """The account of a household within the user's scope (404 otherwise); the desk's alone."""
    seen = PayoutAccount.objects.visible_to(acting(request)).select_related("household__region", "household__user")
    account = get_object_or_404(seen, pk=pk)
    only_at_the_desk(request)
    return account


@require_http_methods(["GET", "HEAD", "POST"])
@asks_again
@desk_view
def desk_payout_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The farmer reads out the code that names bank and card."""
    account = _account(request, pk)
    mandate_for(acting(request), account.household, "receive_cash" if account.way == PayoutWay.COUNTER else "list")
    if account.confirmed_at or account.ended_at:
        messages.info(request, _("Nothing was changed: this account is confirmed or given up already."))
        return redirect("desk_household", pk=account.household_id)
    form = ReadOutForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            payouts.confirm_payout_by_code(account=account, code=form.cleaned_data["code"])
        except CodeRefused as refused:
            form.add_error("code", str(refused))
        except payouts.NothingToConfirm as refused:
            messages.warning(request, str(refused))
            return redirect("desk_household", pk=account.household_id)
        else:
            _say_when(request, account)
            return redirect("desk_household", pk=account.household_id)
    return show(
        request,
        "sellers/payout_confirm.html",
        account=account,
        household=account.household,
        form=form,
        sent=payouts.payout_code_is_sent(account),
        phone=masked_phone(account.household.phone) if account.household.phone else "",
        demo_text=text_for_demo(account.household.phone),
    )


def _say_when(request: HttpRequest, account: PayoutAccount) -> None:
    if account.usable_from == account.confirmed_at:
        messages.success(request, _("Confirmed by the farmer. Their money goes there from now on."))
    else:
        messages.success(
            request,
            _("Confirmed by the farmer. It counts once the time to stop it is over; the farmer is told by text."),
        )


@require_POST
@asks_again
@desk_view
def desk_payout_code(request: HttpRequest, pk: int) -> HttpResponse:
    """Text the farmer the code."""
    account = _account(request, pk)
    try:
        payouts.text_payout_code(by=acting(request), account=account)
    except (TooManyTexts, TextNotSent, payouts.NothingToConfirm, payouts.PhoneMissing) as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The code is on its way to the farmer's phone."))
    return redirect("desk_payout_confirm", pk=pk)


@require_POST
@asks_again
@desk_view
def desk_payout_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a change that waits: the county centre, or whoever proposed it as long as nobody has confirmed it."""
    account = _account(request, pk)
    _cancelled(request, account)
    return redirect("desk_household", pk=account.household_id)


def _cancelled(request: HttpRequest, account: PayoutAccount) -> None:
    try:
        payouts.cancel_payout(by=acting(request), account=account)
    except payouts.TooLateToStop as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("Stopped. The money goes where it went before."))


@require_GET
@asks_again
@desk_view
def desk_payouts(request: HttpRequest) -> HttpResponse:
    """The changes of accounts that wait, with those first that follow a new phone number."""
    only_at_the_desk(request)
    waiting = list(payouts.changes_that_wait(acting(request))[:MOST_WAITING])
    rows = [{"account": one, "new_phone": phone_is_fresh(one.household)} for one in waiting]
    rows.sort(key=lambda row: not row["new_phone"])
    return show(request, "sellers/payouts.html", rows=rows)


def own_household(request: HttpRequest) -> Household:
    """The household whose own account this is. Raises Http404 for anyone else."""
    household = getattr(request.user, "household", None)
    if not isinstance(household, Household):
        raise Http404
    return household


@require_http_methods(["GET", "HEAD", "POST"])
@asks_again
def my_store_payout(request: HttpRequest) -> HttpResponse:
    """Where the farmer's own money goes, and another account in three answers."""
    household = own_household(request)
    form = PayoutForm(request.POST or None, household=household, initial={"holder": household.name})
    if request.method == "POST" and form.is_valid() and _proposed(acting(request), household, form):
        return redirect("my_store_payout")
    context = {
        "form": form,
        "store_name": household.label,
        "user_name": str(request.user),
        "home": reverse("my_store"),
        "again": request.GET.get("change") == "1" or request.method == "POST",
        **_standing(household),
    }
    return render(request, "sellers/my_payout.html", context)


@require_POST
@asks_again
def my_store_payout_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The farmer says yes to what was proposed."""
    account = get_object_or_404(
        PayoutAccount.objects.select_related("household"), pk=pk, household=own_household(request)
    )
    try:
        payouts.confirm_payout_by_farmer(by=acting(request), account=account)
    except payouts.NothingToConfirm as refused:
        messages.warning(request, str(refused))
    else:
        _say_when_to_farmer(request, account)
    return redirect("my_store_payout")


def _say_when_to_farmer(request: HttpRequest, account: PayoutAccount) -> None:
    text = _("Done.") if account.usable_from == account.confirmed_at else _("Done. You can still stop it.")
    messages.success(request, text)


@require_POST
@asks_again
def my_store_payout_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """The farmer says no, or stops the change that waits."""
    account = get_object_or_404(
        PayoutAccount.objects.select_related("household"), pk=pk, household=own_household(request)
    )
    _cancelled(request, account)
    return redirect("my_store_payout")
