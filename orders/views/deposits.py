"""What a buyer does with an order before it is sent: have the deposit back, call off a visit."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from catalog.standing import yuan
from orders.calling_off import CannotCallOff, call_off_visit
from orders.deposit_back import TooLateToRegret, regret_deposit
from orders.following import orders_open_to


@require_POST
def regret(request: HttpRequest, ref: str) -> HttpResponse:
    """Call off an order whose deposit was paid within a day: it comes back."""
    found = get_object_or_404(orders_open_to(request.user), ref=ref)
    try:
        refund = regret_deposit(order=found)
    except TooLateToRegret as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Called off. %(sum)s comes back to you.") % {"sum": yuan(refund.amount_fen)})
    return HttpResponseRedirect(reverse("order", args=[ref]))


@require_POST
def call_off(request: HttpRequest, ref: str) -> HttpResponse:
    """Call off a visit until the evening before (`part`: its number): all money comes back."""
    found = get_object_or_404(orders_open_to(request.user), ref=ref)
    user = request.user if isinstance(request.user, User) else None
    try:
        refund = call_off_visit(order=found, number=request.POST.get("part", ""), by=user)
    except CannotCallOff as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Called off. %(sum)s comes back to you.") % {"sum": yuan(refund.together_fen)})
    return HttpResponseRedirect(reverse("order", args=[ref]))
