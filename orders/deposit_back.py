"""A deposit goes back whole: the buyer regrets it within a day, the harvest fails or is too small, the seller or a recall ends it.

Lock order: order, payments, stock by key, ledger.
"""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.deposits import regret_until
from orders.ending import let_go
from orders.informing import tell
from orders.models import NoticeStep, Order, OrderState
from payments import ledger
from payments.jobs import send_refund
from payments.ledger import Part
from payments.models import AccountKind, Dispute, Payment, Refund, RefundState, Transfer, TransferKind
from payments.refunds import holding_account, mark_refunded

# Why a deposit went back, as its refund keeps it.
REGRETTED, HARVEST_SHORT, CALLED_OFF, RECALLED = (
    "deposit: buyer",
    "deposit: harvest",
    "deposit: seller",
    "deposit: recall",
)


class TooLateToRegret(ValueError):
    """The deposit does not come back any more: a day has passed, or the balance can be paid already."""


def deposit_payment(order: Order) -> Payment:
    """The payment that brought the deposit of an order, locked."""
    key = Transfer.objects.values_list("key", flat=True).get(order_ref=order.ref, kind=TransferKind.DEPOSIT)
    return Payment.objects.select_for_update(no_key=True).get(pk=int(key.removeprefix("deposit:")))


def return_deposit(
    order: Order, *, reason: str, dispute: Dispute | None = None, at: dt.datetime | None = None
) -> Refund:
    """End a locked order whose balance is due and give its deposit back: its goods are free again. Raises stock's NotHeld, OrderMoved.

    What the buyer's bank took back in a `dispute` has gone already.
    """
    let_go(order, OrderState.CALLED_OFF)
    payment = deposit_payment(order)
    refund = Refund.objects.create(
        payment=payment,
        amount_fen=order.deposit_fen,
        reason=reason,
        key=f"daylily-deposit-{order.ref}",
        created_at=at or timezone.now(),
        dispute=dispute,
        state=RefundState.PENDING if dispute is None else RefundState.SUCCEEDED,
        provider_ref="" if dispute is None else dispute.dispute_id,
    )
    give_from_deposit(order, refund)
    if dispute is not None:
        mark_refunded(payment)
    else:
        send_refund.defer(refund_id=refund.pk)
    tell(order.pk, NoticeStep.DEPOSIT_BACK, refund.pk, at=at)
    return refund


def give_from_deposit(order: Order, refund: Refund) -> None:
    """Book a refund that comes out of the order's deposit account: by Stripe, or by the buyer's bank."""
    kind, owner = holding_account(refund.payment)
    if refund.dispute_id is not None:
        kind, owner = AccountKind.DISPUTE, order.ref
    ledger.post(
        kind=TransferKind.REFUND,
        key=f"refund:{refund.pk}",
        parts=[
            Part(AccountKind.DEPOSIT, order.ref, refund.amount_fen),
            Part(kind, owner, -refund.amount_fen),
        ],
        order_ref=order.ref,
        at=refund.created_at,
    )


def regret_deposit(*, order: Order, at: dt.datetime | None = None) -> Refund:
    """The buyer calls it off within a day, before the balance can be paid. Raises TooLateToRegret."""
    with transaction.atomic():
        locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        if locked.state != OrderState.DEPOSIT or regret_until(locked, at=at) is None:
            raise TooLateToRegret(_("The deposit does not come back any more."))
        return return_deposit(locked, reason=REGRETTED, at=at)
