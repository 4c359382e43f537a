"""The buyer confirms that goods have come: the seller's money is available at once, once, and never for what has not come."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from delivery.models import Parcel, ParcelState
from orders import release
from orders.models import Consignment, Order, OrderLine
from orders.parcels import plan_parcels
from orders.receiving import NotReceived, confirm_receipt
from payments import ledger
from payments.models import AccountKind, Transfer, TransferKind
from tests import cast
from tests.orders.scene import Scene, make_scene, order_of, paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def order(scene: Scene) -> Order:
    """Two bags of one store, paid, delivered a minute ago."""
    made = paid(order_of(scene))
    plan_parcels(made.pk)
    Parcel.objects.update(state=ParcelState.DELIVERED, delivered_at=timezone.now())
    Consignment.objects.update(stock_taken_at=timezone.now())
    return made


def number() -> str:
    return Consignment.objects.get().number


def available(scene: Scene) -> int:
    return ledger.owed(AccountKind.SELLER_AVAILABLE, scene.store.slug)


def paid_too_early(capsys: pytest.CaptureFixture[str]) -> bool:
    """Whether the audit says that money was released before its time (the goods of these tests left no trace at the farm)."""
    with pytest.raises(CommandError):
        call_command("check_ledger")
    return "released before the after-sales window" in capsys.readouterr().err


def test_confirming_releases_the_money_at_once_and_once(scene: Scene, order: Order) -> None:
    pending = ledger.owed(AccountKind.SELLER_PENDING, scene.store.slug)
    assert release.release_delivered() == 0, "the seven days are not over"
    first = confirm_receipt(order=order, number=number())
    assert (available(scene), ledger.owed(AccountKind.SELLER_PENDING, scene.store.slug)) == (pending, 0)
    assert confirm_receipt(order=order, number=number()).received_at == first.received_at
    assert release.release_delivered() == 0
    assert Transfer.objects.filter(kind=TransferKind.RELEASE).count() == 1


@pytest.mark.parametrize("state", [ParcelState.PLANNED, ParcelState.READY, ParcelState.WITH_CARRIER])
def test_what_has_not_come_is_not_confirmed(scene: Scene, order: Order, state: ParcelState) -> None:
    Parcel.objects.update(state=state, delivered_at=None)
    with pytest.raises(NotReceived):
        confirm_receipt(order=order, number=number())
    assert available(scene) == 0


def test_strange_parts_and_orders_that_are_not_paid(scene: Scene, order: Order) -> None:
    for part in ("", "x" * 300, "261122-NOTHERE-1"):
        with pytest.raises(NotReceived):
            confirm_receipt(order=order, number=part)
    unpaid = order_of(scene, key="other")
    with pytest.raises(NotReceived):
        confirm_receipt(order=unpaid, number=unpaid.consignments.get().number)


def test_what_waits_to_be_paid_back_is_not_released_meanwhile(scene: Scene, order: Order) -> None:
    OrderLine.objects.update(short_since=timezone.now())
    confirm_receipt(order=order, number=number())
    assert available(scene) == 0 and Consignment.objects.get().received_at is not None
    OrderLine.objects.update(short_since=None)
    assert release.release_delivered() == 1 and available(scene) > 0


def test_a_part_without_a_parcel_is_never_received(order: Order) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Consignment.objects.update(parcel=None, received_at=timezone.now())


def test_the_audit_knows_who_may_be_paid_early(order: Order, capsys: pytest.CaptureFixture[str]) -> None:
    confirm_receipt(order=order, number=number())
    assert not paid_too_early(capsys)
    Consignment.objects.update(received_at=None)
    assert paid_too_early(capsys)


def test_the_page_offers_it_once_and_to_the_buyer_alone(scene: Scene, order: Order, client: Client) -> None:
    page, address = reverse("order", args=[order.ref]), reverse("order_received", args=[order.ref])
    assert "确认收货" in client.get(page).content.decode()
    answer: Any = client.post(address, {"part": number()}, follow=True)
    text = answer.content.decode()
    assert "货款已结给卖家" in text and "您已于" in text and "order_received" not in text and address not in text
    Order.objects.update(user=cast.make_user("liumin@daylily.example"))
    stranger = cast.signed_in_client(cast.make_user("someone@daylily.example"))
    assert stranger.post(address, {"part": number()}).status_code == 404
