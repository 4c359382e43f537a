"""What order lines hold of the stock, by variant and lot, as catalog.stock moves it."""

from collections.abc import Iterable

from catalog.stock import Draw
from orders.models import OrderLine


def draws_of(lines: Iterable[OrderLine]) -> list[Draw]:
    """One draw a line, for the units that were not paid back, with the grams that they weigh (as sold, until they were weighed)."""
    return [draw for line in lines for draw in draw_of(line, line.left_units, grams=line.weighed_g)]


def draw_of(line: OrderLine, units: int, *, grams: int | None = None) -> list[Draw]:
    """The draw of so many units of a line; none for no units, for a variant that was deleted, nor for a line whose harvest was too
    small: it holds no stock any more.
    """
    if not units or line.variant_id is None or line.short_since is not None:
        return []
    return [Draw(line.variant_id, line.lot_id, units, grams or line.unit_weight_g * units)]
