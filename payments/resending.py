"""Refunds that didn't reach the buyer are sent again; cash that is owed is paid out at a counter."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from payments import ledger
from payments.jobs import send_refund
from payments.ledger import Part
from payments.models import AccountKind, Dispute, Payment, Refund, RefundState, TransferKind
from payments.providers import provider_of
from payments.refunds import holding_account, mark_refunded


class CannotSendAgain(ValueError):
    """The refund has not failed, or was sent again already."""


class NotOwed(ValueError):
    """No cash is owed for this refund, or it was paid out already."""


def send_again(refund: Refund) -> Refund:
    """Send a failed refund once more, as a refund of its own: what is owed to the buyer is on its way again. Raises CannotSendAgain."""
    with transaction.atomic():
        payment = Payment.objects.select_for_update(no_key=True).get(pk=refund.payment_id)
        failed = Refund.objects.select_for_update(no_key=True).get(pk=refund.pk)
        if failed.state != RefundState.FAILED or Refund.objects.filter(replaces=failed).exists():
            raise CannotSendAgain(_("This refund has not failed, or was sent again already."))
        if Dispute.objects.standing().filter(payment=payment).exists():
            raise CannotSendAgain(
                _("The buyer's bank disputes this payment: Stripe pays nothing back until it is decided.")
            )
        again = Refund.objects.create(
            payment=payment,
            amount_fen=failed.amount_fen,
            reason=failed.reason,
            replaces=failed,
            key=f"daylily-again-{payment.order_ref}-{failed.pk}",
        )
        kind, owner = holding_account(payment)
        ledger.post(
            kind=TransferKind.REFUND,
            key=f"refund-again:{again.pk}",
            parts=[
                Part(AccountKind.BUYER_CREDIT, payment.order_ref, again.amount_fen),
                Part(kind, owner, -again.amount_fen),
            ],
            order_ref=payment.order_ref,
            at=again.created_at,
        )
        send_refund.defer(refund_id=again.pk)
    return again


def pay_out(refund: Refund, *, station_code: str, by_id: int) -> Refund:
    """Book that money was given back by hand, as cash at the counter of a station, by somebody (the user's key).

    Raises NotOwed, and what its provider raises (TillShort).
    """
    with transaction.atomic():
        payment = Payment.objects.select_for_update(no_key=True).get(pk=refund.payment_id)
        owed = Refund.objects.select_for_update(no_key=True).get(pk=refund.pk)
        hand_out = provider_of(payment.provider).hand_out
        if hand_out is None or owed.state != RefundState.PENDING:
            raise NotOwed(_("Nothing is owed for this refund any more."))
        owed.state, owed.station_code, owed.paid_out_by_id = RefundState.SUCCEEDED, station_code, by_id
        owed.save(update_fields=["state", "station_code", "paid_out_by"])
        ledger.post(
            kind=TransferKind.REFUND_PAID,
            key=f"refund-paid:{owed.pk}",
            parts=[
                Part(AccountKind.BUYER_CREDIT, payment.order_ref, owed.amount_fen),
                hand_out(owed, station_code),
            ],
            order_ref=payment.order_ref,
            at=timezone.now(),
        )
        mark_refunded(payment)
    return owed
