"""The figures of volume are what anybody gets who adds up the orders: on every level, in every grouping, at the edge of a month."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from orders import settlement
from orders.models import Order, OrderLine, Sale
from payments.models import Payment, Provider
from tests import cast
from tests.orders.scene import Scene, make_scene, order_of, to_the_point

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
# Half past midnight of the first of November in Shanghai is still October in UTC.
LAST_OF_OCTOBER = dt.datetime(2026, 10, 31, 15, 59, 59, tzinfo=dt.UTC)
FIRST_OF_NOVEMBER = dt.datetime(2026, 10, 31, 16, 30, tzinfo=dt.UTC)


def paid(scene: Scene, at: dt.datetime, **fields: object) -> Order:
    order = order_of(scene, at=at - dt.timedelta(minutes=5), **fields)
    return settlement.settle_payment(Payment.objects.get(order_ref=order.ref).pk, at=at)


@pytest.fixture
def year() -> Scene:
    """Orders of several months: by card and in cash, outbound and inbound, one by the farmer's own family, one never paid."""
    scene = make_scene()
    shop = cast.make_store(scene.qidong.centre, household=cast.make_household(scene.qidong.centre, name="供销社"))
    flask = cast.make_variant(cast.make_inbound_product(shop), price_fen=5903)
    for at in (LAST_OF_OCTOBER, FIRST_OF_NOVEMBER, dt.datetime(2026, 9, 12, 3, tzinfo=dt.UTC)):
        paid(scene, at, lines=scene.three)
    paid(scene, FIRST_OF_NOVEMBER, lines=[(scene.daylily.pk, 3)])
    point = to_the_point(scene.qidong.other_point)
    paid(scene, LAST_OF_OCTOBER, lines=[(flask.pk, 2)], delivery=point, pay_by=Provider.COUNTER)
    paid(scene, FIRST_OF_NOVEMBER, lines=[(flask.pk, 1), (scene.daylily.pk, 1)], delivery=point)
    own = order_of(scene, at=FIRST_OF_NOVEMBER)
    Order.objects.filter(pk=own.pk).update(phone=scene.store.household.phone)
    settlement.settle_payment(Payment.objects.get(order_ref=own.ref).pk, at=FIRST_OF_NOVEMBER)
    order_of(scene)
    return scene


def lines_of(region: str) -> Iterable[tuple[OrderLine, str]]:
    """The lines that count in a region (the digits of its code), each with the region that reports it; from the orders alone."""
    related = ("consignment__order__pickup_station", "consignment__store__household")
    for line in OrderLine.objects.filter(consignment__order__state="paid").select_related(*related):
        order = line.consignment.order
        there = order.pickup_station.region_id if order.pickup_station else order.region_id
        where = line.village_code if line.flow == "outbound" else there
        if where.startswith(region) and order.phone != line.consignment.store.household.phone:
            yield line, where


def by_hand(region: str, by: str) -> dict[str, dict[str, int]]:
    """The rows as one would add them up with a pencil."""
    rows: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    orders: dict[str, set[str]] = defaultdict(set)
    digits = {2: 4, 4: 6, 6: 9, 9: 12, 12: 12}[len(region)]
    for line, where in lines_of(region):
        order = line.consignment.order
        assert order.paid_at is not None
        key = {
            "month": f"{order.paid_at.astimezone(SHANGHAI):%Y-%m}",
            "region": where[:digits].ljust(12, "0"),
            "category": line.category_slug,
            "channel": "counter" if order.pay_by == "counter" else "daylily",
        }[by]
        rows[key][f"{line.flow}_fen"] += line.amount_fen
        if line.flow == "outbound":
            rows[key]["farmer_income_fen"] += line.amount_fen - line.commission_fen - line.station_fee_fen
        orders[key].add(order.ref)
    for key, refs in orders.items():
        rows[key]["orders"] = len(refs)
    return rows


def by_command(region: str, by: str, *, first: str = "2026-09", last: str = "2026-11") -> dict[str, object]:
    out = StringIO()
    call_command(
        "volume", "--region", region, "--from", first, "--to", last, "--by", by, "--format", "json", stdout=out
    )
    answer: dict[str, object] = json.loads(out.getvalue())
    return answer


FIGURES = ("outbound_fen", "inbound_fen", "farmer_income_fen", "orders")


@pytest.mark.parametrize("by", ["month", "region", "category", "channel"])
def test_the_command_equals_a_recomputation_on_every_level(year: Scene, by: str) -> None:
    village = year.qidong.point.region_id
    for region in ("43", "4304", "430426", village[:9], village, "430822", "431322"):
        wanted = by_hand(region, by)
        got = {row["key"]: row for row in by_command(region, by)["rows"]}  # type: ignore[attr-defined]
        counted = {key for key, row in got.items() if row["orders"]}
        assert counted == set(wanted), region
        for key, row in wanted.items():
            assert {name: got[key][name] for name in FIGURES} == {name: row[name] for name in FIGURES}, (region, key)
    call_command("check_volume")


def test_the_month_turns_at_midnight_in_shanghai(year: Scene) -> None:
    october, november = (by_command("43", "month", first=m, last=m)["total"] for m in ("2026-10", "2026-11"))
    assert october["inbound_fen"] == 2 * 5903  # type: ignore[index]
    assert november["inbound_fen"] == 5903  # type: ignore[index]
    assert set(Sale.objects.filter(happened_at=FIRST_OF_NOVEMBER).values_list("month", flat=True)) == {2026 * 12 + 10}


def test_the_month_is_shanghais_whatever_zone_is_active() -> None:
    with timezone.override(dt.UTC):
        assert settlement.month_number(FIRST_OF_NOVEMBER) == 2026 * 12 + 10
        assert settlement.month_number(LAST_OF_OCTOBER) == 2026 * 12 + 9


def test_inbound_goods_are_reported_where_they_go(year: Scene) -> None:
    rows = by_hand("430426", "region")
    there = year.qidong.other_township.region_id
    got = {row["key"]: row["inbound_fen"] for row in by_command("430426", "region")["rows"]}  # type: ignore[attr-defined]
    assert got[there] == rows[there]["inbound_fen"] == 3 * 5903


def test_the_page_says_what_the_command_says(year: Scene) -> None:
    client = Client()
    client.force_login(cast.make_official())
    total = by_command("430426", "month")["total"]
    page = client.get("/volume/430426/?first=2026-09&last=2026-11&by=month").content.decode()
    for name in ("outbound_fen", "inbound_fen", "farmer_income_fen"):
        assert f"{total[name] / 100:,.2f}" in page  # type: ignore[index]
    csv = client.get("/volume/430426/?first=2026-09&last=2026-11&by=month&format=csv").content.decode("utf-8-sig")
    out = StringIO()
    call_command("volume", "--region", "430426", "--from", "2026-09", "--to", "2026-11", "--format", "csv", stdout=out)
    assert csv == out.getvalue()
