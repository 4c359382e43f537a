"""The desk's page of refunds: those that failed, to be sent again; and cash that buyers fetch at the counter."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from orders.counter import NoSuchCashOrder
from orders.paying_back import cash_owed, failed_refunds, may_send_again, pay_back
from orders.views.counter import CashForm
from payments.models import Refund
from payments.resending import CannotSendAgain, NotOwed, send_again
from payments.tills import TillShort
from stations.scope import NotAllowed
from stations.workplace import counters_of, desk_frame, works_at_the_desk


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def desk_refunds(request: HttpRequest) -> HttpResponse:
    """Failed refunds of the user's county, and at a counter: find an order whose cash goes back, and pay it out (`action=pay`)."""
    user = _user(request)
    counters = counters_of(user)
    form = CashForm(request.POST or None)
    owed: list[Refund] = []
    if counters and request.method == "POST" and form.is_valid():
        try:
            order, owed = cash_owed(by=user, **form.cleaned_data)
            if request.POST.get("action") == "pay":
                paid = pay_back(order=order, by=user, counter=counters[0])
                text = _("Paid back for order %(number)s: %(sum)s yuan.")
                messages.success(request, text % {"number": order.number, "sum": f"{paid / 100:.2f}"})
                return redirect("desk_refunds")
        except (NoSuchCashOrder, NotOwed, NotAllowed, TillShort) as error:
            form.add_error(None, forms.ValidationError(str(error)))
    context = {
        **desk_frame(user),
        "counters": counters,
        "form": form,
        "owed": owed,
        "owed_fen": sum(refund.amount_fen for refund in owed),
        "failed": failed_refunds(user),
    }
    status = 422 if request.method == "POST" and form.errors else 200
    return render(request, "orders/refunds.html", context, status=status)


@login_required
@require_POST
def desk_refund_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a failed refund once more."""
    user = _user(request)
    refund = get_object_or_404(Refund.objects.filter(pk__in=[one.pk for one in failed_refunds(user)]), pk=pk)
    if not may_send_again(user):
        raise NotAllowed(_("Refunds are sent again by the county centre or a county official."))
    try:
        send_again(refund)
    except CannotSendAgain as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("It is on its way again."))
    return redirect("desk_refunds")


def _user(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)
    if not works_at_the_desk(user):
        raise NotAllowed(_("The desk is for the staff of stations."))
    return user
