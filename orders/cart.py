"""The cart: of a guest by a cookie, of an account when signed in; over many stores, and honest about what changed since."""

import datetime as dt
import unicodedata

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.models import ProductStatus, Variant
from catalog.season_boxes import season_weeks
from orders.amounts import nearest_amount, what_is_wrong
from orders.models import Cart, CartLine
from orders.models.cart import MOST_UNITS

CART_COOKIE = "daylily_cart"
CART_SECONDS = 30 * 24 * 60 * 60
MOST_LINES = 100
AGE_TOLD_EVERY = dt.timedelta(days=1)
MOST_TYPED, SHOWN_DIGITS = 60, 20


class CartRefused(ValueError):
    """What was asked of the cart cannot be; the text is for the buyer."""


class QuantityRefused(CartRefused):
    """A quantity that is no whole number from 1 to 999."""


class TooFewInStock(CartRefused):
    """More than can be bought now."""


class OutOfBounds(CartRefused):
    """Fewer of a pack than one order must hold, or more than it may."""


class NotForSale(CartRefused):
    """Goods that nobody can buy (any more)."""


class CartFull(CartRefused):
    """More different goods than one order holds."""


def read_quantity(text: str) -> int:
    """A quantity as typed. Raises QuantityRefused for 0, -1, 1.5, 1e9, NaN and everything else that is no number of bags."""
    typed = unicodedata.normalize("NFKC", text[:MOST_TYPED]).strip()
    if not (typed.isascii() and typed.isdigit()):
        shown = typed[:SHOWN_DIGITS]
        raise QuantityRefused(_("“%(typed)s” is not a quantity: write a whole number, such as 2.") % {"typed": shown})
    if not 1 <= int(typed[:SHOWN_DIGITS]) <= MOST_UNITS:
        raise QuantityRefused(_("Choose a quantity from 1 to %(most)s.") % {"most": MOST_UNITS})
    return int(typed)


def find_cart(user: User | AnonymousUser, ref: str) -> Cart | None:
    """The cart of whoever is signed in, or else of the cookie; an account's cart opens for the account alone."""
    if user.is_authenticated:
        return Cart.objects.filter(user=user).first()
    return Cart.objects.filter(user=None, ref=ref).first() if ref else None


def cart_line_owner(user: User | AnonymousUser, ref: str) -> Q:
    """The condition on lines of find_cart's cart, without looking for the cart first."""
    return Q(cart__user=user) if user.is_authenticated else Q(cart__user=None, cart__ref=ref)


def cart_of(request: HttpRequest) -> Cart | None:
    """The cart of a request."""
    return find_cart(request.user, request.COOKIES.get(CART_COOKIE, ""))


def open_cart(user: User | AnonymousUser, ref: str) -> Cart:
    """The cart to put something into, made where there was none. A cookie's value that we did not give out is not taken over."""
    if user.is_authenticated:
        return Cart.objects.get_or_create(user=user)[0]
    return find_cart(user, ref) or Cart.objects.create()


def keep_cookie(response: HttpResponse, cart: Cart) -> None:
    """Have a guest's browser remember the cart for 30 days; an account's needs no cookie."""
    if cart.user_id is None:
        response.set_cookie(
            CART_COOKIE,
            cart.ref,
            max_age=CART_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )


def is_on_sale(variant: Variant, *, has_place: bool = False) -> bool:
    """Whether a buyer can have it: offered, listed, in an open store, no visit of a day that is over (load product), no season's box
    whose season is too short by now. A pack of a flash sale is for whoever has a place in it (`has_place`).
    """
    product, today = variant.product, timezone.localdate()
    over = variant.day < today if variant.day else variant.deliveries is not None and not season_weeks(variant, today)
    if over or (is_apart(variant) and not has_place):
        return False
    return product.status == ProductStatus.LISTED and product.store_open and variant.active


def is_apart(variant: Variant) -> bool:
    """Whether it is sold by a flash sale alone just now."""
    return variant.apart_until is not None and variant.apart_until > timezone.now()


def full_name(variant: Variant) -> str:
    """The goods and their pack in the language of the page (of a visit with its day, which is the name of its pack)."""
    return f"{variant.product.label} {variant.label}"


# What counts against MOST_LINES: a season's box is a line of the order for each delivery.
_COUNTED = ("variant_id", "quantity", "variant__deliveries")


def add_to_cart(*, cart: Cart, variant_id: int, quantity: int) -> CartLine:
    """Put units of a variant into the cart, on top of those already there.

    Raises NotForSale, TooFewInStock, OutOfBounds, CartFull, QuantityRefused; then the cart is as it was.
    """
    variant = _buyable(variant_id)
    inside = {key: (units, lines or 1) for key, units, lines in cart.lines.values_list(*_COUNTED)}
    already = inside[variant_id][0] if variant_id in inside else 0
    if not already and sum(lines for _units, lines in inside.values()) + (variant.deliveries or 1) > MOST_LINES:
        raise CartFull(_("The cart holds %(most)s different goods at most.") % {"most": MOST_LINES})
    _check_stock(variant, already + quantity, already)
    return _write_line(cart, variant, already + quantity)


def change_quantity(*, cart: Cart, variant_id: int, quantity: int) -> CartLine:
    """Set how many units of a variant the cart holds, at today's price. Raises as add_to_cart."""
    variant = _buyable(variant_id)
    _check_stock(variant, quantity)
    return _write_line(cart, variant, quantity)


def remove_from_cart(*, cart: Cart, variant_id: int) -> None:
    """Take a variant out of the cart; nothing happens when it is not there."""
    cart.lines.filter(variant_id=variant_id).delete()


@transaction.atomic
def merge_carts(*, user: User, ref: str) -> None:
    """Move what a guest's cart holds into the account's: of the same goods the larger quantity stays. The guest's cart is gone.

    Where both together would be more than a cart holds, what the guest chose first is taken along, as far as there is room.
    """
    guest = Cart.objects.select_for_update(no_key=True).filter(user=None, ref=ref).first()
    if guest is None:
        return
    own = open_cart(user, "")
    counted = list(own.lines.values_list(*_COUNTED))
    inside, room = {key: units for key, units, _lines in counted}, MOST_LINES - sum(row[2] or 1 for row in counted)
    chosen = list(guest.lines.select_related("variant").order_by("pk"))
    fresh = []
    for line in (line for line in chosen if line.variant_id not in inside):
        room -= line.variant.deliveries or 1
        if room >= 0:
            fresh.append(line.pk)
    lines = [
        CartLine(
            cart=own,
            variant_id=line.variant_id,
            quantity=max(line.quantity, inside.get(line.variant_id, 0)),
            seen_price_fen=line.seen_price_fen,
        )
        for line in chosen
        if line.variant_id in inside or line.pk in fresh
    ]
    CartLine.objects.bulk_create(
        lines,
        update_conflicts=True,
        unique_fields=["cart", "variant"],
        update_fields=["quantity", "seen_price_fen"],
    )
    guest.delete()


def _buyable(variant_id: int) -> Variant:
    variant = Variant.objects.select_related("product").filter(pk=variant_id).first()
    if variant is not None and is_apart(variant):
        raise NotForSale(_("This pack is sold in a flash sale only. Its product's page leads there."))
    if variant is None or not is_on_sale(variant):
        raise NotForSale(_("This is not on sale any more."))
    return variant


def _check_stock(variant: Variant, quantity: int, already: int = 0) -> None:
    if quantity > MOST_UNITS:
        raise QuantityRefused(_("Choose a quantity from 1 to %(most)s.") % {"most": MOST_UNITS})
    left = variant.available
    if quantity <= left:
        _check_bounds(variant, quantity)
        return
    words = {"left": left, "name": full_name(variant), "already": already}
    if left <= 0:
        raise TooFewInStock(_("%(name)s is sold out for now.") % words)
    if already:
        raise TooFewInStock(_("Only %(left)s left of %(name)s, and your cart holds %(already)s already.") % words)
    raise TooFewInStock(_("Only %(left)s left of %(name)s.") % words)


def _check_bounds(variant: Variant, quantity: int) -> None:
    if wrong := what_is_wrong(variant, quantity):
        raise OutOfBounds(_("%(name)s: %(wrong)s.") % {"name": full_name(variant), "wrong": wrong})


def _write_line(cart: Cart, variant: Variant, quantity: int) -> CartLine:
    """One statement that two windows of one buyer cannot quarrel over; the cart's age is renewed once a day."""
    line = CartLine(cart=cart, variant=variant, quantity=quantity, seen_price_fen=variant.price_fen)
    CartLine.objects.bulk_create(
        [line],
        update_conflicts=True,
        unique_fields=["cart", "variant"],
        update_fields=["quantity", "seen_price_fen"],
    )
    if timezone.now() - cart.touched_at > AGE_TOLD_EVERY:
        Cart.objects.filter(pk=cart.pk).update(touched_at=timezone.now())
    return line


def take_what_is_left(*, cart: Cart) -> None:
    """Bring what is asked for to what may be ordered, and take out what cannot be; the buyer asked for it, having seen the list."""
    for line in cart.lines.select_related("variant__product"):
        left = line.variant.available if is_on_sale(line.variant) else 0
        nearest = nearest_amount(line.variant, line.quantity, left) if left > 0 else 0
        if nearest == 0:
            line.delete()
        elif nearest != line.quantity:
            line.quantity = nearest
            line.save(update_fields=["quantity"])
