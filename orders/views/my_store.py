"""The farmer's own page: large type, few words."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from orders.my_store import deeds_of, earnings_of, goods_of, recent_sales, stores_of, to_bring


@never_cache
@require_GET
@login_required
def my_store(request: HttpRequest) -> HttpResponse:
    """What to bring, what it earns, what was sold, who did what. 404 for whoever has no store; `?store=` chooses of several."""
    household = getattr(request.user, "household", None)
    stores = stores_of(household) if household else []
    if not stores:
        raise Http404
    store = next((one for one in stores if one.slug == request.GET.get("store")), stores[0])
    context = {
        "store": store,
        "stores": stores,
        "store_name": store.label,
        "user_name": str(request.user),
        "desk_nav": [
            (_("Bring"), "#bring", 0),
            (_("Money"), "#money", 0),
            (_("Sold"), "#sold", 0),
            (_("Goods"), "#goods", 0),
        ],
        "bring": to_bring(store),
        "earnings": earnings_of(store),
        "sales": recent_sales(store),
        "goods": goods_of(store),
        "deeds": deeds_of(store),
        "home": reverse("my_store"),
    }
    return render(request, "orders/my_store.html", context)
