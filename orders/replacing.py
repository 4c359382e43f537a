"""Replacing: goods of a consignment are sent once more, for nothing. They come from the stock as any others, and are no sale."""

import datetime as dt
from collections.abc import Mapping

from django.utils.translation import gettext as _

from catalog import stock
from catalog.growing import gathers
from catalog.models import Lot
from orders.models import Consignment, OrderLine
from orders.parcels import plan_parcels

_COPIED = (
    "product_id", "name", "name_en", "pack", "pack_en", "sku", "sold_by", "flow", "category_slug", "village_code", "payee_id",
    "unit_weight_g",
)  # fmt: skip


class CannotReplace(ValueError):
    """There is not enough of the same goods, or they are sold no more; its text says so."""


def replace(*, consignment: Consignment, units: Mapping[int, int], at: dt.datetime) -> Consignment:
    """A consignment of the same goods (units by line key) for the same buyer: its stock held, its parcel planned by a job.

    Inside the caller's transaction, which has locked the order. Raises CannotReplace.
    """
    lines = {line.pk: line for line in consignment.lines.filter(pk__in=units).select_related("product__store")}
    wanted: dict[int, int] = {}
    for key, line in lines.items():
        if line.variant_id is None:
            raise CannotReplace(_("%(goods)s is not sold any more.") % {"goods": line.label})
        wanted[line.variant_id] = wanted.get(line.variant_id, 0) + units[key]
    try:
        draws = stock.hold(wanted)
    except stock.StockShort as short:
        raise CannotReplace(_("There is not enough of it left to send it once more.")) from short
    made = Consignment.objects.create(
        order_id=consignment.order_id,
        number=f"{consignment.order.number}-{_next_position(consignment)}",
        store_id=consignment.store_id,
        station_id=consignment.station.successor.pk,
        county_code=consignment.county_code,
        goods_fen=0,
        frozen=consignment.frozen,
        replaces=consignment,
    )
    lots = Lot.objects.select_related("grade", "household").in_bulk({draw.lot_id for draw in draws if draw.lot_id})
    by_variant = {line.variant_id: line for line in lines.values()}
    OrderLine.objects.bulk_create(
        _line(made, by_variant[draw.variant_id], draw, lots.get(draw.lot_id or 0)) for draw in draws
    )
    plan_parcels.defer(order_id=consignment.order_id)
    return made


def _line(made: Consignment, sold: OrderLine, draw: stock.Draw, lot: Lot | None) -> OrderLine:
    fields = {name: getattr(sold, name) for name in _COPIED}
    if lot and sold.product and gathers(sold.product.store):
        fields |= {
            "payee_id": lot.household_id,
            "village_code": lot.household.region_id if lot.household else sold.village_code,
        }
    return OrderLine(
        **fields,
        consignment=made,
        variant_id=draw.variant_id,
        lot=lot,
        grade=lot.grade.name if lot and lot.grade else "",
        unit_price_fen=0,
        quantity=draw.units,
        amount_fen=0,
        commission_bp=0,
        station_fee_bp=0,
        commission_fen=0,
        station_fee_fen=0,
    )


def _next_position(consignment: Consignment) -> int:
    """Numbers are given in order, and none is ever taken away."""
    return Consignment.objects.filter(order_id=consignment.order_id).count() + 1
