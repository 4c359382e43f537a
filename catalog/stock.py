"""Stock: units held for an order, let go again, or taken away. Every step is decided by the database, on rows it has locked.

Stock is kept by lot, and the oldest harvest goes first; a harvest still to come goes last. Places of a visit whose day is over are
nobody's any more. Each function runs inside the caller's
transaction, locks variants in the order of their keys (two orders that want the same goods wait for each other, they never deadlock),
and takes two statements whatever the number of lines (taking counts what was sold by three more). The sums by variant and product are
kept by triggers (catalog.models.Stock).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from catalog.models import Lot, Stock, Variant

# The variants are the lock of all their stock. First, in key order: an UPDATE alone locks in whatever order its plan meets the rows.
# NO KEY: inserting an order line that points to the variant takes KEY SHARE, and must not wait for this.
_LOCK: Final = "SELECT id FROM catalog_variant WHERE id = ANY(%(variants)s) ORDER BY id FOR NO KEY UPDATE"

_HOLD: Final = """
WITH queue AS (
  SELECT s.id, wanted.units * CASE WHEN %(seasons)s THEN coalesce(v.deliveries, 1) ELSE 1 END AS wanted, s.on_hand - s.held AS free,
    sum(s.on_hand - s.held) OVER (
      PARTITION BY s.variant_id ORDER BY s.lot_id IS NOT NULL AND l.harvested_on IS NULL, l.harvested_on, l.promised_week, l.id
    ) AS free_so_far
  FROM unnest(%(variants)s::bigint[], %(units)s::integer[]) AS wanted (id, units)
  JOIN catalog_variant AS v ON v.id = wanted.id AND v.active AND (v.day IS NULL OR v.day >= %(today)s)
  JOIN catalog_stock AS s ON s.variant_id = v.id AND NOT s.frozen AND s.on_hand > s.held
  LEFT JOIN catalog_lot AS l ON l.id = s.lot_id
)
UPDATE catalog_stock AS s SET held = s.held + least(q.free, q.wanted - (q.free_so_far - q.free))
FROM queue AS q WHERE s.id = q.id AND q.free_so_far - q.free < q.wanted
RETURNING s.variant_id, s.lot_id, least(q.free, q.wanted - (q.free_so_far - q.free)), q.wanted
"""

# {change} moves the stock, {guard} refuses to move more than there is.
_MOVE: Final = """
UPDATE catalog_stock AS s SET {change}
FROM unnest(%(variants)s::bigint[], %(lots)s::bigint[], %(units)s::integer[]) AS wanted (id, lot, units)
WHERE s.variant_id = wanted.id AND s.lot_id IS NOT DISTINCT FROM wanted.lot AND {guard}
RETURNING s.variant_id, s.lot_id
"""
_HOLD_AGAIN: Final = _MOVE.format(
    change="held = held + wanted.units", guard="NOT s.frozen AND s.on_hand - s.held >= wanted.units"
)
_RELEASE: Final = _MOVE.format(change="held = held - wanted.units", guard="s.held >= wanted.units")
_TAKE: Final = _MOVE.format(
    change="held = held - wanted.units, on_hand = on_hand - wanted.units", guard="s.held >= wanted.units"
)
_PUT_BACK: Final = _MOVE.format(change="on_hand = on_hand + wanted.units", guard="true")

_COUNT_SOLD: Final = """
WITH sold AS (
  SELECT v.product_id, sum(wanted.units) AS units
  FROM unnest(%(variants)s::bigint[], %(units)s::integer[]) AS wanted (id, units) JOIN catalog_variant AS v ON v.id = wanted.id
  GROUP BY v.product_id
), locked AS (
  SELECT id FROM catalog_product WHERE id IN (SELECT product_id FROM sold) ORDER BY id FOR NO KEY UPDATE
)
UPDATE catalog_product AS p SET sold_units = p.sold_units + sold.units
FROM sold WHERE p.id = sold.product_id AND p.id IN (SELECT id FROM locked)
"""
_COUNT_GRAMS: Final = """
WITH sold AS (
  SELECT lot, sum(grams) AS grams FROM unnest(%(lots)s::bigint[], %(grams)s::bigint[]) AS moved (lot, grams)
  WHERE lot IS NOT NULL GROUP BY lot
), locked AS (SELECT id FROM catalog_lot WHERE id IN (SELECT lot FROM sold) ORDER BY id FOR NO KEY UPDATE)
UPDATE catalog_lot AS l SET sold_g = l.sold_g + sold.grams FROM sold WHERE l.id = sold.lot AND l.id IN (SELECT id FROM locked)
"""


@dataclass(frozen=True, slots=True)
class Draw:
    """Units of a variant that come from one lot (None where its goods know no lot); `grams` is what they weigh, where it is known."""

    variant_id: int
    lot_id: int | None
    units: int
    grams: int = 0


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


def clear(variant: Variant) -> None:
    """Nothing is left of a pack that was never offered, and its lots get back what was packed of them. Inside a transaction."""
    lock([variant.pk])
    for row in Stock.objects.filter(variant=variant, on_hand__gt=0):
        if row.lot_id:
            Lot.objects.filter(pk=row.lot_id).update(used_g=F("used_g") - row.on_hand * variant.net_weight_g)
        row.on_hand = 0
        row.save(update_fields=["on_hand"])


def lock(variant_ids: Iterable[int]) -> None:
    """Locks the stock of these variants until the transaction ends, in the order in which everybody locks it."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Stock moves inside the transaction that wants it.")
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"variants": sorted(set(variant_ids))})


def hold(units: Mapping[int, int], *, seasons: bool = False) -> list[Draw]:
    """Reserves units (pieces, or jin) by variant id, of the oldest harvest first; from which lots they come, by variant and lot.
    With `seasons`, a season's box is held for each of its deliveries.

    Raises StockShort when one can't be had; the transaction must then end.
    """
    _check(units.values())
    lock(units)
    ids = sorted(units)
    wanted = {"variants": ids, "units": [units[key] for key in ids], "today": timezone.localdate(), "seasons": seasons}
    found = _run(_HOLD, wanted)
    whole = {**units, **{variant_id: count for variant_id, _lot, _count, count in found}}
    for variant_id, _lot, count, _whole in found:
        whole[variant_id] -= count
    if short := [key for key in ids if whole[key] > 0]:
        raise StockShort(short)
    return [Draw(*row[:3]) for row in sorted(found, key=lambda row: (row[0], row[1] or 0))]


def hold_again(draws: Iterable[Draw]) -> None:
    """Reserves units of the same lots once more. Raises StockShort when one can't be had; the transaction must then end."""
    if short := _move(_HOLD_AGAIN, draws):
        raise StockShort(short)


def release(draws: Iterable[Draw]) -> None:
    """Lets held units go back on sale. Raises NotHeld."""
    if missing := _move(_RELEASE, draws):
        raise NotHeld(missing)


def take(draws: Iterable[Draw]) -> None:
    """Takes held units out of the stock, as they leave the farm, and counts them and their grams as sold. Raises NotHeld."""
    draws = list(draws)
    if missing := _move(_TAKE, draws):
        raise NotHeld(missing)
    _run(_COUNT_SOLD, {"variants": [draw.variant_id for draw in draws], "units": [draw.units for draw in draws]})
    if any(draw.lot_id for draw in draws):
        _run(_COUNT_GRAMS, {"lots": [draw.lot_id for draw in draws], "grams": [draw.grams for draw in draws]})


def put_back(draws: Iterable[Draw]) -> None:
    """Units that came back from a buyer as good as new are in the stock again, and not sold any more. What is recalled stays frozen."""
    draws = list(draws)
    if missing := _move(_PUT_BACK, draws):
        raise NotHeld(missing)
    _run(_COUNT_SOLD, {"variants": [draw.variant_id for draw in draws], "units": [-draw.units for draw in draws]})
    if any(draw.lot_id for draw in draws):
        _run(_COUNT_GRAMS, {"lots": [draw.lot_id for draw in draws], "grams": [-draw.grams for draw in draws]})


def _move(statement: str, draws: Iterable[Draw]) -> list[int]:
    """Runs one of the statements above; the ids of variants that it refused to move, in order."""
    units: dict[tuple[int, int | None], int] = {}
    for draw in draws:
        key = (draw.variant_id, draw.lot_id)
        units[key] = units.get(key, 0) + draw.units
    _check(units.values())
    lock(variant_id for variant_id, _lot in units)
    moved = _run(
        statement,
        {
            "variants": [variant_id for variant_id, _lot in units],
            "lots": [lot_id for _variant, lot_id in units],
            "units": [*units.values()],
        },
    )
    return sorted({variant_id for variant_id, _lot in units.keys() - set(moved)})


def _check(counts: Iterable[int]) -> None:
    if any(count <= 0 for count in counts):
        raise ValueError("Units must be positive.")


def _run(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []
