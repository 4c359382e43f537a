"""The same photograph on goods of several stores: said where one is added, and listed for whoever looks after the county."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from catalog.models import Product
from catalog.places import county_and_township, read_names, short_place
from catalog.same_photographs import Alike, goods_with, stores_alike
from pictures.models import Picture
from sellers.views.desk import acting, desk_view, only_at_the_desk, show

ON_A_PAGE = 100
TOLD = gettext_lazy("This photograph is already used for %(goods)s. Every product needs photographs of its own.")


def say_where_used(request: HttpRequest, picture: Picture, product: Product) -> None:
    """A warning on the next page when other goods show this photograph."""
    goods = goods_with(picture, besides=product, user=acting(request))
    if goods:
        names = _(", ").join(f"{one.label} ({one.store.label})" for one in goods)
        messages.warning(request, TOLD % {"goods": names})


@require_GET
@desk_view
def desk_same_photographs(request: HttpRequest) -> HttpResponse:
    """The photographs that goods of several stores show, one of them at least in the user's regions."""
    only_at_the_desk(request)
    found = stores_alike(acting(request))
    read_names(
        code for alike in found[:ON_A_PAGE] for one in alike.goods for code in county_and_township(one.origin_id)
    )
    rows = [
        {"picture": alike.picture, "goods": [_row(one, alike) for one in alike.goods]} for alike in found[:ON_A_PAGE]
    ]
    return show(request, "catalog/desk_same_photographs.html", rows=rows, more=len(found) > ON_A_PAGE)


def _row(product: Product, alike: Alike) -> dict[str, Any]:
    page = "desk_product" if product.pk in alike.mine else "product"
    return {"product": product, "url": reverse(page, args=[product.ref]), "place": short_place(product.origin_id)}
