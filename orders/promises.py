"""Promises of a pre-sale: the harvest is in (enough for all, or not), the promise moves to another week, or part of it is paid back.

Who paid first is served first. A line that the harvest is too small for holds no stock any more and doesn't travel; a person of the county
centre pays it back, and until then its seller isn't paid for the consignment. Where only the deposit is paid, it goes back at once.
"""

import datetime as dt
from dataclasses import dataclass
from itertools import groupby

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog import stock
from catalog.acting import acting_for
from catalog.models import Lot, Stock
from catalog.presale import check_week, set_free
from catalog.promises import keep_weeks
from catalog.search import index_product
from orders.balance import move_balance, open_balance, wholly_harvested
from orders.deposit_back import CALLED_OFF, HARVEST_SHORT, return_deposit
from orders.draws import draws_of
from orders.informing import tell
from orders.models import WAITING, NoticeStep, Order, OrderLine, OrderState
from orders.parcels import plan_parcels
from orders.portions import Portion
from orders.refunding import refund_lines
from stations.models import Role
from stations.scope import scope_of

MAY_PAY_BACK = (Role.CENTRE_STAFF,)


class HarvestKnown(Exception):
    """This lot is in already, and its promise is kept or broken by now."""


@dataclass(frozen=True, slots=True)
class Harvest:
    """How many orders the harvest is enough for, and the lines that it is too small for."""

    served: int
    short: list[OrderLine]


def bring_in(*, by: User, lot: Lot, harvested_on: dt.date, quantity_g: int, at: dt.datetime | None = None) -> Harvest:
    """The promised harvest is there: its day and its real grams. What was sold goes on its way; what is left over is on sale.

    Raises HarvestKnown, ValidationError (a day to come, fewer grams than were passed on already), and as acting_for does.
    """
    when = at or timezone.now()
    if harvested_on > timezone.localdate(when):
        raise ValidationError({"harvested_on": _("This day has not come yet.")})
    with acting_for(by, lot.product.store):
        locked = _lock(lot)
        rows = Stock.objects.filter(lot=locked).select_related("variant")
        elsewhere = locked.used_g - sum(row.on_hand * row.variant.net_weight_g for row in rows)
        if quantity_g <= elsewhere:
            raise ValidationError({"quantity_g": _("More than that was passed on already.")})
        lines = list(_waiting(locked))
        short = _too_much(lines, quantity_g - elsewhere)
        if draws := draws_of(short):
            stock.release(draws)
        OrderLine.objects.filter(pk__in=[line.pk for line in short]).update(short_since=when)
        set_free(locked, harvest_g=quantity_g - elsewhere)
        Lot.objects.filter(pk=locked.pk).update(harvested_on=harvested_on, quantity_g=quantity_g)
        keep_weeks([locked.product_id])
        index_product(locked.product)
        _after_the_harvest(lines, short, at)
    lot.refresh_from_db()
    keys = {line.pk for line in short}
    served = {line.consignment.order_id for line in lines if line.pk not in keys}
    return Harvest(len(served), short)


def _lock(lot: Lot) -> Lot:
    """The orders, then the stock, then the lot: as everybody locks them. Whoever pays, expires or pays back waits, or came before."""
    orders = OrderLine.objects.filter(lot=lot, consignment__order__state__in=(*WAITING, OrderState.PAID))
    keys = sorted(set(orders.values_list("consignment__order_id", flat=True)))
    list(Order.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk"))
    # An order that ends lets go all that it holds.
    ending = OrderLine.objects.filter(consignment__order__in=keys, consignment__order__state=OrderState.DEPOSIT)
    ours = Stock.objects.filter(lot=lot).values_list("variant_id", flat=True)
    stock.lock({*ours, *ending.filter(variant__isnull=False).values_list("variant_id", flat=True)})
    locked = Lot.objects.select_for_update(no_key=True, of=("self",)).select_related("product__store").get(pk=lot.pk)
    if locked.harvested_on is not None:
        raise HarvestKnown
    return locked


def _waiting(lot: Lot) -> QuerySet[OrderLine]:
    """The lines that hold some of the lot, who paid first (if only a deposit) before all others."""
    lines = OrderLine.objects.left().filter(
        lot=lot,
        short_since=None,
        consignment__stock_taken_at=None,
        consignment__order__state__in=(*WAITING, OrderState.PAID),
    )
    first = Coalesce("consignment__order__deposit_paid_at", "consignment__order__paid_at")
    in_order = (first.asc(nulls_last=True), "consignment__order_id", "pk")
    return lines.select_related("consignment__order").order_by(*in_order)


def _too_much(lines: list[OrderLine], grams: int) -> list[OrderLine]:
    """The lines that so many grams are too few for. An order whose deposit is paid is served whole or not at all: it has one balance."""
    short = []
    for _key, group in groupby(lines, key=_served_together):
        own = list(group)
        wanted = sum(line.unit_weight_g * line.left_units for line in own)
        if wanted <= grams:
            grams -= wanted
        else:
            short += own
    return short


def _served_together(line: OrderLine) -> tuple[int, int]:
    order = line.consignment.order
    return order.pk, 0 if order.state == OrderState.DEPOSIT else line.pk


def _after_the_harvest(lines: list[OrderLine], short: list[OrderLine], at: dt.datetime | None) -> None:
    paid = {line.consignment.order_id for line in lines if line.consignment.order.state == OrderState.PAID}
    for order_id in sorted(paid):
        plan_parcels.defer(order_id=order_id)
    told = {line.consignment.order_id for line in short if line.consignment.order.state != OrderState.DEPOSIT}
    _after_their_deposits(lines, short, at)
    for order_id in sorted(told if at is None else ()):
        tell(order_id, NoticeStep.SHORT, min(line.pk for line in short if line.consignment.order_id == order_id))


def _after_their_deposits(lines: list[OrderLine], short: list[OrderLine], at: dt.datetime | None) -> None:
    """Of orders whose balance is due: who isn't served gets the deposit back, who is can pay it now."""
    orders = {line.consignment.order_id: line.consignment.order for line in lines}
    too_few = {line.consignment.order_id for line in short}
    for key, order in sorted(orders.items()):
        if order.state != OrderState.DEPOSIT:
            continue
        if key in too_few:
            return_deposit(order, reason=HARVEST_SHORT, at=at)
        elif wholly_harvested(order):
            open_balance(order, at=at)


def call_off(*, by: User, lot: Lot) -> int:
    """The farm can't send what was promised: nothing more of it is sold, and every deposit on it goes back; how many orders.

    Lines of orders that are paid in full stand among those that a person of the county centre pays back; what is only reserved is not kept
    when its money comes. Raises HarvestKnown, and as acting_for does.
    """
    with acting_for(by, lot.product.store):
        locked = _lock(lot)
        lines = list(_waiting(locked))
        orders = {line.consignment.order_id: line.consignment.order for line in lines}
        ended = sorted(key for key, order in orders.items() if order.state == OrderState.DEPOSIT)
        for key in ended:
            return_deposit(orders[key], reason=CALLED_OFF)
        rest = [line for line in lines if line.consignment.order_id not in ended]
        if draws := draws_of(rest):
            stock.release(draws)
        OrderLine.objects.filter(pk__in=[line.pk for line in rest]).update(short_since=timezone.now())
        for key in sorted({line.consignment.order_id for line in rest if orders[line.consignment.order_id].paid_at}):
            tell(key, NoticeStep.SHORT, min(line.pk for line in rest if line.consignment.order_id == key))
        set_free(locked)
        keep_weeks([locked.product_id])
        index_product(locked.product)
    return len(ended)


def move_promise(*, by: User, lot: Lot, promised_week: dt.date) -> int:
    """Promises another week, and tells whoever ordered; how many orders. Raises HarvestKnown, ValidationError, and as acting_for does."""
    check_week(promised_week)
    with acting_for(by, lot.product.store):
        locked = _lock(lot)
        if locked.promised_week == promised_week:
            return 0
        lines = list(_waiting(locked))
        Lot.objects.filter(pk=locked.pk).update(promised_week=promised_week)
        OrderLine.objects.filter(pk__in=[line.pk for line in lines]).update(promised_week=promised_week)
        keep_weeks([locked.product_id])
        index_product(locked.product)
        orders = sorted({line.consignment.order_id for line in lines})
        for order in {line.consignment.order_id: line.consignment.order for line in lines}.values():
            move_balance(order)
        for order_id in orders:
            tell(order_id, NoticeStep.PROMISE, f"{locked.pk} {promised_week} {timezone.now():%m%d%H%M%S}")
    lot.refresh_from_db()
    return len(orders)


def short_lines(lot: Lot) -> QuerySet[OrderLine]:
    """The paid lines that the harvest was too small for and that nobody has paid back."""
    lines = OrderLine.objects.left().filter(
        lot=lot, short_since__isnull=False, consignment__order__state=OrderState.PAID
    )
    return lines.select_related("consignment__order").order_by("consignment__order__paid_at", "pk")


def pay_back_short(*, by: User, lot: Lot) -> int:
    """Pays back every line that the harvest was too small for; how many. Raises NotAllowed for anybody but the county centre."""
    scope_of(by).require(MAY_PAY_BACK, lot.product.store.station.region_id)
    by_order: dict[int, list[OrderLine]] = {}
    for line in short_lines(lot):
        by_order.setdefault(line.consignment.order_id, []).append(line)
    done = 0
    for lines in by_order.values():
        order = lines[0].consignment.order
        if refund_lines(order=order, portions=[Portion(line.pk) for line in lines], by=by, reason="harvest too small"):
            done += len(lines)
    return done
