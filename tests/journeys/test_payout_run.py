"""A county pays by bank: the centre prepares a run, an official approves it, the file goes to the bank and its answer comes back."""

from pathlib import Path

import pytest

from sellers.models import PayoutRun, PayoutState, PayoutWay, RunState
from tests.browser import Windows
from tests.cast import Stations, make_clerk, make_household, make_official
from tests.journeys.people import Street
from tests.journeys.test_take_over import fit
from tests.sellers.money import CARD, earn, pays_to
from tests.sellers.test_payout_runs import answered


@pytest.fixture
def county(windows: Windows) -> Stations:
    """Two families with cards, and one that owes us."""
    qidong = Stations()
    for name, fen in (("李秀英", 38_000), ("王建国", 120_050), ("彭小玲", -2_600)):
        family = make_household(qidong.point, name)
        earn(family, fen)
        pays_to(family, PayoutWay.BANK)
    return qidong


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_county_pays_by_bank(windows: Windows, county: Stations, language: str, tmp_path: Path) -> None:
    street = Street(windows)
    centre = street.phone(language).sign_in(make_clerk(county.centre, "邹丽"), then="desk")
    centre.go("desk_runs")
    centre.press("Show what it would pay")
    centre.finds("1,580.50")
    centre.unfold("Below zero: their next sales settle it first")
    fit(centre, "run-look")
    centre.press("Prepare this run")
    centre.reads("Somebody else of the county, or the level above, has to approve it.")
    fit(centre, "run-draft")

    run = PayoutRun.objects.get()
    official = street.table(language).sign_in(make_official(), then="desk")
    official.go("desk_run", run.number)
    official.press("I approve this run")
    official.reads("Approved. The file can be taken now.")
    fit(official, "run-approved")

    centre.go("desk_run", run.number)
    with centre.page.expect_download() as download:
        centre.press("Take the file for the bank")
    assert CARD in Path(download.value.path()).read_text()
    answer = tmp_path / "huidan.csv"
    answer.write_bytes(answered(run, {"王建国": ("失败", "户名不符")}))
    centre.go("desk_run", run.number)
    centre.upload("The bank's answer", answer)
    centre.press("Take it in")
    centre.finds("户名不符")
    fit(centre, "run-closed")
    run.refresh_from_db()
    assert run.state == RunState.CLOSED
    assert set(run.payouts.values_list("state", flat=True)) == {PayoutState.PAID, PayoutState.FAILED}
    centre.go("desk_debts")
    centre.finds("26.00")
    fit(centre, "debts")
