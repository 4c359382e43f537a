"""Sales that are simply there: an order of one line, paid, with its fact; how they come to be is tested where the journey is."""

import datetime as dt
import uuid

from catalog.models import Variant
from orders.models import Consignment, Order, OrderLine, OrderState, Sale, SaleKind
from orders.models.sale import Channel


def sell_line(variant: Variant, *, at: dt.datetime, quantity: int = 1) -> Sale:
    """So many of a pack sold at its price."""
    product, store, number = variant.product, variant.product.store, uuid.uuid4().hex[:12]
    fen = variant.price_fen * quantity
    order = Order.objects.create(
        number=number, email="buyer@daylily.example", state=OrderState.PAID, recipient="买家", phone="13900000000",
        region=store.region, address="1号", goods_fen=fen, freight_fen=0, total_fen=fen, placed_at=at, reserved_until=at, paid_at=at,
    )  # fmt: skip
    consignment = Consignment.objects.create(
        order=order,
        number=f"{number}-1",
        store=store,
        station=store.station,
        county_code=product.county_code,
        goods_fen=fen,
    )
    line = OrderLine.objects.create(
        consignment=consignment, variant=variant, product=product, name=product.name, pack=variant.name, sku=variant.sku,
        sold_by=variant.sold_by, flow=product.flow, category_slug=product.category.slug, village_code=store.region_id,
        unit_price_fen=variant.price_fen, quantity=quantity, unit_weight_g=variant.net_weight_g, amount_fen=fen,
        commission_bp=200, station_fee_bp=300, commission_fen=0, station_fee_fen=0,
    )  # fmt: skip
    return Sale.objects.create(
        line=line, kind=SaleKind.SALE, key=f"line:{line.pk}", order_ref=order.ref, county_code=int(product.county_code),
        village_code=store.region_id, buyer_county_code=int(product.county_code), category_slug=product.category.slug,
        flow=product.flow, channel=Channel.DAYLILY, happened_at=at, month=at.year * 12 + at.month - 1, amount_fen=fen,
        farmer_income_fen=fen, quantity=quantity, weight_g=variant.net_weight_g * quantity,
    )  # fmt: skip
