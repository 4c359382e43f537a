"""The balance that is paid at the moment in which its order lapses or is called off, and guests who come as they call off."""

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.utils import timezone

from catalog import visits as days
from catalog.models import GoodsKind, Variant
from orders import refunding, visits
from orders.balance import balance_payment
from orders.calling_off import call_off_visit
from orders.deposit_back import regret_deposit
from orders.expiry import expire_reservations
from orders.models import Consignment, DeliveryWay, LineRefund, Order, OrderState
from orders.promises import call_off
from orders.settlement import settle_payment
from orders.visits import check_in
from payments import ledger
from payments.models import AccountKind, Payment, PaymentPurpose, Refund, Transfer, TransferKind
from tests.cast import make_category, make_clerk, make_product
from tests.orders.depositing import let_it_lapse, open_now, payment_of, sell_ahead, with_deposit
from tests.orders.scene import Scene, make_scene, order_of, paid, to_the_door
from tests.races.test_settlement import PATIENCE, books_agree, together
from tests.races.test_settlement import no_row_locks as no_row_locks


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return make_scene()


@pytest.fixture
def due(scene: Scene) -> Order:
    """An order whose balance is due, with its open payment."""
    order = open_now(with_deposit(scene, sell_ahead(scene)[0]))
    assert balance_payment(order)
    return order


def pay(order: Order) -> Callable[[], object]:
    number = payment_of(order, PaymentPurpose.BALANCE).pk
    return lambda: settle_payment(number, intent_id="pi_balance")


def held() -> int:
    return Variant.objects.get(promised_week__isnull=False).held


@pytest.mark.parametrize("attempt", range(4))
def test_a_balance_is_paid_or_lapses(due: Order, attempt: int) -> None:
    let_it_lapse(due)
    ends = together([pay(due), expire_reservations, expire_reservations])
    due.refresh_from_db()
    assert ends == {"done": 3}
    assert due.state in (OrderState.PAID, OrderState.LAPSED)
    kept = Transfer.objects.filter(kind=TransferKind.DEPOSIT_KEPT).exists()
    assert kept is (due.state == OrderState.LAPSED) and Refund.objects.exists() is kept
    assert held() == (4 if due.state == OrderState.PAID else 0)
    assert books_agree()


def test_many_that_end_it_end_it_once(due: Order) -> None:
    let_it_lapse(due)
    assert together([expire_reservations] * 6) == {"done": 6}
    assert Transfer.objects.filter(kind=TransferKind.DEPOSIT_KEPT).count() == 1 and held() == 0
    assert books_agree()


@pytest.mark.parametrize("attempt", range(4))
def test_a_farm_that_ends_it_or_a_buyer_who_pays(scene: Scene, due: Order, attempt: int) -> None:
    clerk, lot = make_clerk(scene.qidong.point, "周兰"), due.consignments.get().lines.get().lot
    assert lot is not None
    ends = together([pay(due), lambda: call_off(by=clerk, lot=lot)])
    due.refresh_from_db()
    assert ends == {"done": 2} and due.state in (OrderState.PAID, OrderState.CALLED_OFF)
    # Called off, both payments go back; paid, none.
    assert Refund.objects.count() == (0 if due.state == OrderState.PAID else 2)
    assert books_agree()


def test_a_deposit_that_is_called_off_by_many_goes_back_once(scene: Scene) -> None:
    order = with_deposit(scene, sell_ahead(scene)[0])
    assert together([lambda: regret_deposit(order=order)] * 5) == {"done": 1, "TooLateToRegret": 4}
    assert Refund.objects.count() == 1 and ledger.balance(AccountKind.STRIPE) == 0
    assert books_agree()


def test_two_pages_pay_a_balance_once(due: Order) -> None:
    old = payment_of(due, PaymentPurpose.BALANCE)
    long_ago = timezone.now() - dt.timedelta(hours=22)
    Payment.objects.filter(pk=old.pk).update(session_id="cs_old", session_url="https://x.example", created_at=long_ago)
    new = balance_payment(due)
    assert new is not None
    assert together([lambda: settle_payment(old.pk), lambda: settle_payment(new.pk)]) == {"done": 2}
    assert Transfer.objects.filter(kind=TransferKind.SALE).count() == 1 and Refund.objects.count() == 1
    assert books_agree()


@pytest.mark.usefixtures("no_row_locks")
def test_without_locks_and_the_guarded_move_a_deposit_is_kept_and_sold(
    due: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: of the guards that the tests above rely on, the locks and the move are taken away, and both ends happen."""
    let_it_lapse(due)
    meeting = threading.Barrier(2)
    save = Payment.save

    def meet_and_save(payment: Payment, **how: object) -> None:
        meeting.wait(PATIENCE)
        save(payment, **how)  # type: ignore[arg-type]

    def meet_and_move(order: Order, to: OrderState, **_changes: object) -> None:
        if to == OrderState.LAPSED:
            meeting.wait(PATIENCE)
        order.state = to

    monkeypatch.setattr(Payment, "save", meet_and_save)
    monkeypatch.setattr("orders.ending.move_order", meet_and_move)
    monkeypatch.setattr("orders.settlement.move_order", meet_and_move)
    assert together([pay(due), expire_reservations]) == {"done": 2}
    assert Transfer.objects.filter(kind__in=(TransferKind.SALE, TransferKind.DEPOSIT_KEPT)).count() == 2
    assert not books_agree()


@pytest.fixture
def visit(scene: Scene) -> Consignment:
    kind = make_category("visits", "乡村体验", "Farm stays and visits", kind=GoodsKind.BOOKING)
    stay = make_product(scene.store, name="黄花菜地里住一晚", name_en="A night among the daylilies", category=kind)
    day = timezone.localdate() + dt.timedelta(days=5)
    clerk = make_clerk(scene.qidong.point)
    night = days.offer_days(by=clerk, product=stay, days=[day], places=4, price_fen=16_800, name="双人房")[0]
    farm = to_the_door(way=DeliveryWay.VISIT, region=scene.store.region, address="")
    order = paid(order_of(scene, lines=[(night.pk, 2)], delivery=farm))
    return Consignment.objects.select_related("order").get(order=order)


def come_and_call_off(scene: Scene, visit: Consignment) -> list[Callable[[], object]]:
    clerk = make_clerk(scene.qidong.point, "周兰")
    assert visit.visit_day is not None
    noon = timezone.make_aware(dt.datetime.combine(visit.visit_day, dt.time(12)))
    return [
        lambda: check_in(by=clerk, code=visit.visit_code, at=noon),
        lambda: call_off_visit(order=visit.order, number=visit.number, by=None),
    ]


@pytest.mark.parametrize("attempt", range(4))
def test_guests_come_or_call_off(scene: Scene, visit: Consignment, attempt: int) -> None:
    ends = together(come_and_call_off(scene, visit))
    assert ends["done"] == 1 and set(ends) <= {"done", "CodeUnknown", "CannotCallOff"}, ends
    visit.refresh_from_db()
    assert LineRefund.objects.exists() is (visit.visited_at is None)


@pytest.mark.usefixtures("no_row_locks")
def test_without_locks_they_come_and_are_paid_back(
    scene: Scene, visit: Consignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = threading.Barrier(2)
    real_refund, real_places = refunding.refund_lines, visits._take_places

    def refund(**how: object) -> object:
        meeting.wait(PATIENCE)
        return real_refund(**how)  # type: ignore[arg-type]

    def take(one: Consignment, when: dt.datetime) -> None:
        meeting.wait(PATIENCE)
        real_places(one, when)

    monkeypatch.setattr("orders.calling_off.refund_lines", refund)
    monkeypatch.setattr("orders.visits._take_places", take)
    monkeypatch.setattr("catalog.stock.release", lambda _draws: None)  # the stock would notice, too
    assert together(come_and_call_off(scene, visit)) == {"done": 2}
    visit.refresh_from_db()
    assert LineRefund.objects.exists() and visit.visited_at is not None
