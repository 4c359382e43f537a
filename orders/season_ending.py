"""Ending a season's box: all deliveries that its buyer may still move are paid back with their freight, in one refund, and not sent.

Lock order: as orders.refunding.
"""

import datetime as dt
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog import stock
from orders.informing import tell
from orders.models import CancelReason, Consignment, NoticeStep, Order, OrderLine
from orders.portions import Portion
from orders.postponing import lock_boxes
from orders.refunding import refund_lines
from payments.models import Refund

logger = logging.getLogger("daylily.money")


class CannotEnd(ValueError):
    """Nothing is left to end, or something else than the page said would come back; its text says which."""


@dataclass(frozen=True, slots=True)
class EndOffer:
    """What ending would bring back: so many deliveries, in fen, of which so much freight."""

    boxes: int
    fen: int
    freight_fen: int


def offer_to_end(parts: Iterable[tuple[Consignment, Iterable[OrderLine]]]) -> EndOffer | None:
    """What ending these deliveries (with their lines) would bring back; None where there is none. No query."""
    boxes = goods = freight = 0
    for part, lines in parts:
        boxes += 1
        goods += sum(line.left_fen for line in lines)
        freight += part.freight_fen - part.back_freight_fen
    return EndOffer(boxes, goods + freight, freight) if boxes else None


def end_deliveries(
    *, order: Order, subscription_id: int, fen: int, by: User | None, at: dt.datetime | None = None
) -> Refund:
    """Pay back all deliveries of a season's box that may still be moved; `fen` is what the page said comes back.

    Raises CannotEnd, and postponing.CannotMove for an order that is not paid or has no such box.
    """
    try:
        with transaction.atomic():
            return _end(order, subscription_id, fen, by, at)
    except stock.NotHeld as error:  # a person has to mend the stock first
        logger.error("The season's box of order %s can't be ended: %s", order.number, error)
        told = _("The stock of these goods does not fit this order. Call the county centre.")
        raise CannotEnd(told) from error


def _end(order: Order, subscription_id: int, fen: int, by: User | None, at: dt.datetime | None) -> Refund:
    now = at or timezone.now()
    boxes = lock_boxes(order, subscription_id)
    ending = [one.part for one in boxes if one.kept and one.is_movable(now)]
    lines: dict[int, list[OrderLine]] = {part.pk: [] for part in ending}
    for line in OrderLine.objects.left().filter(consignment__in=ending).order_by("pk"):
        lines[line.consignment_id].append(line)
    offer = offer_to_end((part, lines[part.pk]) for part in ending)
    if offer is None:
        raise CannotEnd(_("No delivery is left that could be ended."))
    if offer.fen != fen:
        raise CannotEnd(_("Something else would come back by now. Please look at it again."))
    portions = [Portion(line.pk) for own in lines.values() for line in own]
    refund = refund_lines(order=order, portions=portions, by=by, reason=f"cancelled: {CancelReason.BUYER}", at=at)
    assert refund is not None  # the order is paid, and something is left
    tell(order.pk, NoticeStep.CANCELLED, refund.pk, at=at)
    return refund
