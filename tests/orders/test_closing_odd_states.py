"""Closing a station while its parcels, openings and forms are in the middle of something."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from delivery.boxing import pack_box
from delivery.custody import verify_chain
from delivery.models import Leg, Parcel, ParcelKind, ParcelState, ScanKind
from orders.station_closing import NotEmpty, close_station, plan_closing
from sellers.mandates import MandateMissing, mandate_for
from sellers.models import Opening, OpeningStep, Store, StoreStatus, Submission, SubmissionState
from stations.models import Station, StationStatus
from tests.cast import make_clerk
from tests.delivery.scene import done, held, make_parcel, nonce, travel
from tests.orders.scene import Scene, to_the_point
from tests.orders.test_station_closing import flask, paid, parcel_of
from tests.sellers.test_offline import form, own_folders, post  # noqa: F401 - the folders are a fixture


@pytest.fixture
def keeper(scene: Scene) -> User:
    return make_clerk(scene.qidong.centre, "邹丽")


def close(keeper: User, station: Station, heir: Station) -> Any:
    return close_station(by=keeper, station=station, heir=heir, reason="并入")


def page_of(keeper: User, station: Station, heir: Station | None = None) -> str:
    client = Client()
    client.force_login(keeper)
    query = f"?heir={heir.code}" if heir else ""
    return client.get(reverse("desk_station_close", args=[station.code]) + query).content.decode()


def test_what_waits_for_its_buyer_at_the_counter_keeps_the_station_open(scene: Scene, keeper: User) -> None:
    qidong = scene.qidong
    parcel = make_parcel(qidong.centre, qidong.point)
    travel(parcel, qidong.centre, qidong.township, qidong.point)
    assert parcel.state == ParcelState.READY or Parcel.objects.get(pk=parcel.pk).state == ParcelState.READY
    with pytest.raises(NotEmpty):
        close(keeper, qidong.point, qidong.township)
    parcel.refresh_from_db()
    assert (parcel.destination_station, parcel.state) == (qidong.point, ParcelState.READY)
    done(parcel, ScanKind.PICKUP, qidong.point)
    close(keeper, qidong.point, qidong.township)


def test_a_held_scan_keeps_the_station_open_until_somebody_has_looked(scene: Scene, keeper: User) -> None:
    qidong, parcel = scene.qidong, parcel_of(paid(scene))
    scan = held(parcel, ScanKind.IN, qidong.point)
    with pytest.raises(NotEmpty) as refused:
        close(keeper, qidong.point, qidong.township)
    assert refused.value.obstacles[0].links[0][1] == reverse("desk_held")
    scan.settled_at = timezone.now()
    scan.save()
    close(keeper, qidong.point, qidong.township)


def test_a_box_to_the_station_goes_to_the_heir_with_what_is_in_it(scene: Scene, keeper: User) -> None:
    qidong = scene.qidong
    parcels = [make_parcel(qidong.centre, qidong.point) for _ in range(2)]
    for parcel in parcels:
        done(parcel, ScanKind.COLLECT, qidong.centre)
    box = pack_box(parcels=parcels, centre=qidong.centre, by=None, nonce=nonce())
    done(box, ScanKind.OUT, qidong.centre)
    assert close(keeper, qidong.point, qidong.second_point).stuck == 0
    done(box, ScanKind.IN, qidong.township)
    done(box, ScanKind.OUT, qidong.township)
    done(box, ScanKind.IN, qidong.second_point)
    codes = set()
    for parcel in Parcel.objects.filter(pk__in=[box.pk, *(one.pk for one in parcels)]):
        assert (parcel.destination_station, parcel.state) == (qidong.second_point, ParcelState.READY)
        assert verify_chain(parcel)
        codes.add(parcel.pickup_code)
    assert len(codes) == 1


def test_a_box_that_stands_there_is_named_and_not_what_is_in_it(scene: Scene, keeper: User) -> None:
    qidong = scene.qidong
    parcels = [make_parcel(qidong.centre, qidong.point) for _ in range(2)]
    for parcel in parcels:
        done(parcel, ScanKind.COLLECT, qidong.centre)
    box = pack_box(parcels=parcels, centre=qidong.centre, by=None, nonce=nonce())
    done(box, ScanKind.OUT, qidong.centre)
    done(box, ScanKind.IN, qidong.township)
    page = page_of(keeper, qidong.township)
    assert box.kind == ParcelKind.BOX and box.number in page
    assert not any(parcel.number in page for parcel in parcels)


def test_what_the_carrier_has_goes_on_from_where_the_carrier_brings_it(scene: Scene, keeper: User) -> None:
    """From the other county to a point here: the carrier has it when the point closes."""
    qidong, sangzhi = scene.qidong, scene.sangzhi
    parcel = make_parcel(sangzhi.centre, qidong.point)
    done(parcel, ScanKind.COLLECT, sangzhi.centre)
    done(parcel, ScanKind.CARRIER, sangzhi.centre, carrier_number="YZ1")
    before = parcel.pickup_code
    assert close(keeper, qidong.point, qidong.second_point).stuck == 0
    parcel.refresh_from_db()
    assert (parcel.state, parcel.destination_station) == (ParcelState.WITH_CARRIER, qidong.second_point)
    assert parcel.pickup_code not in ("", before)
    travelled = [(qidong.centre, qidong.township), (qidong.township, qidong.second_point)]
    done(parcel, ScanKind.IN, qidong.centre)
    for start, end in travelled:
        done(parcel, ScanKind.OUT, start)
        done(parcel, ScanKind.IN, end)
    parcel.refresh_from_db()
    assert parcel.state == ParcelState.READY and verify_chain(parcel)


def test_what_the_carrier_has_for_a_buyer_far_away_is_left_alone(scene: Scene, keeper: User) -> None:
    qidong, parcel = scene.qidong, parcel_of(paid(scene))
    travel(parcel, qidong.point, qidong.township, qidong.centre)
    done(parcel, ScanKind.CARRIER, qidong.centre, carrier_number="YZ2")
    legs = list(Leg.objects.filter(parcel=parcel).values())
    assert plan_closing(by=keeper, station=qidong.point, heir=qidong.township).to_collect == 0
    close(keeper, qidong.point, qidong.township)
    assert list(Leg.objects.filter(parcel=parcel).values()) == legs
    done(parcel, ScanKind.DELIVER, qidong.centre)
    parcel.refresh_from_db()
    assert (parcel.state, parcel.origin) == (ParcelState.DELIVERED, qidong.point)


def test_a_parcel_without_a_way_gets_its_new_end_all_the_same(scene: Scene, keeper: User) -> None:
    qidong, parcel = scene.qidong, parcel_of(paid(scene, lines=flask(scene), delivery=to_the_point(scene.qidong.point)))
    Leg.objects.filter(parcel=parcel).delete()
    close(keeper, qidong.point, qidong.second_point)
    parcel.refresh_from_db()
    assert parcel.destination_station == qidong.second_point
    assert parcel.legs.exists()


def test_a_draft_and_its_opening_go_together(scene: Scene, keeper: User) -> None:
    qidong, household = scene.qidong, scene.store.household
    Store.objects.filter(pk=scene.store.pk).update(status=StoreStatus.DRAFT)
    opening = Opening.objects.create(
        station=qidong.point, consent_version="1", household=household, store=scene.store, step=OpeningStep.REVIEW
    )
    close(keeper, qidong.point, qidong.township)
    opening.refresh_from_db()
    scene.store.refresh_from_db()
    assert opening.station == scene.store.station == qidong.township
    township = make_clerk(qidong.township)
    client = Client()
    client.force_login(township)
    assert client.get(reverse("desk_opening", args=[opening.ref]), follow=True).status_code == 200


def test_a_form_that_waits_and_one_that_comes_too_late_are_looked_at_by_the_heir(scene: Scene, keeper: User) -> None:
    qidong = scene.qidong
    clerk = make_clerk(qidong.point)
    waiting = post(clerk, form(clerk, **{"farmer-name": ""})).json()
    assert waiting["state"] == "conflict"
    assert close(keeper, qidong.point, qidong.township).forms == 1
    late = post(User.objects.get(pk=clerk.pk), form(clerk, **{"farmer-phone": "139 0013 9001"})).json()
    assert late["state"] == "conflict"
    for submission in Submission.objects.all():
        assert (submission.station, submission.state) == (qidong.township, SubmissionState.CONFLICT)
    assert not Station.objects.get(pk=qidong.point.pk).is_active


def test_a_form_kept_while_the_station_closed_is_the_heirs(scene: Scene, keeper: User) -> None:
    """The phone's row was written after the closing had moved all others."""
    from sellers.offline import work_through

    qidong = scene.qidong
    clerk = make_clerk(qidong.point)
    post(clerk, form(clerk, **{"farmer-name": ""}))
    close(keeper, qidong.point, qidong.township)
    Submission.objects.update(station=qidong.point, state=SubmissionState.KEPT)
    assert work_through(Submission.objects.get().pk).station == qidong.township


def test_the_page_says_first_what_blocks_and_asks_nothing(scene: Scene, keeper: User) -> None:
    qidong, parcel = scene.qidong, parcel_of(paid(scene))
    done(parcel, ScanKind.COLLECT, qidong.point)
    for heir in (None, qidong.township):
        page = page_of(keeper, qidong.point, heir)
        assert reverse("desk_parcel", args=[parcel.ref]) in page
        assert reverse("desk_scan") in page
        assert 'name="heir"' not in page and 'method="post" class="narrow"' not in page
    done(parcel, ScanKind.OUT, qidong.point)
    page = page_of(keeper, qidong.point, qidong.township)
    assert 'name="heir"' in page and 'method="post" class="narrow"' in page


def test_a_closed_station_says_what_moved_or_that_nothing_did(scene: Scene, keeper: User) -> None:
    qidong, client = scene.qidong, Client()
    client.force_login(keeper)
    for station, words in ((qidong.other_point, "无需转移"), (qidong.point, "店铺和包裹已转到")):
        close(keeper, station, qidong.township)
        page = client.get(reverse("desk_station", args=[station.code])).content.decode()
        assert [text for text in ("无需转移", "店铺和包裹已转到") if text in page] == [words]
        assert "还没有人任职" not in page
        assert "已关闭" in page_of(keeper, station, qidong.township) or "关闭" in page_of(keeper, station)
    assert Station.objects.filter(status=StationStatus.CLOSED).count() == 2


def test_the_people_of_an_heir_in_another_village_see_its_stores_and_do_nothing_in_their_name(
    scene: Scene, keeper: User
) -> None:
    qidong, neighbour, client = scene.qidong, make_clerk(scene.qidong.second_point), Client()
    client.force_login(neighbour)
    url = reverse("desk_store", args=[scene.store.slug])
    assert client.get(url).status_code == 404
    close(keeper, qidong.point, qidong.second_point)
    assert client.get(url).status_code == 200
    assert scene.store.label in client.get(reverse("desk_stores")).content.decode()
    assert client.get(reverse("desk_goods_new", args=[scene.store.slug])).status_code == 403
    for name in ("desk_store_pause", "desk_store_close"):
        address = reverse(name, args=[scene.store.slug])
        client.post(address, {"reason": "harvest", "cause": "x", "sure": "on"})
    scene.store.refresh_from_db()
    assert scene.store.status == StoreStatus.OPEN
    with pytest.raises(MandateMissing):
        mandate_for(neighbour, scene.store.household, "list")
    far = make_clerk(scene.sangzhi.point)
    assert set(Store.objects.visible_to(far)) == {scene.tea.product.store}


def test_only_the_people_of_village_points_look_by_the_station(scene: Scene) -> None:
    """A county's list keeps its index on the village: everything that a county serves lies in it."""
    for user, by_station in ((make_clerk(scene.qidong.point), True), (make_clerk(scene.qidong.township), False)):
        where = str(Store.objects.visible_to(user).query).partition("WHERE")[2]
        assert ('"station_id"' in where) is by_station
