"""A deposit that has arrived: the order waits for its balance, and the money lies in an account of its own, neither sold nor the farmer's.

Settlement calls this inside its transaction, with the order and the payment locked.
"""

import datetime as dt
from collections.abc import Sequence

from django.utils import timezone

from orders.balance import wholly_harvested
from orders.deposits import closes_at, opens_at
from orders.models import Order, OrderLine, OrderState
from orders.states import move_order
from payments import ledger
from payments.ledger import Part
from payments.models import AccountKind, Payment, TransferKind
from payments.refunds import holding_account


def keep_deposit(order: Order, payment: Payment, lines: Sequence[OrderLine], when: dt.datetime) -> None:
    """Book a deposit, and say from when to when the balance of its order can be paid; the goods stay held until then.

    `lines` are the order's. Where everything was harvested meanwhile, it can be paid at once.
    """
    weeks = [line.promised_week for line in lines if line.promised_week]
    week = min(weeks, default=timezone.localdate(when))
    opens = when if wholly_harvested(order) else max(opens_at(week), when)
    move_order(
        order,
        OrderState.DEPOSIT,
        deposit_paid_at=when,
        balance_from=opens,
        reserved_until=closes_at(week, opens),
    )
    ledger.post(
        kind=TransferKind.DEPOSIT,
        key=f"deposit:{payment.pk}",
        parts=[
            Part(*holding_account(payment), payment.amount_fen),
            Part(AccountKind.DEPOSIT, order.ref, -payment.amount_fen),
        ],
        order_ref=order.ref,
        at=when,
    )
