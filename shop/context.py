"""What every page knows: whether this is the demo, the cart's count, and the places of work of whoever is signed in."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from orders.cart import CART_COOKIE
from orders.models import CartLine
from stations.models.posting import OFFICIAL_ROLES, STAFF_ROLES
from stations.scope import scope_of


def site(request: HttpRequest) -> dict[str, Any]:
    """`demo`, `cart_count` (lines; absent for a visitor), `user_places` (label, url) pairs. One query each, none for a visitor."""
    context: dict[str, Any] = {"demo": settings.DEMO, "user_places": []}
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    if signed_in or CART_COOKIE in request.COOKIES:
        # Lazy: the cart's own pages know the count, and say it themselves.
        context["cart_count"] = SimpleLazyObject(lambda: _cart_count(request, signed_in=signed_in))
    if signed_in:
        context["user_places"] = user_places(user)
    return context


def _cart_count(request: HttpRequest, *, signed_in: bool) -> int:
    lines = CartLine.objects.all()
    return (
        lines.filter(cart__user=request.user.pk).count()
        if signed_in
        else lines.filter(cart__ref=request.COOKIES[CART_COOKIE]).count()
    )


def user_places(user: Any) -> list[tuple[str, str]]:
    """Where this user works: (label, address) of the desk, their own store, the figures and the offices."""
    scope = scope_of(user)
    roles = {posting.role for posting in scope.postings}
    places = []
    if scope.everywhere or roles.intersection(STAFF_ROLES):
        places.append((_("Desk"), reverse("desk")))
    if hasattr(user, "household"):
        places.append((_("My store"), reverse("my_store")))
    if scope.everywhere or roles.intersection(OFFICIAL_ROLES) or "centre_staff" in roles:
        places.append((_("Volume"), reverse("volume")))
    if user.has_perm("wagtailadmin.access_admin"):
        places.append((_("Office"), reverse("wagtailadmin_home")))
    if user.is_superuser:
        places.append((_("Operation"), reverse("admin:index")))
    return places
