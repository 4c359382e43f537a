"""Jobs of reports: the days of the stations, and the nightly audits."""

import logging
from collections.abc import Callable
from functools import partial

from procrastinate.contrib.django import app

from reports.activity import count_late, count_recent
from reports.audit import audit
from reports.models import Audited

logger = logging.getLogger("daylily.money")


@app.periodic(cron="12 * * * *")
@app.task(name="reports.every_hour", queueing_lock="reports.every_hour", pass_context=False)
def every_hour(timestamp: int) -> None:
    """Count what the stations did yesterday and today."""
    count_recent()


@app.periodic(cron="40 3 * * *")
@app.task(name="reports.every_night", queueing_lock="reports.every_night", pass_context=False)
def every_night(timestamp: int) -> None:
    """Count the last two weeks again, for what phones without a line brought in since; then audit ledger and volume."""
    failed = []
    steps: list[Callable[[], object]] = [count_late, *(partial(audit, audited) for audited in Audited)]
    for step in steps:
        try:
            step()
        except Exception as error:  # seen in the log and as the failed job
            logger.exception("%s failed.", step)
            failed.append(error)
    if failed:
        raise ExceptionGroup("The night's work is not complete.", failed)
