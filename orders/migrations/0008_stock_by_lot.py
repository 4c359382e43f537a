"""What orders hold of the stock belongs to the lots that their lines name."""

from typing import ClassVar

from django.db import migrations

# Goods that are ordered and not yet collected: their units are held of the lot that stood in the pack when they were ordered.
_IN_FLIGHT = """
SELECT l.variant_id, l.lot_id, sum(l.quantity) AS units
FROM orders_orderline AS l JOIN orders_consignment AS c ON c.id = l.consignment_id JOIN orders_order AS o ON o.id = c.order_id
WHERE l.variant_id IS NOT NULL AND c.stock_taken_at IS NULL AND o.state IN ('reserved', 'paid')
  AND NOT EXISTS (SELECT FROM catalog_stock AS s WHERE s.variant_id = l.variant_id AND s.lot_id IS NOT DISTINCT FROM l.lot_id)
GROUP BY l.variant_id, l.lot_id
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("catalog", "0010_stock_by_lot"), ("orders", "0007_times_of_facts")]

    operations: ClassVar = [
        migrations.RunSQL(
            sql=f"""
            CREATE TEMPORARY TABLE moved ON COMMIT DROP AS {_IN_FLIGHT};
            UPDATE catalog_stock AS s SET on_hand = s.on_hand - m.units, held = s.held - m.units
            FROM (SELECT variant_id, sum(units) AS units FROM moved GROUP BY variant_id) AS m
            WHERE s.id = (SELECT min(id) FROM catalog_stock WHERE variant_id = m.variant_id AND held >= m.units);
            INSERT INTO catalog_stock (variant_id, lot_id, on_hand, held, frozen)
            SELECT m.variant_id, m.lot_id, m.units, m.units, coalesce(l.recalled_at IS NOT NULL, false)
            FROM moved AS m LEFT JOIN catalog_lot AS l ON l.id = m.lot_id;
            DROP TABLE moved;
            UPDATE catalog_lot AS t SET sold_g = sold.grams
            FROM (
                SELECT l.lot_id, sum(coalesce(l.weighed_g, l.unit_weight_g * l.quantity)) AS grams
                FROM orders_orderline AS l JOIN orders_consignment AS c ON c.id = l.consignment_id
                WHERE c.stock_taken_at IS NOT NULL AND l.variant_id IS NOT NULL GROUP BY l.lot_id
            ) AS sold WHERE sold.lot_id = t.id;
            UPDATE catalog_lot SET used_g = least(quantity_g, used_g + sold_g) WHERE sold_g > 0;
            """,  # noqa: S608 - nothing in it comes from outside
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
