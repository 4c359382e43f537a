"""The farmer's own pages: large type, a dozen words a screen. What to bring, what was sold, who did what; the home with the big buttons."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.signed_in import signed_in
from catalog.models import ProductStatus
from orders.my_store import buyers_waiting, deeds_of, earnings_of, goods_of, recent_sales, stores_of, to_bring
from orders.views.my_store_frame import address_of, for_farmers, household_of, show
from orders.visits import LISTED, places_of, visits_for
from sellers.mandates import mandates_in_force
from sellers.models import Household, Payout, PayoutState, Store
from sellers.paying import payouts_of
from sellers.taking_over import waiting_for

PILLS = {"open": "good", "closed": "bad"}


@never_cache
@require_GET
@login_required
def my_store(request: HttpRequest) -> HttpResponse:
    """The home: what waits, and where everything is. Whoever has no store reads how to come to theirs."""
    user = signed_in(request)
    household = household_of(user)
    if household is None:
        waiting = waiting_for(user)
        store = waiting.stores.order_by("-opened_at", "-pk").first() if waiting else None
        return show(request, "orders/my_store_none.html", waiting=waiting, store=store)
    stores = stores_of(household)
    earnings = earnings_of(household, stores)
    return show(
        request,
        "orders/my_store.html",
        household=household,
        stores=[(store, PILLS.get(store.status, "busy")) for store in stores],
        units=sum(errand.units for errand in to_bring(household)),
        earnings=earnings,
        came_back=_came_back(household),
        guests=_guests_of(user, household),
        on_sale=sum(product.status == ProductStatus.LISTED and product.store_open for product in goods_of(household)),
        contested=buyers_waiting(household),
        cases=address_of("my_store_cases"),
        helpers=mandates_in_force(household).count(),
        payout=address_of("my_store_payout"),
        data=address_of("account_data"),
    )


def _came_back(household: Household) -> Payout | None:
    """The newest payout, where it did not reach the farmer."""
    newest = payouts_of(household)[:1]
    return newest[0] if newest and newest[0].state in (PayoutState.FAILED, PayoutState.RETURNED) else None


def _guests_of(user: User, household: Household) -> int:
    coming = visits_for(user).filter(store__household=household)[:LISTED]
    return sum(places_of(visit) for visit in coming if visit.visited_at is None)


@require_GET
@for_farmers
def bring(request: HttpRequest, household: Household) -> HttpResponse:
    """What to bring, how much, where to, until when."""
    return show(request, "orders/my_store_bring.html", errands=to_bring(household))


@require_GET
@for_farmers
def sold(request: HttpRequest, household: Household) -> HttpResponse:
    """What was sold, what was taken off for what, and what is ready."""
    stores: list[Store] = stores_of(household)
    return show(
        request,
        "orders/my_store_sold.html",
        earnings=earnings_of(household, stores),
        sales=recent_sales(household),
        payouts=payouts_of(household),
        payout=address_of("my_store_payout"),
    )


@require_GET
@for_farmers
def deeds(request: HttpRequest, household: Household) -> HttpResponse:
    """Who did what in the farmer's name, from which station, before and after."""
    typed = request.GET.get("before", "")
    before = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0
    found, older = deeds_of(household, older_than=before)
    older_url = f"{reverse('my_store_deeds')}?before={older}" if older else ""
    return show(request, "orders/my_store_deeds.html", deeds=found, older_url=older_url)
