"""Boxes: what a buyer takes from one county travels in one box, and one freight is paid for it.

What can't travel together has a box of its own: frozen goods, and each promised week of a pre-sale, so that what is ready goes at once.
A visit travels in none.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from catalog.models import Temperature, Variant
from delivery.freight import quote_box
from payments.money import split_fen
from stations.models import Region, Station

BoxKey = tuple[str, dt.date | None, bool]


@dataclass(frozen=True, slots=True)
class CountyBox:
    """One county's goods for one buyer: six digits, grams with packing, whether it stays cold or frozen, and its promised week."""

    county_code: str
    weight_g: int
    chilled: bool
    frozen: bool = False
    promised_week: dt.date | None = None

    @property
    def key(self) -> BoxKey:
        """What its goods have in common."""
        return self.county_code, self.promised_week, self.frozen


def is_frozen(variant: Variant) -> bool:
    """Whether it travels frozen (load product)."""
    return variant.product.temperature == Temperature.FROZEN


def part_key(variant: Variant) -> tuple[str, int, dt.date, dt.date, bool]:
    """What lines have in common that are one consignment: county, store, promised week, day of the visit, frozen or not; sortable."""
    product, never = variant.product, dt.date.min
    return (
        product.county_code,
        product.store_id,
        variant.promised_week or never,
        variant.day or never,
        is_frozen(variant),
    )


def box_key(variant: Variant) -> BoxKey | None:
    """Which box it travels in; None for a visit."""
    return None if variant.day else (variant.product.county_code, variant.promised_week, is_frozen(variant))


def pack_boxes(units: Iterable[tuple[Variant, int]]) -> list[CountyBox]:
    """The boxes for so many units of each variant (with product loaded), in order of county and week.

    One chilled thing makes the whole box travel chilled.
    """
    weights: dict[BoxKey, int] = {}
    cold: set[BoxKey] = set()
    for variant, quantity in units:
        key = box_key(variant)
        if key is None:
            continue
        weights[key] = weights.get(key, 0) + variant.gross_weight_g * quantity
        if variant.product.temperature != Temperature.AMBIENT:
            cold.add(key)
    in_order = sorted(weights, key=lambda key: (key[0], key[1] or dt.date.min, key[2]))
    return [CountyBox(key[0], weights[key], key in cold, key[2], key[1]) for key in in_order]


def quote_freight(boxes: Iterable[CountyBox], to: Station | Region) -> dict[CountyBox, int]:
    """Freight in fen of each box to a station or to a region. Raises delivery's NoRoute where nobody carries it."""
    return {box: quote_box(box.county_code, to=to, weight_g=box.weight_g, chilled=box.chilled) for box in boxes}


def share_freight(freight_fen: int, weights_g: list[int]) -> list[int]:
    """A box's freight shared by the stores whose goods are in it, in proportion to weight, exact to the fen."""
    return split_fen(freight_fen, weights_g)
