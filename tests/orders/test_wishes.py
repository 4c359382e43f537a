"""Wished days: a box that comes later than it could, not before the day its buyer chose, and what is refused."""

import datetime as dt
import re
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from catalog.models import Temperature
from delivery.models import Run
from orders.cancelling import cancel_consignment
from orders.models import Consignment, Order, OrderState
from orders.packing import PackBy, packing_list
from orders.parcels import plan_parcels, plan_promised, plan_wished
from orders.to_do import open_parts, what_to_do
from orders.wishes import MOST_DAYS, DayRefused
from payments import stripe_checkout
from payments.idempotency import IdempotencyConflict
from tests.cast import make_clerk
from tests.orders.scene import Scene, order_of, paid, to_the_door, to_the_point
from tests.orders.test_buying import STRIPE_PAGE, fill, fill_three, review, text_of

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def stripe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stripe's hosted page, opened without Stripe."""
    monkeypatch.setattr(stripe_checkout, "open_session", lambda **_params: STRIPE_PAGE)


def midnight(ahead: int = 0) -> dt.datetime:
    """The first minute of the day, so many days from today: the van of eight o'clock is still to be had, and takes two days."""
    return timezone.make_aware(dt.datetime.combine(timezone.localdate() + ahead * DAY, dt.time(0, 1)))


def wished(scene: Scene, ahead: int, **fields: Any) -> Consignment:
    """The part of a paid order that is wished for so many days from today."""
    days = {"430426": timezone.localdate() + ahead * DAY}
    order = paid(order_of(scene, **{"delivery": to_the_door(days=days), "at": midnight(), **fields}), at=midnight())
    plan_parcels(order.pk, at=midnight())
    return Consignment.objects.filter(order=order).select_related("parcel", "order").order_by("pk")[0]


def test_it_waits_and_leaves_on_the_last_day_that_still_brings_it_in_time(scene: Scene) -> None:
    part = wished(scene, 6)
    assert (part.wished_day, part.parcel) == (timezone.localdate() + 6 * DAY, None)
    for ahead in range(4):
        assert plan_wished(at=midnight(ahead)) == 0
        plan_parcels(part.order_id, at=midnight(ahead))
        part.refresh_from_db()
        assert part.parcel is None, f"{ahead} days later it would be there too early"
    assert plan_wished(at=midnight(4)) == 1
    assert ProcrastinateJob.objects.filter(task_name="orders.plan_parcels", args={"order_id": part.order_id}).exists()
    plan_parcels(part.order_id, at=midnight(4))
    part.refresh_from_db()
    assert part.parcel is not None and part.parcel.planned_arrival is not None
    assert timezone.localdate(part.parcel.planned_arrival) == part.wished_day
    assert plan_wished(at=midnight(5)) == 0


def test_where_no_van_goes_on_that_day_it_comes_after_it_not_before(scene: Scene) -> None:
    """Vans from the village on one weekday alone: the next one after the wish is too late, the one before it too early."""
    weekday = (timezone.localdate() + 3 * DAY).weekday()
    Run.objects.filter(from_station=scene.qidong.point).update(days=1 << weekday)
    part = wished(scene, 7)  # a van in three days arrives in five, the next one in twelve
    planned = [ahead for ahead in range(11) if plan_wished(at=midnight(ahead))]
    assert planned and planned[0] > 3
    plan_parcels(part.order_id, at=midnight(planned[0]))
    part.refresh_from_db()
    assert part.parcel is not None and part.parcel.planned_arrival is not None
    assert timezone.localdate(part.parcel.planned_arrival) == timezone.localdate() + 12 * DAY


def test_a_day_that_could_be_met_at_once_changes_nothing(scene: Scene) -> None:
    assert wished(scene, 2).parcel is not None
    assert wished(scene, 1, key="sooner").parcel is not None


def test_without_a_way_it_shows_at_the_desk_some_days_before(scene: Scene) -> None:
    part = wished(scene, 8)
    Run.objects.filter(from_station=scene.qidong.point).update(active=False)
    assert [ahead for ahead in range(9) if plan_wished(at=midnight(ahead))] == [5, 6, 7, 8]
    plan_parcels(part.order_id, at=midnight(5))
    part.refresh_from_db()
    assert part.parcel is not None and part.parcel.planned_arrival is None


def test_what_is_wished_for_much_later_is_not_looked_at(scene: Scene) -> None:
    wished(scene, MOST_DAYS)
    with CaptureQueriesContext(connection) as counted:
        assert plan_wished(at=midnight()) == 0
    assert len(counted) == 1


def test_to_a_village_point_it_works_the_same(scene: Scene) -> None:
    days = {"430426": timezone.localdate() + 4 * DAY}
    part = wished(scene, 4, delivery=to_the_point(scene.qidong.other_point, days=days))
    assert part.parcel is None
    ahead = next(number for number in range(6) if plan_wished(at=midnight(number)))
    plan_parcels(part.order_id, at=midnight(ahead))
    part.refresh_from_db()
    assert part.parcel is not None and part.parcel.planned_arrival is not None
    assert timezone.localdate(part.parcel.planned_arrival) >= days["430426"]


def test_the_wish_is_the_box_s_so_all_its_stores_keep_it_and_others_do_not(scene: Scene) -> None:
    scene.more_daylily.product.temperature = Temperature.FROZEN
    scene.more_daylily.product.save()
    days = {"430426-frozen": timezone.localdate() + 5 * DAY, "430822": timezone.localdate() + 6 * DAY}
    order = order_of(scene, lines=scene.three, delivery=to_the_door(days=days))
    found = {(part.county_code, part.frozen): part.wished_day for part in order.consignments.all()}
    assert found == {
        ("430426", False): None,
        ("430426", True): days["430426-frozen"],
        ("430822", False): days["430822"],
    }


@pytest.mark.parametrize(
    "days",
    [
        {"430426": timezone.localdate()},
        {"430426": timezone.localdate() - DAY},
        {"430426": timezone.localdate() + (MOST_DAYS + 2) * DAY},
        {"430822": timezone.localdate() + 5 * DAY},
        {"430426-frozen": timezone.localdate() + 5 * DAY},
        {"": timezone.localdate() + 5 * DAY},
    ],
    ids=["today", "past", "beyond", "another county's", "another box", "nothing"],
)
def test_what_can_not_be_wished_moves_nothing(scene: Scene, days: dict[str, dt.date]) -> None:
    with pytest.raises(DayRefused):
        order_of(scene, delivery=to_the_door(days=days))
    assert not Order.objects.exists()
    scene.daylily.refresh_from_db()
    assert scene.daylily.held == 0


def test_a_pre_sale_has_no_wished_day(scene: Scene) -> None:
    part = wished(scene, 6)
    with pytest.raises(IntegrityError), transaction.atomic():
        Consignment.objects.filter(pk=part.pk).update(promised_week=dt.date(2026, 12, 7))


def test_the_same_page_with_another_day_is_another_request(scene: Scene) -> None:
    order_of(scene, key="page", delivery=to_the_door(days={"430426": timezone.localdate() + 5 * DAY}))
    with pytest.raises(IdempotencyConflict):
        order_of(scene, key="page", delivery=to_the_door(days={"430426": timezone.localdate() + 6 * DAY}))


def test_a_wish_costs_no_statement(scene: Scene) -> None:
    later = to_the_door(days={"430426": timezone.localdate() + 5 * DAY})
    order_of(scene, key="warm")  # a process reads some things once
    with CaptureQueriesContext(connection) as plain:
        order_of(scene, key="plain")
    with CaptureQueriesContext(connection) as wish:
        order_of(scene, key="wish", delivery=later)
    assert len(wish) == len(plain)


def test_it_is_called_off_as_long_as_it_waits(scene: Scene) -> None:
    part = wished(scene, 6)
    cancel_consignment(order=part.order, number=part.number, by=None)
    scene.daylily.refresh_from_db()
    assert scene.daylily.held == 0 and plan_wished(at=midnight(4)) == 0
    part.order.refresh_from_db()
    assert part.order.state in (OrderState.PAID, OrderState.REFUNDED)


def test_nothing_of_it_is_packed_today(scene: Scene) -> None:
    clerk, part = make_clerk(scene.qidong.point), wished(scene, 6)
    [group] = what_to_do(open_parts(clerk), at=midnight())
    assert (group.kind, [task.part.number for task in group.tasks]) == ("wished", [part.number])
    assert "不早于" in group.tasks[0].note
    assert packing_list(open_parts(clerk), PackBy.PRODUCT) == []
    plan_parcels(part.order_id, at=midnight(4))
    [sheet] = packing_list(open_parts(clerk), PackBy.BUYER)
    assert sheet.title == part.number and "不早于" in sheet.note


def test_a_part_whose_wished_day_has_come_without_a_parcel_is_asked_after(scene: Scene) -> None:
    """The job did not run: a person has to look."""
    clerk, part = make_clerk(scene.qidong.point), wished(scene, 6)
    Consignment.objects.filter(pk=part.pk).update(wished_day=timezone.localdate())
    assert [group.kind for group in what_to_do(open_parts(clerk), at=midnight())] == ["road"]


def test_jobs_of_pre_sales_leave_wishes_alone(scene: Scene) -> None:
    wished(scene, 6)
    assert plan_promised(at=midnight(6)) == 0


class TestOnThePage:
    """Without JavaScript: the days are there once the page knows where to."""

    def test_each_box_has_its_way_its_freight_and_its_days(self, scene: Scene, client: Client) -> None:
        fill_three(client, scene)
        response, _data = review(client)
        text = text_of(response)
        assert text.count("快递送货上门") == 2 and text.count("合装一箱") == 2
        assert {"day-430426", "day-430822"} == set(re.findall(r'name="(day-[^"]+)"', text))
        assert text.count("尽快送到") == 2

    def test_a_later_day_is_ordered_and_shown_on_the_order(self, scene: Scene, client: Client) -> None:
        fill(client, (scene.daylily, 2))
        day = timezone.localdate() + 9 * DAY
        response, data = review(client, **{"day-430426": day.isoformat()})
        assert f'<option value="{day.isoformat()}" selected>' in text_of(response)
        assert f"{day.month}月{day.day}日" in text_of(response).split('class="shipment"')[1].split("<strong>")[1][:20]
        assert client.post(reverse("checkout"), data)["Location"] == STRIPE_PAGE
        order = Order.objects.get()
        assert order.consignments.get().wished_day == day
        paid(order)
        plan_parcels(order.pk)
        text = text_of(client.get(reverse("order", args=[order.ref])))
        assert f"不早于<b>{day.month}月{day.day}日" in text and "到时再从农家发出" in text

    @pytest.mark.parametrize(
        ("name", "value", "told"),
        [
            ("day-430426", "2020-01-01", "送达日期请选明天起14天以内的日子"),
            ("day-430426", "2099-01-01", "送达日期请选明天起14天以内的日子"),
            ("day-430426", "morgen", "请从列表中选择送达日期"),
            ("day-430822", "", ""),
            ("day-430822", "+1", "不在本订单中"),
        ],
    )
    def test_what_makes_no_sense_is_said_and_nothing_ordered(
        self, scene: Scene, client: Client, name: str, value: str, told: str
    ) -> None:
        value = (timezone.localdate() + 5 * DAY).isoformat() if value == "+1" else value
        fill(client, (scene.daylily, 2))
        response, data = review(client, **{name: value})
        assert told in text_of(response)
        placed = client.post(reverse("checkout"), data)
        assert Order.objects.exists() is not bool(told)
        assert not told or told in text_of(placed)
