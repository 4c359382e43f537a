"""Keeping the tally of goods (catalog.models.tally): putting its rows together, and recounting it from the goods."""

from typing import Final

from django.db import connection, transaction

from catalog.models.tally import COUNTED, ON_SALE

# One folder at a time; whoever else comes leaves it to that one.
_LOCK: Final = "SELECT pg_try_advisory_xact_lock(hashtext('catalog_tally'))"
_WAIT: Final = "SELECT pg_advisory_xact_lock(hashtext('catalog_tally'))"
# Readers see the rows before or after, never between: it is one statement.
_FOLD: Final = """
WITH fresh AS (SELECT DISTINCT category_id, one, other FROM catalog_tally WHERE NOT folded),
gone AS (
  DELETE FROM catalog_tally AS t USING fresh AS f
  WHERE t.category_id = f.category_id AND t.one = f.one AND t.other = f.other RETURNING t.category_id, t.one, t.other, t.n
)
INSERT INTO catalog_tally (category_id, one, other, n, folded)
SELECT category_id, one, other, sum(n), true FROM gone GROUP BY category_id, one, other HAVING sum(n) <> 0
"""
_RECOUNTED: Final = COUNTED.format(goods=ON_SALE)
_DIFFERENCES: Final = f"""
SELECT category_id, one, other, coalesce(t.n, 0), coalesce(c.n, 0)
FROM (SELECT category_id, one, other, sum(n) AS n FROM catalog_tally GROUP BY category_id, one, other HAVING sum(n) <> 0) AS t
FULL JOIN ({_RECOUNTED}) AS c USING (category_id, one, other) WHERE coalesce(t.n, 0) <> coalesce(c.n, 0) ORDER BY 1, 2, 3
"""
_ANEW: Final = (
    f"INSERT INTO catalog_tally (category_id, one, other, n, folded) SELECT c.*, true FROM ({_RECOUNTED}) AS c"
)


@transaction.atomic
def fold() -> bool:
    """Put the rows that were added since the last time together with the others; False when somebody else is at it."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(_FOLD)
    return True


def differences() -> list[tuple[int, str, str, int, int]]:
    """Where the tally is not what a recount of the goods finds: category, two traits, tallied, counted. One statement, one snapshot."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENCES)
        return list(cursor.fetchall())


@transaction.atomic
def recount() -> None:
    """Make the tally anew from the goods. Changes to goods wait until it is done."""
    with connection.cursor() as cursor:
        cursor.execute(_WAIT)
        cursor.execute("LOCK TABLE catalog_product IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("DELETE FROM catalog_tally")
        cursor.execute(_ANEW)
