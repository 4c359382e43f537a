"""Whatever a page, a list, a chooser, an export or a search shows of scoped rows comes through `visible_to(user)` (or its condition).

Read from the source: each `Model.objects...` of a scoped model, in the modules that answer requests, must have `visible_to(...)` or
`covers(...)` in the same statement, or name a variable that has. The rest is listed here, each looked at, with the reason.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser

from aftersales.models import Case
from catalog.models import Product
from delivery.models import HeldScan, Parcel
from orders.models import Consignment, FlashClaim, Order, Promotion
from sellers.models import (
    DebtWriteOff,
    Household,
    Mandate,
    Membership,
    Opening,
    Payout,
    PayoutAccount,
    PayoutReturn,
    PayoutRun,
    Store,
    Submission,
)
from stations.models import CashHandover, Posting, Sheet, Station
from tests import cast

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "stations", "sellers", "catalog", "delivery", "orders", "aftersales", "reports", "cms", "shop")
SCOPED = (
    Station, Posting, Sheet, Household, Store, Mandate, Membership, PayoutAccount, Payout, PayoutRun, PayoutReturn,
    DebtWriteOff, Opening, Submission, Product, Parcel, HeldScan, Order, Consignment, Case, CashHandover, Promotion, FlashClaim,
)  # fmt: skip
# Variant, Lot, OrderLine, Handover and the like have no region of their own: whoever reads them holds the scoped row already.
DOORS = {"visible_to", "covers"}
# What a signed-in person's own rows are found by.
OWN = {"user", "by", "begun_by"}
REVIEWED = {
    ("aftersales/reviewing.py", "write_review"): "no page: locks the order that its caller holds",
    ("aftersales/reviewing.py", "_refuse_own"): "no page: whether the writer serves at the seller's station",
    ("aftersales/views/reviews.py", "goods_reviews"): "goods on sale, for visitors",
    ("aftersales/views/reviews.py", "order_review"): "a part of an order that is open to the buyer",
    ("orders/views/invoices.py", "order_invoice"): "a part of an order that is open to the buyer",
    ("aftersales/views/buyer.py", "after_sales_new"): "a part of an order that is open to the buyer",
    ("aftersales/views/buyer.py", "_case"): "of orders that are open to the buyer",
    ("aftersales/views/buyer.py", "photo"): "of orders that are open to the buyer; others through visible_to",
    ("catalog/sheet_jobs.py", "take_in_goods"): "the job's own sheet; taking in asks again what its bringer may",
    ("catalog/reviewing.py", "lock_product"): "no page: locks the goods that its caller holds",
    ("catalog/reviewing.py", "_lock_review"): "no page: locks what the review that its caller holds is about",
    ("catalog/views/finding.py", "season_page"): "goods on sale, for visitors",
    ("catalog/views/notices.py", "ask_notice"): "goods on sale, for visitors",
    ("catalog/views/seasons.py", "season_calendar"): "goods on sale, for visitors",
    ("catalog/views/shop.py", "category_page"): "goods on sale, for visitors",
    ("catalog/views/shop.py", "store_page"): "an open store's goods, for visitors",
    (
        "delivery/forms.py",
        "find_parcel",
    ): "by the label in somebody's hand; the pages ask visible_to next, a scan its own rules",
    ("delivery/forms.py", "__init__"): "at the stations where the user serves",
    ("delivery/worklist.py", "_groups"): "boxes of parcels that wait at the user's stations",
    ("delivery/worklist.py", "what_waits"): "of the stations it is given, which are the user's",
    ("orders/forms.py", "_to_point"): "any buyer chooses among all points that are open",
    ("orders/views/copied_codes.py", "_borne_by"): "what bears the code of a mark that was read through visible_to",
    ("orders/views/checkout.py", "ordered_already"): "the order of the buyer's own idempotency key",
    ("sellers/family_forms.py", "__init__"): "the stations where the user serves",
    ("sellers/forms.py", "__init__"): "the stations where the user serves",
    ("sellers/household_sheets.py", "write"): "rows that were read through visible_to",
    ("sellers/views/gathering.py", "_stations_without"): "only leaves out",
    ("sellers/views/households.py", "desk_households"): "mandates of the households that are listed",
    (
        "sellers/views/offline.py",
        "HandInForm",
    ): "which station a phone names; receiving asks whether the sender served there",
    ("sellers/views/payouts.py", "my_store_payout_cancel"): "of the farmer's own household",
    ("sellers/views/payouts.py", "my_store_payout_confirm"): "of the farmer's own household",
    ("sellers/views/stores.py", "_mandate_of"): "of a store that was read through visible_to",
    ("sellers/views/withdrawal.py", "_demo_texts"): "of the household whose phone is being proved; the demo alone",
    ("sellers/views/withdrawal.py", "_proved"): "of the household whose phone was proved",
    ("stations/station_forms.py", "__init__"): "stations above, of the county that the user keeps",
    ("stations/station_forms.py", "_station_of"): "stations above, of the county that the user keeps",
    ("stations/station_sheets.py", "__init__"): "codes are unique in the whole country: which ones are taken",
    ("stations/station_sheets.py", "write"): "rows whose region was checked against the user's scope",
    ("stations/views/people.py", "_place"): "may_give decides in the next line, and answers 404",
    ("stations/views/stations.py", "_narrowed"): "narrows rows that were read through visible_to",
    ("stations/views/stations.py", "_stores"): "a figure of a station that was read through visible_to",
}


def modules() -> Iterator[Path]:
    """What answers requests: views, desks, choosers, forms, exports of spreadsheets."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            parts = set(path.relative_to(ROOT).parts)
            wanted = ("view", "desk", "chooser", "form", "sheet", "worklist", "workplace")
            if parts & {"migrations", "management", "models", "demo"}:
                continue
            if any(word in name for word in wanted):
                yield path


def doorless(path: Path) -> Iterator[tuple[str, str, str]]:
    """(file, function, statement) of each look-up of scoped rows that passes no door."""
    for place in ast.walk(ast.parse(path.read_text())):
        if not isinstance(place, (ast.FunctionDef, ast.ClassDef)):
            continue
        seen: set[str] = set()
        for statement in _statements(place):
            text = ast.unparse(statement)
            names = {node.attr for node in ast.walk(statement) if isinstance(node, ast.Attribute)}
            used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
            through = bool(names & DOORS or used & seen) or _finds_own(statement)
            if through and isinstance(statement, ast.Assign):
                targets = [node for target in statement.targets for node in ast.walk(target)]
                seen |= {node.id for node in targets if isinstance(node, ast.Name)}
            if not through and any(re.search(rf"\b{one.__name__}\.objects(?!\.none)", text) for one in SCOPED):
                yield path.relative_to(ROOT).as_posix(), place.name, text.splitlines()[0][:110]


def _statements(place: ast.FunctionDef | ast.ClassDef) -> Iterator[ast.stmt]:
    """The simple statements of a function, or those of a class outside its functions."""
    simple = (ast.Assign, ast.AnnAssign, ast.Return, ast.Expr, ast.AugAssign)
    nodes = ast.walk(place) if isinstance(place, ast.FunctionDef) else place.body
    yield from (node for node in nodes if isinstance(node, simple))


def _finds_own(statement: ast.stmt) -> bool:
    """Whether rows are found by the person who asks: `user=request.user`, `begun_by=user`."""
    found = [keyword for node in ast.walk(statement) if isinstance(node, ast.Call) for keyword in node.keywords]
    return any(
        one.arg in OWN and ast.unparse(one.value) in {"user", "by", "request.user", "acting(request)"} for one in found
    )


def test_every_look_up_passes_the_door() -> None:
    found = {(file, function): text for path in modules() for file, function, text in doorless(path)}
    fresh = {place: text for place, text in found.items() if place not in REVIEWED}
    assert not fresh, "Not through visible_to(user):\n" + "\n".join(f"{place}: {text}" for place, text in fresh.items())
    assert not sorted(REVIEWED.keys() - found.keys()), "Reviewed, and gone: take it off the list."


def test_the_scan_sees_one(tmp_path: Path) -> None:
    """The test above would notice."""
    page = ROOT / "shop" / "desk.py"
    assert "visible_to" in page.read_text()
    tree = page.read_text().replace(".visible_to(user)", "")
    copy = tmp_path / "desk.py"
    copy.write_text(tree)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.access.test_scope_is_the_door.ROOT", tmp_path)
        assert {function for _file, function, _text in doorless(copy)} >= {"_stores", "_goods"}


@pytest.mark.django_db
@pytest.mark.parametrize("model", SCOPED, ids=lambda model: model.__name__)
def test_every_scoped_model_has_its_door(model: type) -> None:
    """Nobody and a buyer see nothing, an operator everything, by one query."""
    cast.make_store(cast.Stations().point)
    rows = model.objects  # type: ignore[attr-defined]
    assert not rows.visible_to(AnonymousUser()).exists()
    assert not rows.visible_to(cast.make_user()).exists()
    assert rows.visible_to(cast.make_operator()).count() == rows.count()
