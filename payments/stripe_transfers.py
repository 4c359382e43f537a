"""Transfers to connected accounts (Stripe Connect) by the official SDK. Network only; nothing here runs inside a transaction.

https://docs.stripe.com/api/transfers
"""

from dataclasses import dataclass

import stripe

from payments.stripe_checkout import client


class TransferRefused(Exception):
    """Stripe does not make this transfer; `code` is its word for why (https://docs.stripe.com/error-codes)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class SentTransfer:
    """What Stripe says of a transfer: its id, our reference (its group), to whom, how many fen, and how many of them it took back."""

    transfer_id: str
    ref: str
    destination: str
    amount_fen: int
    currency: str
    reversed_fen: int

    @property
    def is_back(self) -> bool:
        """Whether all of it was taken back."""
        return self.reversed_fen == self.amount_fen


def send_transfer(*, ref: str, destination: str, amount_fen: int, currency: str = "CNY") -> SentTransfer:
    """Send fen from our balance to a connected account, once: a transfer of this `ref` that was made before is found, also after Stripe
    forgot the idempotency key (it keeps keys for a day: https://docs.stripe.com/api/idempotent_requests). It is read back from Stripe.

    Raises TransferRefused where nothing was sent, and stripe.StripeError where nobody knows: then it is asked again.
    """
    for known in client().v1.transfers.list(params={"transfer_group": ref, "limit": 100}).auto_paging_iter():
        return _sent(known)
    try:
        made = client().v1.transfers.create(
            params={
                "amount": amount_fen,
                "currency": currency.lower(),
                "destination": destination,
                "transfer_group": ref,
                "metadata": {"payout": ref},
            },
            options={"idempotency_key": f"daylily-payout-{ref}"},
        )
    except stripe.InvalidRequestError as refusal:
        raise TransferRefused(refusal.code or "") from refusal
    return read_transfer(made.id)


def read_transfer(transfer_id: str) -> SentTransfer:
    """What Stripe itself says of a transfer; an event is only a hint. Raises stripe.StripeError."""
    return _sent(client().v1.transfers.retrieve(transfer_id))


def _sent(transfer: stripe.Transfer) -> SentTransfer:
    to = transfer.destination
    return SentTransfer(
        transfer_id=transfer.id,
        ref=transfer.transfer_group or "",
        destination=to if isinstance(to, str) else (to.id if to else ""),
        amount_fen=transfer.amount,
        currency=transfer.currency.upper(),
        reversed_fen=transfer.amount_reversed,
    )
