"""Stock: units held for an order, let go again, or taken away. Every step is decided by the database, on rows it has locked.

Each function runs inside the caller's transaction, locks variants in the order of their keys (two orders that want the same goods
wait for each other, they never deadlock), and takes the same few statements whatever the number of lines: two (three to
take), and two more when a variant sells out or comes back.
"""

from collections.abc import Mapping
from typing import Final

from django.db import connection, transaction

# Lock first, in key order: an UPDATE alone locks in whatever order its plan meets the rows. NO KEY: inserting an order line that
# points to the variant takes KEY SHARE, and must not wait for this.
_LOCK: Final = "SELECT id FROM catalog_variant WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE"

# {change} moves the stock, {guard} refuses to move more than there is. `crossed` says that the variant sold out or came back.
_MOVE: Final = """
UPDATE catalog_variant AS v SET {change}
FROM unnest(%(ids)s::bigint[], %(units)s::integer[]) AS wanted (id, units)
WHERE v.id = wanted.id AND {guard}
RETURNING v.id, v.product_id, {crossed}
"""
_HOLD: Final = _MOVE.format(
    change="held = held + wanted.units",
    guard="v.active AND v.on_hand - v.held >= wanted.units",
    crossed="v.on_hand = v.held",
)
_RELEASE: Final = _MOVE.format(
    change="held = held - wanted.units",
    guard="v.held >= wanted.units",
    crossed="v.on_hand - v.held = wanted.units",
)
_TAKE: Final = _MOVE.format(
    change="held = held - wanted.units, on_hand = on_hand - wanted.units",
    guard="v.held >= wanted.units",
    crossed="false",  # what is taken was held, so nothing more or less can be bought
)

_COUNT_SOLD: Final = """
WITH sold AS (
  SELECT v.product_id, sum(wanted.units) AS units
  FROM unnest(%(ids)s::bigint[], %(units)s::integer[]) AS wanted (id, units) JOIN catalog_variant AS v ON v.id = wanted.id
  GROUP BY v.product_id
), locked AS (
  SELECT id FROM catalog_product WHERE id IN (SELECT product_id FROM sold) ORDER BY id FOR NO KEY UPDATE
)
UPDATE catalog_product AS p SET sold_units = p.sold_units + sold.units
FROM sold WHERE p.id = sold.product_id AND p.id IN (SELECT id FROM locked)
"""

_LOCK_PRODUCTS: Final = "SELECT id FROM catalog_product WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE"
_JUDGE_PRODUCTS: Final = """
UPDATE catalog_product AS p SET in_stock = NOT p.in_stock
WHERE p.id = ANY(%(ids)s)
  AND p.in_stock <> EXISTS (SELECT FROM catalog_variant AS v WHERE v.product_id = p.id AND v.active AND v.on_hand > v.held)
"""


class StockShort(Exception):
    """There is less than was asked for; `variant_ids` names what is short. Nothing was moved once the transaction rolled back."""

    def __init__(self, variant_ids: list[int]) -> None:
        super().__init__(f"Not enough of the variants {variant_ids}.")
        self.variant_ids = variant_ids


class NotHeld(Exception):
    """Units were to be let go or taken that nobody holds; `variant_ids` names them."""

    def __init__(self, variant_ids: list[int]) -> None:
        super().__init__(f"Fewer units of the variants {variant_ids} are held.")
        self.variant_ids = variant_ids


def hold(units: Mapping[int, int]) -> None:
    """Reserves units (pieces, or jin) by variant id. Raises StockShort when one can't be had; the transaction must then end."""
    if short := _move(_HOLD, units):
        raise StockShort(short)


def release(units: Mapping[int, int]) -> None:
    """Lets held units go back on sale. Raises NotHeld."""
    if missing := _move(_RELEASE, units):
        raise NotHeld(missing)


def take(units: Mapping[int, int]) -> None:
    """Takes held units out of the stock, as they leave the farm, and counts them as sold. Raises NotHeld."""
    if missing := _move(_TAKE, units):
        raise NotHeld(missing)
    ids = sorted(units)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_SOLD, {"ids": ids, "units": [units[key] for key in ids]})


def judge_products(product_ids: list[int]) -> None:
    """Keeps Product.in_stock with what its variants have. Products are locked first, so that the last two variants of one
    product, sold in two transactions at once, do not each count on the other.
    """
    if not product_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_PRODUCTS, {"ids": product_ids})
        cursor.execute(_JUDGE_PRODUCTS, {"ids": product_ids})


def _move(statement: str, units: Mapping[int, int]) -> list[int]:
    """Runs one of the statements above; the ids of variants that it refused to move, in order."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Stock moves inside the transaction that wants it.")
    if any(count <= 0 for count in units.values()):
        raise ValueError("Units must be positive.")
    ids = sorted(units)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"ids": ids})
        cursor.execute(statement, {"ids": ids, "units": [units[key] for key in ids]})
        moved = cursor.fetchall()
    refused = sorted(set(ids).difference(row[0] for row in moved))
    if not refused:
        judge_products(sorted({product_id for _, product_id, crossed in moved if crossed}))
    return refused
