"""What buyers may be told of a family: its full name and that it was registered as poor, each only as long as it says so."""

import pytest
from django.test import Client

from catalog.models import Product
from catalog.search import index_product
from sellers import consents
from sellers.models import Consent, ConsentPurpose, Household, Store
from sellers.names import name_for_buyers
from stations.scope import NotAllowed
from tests import cast

FULL, FAMILY = "李秀英", "李家"


@pytest.fixture
def store(db: None) -> Store:
    store = cast.make_store(cast.Stations().point, name="山脚小店")
    Household.objects.update(poverty_registered_year=2015)
    index_product(cast.make_product(store))
    store.household.refresh_from_db()
    return store


def told(store: Store) -> bool:
    return Product.objects.get(store=store).from_poverty


def test_a_family_is_known_by_its_surname_until_it_agrees_and_after_it_took_that_back(store: Store) -> None:
    clerk = cast.make_clerk(store.station)
    page = f"/store/{store.slug}/"
    assert FULL not in Client().get(page).content.decode() and name_for_buyers(store.household) == FAMILY
    consents.give_consent(by=clerk, household=store.household, purpose=ConsentPurpose.NAME)
    consents.give_consent(by=clerk, household=store.household, purpose=ConsentPurpose.NAME)
    assert Consent.objects.filter(purpose=ConsentPurpose.NAME).count() == 1
    assert FULL in Client().get(page).content.decode() and name_for_buyers(store.household) == FULL
    followed = consents.withdraw_consent(by=clerk, household=store.household, purpose=ConsentPurpose.NAME)
    assert followed == consents.Followed.TOLD_NO_LONGER
    assert FULL not in Client().get(page).content.decode()


def test_the_desk_records_it_and_the_lists_follow_at_once(store: Store) -> None:
    desk = cast.signed_in_client(cast.make_clerk(store.station))
    address = f"/desk/households/{store.household_id}/consent/"
    assert "告诉买家什么" in desk.get(address).content.decode() and not told(store)
    desk.post(f"{address}tell/", {"purpose": "poverty"})
    assert told(store)
    desk.post(address, {"purpose": "poverty"})
    assert not told(store)


def test_the_farmer_says_so_alone(store: Store) -> None:
    farmer = cast.make_user(name=FULL)
    Household.objects.filter(pk=store.household_id).update(user=farmer)
    own = cast.signed_in_client(farmer)
    assert "我同意" in own.get("/account/data/").content.decode()
    own.post("/account/data/tell/", {"purpose": "name"})
    assert FULL in Client().get(f"/store/{store.slug}/").content.decode()


def test_nobody_else_says_it_for_them_and_nothing_is_told_that_is_not_so(store: Store) -> None:
    stranger = cast.make_clerk(cast.Stations("430822000000").point)
    with pytest.raises(NotAllowed):
        consents.give_consent(by=stranger, household=store.household, purpose=ConsentPurpose.NAME)
    clerk = cast.make_clerk(store.station)
    store.household.poverty_registered_year = None
    for purpose in (ConsentPurpose.POVERTY, ConsentPurpose.IDENTITY, "nonsense"):
        with pytest.raises(consents.NothingToTell):
            consents.give_consent(by=clerk, household=store.household, purpose=purpose)
    assert not Consent.objects.filter(purpose__in=consents.TOLD).exists()
