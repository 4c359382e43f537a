"""The audit of the ledger, in plain SQL on orders, payments, refunds, parcels and stock: not the code that booked them.

Each check is a query whose rows are differences; no row, no difference. `<providers>` stands for what the ways to pay declare
(reports.audit): a name, the account on which its money arrives, and whether a person hands out what goes back.
"""

# ruff: noqa: E501 - a query reads better in whole clauses
from collections.abc import Mapping

from reports.deposit_audit import DEPOSIT_CHECKS
from reports.stripe_audit import STRIPE_CHECKS

LEDGER_CHECKS: Mapping[str, str] = {
    "a transfer does not sum to zero": """
        SELECT t.key, e.currency, sum(e.amount_fen) AS fen FROM payments_transfer t JOIN payments_entry e ON e.transfer_id = t.id
        GROUP BY t.key, e.currency HAVING sum(e.amount_fen) <> 0
    """,
    "a transfer has no entries, or others than it was posted with": """
        SELECT t.key, t.parts, count(e.id) AS entries FROM payments_transfer t LEFT JOIN payments_entry e ON e.transfer_id = t.id
        GROUP BY t.id HAVING count(e.id) = 0 OR count(e.id) <> t.parts
    """,
    "an entry has another currency than its account, or another time than its transfer": """
        SELECT t.key, e.id AS entry, e.currency, a.currency AS account_currency, e.happened_at, t.happened_at AS transfer_at
        FROM payments_entry e JOIN payments_transfer t ON t.id = e.transfer_id JOIN payments_ledgeraccount a ON a.id = e.account_id
        WHERE e.currency <> a.currency OR e.happened_at <> t.happened_at
    """,
    "a transfer has nothing that it is there for": """
        SELECT t.key, t.kind FROM payments_transfer t
        LEFT JOIN payments_payment p ON p.order_ref = t.order_ref AND t.key IN ('sale:' || p.id, 'late:' || p.id, 'late-refund:' || p.id, 'deposit:' || p.id)
        LEFT JOIN payments_refund r ON t.key IN ('refund-failed:' || r.id, 'refund:' || r.id, 'refund-again:' || r.id, 'refund-paid:' || r.id)
        LEFT JOIN orders_consignment c ON t.key = 'release:' || c.id LEFT JOIN orders_order o ON t.key = 'deposit-kept:' || o.id AND o.ref = t.order_ref
        LEFT JOIN payments_stripemovement m ON t.key IN ('stripe:' || m.txn_id, 'stripe-fee:' || m.txn_id) AND m.state <> 'unmatched'
        LEFT JOIN payments_mismatch x ON t.key IN ('suspense:' || x.id, 'suspense-back:' || x.id) AND x.resolved_by_id IS NOT NULL
        LEFT JOIN stations_cashhandover h ON t.key IN ('cash-out:' || h.id, 'cash-in:' || h.id, 'cash-back:' || h.id, 'cash-difference:' || h.id)
        WHERE CASE t.kind WHEN 'sale' THEN p.id IS NULL OR t.key NOT LIKE 'sale:%' WHEN 'late_payment' THEN p.id IS NULL OR t.key NOT LIKE 'late:%'
              WHEN 'deposit' THEN p.id IS NULL OR t.key NOT LIKE 'deposit:%' WHEN 'deposit_kept' THEN o.id IS NULL
              WHEN 'refund' THEN (p.id IS NULL OR t.key NOT LIKE 'late-refund:%')
                  AND (r.id IS NULL OR t.key NOT LIKE 'refund:%' AND t.key NOT LIKE 'refund-again:%')
              WHEN 'refund_failed' THEN r.id IS NULL OR t.key NOT LIKE 'refund-failed:%'
              WHEN 'refund_paid' THEN r.id IS NULL OR t.key NOT LIKE 'refund-paid:%'
              WHEN 'release' THEN c.id IS NULL
              WHEN 'stripe_fee' THEN m.id IS NULL OR t.key NOT LIKE 'stripe-fee:%' AND m.category <> 'fee'
              WHEN 'dispute' THEN m.id IS NULL OR m.category NOT IN ('dispute', 'dispute_reversal') OR t.key NOT LIKE 'stripe:%'
              WHEN 'dispute_loss' THEN NOT EXISTS (SELECT FROM orders_disputeloss l WHERE t.key = 'dispute-loss:' || l.id AND l.state = 'confirmed')
              WHEN 'stripe_payout' THEN m.id IS NULL OR m.category NOT IN ('payout', 'payout_reversal') OR t.key NOT LIKE 'stripe:%'
              WHEN 'suspense' THEN x.id IS NULL
              WHEN 'cash_handed_over' THEN h.id IS NULL OR t.key NOT LIKE 'cash-out:%'
              WHEN 'cash_received' THEN h.id IS NULL OR t.key NOT LIKE 'cash-in:%' AND t.key NOT LIKE 'cash-back:%'
              WHEN 'cash_difference' THEN h.id IS NULL OR t.key NOT LIKE 'cash-difference:%'
              -- Payouts and debts written off: reports.payout_audit.
              WHEN 'payout' THEN false WHEN 'payout_paid' THEN false WHEN 'payout_failed' THEN false WHEN 'payout_returned' THEN false WHEN 'write_off' THEN false
              ELSE true END
    """,
    "a payment that succeeded is not in the ledger, or not with its amount": """
        SELECT p.id, p.amount_fen, coalesce(sum(e.amount_fen), 0) AS ledger_fen
        FROM payments_payment p
        LEFT JOIN payments_transfer t ON t.key IN ('sale:' || p.id, 'late:' || p.id, 'deposit:' || p.id)
        LEFT JOIN <providers> ON providers.name = p.provider
        LEFT JOIN payments_entry e ON e.transfer_id = t.id AND e.amount_fen > 0
             AND e.account_id IN (SELECT id FROM payments_ledgeraccount WHERE kind = providers.account)
        WHERE p.state IN ('succeeded', 'refunded')
        GROUP BY p.id, p.amount_fen HAVING coalesce(sum(e.amount_fen), 0) <> p.amount_fen
    """,
    "the ledger books a sale without a payment that succeeded": """
        SELECT t.key FROM payments_transfer t
        WHERE t.kind IN ('sale', 'late_payment', 'deposit') AND NOT EXISTS (
            SELECT 1 FROM payments_payment p WHERE t.key IN ('sale:' || p.id, 'late:' || p.id, 'deposit:' || p.id) AND p.state IN ('succeeded', 'refunded'))
    """,
    "an order is paid and not booked, or booked and not paid": """
        SELECT coalesce(o.ref, t.order_ref) AS order_ref, o.state, t.key
        FROM (SELECT * FROM orders_order WHERE state IN ('paid', 'refunded')) o
        FULL JOIN (SELECT * FROM payments_transfer WHERE kind = 'sale') t ON t.order_ref = o.ref
        WHERE o.id IS NULL OR t.id IS NULL
    """,
    "a seller is not credited with the goods and what funds add, less commission, fee and the freight it bears": """
        WITH earned AS (
            SELECT o.ref, coalesce('household-' || l.payee_id, s.slug) AS slug, sum(l.amount_fen + l.funded_fen - l.commission_fen - l.station_fee_fen - l.borne_fen) AS fen
            FROM orders_order o JOIN orders_consignment c ON c.order_id = o.id JOIN orders_orderline l ON l.consignment_id = c.id
            JOIN sellers_store s ON s.id = c.store_id WHERE o.state IN ('paid', 'refunded') GROUP BY 1, 2),
        credited AS (
            SELECT t.order_ref, a.owner, -sum(e.amount_fen) AS fen
            FROM payments_transfer t JOIN payments_entry e ON e.transfer_id = t.id JOIN payments_ledgeraccount a ON a.id = e.account_id
            WHERE t.kind = 'sale' AND a.kind = 'seller_pending' GROUP BY t.order_ref, a.owner)
        SELECT coalesce(ref, order_ref) AS order_ref, coalesce(slug, owner) AS owner, earned.fen AS earned, credited.fen AS credited
        FROM earned FULL JOIN credited ON order_ref = ref AND owner = slug
        WHERE coalesce(earned.fen, 0) <> coalesce(credited.fen, 0)
    """,
    "a line of a gathering store does not earn for the family whose lot it is, or a line of another store earns for one": """
        SELECT c.number, l.sku, l.payee_id, t.household_id AS grower
        FROM orders_orderline l JOIN orders_consignment c ON c.id = l.consignment_id JOIN sellers_store s ON s.id = c.store_id
        JOIN sellers_household h ON h.id = s.household_id LEFT JOIN catalog_lot t ON t.id = l.lot_id
        WHERE CASE h.kind WHEN 'station' THEN l.payee_id IS NULL OR l.payee_id IS DISTINCT FROM t.household_id ELSE l.payee_id IS NOT NULL END
    """,
    "commission, station fee or freight differ from the order": """
        WITH asked AS (
            SELECT o.ref, x.kind, x.owner, c.county_code, sum(x.fen) AS fen FROM orders_order o JOIN orders_consignment c ON c.order_id = o.id
            JOIN stations_station st ON st.id = c.station_id
            CROSS JOIN LATERAL (VALUES ('commission', '', c.commission_fen), ('station_fee', st.code, c.station_fee_fen),
                                       ('freight', c.county_code, c.freight_fen + coalesce((SELECT sum(d.fen) FROM orders_linediscount d
                                           JOIN orders_orderline l ON l.id = d.line_id WHERE d.kind = 'freight' AND l.consignment_id = c.id), 0))) x(kind, owner, fen)
            WHERE o.state IN ('paid', 'refunded') GROUP BY 1, 2, 3, 4),
        booked AS (
            SELECT t.order_ref, a.kind, a.owner, e.county_code, -sum(e.amount_fen) AS fen
            FROM payments_transfer t JOIN payments_entry e ON e.transfer_id = t.id JOIN payments_ledgeraccount a ON a.id = e.account_id
            WHERE t.kind = 'sale' AND a.kind IN ('commission', 'station_fee', 'freight') GROUP BY 1, 2, 3, 4)
        SELECT coalesce(ref, order_ref) AS order_ref, coalesce(asked.kind, booked.kind) AS kind, coalesce(asked.owner, booked.owner) AS owner,
               coalesce(asked.county_code, booked.county_code) AS county, asked.fen AS asked, booked.fen AS booked
        FROM asked FULL JOIN booked ON order_ref = ref AND asked.kind = booked.kind AND asked.owner = booked.owner
            AND asked.county_code = booked.county_code
        WHERE coalesce(asked.fen, 0) <> coalesce(booked.fen, 0)
    """,
    "a sale is booked at another time or for another amount than its order and payment say": """
        SELECT t.key, t.happened_at, o.paid_at, p.paid_at AS payment_at, o.total_fen, p.amount_fen
        FROM payments_transfer t JOIN orders_order o ON o.ref = t.order_ref JOIN payments_payment p ON t.key = 'sale:' || p.id
        WHERE t.kind = 'sale' AND ((t.happened_at, t.happened_at) IS DISTINCT FROM (o.paid_at, p.paid_at)
            OR (p.amount_fen, p.currency) IS DISTINCT FROM (o.total_fen - o.deposit_fen, o.currency))
    """,
    "a line's amounts are not its price, quantity and rates, or its consignment's are not the sum of its lines": """
        SELECT c.number, c.goods_fen, sum(l.amount_fen) AS lines_fen, c.commission_fen, sum(l.commission_fen) AS lines_commission_fen,
               c.station_fee_fen, sum(l.station_fee_fen) AS lines_station_fee_fen
        FROM orders_consignment c LEFT JOIN orders_orderline l ON l.consignment_id = c.id
        GROUP BY c.id
        HAVING (c.goods_fen, c.commission_fen, c.station_fee_fen) IS DISTINCT FROM (sum(l.amount_fen), sum(l.commission_fen), sum(l.station_fee_fen))
            OR bool_or(l.amount_fen <> l.unit_price_fen * l.quantity + l.margin_fen - l.discount_fen)
            OR bool_or(l.commission_fen <> round((l.amount_fen + l.funded_fen) * l.commission_bp / 10000.0))
            OR bool_or(l.station_fee_fen <> round((l.amount_fen + l.funded_fen) * l.station_fee_bp / 10000.0))
    """,
    "a line's rates are not those of its rate card, or its card was for others or another time, or not the most specific": """
        WITH sold AS (
            SELECT c.number, l.id AS line, l.commission_bp, l.station_fee_bp, l.rate_card_id, l.category_slug, c.county_code, s.slug,
                   o.placed_at, (o.placed_at AT TIME ZONE 'Asia/Shanghai')::date AS day
            FROM orders_orderline l JOIN orders_consignment c ON c.id = l.consignment_id JOIN orders_order o ON o.id = c.order_id
            JOIN sellers_store s ON s.id = c.store_id WHERE l.rate_card_id IS NOT NULL)
        SELECT sold.number, sold.line, r.id AS card, sold.day FROM sold LEFT JOIN payments_ratecard r ON r.id = sold.rate_card_id
        WHERE r.id IS NULL OR (r.commission_bp, r.station_fee_bp) <> (sold.commission_bp, sold.station_fee_bp)
           OR r.store_slug NOT IN ('', sold.slug) OR r.county_code NOT IN ('', sold.county_code)
           OR sold.day < r.valid_from OR sold.day > r.valid_until
           -- A parent's card holds for its categories; categories may have moved since.
           OR r.category_slug NOT IN ('', sold.category_slug) AND NOT EXISTS (
              SELECT FROM catalog_category p JOIN catalog_category k ON k.parent_id = p.id WHERE p.slug = r.category_slug)
           OR EXISTS (SELECT FROM payments_ratecard x
              WHERE x.created_at <= sold.placed_at AND x.store_slug IN ('', sold.slug) AND x.county_code IN ('', sold.county_code)
                AND x.category_slug IN ('', sold.category_slug) AND sold.day >= x.valid_from AND sold.day <= coalesce(x.valid_until, sold.day)
                AND (x.store_slug <> '', x.county_code <> '', x.category_slug = sold.category_slug, x.category_slug <> '', x.valid_from)
                  > (r.store_slug <> '', r.county_code <> '', r.category_slug = sold.category_slug, r.category_slug <> '', r.valid_from))
    """,
    "a consignment names another county than its store": """
        SELECT c.number, c.county_code, s.region_id FROM orders_consignment c JOIN sellers_store s ON s.id = c.store_id
        WHERE c.county_code <> left(s.region_id, 6)
    """,
    "a reserved order has no open payment, or an open payment no order that waits for it": """
        SELECT coalesce(o.ref, p.order_ref) AS order_ref, o.state, p.id AS payment, p.purpose, o.total_fen, p.amount_fen
        FROM (SELECT * FROM orders_order WHERE state IN ('reserved', 'deposit')) o
        FULL JOIN (SELECT * FROM payments_payment WHERE state = 'open') p ON p.order_ref = o.ref
        -- A balance's payment is opened when its buyer wants to pay.
        WHERE o.id IS NULL OR p.id IS NULL AND o.state = 'reserved' OR p.id IS NOT NULL AND (p.amount_fen, p.currency, p.purpose)
            IS DISTINCT FROM CASE WHEN o.state = 'deposit' THEN (o.total_fen - o.deposit_fen, o.currency, 'balance'::varchar)
                WHEN o.deposit_fen > 0 THEN (o.deposit_fen, o.currency, 'deposit'::varchar) ELSE (o.total_fen, o.currency, 'whole'::varchar) END
    """,
    "an order's total is not its lines and freight": """
        SELECT o.ref, o.total_fen, sum(l.amount_fen) AS lines_fen, o.freight_fen
        FROM orders_order o JOIN orders_consignment c ON c.order_id = o.id JOIN orders_orderline l ON l.consignment_id = c.id
        GROUP BY o.id HAVING o.total_fen <> sum(l.amount_fen) + o.freight_fen
            OR o.freight_fen <> (SELECT sum(freight_fen) FROM orders_consignment WHERE order_id = o.id)
    """,
    "a consignment's release is missing, doubled or of another amount": """
        WITH moved AS (
            SELECT t.key, a.owner, sum(e.amount_fen) FILTER (WHERE a.kind = 'seller_pending') AS from_pending,
                   -sum(e.amount_fen) FILTER (WHERE a.kind = 'seller_available') AS to_available, count(*) AS entries, max(t.happened_at) AS at
            FROM payments_transfer t JOIN payments_entry e ON e.transfer_id = t.id JOIN payments_ledgeraccount a ON a.id = e.account_id
            WHERE t.kind = 'release' GROUP BY t.key, a.owner),
        due AS (
            SELECT 'release:' || c.id AS key, coalesce('household-' || l.payee_id, s.slug) AS owner, c.released_at,
                   sum(l.amount_fen + l.funded_fen - l.commission_fen - l.station_fee_fen - l.borne_fen - coalesce(back.fen, 0)) AS fen
            FROM orders_consignment c JOIN sellers_store s ON s.id = c.store_id JOIN orders_orderline l ON l.consignment_id = c.id
            LEFT JOIN (SELECT line_id, sum(amount_fen + funded_fen - commission_fen - station_fee_fen - borne_fen) AS fen FROM orders_linerefund WHERE NOT released GROUP BY line_id)
                back ON back.line_id = l.id
            WHERE c.released_at IS NOT NULL GROUP BY 1, 2, 3)
        SELECT coalesce(due.key, moved.key) AS key, coalesce(due.owner, moved.owner) AS owner, due.released_at, due.fen AS due,
               moved.from_pending, moved.to_available
        FROM due FULL JOIN moved ON moved.key = due.key AND moved.owner = due.owner
        WHERE CASE WHEN coalesce(due.fen, 0) = 0 THEN moved.key IS NOT NULL
              ELSE (due.fen, due.fen, 2, due.released_at)
                   IS DISTINCT FROM (moved.from_pending, moved.to_available, moved.entries, moved.at) END
    """,
    "a seller's money was released before the after-sales window was over, or two days after it is still waiting": """
        SELECT c.number, c.released_at, p.state, p.delivered_at, c.received_at, c.visit_day, c.visited_at
        FROM orders_consignment c JOIN orders_order o ON o.id = c.order_id LEFT JOIN delivery_parcel p ON p.id = c.parcel_id
        WHERE c.released_at IS NOT NULL AND c.visit_day IS NULL
              AND (p.state IS DISTINCT FROM 'delivered' OR c.released_at < least(p.delivered_at + interval '7 days', c.received_at))
           -- Nobody is paid while after-sales is open.
           OR c.released_at > (SELECT min(k.opened_at) FROM aftersales_case k WHERE k.consignment_id = c.id AND k.opened_at <= c.released_at
                               AND (k.ended_at IS NULL OR k.ended_at > c.released_at))
           OR (c.after_sales_since IS NOT NULL) <> EXISTS (SELECT FROM aftersales_case k WHERE k.consignment_id = c.id AND k.ended_at IS NULL)
           -- Nobody confirms what has not come.
           OR c.received_at IS NOT NULL AND (p.state IS DISTINCT FROM 'delivered' OR c.received_at < p.delivered_at)
           -- Guests who were let in: a week; whose arrival nobody wrote down: thirty days after the day.
           OR c.released_at < coalesce(c.visited_at + interval '7 days',
              (c.visit_day + 30)::timestamp AT TIME ZONE 'Asia/Shanghai')
           OR c.released_at IS NULL AND c.after_sales_since IS NULL AND o.state = 'paid' AND c.visited_at < now() - interval '9 days'
              AND NOT EXISTS (SELECT FROM payments_payment m JOIN payments_dispute d ON d.payment_id = m.id
                WHERE m.order_ref = o.ref AND (d.closed_at IS NULL OR d.state = 'lost' AND d.settled_at IS NULL OR d.closed_at > now() - interval '2 days'))
           -- What the harvest was too small for is paid back first.
           OR c.released_at IS NULL AND c.after_sales_since IS NULL AND o.state = 'paid' AND p.state = 'delivered'
              AND least(p.delivered_at + interval '7 days', c.received_at) < now() - interval '2 days'
              AND NOT EXISTS (SELECT FROM payments_payment m JOIN payments_dispute d ON d.payment_id = m.id
                WHERE m.order_ref = o.ref AND (d.closed_at IS NULL OR d.state = 'lost' AND d.settled_at IS NULL OR d.closed_at > now() - interval '2 days'))
              AND NOT EXISTS (SELECT FROM orders_orderline l WHERE l.consignment_id = c.id AND l.short_since IS NOT NULL
                AND l.quantity > coalesce((SELECT sum(f.quantity) FROM orders_linerefund f WHERE f.line_id = l.id), 0))
              AND (SELECT server_time FROM delivery_handover h WHERE h.parcel_id = p.id ORDER BY position DESC LIMIT 1) < now() - interval '2 days'
    """,
    "a refund is not in the ledger with its amount, or did not end there as it did": """
        WITH booked AS (
            -- Each of them takes from one of these what it gives to another, or (a refund) to those who got it by the sale.
            SELECT t.key, -sum(e.amount_fen) AS fen FROM payments_transfer t JOIN payments_entry e ON e.transfer_id = t.id
            JOIN payments_ledgeraccount a ON a.id = e.account_id
            WHERE t.kind IN ('refund', 'refund_failed', 'refund_paid') AND e.amount_fen < 0
              AND (a.kind IN ('buyer_credit', 'dispute') OR a.kind IN (SELECT account FROM <providers>)) GROUP BY t.key)
        SELECT r.id, r.state, r.amount_fen, went.fen AS booked, back.fen AS booked_back, paid.fen AS paid_out
        FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id JOIN <providers> ON providers.name = p.provider
        LEFT JOIN booked went ON went.key = CASE WHEN r.replaces_id IS NOT NULL THEN 'refund-again:' || r.id
            WHEN EXISTS (SELECT FROM orders_linerefund f WHERE f.refund_id = r.id)
              OR EXISTS (SELECT FROM payments_transfer d WHERE d.key = 'deposit:' || p.id) THEN 'refund:' || r.id ELSE 'late-refund:' || p.id END
        LEFT JOIN booked back ON back.key = 'refund-failed:' || r.id LEFT JOIN booked paid ON paid.key = 'refund-paid:' || r.id
        -- Late cash isn't given back by a row: it is owed as it came, until a counter pays it out.
        WHERE went.fen IS DISTINCT FROM CASE WHEN providers.by_hand AND NOT EXISTS (SELECT FROM orders_linerefund f WHERE f.refund_id = r.id)
                  THEN NULL ELSE r.amount_fen END
           OR back.fen IS DISTINCT FROM CASE WHEN r.state = 'failed' THEN r.amount_fen END
           OR paid.fen IS DISTINCT FROM CASE WHEN r.state = 'succeeded' AND providers.by_hand THEN r.amount_fen END
    """,
    "a refund of lines moved other sums than its lines say": """
        WITH due AS (
            SELECT 'refund:' || f.refund_id AS key, x.kind, x.owner, c.county_code, sum(x.fen) AS fen
            FROM orders_linerefund f JOIN orders_orderline l ON l.id = f.line_id JOIN orders_consignment c ON c.id = l.consignment_id
            JOIN sellers_store s ON s.id = c.store_id JOIN stations_station st ON st.id = c.station_id
            -- The freight of these units that somebody else than the buyer paid.
            CROSS JOIN LATERAL (SELECT coalesce(sum(floor(d.fen * gone.units::numeric / l.quantity + 0.5) - floor(d.fen * (gone.units - f.quantity)::numeric / l.quantity + 0.5)), 0)::bigint AS fen
                FROM orders_linediscount d, (SELECT sum(x.quantity) AS units FROM orders_linerefund x WHERE x.line_id = f.line_id AND x.id <= f.id) gone
                WHERE d.line_id = f.line_id AND d.kind = 'freight') free
            CROSS JOIN LATERAL (VALUES
                (CASE WHEN f.released THEN 'seller_available' ELSE 'seller_pending' END, coalesce('household-' || l.payee_id, s.slug),
                 f.amount_fen + f.funded_fen - f.commission_fen - f.station_fee_fen - f.borne_fen),
                ('commission', '', f.commission_fen), ('station_fee', st.code, f.station_fee_fen), ('freight', c.county_code, f.freight_fen + free.fen)
            ) x(kind, owner, fen) GROUP BY 1, 2, 3, 4),
        moved AS (
            SELECT t.key, a.kind, a.owner, e.county_code, sum(e.amount_fen) AS fen
            FROM payments_transfer t JOIN payments_entry e ON e.transfer_id = t.id JOIN payments_ledgeraccount a ON a.id = e.account_id
            WHERE t.kind = 'refund' AND a.kind NOT IN ('buyer_credit', 'dispute', 'county_fund', 'platform_subsidy', 'deposit')
              AND a.kind NOT IN (SELECT account FROM <providers>) GROUP BY 1, 2, 3, 4)
        SELECT coalesce(due.key, moved.key) AS key, coalesce(due.kind, moved.kind) AS kind, coalesce(due.owner, moved.owner) AS owner,
               due.fen AS due, moved.fen AS moved
        FROM due FULL JOIN moved ON moved.key = due.key AND moved.kind = due.kind AND moved.owner = due.owner AND moved.county_code = due.county_code
        WHERE coalesce(due.fen, 0) <> coalesce(moved.fen, 0)
    """,
    "more of a line went back than was sold, not in proportion, or more of a consignment's freight than was paid": """
        SELECT c.number, l.id AS line, l.amount_fen, sum(f.amount_fen) AS back_fen
        FROM orders_linerefund f JOIN orders_orderline l ON l.id = f.line_id JOIN orders_consignment c ON c.id = l.consignment_id
        GROUP BY c.number, l.id HAVING sum(f.amount_fen) > l.amount_fen OR sum(f.quantity) > l.quantity
            OR sum(f.commission_fen) <> round(l.commission_fen * sum(f.amount_fen) / l.amount_fen)
            OR sum(f.station_fee_fen) <> round(l.station_fee_fen * sum(f.amount_fen) / l.amount_fen)
        UNION ALL
        SELECT c.number, NULL, c.freight_fen, sum(f.freight_fen)
        FROM orders_linerefund f JOIN orders_orderline l ON l.id = f.line_id JOIN orders_consignment c ON c.id = l.consignment_id
        GROUP BY c.id HAVING sum(f.freight_fen) > c.freight_fen
    """,
    "goods by weight were collected an hour ago and are not settled, or more was paid for them than they weigh": """
        SELECT c.number, l.id AS line, l.weighed_g, l.amount_fen, l.weight_settled_at, q.until FROM orders_orderline l
        JOIN orders_consignment c ON c.id = l.consignment_id JOIN orders_order o ON o.id = c.order_id
        LEFT JOIN orders_weightquestion q ON q.line_id = l.id
        CROSS JOIN LATERAL (SELECT coalesce(sum(f.amount_fen), 0) AS fen, coalesce(sum(f.quantity), 0) AS units
            FROM orders_linerefund f WHERE f.line_id = l.id) back
        WHERE l.margin_fen > 0 AND o.state = 'paid' AND back.units < l.quantity AND (
            l.weight_settled_at IS NULL AND coalesce(q.until, c.stock_taken_at) < now() - interval '1 hour'
            OR l.weight_settled_at IS NOT NULL
                AND l.amount_fen - back.fen > round(l.unit_price_fen * coalesce(l.weighed_g, l.unit_weight_g * l.quantity)::numeric
                    * l.amount_fen / (l.amount_fen + l.discount_fen) / l.unit_weight_g))
    """,
    "a line or a consignment says that something else went back than its refunds say": """
        SELECT c.number, l.id AS line, l.back_fen, l.back_units, l.back_freight_fen, l.fen, l.units FROM (
            SELECT l.consignment_id, l.id, l.back_fen, l.back_units, 0 AS back_freight_fen, coalesce(sum(f.amount_fen), 0) AS fen,
                   coalesce(sum(f.quantity), 0) AS units, 0 AS freight
            FROM orders_orderline l LEFT JOIN orders_linerefund f ON f.line_id = l.id GROUP BY l.id
            UNION ALL
            SELECT c.id, NULL, 0, 0, c.back_freight_fen, 0, 0, coalesce(sum(f.freight_fen), 0)
            FROM orders_consignment c LEFT JOIN orders_orderline l ON l.consignment_id = c.id LEFT JOIN orders_linerefund f ON f.line_id = l.id
            GROUP BY c.id) l
        JOIN orders_consignment c ON c.id = l.consignment_id
        WHERE (l.back_fen, l.back_units, l.back_freight_fen) IS DISTINCT FROM (l.fen, l.units, l.freight)
    """,
    "goods at the farm are paid back and still to be sent, or a parcel waits for goods of which nothing is left": """
        SELECT c.number, l.id AS line, l.quantity, coalesce(sum(f.quantity), 0) AS back
        FROM orders_orderline l JOIN orders_consignment c ON c.id = l.consignment_id JOIN orders_linerefund f ON f.line_id = l.id
        LEFT JOIN delivery_parcel p ON p.id = c.parcel_id
        WHERE c.stock_taken_at IS NULL AND c.visit_day IS NULL
        GROUP BY c.number, l.id HAVING sum(f.amount_fen) = l.amount_fen AND sum(f.quantity) < l.quantity
        UNION ALL
        SELECT c.number, NULL, sum(l.quantity), sum(back.units) FROM orders_consignment c JOIN orders_orderline l ON l.consignment_id = c.id
        LEFT JOIN (SELECT line_id, sum(quantity) AS units FROM orders_linerefund GROUP BY line_id) back ON back.line_id = l.id
        JOIN delivery_parcel p ON p.id = c.parcel_id WHERE p.state = 'planned' GROUP BY c.number HAVING sum(l.quantity) = sum(coalesce(back.units, 0))
    """,
    "an order counts as refunded with something left, or nothing is left and it doesn't": """
        SELECT o.number, o.state, o.total_fen, sum(coalesce(f.fen, 0)) AS back_fen
        FROM orders_order o JOIN orders_consignment c ON c.order_id = o.id JOIN orders_orderline l ON l.consignment_id = c.id
        LEFT JOIN (SELECT line_id, sum(amount_fen + freight_fen) AS fen FROM orders_linerefund GROUP BY line_id) f ON f.line_id = l.id
        GROUP BY o.id HAVING (o.state = 'refunded') <> (sum(coalesce(f.fen, 0)) >= o.total_fen)
            OR count(f.line_id) > 0 AND o.state NOT IN ('paid', 'refunded')
    """,
    "a recalled line was dealt with and not paid back, or its lot is still on sale": """
        SELECT r.number, l.id AS line, o.state FROM catalog_recall r JOIN orders_recalledline x ON x.recall_id = r.id
        JOIN orders_orderline l ON l.id = x.line_id JOIN orders_order o ON o.id = x.order_id
        WHERE NOT r.drill AND r.ended_at IS NULL AND (x.handled_at IS NOT NULL AND o.state IN ('paid', 'reserved', 'deposit')
            AND l.amount_fen > coalesce((SELECT sum(f.amount_fen) FROM orders_linerefund f WHERE f.line_id = l.id), 0))
        UNION ALL
        SELECT t.code, s.id, 'frozen: ' || s.frozen FROM catalog_stock s JOIN catalog_lot t ON t.id = s.lot_id
        WHERE t.recalled_at IS NOT NULL AND NOT s.frozen
    """,
    "a payment was given back more than it was": """
        WITH given AS (
            SELECT payment_id, sum(amount_fen) AS asked, sum(amount_fen) FILTER (WHERE state = 'failed') AS failed,
                   sum(amount_fen) FILTER (WHERE state = 'succeeded') AS returned
            FROM payments_refund GROUP BY payment_id)
        SELECT p.id AS payment, p.state, p.amount_fen, given.asked, given.failed
        FROM payments_payment p LEFT JOIN given ON given.payment_id = p.id
        WHERE coalesce(given.asked, 0) - coalesce(given.failed, 0) > p.amount_fen
           OR (p.state = 'refunded') <> (coalesce(given.returned, 0) >= p.amount_fen)
    """,
    "a buyer is owed something other than what failed to reach them, or waits as cash at a counter": """
        SELECT coalesce(owed.owner, failed.order_ref) AS order_ref, owed.fen AS owed, failed.fen AS failed
        FROM (SELECT a.owner, -sum(e.amount_fen) AS fen FROM payments_entry e JOIN payments_ledgeraccount a ON a.id = e.account_id
              WHERE a.kind = 'buyer_credit' GROUP BY a.owner) owed
        FULL JOIN (SELECT p.order_ref, sum(r.amount_fen) AS fen FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id JOIN <providers> ON providers.name = p.provider
              WHERE (r.state = 'failed' AND NOT EXISTS (SELECT FROM payments_refund again WHERE again.replaces_id = r.id))
                 OR (r.state = 'pending' AND providers.by_hand) GROUP BY p.order_ref) failed ON failed.order_ref = owed.owner
        WHERE coalesce(owed.fen, 0) <> coalesce(failed.fen, 0)
    """,
    "money held at Stripe or in tills is not payments less refunds, and for tills what was handed over, and payouts, Stripe's fees and disputes": """
        WITH held AS (
            SELECT a.kind, a.owner, sum(e.amount_fen) AS fen FROM payments_entry e JOIN payments_ledgeraccount a ON a.id = e.account_id
            WHERE a.kind IN ('stripe', 'station_cash') GROUP BY a.kind, a.owner),
        taken AS (
            SELECT kind, owner, sum(fen) AS fen FROM (
                SELECT providers.account AS kind, p.station_code AS owner, p.amount_fen AS fen
                FROM payments_payment p JOIN <providers> ON providers.name = p.provider
                WHERE p.state IN ('succeeded', 'refunded') AND providers.account IN ('stripe', 'station_cash')
                UNION ALL
                SELECT providers.account, CASE WHEN providers.by_hand THEN r.station_code ELSE p.station_code END, -r.amount_fen
                FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id JOIN <providers> ON providers.name = p.provider
                WHERE CASE WHEN providers.by_hand THEN r.state = 'succeeded' ELSE r.state <> 'failed' END AND r.dispute_id IS NULL
                  AND providers.account IN ('stripe', 'station_cash')
                UNION ALL
                SELECT 'stripe', '', CASE WHEN category IN ('charge', 'refund', 'refund_failure', 'transfer', 'transfer_reversal') THEN 0 ELSE amount_fen END - fee_fen
                FROM payments_stripemovement WHERE state = 'matched'
                UNION ALL
                SELECT 'stripe', '', -fee_fen FROM payments_stripemovement WHERE state = 'resolved' AND currency = 'CNY'
                UNION ALL
                SELECT 'stripe', '', x.stripe_fen - x.ledger_fen FROM payments_mismatch x
                LEFT JOIN payments_stripemovement m ON m.id = x.movement_id
                WHERE x.resolved_by_id IS NOT NULL AND coalesce(m.currency, 'CNY') = 'CNY' AND NOT (x.kind = 'ledger_only' AND EXISTS (
                    SELECT FROM payments_stripemovement found WHERE found.transfer_id = x.transfer_id AND found.state = 'matched'))
                UNION ALL
                SELECT 'stripe', '', -p.amount_fen FROM sellers_payout p JOIN sellers_payoutaccount o ON o.id = p.account_id
                WHERE p.state = 'paid' AND o.way = 'connect'
                UNION ALL
                SELECT 'station_cash', st.code, -p.amount_fen FROM sellers_payout p JOIN stations_station st ON st.id = p.station_id
                JOIN sellers_payoutaccount o ON o.id = p.account_id WHERE p.state = 'paid' AND o.way = 'counter'
                UNION ALL
                SELECT 'station_cash', st.code, CASE WHEN h.state = 'withdrawn' THEN 0
                    WHEN h.state = 'settled' AND h.outcome = 'giver' THEN -h.counted_fen ELSE -h.amount_fen END
                FROM stations_cashhandover h JOIN stations_station st ON st.id = h.from_station_id
                UNION ALL
                SELECT 'station_cash', st.code, h.counted_fen
                FROM stations_cashhandover h JOIN stations_station st ON st.id = h.to_station_id WHERE h.counted_fen IS NOT NULL) moves GROUP BY 1, 2)
        SELECT coalesce(held.kind, taken.kind) AS kind, coalesce(held.owner, taken.owner) AS owner, held.fen AS ledger, taken.fen AS payments
        FROM held FULL JOIN taken ON held.kind = taken.kind AND held.owner = taken.owner WHERE coalesce(held.fen, 0) <> coalesce(taken.fen, 0)
    """,
    "stock that unpaid and uncollected orders hold is not what the rows of stock say": """
        WITH ordered AS (
            SELECT l.variant_id, coalesce(l.lot_id, 0) AS lot, sum(l.quantity - coalesce(back.units, 0)) AS units
            FROM orders_orderline l JOIN orders_consignment c ON c.id = l.consignment_id JOIN orders_order o ON o.id = c.order_id
            LEFT JOIN (SELECT line_id, sum(quantity) AS units FROM orders_linerefund GROUP BY line_id) back ON back.line_id = l.id
            WHERE l.variant_id IS NOT NULL AND (o.state IN ('reserved', 'deposit') OR (o.state = 'paid' AND c.stock_taken_at IS NULL))
              AND l.short_since IS NULL
            GROUP BY 1, 2),
        stock AS (SELECT variant_id, coalesce(lot_id, 0) AS lot, on_hand, held FROM catalog_stock)
        SELECT v.sku, coalesce(stock.lot, ordered.lot) AS lot, stock.held, stock.on_hand, ordered.units AS ordered
        FROM stock FULL JOIN ordered ON ordered.variant_id = stock.variant_id AND ordered.lot = stock.lot
        JOIN catalog_variant v ON v.id = coalesce(stock.variant_id, ordered.variant_id)
        WHERE coalesce(stock.held, 0) <> coalesce(ordered.units, 0) OR stock.on_hand < stock.held
    """,
    "a pack's or its goods' stock is not the sum of what may be sold": """
        SELECT v.sku, v.on_hand, v.held, sum(s.on_hand) FILTER (WHERE NOT s.frozen) AS rows_on_hand, sum(s.held) FILTER (WHERE NOT s.frozen) AS rows_held
        FROM catalog_variant v LEFT JOIN catalog_stock s ON s.variant_id = v.id
        GROUP BY v.id HAVING v.on_hand <> coalesce(sum(s.on_hand) FILTER (WHERE NOT s.frozen), 0)
            OR v.held <> coalesce(sum(s.held) FILTER (WHERE NOT s.frozen), 0)
    """,
    "stock was taken that nobody collected, or places before their day, or for an hour not taken though collected": """
        SELECT c.number, c.stock_taken_at, p.collected_at FROM orders_consignment c LEFT JOIN delivery_parcel p ON p.id = c.parcel_id
        WHERE c.stock_taken_at IS NOT NULL AND p.collected_at IS NULL AND c.visit_day IS NULL
           OR c.stock_taken_at < c.visit_day::timestamp AT TIME ZONE 'Asia/Shanghai'
           OR c.stock_taken_at IS NULL AND p.collected_at IS NOT NULL
              AND (SELECT min(server_time) FROM delivery_handover h WHERE h.parcel_id = p.id) < now() - interval '1 hour'
    """,
    **STRIPE_CHECKS,
    **DEPOSIT_CHECKS,
}
