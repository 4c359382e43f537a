"""Independent recomputation of ledger and volume, in plain SQL on orders, payments and handovers: not the code that wrote them.

Each check is a query whose rows are differences; no row, no difference.
"""

# ruff: noqa: E501 - a query reads better in whole clauses
from collections.abc import Iterator, Mapping

from django.db import connection

LEDGER_CHECKS: Mapping[str, str] = {
    "a transfer does not sum to zero": """
        SELECT t.key, e.currency, sum(e.amount_fen) AS fen FROM payments_transfer t JOIN payments_entry e ON e.transfer_id = t.id
        GROUP BY t.key, e.currency HAVING sum(e.amount_fen) <> 0
    """,
    "a transfer has no entries": """
        SELECT t.key FROM payments_transfer t WHERE NOT EXISTS (SELECT 1 FROM payments_entry e WHERE e.transfer_id = t.id)
    """,
    "a payment that succeeded is not in the ledger, or not with its amount": """
        SELECT p.id, p.amount_fen, coalesce(sum(e.amount_fen), 0) AS ledger_fen
        FROM payments_payment p
        LEFT JOIN payments_transfer t ON t.key IN ('sale:' || p.id, 'late:' || p.id)
        LEFT JOIN payments_entry e ON e.transfer_id = t.id AND e.amount_fen > 0
        WHERE p.state IN ('succeeded', 'refunded')
        GROUP BY p.id, p.amount_fen HAVING coalesce(sum(e.amount_fen), 0) <> p.amount_fen
    """,
    "the ledger books a sale without a payment that succeeded": """
        SELECT t.key FROM payments_transfer t
        WHERE t.kind IN ('sale', 'late_payment') AND NOT EXISTS (
            SELECT 1 FROM payments_payment p WHERE t.key IN ('sale:' || p.id, 'late:' || p.id) AND p.state IN ('succeeded', 'refunded'))
    """,
    "an order is paid and not booked, or booked and not paid": """
        SELECT coalesce(o.ref, t.order_ref) AS order_ref, o.state, t.key
        FROM (SELECT * FROM orders_order WHERE state IN ('paid', 'refunded')) o
        FULL JOIN (SELECT * FROM payments_transfer WHERE kind = 'sale') t ON t.order_ref = o.ref
        WHERE o.id IS NULL OR t.id IS NULL
    """,
    "a seller is not credited with the goods less commission and fee": """
        WITH earned AS (
            SELECT o.ref, s.slug, sum(l.amount_fen - l.commission_fen - l.station_fee_fen) AS fen
            FROM orders_order o JOIN orders_consignment c ON c.order_id = o.id JOIN orders_orderline l ON l.consignment_id = c.id
            JOIN sellers_store s ON s.id = c.store_id WHERE o.state IN ('paid', 'refunded') GROUP BY o.ref, s.slug),
        credited AS (
            SELECT t.order_ref, a.owner, -sum(e.amount_fen) AS fen
            FROM payments_transfer t JOIN payments_entry e ON e.transfer_id = t.id JOIN payments_ledgeraccount a ON a.id = e.account_id
            WHERE t.kind = 'sale' AND a.kind = 'seller_pending' GROUP BY t.order_ref, a.owner)
        SELECT coalesce(ref, order_ref) AS order_ref, coalesce(slug, owner) AS store, earned.fen AS earned, credited.fen AS credited
        FROM earned FULL JOIN credited ON order_ref = ref AND owner = slug
        WHERE coalesce(earned.fen, 0) <> coalesce(credited.fen, 0)
    """,
    "commission, station fee or freight differ from the order": """
        WITH asked AS (
            SELECT o.ref, x.kind, sum(x.fen) AS fen FROM orders_order o JOIN orders_consignment c ON c.order_id = o.id
            CROSS JOIN LATERAL (VALUES ('commission', c.commission_fen), ('station_fee', c.station_fee_fen), ('freight', c.freight_fen)) x(kind, fen)
            WHERE o.state IN ('paid', 'refunded') GROUP BY o.ref, x.kind),
        booked AS (
            SELECT t.order_ref, a.kind, -sum(e.amount_fen) AS fen
            FROM payments_transfer t JOIN payments_entry e ON e.transfer_id = t.id JOIN payments_ledgeraccount a ON a.id = e.account_id
            WHERE t.kind = 'sale' AND a.kind IN ('commission', 'station_fee', 'freight') GROUP BY t.order_ref, a.kind)
        SELECT coalesce(ref, order_ref) AS order_ref, coalesce(asked.kind, booked.kind) AS kind, asked.fen AS asked, booked.fen AS booked
        FROM asked FULL JOIN booked ON order_ref = ref AND asked.kind = booked.kind WHERE coalesce(asked.fen, 0) <> coalesce(booked.fen, 0)
    """,
    "an order's total is not its lines and freight": """
        SELECT o.ref, o.total_fen, sum(l.amount_fen) AS lines_fen, o.freight_fen
        FROM orders_order o JOIN orders_consignment c ON c.order_id = o.id JOIN orders_orderline l ON l.consignment_id = c.id
        GROUP BY o.id HAVING o.total_fen <> sum(l.amount_fen) + o.freight_fen
            OR o.freight_fen <> (SELECT sum(freight_fen) FROM orders_consignment WHERE order_id = o.id)
    """,
    "a consignment's release is missing, doubled or of another amount": """
        SELECT c.number, c.goods_fen - c.commission_fen - c.station_fee_fen AS due, sum(e.amount_fen) AS released
        FROM orders_consignment c
        LEFT JOIN payments_transfer t ON t.key = 'release:' || c.id LEFT JOIN payments_entry e ON e.transfer_id = t.id AND e.amount_fen > 0
        GROUP BY c.id
        HAVING (c.released_at IS NULL AND count(e.id) > 0)
            OR (c.released_at IS NOT NULL AND coalesce(sum(e.amount_fen), 0) <> c.goods_fen - c.commission_fen - c.station_fee_fen)
    """,
    "money held at Stripe or in tills is not payments less refunds": """
        WITH held AS (
            SELECT a.kind, a.owner, sum(e.amount_fen) AS fen FROM payments_entry e JOIN payments_ledgeraccount a ON a.id = e.account_id
            WHERE a.kind IN ('stripe', 'station_cash') GROUP BY a.kind, a.owner),
        taken AS (
            SELECT CASE p.provider WHEN 'stripe' THEN 'stripe' ELSE 'station_cash' END AS kind, p.station_code AS owner,
                   sum(p.amount_fen - coalesce((SELECT sum(r.amount_fen) FROM payments_refund r WHERE r.payment_id = p.id AND r.state <> 'failed'), 0)) AS fen
            FROM payments_payment p WHERE p.state IN ('succeeded', 'refunded') GROUP BY 1, 2)
        SELECT coalesce(held.kind, taken.kind) AS kind, coalesce(held.owner, taken.owner) AS owner, held.fen AS ledger, taken.fen AS payments
        FROM held FULL JOIN taken ON held.kind = taken.kind AND held.owner = taken.owner WHERE coalesce(held.fen, 0) <> coalesce(taken.fen, 0)
    """,
    "stock that unpaid and uncollected orders hold is not what the variants say": """
        SELECT v.sku, v.held, coalesce(sum(l.quantity), 0) AS ordered
        FROM catalog_variant v
        LEFT JOIN (orders_orderline l JOIN orders_consignment c ON c.id = l.consignment_id JOIN orders_order o ON o.id = c.order_id
                   LEFT JOIN delivery_parcel p ON p.id = c.parcel_id)
            ON l.variant_id = v.id AND (o.state = 'reserved' OR (o.state = 'paid' AND p.collected_at IS NULL))
        GROUP BY v.id HAVING v.held <> coalesce(sum(l.quantity), 0)
    """,
}

# What a line reports and where, read from the order itself. Definition 1 of reports.volume, written a second time on purpose.
_LINES = """
    WITH lines AS (
        SELECT 'line:' || l.id AS key, o.ref, l.amount_fen, l.flow,
               l.amount_fen - l.commission_fen - l.station_fee_fen AS income_fen,
               CASE WHEN l.flow = 'outbound' THEN l.village_code ELSE coalesce(pickup.region_id, o.region_id) END AS village_code,
               (extract(year FROM o.paid_at AT TIME ZONE 'Asia/Shanghai') * 12
                + extract(month FROM o.paid_at AT TIME ZONE 'Asia/Shanghai') - 1)::int AS month,
               CASE o.pay_by WHEN 'counter' THEN 'counter' ELSE 'daylily' END AS channel,
               (coalesce(o.user_id = h.user_id, false) OR o.phone = h.phone) AS own
        FROM orders_orderline l
        JOIN orders_consignment c ON c.id = l.consignment_id JOIN orders_order o ON o.id = c.order_id
        JOIN sellers_store s ON s.id = c.store_id JOIN sellers_household h ON h.id = s.household_id
        LEFT JOIN stations_station pickup ON pickup.id = o.pickup_station_id
        WHERE o.state IN ('paid', 'refunded')
    )
"""
VOLUME_CHECKS: Mapping[str, str] = {
    "a paid line has no fact of sale, or a fact of another amount, place, month or channel": _LINES
    + """
        SELECT lines.key, lines.amount_fen, f.amount_fen AS fact_fen, lines.village_code, f.village_code AS fact_village, lines.month,
               f.month AS fact_month
        FROM lines LEFT JOIN orders_sale f ON f.key = lines.key
        WHERE (lines.amount_fen, lines.income_fen, lines.village_code, lines.month, lines.channel, lines.flow, left(lines.village_code, 6)::int)
            IS DISTINCT FROM (f.amount_fen, f.farmer_income_fen, f.village_code, f.month::int, f.channel, f.flow, f.county_code)
    """,
    "a fact of sale has no paid line": _LINES
    + """
        SELECT f.key, f.amount_fen FROM orders_sale f WHERE f.kind = 'sale' AND NOT EXISTS (SELECT 1 FROM lines WHERE lines.key = f.key)
    """,
    "a purchase by the seller's own family is counted, or another is left out": _LINES
    + """
        SELECT f.key, f.left_out FROM orders_sale f JOIN lines ON lines.key = f.key WHERE lines.own <> (f.left_out = 'self_purchase')
    """,
    "the facts of a month differ from what the ledger credits for goods": """
        WITH facts AS (
            SELECT f.county_code, f.month, sum(f.amount_fen) AS fen FROM (
                SELECT left(s.region_id, 6)::int AS county_code, f.month, f.amount_fen FROM orders_sale f
                JOIN orders_orderline l ON l.id = f.line_id JOIN orders_consignment c ON c.id = l.consignment_id
                JOIN sellers_store s ON s.id = c.store_id) f GROUP BY f.county_code, f.month),
        ledger AS (
            SELECT e.county_code::int AS county_code,
                   (extract(year FROM t.happened_at AT TIME ZONE 'Asia/Shanghai') * 12
                    + extract(month FROM t.happened_at AT TIME ZONE 'Asia/Shanghai') - 1)::int AS month, -sum(e.amount_fen) AS fen
            FROM payments_transfer t JOIN payments_entry e ON e.transfer_id = t.id JOIN payments_ledgeraccount a ON a.id = e.account_id
            WHERE t.kind = 'sale' AND a.kind IN ('seller_pending', 'commission', 'station_fee') GROUP BY 1, 2)
        SELECT coalesce(facts.county_code, ledger.county_code) AS county, coalesce(facts.month, ledger.month) AS month, facts.fen, ledger.fen AS ledger_fen
        FROM facts FULL JOIN ledger ON facts.county_code = ledger.county_code AND facts.month = ledger.month
        WHERE coalesce(facts.fen, 0) <> coalesce(ledger.fen, 0)
    """,
    "a sale is verified whose goods were not handed on without a break from a village point to the buyer": """
        WITH chain AS (
            SELECT h.parcel_id, bool_and(h.previous_hash = coalesce(before.hash, '')) AS unbroken
            FROM delivery_handover h LEFT JOIN delivery_handover before ON before.parcel_id = h.parcel_id AND before.position = h.position - 1
            GROUP BY h.parcel_id)
        SELECT f.key FROM orders_verification v JOIN orders_sale f ON f.id = v.sale_id
        LEFT JOIN orders_orderline l ON l.id = f.line_id LEFT JOIN orders_consignment c ON c.id = l.consignment_id
        LEFT JOIN delivery_parcel p ON p.id = c.parcel_id LEFT JOIN chain ON chain.parcel_id = p.id
        WHERE f.flow <> 'outbound' OR p.state IS DISTINCT FROM 'delivered' OR NOT coalesce(chain.unbroken, false) OR NOT EXISTS (
            SELECT 1 FROM delivery_handover h JOIN stations_station st ON st.id = h.station_id
            WHERE h.parcel_id = p.id AND h.kind = 'collect' AND st.kind = 'village'
              AND h.position = (SELECT min(position) FROM delivery_handover WHERE parcel_id = p.id))
    """,
}

SHOWN = 10


def differences(checks: Mapping[str, str]) -> Iterator[str]:
    """One line a difference, with what differs; at most ten rows of each check, and how many there are."""
    with connection.cursor() as cursor:
        for title, query in checks.items():
            cursor.execute(query)
            names = [column.name for column in cursor.description]
            rows = cursor.fetchall()
            for row in rows[:SHOWN]:
                yield f"{title}: " + ", ".join(f"{name}={value}" for name, value in zip(names, row, strict=True))
            if len(rows) > SHOWN:
                yield f"{title}: {len(rows)} in all"
