"""The words and photographs of a buyer: handed out with "My data", and gone when the buyer is forgotten; figures and the seller's words
stay.
"""

import datetime as dt

import pytest
from django.core.files.storage import storages
from django.db import DatabaseError, transaction
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from aftersales.answering import refuse
from aftersales.clocks import end_silence
from aftersales.models import Photo, Side, Step
from aftersales.review_models import BuyerReview, ReviewPhoto
from aftersales.reviewing import answer_review, write_review
from orders.forgetting import forget_old_orders, forget_user
from orders.models import Order
from orders.my_data import export_for_user
from orders.my_data_page import parts_of
from orders.release import release_delivered
from tests.aftersales.test_cases import buyer, by, delivered, line_of, opened, photo
from tests.cast import make_clerk, make_user
from tests.orders.scene import Scene, make_scene
from tests.privacy.searching import places_in_database

pytestmark = pytest.mark.django_db
COMPLAINT, PRAISE = "柳如烟家里收到时两袋受潮", "邻居柳阿姨也说香"
REPLY, THANKS = "我们称过，没有少", "谢谢您的照顾"


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def person() -> User:
    return make_user("liuruyan@example.cn", name="柳如烟", phone="18673409921")


@pytest.fixture
def order(scene: Scene, person: User) -> Order:
    """Delivered, praised and complained of, each with a photograph; the seller has answered both."""
    order, clerk = delivered(scene, buyer=person), make_clerk(scene.qidong.point)
    review = write_review(order=order, line_id=line_of(order).pk, stars=4, text=PRAISE, by=person, photos=(photo(),))
    write_review(order=order, line_id=line_of(order).pk, stars=5, text=PRAISE + "！", by=person)
    answer_review(by=clerk, review=review, text=THANKS)
    case = opened(order, said=buyer(COMPLAINT, photos=(photo(),)))
    refuse(case=case, said=by(clerk, REPLY))
    return order


def test_my_data_holds_what_was_said_and_written(order: Order, person: User) -> None:
    data = export_for_user(person)
    (case,), (review,) = data["cases"], data["reviews"]
    said = [(step["text"], step["pictures"]) for step in case["said"]]
    assert said[:2] == [(COMPLAINT, 1), (REPLY, None)]
    assert (review["stars"], review["text"], review["pictures"], review["answer"]) == (5, PRAISE + "！", 1, THANKS)
    titles = {part.key: part.title for part in parts_of(data)}
    assert titles["cases"] and titles["reviews"]
    assert export_for_user(make_user("zhangwei@example.cn"))["cases"] == []


def test_an_account_that_goes_takes_its_words_along(
    order: Order, person: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    files = [*Photo.objects.values_list("file", flat=True), *ReviewPhoto.objects.values_list("file", flat=True)]
    assert len(files) == 2 and all(storages["private"].exists(file) for file in files)
    _let_it_end(order)
    with django_capture_on_commit_callbacks(execute=True):
        forget_user(by=person, user=person)
    assert places_in_database(COMPLAINT, PRAISE) == []
    assert not any(storages["private"].exists(file) for file in files)
    assert not Photo.objects.exists() and not ReviewPhoto.objects.exists()
    assert REPLY in Step.objects.filter(side=Side.SELLER).values_list("text", flat=True)
    review = BuyerReview.objects.get()
    assert (review.stars, review.answer) == (5, THANKS)


def test_three_years_later_they_go_by_themselves(order: Order, scene: Scene) -> None:
    lately = delivered(scene, key="lately")
    write_review(order=lately, line_id=line_of(lately).pk, stars=3, text="还行", by=None)
    _let_it_end(order)
    Order.objects.filter(pk=order.pk).update(paid_at=timezone.now() - dt.timedelta(days=3 * 366 + 1))
    assert forget_old_orders() == 1
    assert places_in_database(COMPLAINT, PRAISE) == []
    assert list(BuyerReview.objects.exclude(text="").values_list("text", flat=True)) == ["还行"]


def test_a_step_becomes_empty_and_nothing_else(order: Order) -> None:
    step = Step.objects.filter(text=COMPLAINT).get()
    for changes in ({"text": "都好"}, {"text": "", "fen": 1}, {"side": Side.SELLER}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Step.objects.filter(pk=step.pk).update(**changes)
    with pytest.raises(DatabaseError), transaction.atomic():
        step.delete()
    assert Step.objects.filter(pk=step.pk).update(text="") == 1


def _let_it_end(order: Order) -> None:
    """The case's time is over, and the seller has the money: nothing stands in the way of a deletion."""
    later = timezone.now() + dt.timedelta(days=30)
    end_silence(at=later)
    release_delivered(at=later)
