"""The statement as a file: every line sold, every refund and every payment of the month, summing to the same balance as the page."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import LineRefund, OrderLine
from orders.rate_words import percent
from orders.statement import (
    Statement,
    kind_in_words,
    other_entries,
    reason_in_words,
    returned_lines,
    sold_lines,
    span,
)

HEADINGS = (
    gettext_lazy("Day"),
    gettext_lazy("What"),
    gettext_lazy("Consignment"),
    gettext_lazy("Goods"),
    gettext_lazy("Number of units"),
    gettext_lazy("Paid by the buyer, yuan"),
    gettext_lazy("Paid by funds, yuan"),
    gettext_lazy("Commission rate"),
    gettext_lazy("Commission, yuan"),
    gettext_lazy("Rate of the station"),
    gettext_lazy("Service of the station, yuan"),
    gettext_lazy("Freight that you pay, yuan"),
    gettext_lazy("Yours, yuan"),
)
AT_ONCE = 500
# Nothing of the buyer is read.
KEPT = (
    "name", "name_en", "pack", "pack_en", "quantity", "amount_fen",
    "commission_bp", "commission_fen", "station_fee_bp", "station_fee_fen",
    "funded_fen", "borne_fen",
)  # fmt: skip
# The columns between what and how much, which a balance leaves empty.
BETWEEN = len(HEADINGS) - 3


def statement_rows(stated: Statement) -> Iterator[list[Any]]:
    """The rows below HEADINGS: the balance before, what moved it, the balance after. The last column of all but the last row sums to
    the last.
    """
    start, end = span(stated.month)
    yield _balance(stated.month, _("Balance before"), stated.opening_fen)
    yield from _sold(stated, start, end)
    yield from _returned(stated, start, end)
    yield from _others(stated, start, end)
    yield _balance(timezone.localdate(end) - dt.timedelta(days=1), _("Balance after"), stated.closing_fen)


def yuan(fen: int) -> Decimal:
    """Fen as yuan, exact."""
    return Decimal(fen).scaleb(-2)


def _balance(day: dt.date, words: str, fen: int) -> list[Any]:
    return [day, words, *[""] * BETWEEN, yuan(fen)]


def _sold(stated: Statement, start: dt.datetime, end: dt.datetime) -> Iterator[list[Any]]:
    lines = sold_lines(stated.household, start, end).select_related("consignment__order")
    lines = lines.only(*KEPT, "consignment__number", "consignment__order__paid_at")
    words = _("Sold")
    for line in lines.order_by("consignment__order__paid_at", "pk").iterator(AT_ONCE):
        paid_at = line.consignment.order.paid_at
        assert paid_at is not None
        yield [timezone.localdate(paid_at), words, *_about(line, line)]


def _returned(stated: Statement, start: dt.datetime, end: dt.datetime) -> Iterator[list[Any]]:
    rows = returned_lines(stated.household, start, end).select_related("line__consignment", "refund")
    for row in rows.order_by("happened_at", "pk").iterator(AT_ONCE):
        words = _("Paid back: %(reason)s") % {"reason": reason_in_words(row.refund.reason)}
        yield [timezone.localdate(row.happened_at), words, *_about(row.line, row, -1)]


def _about(line: OrderLine, sums: OrderLine | LineRefund, sign: int = 1) -> list[Any]:
    return [
        line.consignment.number,
        line.label,
        Decimal(sign * sums.quantity),
        yuan(sign * sums.amount_fen),
        yuan(sign * sums.funded_fen),
        percent(line.commission_bp),
        yuan(-sign * sums.commission_fen),
        percent(line.station_fee_bp),
        yuan(-sign * sums.station_fee_fen),
        yuan(-sign * sums.borne_fen),
        yuan(sign * sums.seller_fen),
    ]


def _others(stated: Statement, start: dt.datetime, end: dt.datetime) -> Iterator[list[Any]]:
    entries = other_entries(stated.household, start, end).select_related("transfer")
    for entry in entries.order_by("happened_at", "pk").iterator(AT_ONCE):
        yield _balance(timezone.localdate(entry.happened_at), kind_in_words(entry.transfer.kind), -entry.amount_fen)
    said = {kind_in_words(kind) for kind in entries.order_by().values_list("transfer__kind", flat=True).distinct()}
    last = timezone.localdate(end) - dt.timedelta(days=1)
    for row in stated.moved:  # what lines and refunds do not explain
        if row.words not in said:
            yield _balance(last, row.words, row.fen)
