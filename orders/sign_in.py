"""Whoever signs in keeps what they had put into the cart as a guest."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from orders.cart import CART_COOKIE, merge_carts


@receiver(user_logged_in)
def take_guest_cart(sender: Any, request: HttpRequest | None, user: User, **kwargs: Any) -> None:
    """Merge the guest's cart into the account's at sign-in (and sign-up)."""
    ref = request.COOKIES.get(CART_COOKIE, "") if request else ""
    if ref:
        merge_carts(user=user, ref=ref)
