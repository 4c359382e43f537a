"""The cart's page, and what is put into it from any page of ours."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.visitors import from_our_own_pages
from catalog.cards import USUAL_CITY
from delivery.routing import NoRoute
from orders import places
from orders.boxes import quote_freight
from orders.cart import (
    CART_COOKIE,
    CartRefused,
    add_to_cart,
    cart_of,
    change_quantity,
    full_name,
    keep_cookie,
    open_cart,
    read_quantity,
    remove_from_cart,
)
from orders.cart_page import Basket, basket_of
from orders.deposit_terms import groups_of
from stations.models import Region


@never_cache
@require_GET
def cart(request: HttpRequest) -> HttpResponse:
    """What is in the cart, by county and store; `?to=` a province shows each county's freight there."""
    basket = basket_of(request)
    chosen = request.GET.get("to", "")
    provinces = places.provinces() if basket.counties else []
    context = {"basket": basket, "provinces": provinces, "chosen": chosen or USUAL_CITY[:2].ljust(12, "0")}
    context["cart_count"] = len(basket.items)
    context["groups"] = groups_of(basket)
    context["no_route"] = _show_freight(basket, chosen)
    return render(request, "orders/cart.html", context)


def _show_freight(basket: Basket, province_code: str) -> str:
    """Fill in each county's freight to a province; what stands in the way, in words."""
    province = Region.objects.filter(code=province_code, level=1).first() if province_code else None
    if province is None:
        return ""
    try:
        basket.set_freight(quote_freight(basket.boxes, province))
    except NoRoute as error:
        return str(error)
    return ""


@require_POST
@from_our_own_pages
def cart_add(request: HttpRequest) -> HttpResponse:
    """Put goods into the cart; then to the cart, or back to a page of ours that asked for it (`next`)."""
    try:
        quantity = read_quantity(request.POST.get("quantity", "1"))
        variant_id = _variant_id(request)
        cart = open_cart(request.user, request.COOKIES.get(CART_COOKIE, ""))
        line = add_to_cart(cart=cart, variant_id=variant_id, quantity=quantity)
    except CartRefused as error:
        return _refused(request, str(error))
    messages.success(request, _("%(name)s is in your cart.") % {"name": full_name(line.variant)})
    response = HttpResponseRedirect(_back(request))
    keep_cookie(response, cart)
    return response


@require_POST
def cart_change(request: HttpRequest) -> HttpResponse:
    """Set a quantity, or take goods out."""
    cart = cart_of(request)
    try:
        variant_id = _variant_id(request)
        if cart is not None and request.POST.get("action") == "remove":
            remove_from_cart(cart=cart, variant_id=variant_id)
        elif cart is not None:
            change_quantity(cart=cart, variant_id=variant_id, quantity=read_quantity(request.POST.get("quantity", "")))
    except CartRefused as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("cart"))


def _variant_id(request: HttpRequest) -> int:
    text = request.POST.get("variant", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise CartRefused(_("Choose a pack first."))
    return int(text)


def _refused(request: HttpRequest, text: str) -> HttpResponse:
    """Back where the buyer came from, with the reason; the page itself may be one that everybody shares, so the cart's page says it."""
    context = {
        "text": text,
        "back": _allowed(request, request.headers.get("Referer", "")),
    }
    return render(request, "orders/cart_refused.html", context, status=409)


def _allowed(request: HttpRequest, url: str) -> str:
    """`url` where it leads to a page of ours, or nothing."""
    return url if url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}) else ""


def _back(request: HttpRequest) -> str:
    return _allowed(request, request.POST.get("next", "")) or reverse("cart")
