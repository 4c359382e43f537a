"""Giving a coupon to one buyer: by the county, the store or the operator whose promotion it is, to an account by number or address."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.phones import BadPhone, checked_phone
from orders.models import Coupon, Promotion, PromotionKind
from orders.promoting import PromotionRefused, authorise_promotion, new_code

# A mail that everybody could use is given by its code, not one by one.
MOST_GIVEN = 10_000


class NoSuchBuyer(PromotionRefused):
    """No account has this number or address."""


def find_buyer(text: str) -> User:
    """The account with a mobile number or an e-mail address. Raises NoSuchBuyer."""
    text = text.strip()
    try:
        by = Q(phone=checked_phone(text))
    except BadPhone:
        by = Q(email__iexact=text)
    buyer = User.objects.filter(by, is_active=True).first() if text else None
    if buyer is None:
        raise NoSuchBuyer(
            _("No account has this number or address. The buyer needs one, to have a coupon of their own.")
        )
    return buyer


def give_coupon(
    *, by: User, promotion: Promotion, to: User, most_uses: int = 1, at: dt.datetime | None = None
) -> Coupon:
    """A coupon of a promotion for one account, good for so many orders, with a code of its own; its budget stays the promotion's.

    Nobody gives one to themselves. Raises NotAllowed, mandates.MandateMissing, PromotionRefused.
    """
    authorise_promotion(by, promotion)
    when = at or timezone.now()
    if promotion.kind != PromotionKind.COUPON or promotion.ended_at is not None or promotion.ends_at <= when:
        raise PromotionRefused(_("Coupons are given of a coupon promotion that is not over."))
    if to.pk == by.pk:
        raise PromotionRefused(_("Nobody gives a coupon to themselves."))
    with transaction.atomic():
        Promotion.objects.select_for_update(no_key=True).get(pk=promotion.pk)
        if promotion.coupons.filter(user=to).exists():
            raise PromotionRefused(_("This buyer has a coupon of this promotion already."))
        if promotion.coupons.count() >= MOST_GIVEN:
            raise PromotionRefused(_("So many coupons are better given as one code for all."))
        return _new(promotion, to, most_uses, by, when)


def _new(promotion: Promotion, to: User, most_uses: int, by: User, when: dt.datetime) -> Coupon:
    """Codes are drawn of 31^8, so a second one is hardly ever needed."""
    for _attempt in range(5):
        try:
            with transaction.atomic():
                return Coupon.objects.create(
                    promotion=promotion, code=new_code(), user=to, most_uses=most_uses, given_by=by, given_at=when
                )
        except IntegrityError:
            continue
    raise PromotionRefused(_("This code is taken. Choose another."))
