"""The visitors' pages of goods: what they show in both languages, what they cost, and addresses that mean harm."""

import datetime as dt
import re
from typing import Any
from urllib.parse import quote

import pgtrigger
import pytest
from django.test import Client
from django.utils import timezone

from catalog.best_sellers import best_mark
from catalog.models import (
    Category,
    Certificate,
    CertificateKind,
    CertificateState,
    Grade,
    GradeScheme,
    Lot,
    LotTest,
    Product,
    Temperature,
)
from catalog.places import _kept
from catalog.search import index_product
from orders.arrival import province_choices, province_options
from tests.cast import Stations, make_category, make_product, make_store, make_variant

pytestmark = pytest.mark.django_db
WUDU = "621202000000"
# One of them asks for the campaigns that hold, every five seconds a process.
SEARCH_QUERIES, PRODUCT_QUERIES = 9, 5


@pytest.fixture(autouse=True)
def cold() -> None:
    """Each test begins as a new process does."""
    _kept.clear()
    province_choices.cache_clear()
    province_options.cache_clear()


def shelf(many: int, **fields: Any) -> list[Product]:
    """`many` products of two counties, priced 10, 11, 12 yuan and so on."""
    stores = [make_store(Stations().point), make_store(Stations(WUDU).point)]
    kinds = [make_category(), make_category("pepper", "花椒", "Sichuan pepper", aliases="")]
    made = []
    for number in range(many):
        known = {"sold_units": number % 7, "listed_at": timezone.now() - dt.timedelta(hours=number), **fields}
        product = make_product(
            stores[number % 2], name=f"山货{number}", name_en=f"Goods {number}", category=kinds[number % 2], **known
        )
        make_variant(product, price_fen=1000 + number * 100)
        index_product(product)
        made.append(product)
    return made


def walk(client: Client, address: str) -> list[str]:
    """The names on all pages of a list, in order, following 'next'."""
    names: list[str] = []
    for _page in range(9):
        text = client.get(address).content.decode()
        names += re.findall(r"<h3><a[^>]*>([^<]+)</a></h3>", text)
        more = re.search(r'rel="next" href="([^"]+)"', text)
        if not more:
            return names
        address = more[1].replace("&amp;", "&")
    raise AssertionError("the pages have no end")


@pytest.mark.parametrize("many", [3, 60])
@pytest.mark.parametrize(
    "address",
    [
        "/search/?q=山货",
        "/search/",
        "/category/daylily/",
        "/en/category/daylily/?county=430426&sort=new",
        "/store/store1/",
    ],
)
def test_lists_cost_the_same_whatever_the_number_of_goods(
    client: Client, many: int, address: str, django_assert_max_num_queries: Any
) -> None:
    shelf(many)
    best_mark()  # is asked for every ten minutes
    with django_assert_max_num_queries(SEARCH_QUERIES):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("address", ["/goods/{ref}/", "/en/goods/{ref}/"])
def test_the_product_page_is_within_its_budget(
    client: Client, address: str, django_assert_max_num_queries: Any
) -> None:
    product = shelf(1)[0]
    for _more in range(5):
        make_variant(product)
    with django_assert_max_num_queries(PRODUCT_QUERIES):
        assert client.get(address.format(ref=product.ref)).status_code == 200


@pytest.mark.parametrize("sort", ["best", "sales", "new", "cheap", "dear", "near", "nonsense"])
def test_page_after_page_shows_everything_once_in_order(client: Client, sort: str) -> None:
    shelf(60)
    names = walk(client, f"/search/?q={quote('山货')}&sort={sort}")
    assert len(names) == len(set(names)) == 60
    numbers = [int(name.removeprefix("山货")) for name in names]
    if sort in {"cheap", "new"}:
        assert numbers == list(range(60))
    if sort == "dear":
        assert numbers == list(range(60))[::-1]


def test_goods_added_while_a_buyer_reads_shift_no_page(client: Client) -> None:
    shelf(30)
    first = client.get("/search/?sort=cheap").content.decode()
    make_variant(product := make_product(Product.objects.first().store, name="新货"), price_fen=1)  # type: ignore[union-attr]
    index_product(product)
    more = re.search(r'rel="next" href="([^"]+)"', first)
    assert more
    rest = client.get(more[1].replace("&amp;", "&")).content.decode()
    assert not set(re.findall("山货[0-9]+", first)) & set(re.findall("山货[0-9]+", rest))


def test_facets_count_what_a_choice_would_show(client: Client) -> None:
    goods = shelf(20)
    for product in goods[:6]:
        scheme = GradeScheme.objects.get_or_create(category=product.category, title="等级")[0]
        Grade.objects.get_or_create(scheme=scheme, rank=1, name="特级", name_en="top grade")
    with pgtrigger.ignore("catalog.Product:sealed_with_paper"):
        Product.objects.filter(pk__in=[product.pk for product in goods[:6]]).update(
            temperature=Temperature.CHILLED, grade_name="特级", grade_name_en="top grade", seals=5, from_poverty=True
        )
    Product.objects.filter(pk__in=[product.pk for product in goods[:8]]).update(arrives_in_days=2)
    Product.objects.filter(pk__in=[product.pk for product in goods[8:10]]).update(arrives_in_days=4)
    text = client.get("/en/search/").content.decode()
    options = dict(re.findall(r"<span>([^<]+)</span><span>(\d+)</span>", text))
    assert options == {
        "Dried daylily": "10", "Sichuan pepper": "10", "Qidong": "10", "Wudu": "10", "under ¥20": "10", "¥20–50": "10", "top grade": "6",
        "Green food": "6", "Origin mark": "6", "travels chilled": "6", "from families that left poverty": "6",
        "in Changsha within 2 days": "8", "in Changsha within 3 days": "8", "in Changsha within 5 days": "10",
    }  # fmt: skip
    for name, number in re.findall(r'<a href="([^"]+)"[^>]*><span>[^<]+</span><span>(\d+)</span>', text):
        shown = client.get(name.replace("&amp;", "&")).content.decode()
        assert f">{number} product" in shown, name


def test_a_choice_narrows_the_other_facets_and_is_undone_by_its_own_address(client: Client) -> None:
    shelf(20)
    text = client.get("/search/?county=430426&price=0-20").content.decode()
    assert "5 件商品" in text
    assert re.search(r'<a href="/search/\?price=0-20" aria-current="true"[^>]*><span>祁东县', text)


@pytest.mark.parametrize("address", ["/category/daylily/", "/search/", "/category/parts/?price=0-20"])
@pytest.mark.parametrize("sort", ["sales", "new", "cheap", "near"])
def test_lists_of_categories_go_on_page_after_page_too(client: Client, sort: str, address: str) -> None:
    goods = shelf(70)
    above = make_category("parts", "干货", "Dried goods", aliases="")
    Category.objects.exclude(pk=above.pk).update(parent=above)
    wanted = {product.name for product in goods if "parts" not in address or product.pk in cheap_ones(goods)}
    if "daylily" in address:
        wanted = {product.name for product in goods if product.category.slug == "daylily"}
    names = walk(client, f"{address}{'&' if '?' in address else '?'}sort={sort}")
    assert len(names) == len(set(names))
    assert set(names) == wanted


def cheap_ones(goods: list[Product]) -> set[int]:
    return {product.pk for product in goods if Product.objects.get(pk=product.pk).price_from_fen < 2000}


def test_the_nearest_county_comes_first_and_the_place_can_be_chosen(client: Client) -> None:
    shelf(8)
    qidong, wudu = [f"山货{n}" for n in (0, 2, 4, 6)], [f"山货{n}" for n in (1, 3, 5, 7)]
    assert set(walk(client, "/search/?sort=near")[:4]) == set(qidong)
    assert set(walk(client, "/search/?sort=near&near=620000000000")[:4]) == set(wudu)
    assert set(walk(client, f"/search/?q={quote('山货')}&sort=near&near=620000000000&cold=")[:4]) == set(wudu)


def test_each_choice_is_undone_by_itself(client: Client) -> None:
    shelf(20)
    text = client.get("/en/search/?county=430426&price=0-20&arrives=5").content.decode()
    chips = re.findall(r'<li><a href="([^"]+)" rel="nofollow"><span class="vh">Undo: </span>([^<]+)</a>', text)
    assert [(url.replace("&amp;", "&"), label) for url, label in chips] == [
        ("/en/search/?price=0-20&arrives=5", "Qidong"),
        ("/en/search/?county=430426&arrives=5", "under ¥20"),
        ("/en/search/?county=430426&price=0-20", "in Changsha within 5 days"),
    ]


@pytest.mark.parametrize("month", [timezone.localdate().month])
def test_in_season_over_the_turn_of_the_year(client: Client, month: int) -> None:
    before, after = (month + 10) % 12 + 1, month % 12 + 1
    goods = shelf(3)
    for product, (first, last) in zip(goods, [(month, month), (before, month), (after, before)], strict=True):
        Product.objects.filter(pk=product.pk).update(season_from=first, season_to=last)
    assert sorted(walk(client, "/search/?season=now")) == ["山货0", "山货1"]


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=" + "%25" * 4000, "q=%27%29%3B--", "after=9-9-9", "after=99999999999999999999999999-1", "after=-1--1&sort=sales",
     "after=%F0%9F%8C%BC",
     "after=9223372036854775807-1&sort=new", "sort=%00", "county=%00%00%00%00%00%00", "county=٤٣٠٤٢٦", "price=x", "seal=1", "grade=%00x",
     "category=%00", "season=%27", "q=a&q=b", "after=253402300800000000-1&sort=new", "sort=near&near=%00", "sort=near&after=5-1",
     "arrives=-1", "arrives=3&poverty=no&cold=1", "page=999999", "after=999999", "nonsense=1", "sort=near&after=999999-0-0",
     "q=" + "x" * 10_000],
)  # fmt: skip
def test_hostile_addresses_are_answered_calmly(client: Client, query: str) -> None:
    shelf(2)
    assert client.get(f"/search/?{query}").status_code == 200


def test_a_search_shows_nothing_invisible_of_what_was_typed(client: Client) -> None:
    shelf(1)
    page = client.get("/search/?q=%E5%B1%B1%00%E8%B4%A7%E2%80%AE%0b0").content.decode()
    assert "“山货0”" in page
    assert not {"\x00", "\u202e", "\x0b"} & set(page)


@pytest.mark.parametrize(
    "address", ["/category/none/", "/store/none/", "/goods/none/", "/goods/%00/", "/en/goods/" + "a" * 22 + "/"]
)
def test_what_is_not_there_is_404(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("change", [{"status": "draft"}, {"status": "withdrawn"}, {"store_open": False}])
def test_goods_not_on_sale_are_404_and_in_no_list(client: Client, change: dict[str, Any]) -> None:
    product = shelf(1)[0]
    Product.objects.update(**change)
    assert client.get(f"/goods/{product.ref}/").status_code == 404
    assert "山货0" not in client.get("/search/").content.decode()


def told(client: Client, address: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(address).content.decode()))


def test_the_product_page_tells_what_a_buyer_may_know(client: Client) -> None:
    today = timezone.localdate()
    product = shelf(1, season_from=6, season_to=8, shelf_life_days=540, arrives_in_days=3)[0]
    lot = product.lots.get()
    scheme = GradeScheme.objects.create(category=product.category, standard="NY/T 1", title="等级", title_en="Grades")
    lot.grade = Grade.objects.create(scheme=scheme, rank=1, name="特级", name_en="top grade")
    lot.save()
    LotTest.objects.create(lot=lot, agency="检验中心", standard="GB 2763", tested_on=today, passed=True)
    for name, days in (("现行证书", 9), ("过期证书", -1)):
        Certificate.objects.create(
            product=product, kind=CertificateKind.GREEN, name=name, number="LB-1", holder="x", demo=True,
            state=CertificateState.ACCEPTED, accepted_at=timezone.now(),
            valid_from=today - dt.timedelta(days=99), valid_until=today + dt.timedelta(days=days),
        )  # fmt: skip
    zh, en = told(client, f"/goods/{product.ref}/"), told(client, f"/en/goods/{product.ref}/")
    for word in (
        "山货0",
        "湖南省",
        "祁东县",
        "6月至8月",
        "18 个月",
        "常温",
        "特级",
        "检验中心",
        "合格",
        "现行证书",
        "样例",
        "长沙市",
        lot.code,
    ):
        assert word in zh, word
    for word in (
        "Goods 0",
        "Hunan",
        "Qidong",
        "June to August",
        "18 months",
        "room temperature",
        "top grade",
        "passed",
        "Changsha",
    ):
        assert word in en, word
    assert "过期证书" not in zh


def test_a_farmer_s_name_and_phone_are_not_on_public_pages(client: Client) -> None:
    product = shelf(1)[0]
    store = product.store
    store.name = "黄花园"
    store.save()
    store.household.name = "李秀英"
    store.household.save()
    for address in (f"/goods/{product.ref}/", f"/store/{store.slug}/", "/search/"):
        text = client.get(address).content.decode()
        assert "李秀英" not in text and store.household.phone not in text


def test_a_script_in_a_name_is_shown_as_text(client: Client) -> None:
    product = shelf(1)[0]
    Product.objects.update(name="<script>alert(1)</script>", story="<img src=x onerror=alert(1)>")
    for address in (f"/goods/{product.ref}/", "/search/", "/category/daylily/"):
        text = client.get(address).content.decode()
        assert "<script>alert" not in text and "onerror=alert(1)>" not in text.replace(
            "&lt;img src=x onerror=alert(1)&gt;", ""
        )
        assert "&lt;script&gt;alert(1)" in text
    assert "<script>x" not in client.get("/search/?q=<script>x").content.decode()


def test_visitors_pages_set_no_cookie(client: Client) -> None:
    product = shelf(1)[0]
    for address in (f"/goods/{product.ref}/", "/search/?q=x", "/category/daylily/", "/store/store1/"):
        assert not client.get(address).cookies


def test_a_recalled_lot_is_not_offered_and_the_page_says_so(client: Client) -> None:
    product = shelf(1)[0]
    lot = product.lots.get()
    lot.recalled_at = timezone.now()
    lot.save()
    page = client.get(f"/en/goods/{product.ref}/").content.decode()
    assert f"Lot {lot.code} of these goods was recalled on" in page and f"/trace/{lot.ref}/" in page
    assert "This lot" not in page and "No lot has been entered" not in page
    Lot.objects.filter(pk=lot.pk).update(recalled_at=timezone.now() - dt.timedelta(days=366))
    assert lot.code not in client.get(f"/goods/{product.ref}/").content.decode()
