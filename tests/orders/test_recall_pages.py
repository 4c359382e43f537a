"""The desk's pages of recalls and refunds: what they show, whom they mask, and what a file for an authority leaves behind."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Lot, Recall, RecallReason
from delivery.boxing import pack_box
from delivery.models import Parcel, ParcelState, ParcelStop, StopMark, StopOutcome
from delivery.stopping import CannotStop, StopOrder, destroy, go_on_without, lift_stops, stop_parcel, take_out_of_box
from orders.counter import receive_cash
from orders.models import RecallExport
from orders.parcels import plan_parcels
from orders.paying_back import cash_owed, failed_refunds, pay_back
from orders.recalling import carry_out, progress_of, start_recall
from payments.models import Provider, Refund, RefundState
from payments.refunds import conclude_refund
from payments.resending import NotOwed, send_again
from tests.cast import make_clerk, signed_in_client
from tests.orders.scene import Scene, order_of, to_the_point
from tests.orders.test_recalling import collected, paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def lot(scene: Scene) -> Lot:
    return Lot.objects.select_related("product").get(stock__variant=scene.daylily)


@pytest.fixture
def centre(scene: Scene) -> User:
    return make_clerk(scene.qidong.centre)


@pytest.fixture
def desk(centre: User) -> Client:
    return signed_in_client(centre)


def recall(lot: Lot, by: User, **fields: object) -> Recall:
    made = start_recall(by=by, lot=lot, reason=RecallReason.RESIDUE, **fields)  # type: ignore[arg-type]
    carry_out(made.pk)
    return made


def read(client: Client, name: str, *args: object, **query: str) -> str:
    response = client.get(reverse(name, args=args), query)
    body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    return body.decode()


def sums(made: Recall) -> tuple[int, int]:
    """What went back or is on its way, and what failed, in fen."""
    progress = progress_of(made)
    return progress["back_fen"], progress["failed_fen"]


def test_a_lot_is_found_by_its_number(desk: Client, lot: Lot) -> None:
    answer = desk.get(reverse("desk_recalls"), {"q": lot.code.lower()})
    assert answer["Location"] == reverse("desk_recall_new", args=[lot.ref])
    assert "没有这个批次号" in read(desk, "desk_recalls", q="L99999")


def test_starting_it_twice_leads_to_the_one_that_stands(desk: Client, lot: Lot) -> None:
    sent = {"reason": "residue", "advice": "destroy", "action": "recall", "sure": "on"}
    for _click in range(2):
        answer = desk.post(reverse("desk_recall_new", args=[lot.ref]), sent)
    made = Recall.objects.get()
    assert answer["Location"] == reverse("desk_recall", args=[made.number])
    assert "executing" not in read(desk, "desk_recall", made.number)


def test_bad_input_starts_nothing(desk: Client, lot: Lot) -> None:
    address = reverse("desk_recall_new", args=[lot.ref])
    for wrong in ({"reason": "hunger"}, {"reason": "residue", "advice": "destroy", "words": "字" * 301}, {}):
        assert desk.post(address, {"action": "recall", "sure": "on", **wrong}).status_code == 422
    assert not Recall.objects.exists()


def test_a_recall_takes_a_tick_and_a_drill_does_not(desk: Client, lot: Lot) -> None:
    address = reverse("desk_recall_new", args=[lot.ref])
    page = read(desk, "desk_recall_new", lot.ref)
    assert page.index('value="drill"') < page.index('name="sure"') < page.index('value="recall"')
    for action in ({"action": "recall"}, {}):
        answer = desk.post(address, {"reason": "residue", "advice": "destroy", **action})
        assert answer.status_code == 422 and "还没有召回" in answer.content.decode()
    lot.refresh_from_db()
    assert not Recall.objects.exists() and lot.recalled_at is None
    assert desk.post(address, {"reason": "residue", "advice": "destroy", "action": "drill"}).status_code == 302
    assert Recall.objects.get().drill


def test_the_file_is_masked(scene: Scene, desk: Client, centre: User, lot: Lot) -> None:
    paid(scene)
    made = recall(lot, centre)
    page, file = read(desk, "desk_recall_buyers", made.number), read(desk, "desk_recall_list", made.number)
    for text in (page, file):
        assert "139****0000" in text and "13907310000" not in text and "刘敏" not in text
    assert "liumin@" not in file and "麓山南路" not in file
    assert not RecallExport.objects.exists()


def test_in_clear_it_leaves_a_record(scene: Scene, desk: Client, centre: User, lot: Lot) -> None:
    paid(scene)
    made = recall(lot, centre)
    address = reverse("desk_recall_list", args=[made.number])
    assert desk.post(address, {"purpose": ""}).status_code == 422
    answer = desk.post(address, {"purpose": "祁东县市场监管局，祁市监〔2026〕12号"})
    assert "13907310000" in b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    record = RecallExport.objects.get()
    assert (record.by, record.rows) == (centre, 1) and "祁市监" in read(desk, "desk_recall", made.number)


def test_of_a_drill_nothing_is_taken_out(scene: Scene, desk: Client, centre: User, lot: Lot) -> None:
    paid(scene)
    made = recall(lot, centre, drill=True)
    assert desk.post(reverse("desk_recall_list", args=[made.number]), {"purpose": "市场监管局"}).status_code == 403
    for name in ("desk_recall", "desk_recall_buyers", "desk_recall_list"):
        assert "演练" in read(desk, name, made.number) or "DRILL" in read(desk, name, made.number), name


def test_the_buyer_reads_what_comes_back_and_a_false_alarm(scene: Scene, desk: Client, centre: User, lot: Lot) -> None:
    order = paid(scene)
    made = recall(lot, centre)
    page = read(Client(), "order", order.ref)
    assert "请勿食用" in page and "85.10" in page and "到账太晚" not in page
    desk.post(reverse("desk_recall_end", args=[made.number]), {"why": "复检合格"})
    page = read(Client(), "order", order.ref)
    assert "系误报" in page and "请勿食用" not in page


def test_an_unpaid_order_says_why_it_ended(scene: Scene, centre: User, lot: Lot) -> None:
    order = order_of(scene)
    recall(lot, centre)
    page = read(Client(), "order", order.ref)
    assert "订单里的商品已召回，订单已关闭" in page and "放回货架" not in page


def test_the_weigh_page_says_what_stays(scene: Scene, centre: User, lot: Lot) -> None:
    order = paid(scene)
    start_recall(by=centre, lot=lot, reason=RecallReason.RESIDUE)
    clerk = signed_in_client(make_clerk(scene.qidong.point))
    assert "不要收这些" in read(clerk, "desk_weigh", order.consignments.get().pk)


class TestRefunds:
    """The page of refunds."""

    def test_a_failed_one_is_sent_again(self, scene: Scene, desk: Client, centre: User, lot: Lot) -> None:
        order = paid(scene)
        recall(lot, centre)
        failed = conclude_refund(refund_id=Refund.objects.get().pk, outcome=RefundState.FAILED)
        assert order.number in read(desk, "desk_refunds")
        assert not failed_refunds(make_clerk(scene.sangzhi.centre)) and not failed_refunds(
            make_clerk(scene.qidong.point)
        )
        desk.post(reverse("desk_refund_again", args=[failed.pk]))
        assert Refund.objects.get(replaces=failed).state == RefundState.PENDING
        assert order.number not in read(desk, "desk_refunds")
        assert desk.post(reverse("desk_refund_again", args=[failed.pk])).status_code == 404

    def test_a_failed_one_does_not_count_as_given_back(
        self, scene: Scene, desk: Client, centre: User, lot: Lot
    ) -> None:
        """However often it was sent again: the newest try counts."""
        order, other = paid(scene), paid(scene, lines=[(scene.daylily.pk, 1)])
        made = recall(lot, centre)
        fen = order.total_fen + other.total_fen
        assert sums(made) == (fen, 0) and "失败的退款" not in read(desk, "desk_recall", made.number)
        last = Refund.objects.get(payment__order_ref=order.ref)
        for _try in range(2):
            last = conclude_refund(refund_id=last.pk, outcome=RefundState.FAILED)
            assert sums(made) == (other.total_fen, order.total_fen)
            page = read(desk, "desk_recall", made.number)
            assert f"¥{order.total_fen / 100:.2f}" in page and f"¥{other.total_fen / 100:.2f}" in page
            assert reverse("desk_refunds") in page and "失败的退款（含运费）" in page
            last = send_again(last)
            assert sums(made) == (fen, 0)
        conclude_refund(refund_id=last.pk, outcome=RefundState.SUCCEEDED)
        assert sums(made) == (fen, 0)

    def test_sums_say_whether_freight_is_in_them(self, scene: Scene, desk: Client, centre: User, lot: Lot) -> None:
        order = paid(scene)
        assert "应退货款（不含运费）" in read(desk, "desk_recall_new", lot.ref)
        page = read(desk, "desk_recall", recall(lot, centre).number)
        assert order.freight_fen and "货款合计（不含运费）" in page and "已退和退款中（含运费）" in page

    def test_cash_is_paid_out_to_whoever_knows_order_and_number(self, scene: Scene, centre: User, lot: Lot) -> None:
        point = scene.qidong.second_point
        order = order_of(scene, pay_by=Provider.COUNTER, delivery=to_the_point(point))
        clerk = make_clerk(point)
        receive_cash(order=order, by=clerk, counter=point)
        plan_parcels(order.pk)
        recall(lot, centre)
        assert "请到服务站柜台领取现金" in read(Client(), "order", order.ref)
        browser, sent = signed_in_client(clerk), {"number": order.number, "phone_tail": "0000"}
        assert browser.post(reverse("desk_refunds"), {**sent, "phone_tail": "1111"}).status_code == 422
        assert f"{order.total_fen / 100:.2f}" in browser.post(reverse("desk_refunds"), sent).content.decode()
        assert Refund.objects.get().state == RefundState.PENDING
        browser.post(reverse("desk_refunds"), {**sent, "action": "pay"})
        refund = Refund.objects.get()
        assert (refund.state, refund.station_code, refund.paid_out_by) == (RefundState.SUCCEEDED, point.code, clerk)
        with pytest.raises(NotOwed):
            pay_back(order=order, by=clerk, counter=point)
        with pytest.raises(LookupError):
            cash_owed(by=clerk, number=order.number, phone_tail="0000")


class TestBoxes:
    """A box is stopped with what lies in it, and goes on without it."""

    @pytest.fixture
    def box(self, scene: Scene, centre: User) -> Parcel:
        """Two parcels of one buyer, packed at the centre."""
        order = paid(scene, lines=[(scene.daylily.pk, 1), (scene.more_daylily.pk, 1)])
        parcels = Parcel.objects.filter(consignment__order=order)
        parcels.update(state=ParcelState.AT_STATION, station=scene.qidong.centre)
        return pack_box(parcels=list(parcels), centre=scene.qidong.centre, by=centre, nonce="box")

    def stop(self, box: Parcel, *, whole: bool = True) -> Parcel:
        bad = box.contents_parcels.order_by("pk")[0]
        assert stop_parcel(order=StopOrder(bad.pk, "已召回", "Recalled", whole=whole), key="recall:1")
        assert stop_parcel(order=StopOrder(bad.pk, "已召回", "Recalled", whole=whole), key="recall:1")
        assert ParcelStop.objects.count() == 2
        box.refresh_from_db()
        assert box.stop == StopMark.HELD
        return bad

    def test_it_goes_on_when_the_parcel_was_taken_out(self, box: Parcel, centre: User) -> None:
        bad = self.stop(box)
        with pytest.raises(CannotStop):
            destroy(parcel=box, by=centre, note="焚烧")
        take_out_of_box(parcel=bad, by=centre)
        box.refresh_from_db()
        assert not box.stop and bad.box is None and bad.stop == StopMark.HELD
        assert box.contents_parcels.count() == 1 and box.stops.get().outcome == StopOutcome.UNPACKED

    def test_destroyed_parcels_leave_it_until_it_is_empty(self, box: Parcel, centre: User) -> None:
        for bad in list(box.contents_parcels.order_by("pk")):
            stop_parcel(order=StopOrder(bad.pk, "已召回"), key="recall:1")
            destroy(parcel=bad, by=centre, note="深埋，邹丽在场")
        box.refresh_from_db()
        assert box.state == ParcelState.CANCELLED and not box.contents_parcels.exists()

    def test_a_false_alarm_lets_both_go(self, box: Parcel) -> None:
        bad = self.stop(box)
        assert lift_stops(key="recall:1") == 1
        bad.refresh_from_db()
        box.refresh_from_db()
        assert (bad.stop, box.stop) == ("", "")

    def test_the_rest_of_a_parcel_goes_on(self, scene: Scene) -> None:
        parcel = collected(scene, paid(scene))
        clerk = make_clerk(scene.qidong.point, "彭小玲")
        stop_parcel(order=StopOrder(parcel.pk, "已召回", whole=True), key="one")
        with pytest.raises(CannotStop):
            go_on_without(parcel=parcel, by=clerk, note="取出一袋")
        ParcelStop.objects.update(whole=False)
        go_on_without(parcel=parcel, by=clerk, note="取出一袋，放在村点冷柜")
        parcel.refresh_from_db()
        assert not parcel.stop and parcel.stops.get().outcome == StopOutcome.TAKEN_OUT
