"""Search: the words that find the daylily, what stands first, and queries that mean harm."""

import pytest
from django.utils import timezone

from catalog.models import Category, Product
from catalog.search import index_product, search
from tests.cast import QIDONG, Stations, make_category, make_product, make_store, make_variant

pytestmark = pytest.mark.django_db
WUDU = "621202000000"


def kind(slug: str, name: str, name_en: str) -> Category:
    return make_category(slug, name, name_en, aliases="")


@pytest.fixture
def goods() -> dict[str, Product]:
    qidong, wudu = Stations(QIDONG), Stations(WUDU)
    here = make_store(qidong.point, name="李家黄花园", name_en="Li family daylily garden")
    there = make_store(wudu.point, name="张家小店", name_en="Zhang's store")
    pepper = make_category("pepper", "花椒", "Sichuan pepper")
    pepper.aliases = "大红袍 麻椒"
    pepper.save()
    made = {
        "daylily": make_product(here, name="黄花菜 特级", name_en="Dried daylily, top grade", sold_units=5),
        "pepper": make_product(there, name="武都大红袍花椒", name_en="Wudu Dahongpao pepper", category=pepper),
        "oil": make_product(there, name="特级初榨橄榄油", name_en="Extra virgin olive oil", category=kind("olive", "橄榄油", "Olive oil")),
        "chilli": make_product(here, name="剁辣椒", name_en="Chopped chillies", category=kind("chilli", "辣椒", "Chillies")),
    }  # fmt: skip
    for product in made.values():
        make_variant(product)
        index_product(product)
    return made


def found(query: str) -> list[str]:
    return [product.name for product in search(query)]


@pytest.mark.parametrize(
    "query",
    ["黄花菜", "黄花", "花菜", "huanghuacai", "huanghua", "hhc", "HHC", "祁东黄花菜", "祁东的黄花菜", "湖南祁东黄花菜",
     "金针菜", "jinzhencai", "daylily", "Daylilies", "ＤＡＹＬＩＬＹ", "qidong huanghuacai", "祁东县 黄花菜", "dried daylily"],
)  # fmt: skip
def test_these_words_find_the_daylily_first(goods: dict[str, Product], query: str) -> None:
    assert found(query)[:1] == ["黄花菜 特级"]


@pytest.mark.parametrize(
    "query", ["武都 花椒", "武都花椒", "大红袍", "wudu pepper", "huajiao", "陇南 麻椒", "甘肃花椒"]
)
def test_these_words_find_the_pepper_alone(goods: dict[str, Product], query: str) -> None:
    assert found(query) == ["武都大红袍花椒"]


@pytest.mark.parametrize("query", ["花椒菜", "祁东花椒", "核桃", "walnut", "花 橄", "xyz"])
def test_these_find_nothing(goods: dict[str, Product], query: str) -> None:
    assert found(query) == []


def test_characters_far_apart_are_no_word(goods: dict[str, Product]) -> None:
    make_product(goods["daylily"].store, name="黄豆和豆花")
    index_product(Product.objects.get(name="黄豆和豆花"))
    Product.objects.filter(name="黄豆和豆花").update(category=goods["chilli"].category)
    index_product(Product.objects.get(name="黄豆和豆花"))
    assert found("黄花菜")[0] == "黄花菜 特级"


def test_name_stands_before_place_and_place_before_store(goods: dict[str, Product]) -> None:
    store = make_store(Stations("430822000000").point, name="祁东人在桑植", name_en="Qidong people in Sangzhi")
    by_store = make_product(
        store, name="白茶", name_en="White tea", category=make_category("tea", "茶", "Tea", aliases=""), sold_units=900
    )
    by_name = make_product(store, name="祁东口味酱", name_en="Sauce", category=by_store.category)
    for product in (by_store, by_name):
        index_product(product)
    assert found("祁东") == ["祁东口味酱", "黄花菜 特级", "剁辣椒", "白茶"]


def test_equals_go_by_sales(goods: dict[str, Product]) -> None:
    second = make_product(goods["daylily"].store, name="黄花菜 一级", sold_units=80)
    index_product(second)
    assert found("黄花菜") == ["黄花菜 一级", "黄花菜 特级"]


@pytest.mark.parametrize(
    "query",
    ["%", "'", "''; DROP TABLE catalog_product; --", "&|!()<->:*", "a:*", "'黄花':A & !'菜'", "\\", "\x00", "\u202e黄花", "🌼",
     "黄花" * 5000, "a" * 10_000,      "x " * 5000, "<script>alert(1)</script>", "%s %(x)s {}", "٣", "ﷺ", "\ud800"],
)  # fmt: skip
def test_hostile_queries_are_answered_calmly(goods: dict[str, Product], query: str) -> None:
    assert len(found(query)) <= 4


def test_operators_in_a_query_are_not_obeyed(goods: dict[str, Product]) -> None:
    assert found("!花椒") == ["武都大红袍花椒"]
    assert "黄花菜 特级" not in found("花椒 | 黄花菜")


def test_without_a_query_everything_on_sale_and_nothing_else(goods: dict[str, Product]) -> None:
    Product.objects.filter(pk=goods["oil"].pk).update(status="withdrawn")
    Product.objects.filter(pk=goods["chilli"].pk).update(store_open=False)
    assert found("") == ["黄花菜 特级", "武都大红袍花椒"]
    assert found("橄榄油") == []


def test_figures_for_lists_follow_the_variants(goods: dict[str, Product]) -> None:
    product = goods["daylily"]
    make_variant(product, price_fen=1990, grams=250, on_hand=0)
    index_product(product)
    product.refresh_from_db()
    assert (product.price_from_fen, product.price_from_g, product.several_prices, product.in_stock) == (
        1990,
        250,
        True,
        True,
    )
    assert timezone.localdate() and product.county_code == "430426"
