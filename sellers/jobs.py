"""What sellers' data asks for by itself: an opening that nobody finishes is forgotten."""

from procrastinate.contrib.django import app

from sellers import offline, openings
from sellers.connecting import follow_transfer as follow_transfer
from sellers.connecting import send_again
from sellers.connecting import transfer_payout as transfer_payout
from sellers.household_sheets import HouseholdIntake
from sellers.telling import tell_of_money as tell_of_money
from sellers.telling import tell_of_paper as tell_of_paper
from sellers.telling import tell_of_payout as tell_of_payout
from sellers.telling import tell_of_phone as tell_of_phone
from sellers.telling import text_ending_code as text_ending_code
from stations.models import Sheet, SheetKind
from stations.station_sheets import StationIntake
from stations.taking_in import Intake, forget_files, take_in

INTAKES: dict[str, type[Intake]] = {SheetKind.STATIONS: StationIntake, SheetKind.HOUSEHOLDS: HouseholdIntake}


@app.periodic(cron="17 3 * * *")
@app.task
def forget_openings(timestamp: int) -> None:
    """Every night: delete what farmers told us for a store that was never opened."""
    openings.forget_openings()


@app.task(retry=2)
def take_in_sheet(sheet_id: int) -> None:
    """Check a spreadsheet and, where asked, take it in."""
    sheet = Sheet.objects.select_related("by", "region").get(pk=sheet_id)
    take_in(sheet, INTAKES[sheet.kind])


@app.periodic(cron="25 * * * *")
@app.task
def forget_sheets(timestamp: int) -> None:
    """Every hour: delete the files that were brought in a day ago."""
    forget_files()


@app.periodic(cron="5 * * * *")
@app.task
def send_transfers_again(timestamp: int) -> None:
    """Every hour: payouts to accounts at Stripe that have waited for its answer for a day are asked about again."""
    send_again()


@app.periodic(cron="*/30 * * * *")
@app.task
def tidy_up_submissions(timestamp: int) -> None:
    """Every half hour: apply forms whose phone never asked again, and empty those that nobody settled for thirty days."""
    offline.tidy_up()
