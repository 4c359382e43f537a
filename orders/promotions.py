"""Promotions: what is taken off goods and freight, by which of those that hold now; counted against budgets once an order is placed.

Campaign prices first, then the coupon on what is left of the goods, then free freight on what the buyer pays for them. All or nothing:
what a budget no longer covers isn't given in part. Counting comes last in a transaction, after the stock: a campaign's row is the one that
most buyers want at once (docs/adr/0037).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import connection
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.campaigns import off_a_unit
from catalog.models import Variant
from catalog.standing import yuan
from orders.flash_claims import give_place_back
from orders.models import Coupon, LineDiscount, Order, Payer, Promotion, PromotionKind, PromotionUse
from orders.models.promotion import BY_ITSELF, PromotionQuerySet
from payments.money import share_fen, split_fen

# A coupon leaves at least a tenth of what the goods cost.
MOST_OFF_BP: Final = 9_000


class CouponRefused(ValueError):
    """A coupon that does not hold for this buyer and these goods; its text says why."""


class CodeUnknown(CouponRefused):
    """A code that nobody knows, or that is another's: it may have been guessed."""


class PromotionGone(Exception):
    """Somebody else had the last of a budget, of a coupon, or of what one buyer may have, at this moment."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Goods to price: so many units of a variant (load product, store and category with its parent), in fen without discounts."""

    variant: Variant
    units: int
    fen: int


@dataclass(frozen=True, slots=True)
class Off:
    """What one promotion takes off one piece, or (kind freight) off a share of a freight: fen, and the units it counts for."""

    promotion: Promotion
    fen: int
    units: int = 0
    coupon: Coupon | None = None


@dataclass(slots=True)
class Offer:
    """The promotions that may hold for an order, and the coupon that its buyer named; `used` is what the buyer had by promotion."""

    promotions: list[Promotion] = field(default_factory=list)
    prices: dict[tuple[int, int], int] = field(default_factory=dict)
    coupon: Coupon | None = None
    buyer: User | None = None
    at: dt.datetime | None = None
    _left: dict[int, int] = field(default_factory=dict)
    _had: dict[int, int] = field(default_factory=dict)

    def take_off(self, pieces: Sequence[Piece]) -> list[list[Off]]:
        """What goes off each piece. Raises CouponRefused."""
        offs: list[list[Off]] = [[] for _piece in pieces]
        by_variant: dict[int, list[int]] = defaultdict(list)
        for position, piece in enumerate(pieces):
            by_variant[piece.variant.pk].append(position)
        for positions in by_variant.values():
            self._campaign_price(pieces, positions, offs)
        if self.coupon is not None:
            self._use_coupon(self.coupon, pieces, offs)
        return offs

    def free_freight(self, county_code: str, stores: set[int], paid_fen: int, freight_fen: int) -> Promotion | None:
        """The promotion that pays all freight of a county's goods, for which the buyer pays `paid_fen`; None where there is none.

        `stores` are whose goods they are: a store that pays itself pays for its own goods alone, and at most half of what they bring.
        """
        for promotion in self.promotions:
            if promotion.kind != PromotionKind.FREIGHT or not freight_fen or paid_fen < promotion.minimum_fen:
                continue
            if promotion.payer == Payer.SELLER and 2 * freight_fen > paid_fen:
                continue
            here = promotion.county_code in ("", county_code) and promotion.store_id in (None, *stores)
            if here and (promotion.store_id is None or len(stores) == 1) and self._spend(promotion, freight_fen):
                return promotion
        return None

    def _spend(self, promotion: Promotion, fen: int) -> bool:
        left = self._left.get(promotion.pk, promotion.left_fen)
        if fen > left:
            return False
        self._left[promotion.pk] = left - fen
        return True

    def _may_have(self, promotion: Promotion) -> int | None:
        """How much more of it this buyer may have; None without a limit. A limit needs an account."""
        if promotion.most_per_buyer is None:
            return None
        if self.buyer is None:
            return 0
        had = self._had.get(promotion.pk, getattr(promotion, "had", None) or 0)
        return max(0, promotion.most_per_buyer - had)

    def _campaign_price(self, pieces: Sequence[Piece], positions: list[int], offs: list[list[Off]]) -> None:
        """The best campaign price of one variant, on as many of its units as the buyer may have."""
        variant, units = pieces[positions[0]].variant, sum(pieces[position].units for position in positions)
        unit_fen = pieces[positions[0]].fen // pieces[positions[0]].units
        found = [(self._off_a_unit(promotion, variant, unit_fen), promotion) for promotion in self.promotions]
        # Whoever has a place in a flash sale has its price.
        found.sort(key=lambda one: (one[1].kind != PromotionKind.FLASH, -one[0], one[1].pk))
        for off, promotion in (one for one in found if one[0]):
            may = self._may_have(promotion)
            take = units if may is None else min(units, may)
            if not take or not self._spend(promotion, off * take):
                continue
            if may is not None and promotion.most_per_buyer is not None:
                self._had[promotion.pk] = promotion.most_per_buyer - may + take
            for position in positions:
                some = min(take, pieces[position].units)
                take -= some
                if some:
                    offs[position].append(Off(promotion, off * some, some if may is not None else 0))
            return

    def _off_a_unit(self, promotion: Promotion, variant: Variant, unit_fen: int) -> int:
        if promotion.kind not in (PromotionKind.PRICE, PromotionKind.FLASH) or not holds_for(promotion, variant):
            return 0
        price = self.prices.get((promotion.pk, variant.pk))
        own = None if price is None else (variant.price_fen, price)
        return off_a_unit(unit_fen, promotion.percent_bp or 0, own)

    def _use_coupon(self, coupon: Coupon, pieces: Sequence[Piece], offs: list[list[Off]]) -> None:
        promotion = coupon.promotion
        self._refuse(coupon)
        positions = [position for position, piece in enumerate(pieces) if holds_for(promotion, piece.variant)]
        left = [pieces[position].fen - sum(off.fen for off in offs[position]) for position in positions]
        if not left:
            raise CouponRefused(_("This coupon is not for these goods."))
        if sum(left) < promotion.minimum_fen:
            told = _("This coupon is for goods of at least %(sum)s; yours come to %(now)s.")
            raise CouponRefused(told % {"sum": yuan(promotion.minimum_fen), "now": yuan(sum(left))})
        wanted = promotion.off_fen or share_fen(sum(left), promotion.percent_bp or 0)
        weights = [fen - 1 for fen in left]  # something of each line stays to be paid
        fen = min(wanted, sum(left) * MOST_OFF_BP // 10_000, sum(weights))
        if not fen:
            raise CouponRefused(_("This coupon is not for these goods."))
        if not self._spend(promotion, fen):
            raise CouponRefused(_("This coupon is used up."))
        for position, part in zip(positions, split_fen(fen, weights), strict=True):
            if part:
                offs[position].append(Off(promotion, part, coupon=coupon))

    def _refuse(self, coupon: Coupon) -> None:
        """Raises CouponRefused for what does not depend on the goods."""
        promotion, now = coupon.promotion, self.at or timezone.now()
        if coupon.user_id is not None and (self.buyer is None or coupon.user_id != self.buyer.pk):
            raise CodeUnknown(
                _("This coupon belongs to another account.") if self.buyer else _("Sign in to use this coupon.")
            )
        if promotion.approved_at is None or promotion.starts_at > now:
            raise CouponRefused(_("This coupon does not hold yet."))
        if promotion.ended_at is not None or promotion.ends_at <= now:
            raise CouponRefused(_("This coupon is no longer valid."))
        if coupon.used >= coupon.most_uses:
            raise CouponRefused(_("This coupon is used up."))
        if self._may_have(promotion) == 0:
            raise CouponRefused(
                _("You have used this coupon already.") if self.buyer else _("Sign in to use this coupon.")
            )


def holds_for(promotion: Promotion, variant: Variant) -> bool:
    """Whether a variant is among what a promotion is for (load product, store and category with its parent)."""
    product = variant.product
    slugs = {product.category.slug, product.category.parent.slug if product.category.parent else ""}
    return (
        promotion.county_code in ("", product.county_code)
        and promotion.store_id in (None, product.store_id)
        and (not promotion.category_slug or promotion.category_slug in slugs)
    )


def any_running(at: dt.datetime | None = None) -> Exists:
    """Whether anything holds that needs no code: asked within another query, so that nothing more is asked where nothing is on."""
    return Exists(Promotion.objects.running(at).filter(kind__in=BY_ITSELF))


def read_offer(
    variants: Iterable[Variant],
    *,
    buyer: User | None,
    code: str = "",
    at: dt.datetime | None = None,
    running: bool = True,
) -> Offer:
    """What may hold for these variants (load product and store): two queries, one more for a coupon's code, none for neither.

    Raises CouponRefused for a code that nobody knows.
    """
    offer = Offer(buyer=buyer, at=at)
    if running:
        known = list(variants)
        counties = {f"{variant.product.county_code}000000" for variant in known}
        stores = {variant.product.store_id for variant in known}
        found = _with_uses(Promotion.objects.running(at), buyer).filter(kind__in=BY_ITSELF)
        near = Q(region=None) | Q(region__in=counties)
        offer.promotions = list(found.filter(near, Q(store=None) | Q(store__in=stores)).order_by("pk"))
        rows = Promotion.objects.filter(pk__in=[one.pk for one in offer.promotions], prices__variant__in=known)
        values = rows.values_list("pk", "prices__variant", "prices__price_fen")
        offer.prices = {(promotion, variant): fen for promotion, variant, fen in values}
    if code:
        used = PromotionUse.objects.filter(promotion=OuterRef("promotion"), user=buyer).values("used")
        coupons = Coupon.objects.select_related("promotion").annotate(had=Subquery(used))
        coupon = coupons.filter(code=tidy_code(code)).first()
        if coupon is None:
            raise CodeUnknown(_("There is no coupon with this code."))
        offer._had[coupon.promotion_id] = coupon.had or 0
        offer.coupon = coupon
    return offer


def tidy_code(text: str) -> str:
    """A code as it is kept: capitals, without spaces."""
    return "".join(text.split()).upper()[:20]


def _with_uses(promotions: PromotionQuerySet, buyer: User | None) -> PromotionQuerySet:
    return promotions.annotate(
        had=Subquery(PromotionUse.objects.filter(promotion=OuterRef("pk"), user=buyer).values("used"))
    )


# In key order, and only while the budget holds: of two that want the last of it, the second waits, reads again, and finds it gone.
_COUNT = """
WITH wanted AS (SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS w(id, fen)),
locked AS (SELECT p.id FROM orders_promotion p JOIN wanted w ON w.id = p.id ORDER BY p.id FOR NO KEY UPDATE OF p)
UPDATE orders_promotion p SET spent_fen = p.spent_fen + w.fen FROM wanted w JOIN locked l ON l.id = w.id
WHERE p.id = w.id AND {guard}
"""
_GUARD = "p.spent_fen + w.fen <= p.budget_fen"
_COUNT_BUYER = """
INSERT INTO orders_promotionuse (promotion_id, user_id, used)
SELECT w.id, %s, w.units FROM unnest(%s::bigint[], %s::int[]) AS w(id, units) ORDER BY w.id
ON CONFLICT (promotion_id, user_id) DO UPDATE SET used = orders_promotionuse.used + excluded.used
WHERE orders_promotionuse.used + excluded.used <= (SELECT most_per_buyer FROM orders_promotion WHERE id = excluded.promotion_id)
"""
_UNCOUNT_BUYER = """
UPDATE orders_promotionuse u SET used = greatest(0, u.used - w.units) FROM unnest(%s::bigint[], %s::int[]) AS w(id, units)
WHERE u.promotion_id = w.id AND u.user_id = %s
"""


def count(rows: Sequence[LineDiscount], *, buyer_id: int | None) -> None:
    """Count what an order takes (its rows, with their promotions) against budgets, its coupon, and what its buyer may have.

    At most three statements.

    Raises PromotionGone where one of them holds no longer; the caller's transaction then has to end without it.
    """
    if not rows:
        return
    sums, limited, coupons = _sums(rows)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.format(guard=_GUARD), [list(sums), list(sums.values())])
        if cursor.rowcount != len(sums):
            raise PromotionGone
        for coupon in sorted(coupons):  # one at most
            cursor.execute("UPDATE orders_coupon SET used = used + 1 WHERE id = %s AND used < most_uses", [coupon])
            if cursor.rowcount != 1:
                raise PromotionGone
        if limited and buyer_id is not None:
            cursor.execute(_COUNT_BUYER, [buyer_id, list(limited), list(limited.values())])
            if cursor.rowcount != len(limited):
                raise PromotionGone


def give_back(order: Order) -> None:
    """All of what an order took is free again: its reservation ended, or all of it was called off at the farm. The caller makes sure
    that it happens once (by the order's state).
    """
    rows = discounts_of(order)
    if not rows:
        return
    sums, limited, coupons = _sums(rows)
    if any(row.kind == PromotionKind.FLASH for row in rows):
        give_place_back(order)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.format(guard="true"), [list(sums), [-fen for fen in sums.values()]])
        for coupon in sorted(coupons):
            cursor.execute("UPDATE orders_coupon SET used = used - 1 WHERE id = %s AND used > 0", [coupon])
        if limited and order.user_id is not None:
            cursor.execute(_UNCOUNT_BUYER, [list(limited), list(limited.values()), order.user_id])


def discounts_of(order: Order) -> list[LineDiscount]:
    """All rows of an order's lines with their promotions, in the order in which they were taken off."""
    rows = LineDiscount.objects.filter(line__consignment__order=order).select_related("promotion")
    return list(rows.order_by("line_id", "pk"))


def _sums(rows: Iterable[LineDiscount]) -> tuple[dict[int, int], dict[int, int], set[int]]:
    """Fen by promotion; what counts for the buyer by promotion (units, or one order with its coupon); the coupons."""
    sums: dict[int, int] = defaultdict(int)
    limited: dict[int, int] = defaultdict(int)
    coupons: set[int] = set()
    for row in rows:
        sums[row.promotion_id] += row.fen
        if row.coupon_id is not None:
            coupons.add(row.coupon_id)
            if row.promotion.most_per_buyer is not None:
                limited[row.promotion_id] = 1
        elif row.units:
            limited[row.promotion_id] += row.units
    return dict(sorted(sums.items())), dict(sorted(limited.items())), coupons
