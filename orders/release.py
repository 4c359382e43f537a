"""A seller's money becomes available when the buyer confirms that the goods have come, or when the after-sales window after their
delivery, or after the guests' visit, is over; never while an after-sales case of theirs is open.
"""

import datetime as dt
from collections import defaultdict

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from delivery.models import ParcelState
from orders.models import Consignment, OrderLine, OrderState
from payments import ledger
from payments.ledger import Part
from payments.models import AccountKind, Dispute, TransferKind

AFTER_SALES_WINDOW = dt.timedelta(days=7)
# A guest whose arrival nobody wrote down has so long to say that the farm sent them away.
NO_SHOW_WINDOW = dt.timedelta(days=30)


def release_delivered(*, at: dt.datetime | None = None) -> int:
    """Move what is due from pending to available, consignment by consignment; returns how many consignments were released."""
    when = at or timezone.now()
    return sum(_release(pk, when) for pk in _due(when).order_by("pk").values_list("pk", flat=True))


def release_if_due(consignment_id: int, *, at: dt.datetime) -> bool:
    """Release one consignment, where it is due; whether it was."""
    return _due(at).filter(pk=consignment_id).exists() and bool(_release(consignment_id, at))


def _due(when: dt.datetime) -> "QuerySet[Consignment]":
    arrived = Q(parcel__delivered_at__lte=when - AFTER_SALES_WINDOW) | Q(received_at__isnull=False)
    delivered = Q(arrived, parcel__state=ParcelState.DELIVERED)
    visited = Q(visited_at__lte=when - AFTER_SALES_WINDOW)
    missed = Q(visited_at=None, visit_day__lte=timezone.localdate(when) - NO_SHOW_WINDOW)
    # What was too short a harvest to send is paid back first: nobody is paid for what wasn't there.
    short = OrderLine.objects.left().filter(consignment=OuterRef("pk"), short_since__isnull=False)
    return Consignment.objects.filter(
        delivered | visited | missed,
        ~Exists(short),
        ~_disputed(),
        released_at=None,
        after_sales_since=None,
        order__state=OrderState.PAID,
    )


def _disputed() -> Exists:
    """The buyer's bank has the money of this consignment's order, or may take it."""
    return Exists(Dispute.objects.standing().filter(payment__order_ref=OuterRef("order__ref")))


def _release(consignment_id: int, when: dt.datetime) -> int:
    with transaction.atomic():
        # Locked before anybody looks whether it is disputed: a dispute locks it too (orders.disputes).
        if not _lock(consignment_id):
            return 0
        Consignment.objects.filter(pk=consignment_id).update(released_at=when)
        consignment = Consignment.objects.select_related("order").get(pk=consignment_id)
        earned = _earned(consignment)
        if not any(earned.values()):  # rates may leave nothing; the ledger knows no transfer of nothing
            return 1
        county = consignment.county_code
        ledger.post(
            kind=TransferKind.RELEASE,
            key=f"release:{consignment_id}",
            parts=[
                part
                for owner, fen in earned.items()
                for part in (
                    Part(AccountKind.SELLER_PENDING, owner, fen, county),
                    Part(AccountKind.SELLER_AVAILABLE, owner, -fen, county),
                )
            ],
            order_ref=consignment.order.ref,
            at=when,
        )
    return 1


def _lock(consignment_id: int) -> bool:
    """Lock a consignment; whether its money may go."""
    waiting = Consignment.objects.select_for_update(no_key=True, of=("self",)).filter(pk=consignment_id)
    if waiting.filter(released_at=None, after_sales_since=None).first() is None:
        return False
    return not Consignment.objects.filter(_disputed(), pk=consignment_id).exists()


def _earned(consignment: Consignment) -> dict[str, int]:
    """Fen by the owner of the account that earned them: the store, or the families whose lots it gathered. What went back to
    the buyer before was taken from what is pending."""
    earned: dict[str, int] = defaultdict(int)
    lines = OrderLine.objects.filter(consignment=consignment)
    for line in lines.select_related("payee", "consignment__store"):
        earned[line.earner] += line.left_seller_fen
    return earned
