"""The nightly audits: kept night by night, shown to the operator, as of one moment, and never changed afterwards."""

import logging
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse

from orders.models import Order
from payments.models import Payment
from reports import audit, jobs
from reports.models import Audited, AuditRun
from tests import cast
from tests.orders.scene import make_scene, order_of, paid
from tests.races.test_settlement import elsewhere

TAMPERED = "UPDATE payments_payment SET amount_fen = amount_fen + 1"


@pytest.mark.django_db
def test_the_night_keeps_what_it_found(caplog: pytest.LogCaptureFixture) -> None:
    paid(order_of(make_scene()))
    jobs.every_night(0)
    assert {(run.audited, len(run.found)) for run in AuditRun.objects.all()} == {("ledger", 0), ("volume", 0)}
    with connection.cursor() as cursor:
        cursor.execute(TAMPERED)
    with caplog.at_level(logging.ERROR, logger="daylily.money"):
        jobs.every_night(0)
    last = AuditRun.objects.filter(audited=Audited.LEDGER)[0]
    assert any(line.startswith("a payment that succeeded is not in the ledger") for line in last.found)
    assert "a payment that succeeded is not in the ledger" in caplog.text


@pytest.mark.django_db
def test_the_operator_reads_them_and_changes_nothing() -> None:
    operator = cast.signed_in_client(cast.make_operator())
    run = AuditRun.objects.create(audited=Audited.LEDGER, checks=28, found=["a transfer does not sum to zero: key=x"])
    listed = operator.get(reverse("admin:reports_auditrun_changelist")).content.decode()
    assert "icon-no" in listed
    opened = operator.get(reverse("admin:reports_auditrun_change", args=[run.pk])).content.decode()
    assert "a transfer does not sum to zero: key=x" in opened
    assert operator.post(reverse("admin:reports_auditrun_delete", args=[run.pk]), {"post": "yes"}).status_code == 403
    for change in (lambda: AuditRun.objects.update(found=[]), lambda: AuditRun.objects.all().delete()):
        with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
            change()


COUNT = "SELECT count(*) AS orders FROM orders_order"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_all_checks_see_the_same_moment(monkeypatch: pytest.MonkeyPatch, guarded: bool) -> None:
    """An order is placed between two checks: neither sees it; without the snapshot the second does."""
    scene = make_scene()
    if not guarded:
        monkeypatch.setattr(audit, "_one_moment", transaction.atomic)

    class Checks(dict[str, str]):
        def items(self) -> Any:
            yield "first", COUNT
            assert elsewhere(lambda: order_of(scene)) == {"done": 1}
            yield "second", COUNT

    first, second = audit.differences(Checks())
    assert (first.removeprefix("first") == second.removeprefix("second")) is guarded
    assert Order.objects.count() == Payment.objects.count() == 1
