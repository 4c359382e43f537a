"""Payouts that the bank sent back after it had called them paid: entering one with the bank's slip, and the second person's yes."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.plain_text import refuse_invisible
from accounts.reauthentication import asks_again
from sellers import bank_returns
from sellers.bank_returns import ReturnRefused
from sellers.models import Payout, PayoutReturn, PayoutReturnState
from sellers.payout_runs import APPROVES, PREPARES
from sellers.views.desk import acting, desk_view, only_at_the_desk, show
from sellers.views.payout_runs import require_any
from stations.scope import scope_of

DECIDED_SHOWN = 30


class ReturnForm(forms.Form):
    """The bank's slip."""

    slip_number = forms.CharField(
        label=gettext_lazy("Number of the bank's slip"), max_length=40, validators=[refuse_invisible],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("The bank's reason"), max_length=200, validators=[refuse_invisible],
        help_text=gettext_lazy("As it stands on the slip, such as: account closed."),
    )  # fmt: skip


@require_GET
@asks_again
@desk_view
def desk_returns(request: HttpRequest) -> HttpResponse:
    """What came back and waits for a second person, and what was decided."""
    only_at_the_desk(request)
    user = acting(request)
    require_any(user, APPROVES)
    seen = PayoutReturn.objects.visible_to(user).select_related(
        "payout__household__region", "proposed_by", "decided_by"
    )
    waiting: list[dict[str, Any]] = [
        {
            "back": back,
            "may_decide": scope_of(user).may(APPROVES, back.payout.household.region_id)
            and back.proposed_by_id != user.pk,
        }
        for back in seen.filter(state=PayoutReturnState.PROPOSED).order_by("pk")
    ]
    decided = seen.exclude(state=PayoutReturnState.PROPOSED).order_by("-decided_at")[:DECIDED_SHOWN]
    return show(request, "sellers/returns.html", waiting=waiting, decided=decided)


@require_http_methods(["GET", "HEAD", "POST"])
@asks_again
@desk_view
def desk_return_new(request: HttpRequest, ref: str) -> HttpResponse:
    """Enter that a payout came back."""
    only_at_the_desk(request)
    seen = Payout.objects.visible_to(acting(request)).select_related("household__region", "account")
    payout = get_object_or_404(seen, ref=ref)
    scope_of(acting(request)).require(PREPARES, payout.household.region_id)
    form = ReturnForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            bank_returns.enter_return(by=acting(request), payout=payout, **form.cleaned_data)
        except ReturnRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Entered. Somebody else has to confirm it with the bank's slip."))
            return redirect("desk_returns")
    return show(
        request,
        "sellers/return_new.html",
        status=422 if request.method == "POST" else 200,
        form=form,
        payout=payout,
        may=bank_returns.may_come_back(payout),
    )


@require_POST
@asks_again
@desk_view
def desk_return_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person decides (`action=confirm` or `decline`)."""
    only_at_the_desk(request)
    seen = PayoutReturn.objects.visible_to(acting(request)).select_related("payout__household")
    back = get_object_or_404(seen, pk=pk)
    decide = bank_returns.confirm_return if request.POST.get("action") == "confirm" else bank_returns.decline_return
    try:
        decided = decide(by=acting(request), back=back)
    except ReturnRefused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, str(decided.get_state_display()))
    return redirect("desk_returns")
