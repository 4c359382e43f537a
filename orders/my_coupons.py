"""A buyer's own coupons: which they have, what each would take off a cart, and their conditions in words."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.models import all_categories
from catalog.standing import yuan
from orders.cart_page import Basket
from orders.models import Coupon, Promotion, PromotionUse
from orders.promotions import CouponRefused, Offer, Piece

# Nobody looks through more.
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Usable:
    """A coupon that holds for a cart, and what it takes off it in fen."""

    coupon: Coupon
    off_fen: int
    until: dt.date


@dataclass(frozen=True, slots=True)
class Shown:
    """A coupon as its owner reads it: what it takes off, for what, until when; `state` is empty for one that may be used."""

    coupon: Coupon
    terms: list[str]
    until: dt.date
    state: str = ""


def coupons_of(buyer: User) -> "QuerySet[Coupon]":
    """The coupons that were given to a buyer, with what they had of each promotion (`had`); what ends first comes first."""
    used = PromotionUse.objects.filter(promotion=OuterRef("promotion"), user=buyer).values("used")
    found = Coupon.objects.filter(user=buyer).select_related("promotion__region", "promotion__store")
    return found.annotate(had=Subquery(used)).order_by("promotion__ends_at", "pk")


def usable_coupons(basket: Basket, buyer: User | None) -> list[Usable]:
    """The buyer's own coupons that hold for what can be bought, the best first; one query, none for a guest."""
    pieces = [Piece(item.variant, item.pieces, item.full_fen) for item in basket.buyable]
    if buyer is None or not pieces:
        return []
    now, running = timezone.now(), Q(promotion__ended_at=None, promotion__approved_at__isnull=False)
    coupons = coupons_of(buyer).filter(running, promotion__starts_at__lte=now, promotion__ends_at__gt=now)
    offer = Offer(basket.offer.promotions, basket.offer.prices, None, buyer)
    plain = _off(offer, pieces)
    found = []
    for coupon in coupons[:MOST_SHOWN]:
        with_it = Offer(basket.offer.promotions, basket.offer.prices, coupon, buyer)
        with_it._had[coupon.promotion_id] = getattr(coupon, "had", None) or 0
        try:
            off = _off(with_it, pieces) - plain
        except CouponRefused:
            continue
        found.append(Usable(coupon, off, _last_day(coupon.promotion)))
    return sorted(found, key=lambda one: (-one.off_fen, one.until, one.coupon.pk))


def _off(offer: Offer, pieces: list[Piece]) -> int:
    return sum(off.fen for offs in offer.take_off(pieces) for off in offs)


def shown_coupons(buyer: User) -> list[Shown]:
    """All of a buyer's coupons for their page, those that may be used first; one query."""
    shown = [
        Shown(coupon, terms_of(coupon.promotion), _last_day(coupon.promotion), _state(coupon))
        for coupon in coupons_of(buyer)
    ]
    return sorted(shown, key=lambda one: bool(one.state))[:MOST_SHOWN]


def _state(coupon: Coupon) -> str:
    promotion, now = coupon.promotion, timezone.now()
    most = promotion.most_per_buyer
    if coupon.used >= coupon.most_uses or (most is not None and (getattr(coupon, "had", None) or 0) >= most):
        return _("used")
    if promotion.ended_at is not None or promotion.ends_at <= now:
        return _("no longer valid")
    if promotion.approved_at is None or promotion.starts_at > now:
        return _("holds later")
    return _("used up") if promotion.left_fen <= 0 else ""


def terms_of(promotion: Promotion) -> list[str]:
    """What a coupon takes off and under which conditions, in words (load region and store)."""
    off = promotion.off_fen
    terms = [
        _("%(sum)s off") % {"sum": yuan(off)} if off else _("%(percent)s %% off") % {"percent": _percent(promotion)}
    ]
    if promotion.minimum_fen:
        terms.append(_("for goods of at least %(sum)s") % {"sum": yuan(promotion.minimum_fen)})
    if promotion.category_slug:
        names = {category.slug: category.label for category in all_categories()}
        terms.append(_("only %(category)s") % {"category": names.get(promotion.category_slug, promotion.category_slug)})
    if promotion.store is not None:
        terms.append(_("only from %(place)s") % {"place": promotion.store.label})
    elif promotion.region is not None:
        terms.append(_("only from %(place)s") % {"place": promotion.region.label_in(get_language() or "zh-hans")})
    return terms


def _percent(promotion: Promotion) -> str:
    return f"{(promotion.percent_bp or 0) / 100:g}"


def _last_day(promotion: Promotion) -> dt.date:
    return timezone.localdate(promotion.ends_at - dt.timedelta(microseconds=1))
