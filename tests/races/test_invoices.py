"""A company changes what its invoice is to say while the seller issues it: never a number under words that changed afterwards."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db.models import QuerySet

from accounts.models import User
from orders.invoicing import issue_invoice
from orders.models import Consignment, InvoiceRequest
from tests.cast import make_clerk
from tests.orders.scene import Scene, make_scene, order_of, paid
from tests.orders.test_invoicing import DIGITAL, asked
from tests.races.test_settlement import elsewhere, together

CHANGED = "长沙湘味园餐饮管理有限公司"
OTHER = "26432000000087654321"


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return make_scene()


@pytest.fixture
def part(scene: Scene) -> Consignment:
    return Consignment.objects.get(order=paid(order_of(scene)))


@pytest.fixture
def clerk(scene: Scene) -> User:
    return make_clerk(scene.qidong.point)


def issued_meanwhile(monkeypatch: pytest.MonkeyPatch, issue: Callable[[], object]) -> None:
    """The seller issues on another connection, after the buyer's page has found the request and before it writes."""
    found = QuerySet.get_or_create

    def and_then(rows: "QuerySet[Any]", *names: Any, **fields: Any) -> Any:
        answer = found(rows, *names, **fields)
        if rows.model is InvoiceRequest:
            assert elsewhere(issue) == {"done": 1}
        return answer

    monkeypatch.setattr(QuerySet, "get_or_create", and_then)


def whatever_its_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken away: a request is changed or issued although it was issued before."""
    known = QuerySet.filter

    def all_of_them(rows: "QuerySet[Any]", *wanted: Any, **fields: Any) -> "QuerySet[Any]":
        if rows.model is InvoiceRequest:
            fields.pop("issued_at", None)
        return known(rows, *wanted, **fields)

    monkeypatch.setattr(QuerySet, "filter", all_of_them)


def test_what_was_issued_meanwhile_keeps_its_words(
    part: Consignment, clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = asked(part)
    issued_meanwhile(monkeypatch, lambda: issue_invoice(by=clerk, request=request, number=DIGITAL))
    assert elsewhere(lambda: asked(part, title=CHANGED)) == {"CannotInvoice": 1}
    request.refresh_from_db()
    assert request.title != CHANGED and request.number == DIGITAL


def test_without_the_guard_the_number_stands_under_other_words(
    part: Consignment, clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    request = asked(part)
    issued_meanwhile(monkeypatch, lambda: issue_invoice(by=clerk, request=request, number=DIGITAL))
    whatever_its_state(monkeypatch)
    assert elsewhere(lambda: asked(part, title=CHANGED)) == {"done": 1}
    request.refresh_from_db()
    assert request.title == CHANGED and request.number == DIGITAL


def test_of_two_who_issue_one_writes_the_number(part: Consignment, clerk: User) -> None:
    request = asked(part)
    ends = together([partial(issue_invoice, by=clerk, request=request, number=one) for one in (DIGITAL, OTHER)])
    assert ends == {"done": 1, "CannotInvoice": 1}


def test_without_the_guard_both_do(part: Consignment, clerk: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the buyer was told a number that is no longer there."""
    request = asked(part)
    whatever_its_state(monkeypatch)
    ends = together([partial(issue_invoice, by=clerk, request=request, number=one) for one in (DIGITAL, OTHER)])
    assert ends == {"done": 2}


def test_two_pages_that_ask_are_one_request(part: Consignment) -> None:
    assert together([partial(asked, part), partial(asked, part, title=CHANGED)]) == {"done": 2}
    assert InvoiceRequest.objects.get().issued_at is None
