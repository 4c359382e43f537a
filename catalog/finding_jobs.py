"""Jobs of the search: the phrases that can be typed, and how long it is known what was looked for in vain."""

from procrastinate.contrib.django import app

from catalog.missed import forget_old
from catalog.phrases import renew_phrases


@app.periodic(cron="17 * * * *")
@app.task(name="catalog.renew_phrases", queueing_lock="catalog.renew_phrases", pass_context=False)
def renew_phrases_hourly(timestamp: int = 0) -> None:
    """Keep what can be typed and found: names of goods, places, stores and halls that came or went."""
    renew_phrases()


@app.periodic(cron="25 0 * * *")
@app.task(name="catalog.forget_missed", queueing_lock="catalog.forget_missed", pass_context=False)
def forget_missed(timestamp: int) -> None:
    """Forget what was looked for in vain long ago."""
    forget_old()
