"""What the pages of lots ask for: a loss, a test whose report was drawn, and the county's grade scheme."""

import datetime as dt
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from accounts.models import User
from catalog.lots import record_test
from catalog.making_lots import write_off
from catalog.models import Lot, ReportState
from tests.catalog.schemes import make_scheme


def lot_work(lot: Lot, clerk: User) -> dict[str, tuple[Any, ...]]:
    """A lot with a loss and with a test whose report was drawn, and its county's grade scheme."""
    loss = write_off(by=clerk, lot=lot, grams=100, reason="sample")
    test = record_test(
        by=clerk, lot=lot, agency="检测中心", standard="GB 2763-2021", tested_on=dt.date(2026, 7, 20), passed=True
    )
    test.report = storages["private"].save("reports/access.pdf", ContentFile(b"%PDF-1.4"))
    test.report_state = ReportState.READY
    test.save()
    scheme = make_scheme(county_code="430426")
    return {
        "lot_code": (lot.code,), "loss": (lot.code, loss.pk), "lot_test": (test.pk,), "scheme": (scheme.pk,),
    }  # fmt: skip
