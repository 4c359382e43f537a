"""A buyer moves a season's box at the moment in which its parcel is planned, it is paid back, or it is moved in another window."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from catalog.weeks import WEEK
from orders import parcels, postponing
from orders.cancelling import cancel_consignment
from orders.models import Consignment, LineRefund, Order
from orders.parcels import plan_parcels
from orders.postponing import Box, CannotMove, pause_deliveries, skip_delivery
from orders.season_ending import end_deliveries
from tests.orders.scene import Scene, make_scene
from tests.orders.season import box_in, evening_before, make_box, monday, subscribed, weeks_of
from tests.races.test_settlement import books_agree, elsewhere, together
from tests.races.test_settlement import no_row_locks as no_row_locks

ALL = [monday(3), monday(5), monday(7), monday(9)]


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return make_scene()


@pytest.fixture
def order(scene: Scene) -> Order:
    return subscribed(scene, make_box(scene))


def skipping(order: Order, week: dt.date = ALL[0]) -> Callable[[], object]:
    """The buyer skips a box, in the evening before its cut-off."""
    number, at = box_in(order, week).number, evening_before(week)
    return lambda: skip_delivery(order=order, number=number, week=week, by=None, at=at)


def planning(order: Order) -> Callable[[], object]:
    """The worker whose clock says that the first box's week has begun."""
    at = timezone.make_aware(dt.datetime.combine(ALL[0], dt.time(6)))
    return lambda: plan_parcels(order.pk, at=at)


def pausing(order: Order, first: dt.date = ALL[0]) -> Callable[[], object]:
    key = box_in(order, first).subscription_id or 0
    return lambda: pause_deliveries(order=order, subscription_id=key, first=first, weeks=2, by=None)


def planned_weeks(order: Order) -> list[dt.date | None]:
    return [part.promised_week for part in Consignment.objects.filter(order=order, parcel__isnull=False)]


@pytest.mark.parametrize("attempt", range(4))
def test_a_box_is_skipped_or_planned(order: Order, attempt: int) -> None:
    ends = together([skipping(order), planning(order)])
    assert ends["done"] >= 1 and set(ends) <= {"done", "CannotMove"}, ends
    skipped = ALL[0] not in weeks_of(order)
    assert planned_weeks(order) == ([] if skipped else [ALL[0]])
    assert ends["done"] == (2 if skipped else 1)
    assert books_agree()


@pytest.mark.usefixtures("no_row_locks")
def test_without_locks_a_planned_box_would_move(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the worker plans after the buyer's request has looked. The guarded row alone stops the move."""
    write, unguarded = postponing._write, []

    def after_planning(*seen: Any) -> None:
        assert elsewhere(planning(order)) == {"done": 1}
        unguarded.append(Consignment.objects.filter(order=order, parcel=None, promised_week=ALL[0]).exists())
        write(*seen)

    monkeypatch.setattr(postponing, "_write", after_planning)
    with pytest.raises(CannotMove):
        skipping(order)()
    assert unguarded == [False] and planned_weeks(order) == [ALL[0]]


@pytest.mark.usefixtures("no_row_locks")
def test_without_locks_a_skipped_box_is_planned(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control the other way round: the worker has read the box of the week, and the buyer skips it before it is planned."""
    plan = parcels._plan

    def after_skipping(*seen: Any) -> None:
        assert elsewhere(skipping(order)) == {"done": 1}
        plan(*seen)

    monkeypatch.setattr(parcels, "_plan", after_skipping)
    planning(order)()
    assert planned_weeks(order) == [monday(11)]  # on its way in December, though it was moved to the end


@pytest.mark.parametrize("attempt", range(4))
def test_a_box_is_paid_back_once_whether_or_not_it_moved(order: Order, attempt: int) -> None:
    part = box_in(order, ALL[1])
    cancel = lambda: cancel_consignment(order=order, number=part.number, by=None)  # noqa: E731
    ends = together([skipping(order, ALL[1]), cancel])
    assert set(ends) <= {"done", "CannotMove"} and ends["done"] >= 1, ends
    assert LineRefund.objects.count() == 1 and len(set(weeks_of(order))) == 4
    assert books_agree()


def test_ended_and_skipped_at_once(order: Order) -> None:
    key = box_in(order, ALL[0]).subscription_id or 0
    end = lambda: end_deliveries(order=order, subscription_id=key, fen=order.total_fen, by=None)  # noqa: E731
    ends = together([end, end, skipping(order, ALL[2])])
    assert ends["done"] in (1, 2) and set(ends) <= {"done", "CannotMove"}, ends
    assert LineRefund.objects.count() == 4 and books_agree()


@pytest.mark.usefixtures("no_row_locks")
def test_without_locks_what_is_paid_back_is_moved(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: paid back after the buyer's other window has looked; the box then moves though nothing of it is left."""
    write, part = postponing._write, box_in(order, ALL[1])

    def after_refund(*seen: Any) -> None:
        other = lambda: cancel_consignment(order=order, number=part.number, by=None)  # noqa: E731
        assert elsewhere(other) == {"done": 1}
        write(*seen)

    monkeypatch.setattr(postponing, "_write", after_refund)
    skipping(order, ALL[1])()
    assert monday(11) in weeks_of(order) and not Consignment.objects.left().filter(pk=part.pk).exists()


def test_two_windows_pause_once(order: Order) -> None:
    ends = together([pausing(order)] * 4)
    assert ends == {"done": 1, "CannotMove": 3}
    assert weeks_of(order) == [week + WEEK * 2 for week in ALL]
    assert books_agree()


def test_two_windows_skip_one_box_once(order: Order) -> None:
    ends = together([skipping(order)] * 4)
    assert ends == {"done": 1, "CannotMove": 3}
    assert weeks_of(order) == [*ALL[1:], monday(11)]


def test_different_boxes_are_skipped_into_different_weeks(order: Order) -> None:
    ends = together([skipping(order, week) for week in ALL[:3]])
    assert ends == {"done": 3}
    assert weeks_of(order) == [ALL[3], monday(11), monday(13), monday(15)]


@pytest.mark.usefixtures("no_row_locks")
def test_without_locks_the_database_refuses_two_in_one_week(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: both have looked and found the same week behind the last one."""
    find, second = postponing.skip_to, skipping(order, ALL[1])

    def after_another(boxes: Sequence[Box], box: Box, now: dt.datetime) -> dt.date:
        found = find(boxes, box, now)
        monkeypatch.setattr(postponing, "skip_to", find)
        assert elsewhere(second) == {"done": 1}
        return found

    monkeypatch.setattr(postponing, "skip_to", after_another)
    with pytest.raises(IntegrityError):
        skipping(order)()
    assert len(set(weeks_of(order))) == 4
