"""What sellers' data asks for by itself: an opening that nobody finishes is forgotten."""

from procrastinate.contrib.django import app

from sellers import openings
from sellers.telling import tell_of_payout as tell_of_payout
from sellers.telling import tell_of_phone as tell_of_phone
from sellers.telling import text_ending_code as text_ending_code


@app.periodic(cron="17 3 * * *")
@app.task
def forget_openings(timestamp: int) -> None:
    """Every night: delete what farmers told us for a store that was never opened."""
    openings.forget_openings()
