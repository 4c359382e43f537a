"""place_order against the same writes in bare SQL: ten round trips with guarded stock by lot (psycopg), three lines of two stores."""

import datetime as dt
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from catalog.models import Variant
from orders.checkout import DeliveryChoice, place_order
from orders.models import DeliveryWay
from payments.models import Provider
from stations.models import Region


def rate(work: Callable[[], None], seconds: float) -> float:
    """How often `work` can be done in a second, measured for `seconds` after a short warm-up."""
    for _ in range(5):
        work()
    done, began = 0, time.monotonic()
    while time.monotonic() - began < seconds:
        work()
        done += 1
    return done / (time.monotonic() - began)


def choose_lines() -> list[tuple[int, int]]:
    """Three variants of two stores of one county, one unit each."""
    first = Variant.objects.select_related("product").order_by("pk")[0]
    same = Variant.objects.filter(product=first.product).order_by("pk")[1]
    other = (
        Variant.objects.filter(product__county_code=first.product.county_code)
        .exclude(product__store=first.product.store)
        .order_by("pk")[0]
    )
    return [(first.pk, 1), (same.pk, 1), (other.pk, 1)]


def place(lines: list[tuple[int, int]]) -> Callable[[], None]:
    """One order through the journey."""
    delivery = DeliveryChoice(
        way=DeliveryWay.CARRIER,
        recipient="刘敏",
        phone="13907310000",
        region=Region.objects.get(code="430104000000"),
        address="麓山南路2号",
    )

    def work() -> None:
        place_order(
            lines=lines,
            buyer=None,
            email="bench@daylily.example",
            delivery=delivery,
            pay_by=Provider.STRIPE,
            key=secrets.token_hex(8),
            actor="bench",
        )

    return work


@dataclass
class Bare:
    """The same rows by hand: ten round trips on one connection, stock taken of the oldest lot and guarded, nothing else."""

    cursor: Any
    packs: list[
        tuple[Any, ...]
    ]  # of the three: key, SKU, name, price, grams, product, its name, store, station, county, village

    def place(self) -> None:
        """One order, in one transaction."""
        now, ref = dt.datetime.now(dt.UTC), secrets.token_urlsafe(16)
        self.cursor.execute("BEGIN")
        self.cursor.execute(_KEY, [ref, now])
        drawn = self._hold()
        goods = sum(pack[3] for pack in self.packs)
        self.cursor.execute(_ORDER, [ref, ref[:20], goods, goods, now, now + dt.timedelta(minutes=15)])
        consignments = self._consign(self.cursor.fetchone()[0], ref)
        self._write_lines(consignments, drawn)
        self.cursor.execute(_PAYMENT, [ref, goods, now])
        self.cursor.execute("COMMIT")

    def _hold(self) -> dict[int, int | None]:
        """One unit of each pack is held, of its oldest lot; the lots by pack."""
        ids = [pack[0] for pack in self.packs]
        self.cursor.execute(
            "SELECT id, price_fen FROM catalog_variant WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [ids]
        )
        self.cursor.execute(_STOCK, [ids])
        drawn = dict(self.cursor.fetchall())
        self.cursor.execute(_LOTS, [[lot for lot in drawn.values() if lot]])
        self.cursor.fetchall()
        return drawn

    def _consign(self, order: int, ref: str) -> dict[int, int]:
        """A consignment for each store; their keys by store."""
        stores = {pack[7]: pack for pack in self.packs}
        values = [
            value
            for place, pack in enumerate(stores.values())
            for value in (order, f"{ref[:20]}-{place}", pack[7], pack[8], pack[9], pack[3])
        ]
        rows = ", ".join(["(%s, %s, %s, %s, %s, %s, 0, 0, 0, false, '')"] * len(stores))
        self.cursor.execute(f"{_CONSIGNMENTS} VALUES {rows} RETURNING store_id, id", values)
        return dict(self.cursor.fetchall())

    def _write_lines(self, consignments: dict[int, int], drawn: dict[int, int | None]) -> None:
        values = [
            value
            for key, sku, name, fen, grams, product, named, store, _station, _county, village in self.packs
            for value in (consignments[store], key, product, drawn[key], named, name, sku, village, fen, grams, fen)
        ]
        row = "(%s, %s, %s, %s, %s, '', %s, '', %s, '', 'piece', 'outbound', 'x', %s, %s, 1, %s, %s, 0, 0, 0, 0)"
        self.cursor.execute(f"{_LINES} VALUES {', '.join([row] * len(self.packs))}", values)


_PACKS: Final = """
SELECT v.id, v.sku, v.name, v.price_fen, v.net_weight_g, p.id, p.name, p.store_id, s.station_id, p.county_code, p.origin_id
FROM catalog_variant v JOIN catalog_product p ON p.id = v.product_id JOIN sellers_store s ON s.id = p.store_id
WHERE v.id = ANY(%s) ORDER BY v.id
"""
_KEY: Final = """
INSERT INTO payments_idempotencykey (actor, operation, key, request_hash, created_at) VALUES ('bench', 'bare', %s, '', %s)
"""
_STOCK: Final = """
UPDATE catalog_stock AS s SET held = s.held + 1 FROM (
  SELECT DISTINCT ON (k.variant_id) k.id FROM catalog_stock AS k LEFT JOIN catalog_lot AS l ON l.id = k.lot_id
  WHERE k.variant_id = ANY(%s) AND NOT k.frozen AND k.on_hand > k.held ORDER BY k.variant_id, l.harvested_on, l.id
) AS oldest WHERE oldest.id = s.id RETURNING s.variant_id, s.lot_id
"""
_LOTS: Final = """
SELECT l.id, g.name, h.region_id FROM catalog_lot AS l LEFT JOIN catalog_grade AS g ON g.id = l.grade_id
LEFT JOIN sellers_household AS h ON h.id = l.household_id WHERE l.id = ANY(%s)
"""
_ORDER: Final = """
INSERT INTO orders_order (ref, number, email, language, state, pay_by, delivery_way, recipient, phone, region_id, address, goods_fen,
  freight_fen, total_fen, currency, placed_at, reserved_until)
VALUES (%s, %s, 'b@x.example', 'zh-hans', 'reserved', 'stripe', 'carrier', '刘敏', '13907310000', '430104000000', '2', %s, 0, %s, 'CNY',
  %s, %s) RETURNING id
"""
_CONSIGNMENTS: Final = """
INSERT INTO orders_consignment (order_id, number, store_id, station_id, county_code, goods_fen, freight_fen, commission_fen,
  station_fee_fen, frozen, visit_code)
"""
_LINES: Final = """
INSERT INTO orders_orderline (consignment_id, variant_id, product_id, lot_id, name, name_en, pack, pack_en, sku, grade, sold_by, flow,
  category_slug, village_code, unit_price_fen, quantity, unit_weight_g, amount_fen, commission_bp, station_fee_bp, commission_fen,
  station_fee_fen)
"""
_PAYMENT: Final = """
INSERT INTO payments_payment (order_ref, provider, state, amount_fen, currency, session_id, session_url, intent_id, station_code,
  created_at) VALUES (%s, 'stripe', 'open', %s, 'CNY', '', '', '', '', %s)
"""


def bare(lines: list[tuple[int, int]]) -> Callable[[], None]:
    """One order in bare SQL."""
    connection.ensure_connection()
    cursor = connection.connection.cursor()
    cursor.execute(_PACKS, [sorted(variant for variant, _units in lines)])
    return Bare(cursor, cursor.fetchall()).place
