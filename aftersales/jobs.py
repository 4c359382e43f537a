"""Jobs of after-sales: deadlines, every ten minutes."""

from procrastinate.contrib.django import app

from accounts.steps import do_all
from aftersales.clocks import end_silence
from aftersales.notices import text_seller as text_seller


@app.periodic(cron="*/10 * * * *")
@app.task(name="aftersales.every_ten_minutes", queueing_lock="aftersales.every_ten_minutes", pass_context=False)
def every_ten_minutes(timestamp: int) -> None:
    """Decide the cases of whoever has been silent too long."""
    do_all(end_silence)
