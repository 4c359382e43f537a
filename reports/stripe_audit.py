"""The part of the ledger's audit that is about Stripe's own books: its movements, fees, payouts to our bank, disputes, settled differences.

Each check is a query whose rows are differences; no row, no difference. It is part of LEDGER_CHECKS (reports.ledger_audit).
"""

# ruff: noqa: E501 - a query reads better in whole clauses
from collections.abc import Mapping

STRIPE_CHECKS: Mapping[str, str] = {
    "a movement at Stripe is not in the ledger as Stripe says, or its fee is not": """
        WITH held AS (
            SELECT t.id, t.key, t.happened_at, sum(e.amount_fen) AS fen FROM payments_transfer t JOIN payments_entry e ON e.transfer_id = t.id
            JOIN payments_ledgeraccount a ON a.id = e.account_id WHERE a.kind = 'stripe' AND e.currency = 'CNY' GROUP BY t.id)
        SELECT m.txn_id, m.category, m.amount_fen, held.key, held.fen, m.fee_fen, -fee.fen AS fee_booked
        FROM payments_stripemovement m LEFT JOIN held ON held.id = m.transfer_id LEFT JOIN held fee ON fee.key = 'stripe-fee:' || m.txn_id
        LEFT JOIN payments_dispute d ON d.dispute_id = m.source_id LEFT JOIN payments_payment p ON p.id = m.payment_id
        LEFT JOIN payments_refund r ON r.id = m.refund_id
        LEFT JOIN sellers_payout went ON went.transfer_id = m.source_id AND m.category = 'transfer'
        LEFT JOIN sellers_payout back ON back.transfer_id = m.transfer_ref AND m.category = 'transfer_reversal'
        WHERE m.state = 'matched' AND (m.currency <> 'CNY' OR held.fen IS DISTINCT FROM m.amount_fen
                OR CASE m.category
                    WHEN 'charge' THEN held.key NOT IN ('sale:' || p.id, 'late:' || p.id, 'deposit:' || p.id) OR p.intent_id <> m.intent_id
                    WHEN 'refund' THEN held.key NOT IN ('refund:' || r.id, 'refund-again:' || r.id, 'late-refund:' || r.payment_id) OR r.key <> m.refund_key
                    WHEN 'refund_failure' THEN held.key <> 'refund-failed:' || r.id OR r.key <> m.refund_key
                    WHEN 'dispute' THEN held.key <> 'stripe:' || m.txn_id OR d.payment_id IS DISTINCT FROM m.payment_id
                    WHEN 'dispute_reversal' THEN held.key <> 'stripe:' || m.txn_id OR d.payment_id IS DISTINCT FROM m.payment_id
                    WHEN 'transfer' THEN held.key IS DISTINCT FROM 'payout-paid:' || went.id OR went.ref <> m.transfer_ref
                    WHEN 'transfer_reversal' THEN held.key IS DISTINCT FROM 'payout-returned:' || back.id
                    ELSE held.key <> 'stripe:' || m.txn_id OR held.happened_at <> m.created_at END IS NOT FALSE)
           OR coalesce(-fee.fen, 0) <> CASE WHEN m.state = 'unmatched' OR m.currency <> 'CNY' THEN 0 ELSE m.fee_fen END
    """,
    "Stripe's fees, the bank, or what is not explained yet are not what Stripe's movements and the settled differences come to": """
        WITH booked AS (
            SELECT a.kind, sum(e.amount_fen) AS fen FROM payments_entry e JOIN payments_ledgeraccount a ON a.id = e.account_id
            JOIN payments_transfer t ON t.id = e.transfer_id
            WHERE a.kind IN ('stripe_fee', 'suspense') OR a.kind = 'bank' AND t.kind = 'stripe_payout' GROUP BY 1),
        moved AS (
            SELECT 'stripe_fee' AS kind, fee_fen - CASE category WHEN 'fee' THEN CASE state WHEN 'matched' THEN amount_fen ELSE 0 END ELSE 0 END AS fen
            FROM payments_stripemovement WHERE state <> 'unmatched' AND currency = 'CNY'
            UNION ALL
            SELECT 'bank', -amount_fen FROM payments_stripemovement WHERE state = 'matched' AND category IN ('payout', 'payout_reversal')
            UNION ALL
            SELECT 'suspense', ledger_fen - stripe_fen FROM payments_mismatch x LEFT JOIN payments_stripemovement m ON m.id = x.movement_id
            WHERE x.resolved_by_id IS NOT NULL AND coalesce(m.currency, 'CNY') = 'CNY' AND NOT (x.kind = 'ledger_only' AND EXISTS (
                SELECT FROM payments_stripemovement found WHERE found.transfer_id = x.transfer_id AND found.state = 'matched')))
        SELECT coalesce(booked.kind, due.kind) AS kind, booked.fen AS booked, due.fen AS moved
        FROM booked FULL JOIN (SELECT kind, sum(fen) AS fen FROM moved GROUP BY 1) due ON due.kind = booked.kind
        WHERE coalesce(booked.fen, 0) <> coalesce(due.fen, 0)
    """,
    "what a buyer's bank disputes is not in the ledger as it stands": """
        WITH held AS (
            SELECT a.owner, sum(e.amount_fen) AS fen FROM payments_entry e JOIN payments_ledgeraccount a ON a.id = e.account_id
            WHERE a.kind = 'dispute' GROUP BY a.owner),
        taken AS (
            SELECT p.order_ref, -sum(m.amount_fen) AS fen FROM payments_stripemovement m JOIN payments_payment p ON p.id = m.payment_id
            WHERE m.state = 'matched' AND m.category IN ('dispute', 'dispute_reversal') GROUP BY 1),
        shared AS (
            SELECT p.order_ref, sum(r.amount_fen) AS fen FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id
            WHERE r.dispute_id IS NOT NULL GROUP BY 1),
        borne AS (
            SELECT p.order_ref, sum(l.amount_fen) AS fen FROM orders_disputeloss l JOIN payments_dispute d ON d.id = l.dispute_id
            JOIN payments_payment p ON p.id = d.payment_id WHERE l.state = 'confirmed' GROUP BY 1)
        SELECT coalesce(held.owner, taken.order_ref, shared.order_ref) AS order_ref, held.fen AS held, taken.fen AS taken, shared.fen AS shared
        FROM held FULL JOIN taken ON taken.order_ref = held.owner FULL JOIN shared ON shared.order_ref = coalesce(held.owner, taken.order_ref)
        FULL JOIN borne ON borne.order_ref = coalesce(held.owner, taken.order_ref, shared.order_ref)
        WHERE coalesce(held.fen, 0) <> coalesce(taken.fen, 0) - coalesce(shared.fen, 0) - coalesce(borne.fen, 0)
    """,
    "a lost dispute is not shared out for what it took, or one that was not lost is": """
        SELECT d.dispute_id, d.state, d.amount_fen, d.settled_at, sum(r.amount_fen) AS shared, max(l.amount_fen) AS borne FROM payments_dispute d
        LEFT JOIN payments_refund r ON r.dispute_id = d.id LEFT JOIN orders_disputeloss l ON l.dispute_id = d.id AND l.state = 'confirmed' GROUP BY d.id
        HAVING coalesce(sum(r.amount_fen), 0) + coalesce(max(l.amount_fen), 0) > CASE d.state WHEN 'lost' THEN d.amount_fen ELSE 0 END
            OR (d.settled_at IS NOT NULL) <> (coalesce(sum(r.amount_fen), 0) + coalesce(max(l.amount_fen), 0) = d.amount_fen)
            OR count(*) FILTER (WHERE r.state <> 'succeeded' OR r.payment_id <> d.payment_id) > 0
    """,
    "the loss of a dispute is borne otherwise than two people decided": """
        WITH due AS (
            SELECT 'dispute-loss:' || l.id AS key, l.decided_at AS at, x.kind, x.owner, x.fen FROM orders_disputeloss l
            JOIN payments_dispute d ON d.id = l.dispute_id JOIN payments_payment p ON p.id = d.payment_id
            LEFT JOIN orders_consignment c ON c.id = l.consignment_id LEFT JOIN sellers_store s ON s.id = c.store_id
            CROSS JOIN LATERAL (VALUES ('dispute', p.order_ref, -l.amount_fen),
                (CASE l.bearer WHEN 'seller' THEN 'seller_available' ELSE 'write_off' END, CASE l.bearer WHEN 'seller' THEN s.slug ELSE '' END, l.amount_fen)) x(kind, owner, fen)
            WHERE l.state = 'confirmed' AND l.decided_by_id IS NOT NULL AND l.decided_by_id <> l.proposed_by_id),
        booked AS (
            SELECT t.key, t.happened_at AS at, a.kind, a.owner, e.amount_fen AS fen FROM payments_transfer t
            JOIN payments_entry e ON e.transfer_id = t.id JOIN payments_ledgeraccount a ON a.id = e.account_id WHERE t.kind = 'dispute_loss')
        SELECT coalesce(due.key, booked.key) AS key, coalesce(due.kind, booked.kind) AS kind, due.fen AS decided, booked.fen AS booked
        FROM due FULL JOIN booked ON (booked.key, booked.kind, booked.owner) = (due.key, due.kind, due.owner)
        WHERE (due.fen, due.at) IS DISTINCT FROM (booked.fen, booked.at)
    """,
    "a seller was paid for an order whose payment the buyer's bank disputed then": """
        SELECT c.number, c.released_at, d.dispute_id, d.known_at, d.closed_at FROM orders_consignment c
        JOIN orders_order o ON o.id = c.order_id JOIN payments_payment p ON p.order_ref = o.ref JOIN payments_dispute d ON d.payment_id = p.id
        WHERE c.released_at > d.known_at AND c.released_at < coalesce(CASE d.state WHEN 'lost' THEN d.settled_at ELSE d.closed_at END, 'infinity')
    """,
}
