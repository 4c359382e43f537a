"""Runs the audits of ledger and volume: independent recomputations whose every row is a difference."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from django.db import connection, transaction

from payments.providers import providers
from reports.cash_audit import CASH_CHECKS
from reports.flash_audit import FLASH_CHECKS
from reports.ledger_audit import LEDGER_CHECKS as BOOKED_CHECKS
from reports.models import Audited, AuditRun
from reports.payout_audit import PAYOUT_CHECKS
from reports.promotion_audit import PROMOTION_CHECKS
from reports.provider_audit import PROVIDER_CHECKS
from reports.volume_audit import VOLUME_CHECKS as VOLUME_CHECKS

logger = logging.getLogger("daylily.money")

SHOWN = 10
LEDGER_CHECKS: Final[Mapping[str, str]] = {
    **BOOKED_CHECKS,
    **PAYOUT_CHECKS,
    **CASH_CHECKS,
    **PROMOTION_CHECKS,
    **FLASH_CHECKS,
    **PROVIDER_CHECKS,
}
CHECKS: Final[dict[Audited, Mapping[str, str]]] = {Audited.LEDGER: LEDGER_CHECKS, Audited.VOLUME: VOLUME_CHECKS}


def differences(checks: Mapping[str, str]) -> list[str]:
    """One line a difference, with what differs; at most ten rows of each check, and how many there are. All as of one moment."""
    found = []
    with _one_moment(), connection.cursor() as cursor:
        for title, query in checks.items():
            cursor.execute(in_full(query))
            names = [column.name for column in cursor.description]
            rows = cursor.fetchall()
            for row in rows[:SHOWN]:
                found.append(
                    f"{title}: " + ", ".join(f"{name}={value}" for name, value in zip(names, row, strict=True))
                )
            if len(rows) > SHOWN:
                found.append(f"{title}: {len(rows)} in all")
    return found


def in_full(query: str) -> str:
    """A check's query with `<providers>` as a table: what the ways to pay declare, as (name, account, by_hand)."""
    rows = ", ".join(
        f"('{one.name}', '{one.account.value}', {'true' if one.hand_out else 'false'})" for one in providers()
    )
    return query.replace("<providers>", f"(VALUES {rows}) AS providers (name, account, by_hand)")


def audit(audited: Audited) -> AuditRun:
    """Run one audit and keep what it found; differences are errors in the log."""
    checks = CHECKS[audited]
    found = differences(checks)
    for line in found:
        logger.error("The audit of the %s differs: %s", audited, line)
    return AuditRun.objects.create(audited=audited, checks=len(checks), found=found)


@contextmanager
def _one_moment() -> Iterator[None]:
    """All queries see the same moment, so that what is sold meanwhile is no difference between two of them. A caller's own transaction
    stays as it is.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
