"""Pairing: each movement at Stripe with what the ledger booked for it. What only Stripe knows is booked: fees, disputes, payouts.

Each movement has a transaction of its own, and its row is locked first; it is paired once, however often and by whomever it is looked at.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import Sum

from payments import ledger
from payments.ledger import Part
from payments.models import (
    AccountKind,
    Dispute,
    Mismatch,
    MismatchKind,
    MovementState,
    Payment,
    PaymentState,
    Refund,
    RefundState,
    StripeMovement,
    Transfer,
    TransferKind,
)

OURS: Final = "CNY"  # a movement in another currency is for a person to look at


class Pair(NamedTuple):
    """What a movement belongs to: the transfer, if the ledger has it, and whose payment or refund it is."""

    transfer: Transfer | None
    payment: Payment | None = None
    refund: Refund | None = None


NOTHING: Final = Pair(None)


def pair_all() -> list[StripeMovement]:
    """Look at every movement without a pair, the oldest first; returns those that are still without one."""
    waiting = StripeMovement.objects.filter(state=MovementState.UNMATCHED).order_by("created_at", "pk")
    return [movement for movement in waiting if not pair(movement)]


def pair(movement: StripeMovement) -> bool:
    """Find or book the transfer of one movement, and book its fee; whether both sides agree now."""
    with transaction.atomic():
        locked = StripeMovement.objects.select_for_update(no_key=True).get(pk=movement.pk)
        if locked.state != MovementState.UNMATCHED:
            return True
        found = find_pair(locked)
        if found.transfer is None or not agrees(locked, found.transfer):
            return False
        locked.payment, locked.refund, locked.transfer = found.payment, found.refund, found.transfer
        locked.state = MovementState.MATCHED
        locked.save(update_fields=["payment", "refund", "transfer", "state"])
        book_fee(locked)
        _forget_suspense(locked, found.transfer)
    return True


def find_pair(movement: StripeMovement) -> Pair:
    """The transfer that a movement belongs to, booked now where only Stripe knew of it; NOTHING where there is none yet."""
    find = _FINDERS.get(movement.category)
    return NOTHING if find is None else find(movement)


def agrees(movement: StripeMovement, transfer: Transfer) -> bool:
    """Whether a transfer moved at Stripe what the movement says, in its currency."""
    return (movement.currency, movement.amount_fen) == (OURS, at_stripe(transfer))


def at_stripe(transfer: Transfer) -> int:
    """What a transfer moved of our money at Stripe, in fen."""
    entries = transfer.entries.filter(account__kind=AccountKind.STRIPE, currency=OURS)
    return entries.aggregate(fen=Sum("amount_fen"))["fen"] or 0


def book_fee(movement: StripeMovement) -> None:
    """Stripe's fee of a movement, once."""
    if movement.fee_fen and movement.currency == OURS:
        ledger.post(
            kind=TransferKind.STRIPE_FEE,
            key=f"stripe-fee:{movement.txn_id}",
            parts=[
                Part(AccountKind.STRIPE, "", -movement.fee_fen),
                Part(AccountKind.STRIPE_FEE, "", movement.fee_fen),
            ],
            order_ref=movement.payment.order_ref if movement.payment else "",
            at=movement.created_at,
        )


def _charge(movement: StripeMovement) -> Pair:
    payment = _payment(movement)
    if payment is None or payment.state not in (PaymentState.SUCCEEDED, PaymentState.REFUNDED):
        return NOTHING
    return Pair(_booked(f"sale:{payment.pk}", f"late:{payment.pk}", f"deposit:{payment.pk}"), payment)


def _refund(movement: StripeMovement) -> Pair:
    refund = _our_refund(movement)
    if refund is None:
        return NOTHING
    went = _booked(f"refund:{refund.pk}", f"refund-again:{refund.pk}")
    return Pair(went or _booked(f"late-refund:{refund.payment_id}"), refund.payment, refund)


def _failed_refund(movement: StripeMovement) -> Pair:
    refund = _our_refund(movement)
    if refund is None or refund.state != RefundState.FAILED:
        return NOTHING
    return Pair(_booked(f"refund-failed:{refund.pk}"), refund.payment, refund)


def _dispute(movement: StripeMovement) -> Pair:
    """Money that a buyer's bank took, or gave back: with the bank until it decides. A dispute that we have not heard of is asked for."""
    dispute = Dispute.objects.select_related("payment").filter(dispute_id=movement.source_id).first()
    if dispute is None:
        return NOTHING
    return Pair(_book(movement, TransferKind.DISPUTE, AccountKind.DISPUTE, dispute.payment.order_ref), dispute.payment)


def _payout(movement: StripeMovement) -> Pair:
    return Pair(_book(movement, TransferKind.STRIPE_PAYOUT, AccountKind.BANK))


def _transfer(movement: StripeMovement) -> Pair:
    """Money to a connected account: the payout that was booked as paid under the reference that we gave."""
    if not movement.transfer_ref:
        return NOTHING
    to = {"entries__account__kind": AccountKind.PAYOUT_TRANSIT, "entries__account__owner": movement.transfer_ref}
    return Pair(Transfer.objects.filter(kind=TransferKind.PAYOUT_PAID, **to).first())


def _reversal(movement: StripeMovement) -> Pair:
    """Such money that came back: the return of the payout whose transfer it takes back."""
    went = StripeMovement.objects.filter(category="transfer", source_id=movement.transfer_ref or "none").first()
    if went is None or went.transfer is None:
        return NOTHING
    return Pair(_booked(f"payout-returned:{went.transfer.key.removeprefix('payout-paid:')}"))


def _fee(movement: StripeMovement) -> Pair:
    return Pair(_book(movement, TransferKind.STRIPE_FEE, AccountKind.STRIPE_FEE))


# By Stripe's `reporting_category`. What is not here is for a person to look at.
_FINDERS: Final[dict[str, Callable[[StripeMovement], Pair]]] = {
    "charge": _charge,
    "refund": _refund,
    "refund_failure": _failed_refund,
    "dispute": _dispute,
    "dispute_reversal": _dispute,
    "payout": _payout,
    "payout_reversal": _payout,
    "fee": _fee,
    "transfer": _transfer,
    "transfer_reversal": _reversal,
}


def _book(movement: StripeMovement, kind: TransferKind, other: AccountKind, order_ref: str = "") -> Transfer | None:
    """What only Stripe knew: its money against another account, `order_ref` being that account's owner. None in another currency."""
    if movement.currency != OURS or not movement.amount_fen:
        return None
    return ledger.post(
        kind=kind,
        key=f"stripe:{movement.txn_id}",
        parts=[
            Part(AccountKind.STRIPE, "", movement.amount_fen),
            Part(other, order_ref, -movement.amount_fen),
        ],
        order_ref=order_ref,
        at=movement.created_at,
    )


def _booked(*keys: str) -> Transfer | None:
    return Transfer.objects.filter(key__in=keys).first()


def _payment(movement: StripeMovement) -> Payment | None:
    return Payment.objects.filter(intent_id=movement.intent_id).first() if movement.intent_id else None


def _our_refund(movement: StripeMovement) -> Refund | None:
    """By the key that we wrote on it; a refund that somebody made by hand at Stripe has none."""
    refunds = Refund.objects.select_related("payment")
    return refunds.filter(key=movement.refund_key).first() if movement.refund_key else None


def _forget_suspense(movement: StripeMovement, transfer: Transfer) -> None:
    """A transfer that a person settled because Stripe did not know it, and that Stripe knows after all: what was put aside comes back."""
    for settled in Mismatch.objects.filter(transfer=transfer, kind=MismatchKind.LEDGER_ONLY, resolved_by__isnull=False):
        set_aside(settled, back=True)


def set_aside(mismatch: Mismatch, *, back: bool = False) -> None:
    """Book a difference that a person settled, so that the ledger has at Stripe what Stripe says; `back` takes that back."""
    fen = -mismatch.difference_fen if back else mismatch.difference_fen
    ledger.post(
        kind=TransferKind.SUSPENSE,
        key=f"suspense{'-back' if back else ''}:{mismatch.pk}",
        parts=[Part(AccountKind.STRIPE, "", fen), Part(AccountKind.SUSPENSE, "", -fen)],
    )
