"""Pre-sale: goods of a harvest to come, with a promised week and a cap that the database keeps (what a lot has is all that is sold of it).

What becomes of the orders when the harvest is in, or when the promise moves, is orders.promises'.
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog import stock
from catalog.acting import acting_for
from catalog.lots import enter_lot
from catalog.models import Grade, Lot, Product, Stock, Variant
from catalog.models.lot import DEPOSIT_LEAST, DEPOSIT_MOST
from catalog.packing import count_stock
from catalog.promises import keep_weeks
from catalog.search import index_product
from catalog.weeks import WEEK
from sellers.models import Household

LONGEST_AHEAD = dt.timedelta(weeks=53)


class CapTooSmall(ValueError):
    """The cap is less than one piece of the pack."""


def open_presale(
    *,
    by: User,
    variant: Variant,
    promised_week: dt.date,
    cap_g: int,
    grade: Grade | None = None,
    household: Household | None = None,
    deposit_percent: int | None = None,
    at: dt.datetime | None = None,
) -> Lot:
    """A harvest to come, of which `cap_g` grams at most are sold in this pack, to be sent in the week from `promised_week` (a Monday) on.

    `household` grows it, where that isn't the store's own. `deposit_percent` (5 to 20) of the price is paid at once and the rest before
    it is sent; None: all at once. Raises ValidationError for a week that is no Monday to come or a deposit out of bounds, CapTooSmall,
    packing.HarvestMixed where the pack still has goods that go at another time or with another deposit, and as lots.enter_lot does.
    """
    product = variant.product
    with acting_for(by, product.store):
        check_week(promised_week, at=at)
        check_deposit(deposit_percent)
        units = cap_g // variant.net_weight_g
        if units < 1:
            raise CapTooSmall(_("It must be enough for at least one piece."))
        lot = enter_lot(
            by=by, product=product, harvested_on=None, promised_week=promised_week, quantity_g=cap_g, grade=grade,
            household=household, deposit_percent=deposit_percent, at=at,
        )  # fmt: skip
        count_stock(by=by, variant=variant, lot=lot, on_hand=units)
    return lot


def check_week(monday: dt.date, *, at: dt.datetime | None = None) -> None:
    """Raises ValidationError unless goods can be promised for this week: a Monday to come, within a year."""
    today = timezone.localdate(at)
    if monday.weekday() != 0 or not today < monday <= today + LONGEST_AHEAD:
        raise ValidationError({"promised_week": _("Choose a week to come, within a year.")})


def check_deposit(percent: int | None) -> None:
    """Raises ValidationError for a deposit that is neither None nor 5 to 20 percent (Civil Code of the PRC, art. 586)."""
    if percent is not None and not DEPOSIT_LEAST <= percent <= DEPOSIT_MOST:
        told = _("A deposit is %(least)s to %(most)s percent of the price, or none.")
        raise ValidationError({"deposit_percent": told % {"least": DEPOSIT_LEAST, "most": DEPOSIT_MOST}})


def set_free(lot: Lot, *, harvest_g: int | None = None) -> None:
    """Takes what nobody has ordered of a lot off the shelf, inside the caller's transaction with the stock locked; of a harvest that is
    in, only what is above its grams. The lot gets back what it was charged with."""
    rows = list(Stock.objects.filter(lot=lot).select_related("variant").order_by("pk"))
    left_g = 0 if harvest_g is None else harvest_g - sum(row.held * row.variant.net_weight_g for row in rows)
    given_back = 0
    for row in rows:
        free = row.on_hand - row.held
        kept = min(free, max(left_g, 0) // row.variant.net_weight_g)
        left_g -= kept * row.variant.net_weight_g
        if kept < free:
            given_back += (free - kept) * row.variant.net_weight_g
            row.on_hand = row.held + kept
            row.save(update_fields=["on_hand"])
    if given_back:
        Lot.objects.filter(pk=lot.pk).update(used_g=F("used_g") - given_back)


def presales_of(product: Product) -> list[Lot]:
    """The product's harvests to come, the soonest first."""
    return list(
        product.lots.filter(harvested_on=None).select_related("grade", "household").order_by("promised_week", "pk")
    )


def end_broken_promises(*, today: dt.date | None = None) -> int:
    """Ends the sale of what was promised for a week that is over and whose harvest nobody has entered; how many lots.

    What was ordered stays ordered: staff enter the harvest, or move the promise.
    """
    over = (today or timezone.localdate()) - WEEK
    ended = 0
    for key in (
        Lot.objects.filter(harvested_on=None, promised_week__lte=over).order_by("pk").values_list("pk", flat=True)
    ):
        with transaction.atomic():
            stock.lock(Stock.objects.filter(lot=key).values_list("variant_id", flat=True))
            lot = Lot.objects.select_for_update(no_key=True, of=("self",)).select_related("product").get(pk=key)
            unsold = Stock.objects.filter(lot=lot, on_hand__gt=F("held")).exists()
            if lot.harvested_on is not None or lot.promised_week is None or lot.promised_week > over or not unsold:
                continue
            set_free(lot)
            keep_weeks([lot.product_id])
            index_product(lot.product)
            ended += 1
    return ended
