"""What a payment does: once, in full, and also when it comes too late."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from catalog.models import Stock, Variant
from delivery.models import Parcel
from orders import expiry, release, settlement
from orders.models import Consignment, LeftOut, Order, OrderState, Sale
from orders.parcels import plan_parcels
from payments import ledger
from payments.models import AccountKind, Payment, PaymentState, Refund, Transfer
from tests.orders.scene import Scene, order_of

pytestmark = pytest.mark.django_db


def buy(scene: Scene) -> Order:
    """An order of three stores of two counties."""
    return order_of(scene, lines=scene.three)


def pay(order: Order, *, at: dt.datetime | None = None) -> Order:
    return settlement.settle_payment(Payment.objects.get(order_ref=order.ref, state="open").pk, intent_id="pi_1", at=at)


def overdue(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(reserved_until=timezone.now() - dt.timedelta(seconds=1))


def audits() -> None:
    call_command("check_ledger")
    call_command("check_volume")


def test_a_payment_books_every_fen(scene: Scene) -> None:
    order = pay(buy(scene))
    consignments = list(Consignment.objects.filter(order=order).select_related("store"))
    assert order.state == OrderState.PAID
    assert ledger.balance(AccountKind.STRIPE) == order.total_fen
    for consignment in consignments:
        assert ledger.owed(AccountKind.SELLER_PENDING, consignment.store.slug) == consignment.seller_fen
    assert ledger.owed(AccountKind.COMMISSION) == sum(item.commission_fen for item in consignments) > 0
    assert sum(Sale.objects.values_list("amount_fen", flat=True)) == order.goods_fen
    audits()


def test_a_payment_is_booked_once(scene: Scene) -> None:
    order = buy(scene)
    payment = Payment.objects.get(order_ref=order.ref)
    for _ in range(3):
        settlement.settle_payment(payment.pk, intent_id="pi_1")
    assert ledger.balance(AccountKind.STRIPE) == order.total_fen
    assert Transfer.objects.count() == 1
    audits()


def test_an_overdue_reservation_gives_its_stock_back_once(scene: Scene) -> None:
    before = scene.daylily.held
    order = buy(scene)
    assert Variant.objects.get(pk=scene.daylily.pk).held > before
    overdue(order)
    assert expiry.expire_reservations() == 1
    assert expiry.expire_reservations() == 0
    assert Variant.objects.get(pk=scene.daylily.pk).held == before
    assert Order.objects.get(pk=order.pk).state == OrderState.EXPIRED
    assert Payment.objects.get(order_ref=order.ref).state == PaymentState.EXPIRED
    audits()


def test_late_money_takes_the_stock_again(scene: Scene) -> None:
    order = buy(scene)
    payment = Payment.objects.get(order_ref=order.ref)
    overdue(order)
    expiry.expire_reservations()
    order = settlement.settle_payment(payment.pk, intent_id="pi_1")
    assert order.state == OrderState.PAID
    assert Variant.objects.get(pk=scene.daylily.pk).held > 0
    assert not Refund.objects.exists()
    audits()


def test_late_money_for_goods_that_are_gone_goes_back(scene: Scene) -> None:
    order = buy(scene)
    payment = Payment.objects.get(order_ref=order.ref)
    overdue(order)
    expiry.expire_reservations()
    Stock.objects.filter(variant=scene.daylily.pk).update(on_hand=0)
    order = settlement.settle_payment(payment.pk, intent_id="pi_1")
    assert order.state == OrderState.EXPIRED
    assert Refund.objects.get().amount_fen == order.total_fen
    assert ledger.balance(AccountKind.STRIPE) == 0
    assert not Sale.objects.exists()
    audits()


def test_what_the_family_buys_itself_is_no_volume(scene: Scene) -> None:
    order = buy(scene)
    Order.objects.filter(pk=order.pk).update(phone=scene.daylily.product.store.household.phone)
    pay(order)
    own = Sale.objects.filter(line__variant=scene.daylily)
    assert {sale.left_out for sale in own} == {LeftOut.SELF_PURCHASE}
    assert Sale.objects.filter(left_out="").exists()
    audits()


def test_parcels_are_planned_once(scene: Scene) -> None:
    order = pay(buy(scene))
    number = Consignment.objects.filter(order=order).count()
    assert plan_parcels(order.pk) == number
    assert plan_parcels(order.pk) == 0
    assert Consignment.objects.filter(order=order, parcel=None).count() == 0


def test_money_is_released_a_week_after_delivery_and_once(scene: Scene) -> None:
    order = pay(buy(scene))
    plan_parcels(order.pk)
    consignment = Consignment.objects.filter(order=order).select_related("parcel", "store").first()
    assert consignment is not None
    assert consignment.parcel is not None
    now = timezone.now()
    Parcel.objects.filter(pk=consignment.parcel.pk).update(state="delivered", delivered_at=now)
    assert release.release_delivered(at=now + dt.timedelta(days=6)) == 0
    assert release.release_delivered(at=now + dt.timedelta(days=8)) == 1
    assert release.release_delivered(at=now + dt.timedelta(days=9)) == 0
    assert ledger.owed(AccountKind.SELLER_AVAILABLE, consignment.store.slug) == consignment.seller_fen
    assert ledger.owed(AccountKind.SELLER_PENDING, consignment.store.slug) == 0
    call_command("check_ledger")


class TestAuditsSeeWhatIsWrong:
    """Each audit must find the fault that it is there for."""

    def test_a_sale_that_was_never_written(self, scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
        order = pay(buy(scene))
        Order.objects.filter(pk=order.pk).update(paid_at=order.paid_at - dt.timedelta(days=40))  # type: ignore[operator]
        with pytest.raises(SystemExit) as stop:
            run("check_volume")
        assert stop.value.code == 1
        assert "a paid line has no fact of sale" in capsys.readouterr().err

    def test_a_commission_that_changed_afterwards(self, scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
        order = pay(buy(scene))
        Consignment.objects.filter(order=order).update(commission_fen=1)
        with pytest.raises(SystemExit) as stop:
            run("check_ledger")
        assert stop.value.code == 1
        assert "commission, station fee or freight differ" in capsys.readouterr().err

    def test_stock_that_nobody_ordered(self, scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
        Stock.objects.filter(variant=scene.daylily.pk).update(held=1)
        with pytest.raises(SystemExit):
            run("check_ledger")
        assert scene.daylily.sku in capsys.readouterr().err


def run(command: str) -> None:
    """A command as the shell runs it, with its exit code."""
    try:
        call_command(command)
    except CommandError as error:
        raise SystemExit(error.returncode) from error
