"""Money that two want to book at the same moment: on real connections, and each time once more with the guard taken away."""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import permutations

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from catalog.models import Stock, Variant
from delivery.models import Parcel
from orders import expiry, release, settlement
from orders.counter import receive_cash
from orders.ending import end_reservation
from orders.models import Consignment, Order, OrderState, Sale
from orders.parcels import plan_parcels
from orders.paying import payment_page
from payments import ledger
from payments.models import AccountKind, Payment, Provider, Refund, Transfer, WebhookEvent
from shop.webhooks import keep_event
from tests.cast import make_clerk
from tests.orders.scene import Scene, make_scene, order_of, to_the_door, to_the_point

AT_ONCE = 8
PATIENCE = 30


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """The scene, committed, so that other connections see it."""
    return make_scene()


@pytest.fixture
def no_row_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken away: rows are read without being locked."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_how: rows.all())


def together(attempts: Iterable[Callable[[], object]]) -> Counter[str]:
    """Run the attempts at the same moment, each on a connection of its own; how many ended in which way."""
    runs = list(attempts)
    gate = threading.Barrier(len(runs))
    ends: Counter[str] = Counter()

    def run(attempt: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            gate.wait(PATIENCE)
            attempt()
            ends["done"] += 1
        except Exception as error:
            ends[type(error).__name__] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(attempt,)) for attempt in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE * 2)
    return ends


def elsewhere(attempt: Callable[[], object]) -> Counter[str]:
    """Run one attempt to its end on another connection."""
    return together([attempt])


def payment_of(order: Order) -> Payment:
    return Payment.objects.get(order_ref=order.ref)


def overdue(*orders: Order) -> None:
    past = timezone.now() - dt.timedelta(seconds=1)
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(reserved_until=past)


def books_agree() -> bool:
    """Whether both audits find nothing."""
    try:
        call_command("check_ledger")
        call_command("check_volume")
    except CommandError:
        return False
    return True


def meet_before_booking(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let all who found the payment unbooked wait for each other before they write."""
    meeting = threading.Barrier(number)
    save = Payment.save

    def wait_and_save(payment: Payment, **how: object) -> None:
        meeting.wait(PATIENCE)
        save(payment, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(Payment, "save", wait_and_save)


class TestOnePaymentSettledByMany:
    """Two webhooks, or a webhook and a job that runs again, meet at one payment."""

    def test_it_is_booked_once(self, scene: Scene) -> None:
        order = order_of(scene, lines=scene.three)
        number = payment_of(order).pk
        ends = together([lambda: settlement.settle_payment(number, intent_id="pi_1")] * AT_ONCE)
        assert ends == {"done": AT_ONCE}
        assert Transfer.objects.count() == 1
        assert Sale.objects.count() == len(scene.three)
        assert ProcrastinateJob.objects.filter(task_name="orders.plan_parcels").count() == 1
        assert ledger.balance(AccountKind.STRIPE) == order.total_fen
        assert books_agree()

    @pytest.mark.usefixtures("no_row_locks")
    def test_without_the_lock_the_keys_still_refuse_the_second(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        number = payment_of(order_of(scene)).pk
        meet_before_booking(monkeypatch, 3)
        ends = together([lambda: settlement.settle_payment(number)] * 3)
        assert ends["done"] == 1 and sum(ends.values()) == 3
        assert Transfer.objects.count() == 1

    @pytest.mark.usefixtures("no_row_locks")
    def test_without_lock_state_and_keys_it_is_reported_by_each(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        number = payment_of(order_of(scene)).pk
        meet_before_booking(monkeypatch, 3)
        monkeypatch.setattr(settlement, "move_order", lambda order, _to, **_changes: None)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE payments_transfer DROP CONSTRAINT payments_transfer_key_key")
            cursor.execute("ALTER TABLE orders_sale DROP CONSTRAINT orders_sale_key_key")
        together([lambda: settlement.settle_payment(number)] * 3)
        assert Sale.objects.count() == 3
        assert not books_agree()


class TestPaymentAtTheMomentOfExpiry:
    """The money comes in the second in which the reservation ends."""

    def interrupt_settling(
        self, monkeypatch: pytest.MonkeyPatch, number: int, meanwhile: Callable[[], object]
    ) -> Counter[str]:
        """Settle, and after it has read what it decides on let another connection do something."""
        save = Payment.save

        def save_later(payment: Payment, **how: object) -> None:
            elsewhere(meanwhile)
            save(payment, **how)  # type: ignore[arg-type]

        monkeypatch.setattr(Payment, "save", save_later)
        return elsewhere(lambda: settlement.settle_payment(number, intent_id="pi_1"))

    def test_expiry_leaves_alone_what_is_being_paid(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        order = order_of(scene)
        overdue(order)
        ended: list[int] = []
        went = self.interrupt_settling(
            monkeypatch, payment_of(order).pk, lambda: ended.append(expiry.expire_reservations())
        )
        assert went == {"done": 1} and ended == [0]
        assert Variant.objects.get(pk=scene.daylily.pk).held == 2
        assert books_agree()

    @pytest.mark.usefixtures("no_row_locks")
    def test_without_the_lock_the_state_still_refuses(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        order = order_of(scene)
        overdue(order)
        went = self.interrupt_settling(monkeypatch, payment_of(order).pk, expiry.expire_reservations)
        assert went == {"OrderMoved": 1}
        assert books_agree()

    @pytest.mark.usefixtures("no_row_locks")
    def test_without_lock_and_state_the_goods_are_paid_and_back_on_sale(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def move_unguarded(order: Order, to: OrderState, **changes: object) -> None:
            Order.objects.filter(pk=order.pk).update(state=to, **changes)

        monkeypatch.setattr(settlement, "move_order", move_unguarded)
        order = order_of(scene)
        overdue(order)
        assert self.interrupt_settling(monkeypatch, payment_of(order).pk, expiry.expire_reservations) == {"done": 1}
        assert Variant.objects.get(pk=scene.daylily.pk).held == 0
        assert not books_agree()

    @pytest.mark.parametrize("attempt", range(6))
    def test_buyer_expiry_and_the_next_buyer_at_once(self, scene: Scene, attempt: int) -> None:
        """Whoever comes first, the two bags belong to one buyer, and the other has their money back or never paid."""
        Stock.objects.filter(variant=scene.daylily.pk).update(on_hand=2)
        order = order_of(scene)
        overdue(order)
        number, delivery = payment_of(order).pk, to_the_door()
        ends = together([
            lambda: settlement.settle_payment(number, intent_id="pi_1"),
            expiry.expire_reservations,
            expiry.expire_reservations,
            lambda: order_of(scene, key=f"next-{attempt}", delivery=delivery),
        ])  # fmt: skip
        assert set(ends) <= {"done", "StockShort"}, ends
        order.refresh_from_db()
        bought = order.state == OrderState.PAID
        assert Order.objects.exclude(pk=order.pk).exists() is not bought
        assert Refund.objects.exists() is not bought
        assert Variant.objects.get(pk=scene.daylily.pk).held == 2
        assert books_agree()


class TestBuyersAndExpiryOnTheSameGoods:
    """Many lock the same three goods, each in an order of their own."""

    def test_no_deadlock_and_nothing_oversold(self, scene: Scene) -> None:
        goods = [scene.daylily.pk, scene.tea.pk, scene.more_daylily.pk]
        Stock.objects.filter(variant__in=goods).update(on_hand=30)
        for place in range(20):  # what expires meanwhile holds two of the three, in turns
            order_of(scene, lines=[(goods[place % 3], 1), (goods[(place + 1) % 3], 1)], key=f"old-{place}")
        overdue(*Order.objects.all())
        delivery, ways = to_the_door(), list(permutations(goods))

        def buy(number: int) -> None:
            for turn in range(5):
                lines = [(pk, 1) for pk in ways[(number + turn) % len(ways)]]
                order_of(scene, lines=lines, key=f"buyer-{number}-{turn}", delivery=delivery)

        buyers: list[Callable[[], object]] = [lambda number=number: buy(number) for number in range(AT_ONCE)]  # type: ignore[misc]
        ends = together([*buyers, expiry.expire_reservations, expiry.expire_reservations])
        assert set(ends) <= {"done", "StockShort"}, ends
        expiry.expire_reservations()
        reserved = Order.objects.filter(state=OrderState.RESERVED).count()
        for variant in Variant.objects.filter(pk__in=goods):
            assert variant.held == reserved <= variant.on_hand
        assert books_agree()

    def test_orders_ended_in_one_transaction_would_deadlock(self, scene: Scene) -> None:
        """The control: each order locks its goods in key order, but two orders in one transaction do not."""
        low, high = sorted([scene.daylily.pk, scene.tea.pk])
        Stock.objects.filter(variant__in=[low, high]).update(on_hand=30)
        first = [order_of(scene, lines=[(pk, 1)], key=f"a-{pk}") for pk in (low, high)]
        second = [order_of(scene, lines=[(pk, 1)], key=f"b-{pk}") for pk in (high, low)]
        halfway = threading.Barrier(2)

        def end_in_one(orders: list[Order]) -> None:
            with transaction.atomic():
                for order in orders:
                    end_reservation(order)
                    if order is orders[0]:
                        halfway.wait(PATIENCE)

        assert together([lambda: end_in_one(first), lambda: end_in_one(second)])["OperationalError"] == 1

    def test_an_order_whose_stock_is_gone_stops_no_other(self, scene: Scene) -> None:
        broken, good = order_of(scene), order_of(scene, lines=[(scene.tea.pk, 1)])
        Stock.objects.filter(variant=scene.daylily.pk).update(held=0)
        overdue(broken, good)
        assert expiry.expire_reservations() == 1
        states = dict(Order.objects.values_list("pk", "state"))
        assert states == {broken.pk: OrderState.RESERVED, good.pk: OrderState.EXPIRED}


class TestCashTakenTwice:
    """Two clerks, or one who presses twice, receive the same cash."""

    def cash_order(self, scene: Scene) -> Order:
        return order_of(scene, delivery=to_the_point(scene.qidong.point), pay_by=Provider.COUNTER)

    def takers(self, scene: Scene, order: Order) -> list[Callable[[], object]]:
        stations = (scene.qidong.point, scene.qidong.township)
        clerks = [(make_clerk(station), station) for station in stations]
        return [
            lambda clerk=clerk, station=station: receive_cash(order=order, by=clerk, counter=station)  # type: ignore[misc]
            for clerk, station in clerks * 2
        ]

    def test_one_till_holds_it(self, scene: Scene) -> None:
        order = self.cash_order(scene)
        assert together(self.takers(scene, order)) == {"done": 4}
        tills = [ledger.balance(AccountKind.STATION_CASH, s.code) for s in (scene.qidong.point, scene.qidong.township)]
        assert sorted(tills) == [0, order.total_fen]
        assert books_agree()

    @pytest.mark.usefixtures("no_row_locks")
    def test_without_the_lock_the_books_name_the_wrong_till(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Both find the payment open, and the second writes their own till over that of the first, who has the money."""
        order = self.cash_order(scene)
        meeting, update = threading.Barrier(2), QuerySet.update

        def update_together(rows: QuerySet[Payment], **changes: object) -> int:
            if "station_code" in changes:
                meeting.wait(PATIENCE)
            return update(rows, **changes)

        monkeypatch.setattr(QuerySet, "update", update_together)
        together(self.takers(scene, order)[:2])
        assert not books_agree()


class TestSellersMoneyReleasedTwice:
    """Two workers find the same consignment due."""

    @pytest.fixture
    def due(self, scene: Scene) -> Consignment:
        order = order_of(scene)
        settlement.settle_payment(payment_of(order).pk)
        plan_parcels(order.pk)
        long_ago = timezone.now() - dt.timedelta(days=8)
        Parcel.objects.update(state="delivered", delivered_at=long_ago, collected_at=long_ago)
        Stock.objects.filter(variant=scene.daylily.pk).update(held=0)
        return Consignment.objects.select_related("store").get(order=order)

    def test_it_is_released_once(self, due: Consignment) -> None:
        assert together([release.release_delivered] * AT_ONCE) == {"done": AT_ONCE}
        assert ledger.owed(AccountKind.SELLER_AVAILABLE, due.store.slug) == due.seller_fen
        assert ledger.owed(AccountKind.SELLER_PENDING, due.store.slug) == 0

    def test_without_guard_and_key_it_would_be_released_by_each(
        self, due: Consignment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE payments_transfer DROP CONSTRAINT payments_transfer_key_key")
        found = threading.Barrier(2)
        post = ledger.post

        def post_unkeyed(**how: object) -> object:
            found.wait(PATIENCE)
            return post(**how)  # type: ignore[arg-type]

        monkeypatch.setattr(ledger, "post", post_unkeyed)
        monkeypatch.setattr(release, "_lock", lambda _key: True)
        monkeypatch.setattr(QuerySet, "update", lambda *_rows, **_changes: 1)
        together([release.release_delivered] * 2)
        assert ledger.owed(AccountKind.SELLER_AVAILABLE, due.store.slug) == 2 * due.seller_fen


def test_one_event_that_comes_many_times_at_once_asks_for_one_job(transactional_db: None) -> None:
    event = {"id": "evt_1", "type": "checkout.session.completed", "data": {"object": {"id": "cs_1"}}}
    assert together([lambda: keep_event(event)] * AT_ONCE) == {"done": AT_ONCE}
    assert WebhookEvent.objects.count() == ProcrastinateJob.objects.count() == 1


def test_one_order_clicked_twice_opens_one_page(scene: Scene, stripe_process: str) -> None:
    """The same idempotency key, and the same page for both, even when Stripe is still answering the first."""
    order = order_of(scene)
    pages: set[str] = set()
    assert together([lambda: pages.add(payment_page(Order.objects.get(pk=order.pk)))] * 4) == {"done": 4}
    assert pages == {Payment.objects.get().session_url}
