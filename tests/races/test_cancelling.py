"""A buyer who cancels at the moment in which the station collects: one of the two happens; and with the locks taken away, both."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError

from orders import cancelling, portions, refunding
from orders.cancelling import cancel_consignment
from orders.collection import collect
from orders.models import Consignment, LineRefund, Order, OrderLine
from orders.parcels import plan_parcels
from orders.portions import Portion
from orders.refunding import refund_lines
from payments.models import Refund
from tests.cast import make_clerk
from tests.orders.scene import Scene, make_scene, order_of, paid
from tests.races.test_settlement import books_agree, elsewhere, together
from tests.races.test_settlement import no_row_locks as no_row_locks


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return make_scene()


@pytest.fixture
def part(scene: Scene) -> Consignment:
    order = paid(order_of(scene))
    plan_parcels(order.pk)
    return Consignment.objects.get()


def both(scene: Scene, part: Consignment) -> list[Callable[[], object]]:
    clerk, order = make_clerk(scene.qidong.point), Order.objects.get()
    weights = {line.pk: line.unit_weight_g * line.quantity for line in part.lines.all()}
    return [
        lambda: collect(consignment=part, by=clerk, weights=weights, nonce="n1"),
        lambda: cancel_consignment(order=order, number=part.number, by=None),
    ]


@pytest.mark.parametrize("attempt", range(6))
def test_one_of_the_two_happens(scene: Scene, part: Consignment, attempt: int) -> None:
    ends = together(both(scene, part))
    assert ends["done"] == 1 and set(ends) <= {"done", "CannotCancel", "AllRecalled", "NothingToCollect"}, ends
    part.refresh_from_db()
    assert LineRefund.objects.exists() is (part.stock_taken_at is None)
    assert books_agree()


def test_two_cancellations_give_the_money_back_once(scene: Scene, part: Consignment) -> None:
    cancel = both(scene, part)[1]
    ends = together([cancel] * 4)
    assert ends == {"done": 1, "CannotCancel": 3}
    assert LineRefund.objects.count() == 1
    assert books_agree()


@pytest.mark.usefixtures("no_row_locks")
def test_without_locks_the_goods_are_sent_and_paid_back(
    scene: Scene, part: Consignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the station collects after the buyer's request has looked, and before it moves anything."""
    collects, cancels = both(scene, part)
    refund = refund_lines

    def after_collection(**named: Any) -> Refund | None:
        assert elsewhere(collects) == {"done": 1}
        return refund(**named)

    monkeypatch.setattr(cancelling, "refund_lines", after_collection)
    cancels()
    part.refresh_from_db()
    assert LineRefund.objects.exists() and part.parcel is not None and part.parcel.state != "cancelled"


def halves(part: Consignment, times: int) -> list[Callable[[], object]]:
    """So many requests for one of the two bags."""
    order, line = Order.objects.get(pk=part.order_id), part.lines.get()
    return [lambda: refund_lines(order=order, portions=[Portion(line.pk, units=1)], by=None, reason="short")] * times


def test_of_two_bags_no_third_goes_back(part: Consignment) -> None:
    ends = together(halves(part, 5))
    assert ends["done"] >= 2 and set(ends) <= {"done", "RefundRefused"}, (
        ends
    )  # done: to an order that is refunded nothing happens
    assert [row.quantity for row in LineRefund.objects.all()] == [1, 1]
    assert OrderLine.objects.get().left_units == 0 and Order.objects.get().state == "refunded"
    assert books_agree()


@pytest.mark.usefixtures("no_row_locks")
def test_without_locks_postgresql_counts(scene: Scene, part: Consignment, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: one looks, the other refunds both, and the first goes on with what it saw. The line's own count stops it."""
    worked = portions.work_out
    paid(order_of(scene))  # holds goods too: it is not the stock that stops the second

    def after_another(*seen: Any) -> Any:
        found = worked(*seen)
        monkeypatch.setattr(refunding, "work_out", worked)
        whole = Portion(part.lines.get().pk)
        other = lambda: refund_lines(order=part.order, portions=[whole], by=None, reason="all")  # noqa: E731
        assert elsewhere(other) == {"done": 1}
        return found

    monkeypatch.setattr(refunding, "work_out", after_another)
    with pytest.raises(IntegrityError):
        halves(part, 1)[0]()
    assert LineRefund.objects.get().quantity == 2 and books_agree()
