"""place_order against the same writes in bare SQL: ten round trips with guarded stock by lot (psycopg), three lines of two stores."""

import datetime as dt
import secrets
import time
from collections.abc import Callable

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


def bare(lines: list[tuple[int, int]]) -> Callable[[], None]:
    """The same rows by hand: ten round trips on one connection, stock taken of the oldest lot and guarded, nothing else."""
    connection.ensure_connection()
    raw = connection.connection
    ids = sorted(variant for variant, _ in lines)
    with raw.cursor() as cursor:
        cursor.execute(
            "SELECT v.id, v.sku, v.name, v.price_fen, v.net_weight_g, p.id, p.name, p.store_id, s.station_id, p.county_code, p.origin_id"
            " FROM catalog_variant v JOIN catalog_product p ON p.id = v.product_id JOIN sellers_store s ON s.id = p.store_id"
            " WHERE v.id = ANY(%s) ORDER BY v.id",
            [ids],
        )
        rows = cursor.fetchall()

    def work() -> None:
        now = dt.datetime.now(dt.UTC)
        ref = secrets.token_urlsafe(16)
        with raw.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "INSERT INTO payments_idempotencykey (actor, operation, key, request_hash, created_at)"
                " VALUES ('bench', 'bare', %s, '', %s)",
                [ref, now],
            )
            cursor.execute(
                "SELECT id, price_fen FROM catalog_variant WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [ids]
            )
            cursor.execute(
                "UPDATE catalog_stock AS s SET held = s.held + 1 FROM (SELECT DISTINCT ON (k.variant_id) k.id FROM catalog_stock AS k"
                " LEFT JOIN catalog_lot AS l ON l.id = k.lot_id WHERE k.variant_id = ANY(%s) AND NOT k.frozen AND k.on_hand > k.held"
                " ORDER BY k.variant_id, l.harvested_on, l.id) AS oldest WHERE oldest.id = s.id RETURNING s.variant_id, s.lot_id",
                [ids],
            )
            drawn = dict(cursor.fetchall())
            cursor.execute(
                "SELECT l.id, g.name, h.region_id FROM catalog_lot AS l LEFT JOIN catalog_grade AS g ON g.id = l.grade_id"
                " LEFT JOIN sellers_household AS h ON h.id = l.household_id WHERE l.id = ANY(%s)",
                [[lot for lot in drawn.values() if lot]],
            )
            cursor.fetchall()
            goods = sum(row[3] for row in rows)
            cursor.execute(
                "INSERT INTO orders_order (ref, number, email, language, state, pay_by, delivery_way, recipient, phone, region_id, address,"
                " goods_fen, freight_fen, total_fen, currency, placed_at, reserved_until)"
                " VALUES (%s, %s, 'b@x.example', 'zh-hans', 'reserved', 'stripe', 'carrier', '刘敏', '13907310000', '430104000000', '2',"
                " %s, 0, %s, 'CNY', %s, %s) RETURNING id",
                [ref, ref[:20], goods, goods, now, now + dt.timedelta(minutes=15)],
            )
            order = cursor.fetchone()[0]
            stores = {row[7]: row for row in rows}
            values = [
                value
                for place, row in enumerate(stores.values())
                for value in (order, f"{ref[:20]}-{place}", row[7], row[8], row[9], row[3])
            ]
            cursor.execute(
                "INSERT INTO orders_consignment (order_id, number, store_id, station_id, county_code, goods_fen, freight_fen,"
                " commission_fen, station_fee_fen, frozen, visit_code) VALUES "
                + ", ".join(["(%s, %s, %s, %s, %s, %s, 0, 0, 0, false, '')"] * len(stores))
                + " RETURNING id, store_id",
                values,
            )
            consignments = {store: number for number, store in cursor.fetchall()}
            lines_values = [
                value
                for row in rows
                for value in (
                    consignments[row[7]],
                    row[0],
                    row[5],
                    drawn[row[0]],
                    row[6],
                    row[2],
                    row[1],
                    row[10],
                    row[3],
                    row[4],
                    row[3],
                )
            ]
            cursor.execute(
                "INSERT INTO orders_orderline (consignment_id, variant_id, product_id, lot_id, name, name_en, pack, pack_en, sku, grade,"
                " sold_by,"
                " flow, category_slug, village_code, unit_price_fen, quantity, unit_weight_g, amount_fen, commission_bp, station_fee_bp,"
                " commission_fen, station_fee_fen) VALUES "
                + ", ".join(
                    [
                        "(%s, %s, %s, %s, %s, '', %s, '', %s, '', 'piece', 'outbound', 'x', %s, %s, 1, %s, %s, 0, 0, 0, 0)"
                    ]
                    * len(rows)
                ),
                lines_values,
            )
            cursor.execute(
                "INSERT INTO payments_payment (order_ref, provider, state, amount_fen, currency, session_id, session_url, intent_id,"
                " station_code, created_at) VALUES (%s, 'stripe', 'open', %s, 'CNY', '', '', '', '', %s)",
                [ref, goods, now],
            )
            cursor.execute("COMMIT")

    return work
