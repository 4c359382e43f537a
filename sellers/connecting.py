"""Payouts to connected accounts at Stripe (Stripe Connect): in transit first, then one transfer a payout by a job, its answer read back.

For co-operatives and enterprises that Stripe serves, with an account of their own there; it does not serve farmers of the mainland. What
Stripe refuses goes back to the household as a bank's refusal does, and so does what Stripe takes back later (docs/adr/0043).
"""

import datetime as dt
import logging
from contextlib import suppress
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from payments import stripe_transfers
from payments.jobs import STRIPE_RETRIES
from payments.ledger import Part
from payments.models import AccountKind, WebhookEvent
from payments.stripe_transfers import SentTransfer, TransferRefused
from sellers.models import Payout, PayoutState, PayoutWay
from sellers.paying import book_failed, book_paid, book_returned, lock_households
from sellers.payout_runs import close_if_done

logger = logging.getLogger("daylily.money")

# Stripe's codes (https://docs.stripe.com/error-codes) in words; for any other the reason is the code.
REFUSALS: Final = {
    "balance_insufficient": gettext_noop("The platform's balance at Stripe did not cover it."),
    "insufficient_capabilities_for_transfer": gettext_noop("The account at Stripe can't receive transfers."),
    "transfers_not_allowed": gettext_noop("The account at Stripe can't receive transfers."),
    "resource_missing": gettext_noop("Stripe knows no such account."),
    "account_invalid": gettext_noop("Stripe knows no such account."),
}
REFUSED: Final = gettext_noop("Stripe refused it.")
TAKEN_BACK: Final = gettext_noop("Stripe took the money back.")


@app.task(name="sellers.transfer_payout", retry=STRIPE_RETRIES)
def transfer_payout(payout_id: int) -> None:
    """Send one payout in transit to its connected account; done once, however often it runs. What Stripe refuses has failed."""
    payout = Payout.objects.select_related("account").get(pk=payout_id)
    if payout.state != PayoutState.IN_TRANSIT or payout.account.way != PayoutWay.CONNECT:
        return
    try:
        sent = stripe_transfers.send_transfer(
            ref=payout.ref,
            destination=payout.account.connected_id,
            amount_fen=payout.amount_fen,
            currency=payout.currency,
        )
    except TransferRefused as refusal:
        logger.error("Stripe refused payout %s: %s", payout.number, refusal.code)
        conclude(payout_id, refused=REFUSALS.get(refusal.code, REFUSED))
    else:
        conclude(payout_id, sent=sent)


def send_again(*, at: dt.datetime | None = None) -> int:
    """Ask for the transfers of payouts that have been in transit for a day, where Stripe did not answer for longer than a job waits; how
    many. One that was made is found by its reference.
    """
    before = (at or timezone.now()) - dt.timedelta(days=1)
    late = Payout.objects.filter(state=PayoutState.IN_TRANSIT, account__way=PayoutWay.CONNECT, sent_at__lt=before)
    keys = list(late.order_by("pk").values_list("pk", flat=True))
    for key in keys:
        with suppress(AlreadyEnqueued):
            transfer_payout.configure(queueing_lock=f"sellers.transfer_payout:{key}").defer(payout_id=key)
    return len(keys)


def conclude(payout_id: int, *, sent: SentTransfer | None = None, refused: str = "") -> None:
    """Book what Stripe said of a payout: paid from our balance there, or back to the household; what is known already changes nothing.

    An answer that is not what was asked for books nothing: a person has to look.
    """
    with transaction.atomic():
        payout = _locked(payout_id)
        if payout.state != PayoutState.IN_TRANSIT:
            return
        if sent is None:
            book_failed(payout, refused)
        elif _asked(payout) != (sent.ref, sent.destination, sent.amount_fen, sent.currency):
            logger.error("Stripe's transfer %s is not what payout %s asked for.", sent.transfer_id, payout.number)
            return
        else:
            source = Part(AccountKind.STRIPE, "", -payout.amount_fen, payout.household.region_id[:6])
            book_paid(payout, source, transfer_id=sent.transfer_id)
            if sent.is_back:
                _book_back(payout)
        if payout.run is not None:
            close_if_done(payout.run)


def _asked(payout: Payout) -> tuple[str, str, int, str]:
    return payout.ref, payout.account.connected_id, payout.amount_fen, payout.currency


def _locked(payout_id: int) -> Payout:
    """A payout with its household held before it, as everything that pays does."""
    lock_households([Payout.objects.values_list("household_id", flat=True).get(pk=payout_id)])
    held = Payout.objects.select_for_update(no_key=True, of=("self",))
    return held.select_related("household__user", "account", "run").get(pk=payout_id)


@app.task(name="sellers.follow_transfer", retry=STRIPE_RETRIES)
def follow_transfer(transfer_id: str, event_id: str = "") -> None:
    """Ask Stripe what became of a transfer (`tr_...`) and book one that it took back; one that is not ours, or came back in part, stays
    for a person.
    """
    sent = stripe_transfers.read_transfer(transfer_id)
    payout = Payout.objects.filter(transfer_id=sent.transfer_id).first()
    if payout is None:
        payout = Payout.objects.filter(ref=sent.ref, account__way=PayoutWay.CONNECT).first() if sent.ref else None
        if payout is None:
            logger.error("Stripe's transfer %s belongs to no payout of ours.", transfer_id)
            return
        conclude(payout.pk, sent=sent)
    elif sent.is_back:
        with transaction.atomic():
            kept = _locked(payout.pk)
            if kept.state == PayoutState.PAID:
                _book_back(kept)
    elif sent.reversed_fen:
        logger.error("Stripe took %s fen of payout %s back: a person has to look.", sent.reversed_fen, payout.number)
        return
    WebhookEvent.objects.filter(event_id=event_id, handled_at=None).update(handled_at=timezone.now())


def _book_back(payout: Payout) -> None:
    source = Part(AccountKind.STRIPE, "", payout.amount_fen, payout.household.region_id[:6])
    book_returned(payout, source, TAKEN_BACK)
