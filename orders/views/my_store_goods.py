"""The farmer's goods: a switch for each (on sale or not), and buttons that count the stock up and down."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.signed_in import signed_in
from catalog import listing, packing
from catalog.models import Product, ProductStatus, Variant
from catalog.rules import LicenceMissing
from catalog.standing import notes_of
from orders.my_store import goods_of
from orders.views.my_store_frame import for_farmers, show
from sellers.models import Household

STEPS = {"-10": -10, "-1": -1, "1": 1, "10": 10}


@require_GET
@for_farmers
def goods(request: HttpRequest, household: Household) -> HttpResponse:
    """Every product with its switch and its packs."""
    found = goods_of(household)
    notes = notes_of(found)
    for product in found:
        product.notes = notes[product.pk]  # type: ignore[attr-defined]
    return show(request, "orders/my_store_goods.html", goods=found, stores=household.stores.open().order_by("pk"))


@require_POST
@for_farmers
def switch(request: HttpRequest, household: Household, ref: str) -> HttpResponse:
    """On sale (`on=1`), or off sale."""
    product = get_object_or_404(
        Product.objects.visible_to(signed_in(request)).select_related("store__household", "store__station", "category"),
        ref=ref,
        store__household=household,
    )
    try:
        if request.POST.get("on") == "1":
            listing.put_on_sale(by=signed_in(request), product=product)
            on_sale = product.status == ProductStatus.LISTED
            said = _("%(name)s is on sale.") if on_sale else _("%(name)s was sent to the county for review.")
            messages.success(request, said % {"name": product.label})
        else:
            listing.withdraw(by=signed_in(request), product=product)
            messages.success(request, _("%(name)s is off sale.") % {"name": product.label})
    except listing.StoreNotOpen:
        messages.warning(request, _("Your store is not open now."))
    except LicenceMissing as missing:
        messages.warning(request, str(missing))
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
    except listing.NothingToSell:
        messages.warning(request, _("It has no pack with a price yet. Please ask at your village point."))
    return _back(product)


@require_POST
@for_farmers
def stock(request: HttpRequest, household: Household, pk: int) -> HttpResponse:
    """So many more, or fewer, of a pack (`units`: -10, -1, 1, 10)."""
    variant = get_object_or_404(
        Variant.objects.select_related("product__store__household", "product__store__station", "product__category"),
        pk=pk,
        active=True,
        product__store__household=household,
    )
    units = STEPS.get(request.POST.get("units", ""))
    if units is None:
        raise Http404
    try:
        packing.add_stock(by=signed_in(request), variant=variant, units=units)
    except packing.StockBelowHeld as short:
        messages.warning(request, _("Not fewer: buyers have ordered %(held)s.") % {"held": short.held})
    except packing.LotTooSmall:
        messages.warning(
            request, _("Your last harvest is all packed. Please have the new one entered at your village point.")
        )
    return _back(variant.product)


def _back(product: Product) -> HttpResponse:
    """The list again, at this product."""
    return redirect(f"{reverse('my_store_goods')}#p{product.pk}")
