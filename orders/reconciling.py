"""The hourly reconciliation with Stripe: read, pair, and ask once more about whatever has no pair, as its webhook would have.

What a dropped webhook left behind is booked by the same jobs, and the next look finds that both sides agree.
"""

import datetime as dt
import logging
from collections.abc import Iterable
from typing import Final

import stripe
from django.utils import timezone

from orders.disputes import follow_dispute
from orders.sessions import settle_session
from payments import stripe_balance
from payments.jobs import follow_refund
from payments.models import Dispute, Payment, Provider, Refund, RefundState, StripeMovement
from payments.pairing import pair_all
from payments.reconciling import compare_balance, find_mismatches, only_one, read_from_stripe, read_since
from sellers.connecting import follow_transfer

logger = logging.getLogger("daylily.money")

# A refund, or a dispute's verdict, that Stripe has not told us of for so long is asked for.
SILENT: Final = dt.timedelta(hours=1)


def reconcile_if_stripe_answers() -> None:
    """Reconcile; a Stripe that does not answer is asked again in an hour."""
    try:
        reconcile()
    except stripe.APIConnectionError as error:
        logger.warning("Stripe could not be asked for its movements: %s", error)


def reconcile() -> None:
    """Read Stripe's movements, pair them with the ledger, ask about what has no pair, and keep what still differs after a while.

    Several may start at once: one does the work. Raises stripe.StripeError.
    """
    with only_one() as mine:
        if not mine:
            return
        since = read_since()
        balance = stripe_balance.read_balance()
        read = read_from_stripe(since)
        steady = balance == stripe_balance.read_balance()
        waiting = pair_all()
        ask_again(waiting)
        compare_balance(since=since, read=read, waiting=len(waiting), balance_fen=balance, steady=steady)
        find_mismatches()


def ask_again(waiting: Iterable[StripeMovement]) -> None:
    """Enqueue for each movement without a pair what its webhook would have asked for; and for what Stripe has long been silent about."""
    known = set(Payment.objects.exclude(intent_id="").values_list("intent_id", flat=True).filter(
        intent_id__in=[movement.intent_id for movement in waiting]
    ))  # fmt: skip
    for movement in waiting:
        match movement.category:
            case "charge" if movement.intent_id and movement.intent_id not in known:
                for session_id in stripe_balance.sessions_of(movement.intent_id):
                    settle_session.defer(session_id=session_id)
            case "refund_failure" if movement.refund_key:
                follow_refund.defer(refund_ref=movement.source_id)
            case "transfer":
                follow_transfer.defer(transfer_id=movement.source_id)
            case "transfer_reversal" if movement.transfer_ref:
                follow_transfer.defer(transfer_id=movement.transfer_ref)
            case "dispute" | "dispute_reversal":
                follow_dispute.defer(dispute_ref=movement.source_id)
    before = timezone.now() - SILENT
    for ref in Refund.objects.filter(
        state=RefundState.PENDING, created_at__lte=before, payment__provider=Provider.STRIPE
    ).values_list("provider_ref", flat=True):
        if ref:
            follow_refund.defer(refund_ref=ref)
    for ref in Dispute.objects.standing().filter(known_at__lte=before).values_list("dispute_id", flat=True):
        follow_dispute.defer(dispute_ref=ref)
