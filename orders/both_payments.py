"""Orders that were paid in two parts: what goes back comes from the balance first, and what is more than that from the deposit."""

from collections.abc import Sequence

from django.db.models import Sum

from orders.deposit_back import deposit_payment
from orders.models import Order
from payments.models import Payment, PaymentPurpose, Refund, Transfer, TransferKind


def payments_of(order: Order) -> list[Payment]:
    """The payments that paid an order, locked: the one that its sale was booked with, then its deposit's."""
    key = Transfer.objects.values_list("key", flat=True).get(order_ref=order.ref, kind=TransferKind.SALE)
    # A deposit's payment is older than its balance's: locked first, and given last.
    first = [deposit_payment(order)] if order.deposit_fen else []
    last = Payment.objects.select_for_update(no_key=True).get(pk=int(key.removeprefix("sale:")))
    return [last] if last.purpose == PaymentPurpose.WHOLE else [last, *first]


def left_of(payment: Payment) -> int:
    """What of a payment has not gone back, nor is owed because it could not, in fen."""
    gone = Refund.objects.filter(payment=payment, replaces=None).aggregate(fen=Sum("amount_fen"))["fen"]
    return payment.amount_fen - (gone or 0)


def share_among(fen: int, lefts: Sequence[int]) -> list[int]:
    """Fen to give back, taken from the first as far as it goes, then from the next. Raises ValueError for more than there is."""
    shares = []
    for left in lefts:
        shares.append(min(fen, left))
        fen -= shares[-1]
    if fen:
        raise ValueError(f"{fen} fen more than was paid would go back.")
    return shares
