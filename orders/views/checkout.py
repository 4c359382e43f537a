"""The checkout: one page for a guest or an account, which works without JavaScript and keeps what was typed."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.consents import agrees
from accounts.models import Address, ConsentPurpose, User
from accounts.references import public_reference
from catalog.models import Variant
from catalog.stock import StockShort
from delivery.routing import NoRoute
from orders import places
from orders.addresses import remember_address
from orders.agreement import Agreement, agreement_on, read_agreement
from orders.amounts import AmountRefused
from orders.cart import cart_of, take_what_is_left
from orders.cart_page import Basket, basket_of, use_coupon
from orders.checkout import (
    CounterTooFar,
    DeliveryChoice,
    NoAddress,
    NothingToBuy,
    NotOnSale,
    PriceChanged,
    place_order,
)
from orders.deposit_terms import terms_of
from orders.deposits import DepositApart
from orders.forms import CheckoutForm
from orders.guessing import note_wrong_code, refuse_guessing
from orders.models import DeliveryWay, Order
from orders.my_coupons import Usable, usable_coupons
from orders.paying import NothingToPay, PaymentPageClosed, payment_page
from orders.promotions import CodeUnknown, CouponRefused, PromotionGone, tidy_code
from orders.refusals import WeeksChanged
from orders.wishes import DayRefused, days_of_boxes, read_days
from payments.idempotency import IdempotencyConflict
from payments.models import Provider
from payments.providers import provider_of
from stations.models import Region

REFUSED = (
    PromotionGone,
    StockShort,
    NotOnSale,
    AmountRefused,
    NothingToBuy,
    CounterTooFar,
    NoAddress,
    NoRoute,
    DepositApart,
)


@never_cache
@require_http_methods(["GET", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """Show the form, work out freight and arrival once it is filled in (`action=review`), and place the order (`action=place`)."""
    buyer = request.user if isinstance(request.user, User) else None
    if request.method == "GET":
        basket = basket_of(request, request.GET.get("group", ""))
        if not basket.items:
            return redirect("cart")
        deposit = bool(basket.deposit_fen)
        form = CheckoutForm(buyer=buyer, farm=basket.farm, deposit=deposit, initial=first_values(buyer))
        return checkout_page(request, basket, form)
    action = request.POST.get("action", "review")
    if action == "adjust" and (cart := cart_of(request)):
        take_what_is_left(cart=cart)
    agreed = read_agreement(request.POST.get("seen", ""))
    if action == "place" and agreed:
        # The page's agreement says what is ordered. Sent twice, the cart is empty by now: the form stays what it was.
        farm, deposit = _farm_of(request, agreed), bool(agreed.deposit_fen)
        form = CheckoutForm(request.POST, buyer=buyer, farm=farm, deposit=deposit)
        if form.is_valid() and form.choice:
            return _place(request, form, form.choice, agreed)
        return _review(request, _basket_again(request), form)
    basket = _basket_again(request)
    deposit = bool(basket.deposit_fen)
    if action == "choose":
        chosen = CheckoutForm(buyer=buyer, farm=basket.farm, deposit=deposit, initial=request.POST.dict())
        return checkout_page(request, basket, chosen)
    return _review(request, basket, CheckoutForm(request.POST, buyer=buyer, farm=basket.farm, deposit=deposit))


def _farm_of(request: HttpRequest, agreed: Agreement) -> Region | None:
    """Where the visits lead that the page was about; None where it was about goods that travel."""
    if "way" in request.POST:
        return None
    visit = Variant.objects.filter(pk=agreed.units[0][0], day__isnull=False).select_related("product__store__region")
    return visit[0].product.store.region if visit else None


def first_values(buyer: User | None) -> dict[str, Any]:
    """What a fresh form starts with: a key of its own, and what the account knows."""
    known: dict[str, Any] = {"key": public_reference(), "way": DeliveryWay.CARRIER, "pay_by": Provider.STRIPE}
    if buyer is not None:
        last = Address.objects.filter(user=buyer).first()
        # 'Remember this address' is a consent: it is ticked beforehand only for whoever has given it.
        keep = agrees(buyer, ConsentPurpose.ADDRESSES)
        known |= {"email": buyer.email, "recipient": buyer.name, "phone": buyer.phone, "keep": keep}
        known["saved"] = str(last.pk) if last else ""
    return known


def checkout_page(request: HttpRequest, basket: Basket, form: CheckoutForm, **more: Any) -> HttpResponse:
    """The page with what is bought and the form as it stands; `flash` is a place in a flash sale."""
    agreement = agreement_on(basket)
    context = {"basket": basket, "form": form, "agreement": agreement, "reviewed": agreement is not None, **more}
    context["cart_count"] = len(basket.items) + basket.others
    mine = usable_coupons(basket, form.buyer)
    context |= {
        "my_coupons": mine,
        "chosen_coupon": _chosen_coupon(request, basket, mine, agreed=agreement is not None),
    }
    context["terms"] = terms_of(basket)
    return render(request, "orders/checkout.html", context)


def _chosen_coupon(request: HttpRequest, basket: Basket, mine: list[Usable], *, agreed: bool) -> str:
    """The code of the coupon that is ticked: where there is a sum to agree to, the one that is taken off it; else what was chosen, or the
    best.
    """
    if agreed:
        return basket.offer.coupon.code if basket.offer.coupon else ""
    best = mine[0].coupon.code if mine else ""
    return request.POST.get("mine", best)


def _review(request: HttpRequest, basket: Basket, form: CheckoutForm, **more: Any) -> HttpResponse:
    """The page with freight and arrival day, where the form says where to; or with what is wrong with it."""
    if not basket.items:
        return redirect("cart")
    refusal = _try_coupon(request, basket, form)
    form.is_valid()  # an address is one, also where the deposit's terms are not agreed to yet
    if form.choice:
        try:
            days = days_of_boxes(read_days(request.POST), basket.boxes, today=timezone.localdate())
        except DayRefused as refused:
            days, more["day_refused"] = {}, str(refused)
        try:
            basket.quote(form.choice.goal, days)
        except NoRoute as error:
            basket.set_freight(None)
            form.add_error("station" if form.choice.way == DeliveryWay.STATION else "county", str(error))
    if refusal:
        form.add_error("coupon", refusal)
    return checkout_page(request, basket, form, **more)


def _try_coupon(request: HttpRequest, basket: Basket, form: CheckoutForm) -> str:
    """Take off what the coupon takes; why it can't, in words."""
    code = _code(request)
    if code and form.fields["coupon"].max_length >= len(code):  # type: ignore[attr-defined]
        try:
            refuse_guessing(request)
            use_coupon(basket, buyer=form.buyer, code=code)
        except CodeUnknown as refused:
            note_wrong_code(request)
            return str(refused)
        except CouponRefused as refused:
            return str(refused)
    return ""


def _code(request: HttpRequest) -> str:
    """The coupon that was typed, or else the one chosen of the buyer's own."""
    return request.POST.get("coupon", "").strip() or request.POST.get("mine", "").strip()


def _place(request: HttpRequest, form: CheckoutForm, choice: DeliveryChoice, agreed: Agreement) -> HttpResponse:
    data, cart = form.cleaned_data, cart_of(request)
    try:
        choice = replace(choice, days=read_days(request.POST))
        if code := _code(request):
            refuse_guessing(request)
        order = place_order(
            lines=agreed.units,
            buyer=form.buyer,
            email=data["email"],
            delivery=choice,
            pay_by=data["pay_by"],
            key=data["key"],
            language=get_language() or "zh-hans",
            actor=f"cart:{cart.ref}" if cart else "guest",
            seen=agreed.seen,
            cart=cart,
            coupon=tidy_code(code),
        )
    except IdempotencyConflict as conflict:
        return ordered_already(request, conflict)
    except PriceChanged as change:
        return _review(request, _basket_again(request), form, changed=change)
    except WeeksChanged:
        return _review(request, _basket_again(request), form, later=True)
    except (CouponRefused, DayRefused):  # said again where it was typed
        return _review(request, _basket_again(request), form)
    except DepositApart as apart:
        return _review(request, _basket_again(request), form, refused=True, why=str(apart))
    except REFUSED:
        # What stands in the way is read afresh and shown line by line.
        return _review(request, _basket_again(request), form, refused=True)
    if form.buyer and data.get("keep") and choice.way == DeliveryWay.CARRIER:
        remember_address(by=form.buyer, choice=choice)
    return to_payment(request, order)


def _basket_again(request: HttpRequest) -> Basket:
    return basket_of(request, request.POST.get("group", ""))


def ordered_already(request: HttpRequest, conflict: IdempotencyConflict) -> HttpResponse:
    """This page has ordered already, and now says something else (409)."""
    placed = Order.objects.filter(ref=conflict.answer).first()
    return render(request, "orders/placed_already.html", {"order": placed}, status=409)


def to_payment(request: HttpRequest, order: Order) -> HttpResponse:
    """On to the provider's page, or to the order's own page where cash or a message awaits."""
    own = reverse("order", args=[order.ref])
    if provider_of(order.pay_by).page is None:
        return HttpResponseRedirect(own)
    try:
        return HttpResponseRedirect(payment_page(order))
    except NothingToPay:
        return HttpResponseRedirect(own)
    except PaymentPageClosed:
        messages.error(
            request, _("The payment page does not answer just now. Your goods are kept: try again in a moment.")
        )
        return HttpResponseRedirect(own)


@require_GET
@cache_control(public=True, max_age=86_400)
def regions(request: HttpRequest) -> JsonResponse:
    """The cities of a province with their counties (`?parent=430000`), or the village points of a county (`?points=430426`).

    `options` are [code, name, options below], as checkout.js fills them in.
    """
    if county := request.GET.get("points", ""):
        return JsonResponse({"options": [[code, name, []] for code, name in places.pickup_points(county)]})
    found = places.cities(request.GET.get("parent", ""))
    return JsonResponse({"options": [[city.code, city.name, list(city.counties)] for city in found]})
