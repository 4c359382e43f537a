"""The audit of cash on its way, in plain SQL on handovers and entries: not the code that booked them.

Each check is a query whose rows are differences; no row, no difference.
"""

# ruff: noqa: E501 - a query reads better in whole clauses
from collections.abc import Mapping

CASH_CHECKS: Mapping[str, str] = {
    "cash that was handed over is not in the ledger as it was given, counted and settled": """
        WITH ways AS (
            SELECT h.*, CASE WHEN f.id IS NULL THEN 'bank' ELSE 'station_cash' END AS giver_kind, coalesce(f.code, '') AS giver,
                   CASE WHEN r.id IS NULL THEN 'bank' ELSE 'station_cash' END AS receiver_kind, coalesce(r.code, '') AS receiver
            FROM stations_cashhandover h LEFT JOIN stations_station f ON f.id = h.from_station_id
            LEFT JOIN stations_station r ON r.id = h.to_station_id),
        due AS (
            SELECT x.key || ways.id AS key, x.kind, x.owner, sum(x.fen) AS fen, max(x.at) AS at FROM ways CROSS JOIN LATERAL (VALUES
                ('cash-out:', giver_kind, giver, -amount_fen, given_at, true), ('cash-out:', 'cash_transit', ref, amount_fen, given_at, true),
                ('cash-in:', receiver_kind, receiver, counted_fen, received_at, counted_fen IS NOT NULL),
                ('cash-in:', 'cash_transit', ref, -counted_fen, received_at, counted_fen IS NOT NULL),
                ('cash-back:', giver_kind, giver, amount_fen, NULL, state = 'withdrawn'),
                ('cash-back:', 'cash_transit', ref, -amount_fen, NULL, state = 'withdrawn'),
                ('cash-difference:', CASE outcome WHEN 'lost' THEN 'cash_difference' ELSE giver_kind END,
                 CASE outcome WHEN 'lost' THEN county_code ELSE giver END, amount_fen - counted_fen, settled_at, state = 'settled'),
                ('cash-difference:', 'cash_transit', ref, counted_fen - amount_fen, settled_at, state = 'settled')
            ) x(key, kind, owner, fen, at, happened) WHERE x.happened AND x.fen <> 0 GROUP BY 1, 2, 3),
        moved AS (
            SELECT t.key, a.kind, a.owner, sum(e.amount_fen) AS fen, max(e.happened_at) AS at
            FROM payments_transfer t JOIN payments_entry e ON e.transfer_id = t.id JOIN payments_ledgeraccount a ON a.id = e.account_id
            WHERE t.kind IN ('cash_handed_over', 'cash_received', 'cash_difference') OR a.kind IN ('cash_transit', 'cash_difference')
            GROUP BY 1, 2, 3)
        SELECT coalesce(due.key, moved.key) AS key, coalesce(due.kind, moved.kind) AS kind, coalesce(due.owner, moved.owner) AS owner,
               due.fen AS due, moved.fen AS moved, due.at AS due_at, moved.at AS moved_at
        FROM due FULL JOIN moved ON moved.key = due.key AND moved.kind = due.kind AND moved.owner = due.owner
        WHERE due.fen IS DISTINCT FROM moved.fen OR due.at <> moved.at
    """,
    "a difference of cash was settled by one person, or cash was counted by who gave it": """
        SELECT number, state, given_by_id, received_by_id, proposed_by_id, settled_by_id FROM stations_cashhandover
        WHERE received_by_id = given_by_id OR settled_by_id IN (proposed_by_id, given_by_id, received_by_id)
           OR state = 'received' AND counted_fen <> amount_fen OR state = 'disputed' AND counted_fen = amount_fen
    """,
}
