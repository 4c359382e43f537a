"""Guessing of coupon codes: codes that nobody knows are counted by buyer and by address, with the limits that sign-in has too.

Without Redis nothing can be counted: a code is then looked up all the same, but slowly, so that guessing is no use.
"""

import time
from typing import Final

from allauth.core import ratelimit
from django.http import HttpRequest
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from orders.cart import CART_COOKIE
from orders.promotions import CouponRefused

ACTION: Final = "coupon_code"
SLOW_SECONDS: Final = 1.0


class TooManyCodes(CouponRefused):
    """So many codes were tried that no more are looked up for a while."""


def refuse_guessing(request: HttpRequest) -> None:
    """Before a typed code is looked up. Raises TooManyCodes."""
    if not _count(request, dry_run=True):
        raise TooManyCodes(_("Too many codes were tried. Please wait an hour, or order without a coupon."))


def note_wrong_code(request: HttpRequest) -> None:
    """A code was tried that nobody knows, or that is another's."""
    _count(request, dry_run=False)


def _count(request: HttpRequest, *, dry_run: bool) -> bool:
    user = request.user.pk if request.user.is_authenticated else None
    who = f"user:{user}" if user else f"cart:{request.COOKIES.get(CART_COOKIE, '')}"
    try:
        return bool(ratelimit.consume(request, action=ACTION, key=who, dry_run=dry_run))
    except RedisError:
        time.sleep(SLOW_SECONDS if dry_run else 0)
        return True
