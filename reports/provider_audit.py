"""The audit of money that came by further ways to pay than Stripe and a counter, in plain SQL; `<providers>` as in reports.ledger_audit."""

# ruff: noqa: E501 - a query reads better in whole clauses
from collections.abc import Mapping

PROVIDER_CHECKS: Mapping[str, str] = {
    "what further ways to pay brought is not payments less refunds": """
        WITH held AS (
            SELECT a.kind, sum(e.amount_fen) AS fen FROM payments_entry e JOIN payments_ledgeraccount a ON a.id = e.account_id
            JOIN payments_transfer t ON t.id = e.transfer_id
            WHERE t.kind IN ('sale', 'late_payment', 'refund', 'refund_failed', 'refund_paid')
              AND a.kind IN (SELECT account FROM <providers> WHERE account NOT IN ('stripe', 'station_cash')) GROUP BY a.kind),
        taken AS (
            SELECT kind, sum(fen) AS fen FROM (
                SELECT providers.account AS kind, p.amount_fen AS fen FROM payments_payment p JOIN <providers> ON providers.name = p.provider
                WHERE p.state IN ('succeeded', 'refunded') AND providers.account NOT IN ('stripe', 'station_cash')
                UNION ALL
                SELECT providers.account, -r.amount_fen
                FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id JOIN <providers> ON providers.name = p.provider
                WHERE CASE WHEN providers.by_hand THEN r.state = 'succeeded' ELSE r.state <> 'failed' END AND r.dispute_id IS NULL
                  AND providers.account NOT IN ('stripe', 'station_cash')) moves GROUP BY 1)
        SELECT coalesce(held.kind, taken.kind) AS kind, held.fen AS ledger, taken.fen AS payments
        FROM held FULL JOIN taken ON held.kind = taken.kind WHERE coalesce(held.fen, 0) <> coalesce(taken.fen, 0)
    """,
    "a payment came by a way that nobody knows": """
        SELECT p.id, p.provider FROM payments_payment p LEFT JOIN <providers> ON providers.name = p.provider WHERE providers.name IS NULL
    """,
}
