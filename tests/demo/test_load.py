"""Loading the demo: once, never in production, and what it leaves passes the audits and gives every desk something to do."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog.making_lots import balance_of
from catalog.models import Lot, Product
from cms.models import HallPage
from delivery.worklist import what_waits
from demo import studio
from demo.flash import SOLD
from demo.load import NotADemo, load_demo
from demo.season_boxes import ORDERED_AGO
from orders.models import FlashSale, Order, OrderLine
from payments import ledger
from payments.models import AccountKind
from sellers.models import Household, Membership, Payout, PayoutRun, PayoutState, RunState, Store, StoreStatus
from sellers.payout_runs import below_zero
from stations.models import Posting, Station, StationDay

SMALL = (
    "秀英家黄花菜", "县城百货农资站", "桂香坛子菜", "新华黄花菜", "友德农家", "国生黄花基地", "春秀晒坪",
    "玉兰土鸡蛋", "小红与姐妹们", "人潮溪百家茶",
)  # fmt: skip

ORDERS = 24
PRESOLD = 8  # pre-sales with a deposit (demo.deposits)
WISHED = 1  # for a later day (demo.today)


@pytest.mark.django_db
def test_production_refuses_it(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(NotADemo):
        load_demo()
    assert not Station.objects.exists() and not User.objects.exists()


@pytest.mark.django_db
def test_a_database_in_use_refuses_it() -> None:
    User.objects.create_user("someone@daylily.example", "x", name="某人")
    with pytest.raises(NotADemo):
        load_demo()
    assert not Station.objects.exists()


@pytest.mark.django_db
def test_a_small_demo_is_sound_and_leaves_work_for_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studio, "PICTURE_WIDTH", 240)
    monkeypatch.setattr(studio, "SCENE_WIDTH", 240)
    assert load_demo(orders=ORDERS, stores=SMALL, workers=0)
    call_command("check_ledger")
    call_command("check_volume")
    _check_harvests()
    _check_payouts()
    past, coming = FlashSale.objects.order_by("promotion__starts_at")
    assert (
        past.taken == past.units == SOLD and coming.left == coming.units and coming.promotion.starts_at > timezone.now()
    )
    assert Order.objects.count() == ORDERS + ORDERS // 12 + 3 + 2 + SOLD + len(ORDERED_AGO) + PRESOLD + WISHED
    stages = dict(Store.objects.values_list("name", "status"))
    assert stages["桂香坛子菜"] == StoreStatus.SUBMITTED and stages["新华黄花菜"] == StoreStatus.RECOMMENDED
    assert stages["友德农家"] == StoreStatus.DRAFT and Store.objects.get(name="友德农家").return_reason
    assert set(Product.objects.values_list("store_open", flat=True)) == {True}
    point = Posting.objects.get(user__email="village@daylily.example").station
    assert point is not None
    work = what_waits([point])
    assert len(work.to_collect) >= 3 and work.held == 1 and len(work.ready) == 1
    assert Store.objects.get(name="秀英家黄花菜").household.user == User.objects.get(email="farmer@daylily.example")
    assert Membership.objects.filter(cooperative__stores__name="小红与姐妹们").count() == 3
    growers = Lot.objects.filter(product__store__name="人潮溪百家茶").values_list("household__name", flat=True)
    assert set(growers) == {"田桂英", "向明华", "覃二妹"}
    assert HallPage.objects.live().count() == 12
    assert StationDay.objects.filter(station=point, parcels__gt=0).exists()
    assert not Station.objects.filter(longitude=None).exists()
    for path in ("/halls/qidong/", "/en/halls/qidong/"):
        assert Client().get(path).status_code == 200
    before = Order.objects.count()
    assert not load_demo(orders=ORDERS) and Order.objects.count() == before


def _check_payouts() -> None:
    """Farmers were paid month by month; one payout came back, and one seller owes us."""
    states = set(Payout.objects.values_list("state", flat=True))
    assert {PayoutState.PAID, PayoutState.FAILED} <= states
    assert below_zero(Household.objects.all())
    assert PayoutRun.objects.filter(state=RunState.CLOSED).count() > 1
    assert ledger.balance(AccountKind.BANK) < 0


def _check_harvests() -> None:
    """Whatever was sold had been harvested when it was ordered (harvests to come aside), and no lot gave more than was drawn from it."""
    sold = OrderLine.objects.filter(lot__isnull=False, promised_week=None, consignment__replaces=None)
    lines = sold.select_related("lot", "consignment__order")
    drawn = [(line.lot, timezone.localdate(line.consignment.order.placed_at)) for line in lines]
    assert len(drawn) > ORDERS // 2
    too_late = [str(lot) for lot, day in drawn if lot is None or not lot.harvested_on or lot.harvested_on > day]
    assert not too_late
    assert len({lot.pk for lot, _day in drawn if lot}) > len(
        {lot.product_id for lot, _day in drawn if lot}
    )  # of two harvests
    assert not Lot.objects.filter(sold_g__gt=F("used_g")).exists()
    for lot in Lot.objects.all():
        balance = balance_of(lot)
        assert balance.came == balance.packed + balance.passed_on + balance.written_off + balance.left
        assert balance.gone >= 0 and balance.left >= 0, str(lot)
