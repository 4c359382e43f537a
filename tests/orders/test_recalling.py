"""A recall from its first click to the last fen: what is frozen, stopped, paid back, told; what a drill leaves alone; and each guard."""

import datetime as dt
from contextlib import suppress

import pytest
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from catalog import recalls
from catalog.models import Lot, LotPart, Recall, RecallReason, Stock
from catalog.packing import LotFrozen, count_stock, draw_from
from catalog.stock import StockShort
from delivery.models import Handover, HeldScan, Parcel, ParcelState, ScanKind, StopMark, StopOutcome
from delivery.scanning import scan
from delivery.stopping import CannotStop, destroy, send_back
from orders import telling
from orders.collection import AllRecalled, collect, left_at_the_farm, to_weigh
from orders.counter import NotWaitingForCash, receive_cash
from orders.models import Found, LineRefund, Order, OrderLine, OrderState, RecalledBuyer, RecalledLine, Sale, SaleKind
from orders.parcels import plan_parcels
from orders.recalling import carry_on_all, carry_out, end_recall, expected, make_list, start_recall
from orders.release import AFTER_SALES_WINDOW, release_delivered
from orders.settlement import settle_payment
from payments import ledger
from payments.models import AccountKind, Payment, Provider, Refund, RefundState
from payments.refunds import conclude_refund
from payments.resending import CannotSendAgain, NotOwed, pay_out, send_again
from stations.scope import NotAllowed
from tests.cast import make_clerk, make_lot, make_official, set_stock
from tests.orders.scene import Scene, order_of, to_the_door, to_the_point

pytestmark = pytest.mark.django_db


@pytest.fixture
def official(scene: Scene) -> User:
    return make_official()


@pytest.fixture
def lot(scene: Scene) -> Lot:
    return Lot.objects.select_related("product").get(stock__variant=scene.daylily)


def paid(scene: Scene, **fields: object) -> Order:
    order = order_of(scene, **fields)
    settle_payment(Payment.objects.get(order_ref=order.ref).pk, intent_id=f"pi_{order.pk}")
    plan_parcels(order.pk)
    order.refresh_from_db()
    return order


def recall_of(lot: Lot, by: User, **fields: object) -> Recall:
    known = {"reason": RecallReason.RESIDUE, "words": "毒死蜱超标", **fields}
    recall = start_recall(by=by, lot=lot, **known)  # type: ignore[arg-type]
    carry_out(recall.pk)
    recall.refresh_from_db()
    return recall


def parcel_of(order: Order) -> Parcel:
    parcel = order.consignments.select_related("parcel").order_by("pk")[0].parcel
    assert parcel is not None
    return parcel


def collected(scene: Scene, order: Order) -> Parcel:
    consignment = order.consignments.get(store=scene.store)
    weights = {line.pk: line.unit_weight_g * line.quantity for line in consignment.lines.all()}
    collect(consignment=consignment, by=make_clerk(scene.qidong.point), weights=weights, nonce=f"c{order.pk}")
    return parcel_of(order)


def delivered(scene: Scene, order: Order, *, ago: dt.timedelta = dt.timedelta()) -> Parcel:
    parcel = collected(scene, order)
    Parcel.objects.filter(pk=parcel.pk).update(
        state=ParcelState.DELIVERED, station=None, delivered_at=timezone.now() - ago
    )
    return parcel


def jobs(name: str) -> int:
    return ProcrastinateJob.objects.filter(task_name=name).count()


class TestFreezing:
    """Nothing of the lot, nor of what was made of it, is sold or packed from that moment on."""

    def test_the_lot_and_all_made_of_it_are_frozen(self, scene: Scene, official: User, lot: Lot) -> None:
        mixed = make_lot(lot.product)
        again = make_lot(lot.product)
        LotPart.objects.create(source=lot, made=mixed, grams=1000)
        LotPart.objects.create(source=mixed, made=again, grams=500)
        other = make_lot(lot.product)
        set_stock(scene.daylily, 3, again)
        set_stock(scene.daylily, 2, other)
        recall = recall_of(lot, official)
        assert recall.lots_count == 3
        frozen = set(Lot.objects.exclude(recalled_at=None).values_list("pk", flat=True))
        assert frozen == {lot.pk, mixed.pk, again.pk}
        scene.daylily.refresh_from_db()
        assert scene.daylily.on_hand == 2
        assert recalls.recall_of(again) == recall and recalls.recall_of(other) is None
        with pytest.raises(StockShort):
            order_of(scene, lines=[(scene.daylily.pk, 3)])

    def test_nothing_more_is_packed_or_made_of_it(self, scene: Scene, official: User, lot: Lot) -> None:
        recall_of(lot, official)
        lot.refresh_from_db()
        owner = scene.store.household
        owner.user = official
        with pytest.raises(LotFrozen):
            draw_from(lot, 500)
        row = Stock.objects.get(lot=lot)
        for change in ({"on_hand": row.on_hand + 1}, {"frozen": False}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Stock.objects.filter(pk=row.pk).update(**change)
        with pytest.raises(IntegrityError), transaction.atomic():
            LotPart.objects.create(source=lot, made=make_lot(lot.product), grams=10)
        with pytest.raises(LotFrozen):
            count_stock(by=make_clerk(scene.qidong.point), variant=scene.daylily, on_hand=row.on_hand + 1, lot=lot)

    def test_centre_staff_and_county_officials_alone_start_one(self, scene: Scene, lot: Lot) -> None:
        for refused in (
            make_clerk(scene.qidong.point),
            make_clerk(scene.qidong.township),
            make_clerk(scene.sangzhi.centre),
        ):
            with pytest.raises(NotAllowed):
                start_recall(by=refused, lot=lot, reason=RecallReason.RESIDUE)
        recall = start_recall(by=make_clerk(scene.qidong.centre), lot=lot, reason=RecallReason.RESIDUE)
        with pytest.raises(recalls.AlreadyRecalled) as known:
            start_recall(by=make_official(), lot=lot, reason=RecallReason.SPOILED)
        assert known.value.recall == recall

    def test_a_false_alarm_thaws_the_stock(self, scene: Scene, official: User, lot: Lot) -> None:
        recall = recall_of(lot, official)
        end_recall(by=official, recall=recall, why="复检合格")
        lot.refresh_from_db()
        scene.daylily.refresh_from_db()
        assert lot.recalled_at is None and scene.daylily.on_hand == 20
        with pytest.raises(recalls.NotInForce):
            end_recall(by=official, recall=recall, why="")

    def test_what_another_recall_holds_stays_frozen(self, scene: Scene, official: User, lot: Lot) -> None:
        child = make_lot(lot.product)
        LotPart.objects.create(source=lot, made=child, grams=1000)
        first, _second = recall_of(lot, official), recall_of(child, official)
        end_recall(by=official, recall=first, why="误报")
        lot.refresh_from_db()
        child.refresh_from_db()
        assert lot.recalled_at is None and child.recalled_at is not None


class TestUnpaid:
    """A reservation ends; money that comes all the same goes back."""

    def test_it_ends_and_late_money_goes_back(self, scene: Scene, official: User, lot: Lot) -> None:
        order = order_of(scene)
        recall = recall_of(lot, official)
        order.refresh_from_db()
        row = Stock.objects.get(lot=lot)
        assert order.state == OrderState.EXPIRED and (row.held, row.frozen) == (0, True)
        assert RecalledLine.objects.get(recall=recall).found == Found.UNPAID
        settle_payment(Payment.objects.get(order_ref=order.ref).pk, intent_id="pi_1")
        order.refresh_from_db()
        assert order.state == OrderState.EXPIRED
        assert Refund.objects.get().amount_fen == order.total_fen
        call_command("check_ledger")
        call_command("check_volume")

    def test_money_that_comes_before_the_job_buys_nothing(self, scene: Scene, official: User, lot: Lot) -> None:
        order = order_of(scene)
        start_recall(by=official, lot=lot, reason=RecallReason.RESIDUE)
        settle_payment(Payment.objects.get(order_ref=order.ref).pk, intent_id="pi_1")
        order.refresh_from_db()
        assert order.state == OrderState.EXPIRED and not Sale.objects.exists()
        call_command("check_ledger")

    def test_no_cash_is_taken_for_it(self, scene: Scene, official: User, lot: Lot) -> None:
        order = order_of(scene, pay_by=Provider.COUNTER, delivery=to_the_point(scene.qidong.second_point))
        start_recall(by=official, lot=lot, reason=RecallReason.RESIDUE)
        with pytest.raises(NotWaitingForCash):
            receive_cash(order=order, by=make_clerk(scene.qidong.second_point), counter=scene.qidong.second_point)


class TestPaid:
    """Every paid line goes back in full, whatever became of the goods."""

    def test_before_collection_the_parcel_is_cancelled_and_all_goes_back(
        self, scene: Scene, official: User, lot: Lot
    ) -> None:
        order = paid(scene)
        recall = recall_of(lot, official)
        order.refresh_from_db()
        assert order.state == OrderState.REFUNDED and parcel_of(order).state == ParcelState.CANCELLED
        refund = Refund.objects.get()
        assert (refund.amount_fen, refund.state) == (order.total_fen, RefundState.PENDING)
        assert jobs("payments.send_refund") == 1
        assert ledger.balance(AccountKind.SELLER_PENDING, scene.store.slug) == 0
        assert ledger.balance(AccountKind.COMMISSION) == ledger.balance(AccountKind.FREIGHT, "430426") == 0
        assert ledger.balance(AccountKind.STRIPE) == 0
        fact = Sale.objects.get(kind=SaleKind.REFUND)
        assert (fact.amount_fen, fact.quantity) == (-order.goods_fen, -2)
        assert Stock.objects.get(lot=lot).held == 0
        assert recall.done_at is not None and recall.handled_count == recall.orders_count == 1
        carry_out(recall.pk)
        assert Refund.objects.count() == LineRefund.objects.count() == 1
        call_command("check_ledger")
        call_command("check_volume")

    def test_the_other_goods_of_the_order_go_on(self, scene: Scene, official: User, lot: Lot) -> None:
        order = paid(scene, lines=scene.three)
        recall_of(lot, official)
        order.refresh_from_db()
        bad = OrderLine.objects.get(lot=lot)
        back = LineRefund.objects.get()
        assert order.state == OrderState.PAID and back.line == bad
        assert back.freight_fen == bad.consignment.freight_fen
        states = dict(order.consignments.values_list("store_id", "parcel__state"))
        assert states.pop(scene.store.pk) == ParcelState.CANCELLED and set(states.values()) == {ParcelState.PLANNED}
        call_command("check_ledger")
        call_command("check_volume")

    def test_a_consignment_with_other_goods_is_collected_without_them(
        self, scene: Scene, official: User, lot: Lot
    ) -> None:
        """Also in the moment between the freezing and the refund."""
        fresh = make_lot(lot.product)
        set_stock(scene.daylily, 1, lot)
        set_stock(scene.daylily, 5, fresh)
        order = paid(scene, lines=[(scene.daylily.pk, 3)])
        recall = start_recall(by=official, lot=lot, reason=RecallReason.RESIDUE)
        consignment = order.consignments.get()
        assert [line.lot_id for line in to_weigh(consignment)] == [fresh.pk]
        assert [line.lot_id for line in left_at_the_farm(consignment)] == [lot.pk]
        parcel = collected(scene, order)
        assert parcel.state == ParcelState.COLLECTED
        assert dict(Stock.objects.values_list("lot_id", "held"))[lot.pk] == 0
        carry_out(recall.pk)
        assert LineRefund.objects.get().line.lot_id == lot.pk
        call_command("check_ledger")

    def test_nothing_is_collected_of_it(self, scene: Scene, official: User, lot: Lot) -> None:
        order = paid(scene)
        start_recall(by=official, lot=lot, reason=RecallReason.RESIDUE)
        with pytest.raises(AllRecalled):
            collected(scene, order)

    def test_a_seller_who_was_paid_goes_below_zero(self, scene: Scene, official: User, lot: Lot) -> None:
        order = paid(scene)
        delivered(scene, order, ago=AFTER_SALES_WINDOW + dt.timedelta(hours=1))
        assert release_delivered() == 1
        recall_of(lot, official)
        assert LineRefund.objects.get().released
        assert ledger.owed(AccountKind.SELLER_AVAILABLE, scene.store.slug) == 0
        call_command("check_ledger")

    def test_what_was_refunded_is_released_to_nobody(self, scene: Scene, official: User, lot: Lot) -> None:
        fresh = make_lot(lot.product)
        set_stock(scene.daylily, 1, lot)
        set_stock(scene.daylily, 5, fresh)
        order = paid(scene, lines=[(scene.daylily.pk, 3)])
        delivered(scene, order, ago=AFTER_SALES_WINDOW + dt.timedelta(hours=1))
        recall_of(lot, official)
        assert release_delivered() == 1
        kept = OrderLine.objects.get(lot=fresh)
        assert ledger.owed(AccountKind.SELLER_AVAILABLE, scene.store.slug) == kept.seller_fen
        assert ledger.owed(AccountKind.SELLER_PENDING, scene.store.slug) == 0
        call_command("check_ledger")
        call_command("check_volume")

    def test_the_database_refuses_to_give_back_more(self, scene: Scene, official: User, lot: Lot) -> None:
        paid(scene)
        recall_of(lot, official)
        refund, line = Refund.objects.get(), LineRefund.objects.get()
        with pytest.raises(IntegrityError), transaction.atomic():
            Refund.objects.create(payment=refund.payment, amount_fen=1, key="more")
        line.pk, line.key = None, "more"
        with pytest.raises(IntegrityError), transaction.atomic():
            line.save(force_insert=True)


class TestRefunds:
    """Failed ones are sent again; cash waits at the counter."""

    def test_one_that_failed_is_sent_again_once(self, scene: Scene, official: User, lot: Lot) -> None:
        order = paid(scene)
        recall_of(lot, official)
        failed = conclude_refund(refund_id=Refund.objects.get().pk, outcome=RefundState.FAILED)
        assert ledger.owed(AccountKind.BUYER_CREDIT, order.ref) == order.total_fen
        again = send_again(failed)
        assert ledger.owed(AccountKind.BUYER_CREDIT, order.ref) == 0
        with pytest.raises(CannotSendAgain):
            send_again(failed)
        call_command("check_ledger")
        conclude_refund(refund_id=again.pk, outcome=RefundState.SUCCEEDED)
        assert Payment.objects.get().state == "refunded"
        call_command("check_ledger")
        call_command("check_volume")

    def test_cash_is_owed_until_a_counter_pays_it_out(self, scene: Scene, official: User, lot: Lot) -> None:
        point = scene.qidong.second_point
        order = order_of(scene, pay_by=Provider.COUNTER, delivery=to_the_point(point))
        clerk = make_clerk(point)
        receive_cash(order=order, by=clerk, counter=point)
        plan_parcels(order.pk)
        recall_of(lot, official)
        assert ledger.owed(AccountKind.BUYER_CREDIT, order.ref) == order.total_fen
        call_command("check_ledger")
        refund = pay_out(Refund.objects.get(), station_code=point.code, by_id=clerk.pk)
        assert refund.state == RefundState.SUCCEEDED
        assert ledger.balance(AccountKind.STATION_CASH, point.code) == 0
        with pytest.raises(NotOwed):
            pay_out(refund, station_code=point.code, by_id=clerk.pk)
        call_command("check_ledger")
        call_command("check_volume")


class TestParcels:
    """Under way they are stopped; delivered ones can't be."""

    def test_every_scan_says_stop_and_holds_it(self, scene: Scene, official: User, lot: Lot) -> None:
        order = paid(scene)
        parcel = collected(scene, order)
        recall_of(lot, official)
        parcel.refresh_from_db()
        assert parcel.stop == StopMark.HELD
        clerk = make_clerk(scene.qidong.point)
        held = scan(parcel=parcel, kind=ScanKind.OUT, station=scene.qidong.point, by=clerk, nonce="out")
        assert isinstance(held, HeldScan) and "召回" in held.reason
        parcel.refresh_from_db()
        assert parcel.station == scene.qidong.point

    def test_on_the_road_it_arrives_and_stays(self, scene: Scene, official: User, lot: Lot) -> None:
        parcel = collected(scene, paid(scene, delivery=to_the_point(scene.qidong.second_point)))
        clerk = make_clerk(scene.qidong.township)
        assert isinstance(
            scan(parcel=parcel, kind=ScanKind.OUT, station=scene.qidong.point, by=clerk, nonce="out"), Handover
        )
        recall_of(lot, official)
        arrived = scan(parcel=parcel, kind=ScanKind.IN, station=scene.qidong.township, by=clerk, nonce="in")
        assert isinstance(arrived, Handover)
        onwards = scan(parcel=parcel, kind=ScanKind.OUT, station=scene.qidong.township, by=clerk, nonce="on")
        assert isinstance(onwards, HeldScan)

    def test_it_goes_back_or_is_destroyed_on_record(self, scene: Scene, official: User, lot: Lot) -> None:
        parcel = collected(scene, paid(scene))
        recall_of(lot, official)
        clerk = make_clerk(scene.qidong.point)
        with pytest.raises(NotAllowed):
            send_back(parcel=parcel, by=make_clerk(scene.qidong.other_point))
        assert send_back(parcel=parcel, by=clerk) == ""
        parcel.refresh_from_db()
        assert (parcel.stop, parcel.destination_station) == (StopMark.BACK, scene.qidong.centre)
        assert isinstance(
            scan(parcel=parcel, kind=ScanKind.OUT, station=scene.qidong.point, by=clerk, nonce="o"), Handover
        )
        with pytest.raises(CannotStop):
            destroy(parcel=parcel, by=clerk, note="焚烧")
        scan(parcel=parcel, kind=ScanKind.IN, station=scene.qidong.township, by=clerk, nonce="i")
        parcel.refresh_from_db()
        assert parcel.state == ParcelState.AT_STATION
        with pytest.raises(CannotStop):
            destroy(parcel=parcel, by=make_clerk(scene.qidong.township), note=" ")
        destroy(parcel=parcel, by=make_clerk(scene.qidong.township), note="深埋，肖建军在场")
        parcel.refresh_from_db()
        assert parcel.state == ParcelState.CANCELLED
        assert parcel.stops.get().outcome == StopOutcome.DESTROYED

    def test_what_was_delivered_is_not_stopped(self, scene: Scene, official: User, lot: Lot) -> None:
        order = paid(scene)
        parcel = delivered(scene, order)
        recall = recall_of(lot, official)
        parcel.refresh_from_db()
        assert not parcel.stop and RecalledLine.objects.get(recall=recall).found == Found.DELIVERED
        assert LineRefund.objects.count() == 1


class TestTelling:
    """Each buyer is told once, in the language of the order; who isn't reached is on the list."""

    def test_each_once_however_many_orders(self, scene: Scene, official: User, lot: Lot) -> None:
        paid(scene)
        paid(scene, email="LiuMin@daylily.example", language="en")
        paid(scene, email="other@daylily.example")
        recall = recall_of(lot, official)
        assert recall.buyers_count == 2 and recall.orders_count == 3
        assert jobs("orders.tell_buyers") == 1
        telling.tell_buyers(recall.pk)
        telling.tell_buyers(recall.pk)
        assert sorted(letter.to[0].lower() for letter in mail.outbox) == [
            "liumin@daylily.example",
            "other@daylily.example",
        ]
        english = next(letter for letter in mail.outbox if "recalled" in letter.subject)
        assert english.body.count("/en/orders/") == 1 and recall.number in english.body
        assert english.extra_headers["Message-ID"].startswith("<recall-")

    def test_a_text_where_the_letter_is_refused(
        self, scene: Scene, official: User, lot: Lot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        paid(scene)
        recall = recall_of(lot, official)
        texts: list[tuple[str, str]] = []

        def refuse(*_args: object) -> None:
            raise OSError

        monkeypatch.setattr(telling, "_letter", refuse)
        monkeypatch.setattr(telling, "send_text", lambda phone, text: texts.append((phone, text)))
        telling.tell_buyers(recall.pk)
        ((phone, text),) = texts
        assert phone == "13907310000" and "召回" in text
        assert RecalledBuyer.objects.get().told_by == "text"

    def test_who_is_not_reached_is_tried_again_and_listed(
        self, scene: Scene, official: User, lot: Lot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        paid(scene, delivery=to_the_door(phone="0731-8888"))
        recall = recall_of(lot, official)

        def refuse(*_args: object) -> None:
            raise OSError

        with monkeypatch.context() as patch:
            patch.setattr(telling, "_letter", refuse)
            telling.tell_buyers(recall.pk)
        buyer = RecalledBuyer.objects.get()
        assert (
            buyer.told_at is None and buyer.trouble == "OSError" and buyer.tries == 1 and buyer.try_at > timezone.now()
        )
        RecalledBuyer.objects.update(try_at=timezone.now())
        telling.tell_buyers(recall.pk)
        buyer.refresh_from_db()
        assert buyer.told_at is not None and len(mail.outbox) == 1

    def test_a_false_alarm_is_told_to_those_who_had_been_told(self, scene: Scene, official: User, lot: Lot) -> None:
        paid(scene)
        recall = recall_of(lot, official)
        telling.tell_buyers(recall.pk)
        end_recall(by=official, recall=recall, why="复检合格")
        telling.tell_buyers(recall.pk)
        telling.tell_buyers(recall.pk)
        assert len(mail.outbox) == 2 and "误报" in mail.outbox[1].subject


def test_a_drill_counts_and_changes_nothing(scene: Scene, official: User, lot: Lot) -> None:
    order, waiting = paid(scene), order_of(scene)
    parcel = collected(scene, order)
    before = (Sale.objects.count(), Stock.objects.get(lot=lot).on_hand)
    drill = recall_of(lot, official, drill=True)
    assert (drill.lots_count, drill.orders_count, drill.buyers_count, drill.parcels_count) == (1, 2, 1, 1)
    assert drill.seconds_to_list is not None and drill.done_at is not None and drill.number.startswith("DRILL")
    lot.refresh_from_db()
    parcel.refresh_from_db()
    waiting.refresh_from_db()
    assert lot.recalled_at is None and not parcel.stop and waiting.state == OrderState.RESERVED
    assert before == (Sale.objects.count(), Stock.objects.get(lot=lot).on_hand)
    telling.tell_buyers(drill.pk)
    assert not mail.outbox and not Refund.objects.exists() and jobs("orders.tell_buyers") == 0
    with suppress(recalls.NotInForce):
        end_recall(by=official, recall=drill, why="")
        pytest.fail("A drill can't be ended.")


def test_what_a_recall_would_find_is_known_before(scene: Scene, official: User, lot: Lot) -> None:
    order = paid(scene)
    collected(scene, order)
    assert expected(lot) == {"lots": 1, "orders": 1, "parcels": 1, "fen": order.goods_fen}


class TestAuditsSeeWhatIsWrong:
    """Each check of refunds and recalls has something to say when it should."""

    def faults(self, command: str, capsys: pytest.CaptureFixture[str]) -> str:
        with suppress(CommandError):
            call_command(command)
        return "".join(capsys.readouterr())

    def test_a_refund_without_its_fact_and_its_money(self, scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
        order = paid(scene)
        line = OrderLine.objects.get(consignment__order=order)
        refund = Refund.objects.create(payment=Payment.objects.get(), amount_fen=order.total_fen, key="loose")
        LineRefund.objects.create(
            line=line, refund=refund, key=f"refund:{line.pk}", amount_fen=line.amount_fen, commission_fen=line.commission_fen,
            station_fee_fen=line.station_fee_fen, freight_fen=order.freight_fen, quantity=line.quantity, happened_at=timezone.now(),
        )  # fmt: skip
        assert "has not one fact below zero" in self.faults("check_volume", capsys)
        said = self.faults("check_ledger", capsys)
        for check in (
            "is not in the ledger with its amount",
            "moved other sums than its lines say",
            "nothing is left and it doesn't",
        ):
            assert check in said, check

    def test_a_fact_below_zero_that_nobody_refunded(self, scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
        paid(scene)
        fact = Sale.objects.get()
        fact.pk, fact.kind, fact.key, fact.amount_fen = None, SaleKind.REFUND, "refund:0", -1
        fact.save(force_insert=True)
        assert "has not one fact below zero" in self.faults("check_volume", capsys)

    def test_a_recalled_line_that_was_forgotten(
        self, scene: Scene, official: User, lot: Lot, capsys: pytest.CaptureFixture[str]
    ) -> None:
        paid(scene)
        recall = start_recall(by=official, lot=lot, reason=RecallReason.RESIDUE)
        make_list(recall)
        assert "a recalled line was dealt with" not in self.faults("check_ledger", capsys)
        RecalledLine.objects.update(handled_at=timezone.now())
        assert "a recalled line was dealt with" in self.faults("check_ledger", capsys)

    def test_a_pack_that_counts_frozen_stock(self, scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
        type(scene.daylily).objects.filter(pk=scene.daylily.pk).update(on_hand=21)
        assert "is not the sum of what may be sold" in self.faults("check_ledger", capsys)


def test_what_a_stopped_worker_left_is_enqueued_once(scene: Scene, official: User, lot: Lot) -> None:
    paid(scene)
    recall = start_recall(
        by=official, lot=lot, reason=RecallReason.RESIDUE, at=timezone.now() - dt.timedelta(minutes=5)
    )
    for _minute in range(2):
        assert carry_on_all() == 1
    assert jobs("orders.carry_out_recall") == 1
    ProcrastinateJob.objects.filter(task_name="orders.carry_out_recall").delete()
    carry_out(recall.pk)
    assert carry_on_all() == 0
    RecalledBuyer.objects.update(try_at=timezone.now() - dt.timedelta(hours=1))
    for _minute in range(2):
        assert telling.tell_the_rest() == 1
    assert jobs("orders.tell_buyers") == 1
