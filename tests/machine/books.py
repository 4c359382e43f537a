"""What must hold after each step: both audits whole, asked as one planned statement, stock that adds up, and what PostgreSQL defers.

The audits are the site's own (`check_ledger`, `check_volume`): each check becomes one line of a UNION, so that a step pays one round trip
and no planning. Django's cursors send every statement as text, which PostgreSQL would plan anew (forty milliseconds for all checks, ten
times what it takes to answer them); and psycopg forgets what it prepared with each rollback. So the statements stand in functions of the
session, whose plans PostgreSQL keeps. What differs is then asked again by reports.audit, which shows the rows.
"""

from typing import Any

from django.db import connection

from reports.audit import LEDGER_CHECKS, VOLUME_CHECKS, differences, in_full

_UNITS = """
    SELECT coalesce(sum(s.on_hand), 0)::bigint + (SELECT coalesce(sum(sold_units), 0) FROM catalog_product)::bigint FROM catalog_stock s
"""


def raw() -> Any:
    """psycopg's own connection, below Django's cursors."""
    connection.ensure_connection()
    return connection.connection


def whole() -> str:
    """The audits of ledger and volume as one query: a row for each check that finds a difference."""
    titles = [(checks, title) for checks in (LEDGER_CHECKS, VOLUME_CHECKS) for title in checks]
    lines = (
        f"SELECT {number} WHERE EXISTS ({in_full(checks[title])})" for number, (checks, title) in enumerate(titles)
    )
    return " UNION ALL ".join(lines)


def begin(**statements: str) -> None:
    """Make functions of what every step asks, and of `statements` (one value of JSON each) by their names; small tables are read at once,
    and PostgreSQL knows that they are small.
    """
    raw().execute("SET max_parallel_workers_per_gather = 0")
    raw().execute("SET plan_cache_mode = force_generic_plan")
    raw().execute("ANALYZE")
    for name, statement in {"whole_audit": whole(), "all_units": _UNITS, **statements}.items():
        kind = {"whole_audit": "int", "all_units": "bigint"}.get(name, "json")
        raw().execute(
            f"CREATE OR REPLACE FUNCTION pg_temp.{name}() RETURNS SETOF {kind} LANGUAGE plpgsql"
            f" AS $machine$ BEGIN RETURN QUERY {statement}; END $machine$"
        )


def ask(name: str) -> Any:
    """The rows of one of these functions."""
    return raw().execute(f"SELECT * FROM pg_temp.{name}()").fetchall()


def disagreements() -> list[str]:
    """What the audits of ledger and volume find; nothing where all agrees. Raises IntegrityError where a deferred check fails."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    if not ask("whole_audit"):
        return []
    return differences(LEDGER_CHECKS) + differences(VOLUME_CHECKS)


def units() -> int:
    """All units that lie at farms or were sold: only counting changes it."""
    ((found,),) = ask("all_units")
    return int(found)
