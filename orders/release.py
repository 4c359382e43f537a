"""A seller's money becomes available when the goods were delivered and the after-sales window is over."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from delivery.models import ParcelState
from orders.models import Consignment, OrderState
from payments import ledger
from payments.ledger import Part
from payments.models import AccountKind, TransferKind

AFTER_SALES_WINDOW = dt.timedelta(days=7)


def release_delivered(*, at: dt.datetime | None = None) -> int:
    """Move what is due from pending to available, store by store; returns how many consignments were released."""
    when = at or timezone.now()
    due = Consignment.objects.filter(
        released_at=None,
        order__state=OrderState.PAID,
        parcel__state=ParcelState.DELIVERED,
        parcel__delivered_at__lte=when - AFTER_SALES_WINDOW,
    ).values_list("pk", flat=True)
    return sum(_release(pk, when) for pk in due.order_by("pk"))


def _release(consignment_id: int, when: dt.datetime) -> int:
    with transaction.atomic():
        if not Consignment.objects.filter(pk=consignment_id, released_at=None).update(released_at=when):
            return 0
        consignment = Consignment.objects.select_related("store", "order").get(pk=consignment_id)
        amount, county, slug = consignment.seller_fen, consignment.county_code, consignment.store.slug
        if amount == 0:  # rates may leave nothing; the ledger knows no transfer of nothing
            return 1
        ledger.post(
            kind=TransferKind.RELEASE,
            key=f"release:{consignment_id}",
            parts=[
                Part(AccountKind.SELLER_PENDING, slug, amount, county),
                Part(AccountKind.SELLER_AVAILABLE, slug, -amount, county),
            ],
            order_ref=consignment.order.ref,
            at=when,
        )
    return 1
