"""What must hold after each step: both audits whole, asked as one prepared statement, stock that adds up, and what PostgreSQL defers.

The audits are the site's own (`check_ledger`, `check_volume`): each check becomes one line of a UNION, so that a step pays one round trip
and no planning. What differs is then asked again by reports.audit, which shows the rows.
"""

from functools import cache
from typing import Any

from django.db import connection

from reports.audit import LEDGER_CHECKS, VOLUME_CHECKS, differences, in_full

_DEFERRED = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"
_UNITS = """
    SELECT coalesce(sum(s.on_hand), 0)::bigint + (SELECT coalesce(sum(sold_units), 0) FROM catalog_product)::bigint FROM catalog_stock s
"""


def _raw() -> Any:
    connection.ensure_connection()
    return connection.connection


@cache
def _whole() -> str:
    titles = [(checks, title) for checks in (LEDGER_CHECKS, VOLUME_CHECKS) for title in checks]
    lines = (
        f"SELECT {number} WHERE EXISTS ({in_full(checks[title])})" for number, (checks, title) in enumerate(titles)
    )
    return " UNION ALL ".join(lines)


def begin() -> None:
    """Small tables are read at once, and PostgreSQL shall know that they are small."""
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute("ANALYZE")


def disagreements() -> list[str]:
    """What the audits of ledger and volume find; nothing where all agrees. Raises IntegrityError where a deferred check fails."""
    with connection.cursor() as cursor:
        for statement in _DEFERRED.split(";"):
            cursor.execute(statement)
    if not _raw().execute(_whole(), prepare=True).fetchall():
        return []
    return differences(LEDGER_CHECKS) + differences(VOLUME_CHECKS)


def units() -> int:
    """All units that lie at farms or were sold: only counting changes it."""
    (found,) = _raw().execute(_UNITS, prepare=True).fetchone()
    return int(found)
