"""The packing list: what is to be packed, by buyer, by product or by the van that takes it; to be printed."""

import datetime as dt
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext_lazy as _

from delivery.models import Leg
from orders.models import Consignment, OrderLine
from orders.models.order import ConsignmentQuerySet
from orders.to_do import waiting_parts, wished_note

# A list of more is no list to pack by.
MOST = 300


class PackBy(models.TextChoices):
    """In which order somebody packs."""

    BUYER = "buyer", _("by buyer")
    PRODUCT = "product", _("by product")
    ROUTE = "route", _("by route")


@dataclass(slots=True)
class Row:
    """Units of one pack, their grams, and for which part of an order."""

    label: str
    units: int
    grams: int
    part: Consignment


@dataclass(slots=True)
class Sheet:
    """What is packed together: for one buyer, of one kind of goods, or for one van (which leaves at `when` for the place in `title`)."""

    title: str
    note: str = ""
    when: dt.datetime | None = None
    rows: list[Row] = field(default_factory=list)

    @property
    def units(self) -> int:
        """Units altogether."""
        return sum(row.units for row in self.rows)

    @property
    def grams(self) -> int:
        """Grams altogether, without packing."""
        return sum(row.grams for row in self.rows)


def packing_list(parts: ConsignmentQuerySet, by: PackBy) -> list[Sheet]:
    """What of these parts of orders (orders.to_do.open_parts) the farmers still bring. Goods of a recalled lot and short harvests are not
    packed. Three queries.
    """
    waiting = list(waiting_parts(parts)[:MOST])
    lines = OrderLine.objects.left().filter(consignment__in=waiting, short_since=None, lot__recalled_at=None)
    by_part: dict[int, list[OrderLine]] = {}
    for line in lines.order_by("name", "pack", "pk"):
        by_part.setdefault(line.consignment_id, []).append(line)
    waiting = [part for part in waiting if part.pk in by_part]
    make = {PackBy.BUYER: _by_buyer, PackBy.PRODUCT: _by_product, PackBy.ROUTE: _by_route}[by]
    return make(waiting, by_part)


def _row(line: OrderLine, part: Consignment) -> Row:
    return Row(line.label, line.left_units, line.left_units * line.unit_weight_g, part)


def _by_buyer(parts: list[Consignment], lines: dict[int, list[OrderLine]]) -> list[Sheet]:
    """One sheet a parcel: what one buyer gets from one store at one time."""
    return [
        Sheet(
            title=part.number,
            note=_whom(part),
            when=part.leaves,  # type: ignore[attr-defined]
            rows=[_row(line, part) for line in lines[part.pk]],
        )
        for part in parts
    ]


def _whom(part: Consignment) -> str:
    """Whom it is for, where to, and not before which day."""
    if part.parcel is None:
        return ""
    buyer: str = part.buyer  # type: ignore[attr-defined]
    return " · ".join(filter(None, [buyer, part.parcel.destination_region.label, wished_note(part)]))


def _by_product(parts: list[Consignment], lines: dict[int, list[OrderLine]]) -> list[Sheet]:
    """One sheet a kind of goods: how many packs altogether, and of which parts of orders."""
    sheets: dict[str, Sheet] = {}
    for part in parts:
        for line in lines[part.pk]:
            sheet = sheets.setdefault(line.label, Sheet(line.label))
            sheet.rows.append(Row(part.number, line.left_units, line.left_units * line.unit_weight_g, part))
    return sorted(sheets.values(), key=lambda sheet: sheet.title)


def _by_route(parts: list[Consignment], lines: dict[int, list[OrderLine]]) -> list[Sheet]:
    """One sheet a van: where it starts, where it goes, when it leaves."""
    keys = [part.parcel_id for part in parts]
    legs = Leg.objects.filter(parcel__in=keys, departed_at=None).select_related(
        "from_station", "to_station", "to_region", "from_region"
    )
    first: dict[int, Leg] = {}
    for leg in legs.order_by("-position"):
        first[leg.parcel_id] = leg
    sheets: dict[tuple[object, ...], Sheet] = {}
    for part in parts:
        leg_of = first.get(part.parcel_id or 0)
        key: tuple[object, ...] = (leg_of.depart_planned, leg_of.start, leg_of.end) if leg_of else ()
        title = f"{leg_of.start} → {leg_of.end}" if leg_of else str(_("Without a van yet"))
        sheet = sheets.setdefault(key, Sheet(title, when=leg_of.depart_planned if leg_of else None))
        sheet.rows += [_row(line, part) for line in lines[part.pk]]
    return list(sheets.values())
