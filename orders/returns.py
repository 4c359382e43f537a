"""What a buyer reads of goods that were called back and of money that goes back."""

from dataclasses import dataclass

from catalog.models import Recall
from orders.models import LineRefund, Order, OrderLine, OrderState, RecalledLine
from payments.models import Refund, Transfer
from payments.providers import provider_of


@dataclass(frozen=True, slots=True)
class Return:
    """Money on its way back: of goods (`lines`), of which some were `recalled`; or a payment that came too late. Cash is at a counter."""

    refund: Refund
    lines: list[LineRefund]
    cash: bool

    @property
    def from_deposit(self) -> bool:
        """Whether it is a deposit, or the part of a refund that goes back from one."""
        return self.refund.beside_id is not None or (
            not self.lines and Transfer.objects.filter(key=f"deposit:{self.refund.payment_id}").exists()
        )

    @property
    def recalled(self) -> bool:
        """Whether a recall sends it back."""
        return any(line.recall_id for line in self.lines)


@dataclass(frozen=True, slots=True)
class CalledBack:
    """One recall that concerns an order, with the lines that it concerns."""

    recall: Recall
    lines: list[OrderLine]


def returns_of(order: Order) -> list[Return]:
    """The refunds of an order in the order they were opened; one that failed and was sent again shows as the second alone."""
    refunds = Refund.objects.filter(payment__order_ref=order.ref, replaced_by=None).select_related("payment")
    rows = refunds.prefetch_related("lines", "replaces__lines").order_by("pk")
    return [Return(refund, _lines_of(refund), provider_of(refund.payment.provider).at_counter) for refund in rows]


def _lines_of(refund: Refund) -> list[LineRefund]:
    first = refund
    while first.replaces is not None:
        first = first.replaces
    return list(first.lines.all())


def recalls_of(order: Order) -> list[CalledBack]:
    """The recalls that concern an order, ended ones too, the latest first; drills are nobody's business. Two queries."""
    if order.state == OrderState.RESERVED:  # it would have ended
        return []
    rows = (
        RecalledLine.objects.filter(order=order, recall__drill=False)
        .select_related("line__lot", "recall")
        .order_by("pk")
    )
    found: dict[int, CalledBack] = {}
    for row in rows:
        found.setdefault(row.recall_id, CalledBack(row.recall, [])).lines.append(row.line)
    return sorted(found.values(), key=lambda one: one.recall.pk, reverse=True)
