"""Two tabs review one line at once: one review, and the later words count; with the guards taken away, an error or two reviews."""

import threading
from contextlib import suppress
from functools import partial

import pytest
from django.db import connection

from aftersales import reviewing
from aftersales.models import BuyerReview
from aftersales.reviewing import write_review
from orders.models import Order, OrderLine
from tests.aftersales.test_cases import delivered
from tests.orders.scene import make_scene
from tests.races.test_settlement import no_row_locks as no_row_locks
from tests.races.test_settlement import together

WORDS = ("泡发后很香", "花色金黄，比超市的好")


@pytest.fixture
def order(transactional_db: None) -> Order:
    return delivered(make_scene())


def write(order: Order, text: str) -> BuyerReview:
    line = OrderLine.objects.get(consignment__order=order)
    return write_review(order=order, line_id=line.pk, stars=len(text) % 5 + 1, text=text, by=None)


def meet_before_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have looked, and found no review, before either writes one."""
    meeting, known = threading.Barrier(2), reviewing._write

    def wait(*line: object, **more: object) -> BuyerReview:
        with suppress(threading.BrokenBarrierError):
            meeting.wait(1)
        return known(*line, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(reviewing, "_write", wait)


def test_there_is_one_and_the_second_changes_it(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_before_writing(monkeypatch)
    assert together([partial(write, order, words) for words in WORDS]) == {"done": 2}
    review = BuyerReview.objects.get()
    assert review.text in WORDS and review.edited_at is not None


@pytest.mark.usefixtures("no_row_locks")
def test_without_the_orders_lock_one_of_them_fails(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the database still takes one review of a line."""
    meet_before_writing(monkeypatch)
    assert together([partial(write, order, words) for words in WORDS]) == {"done": 1, "IntegrityError": 1}
    assert BuyerReview.objects.count() == 1


@pytest.mark.usefixtures("no_row_locks")
def test_without_lock_and_constraint_there_are_two(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the control."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'aftersales_buyerreview'::regclass AND contype = 'u'"
            " AND pg_get_constraintdef(oid) = 'UNIQUE (line_id)'"
        )
        ((name,),) = cursor.fetchall()
        cursor.execute(f'ALTER TABLE aftersales_buyerreview DROP CONSTRAINT "{name}"')
    meet_before_writing(monkeypatch)
    assert together([partial(write, order, words) for words in WORDS]) == {"done": 2}
    assert BuyerReview.objects.count() == 2
