"""Jobs of goods: who waits for sold-out goods is told; papers, pauses and days begin and end by the calendar, and lists show it."""

from procrastinate.contrib.django import app

from catalog import documents
from catalog.certifying import renew_seals
from catalog.indexing import follow_consents
from catalog.licensed import follow_licences
from catalog.presale import end_broken_promises
from catalog.promises import renew_weeks
from catalog.reminding import remind_of_ends
from catalog.restock import forget_notices, tell_who_waits
from catalog.ruling import follow_rule as follow_rule
from catalog.ruling import follow_rules_of_the_night
from catalog.sheet_jobs import take_in_goods as take_in_goods
from catalog.shutters import reopen_due
from catalog.tally import fold
from catalog.telling import tell_of_review as tell_of_review
from catalog.visits import end_past_days


@app.periodic(cron="0 0 * * *")
@app.task(name="catalog.every_midnight", queueing_lock="catalog.every_midnight", pass_context=False)
def every_midnight(timestamp: int) -> None:
    """What the calendar ends or begins: certificates, licences, rules, days of visits, weeks that were promised, notices that were sent."""
    renew_seals()
    follow_rules_of_the_night()
    follow_licences()
    end_past_days()
    end_broken_promises()
    forget_notices()


@app.periodic(cron="20 9 * * *")
@app.task(name="catalog.every_morning", queueing_lock="catalog.every_morning", pass_context=False)
def every_morning(timestamp: int) -> None:
    """Remind farmers of certificates and licences that end within sixty and thirty days."""
    remind_of_ends()


@app.periodic(cron="*/5 * * * *")
@app.task(name="catalog.every_five_minutes", queueing_lock="catalog.every_five_minutes", pass_context=False)
def every_five_minutes(timestamp: int) -> None:
    """Tell whoever waits for goods that are there again; put the tally's rows together; follow what families let buyers know."""
    tell_who_waits()
    follow_consents()
    fold()


@app.periodic(cron="2 * * * *")
@app.task(name="catalog.every_hour", queueing_lock="catalog.every_hour", pass_context=False)
def every_hour(timestamp: int) -> None:
    """Open the stores whose pause ended with yesterday (by the hour, so that a machine that slept at midnight is not a day late)."""
    reopen_due()
    renew_weeks()


@app.task(name="catalog.draw_report", retry=3)
def draw_report(test_id: int) -> None:
    """Draw the pages of a test's report with the watermark."""
    documents.draw_report(test_id)
