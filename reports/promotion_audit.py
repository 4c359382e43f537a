"""The audit of promotions, in plain SQL on discounts, lines, refunds and orders: who paid what the buyers did not.

Each check is a query whose rows are differences; no row, no difference.
"""

# ruff: noqa: E501 - a query reads better in whole clauses
from collections.abc import Mapping

# What each discount has cost its payer after each refund of its line (0: none yet): goods in proportion to the money that went back, half a
# fen up, of several funds the difference of two rounded sums; freight in proportion to the units.
_COST = """
    WITH gone AS (
        SELECT l.id AS line_id, NULL::bigint AS refund_id, 0::numeric AS fen_before, 0::numeric AS fen, 0::numeric AS units_before, 0::numeric AS units
        FROM orders_orderline l
        UNION ALL
        SELECT f.line_id, f.refund_id, sum(f.amount_fen) OVER way - f.amount_fen, sum(f.amount_fen) OVER way,
               sum(f.quantity) OVER way - f.quantity, sum(f.quantity) OVER way
        FROM orders_linerefund f WINDOW way AS (PARTITION BY f.line_id ORDER BY f.id)
    ), reached AS (
        SELECT d.*, coalesce(sum(d.fen) FILTER (WHERE d.kind <> 'freight' AND d.payer <> 'seller') OVER (PARTITION BY d.line_id ORDER BY d.id), 0) AS upto
        FROM orders_linediscount d
    ), cost AS (
        SELECT o.ref, c.county_code, st.owner, d.payer, d.kind, g.refund_id, g.line_id,
               CASE WHEN g.refund_id IS NULL THEN d.fen
                    WHEN d.kind = 'freight' THEN floor(d.fen * g.units_before / l.quantity + 0.5) - floor(d.fen * g.units / l.quantity + 0.5)
                    WHEN d.payer = 'seller' THEN 0
                    ELSE floor(d.upto * g.fen_before / l.amount_fen + 0.5) - floor((d.upto - d.fen) * g.fen_before / l.amount_fen + 0.5)
                       - floor(d.upto * g.fen / l.amount_fen + 0.5) + floor((d.upto - d.fen) * g.fen / l.amount_fen + 0.5) END AS fen
        FROM gone g JOIN reached d ON d.line_id = g.line_id JOIN orders_orderline l ON l.id = g.line_id
        JOIN orders_consignment c ON c.id = l.consignment_id JOIN orders_order o ON o.id = c.order_id
        CROSS JOIN LATERAL (SELECT CASE d.payer WHEN 'county' THEN c.county_code ELSE '' END AS owner) st
        WHERE o.state IN ('paid', 'refunded')
    )
"""
# Orders whose discounts are free again: they ended unpaid, or went back whole before anything was collected.
FREE = """(o.state IN ('expired', 'lapsed', 'called_off') OR o.state = 'refunded' AND NOT EXISTS (
    SELECT FROM orders_consignment gone WHERE gone.order_id = o.id AND gone.stock_taken_at IS NOT NULL))"""
PROMOTION_CHECKS: Mapping[str, str] = {
    "a line's discount, what funds add to it or the freight its seller bears is not the sum of its discounts": """
        SELECT c.number, l.id AS line, l.discount_fen, l.funded_fen, l.borne_fen, d.off, d.funded, d.borne
        FROM orders_orderline l JOIN orders_consignment c ON c.id = l.consignment_id
        LEFT JOIN (SELECT line_id, sum(fen) FILTER (WHERE kind <> 'freight') AS off, sum(fen) FILTER (WHERE kind <> 'freight' AND payer <> 'seller') AS funded,
                          sum(fen) FILTER (WHERE kind = 'freight' AND payer = 'seller') AS borne FROM orders_linediscount GROUP BY line_id) d ON d.line_id = l.id
        WHERE (l.discount_fen, l.funded_fen, l.borne_fen) IS DISTINCT FROM (coalesce(d.off, 0), coalesce(d.funded, 0), coalesce(d.borne, 0))
    """,
    "a discount names another payer or kind than its promotion, or a promotion of another county or store": """
        SELECT d.id, d.payer, d.kind, p.payer AS promised, p.kind AS promised_kind FROM orders_linediscount d
        JOIN orders_promotion p ON p.id = d.promotion_id LEFT JOIN orders_coupon k ON k.id = d.coupon_id
        JOIN orders_orderline l ON l.id = d.line_id JOIN orders_consignment c ON c.id = l.consignment_id
        WHERE (d.payer, d.kind) IS DISTINCT FROM (p.payer, p.kind) OR (d.kind = 'coupon') <> (d.coupon_id IS NOT NULL)
           OR k.promotion_id <> d.promotion_id OR left(p.region_id, 6) <> c.county_code OR p.store_id <> c.store_id
           OR p.approved_at IS NULL OR p.payer = 'county' AND p.approved_by_id = p.proposed_by_id
    """,
    "a fund paid something else than the discounts say, or took back something else": _COST
    + """
        , asked AS (
            SELECT ref, refund_id, CASE payer WHEN 'county' THEN 'county_fund' ELSE 'platform_subsidy' END AS kind, owner,
                   county_code, sum(fen) AS fen FROM cost WHERE payer <> 'seller' GROUP BY 1, 2, 3, 4, 5),
        moved AS (
            SELECT t.order_ref, CASE t.kind WHEN 'refund' THEN substring(t.key FROM '^refund:(\\d+)$')::bigint END AS refund_id, a.kind, a.owner, e.county_code,
                   sum(e.amount_fen) AS fen
            FROM payments_transfer t JOIN payments_entry e ON e.transfer_id = t.id JOIN payments_ledgeraccount a ON a.id = e.account_id
            WHERE a.kind IN ('county_fund', 'platform_subsidy') GROUP BY 1, 2, 3, 4, 5)
        SELECT coalesce(ref, order_ref) AS order_ref, coalesce(asked.refund_id, moved.refund_id) AS refund, coalesce(asked.kind, moved.kind) AS kind,
               asked.fen AS asked, moved.fen AS moved
        FROM asked FULL JOIN moved ON order_ref = ref AND coalesce(asked.refund_id, 0) = coalesce(moved.refund_id, 0) AND asked.kind = moved.kind
            AND asked.owner = moved.owner AND asked.county_code = moved.county_code
        WHERE coalesce(asked.fen, 0) <> coalesce(moved.fen, 0)
    """,
    "a refund of a line says that its funds got back, or its seller no longer bears, something else": _COST
    + """
        SELECT f.key, f.funded_fen, f.borne_fen, due.funded, due.borne FROM orders_linerefund f
        LEFT JOIN (SELECT line_id, refund_id, -sum(fen) FILTER (WHERE kind <> 'freight' AND payer <> 'seller') AS funded,
                          -sum(fen) FILTER (WHERE kind = 'freight' AND payer = 'seller') AS borne FROM cost WHERE refund_id IS NOT NULL GROUP BY 1, 2) due
            ON due.line_id = f.line_id AND due.refund_id = f.refund_id
        WHERE (f.funded_fen, f.borne_fen) IS DISTINCT FROM (coalesce(due.funded, 0), coalesce(due.borne, 0))
    """,
    "a promotion has spent something else than its orders took, or more than its budget": f"""
        SELECT p.id, p.name, p.spent_fen, p.budget_fen, coalesce(sum(d.fen) FILTER (WHERE NOT {FREE}), 0) AS taken
        FROM orders_promotion p LEFT JOIN orders_linediscount d ON d.promotion_id = p.id LEFT JOIN orders_orderline l ON l.id = d.line_id
        LEFT JOIN orders_consignment c ON c.id = l.consignment_id LEFT JOIN orders_order o ON o.id = c.order_id
        GROUP BY p.id HAVING p.spent_fen <> coalesce(sum(d.fen) FILTER (WHERE NOT {FREE}), 0) OR p.spent_fen > p.budget_fen
    """,
    "a coupon was used in another number of orders than it says, in more than it may, or by somebody else than it was given to": f"""
        SELECT k.code, k.used, k.most_uses, count(DISTINCT o.id) FILTER (WHERE NOT {FREE}) AS orders
        FROM orders_coupon k LEFT JOIN orders_linediscount d ON d.coupon_id = k.id LEFT JOIN orders_orderline l ON l.id = d.line_id
        LEFT JOIN orders_consignment c ON c.id = l.consignment_id LEFT JOIN orders_order o ON o.id = c.order_id
        GROUP BY k.id HAVING k.used <> count(DISTINCT o.id) FILTER (WHERE NOT {FREE}) OR k.used > k.most_uses
            OR bool_or(o.user_id IS NOT NULL AND o.user_id <> k.user_id)
    """,
    "a buyer had more of a promotion than one may have, or another number than was counted": f"""
        SELECT p.name, coalesce(u.user_id, had.user_id) AS buyer, u.used, had.units FROM orders_promotionuse u
        FULL JOIN (
            SELECT promotion_id, user_id, sum(units) AS units FROM (
                SELECT d.promotion_id, o.user_id, o.id, CASE WHEN d.kind = 'coupon' THEN 1 ELSE sum(d.units) END AS units
                FROM orders_linediscount d JOIN orders_promotion p ON p.id = d.promotion_id JOIN orders_orderline l ON l.id = d.line_id
                JOIN orders_consignment c ON c.id = l.consignment_id JOIN orders_order o ON o.id = c.order_id
                WHERE p.most_per_buyer IS NOT NULL AND NOT {FREE} AND o.user_id IS NOT NULL GROUP BY 1, 2, 3, d.kind) one GROUP BY 1, 2) had
            ON had.promotion_id = u.promotion_id AND had.user_id = u.user_id
        JOIN orders_promotion p ON p.id = coalesce(u.promotion_id, had.promotion_id)
        WHERE coalesce(u.used, 0) <> coalesce(had.units, 0) OR u.used > p.most_per_buyer
    """,
}
