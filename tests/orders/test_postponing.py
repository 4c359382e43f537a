"""A buyer skips a box, brings it forward again, pauses and ends the season; what may not be moved stays where it is."""

import datetime as dt
from collections.abc import Callable
from unittest import mock

import pytest
from django.apps import apps
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import User
from catalog.models import Variant
from catalog.weeks import WEEK
from orders.boxes_by_week import boxes_by_week
from orders.cancelling import cancel_consignment
from orders.models import Consignment, LineRefund, Notice, NoticeStep, Order, OrderState
from orders.parcels import plan_parcels
from orders.postponing import (
    GRACE,
    CannotMove,
    bring_forward,
    cut_off,
    lock_boxes,
    pause_deliveries,
    shifts,
    skip_delivery,
)
from orders.season_ending import CannotEnd, end_deliveries, offer_to_end
from orders.to_do import open_parts, what_to_do
from payments.models import Refund
from tests.cast import make_clerk, make_user
from tests.orders.scene import Scene, make_scene, order_of, tell_all
from tests.orders.season import box_in, evening_before, make_box, monday, subscribed, weeks_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def box(scene: Scene) -> Variant:
    return make_box(scene)


@pytest.fixture
def order(scene: Scene, box: Variant) -> Order:
    """Boxes in the third, fifth, seventh and ninth week from now."""
    return subscribed(scene, box)


def key_of(order: Order) -> int:
    found = Consignment.objects.filter(order=order).values_list("subscription", flat=True).first()
    assert found is not None
    return found


def skip(order: Order, week: dt.date, at: dt.datetime | None = None) -> dt.date:
    return skip_delivery(order=order, number=box_in(order, week).number, week=week, by=None, at=at)


def pause(order: Order, weeks: int, first: dt.date, at: dt.datetime | None = None) -> int:
    return pause_deliveries(order=order, subscription_id=key_of(order), first=first, weeks=weeks, by=None, at=at)


def clean() -> None:
    call_command("check_ledger", verbosity=0)
    call_command("check_volume", verbosity=0)


class TestSkipping:
    """One box comes at the end instead."""

    def test_a_skipped_box_comes_at_the_end(self, order: Order) -> None:
        assert skip(order, monday(5)) == monday(11)
        assert weeks_of(order) == [monday(3), monday(7), monday(9), monday(11)]
        clean()

    def test_it_is_written_down_who_did_it(self, scene: Scene, box: Variant) -> None:
        buyer = make_user(name="刘敏")
        order = subscribed(scene, box, buyer=buyer)
        skip_delivery(order=order, number=box_in(order, monday(5)).number, week=monday(5), by=buyer)
        event = apps.get_model("orders", "ConsignmentWeekEvent").objects.select_related("pgh_context").get()
        assert event.promised_week == monday(11)
        assert event.pgh_context.metadata == {"user": buyer.pk, "order": order.number}

    def test_the_buyer_is_told_once(self, order: Order) -> None:
        skip(order, monday(5))
        assert tell_all(order, NoticeStep.BOXES) == 1 and tell_all(order, NoticeStep.BOXES) == 0
        assert "新的配送周" in mail.outbox[-1].subject
        from catalog.weeks import week_text

        for week in weeks_of(order):
            assert week_text(week) in mail.outbox[-1].body

    def test_it_comes_after_all(self, order: Order) -> None:
        skip(order, monday(5))
        number = box_in(order, monday(11)).number
        assert bring_forward(order=order, number=number, week=monday(11), by=None) == monday(5)
        assert weeks_of(order) == [monday(3), monday(5), monday(7), monday(9)]
        with pytest.raises(CannotMove):
            bring_forward(order=order, number=number, week=monday(5), by=None)

    def test_until_thursday_evening(self, order: Order) -> None:
        before = evening_before(monday(5))
        assert cut_off(monday(5)) == before + dt.timedelta(minutes=1)
        assert timezone.localtime(cut_off(monday(5))).strftime("%A %H:%M") == "Thursday 18:00"
        with pytest.raises(CannotMove, match="周四"):
            skip(order, monday(5), at=cut_off(monday(5)))
        assert skip(order, monday(5), at=before) == monday(11)

    def test_not_what_is_planned(self, order: Order) -> None:
        at = timezone.make_aware(dt.datetime.combine(monday(3), dt.time(6)))
        plan_parcels(order.pk, at=at)
        with pytest.raises(CannotMove):
            skip(order, monday(3))
        assert weeks_of(order)[0] == monday(3)

    def test_not_another_orders_box(self, scene: Scene, box: Variant, order: Order) -> None:
        other = subscribed(scene, box)
        with pytest.raises(CannotMove):
            skip_delivery(order=order, number=box_in(other, monday(5)).number, week=monday(5), by=None)
        with pytest.raises(CannotMove):
            pause_deliveries(order=order, subscription_id=key_of(other), first=monday(3), weeks=1, by=None)
        with pytest.raises(CannotEnd):
            end_deliveries(order=order, subscription_id=key_of(order), fen=1, by=None)
        assert weeks_of(other) == weeks_of(order) == [monday(3), monday(5), monday(7), monday(9)]

    def test_not_what_the_page_did_not_show(self, order: Order) -> None:
        number = box_in(order, monday(5)).number
        skip_delivery(order=order, number=number, week=monday(5), by=None)
        with pytest.raises(CannotMove):  # the second click
            skip_delivery(order=order, number=number, week=monday(5), by=None)
        assert weeks_of(order)[-1] == monday(11)

    def test_not_beyond_the_season_and_its_grace(self, order: Order) -> None:
        last = monday(11) + GRACE
        for _number in range(5):
            skip(order, weeks_of(order)[0])
        assert weeks_of(order)[-1] == last
        with pytest.raises(CannotMove, match="本季"):
            skip(order, weeks_of(order)[0])

    def test_not_before_it_is_paid(self, scene: Scene, box: Variant) -> None:
        order = order_of(scene, lines=[(box.pk, 1)])
        with pytest.raises(CannotMove):
            skip(order, monday(5))

    def test_not_what_was_paid_back(self, order: Order) -> None:
        part = box_in(order, monday(5))
        cancel_consignment(order=order, number=part.number, by=None)
        with pytest.raises(CannotMove):
            skip(order, monday(5))
        assert skip(order, monday(9)) == monday(11)
        clean()


class TestPausing:
    """All that are to come move together."""

    def test_all_move_and_the_rhythm_stays(self, order: Order) -> None:
        assert pause(order, 2, monday(3)) == 4  # each into the week of the next one
        assert weeks_of(order) == [monday(5), monday(7), monday(9), monday(11)]
        clean()

    def test_and_back(self, order: Order) -> None:
        pause(order, 2, monday(3))
        pause(order, -2, monday(5))
        assert weeks_of(order) == [monday(3), monday(5), monday(7), monday(9)]
        with pytest.raises(CannotMove):  # not before the week that was ordered
            pause(order, -1, monday(3))

    def test_what_is_packed_stays(self, order: Order) -> None:
        assert pause(order, 1, monday(5), at=cut_off(monday(3))) == 3
        assert weeks_of(order) == [monday(3), monday(6), monday(8), monday(10)]

    @pytest.mark.parametrize("weeks", [0, 9, -9, 100])
    def test_not_by_any_number(self, order: Order, weeks: int) -> None:
        with pytest.raises(CannotMove):
            pause(order, weeks, monday(3))

    def test_not_beyond_the_season(self, scene: Scene) -> None:
        order = subscribed(scene, make_box(scene, spare=0))
        pause(order, 8, monday(3))
        with pytest.raises(CannotMove):
            pause(order, 1, monday(11))
        assert weeks_of(order)[-1] == monday(9) + GRACE

    def test_two_windows_pause_once(self, order: Order) -> None:
        pause(order, 1, monday(3))
        with pytest.raises(CannotMove):
            pause(order, 1, monday(3))

    def test_nothing_is_left_to_move(self, order: Order) -> None:
        with pytest.raises(CannotMove):
            pause(order, 1, monday(9), at=cut_off(monday(9)))


class TestEnding:
    """No more boxes: what can still be moved is paid back in one step."""

    def test_what_is_to_come_is_paid_back_with_its_freight(self, order: Order, box: Variant) -> None:
        parts = [(part, list(part.lines.all())) for part in Consignment.objects.filter(order=order)]
        offer = offer_to_end(part for part in parts if part[0].promised_week != monday(3))
        assert offer is not None and offer.boxes == 3
        at = cut_off(monday(3))
        refund = end_deliveries(order=order, subscription_id=key_of(order), fen=offer.fen, by=None, at=at)
        assert refund.amount_fen == offer.fen == 3 * (3900 + order.freight_fen // 4)
        assert LineRefund.objects.count() == 3 and Refund.objects.count() == 1
        box.refresh_from_db()
        order.refresh_from_db()
        assert box.held == 1 and order.state == OrderState.PAID
        clean()

    def test_all_of_it_ends_the_order(self, order: Order) -> None:
        end_deliveries(order=order, subscription_id=key_of(order), fen=order.total_fen, by=None)
        order.refresh_from_db()
        assert order.state == OrderState.REFUNDED
        assert tell_all(order, NoticeStep.CANCELLED) == 1
        with pytest.raises(CannotMove):
            end_deliveries(order=order, subscription_id=key_of(order), fen=order.total_fen, by=None)
        clean()

    def test_only_what_the_page_said(self, order: Order) -> None:
        with pytest.raises(CannotEnd):
            end_deliveries(order=order, subscription_id=key_of(order), fen=order.total_fen + 1, by=None)
        assert not Refund.objects.exists()


MOVES = st.lists(
    st.tuples(st.sampled_from(["skip", "forward", "pause"]), st.integers(0, 5), st.integers(-8, 8), st.integers(0, 3)),
    max_size=12,
)


class TestAnySeries(TestCase):
    """Whatever a buyer skips, brings forward and pauses while the weeks go by."""

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(moves=MOVES)
    def test_all_boxes_stay_in_weeks_of_their_own_within_the_season(
        self, moves: list[tuple[str, int, int, int]]
    ) -> None:
        scene = make_scene()
        order = subscribed(scene, make_box(scene, deliveries=5))
        plan = Consignment.objects.filter(order=order)[0].subscription
        assert plan is not None
        now = timezone.now()
        for move, place, weeks, days in moves:
            now += dt.timedelta(days=days)
            before = weeks_of(order)
            week = before[min(place, 4)]
            number = box_in(order, week).number
            try:
                if move == "pause":
                    first = next((one for one in before if now < cut_off(one)), before[-1])
                    pause(order, weeks, first, at=now)
                else:
                    go = skip_delivery if move == "skip" else bring_forward
                    go(order=order, number=number, week=week, by=None, at=now)
            except CannotMove:
                assert weeks_of(order) == before
            after = weeks_of(order)
            assert len(set(after)) == 5
            assert plan.first_week <= after[0] and after[-1] <= plan.last_week + GRACE
            fixed = [one for one in before if now >= cut_off(one)]
            assert [one for one in after if now >= cut_off(one)] == fixed

    def test_what_the_page_offers_is_what_may_be_done(self) -> None:
        scene = make_scene()
        order = subscribed(scene, make_box(scene))
        offered = shifts(lock_boxes(order, key_of(order)), timezone.now())
        assert offered == [1, 2, 3, 4, 5, 6, 7, 8]


class TestPages:
    """What buyer, farm and station see and press."""

    def test_the_order_page_lists_the_boxes(self, order: Order, client: Client) -> None:
        page = client.get(reverse("order", args=[order.ref])).content.decode()
        assert page.count('value="skip"') == 4 and "每 2 周一期" in page and "共 4 期" in page
        with translation.override("en"):
            page = client.get(reverse("order", args=[order.ref])).content.decode()
        assert "4 boxes, one every 2 weeks" in page

    def test_a_guest_skips_pauses_and_ends_by_the_link(self, order: Order, client: Client) -> None:
        url = reverse("order_boxes", args=[order.ref])
        assert "不再配送" in client.get(url).content.decode()
        number = box_in(order, monday(5)).number
        client.post(url, {"action": "skip", "part": number, "week": monday(5).isoformat()})
        assert weeks_of(order) == [monday(3), monday(7), monday(9), monday(11)]
        client.post(url, {"action": "forward", "part": number, "week": monday(11).isoformat()})
        client.post(url, {"action": "pause", "box": key_of(order), "first": monday(3).isoformat(), "weeks": "1"})
        assert weeks_of(order) == [monday(4), monday(6), monday(8), monday(10)]
        page = client.post(url, {"action": "end", "box": key_of(order), "fen": order.total_fen}, follow=True)
        assert "退" in page.content.decode()
        order.refresh_from_db()
        assert order.state == OrderState.REFUNDED

    @pytest.mark.parametrize(
        "sent",
        [
            {},
            {"action": "fly"},
            {"action": "skip"},
            {"action": "skip", "part": "x", "week": "2026-02-31"},
            {"action": "pause", "box": "9" * 30, "weeks": "1", "first": "2026-12-07"},
            {"action": "pause", "box": "1", "weeks": "1.5", "first": "2026-12-07"},
            {"action": "end", "box": "-1", "fen": "NaN"},
        ],
    )
    def test_nonsense_is_answered_and_moves_nothing(self, order: Order, client: Client, sent: dict[str, str]) -> None:
        before = weeks_of(order)
        page = client.post(reverse("order_boxes", args=[order.ref]), sent, follow=True)
        assert page.status_code == 200 and 'class="error"' in page.content.decode()
        assert weeks_of(order) == before and not Refund.objects.exists()

    def test_another_accounts_order_is_not_there(self, scene: Scene, box: Variant, client: Client) -> None:
        order = subscribed(scene, box, buyer=make_user(name="刘敏"))
        url = reverse("order_boxes", args=[order.ref])
        assert client.get(url).status_code == 404
        client.force_login(make_user(name="陈静"))
        assert client.post(url, {"action": "end"}).status_code == 404

    def test_an_order_without_boxes_leads_back(self, scene: Scene, client: Client) -> None:
        order = order_of(scene)
        answer = client.get(reverse("order_boxes", args=[order.ref]))
        assert answer.status_code == 302 and answer["Location"].endswith(reverse("order", args=[order.ref]))

    def test_my_orders_say_which_box(self, scene: Scene, box: Variant, client: Client) -> None:
        buyer = make_user(name="刘敏")
        order = subscribed(scene, box, buyer=buyer)
        client.force_login(buyer)
        assert "共 4 期" in client.get(reverse("orders")).content.decode()
        plan_parcels(order.pk, at=timezone.make_aware(dt.datetime.combine(monday(5), dt.time(6))))
        page = client.get(reverse("orders")).content.decode()
        assert "第 2 期（共 4 期）" in page and page.count("冬季蔬菜") == 1
        page = client.get(reverse("order", args=[order.ref])).content.decode()
        assert "第 1 期（共 4 期）" in page and page.count('value="skip"') == 2

    def test_farm_and_station_see_the_weeks(self, scene: Scene, box: Variant, order: Order, client: Client) -> None:
        subscribed(scene, box, 2)
        skip(order, monday(3))
        clerk = make_clerk(scene.qidong.point)
        weeks = boxes_by_week(open_parts(clerk))
        assert [(week.units, week.rows[0].orders) for week in weeks] == [(2, 1), (3, 2), (3, 2), (3, 2), (1, 1)]
        assert not weeks[0].fixed
        client.force_login(clerk)
        page = client.get(reverse("desk_boxes")).content.decode()
        assert "冬季蔬菜" in page and "刘" not in page
        client.force_login(_farmer(scene))
        assert "冬季蔬菜" in client.get(reverse("my_store_boxes")).content.decode()

    def test_next_weeks_boxes_are_to_do(self, scene: Scene, order: Order) -> None:
        parts = open_parts(make_clerk(scene.qidong.point))
        at = timezone.make_aware(dt.datetime.combine(monday(2), dt.time(9)))
        groups = {group.kind: group for group in what_to_do(parts, at=at)}
        assert groups["season"].count == 1 and "harvest" not in groups
        with mock.patch("orders.to_do.timezone.localdate", return_value=monday(5)):
            groups = {group.kind: group for group in what_to_do(parts, at=at)}
        assert groups["road"].count == 2  # their weeks have begun and nobody planned them

    def test_the_product_page_says_how_often_and_what_all_cost(self, box: Variant, client: Client) -> None:
        page = client.get(reverse("product", args=[box.product.ref])).content.decode()
        assert "每 2 周一期" in page and "¥156.00" in page

    def test_the_cart_says_it_too(self, box: Variant, client: Client) -> None:
        client.post(reverse("cart_add"), {"variant": box.pk, "quantity": "2"}, headers={"Origin": "http://testserver"})
        page = client.get(reverse("cart")).content.decode()
        assert "每 2 周一期" in page and "312.00" in page


def _farmer(scene: Scene) -> User:
    household = scene.store.household
    if household.user is None:
        household.user = make_user(name="李秀英")
        household.save(update_fields=["user"])
    return household.user


def notices(order: Order) -> int:
    return Notice.objects.filter(order=order, step=NoticeStep.BOXES).count()


def test_each_move_is_a_message_of_its_own(order: Order) -> None:
    skip(order, monday(5))
    pause(order, 1, monday(3))
    assert notices(order) == 2


def test_a_season_goes_on_by_weeks_not_days(order: Order) -> None:
    moved: Callable[[], list[int]] = lambda: [(week - monday(0)) // WEEK for week in weeks_of(order)]  # noqa: E731
    skip(order, monday(9))
    assert moved() == [3, 5, 7, 11]
