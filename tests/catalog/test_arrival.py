"""The day of arrival on cards and on the product page."""

import datetime as dt

import pytest
from django.test import Client

from catalog.models import GoodsKind, Product, Temperature
from catalog.places import _kept
from delivery.network import schedule_runs
from orders.arrival import arrival_at, province_choices, province_options, renew_arrivals
from stations.models import Station, StationStatus
from tests.cast import QIDONG, Stations, make_category, make_lot, make_product, make_store, make_variant, set_stock

pytestmark = pytest.mark.django_db
GUANGDONG = "440000000000"


@pytest.fixture
def product() -> Product:
    _kept.clear()
    province_choices.cache_clear()
    province_options.cache_clear()
    store = make_store(Stations().point)
    schedule_runs(QIDONG[:6])
    product = make_product(store)
    make_variant(product)
    return product


def test_cards_and_page_say_when_goods_are_in_the_usual_city(client: Client, product: Product) -> None:
    assert renew_arrivals() == 1
    product.refresh_from_db()
    assert product.arrives_in_days is not None and 0 < product.arrives_in_days < 8
    assert "前到长沙" in client.get("/search/").content.decode()
    assert "in Changsha by" in client.get("/en/search/").content.decode()
    assert "长沙市</b>" in client.get(f"/goods/{product.ref}/").content.decode()


def test_a_visitor_may_ask_for_a_province(client: Client, product: Product) -> None:
    text = client.get(f"/goods/{product.ref}/?to={GUANGDONG}").content.decode()
    assert "广东省</b>" in text and 'class="way"' in text
    assert f'<option value="{GUANGDONG}" selected>' in text
    for nonsense in ("430426000000", "x", "%00", "990000000000"):
        page = client.get(f"/goods/{product.ref}/?to={nonsense}")
        assert page.status_code == 200 and 'class="way"' not in page.content.decode()


def test_where_there_is_no_way_the_page_says_so_and_cards_say_nothing(client: Client, product: Product) -> None:
    renew_arrivals()
    Station.objects.filter(kind="township").update(status=StationStatus.SUSPENDED)
    assert renew_arrivals() == 1
    product.refresh_from_db()
    assert product.arrives_in_days is None
    text = client.get(f"/goods/{product.ref}/?to={GUANGDONG}").content.decode()
    assert "暂停" in text
    assert "前到长沙" not in client.get("/search/").content.decode()


def test_a_visit_travels_nowhere(client: Client, product: Product) -> None:
    product.category = make_category("visits", "乡村体验", "Farm stays and visits", kind=GoodsKind.BOOKING)
    product.arrives_in_days = 2
    product.save()
    assert renew_arrivals() == 0
    product.refresh_from_db()
    assert product.arrives_in_days is None
    assert "前到长沙" not in client.get("/search/").content.decode()


def test_chilled_goods_are_reckoned_by_themselves(product: Product) -> None:
    Station.objects.update(cold_store=False)
    Product.objects.update(temperature=Temperature.CHILLED)
    make_variant(make_product(product.store, name="干货"))
    assert renew_arrivals() == 2
    days = dict(Product.objects.values_list("temperature", "arrives_in_days"))
    assert days[Temperature.CHILLED] is None and days[Temperature.AMBIENT]


def test_an_answer_is_kept_for_some_minutes(product: Product, django_assert_num_queries: object) -> None:
    station_id = product.store.station_id
    first = arrival_at(station_id=station_id, province_code=GUANGDONG, chilled=False)
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert arrival_at(station_id=station_id, province_code=GUANGDONG, chilled=False) == first


def test_what_is_sold_out_or_promised_has_no_day_to_ask_for(client: Client, product: Product) -> None:
    address = f"/goods/{product.ref}/"
    assert 'id="arrival"' in client.get(address).content.decode()
    variant = product.variants.get()
    set_stock(variant, on_hand=0)
    assert 'id="arrival"' not in client.get(address).content.decode()
    lot = make_lot(product, harvested_on=None, promised_week=dt.date(2099, 7, 6))
    set_stock(variant, on_hand=5, lot=lot)
    product.variants.update(promised_week=lot.promised_week)
    text = client.get(address).content.decode()
    assert 'id="arrival"' in text and 'id="to"' not in text
