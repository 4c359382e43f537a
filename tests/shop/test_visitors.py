"""Visitors' pages: kept whole, the same for everybody, and never somebody's own."""

import gzip
from collections.abc import Iterator
from unittest import mock

import brotli
import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisGone

from catalog.models import Product
from catalog.search import index_product
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> Product:
    product = cast.make_product(cast.make_store(cast.Stations().point))
    cast.make_variant(product)
    index_product(product)
    return product


@pytest.fixture
def keeping(settings: Settings) -> Iterator[None]:
    settings.VISITOR_PAGE_SECONDS = 60
    yield
    cache.clear()


def read(client: Client, product: Product) -> str:
    return client.get(f"/goods/{product.ref}/").content.decode()


@pytest.mark.usefixtures("keeping")
def test_a_visitor_s_page_is_kept(product: Product) -> None:
    assert "祁东黄花菜" in read(Client(), product)
    Product.objects.filter(pk=product.pk).update(name="换了名字")
    assert "祁东黄花菜" in read(Client(), product)


@pytest.mark.usefixtures("keeping")
def test_who_is_signed_in_or_has_a_cart_gets_their_own(product: Product) -> None:
    read(Client(), product)
    Product.objects.filter(pk=product.pk).update(name="换了名字")
    buyer = Client()
    buyer.force_login(cast.make_user(name="刘敏"))
    with_cart = Client()
    with_cart.cookies["daylily_cart"] = "x"
    for client in (buyer, with_cart):
        assert "换了名字" in read(client, product)
    assert "刘敏" not in read(Client(), product)


@pytest.mark.usefixtures("keeping")
def test_pages_come_packed(product: Product) -> None:
    plain = read(Client(), product)
    for accepted, unpack in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        response = Client().get(f"/goods/{product.ref}/", headers={"Accept-Encoding": accepted})
        assert response["Content-Encoding"] == accepted
        assert "Accept-Encoding" in response["Vary"]
        assert unpack(response.content).decode() == plain


@pytest.mark.usefixtures("keeping")
def test_junk_in_the_address_is_not_kept(product: Product) -> None:
    address = f"/goods/{product.ref}/?junk={'x' * 300}"
    Client().get(address)
    Product.objects.filter(pk=product.pk).update(name="换了名字")
    assert "换了名字" in Client().get(address).content.decode()


@pytest.mark.usefixtures("keeping")
def test_languages_are_kept_apart(product: Product) -> None:
    chinese = read(Client(), product)
    english = Client().get(f"/en/goods/{product.ref}/").content.decode()
    assert 'lang="zh' in chinese
    assert 'lang="en' in english
    assert english == Client().get(f"/en/goods/{product.ref}/").content.decode()


@pytest.mark.usefixtures("keeping")
def test_a_missing_page_is_not_kept(product: Product) -> None:
    assert Client().get("/goods/nothing/").status_code == 404
    Product.objects.filter(pk=product.pk).update(ref="nothing")
    assert Client().get("/goods/nothing/").status_code == 200


@pytest.mark.usefixtures("keeping")
def test_without_redis_visitors_still_read(product: Product) -> None:
    with mock.patch.object(cache, "get", side_effect=RedisGone), mock.patch.object(cache, "set", side_effect=RedisGone):
        assert "祁东黄花菜" in read(Client(), product)


def test_a_visitor_s_page_needs_no_session(product: Product) -> None:
    response = Client().get(f"/goods/{product.ref}/")
    assert not response.cookies
    assert "csrfmiddlewaretoken" not in response.content.decode()


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}, True),
        ({}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
    ],
)
def test_only_our_own_pages_add_to_a_cart(product: Product, headers: dict[str, str], accepted: bool) -> None:
    variant = product.variants.get()
    response = Client(enforce_csrf_checks=True).post(
        "/cart/add/", {"variant": variant.pk, "quantity": 1}, headers=headers
    )
    assert (response.status_code == 302) is accepted
    assert (response.status_code == 403) is not accepted
