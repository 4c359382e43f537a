"""The search page: everything that answers, what else a query names, what was meant, and what nobody offers."""

import datetime as dt
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from catalog.browse import PAGE_SIZE
from catalog.missed import forget_old, note_missed, wanted_anywhere, wanted_in, words_to_keep
from catalog.models import MissedSearch, Phrase, Product
from catalog.phrases import renew_phrases
from catalog.search import index_product
from catalog.spelling import forget, mend, sound_of
from catalog.suggesting import suggest
from catalog.words import query_terms
from sellers.models import Store, StoreStatus
from tests.cast import QIDONG, SANGZHI, Stations, make_category, make_official, make_product, make_store, make_variant

BROWSER = {"user-agent": "Mozilla/5.0 (Linux; Android 14)"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def goods() -> dict[str, Product]:
    here, there = Stations(QIDONG), Stations("621202000000")
    first = make_store(here.point, name="秀英家黄花菜", name_en="Xiuying's daylilies")
    second = make_store(there.point, name="建功大红袍", name_en="Jiangong's pepper")
    pepper = make_category("pepper", "花椒", "Sichuan pepper", aliases="麻椒")
    made = {
        "daylily": make_product(first, name="黄花菜 特级", name_en="Dried daylily", sold_units=5),
        "pepper": make_product(second, name="大红袍花椒", name_en="Red robe pepper", category=pepper),
        "salt": make_product(second, name="椒盐粉", name_en="Pepper salt", category=pepper),
        "potato": make_product(first, name="坡地红薯", name_en="Slope roots", category=make_category("roots", "薯类", "Roots", aliases="")),
    }  # fmt: skip
    for product in made.values():
        make_variant(product)
        index_product(product)
    renew_phrases()
    forget()
    return made


def page(query: str, **more: str) -> str:
    answer = Client(headers=BROWSER).get("/search/", {"q": query, **more})
    assert answer.status_code == 200
    return answer.content.decode()


def test_goods_of_the_category_stand_below_those_of_the_name(goods: dict[str, Product]) -> None:
    text = page("花椒")
    assert text.index("大红袍花椒</a>") < text.index("椒盐粉</a>")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("huangguacai", "黄花菜"), ("huanghuacei", "黄花菜"), ("fangfacai", "黄花菜"), ("huajao", "花椒"), ("fajiao", "花椒"),
     ("皇花菜", "黄花菜"), ("花交", "花椒"), ("送父母的黄花菜礼篮", "黄花菜"), ("qidonhuanghuacai", "黄花菜")],
)  # fmt: skip
def test_a_slip_is_answered_by_what_was_meant(goods: dict[str, Product], typed: str, meant: str) -> None:
    text = page(typed)
    assert "以下是" in text and meant in text
    assert f"{goods['daylily' if meant == '黄花菜' else 'pepper'].name}</a>" in text


def test_whoever_insists_gets_what_they_typed(goods: dict[str, Product]) -> None:
    text = page("huangguacai", exact="yes")
    assert "以下是" not in text and "黄花菜 特级</a>" not in text


@pytest.mark.parametrize(
    "query", ["黄花菜", "huanghua", "hhc", "黃花菜", "金针菜", "地瓜", "digua", "sweet potatoes", "武都花椒"]
)
def test_what_finds_something_is_not_mended(goods: dict[str, Product], query: str) -> None:
    assert "以下是" not in page(query) and "</article>" in page(query)


def test_words_that_nothing_has_together_are_offered_apart(goods: dict[str, Product]) -> None:
    text = page("祁东花椒")
    assert "以下是" not in text and "?q=%E8%8A%B1%E6%A4%92" in text and "?q=%E7%A5%81%E4%B8%9C" in text


def test_a_place_and_a_store_stand_above_the_goods(goods: dict[str, Product]) -> None:
    assert "?county=621202" in page("武都花椒") and "/store/" + goods["daylily"].store.slug in page("秀英家")


def test_a_store_that_closed_is_named_no_more(goods: dict[str, Product]) -> None:
    Store.objects.filter(pk=goods["daylily"].store_id).update(status=StoreStatus.PAUSED)
    assert "/store/" + goods["daylily"].store.slug not in page("秀英家")


def test_phrases_follow_the_goods_and_are_written_only_where_they_changed(goods: dict[str, Product]) -> None:
    assert renew_phrases() == 0
    Product.objects.filter(pk=goods["potato"].pk).update(status="withdrawn")
    assert renew_phrases() > 0
    assert not Phrase.objects.filter(key="digua").exists() and Phrase.objects.filter(key="huajiao").exists()


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("黄", "黄花菜"),
        ("huangh", "黄花菜"),
        ("hj", "花椒"),
        ("wudu", "武都区"),
        ("秀英", "秀英家黄花菜"),
        ("有机 hua", "有机 花椒"),
    ],
)
def test_suggestions_begin_with_what_was_typed(goods: dict[str, Product], typed: str, name: str) -> None:
    assert name in [one.name for one in suggest(typed)]


@pytest.mark.parametrize("typed", ["", " ", "%", "_", "\\", "\x00", "🌼", "'", "黄" * 10_000, "\u202e黄花", "\ud800"])
def test_suggestions_bear_anything(goods: dict[str, Product], client: Client, typed: str) -> None:
    assert len(suggest(typed)) <= 8
    if "\ud800" not in typed:
        assert client.get("/search/suggest/", {"q": typed}).status_code == 200


def test_suggestions_for_a_wildcard_are_not_everything(goods: dict[str, Product]) -> None:
    assert suggest("%") == [] and suggest("_") == []


def test_suggestions_take_one_query_and_escape(
    goods: dict[str, Product], client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Phrase.objects.create(key="黄<b>", form="h", kind="word", text='黄<b onx="1">', text_en="x", goods=999)
    with django_assert_num_queries(1):
        text = client.get("/search/suggest/", {"q": "黄"}).content.decode()
    assert "<b " not in text and 'role="option"' in text


@pytest.mark.parametrize("query", [
    "x" * 10_000, "黄花" * 5_000, "%", "'", "\\", "\x00", "🌼🌼", "\u202e菜花黄\u202c", "a & !b | (c:*)", "<->", "'; DROP TABLE x; --",
    "²", "%00", "a b c d e f g h i j",
])  # fmt: skip
def test_the_page_bears_anything(goods: dict[str, Product], query: str) -> None:
    page(query)
    assert (
        Client().get("/search/", {"q": query, "after": "zz-9", "sort": "no", "county": "'", "season": "%"}).status_code
        == 200
    )


def test_sounds_that_the_south_does_not_tell_apart() -> None:
    assert sound_of("huanghuacai") == sound_of("fangfacai") == sound_of("huanhuacai")
    assert sound_of("shanchayou") == sound_of("sancayou") and sound_of("larou") == sound_of("nalou")
    assert sound_of("xianggu") == sound_of("xiangu") and sound_of("danggui") == sound_of("dangui"), (
        "ng before a vowel is two syllables'"
    )
    assert sound_of("huajiao") != sound_of("huanghuacai")


def test_traditional_and_wide_letters_are_read_as_plain_ones() -> None:
    assert (
        query_terms("黃花菜") == ["黄花菜"] and query_terms("ＨＨＣ") == ["hhc"] and query_terms("lǜdòu") == ["lvdou"]
    )


def missed(words: str, days: int, county: str = "", times: int = 1) -> None:
    for back in range(days):
        MissedSearch.objects.create(
            words=words, county_code=county, day=timezone.localdate() - dt.timedelta(days=back), times=times
        )


def test_what_nobody_offers_is_counted_by_day_and_county(goods: dict[str, Product]) -> None:
    for _time in range(2):
        page("武都蓝莓")
    page("蓝莓")
    rows = MissedSearch.objects.order_by("pk").values_list("words", "county_code", "times")
    assert list(rows) == [("武都蓝莓", "621202", 2), ("蓝莓", "", 1)]


def test_what_is_found_or_only_misspelt_is_not_missed(goods: dict[str, Product]) -> None:
    for query in ("黄花菜", "huangguacai", "花交", "hhc"):
        page(query)
    assert not MissedSearch.objects.exists()


@pytest.mark.parametrize(
    "query",
    [
        "13812345678",
        "138 1234 5678 蓝莓",
        "张三@example.com",
        "蓝莓 12号楼3室",
        "１３８１２３４５６７８",
        "430426199001011234",
        "🌼",
        "",
        "x" * 60,
        "www.example.com",
        "12",
        "a b c d e f",
    ],
)
def test_nothing_that_may_be_somebodys_is_kept(query: str) -> None:
    assert words_to_keep(query) == "" and not note_missed(query, by_agent=BROWSER["user-agent"])
    assert not MissedSearch.objects.exists()


def test_machines_do_not_count() -> None:
    assert not note_missed("蓝莓", by_agent="Googlebot/2.1") and note_missed("蓝莓", by_agent=BROWSER["user-agent"])


def test_nothing_tells_who_asked() -> None:
    assert {field.name for field in MissedSearch._meta.get_fields()} == {"id", "day", "county_code", "words", "times"}


def test_words_are_shown_from_three_days_on() -> None:
    missed("蓝莓", 3)
    missed("李四家", 2, times=90)
    missed("榴莲", 4, times=2)
    assert [(row.words, row.times, row.days) for row in wanted_anywhere()] == [("榴莲", 8, 4), ("蓝莓", 3, 3)]


def test_an_official_sees_the_own_county_and_the_market(client: Client) -> None:
    missed("蓝莓", 3, "430426")
    missed("榴莲", 3, "430822")
    missed("车厘子", 3)
    ours, theirs = make_official(), make_official(SANGZHI)
    assert [row.words for row in wanted_in(ours)] == ["蓝莓"] and [row.words for row in wanted_in(theirs)] == ["榴莲"]
    client.force_login(ours)
    text = client.get("/desk/wanted/").content.decode()
    assert "蓝莓" in text and "车厘子" in text
    assert '<body class="desk' in text and f'href="{reverse("desk")}"' in text and 'role="search"' not in text


def test_it_is_forgotten_after_half_a_year() -> None:
    today = timezone.localdate()
    for days in (179, 180, 400):
        MissedSearch.objects.create(words="蓝莓", day=today - dt.timedelta(days=days))
    assert forget_old() == 2 and MissedSearch.objects.get().day == today - dt.timedelta(days=179)


def blocks(text: str) -> list[dict[str, object]]:
    parts = text.split('<script type="application/ld+json">')[1:]
    return [json.loads(part.split("</script>")[0]) for part in parts]


def test_a_product_tells_machines_what_it_is(goods: dict[str, Product], client: Client) -> None:
    Product.objects.filter(pk=goods["daylily"].pk).update(name="黄花菜</script><script>alert(1)//", summary="金黄")
    text = client.get(f"/goods/{goods['daylily'].ref}/").content.decode()
    product = next(block for block in blocks(text) if block["@type"] == "Product")
    assert product["name"] == "黄花菜</script><script>alert(1)//" and "<script>alert" not in text
    assert product["offers"][0]["price"] == "38.80" and product["offers"][0]["priceCurrency"] == "CNY"  # type: ignore[index]
    assert product["offers"][0]["availability"].endswith("InStock")  # type: ignore[index]
    assert any(block["@type"] == "BreadcrumbList" for block in blocks(text))
    assert 'property="og:type" content="product"' in text and 'property="og:image" content="http' in text


def test_the_home_page_tells_how_to_search(client: Client) -> None:
    kinds = {block["@type"]: block for block in blocks(client.get("/").content.decode())}
    assert "{search_term_string}" in kinds["WebSite"]["potentialAction"]["target"]["urlTemplate"]  # type: ignore[index]
    assert "Organization" in kinds


def test_pages_of_ones_own_tell_nothing(client: Client) -> None:
    assert blocks(client.get("/cart/").content.decode()) == []


@pytest.mark.parametrize(
    ("address", "indexed"),
    [
        ("/search/", True),
        ("/search/?q=x", False),
        ("/search/?county=430426", False),
        ("/categories/", True),
        ("/season/", True),
        ("/season/?month=3", False),
    ],
)
def test_lists_that_were_narrowed_are_not_indexed(client: Client, address: str, indexed: bool) -> None:
    text = client.get(address).content.decode()
    assert ('name="robots"' not in text) == indexed and ('rel="canonical"' in text) == indexed
    assert ('hreflang="x-default"' in text) == indexed


def test_the_map_names_every_page_in_both_languages(goods: dict[str, Product], client: Client) -> None:
    index = client.get("/sitemap.xml").content.decode()
    for name in ("pages", "categories", "halls"):
        assert f"/sitemap-{name}.xml" in index
    part = goods["daylily"].pk // 5000
    assert f"/sitemap-goods-{part}.xml" in index
    text = b"".join(client.get(f"/sitemap-goods-{part}.xml")).decode()
    for ref in (goods["daylily"].ref, goods["pepper"].ref):
        assert (
            text.count(f"/en/goods/{ref}/") == 3
            and text.count(f'hreflang="zh-Hans" href="{settings.SITE_URL}/goods/{ref}/"') == 2
        )
    Product.objects.filter(pk=goods["pepper"].pk).update(status="withdrawn")
    assert goods["pepper"].ref not in b"".join(client.get(f"/sitemap-goods-{part}.xml")).decode()
    assert (
        goods["daylily"].store.slug
        in b"".join(client.get(f"/sitemap-stores-{goods['daylily'].store_id // 5000}.xml")).decode()
    )


@pytest.mark.parametrize("name", ["goods", "goods-", "goods-x", "x-1", "goods-9999999999999", "pages-1"])
def test_a_part_that_is_not_there(client: Client, name: str) -> None:
    assert client.get(f"/sitemap-{name}.xml").status_code == 404


def test_robots_are_told_what_is_private(client: Client) -> None:
    text = client.get("/robots.txt").content.decode()
    assert "Disallow: /desk/" in text and "Disallow: /en/account/" in text and "Sitemap: http" in text


def test_the_pages_of_categories_and_seasons(goods: dict[str, Product], client: Client) -> None:
    text = client.get("/categories/").content.decode()
    assert "/category/pepper/" in text and ">2<" in text
    Product.objects.filter(pk=goods["potato"].pk).update(season_from=10, season_to=12)
    assert "坡地红薯</a>" in client.get("/season/?month=11").content.decode()
    assert "坡地红薯</a>" not in client.get("/season/?month=3").content.decode()
    assert client.get("/season/", {"month": "99"}).status_code == 200


def test_every_address_of_another_months_page_keeps_the_month(client: Client) -> None:
    first, second = (make_store(Stations(code).point) for code in (QIDONG, SANGZHI))
    month = timezone.localdate().month % 12 + 1
    for place in range(PAGE_SIZE + 1):
        goods = make_product(second if place % 2 else first, name=f"山货{place}", season_from=month, season_to=month)
        make_variant(goods)
        index_product(goods)
    chosen = client.get("/season/", {"month": str(month), "county": QIDONG[:6], "sort": "new"}).context["listing"]
    whole = client.get("/season/", {"month": str(month)}).context["listing"]
    later = client.get(whole.next_url).context["listing"]
    options = [option for facet in whole.facets for option in facet.options]
    addresses = [
        *(option.url for option in options), *(made.url for made in chosen.chosen), chosen.clear_url,
        *(url for _label, url, _on in whole.orders), whole.next_url, later.first_url,
    ]  # fmt: skip
    assert (
        options and chosen.chosen and all(parse_qs(urlsplit(url).query)["month"] == [str(month)] for url in addresses)
    )
    found = [client.get(option.url).context["listing"].total for option in options]
    assert found == [option.count for option in options]
    usual = client.get("/season/").context["listing"]
    assert not any("month=" in url for _label, url, _on in usual.orders)


def test_the_page_speaks_english(goods: dict[str, Product]) -> None:
    with translation.override("en"):
        text = Client(headers=BROWSER).get("/en/search/", {"q": "dayliliy"}).content.decode()
    assert "Shown instead" in text and "Dried daylily" in text


def test_a_mended_query_says_what_was_left_out(goods: dict[str, Product]) -> None:
    mended = mend("蓝莓 黄花菜")
    assert mended and mended.query == "黄花菜" and mended.left_out == ("蓝莓",)
    assert mend("黄花菜") is None and mend("") is None and mend("%%%") is None
