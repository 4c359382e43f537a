"""Reconciliation: Stripe's movements are read and paired with the ledger, both ways; what stays apart is a mismatch and stops payouts.

Stripe is asked outside every transaction. What was moved before the shop's first payment page was opened is not compared
(docs/adr/0034).
"""

import datetime as dt
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from payments import stripe_balance
from payments.models import (
    AccountKind,
    Entry,
    Mismatch,
    MismatchKind,
    MismatchQuerySet,
    MovementState,
    Payment,
    Provider,
    ReconciliationRun,
    Refund,
    RefundState,
    StripeMovement,
    Transfer,
    TransferKind,
)
from payments.pairing import at_stripe, book_fee, find_pair, set_aside
from payments.warning import tell_of_mismatch

logger = logging.getLogger("daylily.money")

# Stripe may list a movement a little after its time.
OVERLAP: Final = dt.timedelta(days=1)
BEFORE_THE_FIRST: Final = dt.timedelta(days=1)
# So long a movement may be at Stripe and not in the ledger, or the other way round: the hourly job has looked twice by then.
GRACE: Final = dt.timedelta(hours=2)
# What was older than this was found before.
LOOK_BACK: Final = dt.timedelta(days=60)
# The balance is read a moment before the movements: what moved so lately may be in one and not in the other.
JUST_NOW: Final = dt.timedelta(minutes=10)
_LOCK: Final = 0x5EC0_11C1
_TO_CONNECTED = (TransferKind.PAYOUT_PAID, TransferKind.PAYOUT_RETURNED)
_COMPARED = (
    TransferKind.SALE, TransferKind.DEPOSIT, TransferKind.LATE_PAYMENT, TransferKind.REFUND, TransferKind.REFUND_FAILED, *_TO_CONNECTED,
)  # fmt: skip


class CannotSettle(ValueError):
    """It is settled already, or nobody said why."""


@contextmanager
def only_one() -> Iterator[bool]:
    """Whether this is the only reconciliation under way; another one leaves at once. Held on this connection, through any transactions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        (mine,) = cursor.fetchone()
        try:
            yield mine
        finally:
            if mine:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def read_from_stripe(since: dt.datetime) -> int:
    """Keep every movement since then that is not known yet, page by page; returns how many were new. Raises stripe.StripeError."""
    new = 0
    for page in stripe_balance.read_movements(since):
        rows = [StripeMovement(**{name: getattr(moved, name) for name in moved.__slots__}) for moved in reversed(page)]
        known = StripeMovement.objects.count()
        StripeMovement.objects.bulk_create(rows, ignore_conflicts=True)
        new += StripeMovement.objects.count() - known
    return new


def read_since() -> dt.datetime:
    """From when on Stripe's movements are read now: a day before the last that is known, or from the start."""
    first = ReconciliationRun.objects.order_by("pk").first()
    start = first.read_from if first else _start()
    last = StripeMovement.objects.order_by("created_at").last()
    return max(start, last.created_at - OVERLAP) if last else start


def _start() -> dt.datetime:
    """A day before the shop opened its first page at Stripe."""
    pages = Payment.objects.filter(provider=Provider.STRIPE).exclude(session_id="", intent_id="")
    opened = pages.order_by("created_at").values_list("created_at", flat=True).first()
    return (opened or timezone.now()) - BEFORE_THE_FIRST


def compare_balance(
    *, since: dt.datetime, read: int, waiting: int, balance_fen: int, steady: bool = True
) -> ReconciliationRun | None:
    """Compare Stripe's balance, read just before its movements were, with what these come to; a difference found twice is a mismatch.

    The first comparison says what was there before: it needs a `steady` balance, the same before and after; None without.
    """
    first = ReconciliationRun.objects.order_by("pk").first()
    if first is None and not steady:
        return None
    sums = _sums_lately()
    settled = Mismatch.objects.filter(kind=MismatchKind.BALANCE, resolved_by__isnull=False)
    known = sum(mismatch.difference_fen for mismatch in settled)
    opening = first.opening_fen if first else balance_fen - sums[-1]
    to_explain = balance_fen - opening - known
    off_fen = 0 if to_explain in sums else to_explain - sums[-1]
    before = ReconciliationRun.objects.order_by("pk").last()
    run = ReconciliationRun.objects.create(
        read_from=first.read_from if first else since, read=read, waiting=waiting, balance_fen=balance_fen,
        opening_fen=opening, off_fen=off_fen,
    )  # fmt: skip
    if not off_fen:
        _end(MismatchKind.BALANCE)
    elif before is not None and before.off_fen == off_fen:
        _find(MismatchKind.BALANCE, stripe_fen=balance_fen, ledger_fen=balance_fen - off_fen)
    return run


def _sums_lately() -> list[int]:
    """What all movements in yuan come to, after each of the last minutes', in the order of their times; the last is all of them."""
    ours = StripeMovement.objects.filter(currency=stripe_balance.CURRENCY)
    since = timezone.now() - JUST_NOW
    sums = [ours.filter(created_at__lt=since).aggregate(fen=Sum("net_fen"))["fen"] or 0]
    for net in ours.filter(created_at__gte=since).order_by("created_at", "pk").values_list("net_fen", flat=True):
        sums.append(sums[-1] + net)
    return sums


def find_mismatches(*, at: dt.datetime | None = None) -> list[Mismatch]:
    """Keep what differs for longer than GRACE, end what agrees by now, and return what is open. Call it after all were paired."""
    before = (at or timezone.now()) - GRACE
    for movement in StripeMovement.objects.filter(state=MovementState.UNMATCHED, read_at__lte=before):
        _keep_apart(movement)
    for transfer in _unknown_to_stripe(before):
        _find(MismatchKind.LEDGER_ONLY, transfer=transfer, ledger_fen=at_stripe(transfer))
    paired = Mismatch.objects.open().exclude(movement=None).exclude(movement__state=MovementState.UNMATCHED)
    found_again = Mismatch.objects.open().filter(kind=MismatchKind.LEDGER_ONLY, transfer__movement__isnull=False)
    undone = [
        mismatch.pk
        for mismatch in Mismatch.objects.open().filter(kind=MismatchKind.LEDGER_ONLY).select_related("transfer")
        if mismatch.transfer is not None and _came_to_nothing(mismatch.transfer)
    ]
    for agreed in (paired, found_again, Mismatch.objects.filter(pk__in=undone)):
        agreed.update(ended_at=timezone.now())
    return list(open_mismatches())


def open_mismatches() -> MismatchQuerySet:
    """What Stripe and the ledger differ in by now; as long as there is any, nobody is paid out."""
    return Mismatch.objects.open().select_related("movement", "transfer")


def _keep_apart(movement: StripeMovement) -> None:
    """A movement without a pair: the ledger does not know it, or with another amount."""
    with transaction.atomic():
        pair = find_pair(movement)
        if pair.transfer is None:
            _find(MismatchKind.STRIPE_ONLY, movement=movement, stripe_fen=movement.amount_fen)
        else:
            # A movement that was told apart as unknown may have its transfer by now, and still differ.
            Mismatch.objects.open().filter(movement=movement, kind=MismatchKind.STRIPE_ONLY).update(
                ended_at=timezone.now()
            )
            stripe_fen, ledger_fen = movement.amount_fen, at_stripe(pair.transfer)
            _find(
                MismatchKind.AMOUNT,
                movement=movement,
                transfer=pair.transfer,
                stripe_fen=stripe_fen,
                ledger_fen=ledger_fen,
            )


def _unknown_to_stripe(before: dt.datetime) -> list[Transfer]:
    """What the ledger moved at Stripe, and Stripe did not. Payments that never went through Stripe (of a demo's past) are left out."""
    first = ReconciliationRun.objects.order_by("pk").first()
    since = before - LOOK_BACK if first is None else max(first.read_from, before - LOOK_BACK)
    moved = Entry.objects.filter(account__kind=AccountKind.STRIPE, happened_at__gte=since, happened_at__lte=before)
    through_stripe = Payment.objects.filter(order_ref=OuterRef("order_ref")).exclude(intent_id="")
    told = Q(resolved_by__isnull=False) | Q(ended_at=None, kind=MismatchKind.AMOUNT)
    settled = Mismatch.objects.filter(told, transfer=OuterRef("pk"))
    candidates = Transfer.objects.filter(
        Q(kind__in=_TO_CONNECTED) | Exists(through_stripe),
        ~Exists(settled),
        pk__in=moved.values("transfer"),
        kind__in=_COMPARED,
        movement=None,
    )
    return [transfer for transfer in candidates.order_by("pk") if not _came_to_nothing(transfer)]


def _came_to_nothing(transfer: Transfer) -> bool:
    """A refund that failed before Stripe moved anything: it went and came back in the ledger alone."""
    name, _colon, key = transfer.key.partition(":")
    refund = None
    if name in ("refund", "refund-again", "refund-failed"):
        refund = Refund.objects.filter(pk=int(key)).first()
    elif name == "late-refund":
        refund = Refund.objects.filter(payment_id=int(key), replaces=None).order_by("pk").first()
    if refund is None or refund.state != RefundState.FAILED:
        return False
    return not StripeMovement.objects.filter(refund=refund).exists()


def _find(
    kind: MismatchKind,
    *,
    movement: StripeMovement | None = None,
    transfer: Transfer | None = None,
    stripe_fen: int = 0,
    ledger_fen: int = 0,
) -> None:
    mismatch, new = Mismatch.objects.get_or_create(
        kind=kind,
        movement=movement,
        transfer=transfer,
        ended_at=None,
        defaults={"stripe_fen": stripe_fen, "ledger_fen": ledger_fen},
    )
    if new:
        logger.error("Stripe and the ledger differ (%s): %s", mismatch.pk, mismatch.in_words)
        tell_of_mismatch.defer(mismatch_id=mismatch.pk)


def _end(kind: MismatchKind) -> None:
    Mismatch.objects.open().filter(kind=kind).update(ended_at=timezone.now())


def settle_mismatch(*, mismatch: Mismatch, by_id: int, reason: str) -> Mismatch:
    """An operator (the user's key) settles a difference: the ledger follows Stripe, and the difference lies in an account of its own.

    Raises CannotSettle for one that is settled, or without a reason.
    """
    reason = reason.strip()
    if not reason:
        raise CannotSettle(_("Say why this difference is settled."))
    with transaction.atomic():
        movement = None
        if mismatch.movement_id:
            movement = StripeMovement.objects.select_for_update(no_key=True).get(pk=mismatch.movement_id)
        settled = Mismatch.objects.open().filter(pk=mismatch.pk)
        if not settled.update(ended_at=timezone.now(), resolved_by_id=by_id, reason=reason[:300]):
            raise CannotSettle(_("This difference was settled meanwhile."))
        mismatch.refresh_from_db()
        if movement is not None:
            movement.state, movement.transfer_id = MovementState.RESOLVED, mismatch.transfer_id
            movement.save(update_fields=["state", "transfer"])
            book_fee(movement)
        if mismatch.difference_fen and (movement is None or movement.currency == stripe_balance.CURRENCY):
            set_aside(mismatch)
    logger.warning("Mismatch %s was settled by user %s: %s", mismatch.pk, by_id, mismatch.reason)
    return mismatch
