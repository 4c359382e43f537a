"""A station's days are counted from what happened there, once and again with the same result."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from delivery.boxing import pack_box
from delivery.models import ScanKind
from orders.models import Consignment, Order, Sale, SaleKind
from orders.parcels import plan_parcels
from orders.settlement import month_number, settle_payment
from orders.station_closing import close_station
from payments.models import Payment
from reports.activity import count_days, count_late, count_recent
from reports.jobs import every_hour, every_night
from sellers.models import Store
from stations.activity import Activity, activity_of, that_worked
from stations.models import Station, StationDay
from tests.cast import make_clerk, make_user
from tests.delivery.scene import done
from tests.orders.scene import Scene, make_scene, order_of

TODAY, DAY = timezone.localdate, dt.timedelta(days=1)


@pytest.fixture
def scene(db: None) -> Scene:
    made = make_scene()
    Store.objects.update(opened_at=timezone.now() - dt.timedelta(days=90))
    return made


def paid(scene: Scene, **fields: object) -> Order:
    order = order_of(scene, **fields)
    settle_payment(Payment.objects.get(order_ref=order.ref).pk)
    plan_parcels(order.pk)
    return order


def day_of(station: Station, day: dt.date | None = None) -> tuple[int, int, int, int]:
    row = StationDay.objects.filter(station=station, day=day or TODAY()).first()
    return (row.stores_opened, row.parcels, row.sales, row.sales_fen) if row else (0, 0, 0, 0)


def test_stores_parcels_and_sales_of_a_day(scene: Scene) -> None:
    order = paid(scene)
    parcel = Consignment.objects.get(order=order).parcel
    assert parcel is not None
    done(parcel, ScanKind.COLLECT, scene.qidong.point)
    done(parcel, ScanKind.OUT, scene.qidong.point)
    done(parcel, ScanKind.IN, scene.qidong.township)
    Store.objects.filter(pk=scene.store.pk).update(opened_at=timezone.now())
    count_recent()
    assert day_of(scene.qidong.point) == (1, 1, 1, 7760)  # two scans of one parcel
    assert day_of(scene.qidong.township) == (0, 1, 0, 0)
    assert not StationDay.objects.filter(station=scene.qidong.centre).exists()


def test_a_box_counts_as_the_parcels_in_it(scene: Scene) -> None:
    order, centre = paid(scene, lines=[(scene.daylily.pk, 1), (scene.more_daylily.pk, 1)]), scene.qidong.centre
    parcels = [part.parcel for part in Consignment.objects.filter(order=order).order_by("pk") if part.parcel]
    for parcel, point in zip(parcels, (scene.qidong.point, scene.qidong.second_point), strict=True):
        done(parcel, ScanKind.COLLECT, point)
        for start, end in ((point, scene.qidong.township), (scene.qidong.township, centre)):
            done(parcel, ScanKind.OUT, start)
            done(parcel, ScanKind.IN, end)
    pack_box(parcels=parcels, centre=centre, by=None, nonce="box")
    count_recent()
    assert day_of(centre) == (0, 2, 0, 0)


def test_a_day_is_shanghais(scene: Scene) -> None:
    evening = dt.datetime(2026, 3, 1, 15, 59, tzinfo=dt.UTC)  # a minute before midnight in Shanghai
    Store.objects.filter(pk=scene.store.pk).update(opened_at=evening)
    other = Store.objects.get(household__name="王建国")
    Store.objects.filter(pk=other.pk).update(opened_at=evening + dt.timedelta(minutes=2))
    count_days(dt.date(2026, 3, 1), dt.date(2026, 3, 2))
    found = StationDay.objects.order_by("day").values_list("station", "day")
    assert list(found) == [
        (scene.qidong.point.pk, dt.date(2026, 3, 1)),
        (scene.qidong.second_point.pk, dt.date(2026, 3, 2)),
    ]


def test_own_purchases_and_inbound_goods_do_not_count_and_refunds_are_taken_off(scene: Scene) -> None:
    farmer = make_user()
    scene.store.household.user = farmer
    scene.store.household.save()
    paid(scene, buyer=farmer)
    count_recent()
    assert day_of(scene.qidong.point) == (0, 0, 0, 0)
    order = paid(scene)
    sale = Sale.objects.get(order_ref=order.ref)
    Sale.objects.create(
        line=sale.line,
        kind=SaleKind.REFUND,
        key="refund:1",
        order_ref=order.ref,
        county_code=sale.county_code,
        village_code=sale.village_code,
        buyer_county_code=sale.buyer_county_code,
        category_slug=sale.category_slug,
        flow=sale.flow,
        channel=sale.channel,
        happened_at=timezone.now(),
        month=month_number(timezone.now()),
        amount_fen=-1000,
        farmer_income_fen=-950,
        quantity=-1,
        weight_g=-500,
    )
    count_recent()
    assert day_of(scene.qidong.point) == (0, 0, 1, 6760)


def test_counting_again_changes_nothing_and_what_was_typed_in_is_put_right(scene: Scene) -> None:
    paid(scene)
    assert count_recent() == 1
    assert count_recent() == 0
    StationDay.objects.update(parcels=99)
    StationDay.objects.create(station=scene.qidong.centre, day=TODAY(), parcels=7)
    outside = StationDay.objects.create(station=scene.qidong.centre, day=TODAY() - 30 * DAY, parcels=7)
    assert count_recent() == 1
    assert day_of(scene.qidong.point) == (0, 0, 1, 7760)
    assert list(StationDay.objects.filter(station=scene.qidong.centre)) == [outside]


def test_a_store_that_moved_was_opened_where_it_was(scene: Scene) -> None:
    Store.objects.filter(pk=scene.store.pk).update(opened_at=timezone.now())
    close_station(
        by=make_clerk(scene.qidong.centre), station=scene.qidong.point, heir=scene.qidong.township, reason="合并"
    )
    count_recent()
    assert day_of(scene.qidong.point)[0] == 1
    assert day_of(scene.qidong.township)[0] == 0


def test_late_scans_of_phones_without_a_line_are_found_at_night(scene: Scene) -> None:
    parcel = Consignment.objects.get(order=paid(scene)).parcel
    assert parcel is not None
    done(parcel, ScanKind.COLLECT, scene.qidong.point, at=timezone.now() - 5 * DAY)
    every_hour(timestamp=0)
    assert day_of(scene.qidong.point, TODAY() - 5 * DAY) == (0, 0, 0, 0)
    every_night(timestamp=0)
    assert day_of(scene.qidong.point, TODAY() - 5 * DAY) == (0, 1, 0, 0)
    assert count_late() == 0


def test_an_active_station_is_one_that_worked(scene: Scene) -> None:
    point, township = scene.qidong.point, scene.qidong.township
    StationDay.objects.create(station=point, day=TODAY(), parcels=2)
    StationDay.objects.create(station=point, day=TODAY() - 29 * DAY, sales=1, sales_fen=500)
    StationDay.objects.create(station=point, day=TODAY() - 2 * DAY, sales_fen=-500)  # a refund is no work
    StationDay.objects.create(station=township, day=TODAY() - 30 * DAY, parcels=2)
    assert list(that_worked(Station.objects.all())) == [point]
    assert activity_of([point, township]) == {point.pk: Activity(0, 2, 1, 0, 2)}


def test_the_command_counts_from_a_day_and_refuses_nonsense(scene: Scene) -> None:
    paid(scene)
    out = StringIO()
    call_command("station_activity", since=str(TODAY() - 70 * DAY), stdout=out)
    assert "1 days of stations written" in out.getvalue()
    assert day_of(scene.qidong.point)[2] == 1
    for wrong in ("yesterday", str(TODAY() + DAY)):
        with pytest.raises(CommandError):
            call_command("station_activity", since=wrong)
