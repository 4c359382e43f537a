"""The store in which a station sells what it gathers of many families."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from sellers import mandates, onboarding
from sellers.models import Household, HouseholdKind, Opening, Store, StoreStatus
from stations.models import Station, StationStatus
from stations.scope import NotAllowed
from tests import cast

pytestmark = pytest.mark.django_db


def at(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def entered(by: User, station: Station) -> Any:
    sent = {"station": station.pk, "name": "官家嘴村集货店", "story": "三十户人家的黄花菜。"}
    return at(by).post("/desk/stores/gathering/", sent, follow=True)


def test_the_township_enters_it_and_the_county_approves(qidong: cast.Stations) -> None:
    township, county = cast.make_clerk(qidong.township), cast.make_clerk(qidong.centre)
    assert "等待县中心批准" in entered(township, qidong.township).content.decode()
    store = Store.objects.get()
    assert (store.status, store.submitted_by) == (StoreStatus.RECOMMENDED, township)
    assert (store.household.kind, store.household.station, store.household.mandates.count()) == (
        HouseholdKind.STATION,
        qidong.township,
        0,
    )
    assert at(township).post(f"/desk/stores/{store.slug}/approve/").status_code == 403
    at(county).post(f"/desk/stores/{store.slug}/approve/")
    store.refresh_from_db()
    assert (store.status, store.approved_by) == (StoreStatus.OPEN, county)


def test_another_clerk_of_the_centre_approves_what_one_entered(qidong: cast.Stations) -> None:
    first, second = cast.make_clerk(qidong.centre), cast.make_clerk(qidong.centre, "邹丽")
    entered(first, qidong.township)
    store = Store.objects.get()
    response = at(first).post(f"/desk/stores/{store.slug}/approve/")
    assert response.status_code == 403
    assert "必须由其他人审批" in response.content.decode()
    at(second).post(f"/desk/stores/{store.slug}/approve/")
    store.refresh_from_db()
    assert store.status == StoreStatus.OPEN


def test_neither_village_nor_official_enters_one(qidong: cast.Stations) -> None:
    for person in (cast.make_clerk(qidong.point), cast.make_official()):
        assert at(person).get("/desk/stores/gathering/").status_code == 403
        with pytest.raises(NotAllowed):
            onboarding.open_gathering_store(by=person, station=qidong.township, name="集货店")
    assert not Store.objects.exists()


def test_a_station_of_another_township_is_not_offered(qidong: cast.Stations) -> None:
    entered(cast.make_clerk(qidong.township), qidong.other_township)
    assert not Store.objects.exists()


def test_one_store_a_station(qidong: cast.Stations) -> None:
    township = cast.make_clerk(qidong.township)
    entered(township, qidong.township)
    with pytest.raises(onboarding.AlreadyRegistered):
        onboarding.open_gathering_store(by=township, station=qidong.township, name="第二家")
    assert Household.objects.count() == Store.objects.count() == 1


def test_its_staff_need_no_mandate_and_nobody_else_acts(qidong: cast.Stations) -> None:
    entered(cast.make_clerk(qidong.township), qidong.township)
    seller = Household.objects.get()
    for person in (cast.make_clerk(qidong.township), cast.make_clerk(qidong.centre)):
        assert mandates.mandate_for(person, seller, "list") is None
    for person in (cast.make_clerk(qidong.point), cast.make_clerk(qidong.other_township), cast.make_official()):
        with pytest.raises(mandates.MandateMissing):
            mandates.mandate_for(person, seller, "list")


def test_given_back_mended_and_submitted_again(qidong: cast.Stations) -> None:
    township, county = cast.make_clerk(qidong.township), cast.make_clerk(qidong.centre)
    entered(township, qidong.township)
    store = Store.objects.get()
    at(county).post(f"/desk/stores/{store.slug}/return/", {"tick_name": "on", "why_name": "写上镇名"})
    client = at(township)
    assert client.post(f"/desk/stores/{store.slug}/mend/", follow=True).redirect_chain[-1][0].endswith("/review/")
    opening = Opening.objects.get(store=store)
    client.post(f"/desk/stores/open/{opening.ref}/store/", {"name": "黄土铺镇集货店"})
    client.post(f"/desk/stores/{store.slug}/submit/")
    store.refresh_from_db()
    assert (store.name, store.status) == ("黄土铺镇集货店", StoreStatus.RECOMMENDED)


def test_a_resting_station_opens_none(qidong: cast.Stations) -> None:
    township = cast.make_clerk(qidong.township)
    Station.objects.filter(pk=qidong.township.pk).update(status=StationStatus.SUSPENDED, status_note="防汛")
    entered(township, qidong.township)
    assert not Store.objects.exists()
