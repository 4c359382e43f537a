"""Receiving: the buyer says that a part of the order has arrived as it should; its seller's money becomes available at once.

Whoever says nothing has said it seven days after delivery (orders.release).
"""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery.models import ParcelState
from orders.models import Consignment, Order, OrderState
from orders.release import release_if_due


class NotReceived(ValueError):
    """It was not delivered yet, or nothing of it is left to confirm."""


def may_confirm(order: Order, consignment: Consignment) -> bool:
    """Whether the buyer may confirm this part now (load its parcel)."""
    delivered = consignment.parcel is not None and consignment.parcel.state == ParcelState.DELIVERED
    settled = consignment.received_at or consignment.released_at or consignment.after_sales_since
    return order.state == OrderState.PAID and delivered and not settled


def confirm_receipt(*, order: Order, number: str, at: dt.datetime | None = None) -> Consignment:
    """Write down that the buyer has received a part (its number) of a paid order, and release its seller's money, where nothing of it
    still waits to be paid back. Confirmed twice, the first time counts. Raises NotReceived.
    """
    when = at or timezone.now()
    with transaction.atomic():
        locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        found = Consignment.objects.select_for_update(no_key=True, of=("self",)).select_related("parcel")
        consignment = found.filter(order=locked, number=number).first()
        if consignment is not None and consignment.received_at:
            return consignment
        if consignment is None or not may_confirm(locked, consignment):
            raise NotReceived(_("This has not been delivered yet, or was settled already."))
        consignment.received_at = when
        consignment.save(update_fields=["received_at"])
        if release_if_due(consignment.pk, at=when):
            consignment.released_at = when
    return consignment
