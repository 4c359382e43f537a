"""Disputes: a buyer's bank takes a payment back. So long as it has not decided, no seller of that order is paid; a dispute that is lost
takes from each what a refund would.

Stripe is asked what became of it, whoever said that something did. Lock order: order, consignments, payment, then as orders.refunding.
"""

import datetime as dt
import logging

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from orders.both_payments import left_of
from orders.deposit_back import return_deposit
from orders.models import Consignment, Order, OrderLine, OrderState
from orders.notices import send_dispute
from orders.portions import Portion, freight_left
from orders.refunding import refund_lines
from payments import ledger, stripe_balance
from payments.jobs import STRIPE_RETRIES
from payments.ledger import Part
from payments.models import (
    AccountKind,
    Dispute,
    DisputeState,
    Payment,
    Refund,
    RefundState,
    TransferKind,
    WebhookEvent,
)
from payments.money import split_fen
from payments.refunds import mark_refunded
from payments.stripe_balance import Disputed

logger = logging.getLogger("daylily.money")

# Stripe's words (https://docs.stripe.com/api/disputes/object#dispute_object-status). An inquiry (`warning_...`) has taken no money yet,
# and none where it is closed; any other word leaves the dispute open.
OUTCOMES = {
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
    "warning_closed": DisputeState.WON,
    "prevented": DisputeState.WON,
}


@app.task(name="orders.follow_dispute", retry=STRIPE_RETRIES)
def follow_dispute(dispute_ref: str, event_id: str = "") -> None:
    """Ask Stripe what became of a dispute (`du_...`) and book it; one of a payment that is not ours stays for a person."""
    said = stripe_balance.read_dispute(dispute_ref)
    payment = Payment.objects.filter(intent_id=said.intent_id).first() if said.intent_id else None
    if payment is None or said.currency != payment.currency:
        logger.error("Stripe's dispute %s belongs to no payment of ours.", dispute_ref)
        return
    note_dispute(payment=payment, said=said)
    WebhookEvent.objects.filter(event_id=event_id, handled_at=None).update(handled_at=timezone.now())


def note_dispute(*, payment: Payment, said: Disputed, at: dt.datetime | None = None) -> Dispute:
    """Keep what Stripe says of a dispute of this payment, and share out the loss of one that is lost; what is known changes nothing."""
    when = at or timezone.now()
    with transaction.atomic():
        order = Order.objects.select_for_update(no_key=True).get(ref=payment.order_ref)
        dispute, new = Dispute.objects.select_for_update(no_key=True).get_or_create(
            dispute_id=said.dispute_id,
            defaults={
                "payment": payment, "amount_fen": said.amount_fen, "reason": said.reason, "status": said.status,
                "opened_at": said.opened_at, "known_at": when,
            },
        )  # fmt: skip
        # What is being released waits for this, or is seen by it (orders.release).
        list(Consignment.objects.select_for_update(no_key=True, of=("self",)).filter(order=order).order_by("pk"))
        decided = dispute.state == DisputeState.OPEN and said.status in OUTCOMES
        dispute.status = said.status
        if decided:
            dispute.state, dispute.closed_at = OUTCOMES[said.status], when
        if dispute.state == DisputeState.LOST and dispute.settled_at is None and _share_out(order, dispute, when):
            dispute.settled_at = when
        dispute.save(update_fields=["status", "state", "closed_at", "settled_at"])
        if new or decided:
            send_dispute.defer(dispute_id=dispute.pk, state=str(dispute.state))
            logger.error("Dispute %s of order %s: %s", dispute.dispute_id, order.number, dispute.status)
    return dispute


def _share_out(order: Order, dispute: Dispute, when: dt.datetime) -> bool:
    """Book who bears a dispute that was lost: first what was owed to the buyer anyhow, then what is left of the order, as a refund would.

    A loss of less is shared in proportion. Whether all of it was booked: a loss of more than is left stays where it is, and a person has
    to decide whose it is.
    """
    loss = dispute.amount_fen - _pay_what_was_owed(order, dispute, when)
    if order.state == OrderState.DEPOSIT and loss == order.deposit_fen:
        return_deposit(order, reason="dispute lost", dispute=dispute, at=when)
        return True
    # Paid in two parts, no more goes back by this payment than it brought.
    beyond = bool(order.deposit_fen) and loss > left_of(dispute.payment)
    portions = [] if beyond else _portions(order, loss)
    if not portions and loss:
        logger.error("%s fen of dispute %s are nobody's yet: a person has to decide.", loss, dispute.dispute_id)
        return False
    if portions:
        refund_lines(order=order, portions=portions, by=None, reason="dispute lost", dispute=dispute, at=when)
    return True


def left_fen(order: Order, payment: Payment) -> int:
    """What of a paid order has not gone back yet, goods and freight, in fen, as far as this payment brought it: so much of a loss is shared
    out by itself.
    """
    if order.state != OrderState.PAID:
        return 0
    lines = list(OrderLine.objects.filter(consignment__order=order).order_by("pk"))
    freight = freight_left(Consignment.objects.filter(order=order))
    return min(sum(line.left_fen + freight[line.pk][1] for line in lines), left_of(payment))


def share_out_what_is_left(order: Order, dispute: Dispute, when: dt.datetime) -> int:
    """Take all that is left of an order as a refund would, for a loss of more; how many fen. The caller holds the order's lock."""
    portions = _portions(order, left_fen(order, dispute.payment))
    if portions:
        refund_lines(order=order, portions=portions, by=None, reason="dispute lost", dispute=dispute, at=when)
    return sum(Refund.objects.filter(dispute=dispute).values_list("amount_fen", flat=True))


def _portions(order: Order, loss_fen: int) -> list[Portion]:
    """A loss as portions of the lines of an order: all that is left of them, or of each line and its freight in proportion, exact to
    the fen. None for a loss of more than is left.
    """
    lines = list(OrderLine.objects.filter(consignment__order=order).order_by("pk"))
    freight = freight_left(Consignment.objects.filter(order=order))
    worth = [fen for line in lines for fen in (line.left_fen, freight[line.pk][1])]
    if order.state != OrderState.PAID or not 0 < loss_fen <= sum(worth):
        return []
    if loss_fen == sum(worth):
        return [Portion(line.pk) for line in lines]
    shares = iter(split_fen(loss_fen, worth))
    return [Portion(line.pk, units=0, amount_fen=next(shares), freight_fen=next(shares)) for line in lines]


def _pay_what_was_owed(order: Order, dispute: Dispute, when: dt.datetime) -> int:
    """Refunds of this payment that failed and were owed to the buyer: the bank has given them now. Returns how much, in fen."""
    payment = Payment.objects.select_for_update(no_key=True).get(pk=dispute.payment_id)
    paid = 0
    failed = Refund.objects.filter(payment=payment, state=RefundState.FAILED, replaced_by=None).order_by("pk")
    for refund in failed:
        if paid + refund.amount_fen > dispute.amount_fen:
            continue
        again = Refund.objects.create(
            payment=payment, amount_fen=refund.amount_fen, reason=refund.reason, replaces=refund, dispute=dispute,
            state=RefundState.SUCCEEDED, provider_ref=dispute.dispute_id, created_at=when,
            key=f"daylily-dispute-{order.ref}-{refund.pk}",
        )  # fmt: skip
        ledger.post(
            kind=TransferKind.REFUND,
            key=f"refund-again:{again.pk}",
            parts=[
                Part(AccountKind.BUYER_CREDIT, order.ref, again.amount_fen),
                Part(AccountKind.DISPUTE, order.ref, -again.amount_fen),
            ],
            order_ref=order.ref,
            at=when,
        )
        paid += again.amount_fen
    if paid:
        mark_refunded(payment)
    return paid
