"""The desk that takes cash for a reserved order."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from orders.counter import (
    PHONE_TAIL,
    NoSuchCashOrder,
    NotWaitingForCash,
    PayerIsReceiver,
    find_cash_order,
    receive_cash,
)
from orders.desk import require_desk
from orders.models import Order, OrderLine, OrderState
from stations.workplace import counters_of, desk_frame


class CashForm(forms.Form):
    """What the buyer says at the counter."""

    number = forms.CharField(
        label=_("Order number"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    phone_tail = forms.CharField(
        label=_("Last four digits of the mobile number"),
        min_length=PHONE_TAIL,
        max_length=PHONE_TAIL,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def cash(request: HttpRequest) -> HttpResponse:
    """Find an order that waits for cash, show what it costs, and book the cash (`action=receive`)."""
    user = require_desk(request)
    counters = counters_of(user)
    form = CashForm(request.POST or None)
    order: Order | None = None
    if counters and request.method == "POST" and form.is_valid():
        try:
            order = find_cash_order(by=user, **form.cleaned_data)
            if request.POST.get("action") == "receive" and order.state == OrderState.RESERVED:
                order = receive_cash(order=order, by=user, counter=counters[0])
                messages.success(request, gettext("Cash received for order %(number)s.") % {"number": order.number})
                return redirect("desk_cash")
        except (NoSuchCashOrder, NotWaitingForCash, PayerIsReceiver) as error:
            form.add_error(None, str(error))
    lines = list(OrderLine.objects.filter(consignment__order=order)) if order else []
    context = {
        **desk_frame(user),
        "counters": counters,
        "form": form,
        "order": order,
        "lines": lines,
        "waits": bool(order and order.state == OrderState.RESERVED and order.reserved_until > timezone.now()),
    }
    return render(request, "orders/cash.html", context)
