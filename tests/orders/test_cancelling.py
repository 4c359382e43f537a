"""Cancelling before collection: the goods stay at the farm, stock, parcel, money and figures follow, and once they left it is too late."""

from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Lot, Stock, Variant
from delivery.models import Parcel, ParcelState
from orders.cancelling import CannotCancel, cancel_consignment, give_up
from orders.collection import NothingToCollect, collect
from orders.following import order_state
from orders.forgetting import _orders_under_way, _sales_under_way
from orders.models import CancelReason, Consignment, LineRefund, NoticeStep, Order, OrderLine, OrderState, Sale
from orders.my_store import open_orders_of
from orders.parcels import plan_parcels
from payments import ledger
from payments.models import AccountKind, Provider, Refund, RefundState
from stations.scope import NotAllowed
from tests import cast
from tests.orders.scene import Scene, make_scene, order_of, paid, tell_all, to_the_point

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def bought(scene: Scene, **fields: Any) -> Order:
    """Three parts of two counties, paid, their parcels planned."""
    order = paid(order_of(scene, **{"lines": scene.three, **fields}))
    plan_parcels(order.pk)
    return order


def part_of(order: Order, variant: Variant) -> Consignment:
    return Consignment.objects.get(order=order, lines__variant=variant)


def books_agree() -> None:
    call_command("check_ledger", verbosity=0)
    call_command("check_volume", verbosity=0)


def page(order: Order, language: str = "") -> str:
    return Client().get(language + reverse("order", args=[order.ref])).content.decode()


class TestWhatCancellingDoes:
    """One part of three."""

    def test_money_stock_parcel_and_figures_go_back(self, scene: Scene) -> None:
        order = bought(scene)
        part, before = part_of(order, scene.daylily), ledger.balance(AccountKind.STRIPE)
        refund = cancel_consignment(order=order, number=part.number, by=None)
        assert refund.amount_fen == part.goods_fen + part.freight_fen
        assert ledger.balance(AccountKind.STRIPE) == before - refund.amount_fen
        assert ledger.owed(AccountKind.SELLER_PENDING, scene.store.slug) == 0
        assert Variant.objects.get(pk=scene.daylily.pk).held == 0
        part.refresh_from_db()
        assert part.parcel is not None and part.parcel.state == ParcelState.CANCELLED
        assert Parcel.objects.filter(state=ParcelState.PLANNED).count() == 2, "the others go on"
        assert list(Sale.objects.filter(kind="refund").values_list("amount_fen", flat=True)) == [-part.goods_fen]
        order.refresh_from_db()
        assert order.state == OrderState.PAID
        books_agree()

    def test_an_order_cancelled_part_by_part_is_refunded_to_the_fen(self, scene: Scene) -> None:
        order = bought(scene)
        for number in Consignment.objects.filter(order=order).values_list("number", flat=True):
            cancel_consignment(order=order, number=number, by=None)
        order.refresh_from_db()
        assert order.state == OrderState.REFUNDED
        assert sum(Refund.objects.values_list("amount_fen", flat=True)) == order.total_fen
        assert ledger.balance(AccountKind.STRIPE) == 0
        books_agree()

    def test_before_the_parcel_is_planned_none_is_planned_later(self, scene: Scene) -> None:
        order = paid(order_of(scene, lines=scene.three))
        cancel_consignment(order=order, number=part_of(order, scene.tea).number, by=None)
        plan_parcels(order.pk)
        assert Parcel.objects.count() == 2
        books_agree()

    def test_cash_waits_at_the_counter(self, scene: Scene) -> None:
        order = bought(
            scene,
            lines=[(scene.daylily.pk, 2)],
            pay_by=Provider.COUNTER,
            delivery=to_the_point(scene.qidong.second_point),
        )
        refund = cancel_consignment(order=order, number=Consignment.objects.get().number, by=None)
        assert (refund.state, ledger.owed(AccountKind.BUYER_CREDIT, order.ref)) == (
            RefundState.PENDING, order.total_fen,
        )  # fmt: skip
        books_agree()

    @pytest.mark.parametrize(("language", "words"), [("zh-hans", "已按您的要求取消"), ("en", "cancelled as you asked")])
    def test_the_buyer_is_written_once_in_the_language_of_the_order(
        self, scene: Scene, language: str, words: str
    ) -> None:
        order = bought(scene, language=language)
        cancel_consignment(order=order, number=part_of(order, scene.tea).number, by=None)
        assert tell_all(order, NoticeStep.CANCELLED) == 1
        assert words in mail.outbox[-1].subject
        assert "¥" in mail.outbox[-1].body and reverse("order", args=[order.ref]) in mail.outbox[-1].body


class TestTooLate:
    """Nothing moves."""

    def refused(self, order: Order, number: str) -> None:
        before = (Refund.objects.count(), LineRefund.objects.count(), ledger.balance(AccountKind.STRIPE))
        with pytest.raises(CannotCancel):
            cancel_consignment(order=order, number=number, by=None)
        assert (Refund.objects.count(), LineRefund.objects.count(), ledger.balance(AccountKind.STRIPE)) == before

    def test_what_was_collected_is_on_its_way(self, scene: Scene) -> None:
        order = bought(scene)
        part = part_of(order, scene.daylily)
        weights = {line.pk: line.unit_weight_g * line.quantity for line in part.lines.all()}
        collect(consignment=part, by=cast.make_clerk(scene.qidong.point), weights=weights, nonce="n1")
        self.refused(order, part.number)
        books_agree()

    def test_what_was_scanned_but_not_weighed_is_on_its_way_as_well(self, scene: Scene) -> None:
        order = bought(scene)
        part = part_of(order, scene.daylily)
        Parcel.objects.filter(consignment=part).update(state=ParcelState.COLLECTED)
        self.refused(order, part.number)

    def test_a_second_click_and_strange_numbers(self, scene: Scene) -> None:
        order, other = bought(scene), bought(scene, key="other")
        number = part_of(order, scene.tea).number
        cancel_consignment(order=order, number=number, by=None)
        for one in (number, part_of(other, scene.tea).number, "", "x" * 300, "'; DROP"):
            self.refused(order, one)

    def test_an_order_that_is_not_paid(self, scene: Scene) -> None:
        order = order_of(scene)
        self.refused(order, Consignment.objects.get().number)
        assert Variant.objects.get(pk=scene.daylily.pk).held == 2

    def test_what_was_cancelled_is_not_collected(self, scene: Scene) -> None:
        order = bought(scene)
        part = part_of(order, scene.daylily)
        cancel_consignment(order=order, number=part.number, by=None)
        with pytest.raises(NothingToCollect):
            collect(consignment=part, by=cast.make_clerk(scene.qidong.point), weights={}, nonce="n1")


class TestAfterwards:
    """What was cancelled keeps nothing open."""

    def test_account_farmer_and_lists_are_free_of_it(self, scene: Scene) -> None:
        buyer = cast.make_user("liumin@daylily.example")
        order = bought(scene, buyer=buyer, lines=[(scene.daylily.pk, 1), (scene.tea.pk, 1)])
        cancel_consignment(order=order, number=part_of(order, scene.daylily).number, by=buyer)
        order.refresh_from_db()
        assert str(order_state(order).label) == "已付款"
        Parcel.objects.filter(state=ParcelState.PLANNED).update(state=ParcelState.DELIVERED)
        assert str(order_state(Order.objects.get(pk=order.pk)).label) == "已送达"
        assert open_orders_of(scene.store) == (0, 0)
        assert not list(_sales_under_way(scene.store.household))
        assert [str(one.what) for one in _orders_under_way(buyer) if order.number in str(one.what)]
        Consignment.objects.filter(lines__variant=scene.tea).update(released_at=timezone.now())
        assert not [one for one in _orders_under_way(buyer) if order.number in str(one.what)]


class TestThePage:
    """The order's page offers it with the sum, and says afterwards what happened."""

    def test_it_names_what_comes_back_and_does_it(self, scene: Scene, client: Client) -> None:
        order = bought(scene)
        part = part_of(order, scene.tea)
        sum_back = f"¥{(part.goods_fen + part.freight_fen) / 100:,.2f}"
        text, address = page(order), reverse("order_cancel", args=[order.ref])
        assert text.count("取消这部分") == 3 and sum_back in text
        answer = client.post(address, {"part": part.number}, follow=True)
        assert f"已取消，{sum_back} 将退还给您" in answer.content.decode()
        assert page(order).count("取消这部分") == 2
        late = client.post(address, {"part": part.number}, follow=True)
        assert "已经取消或退款" in late.content.decode()
        assert page(order, "/en").count("Cancel this part") == 2

    def test_another_s_order_is_not_there(self, scene: Scene) -> None:
        order = bought(scene, buyer=cast.make_user("liumin@daylily.example"))
        client = cast.signed_in_client(cast.make_user("someone@daylily.example"))
        answer = client.post(reverse("order_cancel", args=[order.ref]), {"part": Consignment.objects.all()[0].number})
        assert answer.status_code == 404 and not Refund.objects.exists()

    def test_it_costs_no_more_queries_for_more_parts(self, scene: Scene, django_assert_max_num_queries: Any) -> None:
        order = bought(scene)
        with django_assert_max_num_queries(20):
            page(order)
        assert OrderLine.objects.count() == 3


class TestTheFarmCannotSendIt:
    """The station gives a part up: as when the buyer cancels, with a reason that the buyer reads."""

    def test_the_clerk_says_why_and_the_buyer_is_paid_back_and_written_to(self, scene: Scene) -> None:
        order = bought(scene)
        part, desk = part_of(order, scene.daylily), cast.signed_in_client(cast.make_clerk(scene.qidong.point))
        address = reverse("desk_cannot_send", args=[part.pk])
        assert "这批货发不出" in desk.get(reverse("desk_weigh", args=[part.pk])).content.decode()
        for wrong in ({}, {"reason": "buyer"}, {"reason": "x"}):
            assert desk.post(address, wrong)["Location"] == reverse("desk_weigh", args=[part.pk])
        assert not Refund.objects.exists()
        assert desk.post(address, {"reason": "spoiled"})["Location"] == reverse("desk_collect")
        refund = Refund.objects.get()
        assert (refund.amount_fen, refund.reason) == (part.goods_fen + part.freight_fen, "cancelled: spoiled")
        assert LineRefund.objects.get().by is not None
        assert tell_all(Order.objects.get(), NoticeStep.CANCELLED) == 1
        assert "部分商品无法发货" in mail.outbox[-1].subject and "已变质或损坏" in mail.outbox[-1].body
        assert desk.post(address, {"reason": "spoiled"})["Location"] == reverse("desk_weigh", args=[part.pk])
        assert Refund.objects.count() == 1
        books_agree()

    @pytest.mark.parametrize(("why", "there"), [("short", 18), ("spoiled", 18), ("farm", 20)])
    def test_what_is_not_there_is_not_sold_to_the_next(self, scene: Scene, why: str, there: int) -> None:
        order, lot = bought(scene), Lot.objects.filter(product=scene.daylily.product).get()
        used = lot.used_g
        give_up(
            consignment=part_of(order, scene.daylily), by=cast.make_clerk(scene.qidong.point), reason=CancelReason(why)
        )
        scene.daylily.refresh_from_db()
        lot.refresh_from_db()
        assert (scene.daylily.on_hand, scene.daylily.held) == (there, 0)
        assert used - lot.used_g == (20 - there) * scene.daylily.net_weight_g
        books_agree()

    def test_stock_that_does_not_fit_is_told_and_nothing_moves(self, scene: Scene, client: Client) -> None:
        order = bought(scene)
        part, desk = part_of(order, scene.daylily), cast.signed_in_client(cast.make_clerk(scene.qidong.point))
        Stock.objects.filter(variant=scene.daylily).update(held=0)
        told = desk.post(reverse("desk_cannot_send", args=[part.pk]), {"reason": "farm"}, follow=True)
        assert "请联系县中心" in told.content.decode()
        told = client.post(reverse("order_cancel", args=[order.ref]), {"part": part.number}, follow=True)
        assert "请联系县中心" in told.content.decode() and not Refund.objects.exists()

    def test_another_station_can_not(self, scene: Scene) -> None:
        order = bought(scene)
        part = part_of(order, scene.daylily)
        for stranger in (cast.make_clerk(scene.sangzhi.point), cast.make_official()):
            with pytest.raises(NotAllowed):
                give_up(consignment=part, by=stranger, reason=CancelReason.SHORT)
        assert not Refund.objects.exists()
