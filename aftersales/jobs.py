"""Jobs of after-sales: deadlines, every ten minutes; stores' scores, every night."""

from procrastinate.contrib.django import app

from accounts.steps import do_all
from aftersales.clocks import end_silence
from aftersales.notices import text_seller as text_seller
from aftersales.scoring import reckon_scores


@app.periodic(cron="*/10 * * * *")
@app.task(name="aftersales.every_ten_minutes", queueing_lock="aftersales.every_ten_minutes", pass_context=False)
def every_ten_minutes(timestamp: int) -> None:
    """Decide the cases of whoever has been silent too long."""
    do_all(end_silence)


@app.periodic(cron="50 3 * * *")
@app.task(name="aftersales.every_night", queueing_lock="aftersales.every_night", pass_context=False)
def every_night(timestamp: int) -> None:
    """Reckon the stores' scores anew."""
    reckon_scores()
