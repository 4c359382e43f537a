"""Boxes: what a buyer takes from one county travels in one box, and one freight is paid for it."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.models import Temperature, Variant
from delivery.freight import quote_box
from payments.money import split_fen
from stations.models import Region, Station


@dataclass(frozen=True, slots=True)
class CountyBox:
    """One county's goods for one buyer: six digits, grams with packing, and whether it must stay cold."""

    county_code: str
    weight_g: int
    chilled: bool


def pack_boxes(units: Iterable[tuple[Variant, int]]) -> list[CountyBox]:
    """The boxes that `units` (variants with their products loaded, quantities) need, in the order of the counties' codes.

    One chilled thing makes the whole box travel chilled.
    """
    weights: dict[str, int] = {}
    cold: set[str] = set()
    for variant, quantity in units:
        county = variant.product.county_code
        weights[county] = weights.get(county, 0) + variant.gross_weight_g * quantity
        if variant.product.temperature == Temperature.CHILLED:
            cold.add(county)
    return [CountyBox(county, weights[county], county in cold) for county in sorted(weights)]


def quote_freight(boxes: Iterable[CountyBox], to: Station | Region) -> dict[str, int]:
    """Freight in fen by county, for each box to a station or to a region. Raises delivery's NoRoute where nobody carries it."""
    return {
        box.county_code: quote_box(box.county_code, to=to, weight_g=box.weight_g, chilled=box.chilled) for box in boxes
    }


def share_freight(freight_fen: int, weights_g: list[int]) -> list[int]:
    """A box's freight shared by the stores whose goods are in it, in proportion to weight, exact to the fen."""
    return split_fen(freight_fen, weights_g)
