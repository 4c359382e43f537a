"""Statements are put together once a shape; what depends on more than its shape would show here as another list's goods."""

from collections.abc import Sequence

import pytest
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Product
from catalog.search import index_product
from stations import statements
from stations.models import Region, Station, StationKind
from stations.statements import fetch
from tests import cast
from tests.cast import Stations

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def none_kept() -> None:
    statements._kept.cache_clear()


def listed() -> tuple[Product, Product]:
    store = cast.make_store(cast.Stations().point)
    daylily = cast.make_product(store)
    tea = cast.make_product(
        store, name="桑植白茶", name_en="White tea", category=cast.make_category("tea", "茶叶", "Tea", aliases="")
    )
    for number, product in enumerate((daylily, tea)):
        cast.make_variant(product, price_fen=1500 + 4000 * number)
        index_product(product)
    return daylily, tea


def names(address: str) -> set[str]:
    page = Client().get(address).content.decode()
    return {name for name in ("祁东黄花菜", "桑植白茶") if f">{name}</a>" in page}


def test_a_shape_is_put_together_once_and_reads_the_data_each_time() -> None:
    daylily, _tea = listed()
    assert names("/search/?q=黄花菜") == {"祁东黄花菜"}
    before = statements._kept.cache_info()
    assert names("/search/?q=黄花菜") == {"祁东黄花菜"}
    after = statements._kept.cache_info()
    assert after.misses == before.misses
    assert after.hits > before.hits
    Product.objects.filter(pk=daylily.pk).update(status="withdrawn")
    assert names("/search/?q=黄花菜") == set()


def test_lists_of_another_query_choice_or_order_are_others() -> None:
    listed()
    for _ in range(2):
        assert names("/search/?q=黄花菜") == {"祁东黄花菜"}
        assert names("/search/?q=白茶") == {"桑植白茶"}
        assert names("/search/") == {"祁东黄花菜", "桑植白茶"}
        assert names("/search/?price=0-20") == {"祁东黄花菜"}
        assert names("/search/?price=50-100") == {"桑植白茶"}
        assert names("/search/?category=tea") == {"桑植白茶"}
        assert names("/category/tea/") == {"桑植白茶"}
        assert names("/category/daylily/?sort=cheap") == {"祁东黄花菜"}


def test_a_new_category_is_in_the_list_of_all_goods_at_once() -> None:
    daylily, _tea = listed()
    assert names("/search/") == {"祁东黄花菜", "桑植白茶"}
    Product.objects.filter(pk=daylily.pk).update(category=cast.make_category("new", "新类", "New", aliases=""))
    assert names("/search/") == {"祁东黄花菜", "桑植白茶"}


@pytest.mark.parametrize("address", ["/search/?q=黄花菜", "/season/", "/search/?price=0-20&cold=yes"])
def test_whoever_is_signed_in_finds_what_visitors_find(client: Client, address: str) -> None:
    listed()
    client.force_login(cast.make_user("buyer@daylily.example"))
    for _ in range(4):  # from the fourth time on the statement is a prepared one
        assert client.get(address).status_code == 200


def _points(codes: Sequence[str], of_kind: str) -> QuerySet[Station]:
    related = Station.objects.select_related("parent__parent").only("code", "parent__name", "parent__parent__code")
    return related.annotate(open=Exists(Region.objects.filter(code=OuterRef("region_id")))).filter(
        code__in=codes, kind=of_kind
    )


@pytest.fixture
def qidong() -> Stations:
    return cast.Stations()


def test_fetched_rows_are_the_querysets_whatever_was_fetched_before(qidong: Stations) -> None:
    """Other values of one shape, other lengths, other types: each time what the queryset itself gives, related rows with it."""
    codes = sorted(Station.objects.values_list("code", flat=True))
    for wanted in (codes[:1], codes[-1:], codes, codes[:2], ["no such code"]):
        for kind in (StationKind.VILLAGE, StationKind.TOWNSHIP):
            expected = _points(wanted, kind)
            with CaptureQueriesContext(connection) as asked:
                found = fetch(_points, wanted, kind)
                names = [station.parent.parent.code for station in found if station.parent and station.parent.parent]
            assert len(asked) == 1
            assert found == list(expected)
            assert names == [row.parent.parent.code for row in expected if row.parent and row.parent.parent]
            assert [station.__dict__["open"] for station in found] == [True] * len(found)
    assert fetch(_points, [], StationKind.VILLAGE) == []


def _all_points(keys: Sequence[int]) -> QuerySet[Station]:
    return Station.objects.filter(name="".join(str(len(str(key))) for key in keys))


def test_a_value_that_is_no_parameter_is_refused() -> None:
    """What is worked out from a value before the statement is kept would be answered to everybody after."""
    with pytest.raises(ValueError, match="_all_points does not use its values"):
        fetch(_all_points, [1, 2])
