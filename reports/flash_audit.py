"""The audit of flash sales, in plain SQL on sales, places, discounts and orders: nobody has two, and no more are promised than there are.

Each check is a query whose rows are differences; no row, no difference.
"""

# ruff: noqa: E501 - a query reads better in whole clauses
from collections.abc import Mapping

from reports.promotion_audit import FREE

FLASH_CHECKS: Mapping[str, str] = {
    "a flash sale counts other places than stand, or more than it has units": """
        SELECT s.id, s.units, s.taken, count(c.id) FILTER (WHERE c.state IN ('claimed', 'ordered')) AS standing
        FROM orders_flashsale s LEFT JOIN orders_flashclaim c ON c.sale_id = s.id
        GROUP BY s.id HAVING s.taken <> count(c.id) FILTER (WHERE c.state IN ('claimed', 'ordered')) OR s.taken > s.units OR s.taken < 0
    """,
    "more was sold at the price of a flash sale than it has units, another pack, at another price, or to one buyer twice": f"""
        SELECT s.id, s.units, sum(l.quantity) AS sold FROM orders_flashsale s
        JOIN orders_linediscount d ON d.promotion_id = s.promotion_id JOIN orders_orderline l ON l.id = d.line_id
        JOIN orders_consignment c ON c.id = l.consignment_id JOIN orders_order o ON o.id = c.order_id WHERE NOT {FREE}
        GROUP BY s.id HAVING sum(l.quantity) > s.units OR count(DISTINCT o.user_id) <> count(*)
            OR bool_or(l.quantity <> 1 OR l.variant_id <> s.variant_id OR l.unit_price_fen - d.fen <> s.price_fen)
    """,
    "a place was ordered by somebody else, by no order of the sale, or is not its order's any more": f"""
        SELECT c.id, c.state, o.number, o.state AS order_state FROM orders_flashclaim c JOIN orders_flashsale s ON s.id = c.sale_id
        LEFT JOIN orders_order o ON o.id = c.order_id
        WHERE o.id IS NULL AND c.state = 'ordered' OR o.id IS NOT NULL AND (o.user_id IS DISTINCT FROM c.user_id
            OR (c.state = 'ordered') <> (NOT {FREE})
            OR NOT EXISTS (SELECT FROM orders_linediscount d JOIN orders_orderline l ON l.id = d.line_id JOIN orders_consignment n ON n.id = l.consignment_id
                           WHERE n.order_id = o.id AND d.promotion_id = s.promotion_id))
    """,
    "the price of a flash sale was given without a place in it": f"""
        SELECT o.number, d.promotion_id FROM orders_linediscount d JOIN orders_orderline l ON l.id = d.line_id
        JOIN orders_consignment c ON c.id = l.consignment_id JOIN orders_order o ON o.id = c.order_id
        LEFT JOIN orders_flashsale s ON s.promotion_id = d.promotion_id LEFT JOIN orders_flashclaim p ON p.order_id = o.id AND p.sale_id = s.id
        WHERE d.kind = 'flash' AND NOT {FREE} AND p.id IS NULL
    """,
    "a buyer has two places in one flash sale": """
        SELECT sale_id, user_id, count(*) AS places FROM orders_flashclaim GROUP BY 1, 2 HAVING count(*) > 1
    """,
}
