"""Runs the audits of ledger and volume: independent recomputations whose every row is a difference."""

from collections.abc import Iterator, Mapping

from django.db import connection

from reports.ledger_audit import LEDGER_CHECKS as LEDGER_CHECKS
from reports.volume_audit import VOLUME_CHECKS as VOLUME_CHECKS

SHOWN = 10


def differences(checks: Mapping[str, str]) -> Iterator[str]:
    """One line a difference, with what differs; at most ten rows of each check, and how many there are."""
    with connection.cursor() as cursor:
        for title, query in checks.items():
            cursor.execute(query)
            names = [column.name for column in cursor.description]
            rows = cursor.fetchall()
            for row in rows[:SHOWN]:
                yield f"{title}: " + ", ".join(f"{name}={value}" for name, value in zip(names, row, strict=True))
            if len(rows) > SHOWN:
                yield f"{title}: {len(rows)} in all"
