"""The part of the ledger's audit that is about deposits: what is held of them, kept by sellers, or given back.

Each check is a query whose rows are differences; no row, no difference. It is part of LEDGER_CHECKS (reports.ledger_audit).
"""

# ruff: noqa: E501 - a query reads better in whole clauses
from collections.abc import Mapping

DEPOSIT_CHECKS: Mapping[str, str] = {
    "the deposits that are held are not those of the orders whose balance is due": """
        SELECT coalesce(held.owner, due.ref) AS order_ref, held.fen AS held, due.deposit_fen FROM (
            SELECT a.owner, -sum(e.amount_fen) AS fen FROM payments_entry e JOIN payments_ledgeraccount a ON a.id = e.account_id
            WHERE a.kind = 'deposit' GROUP BY a.owner HAVING sum(e.amount_fen) <> 0) held
        FULL JOIN (SELECT ref, deposit_fen FROM orders_order WHERE state = 'deposit') due ON due.ref = held.owner
        WHERE held.fen IS DISTINCT FROM due.deposit_fen
    """,
    "a deposit is booked at another time or for another amount than its order and payment say, or not at all": """
        SELECT o.number, o.state, o.deposit_fen, o.deposit_paid_at, t.key, p.amount_fen FROM orders_order o
        LEFT JOIN payments_transfer t ON t.order_ref = o.ref AND t.kind = 'deposit' LEFT JOIN payments_payment p ON t.key = 'deposit:' || p.id
        WHERE (o.deposit_paid_at IS NOT NULL) <> (t.id IS NOT NULL)
           OR t.id IS NOT NULL AND (p.amount_fen, p.currency, p.purpose, p.paid_at, t.happened_at)
              IS DISTINCT FROM (o.deposit_fen, o.currency, 'deposit', o.deposit_paid_at, o.deposit_paid_at)
           OR o.deposit_fen > 0 AND (o.state IN ('deposit', 'paid', 'refunded', 'lapsed', 'called_off')) <> (t.id IS NOT NULL)
           OR o.deposit_fen * 5 > o.goods_fen
    """,
    "a deposit of a lapsed order is not its sellers', in proportion to what they would have earned, or one of another order is": """
        WITH line AS (
            SELECT o.id, o.ref, o.deposit_fen, c.county_code, coalesce('household-' || l.payee_id, s.slug) AS owner,
                   l.amount_fen::numeric * o.deposit_fen / sum(l.amount_fen) OVER (PARTITION BY o.id) AS exact
            FROM orders_order o JOIN orders_consignment c ON c.order_id = o.id JOIN orders_orderline l ON l.consignment_id = c.id
            JOIN sellers_store s ON s.id = c.store_id WHERE o.state = 'lapsed'),
        due AS (SELECT 'deposit-kept:' || id AS key, ref, owner, county_code, sum(exact) AS exact, count(*) AS lines FROM line GROUP BY 1, 2, 3, 4),
        moved AS (
            SELECT t.key, t.order_ref, a.owner, e.county_code, -sum(e.amount_fen) AS fen FROM payments_transfer t JOIN payments_entry e ON e.transfer_id = t.id
            JOIN payments_ledgeraccount a ON a.id = e.account_id WHERE t.kind = 'deposit_kept' AND a.kind <> 'deposit' GROUP BY 1, 2, 3, 4)
        SELECT coalesce(due.key, moved.key) AS key, coalesce(due.owner, moved.owner) AS owner, due.exact, moved.fen
        FROM due FULL JOIN moved ON moved.key = due.key AND moved.order_ref = due.ref AND moved.owner = due.owner AND moved.county_code = due.county_code
        -- Each line's share is rounded to a whole fen.
        WHERE abs(coalesce(moved.fen, 0) - coalesce(due.exact, 0)) >= coalesce(due.lines, 1)
        UNION ALL
        SELECT t.key, a.kind, NULL, e.amount_fen FROM payments_transfer t JOIN payments_entry e ON e.transfer_id = t.id
        JOIN payments_ledgeraccount a ON a.id = e.account_id WHERE t.kind = 'deposit_kept' AND a.kind NOT IN ('deposit', 'seller_available')
    """,
    "a deposit of an order that was called off is not on its way back whole": """
        SELECT o.number, o.deposit_fen, sum(r.amount_fen) AS back FROM orders_order o
        LEFT JOIN payments_payment p ON p.order_ref = o.ref AND p.purpose = 'deposit'
        LEFT JOIN payments_refund r ON r.payment_id = p.id AND r.replaces_id IS NULL AND r.reason NOT IN ('late payment')
        WHERE o.state IN ('called_off', 'lapsed', 'deposit') GROUP BY o.id
        HAVING coalesce(sum(r.amount_fen), 0) <> CASE o.state WHEN 'called_off' THEN o.deposit_fen ELSE 0 END
    """,
    "the rest of a refund is of the same payment or another order, or went back though more was left of the balance": """
        SELECT r.id, r.amount_fen, f.id AS first FROM payments_refund r JOIN payments_refund f ON f.id = r.beside_id
        JOIN payments_payment p ON p.id = r.payment_id JOIN payments_payment q ON q.id = f.payment_id
        WHERE p.purpose <> 'deposit' OR q.purpose <> 'balance' OR p.order_ref <> q.order_ref
           OR (SELECT sum(x.amount_fen) FROM payments_refund x WHERE x.payment_id = q.id AND x.replaces_id IS NULL AND x.id <= f.id) <> q.amount_fen
    """,
    "a balance is three days overdue and its order has not ended, or its time began an hour ago and its buyer is not told": """
        SELECT number, reserved_until, balance_from, balance_opened_at FROM orders_order
        WHERE state = 'deposit' AND (reserved_until < now() - interval '3 days 2 hours' AND NOT EXISTS (
              SELECT FROM payments_dispute d JOIN payments_payment p ON p.id = d.payment_id
              WHERE p.order_ref = orders_order.ref AND d.state IN ('open', 'lost') AND d.settled_at IS NULL)
            OR balance_opened_at IS NULL AND balance_from < now() - interval '1 hour'
            OR balance_opened_at > reserved_until - interval '5 days')
    """,
}
