"""Cancelling: as long as a store's part of an order is still at the farm, its buyer calls it off and gets the money back, freight included.

The station does the same where the farm can't send it, and says why.
From the moment the station has collected it, it is on its way, and only after-sales can bring it back. A visit has rules of its own.
Lock order: order, consignment, parcel, then as orders.refunding.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from catalog.packing import take_off
from delivery.models import Parcel, ParcelState
from delivery.stopping import cancel_planned
from orders.draws import draws_of
from orders.models import Consignment, Order, OrderLine, OrderState
from orders.notices import send_cancelled
from orders.refunding import freight_shares, refund_lines
from payments.models import Refund
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of


class Why(models.TextChoices):
    """Why a part is not sent; what is not the buyer's wish is told to the buyer in these words."""

    BUYER = "buyer", gettext_lazy("The buyer cancelled it.")
    SHORT = "short", gettext_lazy("There is less of it than was thought.")
    SPOILED = "spoiled", gettext_lazy("It is spoiled or damaged.")
    FARM = "farm", gettext_lazy("The farm cannot deliver it at this time.")


# What the farm does not have must not be sold to the next buyer.
NOT_THERE = (Why.SHORT, Why.SPOILED)
AT_THE_FARM = [(why.value, why.label) for why in Why if why != Why.BUYER]


class TooLate(ValueError):
    """The goods were collected already, went back already, or are no goods that are sent."""


@dataclass(frozen=True, slots=True)
class Offer:
    """That a part of an order may still be cancelled: what comes back, in fen, and how much of it is freight."""

    fen: int
    freight_fen: int


def offer_for(order: Order, consignment: Consignment, lines: list[OrderLine], paid_back: set[int]) -> Offer | None:
    """What cancelling a consignment of an order would bring back; None where it can't be cancelled, or not any more.

    `lines` are its lines by key, `paid_back` the keys of those whose money went back (load the parcel). No query.
    """
    parcel = consignment.parcel
    at_the_farm = consignment.stock_taken_at is None and (parcel is None or parcel.state == ParcelState.PLANNED)
    kept = [line for line in lines if line.pk not in paid_back]
    if order.state != OrderState.PAID or consignment.visit_day or not at_the_farm or not kept:
        return None
    shares = freight_shares(consignment, lines)
    freight = sum(shares[line.pk] for line in kept)
    return Offer(sum(line.amount_fen for line in kept) + freight, freight)


def give_up(*, consignment: Consignment, by: User, why: Why | str) -> Refund:
    """The same by the station that would collect the goods, because the farm can't send them. Raises NotAllowed, TooLate."""
    station = consignment.parcel.origin if consignment.parcel else consignment.station
    scope_of(by).require(STAFF_ROLES, station.region_id)
    return cancel_consignment(order=consignment.order, number=consignment.number, by=by, why=Why(why))


def cancel_consignment(
    *, order: Order, number: str, by: User | None, why: Why = Why.BUYER, at: dt.datetime | None = None
) -> Refund:
    """Call off what is left of one consignment (its number) of a paid order: no parcel, the stock free again, the money on its way back.

    Raises TooLate, and stock's NotHeld where the stock does not fit the order.
    """
    with transaction.atomic():
        locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        consignment = (
            Consignment.objects.select_for_update(no_key=True, of=("self",)).filter(order=locked, number=number).first()
        )
        if consignment is None or consignment.visit_day or consignment.stock_taken_at is not None:
            raise TooLate(_("These goods are on their way already."))
        # Collection locks the consignment, the scanner the parcel alone.
        parcel = Parcel.objects.select_for_update(no_key=True).filter(pk=consignment.parcel_id or 0).first()
        gone = parcel is not None and (
            parcel.collected_at is not None or parcel.state not in (ParcelState.PLANNED, ParcelState.CANCELLED)
        )
        if gone:
            raise TooLate(_("These goods are on their way already."))
        lines = list(consignment.lines.filter(refunds=None).order_by("pk"))
        reason = f"cancelled: {why}"
        refund = refund_lines(order=locked, lines=[line.pk for line in lines], by=by, reason=reason, at=at)
        if refund is None:
            raise TooLate(_("This was cancelled or paid back already."))
        if why in NOT_THERE:
            take_off(draws_of(lines))
        if parcel is not None:
            cancel_planned(parcel.pk)
        if at is None:  # nobody is written about the past
            send_cancelled.defer(order_id=locked.pk, refund_id=refund.pk, why=why.value)
    return refund
