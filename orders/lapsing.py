"""A balance that was not paid in time: the goods go back on sale, and the deposit goes to whoever would have earned them.

No commission and no station's fee is taken of it, and it is no sale: nothing was sold (docs/adr/0041).
"""

import datetime as dt

from orders.informing import tell
from orders.models import NoticeStep, Order, OrderLine
from payments import ledger
from payments.ledger import Part
from payments.models import AccountKind, TransferKind
from payments.money import split_fen


def forfeit(order: Order, *, at: dt.datetime | None = None) -> None:
    """Book the deposit of a locked order that has lapsed to the sellers of its lines, in proportion to their amounts; tell its buyer."""
    lines = OrderLine.objects.filter(consignment__order=order).select_related("consignment__store", "payee")
    known = list(lines.order_by("pk"))
    shares = split_fen(order.deposit_fen, [line.amount_fen for line in known])
    ledger.post(
        kind=TransferKind.DEPOSIT_KEPT,
        key=f"deposit-kept:{order.pk}",
        parts=[
            Part(AccountKind.DEPOSIT, order.ref, order.deposit_fen),
            *(
                Part(AccountKind.SELLER_AVAILABLE, line.earner, -fen, line.consignment.county_code)
                for line, fen in zip(known, shares, strict=True)
            ),
        ],
        order_ref=order.ref,
        at=at,
    )
    tell(order.pk, NoticeStep.LAPSED, at=at)
