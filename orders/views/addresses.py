"""The addresses that an account keeps."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import Address, User
from orders.addresses import forget_address, remember_address
from orders.checkout import DeliveryChoice
from orders.forms import AddressForm
from orders.models import DeliveryWay
from orders.places import address_line
from stations.models import Region


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def addresses(request: HttpRequest) -> HttpResponse:
    """The list, and a form for one more."""
    assert isinstance(request.user, User)
    action = request.POST.get("action", "")
    if action == "remove" and request.POST.get("address", "").isdigit():
        forget_address(by=request.user, address_id=int(request.POST["address"]))
        return redirect("addresses")
    form = AddressForm(initial=request.POST.dict())
    if action == "add":
        form = AddressForm(request.POST)
        if form.is_valid():
            data = form.cleaned_data
            region = Region.objects.get(code=data["county"])
            choice = DeliveryChoice(DeliveryWay.CARRIER, data["recipient"], data["phone"], region, data["detail"])
            remember_address(by=request.user, choice=choice)
            return redirect("addresses")
    kept = list(Address.objects.filter(user=request.user))
    regions = Region.objects.in_bulk({address.region_code for address in kept})
    rows = [
        (address, address_line(regions[address.region_code], address.detail))
        for address in kept
        if address.region_code in regions
    ]
    return render(request, "orders/addresses.html", {"rows": rows, "form": form})
