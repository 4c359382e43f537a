"""What all pages of a farmer's own store share: who may see them, their frame, and which store an address names."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.signed_in import signed_in
from sellers.models import Household, Store


def for_farmers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Gives the view the household of whoever is signed in; somebody without one goes to `my_store`, which says what to do."""

    @never_cache
    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        household = household_of(signed_in(request))
        return view(request, household, *args, **kwargs) if household else redirect("my_store")

    return guarded


def household_of(user: User) -> Household | None:
    """The household whose own account this is."""
    return Household.objects.select_related("region", "user").filter(user=user).first()


def own_store(household: Household, slug: str) -> Store:
    """A store of this household by its address; any other is not there (404)."""
    assert household.user is not None
    stores = Store.objects.visible_to(household.user).filter(household=household)
    stores = stores.select_related("household", "station", "region")
    store: Store = get_object_or_404(stores, slug=slug)
    return store


def show(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page of the farmer's in its frame: the name above, and the bar at the thumb."""
    user = signed_in(request)
    household = household_of(user)
    frame: dict[str, Any] = {"store_name": household.label if household else "", "user_name": "", "desk_nav": []}
    if household:
        frame["desk_nav"] = [
            (_("Home"), reverse("my_store"), 0),
            (_("Bring"), reverse("my_store_bring"), 0),
            (_("Money"), reverse("my_store_sold"), 0),
            (_("Goods"), reverse("my_store_goods"), 0),
        ]
    return render(request, template, {**frame, **context}, status=status)


def address_of(name: str) -> str:
    """The address of a page that may not be there."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
