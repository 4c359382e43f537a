"""What order lines hold of the stock, by variant and lot, as catalog.stock moves it."""

from collections.abc import Iterable

from catalog.stock import Draw
from orders.models import OrderLine


def draws_of(lines: Iterable[OrderLine]) -> list[Draw]:
    """One draw a line, with the grams that it weighs (as sold, until it was weighed).

    Nothing for a variant that was deleted, nor for a line whose harvest was too small: it holds no stock any more.
    """
    return [
        Draw(line.variant_id, line.lot_id, line.quantity, line.weighed_g or line.unit_weight_g * line.quantity)
        for line in lines
        if line.variant_id is not None and line.short_since is None
    ]
