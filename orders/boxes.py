"""Boxes: what a buyer takes from one county travels in one box, and one freight is paid for it.

What can't travel together has a box of its own: frozen goods, each promised week of a pre-sale, so that what is ready goes at once, and
each week of a season's box.
A visit travels in none.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from catalog.models import Temperature, Variant
from catalog.season_boxes import season_weeks
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


def part_key(variant: Variant, week: dt.date | None = None) -> tuple[str, int, dt.date, dt.date, bool, int]:
    """What lines have in common that are one consignment: county, store, promised week, day of the visit, frozen or not, and of which
    season's box (whose `week` is given) they are a delivery; sortable.
    """
    product, never = variant.product, dt.date.min
    return (
        product.county_code,
        product.store_id,
        week or variant.promised_week or never,
        variant.day or never,
        is_frozen(variant),
        variant.pk if variant.deliveries else 0,
    )


def box_key(variant: Variant, week: dt.date | None = None) -> BoxKey | None:
    """Which box it travels in (of a season's box, in that week); None for a visit."""
    return None if variant.day else (variant.product.county_code, week or variant.promised_week, is_frozen(variant))


def box_keys(variant: Variant, on: dt.date | None = None) -> list[BoxKey]:
    """The boxes that it travels in, if ordered on a day (today): one, or of a season's box one for each delivery; none for a visit."""
    weeks = season_weeks(variant, on or timezone.localdate()) if variant.deliveries else [None]
    return [key for week in weeks if (key := box_key(variant, week))]


def pack_boxes(units: Iterable[tuple[Variant, int]], *, on: dt.date | None = None) -> list[CountyBox]:
    """The boxes for so many units of each variant (with product loaded) that are ordered on a day (today), in order of county and week.

    One chilled thing makes the whole box travel chilled.
    """
    weights: dict[BoxKey, int] = {}
    cold: set[BoxKey] = set()
    for variant, quantity in units:
        for key in box_keys(variant, on):
            weights[key] = weights.get(key, 0) + variant.gross_weight_g * quantity
            if variant.product.temperature != Temperature.AMBIENT:
                cold.add(key)
    in_order = sorted(weights, key=lambda key: (key[0], key[1] or dt.date.min, key[2]))
    return [CountyBox(key[0], weights[key], key in cold, key[2], key[1]) for key in in_order]


def quote_freight(boxes: Iterable[CountyBox], to: Station | Region) -> dict[CountyBox, int]:
    """Freight in fen of each box to a station or to a region; boxes that are alike are asked for once. Raises delivery's NoRoute where
    nobody carries it.
    """
    known: dict[tuple[str, int, bool], int] = {}
    found: dict[CountyBox, int] = {}
    for box in boxes:
        alike = box.county_code, box.weight_g, box.chilled
        if alike not in known:
            known[alike] = quote_box(box.county_code, to=to, weight_g=box.weight_g, chilled=box.chilled)
        found[box] = known[alike]
    return found


def share_freight(freight_fen: int, weights_g: list[int]) -> list[int]:
    """A box's freight shared by the stores whose goods are in it, in proportion to weight, exact to the fen."""
    return split_fen(freight_fen, weights_g)
