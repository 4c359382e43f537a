"""A store's page: who sells, where, what the law wants said, and what a paused or closed store tells its visitors."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Certificate, CertificateKind
from catalog.search import index_product
from catalog.shutters import close_store, pause_store
from sellers.models import HouseholdKind, Membership, Store, StoreStatus
from tests.cast import Stations, make_household, make_lot, make_product, make_store, make_user, make_variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def stations() -> Stations:
    return Stations()


def opened(stations: Stations, **household: object) -> Store:
    """An open store with goods, whose farmer has an account."""
    store = make_store(stations.point, story="三十年黄花菜。")
    product = make_product(store)
    make_variant(product)
    index_product(product)
    for name, value in {"user": make_user("farmer@daylily.example"), **household}.items():
        setattr(store.household, name, value)
    store.household.save()
    return store


def page_of(client: Client, store: Store, status: int = 200, language: str = "") -> str:
    response = client.get(f"{language}{reverse('store', args=[store.slug])}")
    assert response.status_code == status
    assert not response.cookies, "a visitor's page sets no cookie"
    return response.content.decode()


def test_a_family_sells_what_it_grows_and_the_page_says_that_this_needs_no_licence(
    client: Client, stations: Stations
) -> None:
    store = opened(stations, identity_tail="002X")
    page = page_of(client, store)
    for told in ("李家", "三十年黄花菜。", "祁东县", stations.point.label, "《电子商务法》第十条", "祁东黄花菜"):
        assert told in page
    for private in (store.household.phone, "002X", "<dd>李秀英"):
        assert private not in page
    assert "E-Commerce Law, article 10" in page_of(client, store, language="/en")


def test_an_enterprise_shows_its_licence(client: Client, stations: Stations) -> None:
    store = opened(stations, kind=HouseholdKind.ENTERPRISE, licence_code="91430426MA4L16JQ9B", representative="彭大山")
    page = page_of(client, store)
    assert "91430426MA4L16JQ9B" in page
    assert "彭大山" in page
    assert "第十条" not in page


def test_a_cooperative_names_its_members_and_what_they_grow(client: Client, stations: Stations) -> None:
    store = opened(stations, kind=HouseholdKind.COOPERATIVE)
    today = timezone.localdate()
    for name, left in (("赵六", None), ("钱七", today)):
        member = make_household(stations.second_point, name=name)
        Membership.objects.create(
            cooperative=store.household, household=member, grows="黄花菜和花生", joined_on=today, left_on=left
        )
    page = page_of(client, store)
    assert "赵家" in page
    assert "黄花菜和花生" in page
    for private in ("赵六", "钱家"):  # Qian left today
        assert private not in page


def test_a_stations_store_names_the_families_by_their_lots(client: Client, stations: Stations) -> None:
    store = opened(stations, kind=HouseholdKind.STATION, station=stations.point, user=None)
    product = store.products.get()
    grower, recalled = (make_household(stations.second_point, name=name) for name in ("赵六", "钱七"))
    make_lot(product, household=grower)
    make_lot(product, household=recalled, recalled_at=timezone.now())
    page = page_of(client, store)
    assert "赵家" in page
    for private in ("赵六", "钱家"):
        assert private not in page


def test_only_certificates_that_hold_today_are_shown_each_once(client: Client, stations: Stations) -> None:
    store = opened(stations)
    today = timezone.localdate()
    second = make_product(store, name="黄花菜干")
    for product, number, until in (
        (store.products.get(name="祁东黄花菜"), "GF430426", today),
        (second, "GF430426", today),
        (second, "GF000000", today - dt.timedelta(days=1)),
    ):
        Certificate.objects.create(
            product=product, kind=CertificateKind.GREEN, name="绿色食品", number=number, holder="李秀英",
            valid_from=today - dt.timedelta(days=300), valid_until=until, state="accepted", accepted_at=timezone.now(),
        )  # fmt: skip
    page = page_of(client, store)
    assert page.count("GF430426") == 1
    assert "GF000000" not in page


def test_a_paused_store_says_why_and_until_when_and_offers_the_county(client: Client, stations: Stations) -> None:
    store = opened(stations)
    other = make_product(make_store(stations.second_point), name="桂阳花生")
    make_variant(other)
    index_product(other)
    farmer = store.household.user
    assert farmer is not None
    until = timezone.localdate() + dt.timedelta(days=5)
    pause_store(by=farmer, store=store, reason="harvest", until=until)
    page = page_of(client, store)
    assert f"{until.month}月{until.day}日" in page
    assert "祁东黄花菜" in page
    assert reverse("product", args=[store.products.get().ref]) not in page, "a link to goods that are not to be had"
    assert reverse("product", args=[other.ref]) in page


def test_the_countys_cause_is_not_for_buyers(client: Client, stations: Stations) -> None:
    store = opened(stations)
    Store.objects.filter(pk=store.pk).update(
        status=StoreStatus.PAUSED, pause_reason="other", county_note="检测不合格", paused_until=timezone.localdate()
    )
    page = page_of(client, store)
    assert "检测不合格" not in page


def test_a_closed_store_is_gone_kindly(client: Client, stations: Stations) -> None:
    store = opened(stations)
    farmer = store.household.user
    assert farmer is not None
    close_store(by=farmer, store=store)
    page = page_of(client, store, status=410)
    assert store.name in page
    assert "三十年黄花菜。" not in page


@pytest.mark.parametrize("status", [StoreStatus.DRAFT, StoreStatus.SUBMITTED, StoreStatus.RECOMMENDED])
def test_a_store_that_never_opened_is_not_there(client: Client, stations: Stations, status: StoreStatus) -> None:
    store = make_store(stations.point, status=status, opened_at=None)
    page_of(client, store, status=404)


def test_the_page_costs_the_same_for_a_big_cooperative(
    client: Client, stations: Stations, django_assert_max_num_queries: object
) -> None:
    store = opened(stations, kind=HouseholdKind.COOPERATIVE)
    for number in range(12):
        member = make_household(stations.second_point, name=f"社员{number}")
        Membership.objects.create(cooperative=store.household, household=member, grows="黄花菜")
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        page_of(client, store)
