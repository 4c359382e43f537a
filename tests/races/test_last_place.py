"""The last place of a day, and the last bag of a harvest to come, wanted by twenty buyers at once: one of them has it."""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from catalog import visits
from catalog.models import GoodsKind, Variant
from catalog.presale import open_presale
from catalog.stock import StockShort
from catalog.weeks import WEEK, monday_of
from orders.models import DeliveryWay, Order
from tests.cast import make_category, make_clerk, make_product, make_variant
from tests.orders.scene import Scene, make_scene, order_of, to_the_door

BUYERS = 20


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """The scene, committed, so that other connections see it."""
    return make_scene()


def one_of_twenty(variant: Variant, buy: Callable[[int], Order]) -> None:
    """Everyone orders at the same moment, each on a connection of their own: one order, and nothing held beyond it."""
    gate = threading.Barrier(BUYERS)

    def attempt(number: int) -> str:
        gate.wait(30)
        try:
            buy(number)
        except StockShort:
            return "short"
        finally:
            connection.close()
        return "order"

    with ThreadPoolExecutor(BUYERS) as buyers:
        went = Counter(buyers.map(attempt, range(BUYERS)))
    assert went == {"order": 1, "short": BUYERS - 1}
    variant.refresh_from_db()
    assert (variant.on_hand, variant.held) == (1, 1) and Order.objects.count() == 1


def test_the_last_place_of_a_day(scene: Scene) -> None:
    clerk = make_clerk(scene.qidong.point)
    kind = make_category("visits", "乡村体验", "Farm stays and visits", kind=GoodsKind.BOOKING)
    stay = make_product(scene.store, name="黄花菜地里住一晚", name_en="A night among the daylilies", category=kind)
    day = timezone.localdate() + dt.timedelta(days=5)
    night = visits.offer_days(by=clerk, product=stay, days=[day], places=1, price_fen=16800)[0]
    farm = to_the_door(way=DeliveryWay.VISIT, region=scene.store.region, address="")
    one_of_twenty(night, lambda number: order_of(scene, lines=[(night.pk, 1)], delivery=farm, key=f"night-{number}"))


def test_the_last_bag_of_a_harvest_to_come(scene: Scene) -> None:
    clerk = make_clerk(scene.qidong.point)
    bag = make_variant(make_product(scene.store, name="黄花菜 预售"), on_hand=0)
    open_presale(by=clerk, variant=bag, promised_week=monday_of(timezone.localdate()) + WEEK * 5, cap_g=500)
    one_of_twenty(bag, lambda number: order_of(scene, lines=[(bag.pk, 1)], key=f"bag-{number}"))
