"""The buyer confirms receipt while the nightly job releases, or twice at once: the seller's money moves once.

The guard is that of tests.races.test_settlement.TestSellersMoneyReleasedTwice, which has the control.
"""

from typing import Any

import pytest
from django.utils import timezone

from delivery.models import Parcel, ParcelState
from orders import release
from orders.models import Consignment, Order
from orders.parcels import plan_parcels
from orders.receiving import confirm_receipt
from payments.models import Transfer, TransferKind
from tests.orders.scene import make_scene, order_of, paid
from tests.races.test_settlement import together


@pytest.fixture
def order(transactional_db: None) -> Order:
    """Delivered eight days ago: the night releases it as well."""
    made = paid(order_of(make_scene()))
    plan_parcels(made.pk)
    Parcel.objects.update(state=ParcelState.DELIVERED, delivered_at=timezone.now() - release.AFTER_SALES_WINDOW * 8 / 7)
    return made


def all_at_once(order: Order) -> Any:
    number = Consignment.objects.get().number
    confirm = [lambda: confirm_receipt(order=order, number=number)] * 2
    return together([*confirm, release.release_delivered, release.release_delivered])


def releases() -> int:
    return Transfer.objects.filter(kind=TransferKind.RELEASE).count()


@pytest.mark.parametrize("attempt", range(4))
def test_the_money_is_released_once(order: Order, attempt: int) -> None:
    ends = all_at_once(order)
    assert set(ends) <= {"done", "NotReceived"} and releases() == 1, ends
