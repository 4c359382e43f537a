"""What accounts tidy up by themselves."""

from procrastinate.contrib.django import app

from accounts import codes


@app.periodic(cron="40 3 * * *")
@app.task
def forget_codes(timestamp: int) -> None:
    """Once a night: one-time codes that are past their time."""
    codes.forget_codes()
