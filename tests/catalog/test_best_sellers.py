"""Best sellers: the marks that follow every sale, and the first page of a search, which is the same with them as without."""

import re
from collections.abc import Iterator

import pgtrigger
import pytest
from django.db import connection
from django.db.models import F
from django.test import Client

from catalog import best_sellers, browse, counting
from catalog.models import Product
from catalog.search import all_in_name, index_product
from stations import statements
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def none_kept() -> Iterator[None]:
    """Statements are kept for a page's size: another size must not stay behind."""
    statements._kept.cache_clear()
    yield
    statements._kept.cache_clear()


UNITS = (0, 1, 2, 3, 8, 9, 40)


@pytest.fixture
def goods() -> list[Product]:
    store = cast.make_store(cast.Stations().point)
    made = [cast.make_product(store, name=f"黄花菜{number}号", sold_units=units) for number, units in enumerate(UNITS)]
    for product in made:
        cast.make_variant(product)
        index_product(product)
    return made


def marks(product: Product) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lexeme FROM catalog_product, unnest(search) WHERE id = %s AND lexeme LIKE '^%%'", [product.pk]
        )
        return sorted(lexeme for (lexeme,) in cursor.fetchall())


def listed() -> list[str]:
    """The names on all pages of the search, as they come."""
    address, names = "/search/?q=黄花菜", []
    while address:
        text = Client().get(address).content.decode()
        names += re.findall(r">(黄花菜\d号)</a>", text)
        more = re.search(r'rel="next" href="([^"]+)"', text)
        address = more[1].replace("&amp;", "&") if more else ""
    return names


def test_a_product_carries_the_powers_of_two_that_it_was_sold(goods: list[Product]) -> None:
    assert [len(marks(product)) for product in goods] == [0, 0, 1, 1, 3, 3, 5]
    assert marks(goods[-1]) == ["^1", "^2", "^3", "^4", "^5"]


def test_marks_follow_sales_and_stay_when_a_name_changes(goods: list[Product]) -> None:
    first = Product.objects.filter(pk=goods[0].pk)
    first.update(sold_units=F("sold_units") + 4)
    assert marks(goods[0]) == ["^1", "^2"]
    first.update(sold_units=F("sold_units") - 1)
    assert marks(goods[0]) == ["^1"]
    first.update(name="黄花菜 头茬")
    index_product(goods[0])
    assert marks(goods[0]) == ["^1"]


@pytest.mark.parametrize("mark", range(7))
def test_a_mark_leaves_those_sold_often_enough(goods: list[Product], mark: int) -> None:
    found = set(all_in_name("黄花菜", sold_mark=mark).values_list("sold_units", flat=True))
    assert found == {units for units in UNITS if not mark or units >= 2**mark}


@pytest.mark.parametrize("mark", range(7))
@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_pages_are_the_same_whatever_mark_is_tried_first(
    goods: list[Product], monkeypatch: pytest.MonkeyPatch, mark: int, size: int
) -> None:
    monkeypatch.setattr(browse, "PAGE_SIZE", size)
    monkeypatch.setattr(counting, "best_mark", lambda: mark)
    assert listed() == [f"黄花菜{number}号" for number in reversed(range(len(UNITS)))]


def test_a_page_is_of_best_sellers_alone_where_they_fill_it(
    goods: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "PAGE_SIZE", 2)
    monkeypatch.setattr(counting, "best_mark", lambda: 3)
    # A best seller without its marks is what such a page can't find: three others carry the third mark, then two.
    with pgtrigger.ignore("catalog.Product:sales_marked_sold"):
        Product.objects.filter(pk=goods[0].pk).update(sold_units=99)
    assert listed()[:2] == ["黄花菜6号", "黄花菜5号"]
    Product.objects.filter(pk=goods[4].pk).update(sold_units=0)
    assert listed()[:2] == ["黄花菜0号", "黄花菜6号"]


def test_the_mark_is_that_of_one_in_twenty_and_none_of_few_goods(
    goods: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert best_sellers.best_mark() == 0
    monkeypatch.setattr(best_sellers, "FEWEST_GOODS", len(UNITS))
    found = []
    for one_in in (len(UNITS), 3, 2):
        monkeypatch.setattr(best_sellers, "ONE_IN", one_in)
        best_sellers.best_mark.forget()
        found.append(best_sellers.best_mark())
    # The second, third and fourth of the seven: 9, 8 and 3 units.
    assert found == [3, 3, 1]


def test_goods_that_never_sold_have_no_mark(goods: list[Product], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(best_sellers, "FEWEST_GOODS", 1)
    Product.objects.update(sold_units=0)
    assert best_sellers.best_mark() == 0
