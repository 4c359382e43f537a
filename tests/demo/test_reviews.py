"""The demo's reviews: written, answered and hidden by the rules, and the scores that come of them."""

import pytest

from aftersales.models import BuyerReview, StoreScore
from demo.reviews import ADVERT, EVERY, SAID, write_reviews
from orders.models import Notice
from tests.aftersales.test_cases import delivered
from tests.cast import make_clerk, set_stock
from tests.orders.scene import make_scene, to_the_door

pytestmark = pytest.mark.django_db


def test_reviews_are_written_answered_and_hidden() -> None:
    scene = make_scene()
    make_clerk(scene.qidong.centre, name="邹丽")
    set_stock(scene.daylily, 100)
    for number in range(len(SAID) * EVERY):
        delivered(scene, key=f"k{number}", days=40, delivery=to_the_door(phone=f"1390731{number:04d}"))
    told = Notice.objects.count()
    assert write_reviews() == len(SAID)
    assert BuyerReview.objects.exclude(answer="").count() == sum(bool(answer) for _stars, _text, answer in SAID)
    assert list(BuyerReview.objects.exclude(hidden_at=None).values_list("text", flat=True)) == [ADVERT]
    assert StoreScore.objects.get().reviews == len(SAID) - 1
    assert Notice.objects.count() == told, "nobody is written about the past"
