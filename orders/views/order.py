"""A buyer's orders: the list of an account, and the page of one order, which a guest opens by its link."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from catalog.standing import yuan
from orders.calling_off import free_until
from orders.cancelling import CannotCancel, cancel_consignment, offer_for
from orders.deposit_stand import stand_of
from orders.following import Part, follow, money_state, order_state, orders_open_to
from orders.models import WAITING, DeliveryWay, Notice, Order, OrderState, WeightAnswer, WeightQuestion
from orders.paying import counter_of, open_payment
from orders.places import address_line
from orders.receiving import NotReceived, confirm_receipt, may_confirm
from orders.returns import recalls_of, returns_of
from orders.season_list import bought, season_boxes
from orders.sessions import ask_now
from orders.views.checkout import to_payment
from orders.weights import NothingAsked, answer
from payments.models import RefundState
from payments.providers import provider_of
from stations.models import Station

ORDERS_A_PAGE = 20
MESSAGES_SHOWN = 60
# The page asks again every few seconds for a few minutes, then leaves it to the buyer.
REFRESH_SECONDS, REFRESH_TIMES = 3, 60
# Stripe is asked at the first look, and at every fifth after it: its webhook may be late, or lost.
ASKED_AT_EVERY = 5


@never_cache
@require_GET
def order(request: HttpRequest, ref: str) -> HttpResponse:
    """One order: its money, its parts and their way. `?paid=n` is where Stripe sends the buyer back to; n counts the looks."""
    found = _order(request, ref)
    looks = _looks(request)
    waiting = open_payment(found) if found.state in WAITING else None
    if waiting and looks % ASKED_AT_EVERY == 1 and ask_now(waiting):
        found = _order(request, ref)
    paying_balance = found.state == OrderState.DEPOSIT and waiting is not None and waiting.purpose == "balance"
    state = money_state(found, back_from_payment=looks > 0 and (paying_balance or found.state == OrderState.RESERVED))
    parts = follow(found)
    returns, seasons = returns_of(found), season_boxes(found, parts)
    for part in parts:
        part.cancelling = offer_for(found, part.consignment, part.lines)
        part.receivable = may_confirm(found, part.consignment)
        part.call_off_until = free_until(found, part.consignment, part.lines)
        part.contestable = found.state == OrderState.PAID and part.consignment.may_go_wrong
    context = {
        "order": found,
        "money_state": state,
        "asking": state.waits and looks > 0,
        "payable": state.waits and looks == 0,
        "deposit": stand_of(found),
        "by_page": (provider := provider_of(found.pay_by)).page is not None,
        "instructions": provider.instructions(waiting) if waiting and provider.instructions else "",
        "counter": counter_of(waiting) if state.waits else None,
        # A season's box that waits for its week stands in the list of its season alone.
        "parts": [part for part in parts if part.consignment.subscription_id is None or part.parcel],
        "seasons": seasons,
        "returns": returns,
        "questions": _questions(parts),
        "recalls": (called_back := recalls_of(found)),
        "ended_by_recall": found.state == OrderState.EXPIRED and bool(called_back),
        "told": Notice.objects.filter(order=found).exclude(told_at__isnull=False, told_by=""),
        "point": (point := _point(found, parts)),
        "address": address_line(point.region if point else found.region, found.address),
    }
    response = render(request, "orders/order.html", context)
    if context["asking"] and looks < REFRESH_TIMES:
        response["Refresh"] = f"{REFRESH_SECONDS}; url={reverse('order', args=[ref])}?paid={looks + 1}"
    return response


def _questions(parts: list[Part]) -> list[WeightQuestion]:
    """What the buyer is asked about goods that weigh too little; no query where nothing is sold by weight."""
    keys = [line.pk for part in parts for line in part.lines if line.margin_fen and line.weight_settled_at is None]
    return list(WeightQuestion.objects.filter(line__in=keys, answer="").select_related("line")) if keys else []


def _order(request: HttpRequest, ref: str) -> Order:
    orders = orders_open_to(request.user).select_related("region", "pickup_station__region")
    return get_object_or_404(orders, ref=ref)


def _point(order: Order, parts: list[Part]) -> Station | None:
    """Where the buyer picks it up: the point that was chosen, or the one that took over when it closed."""
    if order.delivery_way != DeliveryWay.STATION or order.pickup_station is None:
        return None
    planned = (part.parcel.destination_station for part in parts if part.parcel and not part.parcel.stop)
    return next((station for station in planned if station), order.pickup_station.successor)


def _looks(request: HttpRequest) -> int:
    text = request.GET.get("paid", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


@require_POST
def pay_order(request: HttpRequest, ref: str) -> HttpResponse:
    """Once more to the payment page, while the reservation lasts."""
    found = _order(request, ref)
    if found.state not in WAITING or found.reserved_until <= timezone.now():
        return HttpResponseRedirect(reverse("order", args=[ref]))
    return to_payment(request, found)


@never_cache
@require_GET
def receipt(request: HttpRequest, ref: str) -> HttpResponse:
    """What was paid and paid back of an order, to be printed; before it is paid there is none."""
    found = _order(request, ref)
    if found.paid_at is None:
        raise Http404
    returns = [
        one for one in returns_of(found) if (one.lines or one.from_deposit) and one.refund.state != RefundState.FAILED
    ]
    context = {
        "order": found,
        "parts": follow(found),
        "returns": returns,
        "kept_fen": found.total_fen - sum(one.refund.amount_fen for one in returns),
    }
    return render(request, "orders/receipt.html", context)


@require_POST
def cancel(request: HttpRequest, ref: str) -> HttpResponse:
    """Call off one store's part of a paid order that is still at the farm (`part`: its number)."""
    found = _order(request, ref)
    user = request.user if isinstance(request.user, User) else None
    try:
        refund = cancel_consignment(order=found, number=request.POST.get("part", ""), by=user)
    except CannotCancel as refused:
        messages.error(request, str(refused))
    else:
        told = _("Cancelled. %(sum)s comes back to you.") % {"sum": yuan(refund.together_fen)}
        messages.success(request, told)
    return HttpResponseRedirect(reverse("order", args=[ref]))


@require_POST
def received(request: HttpRequest, ref: str) -> HttpResponse:
    """The buyer confirms that one store's part has come (`part`: its number): its seller is paid now."""
    found = _order(request, ref)
    try:
        part = confirm_receipt(order=found, number=request.POST.get("part", ""))
    except NotReceived as not_yet:
        messages.error(request, str(not_yet))
    else:
        released = part.released_at is not None
        messages.success(request, _("Thank you. The seller's money is released.") if released else _("Thank you."))
    return HttpResponseRedirect(reverse("order", args=[ref]))


@require_POST
def weight(request: HttpRequest, ref: str) -> HttpResponse:
    """The buyer decides about goods that weigh too little (`line`: its key, `answer`: take or cancel)."""
    found = _order(request, ref)
    word, line = request.POST.get("answer", ""), request.POST.get("line", "")
    if word not in WeightAnswer.values or not (line.isascii() and line.isdigit() and len(line) < 19):
        messages.error(request, _("Please choose one of the two."))
        return HttpResponseRedirect(reverse("order", args=[ref]))
    try:
        answer(order=found, line_id=int(line), word=WeightAnswer(word))
    except NothingAsked as refused:
        messages.error(request, str(refused))
    else:
        took = word == WeightAnswer.TAKE
        told = (
            _("It is sent to you; the rest of the money comes back.")
            if took
            else _("It is not sent; all of the money comes back.")
        )
        messages.success(request, told)
    return HttpResponseRedirect(reverse("order", args=[ref]))


@never_cache
@require_GET
@login_required
def orders(request: HttpRequest) -> HttpResponse:
    """The account's orders, newest first; `?before=` the key of the last one shown."""
    assert isinstance(request.user, User)
    mine = Order.objects.filter(user=request.user).prefetch_related(
        "consignments__store", "consignments__lines", "consignments__parcel"
    )
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        last = Order.objects.filter(user=request.user, pk=int(before)).first()
        if last:
            mine = mine.filter(Q(placed_at__lt=last.placed_at) | Q(placed_at=last.placed_at, pk__lt=last.pk))
    shown = list(mine[: ORDERS_A_PAGE + 1])
    rows = [(found, order_state(found), bought(found)) for found in shown[:ORDERS_A_PAGE]]
    more = f"?before={rows[-1][0].pk}" if len(shown) > ORDERS_A_PAGE else ""
    return render(request, "orders/orders.html", {"rows": rows, "next_url": more})


@never_cache
@require_GET
@login_required
def messages_of(request: HttpRequest) -> HttpResponse:
    """What the account was told of its orders, newest first."""
    assert isinstance(request.user, User)
    mine = Notice.objects.filter(order__user=request.user).exclude(told_at__isnull=False, told_by="")
    told = mine.select_related("order")[:MESSAGES_SHOWN]
    return render(request, "orders/order_messages.html", {"told": told})
