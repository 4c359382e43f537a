"""Cancelling: as long as a store's part of an order is still at the farm, its buyer calls it off and gets the money back, freight included.

The station does the same where the farm can't send it, and says why.
From the moment the station has collected it, it is on its way, and only after-sales can bring it back. A visit has rules of its own.
Lock order: order, consignment, parcel, then as orders.refunding.
"""

import datetime as dt
import logging
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from catalog import stock
from catalog.packing import take_off
from delivery.models import Parcel
from orders.draws import draws_of
from orders.informing import tell
from orders.models import CancelReason, Consignment, NoticeStep, Order, OrderLine, OrderState
from orders.portions import Portion, is_at_the_farm
from orders.refunding import refund_lines
from payments.models import Refund
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of

logger = logging.getLogger("daylily.money")

# What the farm does not have must not be sold to the next buyer.
NOT_THERE = (CancelReason.SHORT, CancelReason.SPOILED)


class CannotCancel(ValueError):
    """It is on its way already, or nothing of it is left to pay back; its text says which."""


@dataclass(frozen=True, slots=True)
class Offer:
    """That a part of an order may still be cancelled: what comes back, in fen, and how much of it is freight."""

    fen: int
    freight_fen: int


def offer_for(order: Order, consignment: Consignment, lines: list[OrderLine]) -> Offer | None:
    """What cancelling a consignment of an order would bring back; None where it can't be cancelled, or not any more.

    `lines` are its lines (load the parcel). No query.
    """
    fen, freight = sum(line.left_fen for line in lines), consignment.freight_fen - consignment.back_freight_fen
    if order.state != OrderState.PAID or not fen + freight or not is_at_the_farm(consignment):
        return None
    return Offer(fen + freight, freight)


def give_up(*, consignment: Consignment, by: User, reason: CancelReason) -> Refund:
    """The same by the station that would collect the goods, because the farm can't send them. Raises NotAllowed, CannotCancel."""
    scope_of(by).require(STAFF_ROLES, consignment.collecting_station.region_id)
    return cancel_consignment(order=consignment.order, number=consignment.number, by=by, reason=reason)


def cancel_consignment(
    *,
    order: Order,
    number: str,
    by: User | None,
    reason: CancelReason = CancelReason.BUYER,
    at: dt.datetime | None = None,
) -> Refund:
    """Call off what is left of one consignment (its number) of a paid order: no parcel, the stock free again, the money on its way back.

    Raises CannotCancel.
    """
    try:
        with transaction.atomic():
            return _cancel(order, number, by, reason, at)
    except stock.NotHeld as error:  # a person has to mend the stock first
        logger.error("Part %s of order %s can't be cancelled: %s", number, order.number, error)
        told = _("The stock of these goods does not fit this order. Call the county centre.")
        raise CannotCancel(told) from error


def _cancel(order: Order, number: str, by: User | None, reason: CancelReason, at: dt.datetime | None) -> Refund:
    locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
    found = Consignment.objects.select_for_update(no_key=True, of=("self",)).filter(order=locked, number=number)
    consignment = found.first()
    lines = list(consignment.lines.left().order_by("pk")) if consignment else []
    if consignment is None or locked.state != OrderState.PAID or not lines:
        raise CannotCancel(_("This was cancelled or paid back already."))
    # Collection locks the consignment, the scanner the parcel alone.
    parcel = Parcel.objects.select_for_update(no_key=True).filter(pk=consignment.parcel_id or 0).first()
    consignment.parcel = parcel
    if not is_at_the_farm(consignment):
        raise CannotCancel(_("These goods are on their way already."))
    portions = [Portion(line.pk) for line in lines]
    refund = refund_lines(order=locked, portions=portions, by=by, reason=f"cancelled: {reason}", at=at)
    if refund is None:  # goods that were sent for nothing
        raise CannotCancel(_("These goods replace others: there is nothing to pay back for them."))
    if reason in NOT_THERE:
        take_off(draws_of(lines))
    tell(locked.pk, NoticeStep.CANCELLED, refund.pk, at=at)
    return refund
