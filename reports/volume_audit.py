"""The audit of the volume, in plain SQL on orders, ledger and handovers: definition 1 of reports.volume written a second time on purpose.

Each check is a query whose rows are differences; no row, no difference.
"""

# ruff: noqa: E501 - a query reads better in whole clauses
from collections.abc import Mapping

# What a line reports and where, read from the order itself.
_LINES = """
    WITH lines AS (
        SELECT 'line:' || l.id AS key, l.id AS line_id, o.ref, o.paid_at, l.amount_fen, l.flow, l.category_slug, l.quantity,
               l.quantity * l.unit_weight_g AS weight_g, left(o.region_id, 6)::int AS buyer_county_code,
               l.amount_fen + l.funded_fen - l.commission_fen - l.station_fee_fen - l.borne_fen AS income_fen,
               CASE WHEN l.flow = 'outbound' THEN l.village_code ELSE coalesce(pickup.region_id, o.region_id) END AS village_code,
               (extract(year FROM o.paid_at AT TIME ZONE 'Asia/Shanghai') * 12
                + extract(month FROM o.paid_at AT TIME ZONE 'Asia/Shanghai') - 1)::int AS month,
               CASE o.pay_by WHEN 'counter' THEN 'counter' ELSE 'daylily' END AS channel,
               (coalesce(o.user_id = h.user_id, false) OR o.phone = h.phone) AS own, now.forgotten_at IS NULL AND o.phone <> '' AS known
        FROM orders_orderline l
        JOIN orders_consignment c ON c.id = l.consignment_id JOIN orders_order o ON o.id = c.order_id
        JOIN sellers_store s ON s.id = c.store_id JOIN sellers_household now ON now.id = coalesce(l.payee_id, s.household_id)
        -- The family that earned it, with the phone and the account that it had at that moment (its history; the first known where it is younger).
        JOIN LATERAL (
            SELECT e.phone, e.user_id FROM sellers_householdevent e WHERE e.pgh_obj_id = now.id
            ORDER BY e.pgh_created_at <= o.paid_at DESC, CASE WHEN e.pgh_created_at <= o.paid_at THEN -e.pgh_id ELSE e.pgh_id END LIMIT 1
        ) h ON true
        LEFT JOIN stations_station pickup ON pickup.id = o.pickup_station_id
        -- What was sent once more for nothing was not sold once more.
        WHERE o.state IN ('paid', 'refunded') AND l.amount_fen > 0
    )
"""
# The chain of each parcel, its hashes made again as delivery.custody describes them (SHA-256 over JSON with sorted keys and no spaces).
_CHAINS = """
    WITH chain AS (
        SELECT h.parcel_id, h.position, h.kind, h.server_time, st.kind AS station_kind,
               lead(h.position) OVER way IS NULL AS last,
               h.position = row_number() OVER way AND h.previous_hash = coalesce(lag(h.hash) OVER way, '')
                   AND h.giver = coalesce(lag(h.taker) OVER way, h.giver) AS linked,
               h.hash = encode(sha256(convert_to(concat(
                   '{"by":', coalesce(h.by_id::text, 'null'), ',"county":', to_json(h.county_code::text),
                   ',"device_time":"', to_char(h.device_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '+00:00"',
                   ',"giver":', to_json(h.giver::text), ',"kind":', to_json(h.kind::text), ',"nonce":', to_json(h.nonce::text),
                   ',"parcel":', to_json(p.ref::text), ',"position":', h.position, ',"previous":', to_json(h.previous_hash::text),
                   ',"server_time":"', to_char(h.server_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '+00:00"',
                   ',"station":', coalesce(to_json(st.code::text)::text, 'null'), ',"taker":', to_json(h.taker::text), '}'), 'UTF8')), 'hex') AS sound
        FROM delivery_handover h JOIN delivery_parcel p ON p.id = h.parcel_id LEFT JOIN stations_station st ON st.id = h.station_id
        WINDOW way AS (PARTITION BY h.parcel_id ORDER BY h.position)
    ), proved AS (
        SELECT parcel_id, max(server_time) FILTER (WHERE last) AS known_at FROM chain GROUP BY parcel_id
        HAVING bool_and(linked AND sound) AND bool_or(position = 1 AND kind = 'collect' AND station_kind = 'village')
           AND bool_or(last AND kind IN ('deliver', 'pickup'))
    )
"""
VOLUME_CHECKS: Mapping[str, str] = {
    "a paid line has no fact of sale, or a fact of another amount, place, month or channel": _LINES
    + """
        SELECT lines.key, lines.amount_fen, f.amount_fen AS fact_fen, lines.village_code, f.village_code AS fact_village, lines.month,
               f.month AS fact_month
        FROM lines LEFT JOIN orders_sale f ON f.key = lines.key
        WHERE (lines.amount_fen, lines.income_fen, lines.village_code, lines.month, lines.channel, lines.flow, left(lines.village_code, 6)::int,
               lines.line_id, lines.ref, lines.paid_at, lines.category_slug, lines.quantity, lines.weight_g, lines.buyer_county_code, 'sale')
            IS DISTINCT FROM (f.amount_fen, f.farmer_income_fen, f.village_code, f.month::int, f.channel, f.flow, f.county_code,
               f.line_id, f.order_ref, f.happened_at, f.category_slug, f.quantity, f.weight_g, f.buyer_county_code, f.kind)
    """,
    "a fact of sale has no paid line": _LINES
    + """
        SELECT f.key, f.amount_fen FROM orders_sale f WHERE f.kind = 'sale' AND NOT EXISTS (SELECT 1 FROM lines WHERE lines.key = f.key)
    """,
    "a fact of refund has no refund behind it": """
        SELECT f.key, f.amount_fen FROM orders_sale f WHERE f.kind = 'refund' AND NOT EXISTS (
            SELECT 1 FROM payments_payment p JOIN payments_refund r ON r.payment_id = p.id WHERE p.order_ref = f.order_ref)
    """,
    "a refund of a line has not one fact below zero, with its amounts, in its month and where the sale was": """
        SELECT r.key, r.amount_fen, f.amount_fen AS fact_fen, f.month FROM (SELECT * FROM orders_linerefund WHERE amount_fen > 0) r
        JOIN orders_orderline l ON l.id = r.line_id LEFT JOIN orders_sale s ON s.key = 'line:' || r.line_id
        FULL JOIN (SELECT * FROM orders_sale WHERE kind = 'refund') f ON f.key = r.key
        WHERE (-r.amount_fen, -(r.amount_fen + r.funded_fen - r.commission_fen - r.station_fee_fen - r.borne_fen), r.line_id, -r.quantity, -(r.quantity * l.unit_weight_g)::bigint,
               s.county_code, s.village_code, s.buyer_county_code, s.category_slug, s.flow, s.channel, s.left_out, s.order_ref, r.happened_at,
               (extract(year FROM r.happened_at AT TIME ZONE 'Asia/Shanghai') * 12
                + extract(month FROM r.happened_at AT TIME ZONE 'Asia/Shanghai') - 1)::int)
            IS DISTINCT FROM (f.amount_fen, f.farmer_income_fen, f.line_id, f.quantity, f.weight_g, f.county_code, f.village_code,
               f.buyer_county_code, f.category_slug, f.flow, f.channel, f.left_out, f.order_ref, f.happened_at, f.month::int)
    """,
    "a purchase by the seller's own family is counted, or another is left out": _LINES
    + """
        SELECT f.key, f.left_out FROM orders_sale f JOIN lines ON lines.key = f.key
        WHERE lines.known AND f.left_out <> CASE WHEN lines.own THEN 'self_purchase' ELSE '' END
    """,
    "the facts of a month differ from what the ledger credits for goods": """
        WITH facts AS (
            SELECT f.county_code, f.month, sum(f.amount_fen) AS fen FROM (
                -- What buyers paid, and what funds added to it; of it the seller bears freight.
                SELECT left(s.region_id, 6)::int AS county_code, f.month, f.amount_fen + CASE f.kind WHEN 'sale' THEN l.funded_fen - l.borne_fen
                    ELSE coalesce((SELECT r.borne_fen - r.funded_fen FROM orders_linerefund r WHERE r.key = f.key), 0) END AS amount_fen FROM orders_sale f
                JOIN orders_orderline l ON l.id = f.line_id JOIN orders_consignment c ON c.id = l.consignment_id
                JOIN sellers_store s ON s.id = c.store_id) f GROUP BY f.county_code, f.month),
        ledger AS (
            SELECT e.county_code::int AS county_code,
                   (extract(year FROM t.happened_at AT TIME ZONE 'Asia/Shanghai') * 12
                    + extract(month FROM t.happened_at AT TIME ZONE 'Asia/Shanghai') - 1)::int AS month, -sum(e.amount_fen) AS fen
            FROM payments_transfer t JOIN payments_entry e ON e.transfer_id = t.id JOIN payments_ledgeraccount a ON a.id = e.account_id
            WHERE t.kind IN ('sale', 'refund') AND a.kind IN ('seller_pending', 'seller_available', 'commission', 'station_fee') GROUP BY 1, 2)
        SELECT coalesce(facts.county_code, ledger.county_code) AS county, coalesce(facts.month, ledger.month) AS month, facts.fen, ledger.fen AS ledger_fen
        FROM facts FULL JOIN ledger ON facts.county_code = ledger.county_code AND facts.month = ledger.month
        WHERE coalesce(facts.fen, 0) <> coalesce(ledger.fen, 0)
    """,
    "a sale is verified whose goods were not handed on without a break from a village point to the buyer": _CHAINS
    + """
        SELECT f.key, p.number, v.verified_at FROM orders_verification v JOIN orders_sale f ON f.id = v.sale_id
        LEFT JOIN orders_orderline l ON l.id = f.line_id LEFT JOIN orders_consignment c ON c.id = l.consignment_id
        LEFT JOIN delivery_parcel p ON p.id = c.parcel_id LEFT JOIN proved ON proved.parcel_id = p.id
        WHERE f.kind <> 'sale' OR f.flow <> 'outbound' OR p.state IS DISTINCT FROM 'delivered' OR v.verified_at IS DISTINCT FROM p.delivered_at
           OR proved.parcel_id IS NULL
    """,
    "a sale is not verified an hour after its goods were delivered by an unbroken chain": _CHAINS
    + """
        SELECT f.key, p.number FROM orders_sale f JOIN orders_orderline l ON l.id = f.line_id JOIN orders_consignment c ON c.id = l.consignment_id
        JOIN delivery_parcel p ON p.id = c.parcel_id JOIN proved ON proved.parcel_id = p.id
        WHERE f.kind = 'sale' AND f.flow = 'outbound' AND p.state = 'delivered' AND proved.known_at < now() - interval '1 hour'
          AND NOT EXISTS (SELECT 1 FROM orders_verification v WHERE v.sale_id = f.id)
    """,
    "a handover bears another hash than its fields make": _CHAINS
    + """
        SELECT p.number, chain.position FROM chain JOIN delivery_parcel p ON p.id = chain.parcel_id WHERE NOT chain.sound
    """,
}
