"""Who pays what a buyer does not: the parts of sales and refunds that promotions move in the ledger.

At the sale a fund (a county's, or the platform's) is debited with what it adds to the goods, and credited to the seller with them; freight
that the buyer does not pay is credited to the county's freight all the same. A refund takes back what it gave: off goods in proportion to
the money, off freight in proportion to the units.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from orders.models import LineDiscount, LineRefund, OrderLine, Payer, PromotionKind
from payments.ledger import Part
from payments.models import AccountKind

Discounts = dict[int, list[LineDiscount]]


def read_discounts(lines: Iterable[OrderLine]) -> Discounts:
    """What was taken off these lines, by line; no query where none of them is discounted."""
    wanted = [line.pk for line in lines]
    found: Discounts = defaultdict(list)
    if wanted:
        for row in LineDiscount.objects.filter(line__in=wanted).order_by("line_id", "pk"):
            found[row.line_id].append(row)
    return found


def parts_of_sale(lines: Iterable[OrderLine], discounts: Discounts) -> list[Part]:
    """What funds pay, and the freight that somebody else than the buyer pays (load consignments)."""
    parts = []
    for line in lines:
        for row in discounts.get(line.pk, []):
            parts += _moved(line, row, row.fen)
    return parts


def parts_of_refund(rows: Iterable[LineRefund], discounts: Discounts) -> list[Part]:
    """The same back, for what each row of a refund gives back of its line (the line as it was before)."""
    parts = []
    for row in rows:
        line = row.line
        before, after = line.back_fen, line.back_fen + row.amount_fen
        units, more = line.back_units, line.back_units + row.quantity
        gone = dict(_shares(line, discounts.get(line.pk, []), before, units))
        for discount, fen in _shares(line, discounts.get(line.pk, []), after, more):
            parts += [
                Part(*part[:2], -part.fen, part.county_code) for part in _moved(line, discount, fen - gone[discount])
            ]
    return parts


def _moved(line: OrderLine, discount: LineDiscount, fen: int) -> list[Part]:
    county, parts = line.consignment.county_code, []
    if discount.payer == Payer.PLATFORM:
        parts.append(Part(AccountKind.PLATFORM_SUBSIDY, "", fen, county))
    elif discount.payer == Payer.COUNTY:
        parts.append(Part(AccountKind.COUNTY_FUND, county, fen, county))
    if discount.kind == PromotionKind.FREIGHT:
        parts.append(Part(AccountKind.FREIGHT, county, -fen, county))
    return parts


def _shares(line: OrderLine, rows: list[LineDiscount], back_fen: int, units: int) -> Iterator[tuple[LineDiscount, int]]:
    """What has gone back of each row, once so much of the line has. Of several funds each has its part of what all of them get back
    (the difference of two rounded sums), so that their parts sum to what the seller loses.
    """
    reached = 0
    for row in rows:
        if row.kind == PromotionKind.FREIGHT:
            yield row, line.units_back_of(row.fen, units)
        elif row.payer != Payer.SELLER:
            yield row, line.back_of(reached + row.fen, back_fen) - line.back_of(reached, back_fen)
            reached += row.fen
        else:
            yield row, 0
