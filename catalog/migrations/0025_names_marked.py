# Goods that are indexed already: the tokens of their names once more, marked, as catalog.indexing writes them.

from django.db import migrations

MARK = """
UPDATE catalog_product AS p SET search = p.search || m.marked
FROM (
    SELECT id, array_to_tsvector(array_agg('=' || t.lexeme)) AS marked
    FROM catalog_product CROSS JOIN LATERAL unnest(ts_filter(search, '{a}')) AS t
    WHERE search IS NOT NULL AND left(t.lexeme, 1) <> '=' GROUP BY id
) AS m WHERE m.id = p.id
"""


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0024_first_rules"),
    ]

    operations = [migrations.RunSQL(MARK, migrations.RunSQL.noop)]
