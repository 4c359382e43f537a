"""Jobs of reports: the days of the stations, and the nightly audits."""

from functools import partial

from procrastinate.contrib.django import app

from accounts.steps import do_all
from reports.activity import count_late, count_recent
from reports.audit import audit
from reports.models import Audited


@app.periodic(cron="12 * * * *")
@app.task(name="reports.every_hour", queueing_lock="reports.every_hour", pass_context=False)
def every_hour(timestamp: int) -> None:
    """Count what the stations did yesterday and today."""
    count_recent()


@app.periodic(cron="40 3 * * *")
@app.task(name="reports.every_night", queueing_lock="reports.every_night", pass_context=False)
def every_night(timestamp: int) -> None:
    """Count the last two weeks again, for what phones without a line brought in since; then audit ledger and volume."""
    do_all(count_late, *(partial(audit, audited) for audited in Audited))
