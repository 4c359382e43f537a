"""What a checkout page said when the buyer agreed: goods, quantities, prices and freight, carried in the form itself.

A second click, or a click after the cart was changed in another window, then asks for what was on that page and nothing else.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from orders.cart_page import Basket
from orders.checkout import Seen
from orders.sendings import Span

_LINE = re.compile(r"(\d{1,18})x(\d{1,3})@(\d{1,12})(?:~(\d{4}-\d\d-\d\d)~(\d{4}-\d\d-\d\d))?")
_FREIGHT = re.compile(r"freight(\d{1,12})(?:-(\d{1,12}))?(?:\+(\d{1,12}))?")


@dataclass(frozen=True, slots=True)
class Agreement:
    """(variant id, units, fen) by line, all freight in fen, all that is taken off goods and freight, the deposit (0: none); and of
    season's boxes the first and the last week, by variant id.
    """

    lines: tuple[tuple[int, int, int], ...]
    freight_fen: int
    off_fen: int = 0
    deposit_fen: int = 0
    weeks: Mapping[int, Span] = field(default_factory=dict)

    @property
    def units(self) -> list[tuple[int, int]]:
        """What is to be ordered."""
        return [(variant_id, quantity) for variant_id, quantity, _ in self.lines]

    @property
    def seen(self) -> Seen:
        """What place_order compares with."""
        prices = {variant_id: fen for variant_id, _, fen in self.lines}
        return Seen(prices, self.freight_fen, self.off_fen, self.deposit_fen, self.weeks)

    def __str__(self) -> str:
        last = f"freight{self.freight_fen}" + (f"-{self.off_fen}" if self.off_fen else "")
        last += f"+{self.deposit_fen}" if self.deposit_fen else ""
        lines = (f"{variant}x{units}@{fen}{self._weeks_of(variant)}" for variant, units, fen in self.lines)
        return " ".join([*lines, last])

    def _weeks_of(self, variant_id: int) -> str:
        return "".join(f"~{week}" for week in self.weeks.get(variant_id, ()))


def agreement_on(basket: Basket) -> Agreement | None:
    """What the page offers to agree on; None while freight is unknown or something cannot be bought."""
    if basket.freight_fen is None or basket.blocked or not basket.items:
        return None
    lines = tuple((item.variant.pk, item.quantity, item.variant.price_fen) for item in basket.items)
    weeks = {item.variant.pk: (item.weeks[0], item.weeks[-1]) for item in basket.items if item.weeks}
    return Agreement(lines, basket.freight_fen, basket.off_fen, basket.deposit_fen, weeks)


def read_agreement(text: str) -> Agreement | None:
    """What the form brings back; None when it says nothing, or nothing that a page of ours wrote."""
    *parts, last = text.split(" ")
    lines = [_LINE.fullmatch(part) for part in parts]
    freight = _FREIGHT.fullmatch(last)
    if not lines or freight is None or None in lines:
        return None
    found = tuple((int(line[1]), int(line[2]), int(line[3])) for line in lines if line)
    try:
        weeks = {
            int(line[1]): (dt.date.fromisoformat(line[4]), dt.date.fromisoformat(line[5]))
            for line in lines
            if line and line[4]
        }
    except ValueError:  # no such day
        return None
    return Agreement(found, int(freight[1]), int(freight[2] or 0), int(freight[3] or 0), weeks)
