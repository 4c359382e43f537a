"""Settling: how a case ends. Money goes back as the case's lines say, or in part; then the seller's money may be released again."""

import datetime as dt

from accounts.models import User
from aftersales.models import Case, CaseLine, CaseState
from aftersales.states import move_case
from orders.models import Consignment
from orders.portions import Portion, freight_left
from orders.refunding import refund_lines
from orders.release import release_if_due
from payments.models import Refund
from payments.money import split_fen


def pay_back(case: Case, *, goods_fen: int, freight_fen: int, by: User | None, at: dt.datetime) -> Refund | None:
    """Give back so much of a locked case's goods and freight; None where nothing of it is left, after a recall for example.

    All that was asked for takes the units with it: nobody keeps goods that they were paid back in full. A part leaves them with the buyer.
    """
    rows = list(CaseLine.objects.filter(case=case).select_related("line").order_by("line"))
    goods = split_fen(goods_fen, [row.amount_fen for row in rows]) if goods_fen else [0] * len(rows)
    freight = split_fen(freight_fen, [row.freight_fen for row in rows]) if freight_fen else [0] * len(rows)
    left = freight_left([case.consignment])
    whole = goods_fen >= case.goods_fen > 0
    portions = [
        Portion(
            row.line_id,
            units=min(row.units, row.line.left_units) if whole else 0,
            amount_fen=min(fen, row.line.left_fen),
            freight_fen=min(carried, left[row.line_id][1]),
        )
        for row, fen, carried in zip(rows, goods, freight, strict=True)
    ]
    order = case.consignment.order
    return refund_lines(order=order, portions=portions, by=by, reason=f"after-sales {case.consignment.number}", at=at)


def settle(
    case: Case, *, at: dt.datetime, refund: Refund | None = None, replacement: Consignment | None = None
) -> None:
    """End a locked case with what the buyer got; the seller's money is released, where it is due."""
    _end(case, CaseState.SETTLED, at, refund=refund, replacement=replacement)


def close(case: Case, *, at: dt.datetime) -> None:
    """End a locked case with nothing moved: withdrawn, or refused and not taken further."""
    _end(case, CaseState.CLOSED, at)


def _end(case: Case, state: CaseState, at: dt.datetime, **what: Refund | Consignment | None) -> None:
    move_case(case, state, at=at, **what)
    Consignment.objects.filter(pk=case.consignment_id).update(after_sales_since=None)
    release_if_due(case.consignment_id, at=at)
