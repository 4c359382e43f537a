"""The home page: what it shows, what it never shows, and what it costs."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from catalog.models import Product
from cms.halls import Hall, fill_hall
from cms.home import read_departures
from delivery.models import Parcel, ParcelState
from orders.models import Consignment, Order, OrderLine
from sellers.models import Store
from tests.cast import Stations, make_operator, make_product, make_store, make_variant


@pytest.fixture
def store(db: None) -> Store:
    return make_store(Stations().point)


@pytest.fixture
def product(store: Store) -> Product:
    month = timezone.localdate().month
    return make_product(store, season_from=month, season_to=month, price_from_fen=3880, price_from_g=500)


def send_off(product: Product, at: dt.datetime, state: ParcelState = ParcelState.ON_THE_WAY) -> Parcel:
    """A paid order of the product whose parcel was collected at the village point at this moment."""
    variant = product.variants.first() or make_variant(product)
    store, number = product.store, f"{Order.objects.count() + 1:06d}"
    to = {"recipient": "刘敏", "phone": "13911112222", "address": "芙蓉路1号"}
    order = Order.objects.create(
        number=number, email="liu@example.com", state="paid", region=store.region, goods_fen=3880, freight_fen=0,
        total_fen=3880, reserved_until=at, paid_at=at, **to,
    )  # fmt: skip
    parcel = Parcel.objects.create(
        number=number, state=state, county_code=store.region_id[:6], origin=store.station, destination_region=store.region,
        sender=store.name, contents="黄花菜", weight_g=540, collected_at=at, **to,
    )  # fmt: skip
    consignment = Consignment.objects.create(
        order=order,
        number=number,
        store=store,
        station=store.station,
        county_code=parcel.county_code,
        parcel=parcel,
        goods_fen=3880,
    )
    OrderLine.objects.create(
        consignment=consignment, variant=variant, product=product, name=product.name, name_en=product.name_en, pack="500克袋装",
        sku=variant.sku, sold_by=variant.sold_by, flow=product.flow, category_slug="daylily", village_code=store.region_id,
        unit_price_fen=3880, quantity=1, unit_weight_g=500, amount_fen=3880, commission_bp=0, station_fee_bp=0, commission_fen=0,
        station_fee_fen=0,
    )  # fmt: skip
    return parcel


def read(path: str = "/") -> str:
    response = Client().get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_a_fresh_database_has_a_home_in_both_languages(db: None) -> None:
    assert "从山里的村子，到您的餐桌" in read("/")
    assert "From a mountain village to your table" in read("/en/")


def test_it_shows_halls_season_and_departures(hall: Hall, product: Product) -> None:
    for page in hall:
        fill_hall(page=page, line="晒成金黄", intro="", picture=None, body=[], by=make_operator_once(), publish=True)
    send_off(product, timezone.now() - dt.timedelta(hours=3))
    zh, en = read("/"), read("/en/")
    assert 'href="/halls/qidong/"' in zh and "晒成金黄" in zh and "湖南省 祁东县" in zh
    assert 'href="/en/halls/qidong/"' in en and "Qidong, Hunan" in en
    for text, words in ((zh, ("当季", "刚刚出村")), (en, ("In season", "Just left the village"))):
        for word in words:
            assert f">{word}</h2>" in text
    assert zh.count(f">{product.name}</a>") == 2 and en.count(f">{product.name_en}</a>") == 2


def make_operator_once() -> User:
    return User.objects.filter(is_superuser=True).first() or make_operator()


def test_an_unpublished_hall_is_not_on_it(hall: Hall) -> None:
    assert "祁东黄花菜馆" not in read("/")


def test_off_season_the_newest_goods_stand_in(product: Product) -> None:
    month = timezone.localdate().month % 12 + 1
    Product.objects.update(season_from=month, season_to=month)
    page = read("/")
    assert ">新上架</h2>" in page and product.name in page


def test_nothing_of_the_buyer_is_on_it(product: Product) -> None:
    parcel = send_off(product, timezone.now())
    page = read("/")
    assert ">刚刚出村</h2>" in page
    for secret in (
        "刘敏",
        "13911112222",
        "芙蓉路",
        "liu@example.com",
        parcel.ref,
        parcel.number,
        product.store.household.phone,
    ):
        assert secret not in page


def test_departures_are_the_latest_of_each_kind(product: Product, store: Store) -> None:
    now = timezone.now()
    other = make_product(store, name="鲜黄花", name_en="Fresh daylily")
    send_off(product, now - dt.timedelta(hours=5))
    send_off(product, now - dt.timedelta(hours=1))
    send_off(other, now - dt.timedelta(hours=2))
    assert [(one.name, one.at) for one in read_departures(now)] == [
        (product.name, now - dt.timedelta(hours=1)),
        (other.name, now - dt.timedelta(hours=2)),
    ]


def test_what_did_not_leave_is_no_departure(product: Product) -> None:
    now = timezone.now()
    send_off(product, now - dt.timedelta(hours=1), ParcelState.CANCELLED)
    send_off(product, now + dt.timedelta(hours=1))
    send_off(product, now - dt.timedelta(days=30))
    assert read_departures(now) == []


def test_the_number_of_queries_is_fixed(
    hall: Hall, product: Product, store: Store, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(9):
        send_off(make_product(store, name=f"黄花{number}", season_from=1, season_to=12), timezone.now())
    fill_hall(page=hall.zh, line="", intro="", picture=None, body=[], by=make_operator_once(), publish=True)
    read()
    with django_assert_max_num_queries(7):
        read()


@pytest.mark.parametrize("path", ["/", "/halls/", "/halls/qidong/"])
def test_a_visitors_page_touches_no_session(hall: Hall, path: str, settings: Any) -> None:
    fill_hall(page=hall.zh, line="", intro="", picture=None, body=[], by=make_operator_once(), publish=True)
    response = Client().get(path)
    assert response.status_code == 200
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    settings.VISITOR_PAGE_SECONDS = 60
    first = Client().get(path).content
    fill_hall(page=hall.zh, line="改过的话", intro="", picture=None, body=[], by=make_operator_once(), publish=True)
    assert Client().get(path).content == first, "the page was not kept"
