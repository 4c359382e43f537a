"""The product page: what catalog knows of the goods, and when they would arrive."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.visitors import visitor_page
from catalog.cards import USUAL_CITY
from catalog.product_page import product_context
from orders.arrival import arrival_at, province_options


@visitor_page
@require_safe
def product(request: HttpRequest, ref: str) -> HttpResponse:
    """A product on sale; `?to=` names the province that the arrival is reckoned to."""
    context = product_context(ref)
    chosen = USUAL_CITY[:2].ljust(12, "0")
    asked = request.GET.get("to", "")
    if asked:
        arrival = arrival_at(station_id=context["station_id"], province_code=asked, chilled=context["chilled"])
        if arrival:
            context["arrival"], chosen = arrival, asked
    context["reviews_url"] = reverse("goods_reviews", args=[ref])
    context["provinces"] = province_options(get_language() or "", chosen)
    return render(request, "catalog/product.html", context)
