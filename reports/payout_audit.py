"""The audit of what is paid to sellers, in plain SQL on payouts, runs, accounts and debts: not the code that booked them.

A part of the ledger's audit (reports.ledger_audit), on a page of its own for its length.
"""

# ruff: noqa: E501 - a query reads better in whole clauses
from collections.abc import Mapping

_OWN = "(a.owner = 'household-' || h.id OR EXISTS (SELECT FROM sellers_store s WHERE s.slug = a.owner AND s.household_id = h.id))"
_FROM = "CASE o.way WHEN 'bank' THEN 'bank' WHEN 'connect' THEN 'stripe' ELSE 'station_cash' END, CASE o.way WHEN 'counter' THEN st.code ELSE '' END"

PAYOUT_CHECKS: Mapping[str, str] = {
    "a payout is not in the ledger as it stands, or the ledger has one that is none": """
        WITH wanted AS (
            SELECT x.kind, x.key, x.ref, x.fen, x.at FROM sellers_payout p CROSS JOIN LATERAL (VALUES
                ('payout', 'payout:' || p.id, p.ref, -p.amount_fen, p.sent_at, p.state IN ('in_transit', 'paid', 'failed', 'returned')),
                ('payout_paid', 'payout-paid:' || p.id, p.ref, p.amount_fen, p.ended_at, p.state IN ('paid', 'returned')),
                ('payout_failed', 'payout-failed:' || p.id, p.ref, p.amount_fen, p.ended_at, p.state = 'failed'),
                -- What came back was in transit no more: it goes to the household straight.
                ('payout_returned', 'payout-returned:' || p.id, NULL, NULL, p.returned_at, p.state = 'returned')) x(kind, key, ref, fen, at, there)
            WHERE x.there),
        booked AS (
            SELECT t.kind, t.key, min(a.owner) AS ref, sum(e.amount_fen) AS fen, t.happened_at AS at FROM payments_transfer t
            LEFT JOIN (payments_entry e JOIN payments_ledgeraccount a ON a.id = e.account_id AND a.kind = 'payout_transit') ON e.transfer_id = t.id
            WHERE t.kind IN ('payout', 'payout_paid', 'payout_failed', 'payout_returned') GROUP BY t.id)
        SELECT coalesce(wanted.key, booked.key) AS key, wanted.fen AS payout, booked.fen AS ledger, wanted.at, booked.at AS ledger_at
        FROM wanted FULL JOIN booked ON booked.key = wanted.key AND booked.kind = wanted.kind
        WHERE wanted.key IS NULL OR booked.key IS NULL OR (wanted.ref, wanted.fen, wanted.at) IS DISTINCT FROM (booked.ref, booked.fen, booked.at)
    """,
    "a payout was taken from others than its household, paid elsewhere than it says, or went back otherwise than it came": f"""
        SELECT p.number, t.kind, a.kind AS account, a.owner, e.amount_fen FROM sellers_payout p JOIN sellers_household h ON h.id = p.household_id
        JOIN sellers_payoutaccount o ON o.id = p.account_id LEFT JOIN stations_station st ON st.id = p.station_id
        JOIN payments_transfer t ON t.key IN ('payout:' || p.id, 'payout-paid:' || p.id, 'payout-failed:' || p.id, 'payout-returned:' || p.id)
        JOIN payments_entry e ON e.transfer_id = t.id JOIN payments_ledgeraccount a ON a.id = e.account_id
        WHERE a.kind <> 'payout_transit' AND CASE t.kind
            WHEN 'payout_paid' THEN (a.kind, a.owner) IS DISTINCT FROM ({_FROM})
            WHEN 'payout_returned' THEN (a.kind, a.owner) IS DISTINCT FROM ({_FROM}) AND (a.kind <> 'seller_available' OR NOT {_OWN})
            ELSE a.kind <> 'seller_available' OR NOT {_OWN} END
        UNION ALL
        SELECT p.number, 'taken and given back', a.kind, a.owner, sum(e.amount_fen) FROM sellers_payout p
        JOIN payments_transfer t ON t.key IN ('payout:' || p.id, 'payout-failed:' || p.id, 'payout-paid:' || p.id, 'payout-returned:' || p.id)
        JOIN payments_entry e ON e.transfer_id = t.id JOIN payments_ledgeraccount a ON a.id = e.account_id
        WHERE p.state IN ('failed', 'returned') GROUP BY p.number, a.kind, a.owner HAVING sum(e.amount_fen) <> 0
    """,
    "money on its way to sellers is not what their payouts say": """
        SELECT coalesce(held.owner, p.ref) AS ref, held.fen AS ledger, -p.amount_fen AS payout
        FROM (SELECT a.owner, sum(e.amount_fen) AS fen FROM payments_entry e JOIN payments_ledgeraccount a ON a.id = e.account_id
              WHERE a.kind = 'payout_transit' GROUP BY a.owner) held
        FULL JOIN (SELECT * FROM sellers_payout WHERE state = 'in_transit') p ON p.ref = held.owner
        WHERE coalesce(held.fen, 0) <> -coalesce(p.amount_fen, 0)
    """,
    "a payout set out to where its household's money did not go at that moment": """
        SELECT p.number, p.sent_at, o.usable_from, o.ended_at, o.household_id FROM sellers_payout p JOIN sellers_payoutaccount o ON o.id = p.account_id
        WHERE o.household_id <> p.household_id
           OR p.sent_at IS NOT NULL AND (o.usable_from IS NULL OR o.usable_from > p.sent_at OR o.ended_at <= p.sent_at OR EXISTS (
                SELECT FROM sellers_payoutaccount n WHERE n.household_id = p.household_id AND n.usable_from > o.usable_from
                  AND n.usable_from <= p.sent_at AND (n.ended_at IS NULL OR n.ended_at > p.sent_at)))
    """,
    "a payout or a run lacks its second person, or has one person twice": """
        SELECT p.number, p.prepared_by_id, p.approved_by_id FROM sellers_payout p LEFT JOIN sellers_payoutrun r ON r.id = p.run_id
        WHERE p.approved_by_id = p.prepared_by_id
           OR p.state NOT IN ('planned', 'cancelled') AND (p.run_id IS NOT NULL OR p.amount_fen > 200000) AND p.approved_by_id IS NULL
           OR p.run_id IS NOT NULL AND p.state <> 'planned' AND p.approved_by_id IS DISTINCT FROM r.approved_by_id
        UNION ALL
        SELECT r.number, r.prepared_by_id, r.approved_by_id FROM sellers_payoutrun r
        WHERE r.approved_by_id = r.prepared_by_id OR r.state NOT IN ('draft', 'dropped') AND (r.approved_by_id IS NULL OR r.prepared_by_id IS NULL)
    """,
    "a run stands otherwise than its payouts": """
        SELECT r.number, r.state, p.number AS payout, p.state AS payout_state
        FROM sellers_payoutrun r JOIN sellers_payout p ON p.run_id = r.id JOIN sellers_payoutaccount o ON o.id = p.account_id
        WHERE o.way <> r.way OR NOT CASE r.state WHEN 'draft' THEN p.state = 'planned' WHEN 'approved' THEN p.state = 'planned'
            WHEN 'dropped' THEN p.state = 'cancelled' WHEN 'sent' THEN p.state <> 'planned' ELSE p.state NOT IN ('planned', 'in_transit') END
        UNION ALL
        SELECT r.number, r.state, NULL, 'none on its way' FROM sellers_payoutrun r
        WHERE r.state = 'sent' AND NOT EXISTS (SELECT FROM sellers_payout p WHERE p.run_id = r.id AND p.state = 'in_transit')
    """,
    "what came back after it was paid has no two people, or no transfer at Stripe, or was cash": """
        SELECT p.number, p.state, o.way, p.transfer_id, b.state AS said, b.proposed_by_id, b.decided_by_id
        FROM (SELECT * FROM sellers_payout WHERE state = 'returned') p
        JOIN sellers_payoutaccount o ON o.id = p.account_id FULL JOIN (SELECT * FROM sellers_payoutreturn WHERE state = 'confirmed') b ON b.payout_id = p.id
        WHERE p.id IS NULL OR CASE o.way WHEN 'connect' THEN p.transfer_id = '' OR b.id IS NOT NULL
            WHEN 'bank' THEN b.id IS NULL OR b.decided_by_id IS NULL OR b.decided_by_id = b.proposed_by_id OR b.decided_at <> p.returned_at ELSE true END
        UNION ALL
        SELECT p.number, p.state, o.way, p.transfer_id, NULL, NULL, NULL FROM sellers_payout p JOIN sellers_payoutaccount o ON o.id = p.account_id
        WHERE (p.transfer_id <> '') <> (o.way = 'connect' AND p.state IN ('paid', 'returned'))
    """,
    "a debt was written off otherwise than two people decided, or from another household": f"""
        WITH booked AS (
            SELECT t.key, t.happened_at AS at, sum(e.amount_fen) FILTER (WHERE a.kind = 'write_off' AND a.owner = '') AS lost,
                   -sum(e.amount_fen) FILTER (WHERE a.kind = 'seller_available' AND {_OWN}) AS forgiven
            FROM payments_transfer t JOIN payments_entry e ON e.transfer_id = t.id JOIN payments_ledgeraccount a ON a.id = e.account_id
            LEFT JOIN sellers_debtwriteoff d ON t.key = 'write-off:' || d.id LEFT JOIN sellers_household h ON h.id = d.household_id
            WHERE t.kind = 'write_off' GROUP BY t.id)
        SELECT coalesce('write-off:' || d.id, booked.key) AS key, d.amount_fen, booked.lost, booked.forgiven, d.proposed_by_id, d.decided_by_id
        FROM (SELECT * FROM sellers_debtwriteoff WHERE state = 'confirmed') d FULL JOIN booked ON booked.key = 'write-off:' || d.id
        WHERE d.id IS NULL OR d.decided_by_id IS NULL OR d.decided_by_id = d.proposed_by_id
           OR (booked.lost, booked.forgiven, booked.at) IS DISTINCT FROM (d.amount_fen, d.amount_fen, d.decided_at)
    """,
    "a till holds less than nothing": """
        SELECT a.owner AS station, sum(e.amount_fen) AS fen FROM payments_entry e JOIN payments_ledgeraccount a ON a.id = e.account_id
        WHERE a.kind = 'station_cash' GROUP BY a.owner HAVING sum(e.amount_fen) < 0
    """,
}
