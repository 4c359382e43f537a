"""A buyer who cancels at the moment in which the station collects: one of the two happens; and with the locks taken away, both."""

from collections.abc import Callable
from typing import Any

import pytest

from orders import cancelling
from orders.cancelling import cancel_consignment
from orders.collection import collect
from orders.models import Consignment, LineRefund, Order
from orders.parcels import plan_parcels
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
