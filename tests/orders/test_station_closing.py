"""Closing a station: what moves to the heir and what stays, all at once or not at all, and with no hand-over made up."""

import datetime as dt

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from delivery import handing_on
from delivery.custody import verify_chain
from delivery.jobs import stuck_parcels
from delivery.models import Leg, Parcel, ParcelState, Run, ScanKind
from orders import station_closing
from orders.collection import collect, expected_grams, to_collect
from orders.models import Consignment, NoticeStep, Order
from orders.parcels import plan_parcels
from orders.settlement import settle_payment
from orders.station_closing import HeirUnfit, NotEmpty, close_station, heirs_of, plan_closing
from payments import ledger
from payments.ledger import Part
from payments.models import AccountKind, Payment, Provider, TransferKind
from reports.audit import LEDGER_CHECKS, VOLUME_CHECKS, differences
from sellers.mandates import MandateMissing, mandate_for
from sellers.models import HouseholdKind, Opening, OpeningStep, Store, StoreStatus
from stations import cash
from stations.keeping import ReasonMissing, StationMoved
from stations.models import Posting, Station, StationKind, StationStatus
from stations.scope import NotAllowed
from tests.cast import (
    make_category,
    make_clerk,
    make_household,
    make_inbound_product,
    make_mandate,
    make_store,
    make_variant,
)
from tests.delivery.scene import done
from tests.orders.scene import Scene, make_run, order_of, tell_all, to_the_point


@pytest.fixture
def keeper(scene: Scene) -> User:
    return make_clerk(scene.qidong.centre, "邹丽")


def paid(scene: Scene, **fields: object) -> Order:
    order = order_of(scene, **fields)
    settle_payment(Payment.objects.get(order_ref=order.ref).pk)
    plan_parcels(order.pk)
    order.refresh_from_db()
    return order


def parcel_of(order: Order) -> Parcel:
    parcel = Consignment.objects.select_related("parcel").get(order=order).parcel
    assert parcel is not None
    return parcel


def flask(scene: Scene) -> list[tuple[int, int]]:
    """Something that goes into the village, from the county's own shop."""
    shop = make_household(scene.qidong.centre, name="供销日用品")
    variant = make_variant(make_inbound_product(make_store(scene.qidong.centre, household=shop)))
    return [(variant.pk, 1)]


def way(parcel: Parcel) -> list[str]:
    legs = Leg.objects.filter(parcel=parcel).order_by("position")
    return [leg.from_station.code for leg in legs if leg.from_station]


def close(
    scene: Scene, keeper: User, heir: Station | None = None, station: Station | None = None
) -> station_closing.Closing:
    return close_station(
        by=keeper, station=station or scene.qidong.point, heir=heir or scene.qidong.township, reason="并入乡镇站"
    )


def test_stores_openings_and_what_the_farmers_still_bring_go_to_the_heir(scene: Scene, keeper: User) -> None:
    order, old = paid(scene), make_store(scene.qidong.point, status=StoreStatus.CLOSED)
    opening = Opening.objects.create(station=scene.qidong.point, consent_version="1")
    moved = close(scene, keeper)
    assert (moved.stores, moved.openings, moved.to_collect, moved.stuck) == (1, 1, 1, 0)
    scene.store.refresh_from_db()
    old.refresh_from_db()
    opening.refresh_from_db()
    assert (scene.store.station, opening.station, old.station) == (
        scene.qidong.township,
        scene.qidong.township,
        scene.qidong.point,
    )
    parcel = parcel_of(order)
    assert (parcel.origin, way(parcel)) == (
        scene.qidong.township,
        [scene.qidong.township.code, scene.qidong.centre.code],
    )
    township = make_clerk(scene.qidong.township, "肖建军")
    consignment = to_collect(township).get()
    weights = {line.pk: expected_grams(line) for line in consignment.lines.all()}
    collect(consignment=consignment, by=township, weights=weights, nonce="at-the-heir")
    parcel.refresh_from_db()
    assert (parcel.state, parcel.station) == (ParcelState.COLLECTED, scene.qidong.township)
    assert verify_chain(parcel)


def test_what_was_booked_stays_booked_where_it_was(scene: Scene, keeper: User) -> None:
    order = paid(scene, lines=flask(scene), delivery=to_the_point(scene.qidong.point))
    sold = paid(scene)
    close(scene, keeper)
    order.refresh_from_db()
    assert order.pickup_station == scene.qidong.point
    assert Consignment.objects.get(order=sold).station == scene.qidong.point
    assert not [*differences(LEDGER_CHECKS), *differences(VOLUME_CHECKS)]


def test_a_neighbour_gets_no_mandate_and_the_township_keeps_its_own(scene: Scene, keeper: User) -> None:
    household, neighbour = scene.store.household, make_clerk(scene.qidong.second_point, "彭小玲")
    plan = plan_closing(by=keeper, station=scene.qidong.point, heir=scene.qidong.second_point)
    assert (plan.farmers, plan.to_ask) == (1, 1)
    opening = Opening.objects.create(
        station=scene.qidong.point,
        consent_version="1",
        household=household,
        mandate=household.mandates.get(),
        step=OpeningStep.REVIEW,
    )
    close(scene, keeper, heir=scene.qidong.second_point)
    with pytest.raises(MandateMissing):
        mandate_for(neighbour, household, "list")
    assert mandate_for(make_clerk(scene.qidong.township), household, "list") == household.mandates.get()
    opening.refresh_from_db()
    assert (opening.station, opening.step, opening.mandate) == (scene.qidong.second_point, OpeningStep.MANDATE, None)


def test_under_the_township_nobody_has_to_be_asked_again(scene: Scene, keeper: User) -> None:
    household = scene.store.household
    opening = Opening.objects.create(
        station=scene.qidong.point,
        consent_version="1",
        household=household,
        mandate=household.mandates.get(),
        step=OpeningStep.REVIEW,
    )
    make_mandate(make_household(scene.qidong.point), scene.qidong.point, confirmed_at=None)
    assert plan_closing(by=keeper, station=scene.qidong.point, heir=scene.qidong.township).to_ask == 0
    assert close(scene, keeper).farmers == 1
    opening.refresh_from_db()
    assert opening.step == OpeningStep.REVIEW
    assert household.mandates.get().station == scene.qidong.point


def test_cash_in_its_till_or_on_its_way_keeps_it_open(scene: Scene, keeper: User) -> None:
    point, centre = scene.qidong.point, scene.qidong.centre
    parts = [Part(AccountKind.STATION_CASH, point.code, 5_900), Part(AccountKind.BANK, "", -5_900)]
    ledger.post(kind=TransferKind.CASH_RECEIVED, key="cash-in:0", parts=parts)
    with pytest.raises(NotEmpty, match="钱箱"):
        close(scene, keeper)
    bag = cash.hand_over(by=make_clerk(point, "周小兰"), way=cash.Way(point, centre), fen=5_900)
    with pytest.raises(NotEmpty, match="钱箱"):
        close(scene, keeper)
    cash.count(by=keeper, handover=bag, fen=5_900)
    close(scene, keeper)
    point.refresh_from_db()
    assert point.status == StationStatus.CLOSED


def test_goods_that_stand_there_or_are_on_a_van_to_it_keep_it_open(scene: Scene, keeper: User) -> None:
    parcel = parcel_of(paid(scene))
    done(parcel, ScanKind.COLLECT, scene.qidong.point)
    with pytest.raises(NotEmpty, match="1") as refused:
        close(scene, keeper)
    assert refused.value.obstacles[0].links[0][0] == parcel.number
    done(parcel, ScanKind.OUT, scene.qidong.point)
    with pytest.raises(NotEmpty):  # the township's van has it
        close(scene, keeper, station=scene.qidong.township, heir=scene.qidong.other_township)
    assert Station.objects.filter(status=StationStatus.CLOSED).count() == 0
    scene.store.refresh_from_db()
    assert scene.store.station == scene.qidong.point
    close(scene, keeper)


def test_goods_scanned_in_after_the_look_stop_it_too(
    scene: Scene, keeper: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    parcel = parcel_of(paid(scene))
    real = handing_on.lock_parcels

    def scanned_meanwhile(station: Station) -> list[Parcel]:
        done(parcel, ScanKind.COLLECT, scene.qidong.point)
        return real(station)

    monkeypatch.setattr(handing_on, "lock_parcels", scanned_meanwhile)
    with pytest.raises(NotEmpty):
        close(scene, keeper)
    assert not Station.objects.filter(status=StationStatus.CLOSED).exists()


def test_a_parcel_to_be_picked_up_there_gets_a_new_code_and_its_buyer_a_mail(scene: Scene, keeper: User) -> None:
    order = paid(scene, lines=flask(scene), delivery=to_the_point(scene.qidong.point), language="en")
    before = parcel_of(order).pickup_code
    assert close(scene, keeper, heir=scene.qidong.second_point).pickups == 1
    parcel = parcel_of(order)
    assert parcel.destination_station == scene.qidong.second_point
    assert parcel.pickup_code not in ("", before)
    last = Leg.objects.filter(parcel=parcel).order_by("-position").first()
    assert last is not None
    assert last.to_station == scene.qidong.second_point
    assert tell_all(order, NoticeStep.POINT) == 1
    assert "has closed" in mail.outbox[0].body
    assert scene.qidong.second_point.name_en in mail.outbox[0].body


def test_an_unpaid_order_is_sold_and_paid_at_the_heir(scene: Scene, keeper: User) -> None:
    inbound = order_of(scene, lines=flask(scene), delivery=to_the_point(scene.qidong.point), pay_by=Provider.COUNTER)
    outbound = order_of(scene)
    close(scene, keeper, heir=scene.qidong.second_point)
    inbound.refresh_from_db()
    assert (inbound.pickup_station, inbound.region) == (scene.qidong.second_point, scene.qidong.second_point.region)
    payment = Payment.objects.get(order_ref=inbound.ref)
    assert payment.station_code == scene.qidong.second_point.code
    for order in (inbound, outbound):
        settle_payment(Payment.objects.get(order_ref=order.ref).pk)
        plan_parcels(order.pk)
    assert Consignment.objects.get(order=outbound).station == scene.qidong.second_point
    assert not [*differences(LEDGER_CHECKS), *differences(VOLUME_CHECKS)]


def test_a_parcel_of_an_order_paid_just_before_begins_at_the_heir(scene: Scene, keeper: User) -> None:
    order = order_of(scene)
    settle_payment(Payment.objects.get(order_ref=order.ref).pk)
    close(scene, keeper)
    plan_parcels(order.pk)
    assert parcel_of(order).origin == scene.qidong.township


def test_a_township_hands_its_points_their_vans_and_what_passes_to_another(scene: Scene, keeper: User) -> None:
    qidong, parcel = scene.qidong, parcel_of(paid(scene))
    done(parcel, ScanKind.COLLECT, qidong.point)
    with pytest.raises(HeirUnfit):  # its points can't stand under the centre
        close(scene, keeper, station=qidong.township, heir=qidong.centre)
    moved = close(scene, keeper, station=qidong.township, heir=qidong.other_township)
    assert (moved.below, moved.passing, moved.stuck) == (2, 1, 0)
    qidong.point.refresh_from_db()
    assert qidong.point.parent == qidong.other_township
    assert way(parcel) == [qidong.point.code, qidong.other_township.code, qidong.centre.code]
    assert not Run.objects.filter(active=True, from_station=qidong.township).exists()
    assert Run.objects.filter(active=True, from_station=qidong.point, to_station=qidong.other_township).count() == 1
    assert not stuck_parcels(at=timezone.now())


def test_the_vans_of_the_heir_on_a_stretch_are_not_doubled(scene: Scene, keeper: User) -> None:
    make_run(scene.qidong.point, scene.qidong.other_township, dt.time(9))
    close(scene, keeper, station=scene.qidong.township, heir=scene.qidong.other_township)
    stretch = Run.objects.filter(active=True, from_station=scene.qidong.point, to_station=scene.qidong.other_township)
    assert [run.departs_at for run in stretch] == [dt.time(9)]


def test_its_people_are_released_and_told_in_numbers(scene: Scene, keeper: User) -> None:
    clerk = make_clerk(scene.qidong.point)
    assert close(scene, keeper).people == 1
    assert not Posting.objects.current().filter(user=clerk).exists()
    with pytest.raises(StationMoved):
        close(scene, keeper)


def test_who_can_take_over(scene: Scene, keeper: User) -> None:
    qidong = scene.qidong
    assert heirs_of(qidong.point)[:2] == [qidong.township, qidong.second_point]
    assert qidong.centre in heirs_of(qidong.point)
    assert heirs_of(qidong.township) == [qidong.other_township]
    Station.objects.filter(pk=qidong.second_point.pk).update(status=StationStatus.SUSPENDED)
    qidong.second_point.refresh_from_db()
    for station, heir in (
        (qidong.point, qidong.point),
        (qidong.point, scene.sangzhi.point),
        (qidong.point, qidong.second_point),
        (qidong.township, qidong.point),
        (qidong.centre, qidong.township),
    ):
        with pytest.raises(HeirUnfit):
            close(scene, keeper, station=station, heir=heir)


def test_only_the_county_closes_and_says_why(scene: Scene, keeper: User) -> None:
    township = make_clerk(scene.qidong.township)
    with pytest.raises(NotAllowed):
        plan_closing(by=township, station=scene.qidong.point, heir=scene.qidong.township)
    with pytest.raises(NotAllowed):
        close(scene, township)
    with pytest.raises(ReasonMissing):
        close_station(by=keeper, station=scene.qidong.point, heir=scene.qidong.township, reason=" ")
    scene.store.refresh_from_db()
    assert scene.store.station == scene.qidong.point  # all or nothing


def test_a_station_that_sells_itself_closes_its_store_first(scene: Scene, keeper: User) -> None:
    point = scene.qidong.point
    own = make_household(point, "村集体")
    own.kind, own.station = HouseholdKind.STATION, point
    own.save()
    store = make_store(point, household=own)
    with pytest.raises(NotEmpty, match="自营"):
        close(scene, keeper)
    Store.objects.filter(pk=store.pk).update(status=StoreStatus.CLOSED)
    close(scene, keeper)


def test_another_countys_stations_and_parcels_are_untouched(scene: Scene, keeper: User) -> None:
    tea = paid(scene, lines=[(scene.tea.pk, 1)])
    before = way(parcel_of(tea))
    make_category()
    close(scene, keeper)
    assert way(parcel_of(tea)) == before
    assert StationKind.CENTRE in {station.kind for station in Station.objects.active().within("430822000000")}
