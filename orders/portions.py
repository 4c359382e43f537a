"""Portions: how much of a line goes back. All that is left of it, some of its units, some of its money, its freight alone.

Sums are exact to the fen: what goes back in steps adds up to what was sold, commission, fee and freight too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Sum
from django.utils.translation import gettext as _

from catalog.standing import yuan
from delivery.models import ParcelState
from orders.models import Consignment, LineRefund, OrderLine
from payments.money import split_fen


class RefundRefused(ValueError):
    """More would go back than is left, or less than goods cost that are not sent; its text says what."""


@dataclass(frozen=True, slots=True)
class Portion:
    """What is to go back of one line (its key): units, fen of its goods, fen of its freight. What is None follows from the others:
    all units that are left, their price, their share of the freight.
    """

    line_id: int
    units: int | None = None
    amount_fen: int | None = None
    freight_fen: int | None = None


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """The same in numbers, for a line with its consignment."""

    line: OrderLine
    units: int
    amount_fen: int
    freight_fen: int


def freight_shares(consignment: Consignment, known: list[OrderLine] | None = None) -> dict[int, int]:
    """A consignment's freight in fen by line, in proportion to weight, exact to the fen. `known` are its lines by key, where they were
    read before.
    """
    lines = list(consignment.lines.order_by("pk")) if known is None else known
    if not consignment.freight_fen:  # a visit weighs nothing
        return {line.pk: 0 for line in lines}
    parts = split_fen(consignment.freight_fen, [line.unit_weight_g * line.quantity for line in lines])
    return {line.pk: fen for line, fen in zip(lines, parts, strict=True)}


def freight_left(consignments: Iterable[Consignment]) -> dict[int, tuple[int, int]]:
    """By line: its share of its consignment's freight, and what of that has not gone back, in fen."""
    shares = {key: fen for one in consignments for key, fen in freight_shares(one).items()}
    rows = LineRefund.objects.filter(line__in=shares).order_by().values_list("line").annotate(fen=Sum("freight_fen"))
    back: dict[int, int] = dict(rows)
    return {key: (fen, fen - back.get(key, 0)) for key, fen in shares.items()}


def is_at_the_farm(consignment: Consignment) -> bool:
    """Whether nobody has collected it yet (load the parcel); a visit is no goods that could be."""
    waits = consignment.parcel is None or consignment.parcel.state == ParcelState.PLANNED
    return waits and consignment.visit_day is None and consignment.stock_taken_at is None


def work_out(
    lines: Iterable[OrderLine], portions: Iterable[Portion], freight: Mapping[int, tuple[int, int]]
) -> list[WorkedOut]:
    """What goes back of each of these lines (load their consignment with its parcel) for which there is a portion; one that has nothing
    left for a portion of all is left out. `freight` is freight_left's. Raises RefundRefused.
    """
    asked = {portion.line_id: portion for portion in portions}
    found = []
    for line in lines:
        portion = asked.get(line.pk)
        if portion is not None and (worked := _work_out(line, portion, *freight[line.pk])):
            found.append(worked)
    return found


def _work_out(line: OrderLine, portion: Portion, share_fen: int, freight_left_fen: int) -> WorkedOut | None:
    units = line.left_units if portion.units is None else portion.units
    if not 0 <= units <= line.left_units:
        raise RefundRefused(_("%(goods)s: only %(left)s left.") % {"goods": line.label, "left": line.left_units})
    amount = _price_of(line, units) if portion.amount_fen is None else portion.amount_fen
    if not 0 <= amount <= line.left_fen:
        told = _("%(goods)s: at most %(sum)s can go back.")
        raise RefundRefused(told % {"goods": line.label, "sum": yuan(line.left_fen)})
    if is_at_the_farm(line.consignment):
        if amount < _price_of(line, units):
            raise RefundRefused(_("%(goods)s: what is not sent is paid back in full.") % {"goods": line.label})
        if amount == line.left_fen:  # nobody sends what is not paid
            units = line.left_units
    part = _freight_of(line, units, share_fen, freight_left_fen)
    freight = part if portion.freight_fen is None else portion.freight_fen
    if not 0 <= freight <= freight_left_fen:
        told = _("%(goods)s: at most %(sum)s of the freight can go back.")
        raise RefundRefused(told % {"goods": line.label, "sum": yuan(freight_left_fen)})
    return WorkedOut(line, units, amount, freight) if amount or freight else None


def _price_of(line: OrderLine, units: int) -> int:
    """What is left of the price of so many of the units that are left; all that is left for all of them."""
    return line.left_fen if units == line.left_units else min(line.amount_fen * units // line.quantity, line.left_fen)


def _freight_of(line: OrderLine, units: int, share_fen: int, left_fen: int) -> int:
    """The freight of so many units, half a fen up; all that is left of it with the last of them."""
    if units == line.left_units:
        return left_fen
    return min((2 * share_fen * units + line.quantity) // (2 * line.quantity), left_fen)
