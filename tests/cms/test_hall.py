"""What a hall shows, what it refuses, and that its cost does not grow with its parts."""

import datetime as dt
import html
import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from wagtail.blocks.struct_block import StructBlockValidationError

from accounts.models import User
from catalog.models import Product, ProductStatus
from cms.blocks import LiveEventBlock, is_known_address
from cms.halls import Hall, NotACounty, begin_english, fill_hall, make_hall
from cms.models import HallPage
from sellers.models import Store, StoreStatus
from stations.models import Region
from tests.cast import SANGZHI, Stations, make_brand, make_product, make_store, make_variant
from tests.cms.conftest import signed_in
from tests.cms.parts import certificate, event, goods, posted, producers, season, story


@pytest.fixture
def store(hall: Hall) -> Store:
    return make_store(Stations().point, story="天不亮就下地。", story_en="In the field before light.")


@pytest.fixture
def product(store: Store) -> Product:
    product = make_product(store, price_from_fen=3880, price_from_g=500)
    make_variant(product)
    return product


@pytest.fixture
def foreign(store: Store) -> Product:
    return make_product(make_store(Stations(SANGZHI).point), name="桑植白茶")


def publish(page: HallPage, *parts: dict[str, Any], line: str = "", intro: str = "") -> None:
    user = User.objects.filter(is_superuser=True).first() or User.objects.create_superuser("op@daylily.example", "x")
    fill_hall(page=page, line=line, intro=intro, picture=None, body=parts, by=user, publish=True)


def read(path: str) -> str:
    response = Client().get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def test_visitors_read_it_in_both_languages(hall: Hall, product: Product, store: Store) -> None:
    assert Client().get("/halls/qidong/").status_code == 404
    publish(hall.zh, story(), goods(product.pk), producers(store.pk), line="晒成一年的金黄")
    assert Client().get("/en/halls/qidong/").status_code == 404, "the English page is not published yet"
    publish(hall.en, story(text="<p>Picked at dawn.</p>"), goods(product.pk), producers(store.pk))
    zh, en = read("/halls/qidong/"), read("/en/halls/qidong/")
    assert '<html lang="zh-Hans"' in zh and "祁东黄花菜馆" in zh and "黄花菜只在清晨采" in zh and "晒成一年的金黄" in zh
    assert '<html lang="en"' in en and "The Qidong daylily hall" in en and "Picked at dawn." in en
    assert "Qidong dried daylily" in en and "In the field before light." in en
    assert product.name in zh and store.name in zh and f"/store/{store.slug}/" in zh
    for page in (zh, en):
        assert 'hreflang="zh-Hans" href="http' in page and '/en/halls/qidong/"' in page
    assert "祁东黄花菜馆" in read("/halls/") and "The Qidong daylily hall" in read("/en/halls/")


def test_goods_of_another_county_are_refused(hall: Hall, foreign: Product) -> None:
    with pytest.raises(ValidationError) as refused:
        publish(hall.zh, story(), goods(foreign.pk))
    assert "body" in refused.value.message_dict
    with pytest.raises(ValidationError):
        publish(hall.zh, producers(foreign.store_id))
    hall.zh.refresh_from_db()
    assert not hall.zh.live


def test_the_editor_is_told_which_part_is_of_another_county(editor: User, hall: Hall, foreign: Product) -> None:
    form = posted(hall.zh)
    form.update({
        "body-count": "1", "body-0-type": "goods", "body-0-order": "0", "body-0-deleted": "", "body-0-id": "",
        "body-0-value-heading": "好货", "body-0-value-products-count": "1", "body-0-value-products-0-value": str(foreign.pk),
        "body-0-value-products-0-order": "0", "body-0-value-products-0-deleted": "", "body-0-value-products-0-id": "",
    })  # fmt: skip
    before = hall.zh.revisions.count()
    response = signed_in(editor).post(reverse("wagtailadmin_pages:edit", args=[hall.zh.pk]), form)
    assert response.status_code == 200
    told = html.unescape(response.content.decode())
    assert json.dumps("这是别的县的")[1:-1] in told  # beside the part: Wagtail's editor draws it from JSON
    assert hall.zh.revisions.count() == before


def test_choosers_offer_what_is_on_sale_in_the_own_county(
    editor: User, hall: Hall, product: Product, foreign: Product
) -> None:
    withdrawn = make_product(product.store, name="去年的黄花", status=ProductStatus.WITHDRAWN)
    closed = make_store(product.store.station, status=StoreStatus.PAUSED, household=product.store.household)
    client = signed_in(editor)
    offered = client.get(reverse("choose_goods:choose")).json()["html"]
    assert product.name in offered
    assert foreign.name not in offered and withdrawn.name not in offered
    assert client.get(reverse("choose_goods:chosen", args=[product.pk])).status_code == 200
    for strange in (foreign, withdrawn):
        assert client.get(reverse("choose_goods:chosen", args=[strange.pk])).status_code == 404
    several = client.get(
        reverse("choose_goods:chosen_multiple"), {"id": [str(product.pk), str(foreign.pk)], "multiple": "1"}
    ).json()
    assert [item["id"] for item in several["result"]] == [str(product.pk)]
    for nonsense in ("x", "9" * 40, "１"):
        assert client.get(reverse("choose_goods:chosen", args=[nonsense])).status_code == 404
    assert client.get(reverse("choose_stores:chosen", args=[product.store_id])).status_code == 200
    for hidden in (foreign.store, closed):
        assert client.get(reverse("choose_stores:chosen", args=[hidden.pk])).status_code == 404
    found = client.get(reverse("choose_goods:choose_results"), {"q": "qidong DRIED"}).content.decode()
    assert product.name in found
    assert product.name not in client.get(reverse("choose_goods:choose_results"), {"q": "花椒"}).content.decode()


def test_what_is_gone_is_not_shown(hall: Hall, product: Product, store: Store) -> None:
    make_brand()
    publish(hall.zh, goods(product.pk), producers(store.pk), certificate("2020-01-01"))
    page = read("/halls/qidong/")
    assert "馆里的好货" in page and "SAMPLE-1" not in page
    Product.objects.update(status=ProductStatus.WITHDRAWN)
    Store.objects.update(status=StoreStatus.CLOSED)
    page = read("/halls/qidong/")
    assert "馆里的好货" not in page and "种黄花的人" not in page


def test_a_sample_certificate_says_so(hall: Hall) -> None:
    make_brand()
    publish(hall.zh, certificate())
    page = read("/halls/qidong/")
    assert "SAMPLE-1" in page and "示例，非真实证书" in page and "2030年12月31日" in page


def test_a_certificate_that_no_brand_stands_behind_is_not_shown(hall: Hall) -> None:
    publish(hall.zh, certificate())
    assert "SAMPLE-1" not in read("/halls/qidong/")
    brand = make_brand()
    assert "SAMPLE-1" in read("/halls/qidong/")
    brand.valid_until = dt.date(2025, 12, 31)
    brand.save()
    assert "SAMPLE-1" not in read("/halls/qidong/")


@pytest.mark.parametrize(
    ("begins", "says", "linked"),
    [(dt.timedelta(hours=5), "即将开始", True), (dt.timedelta(hours=-1), "正在进行", True), (dt.timedelta(days=-2), "已结束", False)],
)  # fmt: skip
def test_an_event_says_whether_it_is_on(hall: Hall, begins: dt.timedelta, says: str, linked: bool) -> None:
    publish(hall.zh, event(begins))
    page = read("/halls/qidong/")
    assert says in page
    assert ("https://live.douyin.com/1" in page) is linked


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("https://live.douyin.com/1", True),
        ("https://v.kuaishou.com/x", True),
        ("https://douyin.com.evil.example/1", False),
        ("https://evildouyin.com/1", False),
        ("http://live.douyin.com/1", False),
        ("https://douyin.com@evil.example/", False),
        ("javascript:alert(1)", False),
    ],
)
def test_links_lead_to_known_platforms(url: str, known: bool) -> None:
    assert is_known_address(url) is known


def test_an_event_that_ends_before_it_begins_is_refused() -> None:
    block, now = LiveEventBlock(), timezone.now()
    value = {"title": "直播", "where": "祁东", "url": "https://evil.example/", "starts_at": now, "ends_at": now}
    with pytest.raises(StructBlockValidationError) as refused:
        block.clean(block.to_python({**value, "starts_at": now.isoformat(), "ends_at": now.isoformat()}))
    assert set(refused.value.block_errors) == {"ends_at", "url"}


def test_a_script_in_a_story_does_not_run(hall: Hall) -> None:
    publish(
        hall.zh, story(text='<p onclick="x()">好</p><script>alert(1)</script><a href="https://evil.example">去</a>')
    )
    page = read("/halls/qidong/")
    assert "<p>好</p>" in page
    assert "alert(1)" not in page and "evil.example" not in page and "onclick" not in page


def test_the_year_goes_over_new_year(hall: Hall) -> None:
    publish(hall.zh, season("11", "1"))
    page = read("/halls/qidong/")
    assert '<rect class="span" x="100" y="1.500" width="20" height="4"/>' in page
    assert '<rect class="span" x="0" y="1.500" width="10" height="4"/>' in page
    assert "11月至1月" in page


def test_the_cost_does_not_grow_with_the_parts(
    hall: Hall, product: Product, store: Store, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    parts = [story(), goods(product.pk), producers(store.pk), certificate(), event(dt.timedelta(hours=1)), season()]
    publish(hall.zh, *parts, *parts, *parts)
    read("/halls/qidong/")
    make_brand()
    with django_assert_max_num_queries(9):
        page = read("/halls/qidong/")
    assert page.count("馆里的好货") == 3


def test_the_english_page_begins_from_the_chinese(editor: User, stranger: User, hall: Hall, product: Product) -> None:
    publish(hall.zh, story(), goods(product.pk), line="中文的一句话")
    fill_hall(page=hall.en, line="English line", intro="", picture=None, body=[], by=editor)
    url = reverse("fill_from_chinese", args=[hall.en.pk])
    signed_in(stranger).post(url)
    hall.en.refresh_from_db()
    assert not hall.en.get_latest_revision_as_object().body
    client = signed_in(editor)
    assert "确定填充" in client.get(url).content.decode()
    assert client.post(url).status_code == 302
    hall.en.refresh_from_db()
    draft = hall.en.get_latest_revision_as_object()
    assert [block.block_type for block in draft.body] == ["story", "goods"]
    assert (draft.line, draft.title, hall.en.live) == ("English line", "The Qidong daylily hall", False)
    assert client.get(reverse("fill_from_chinese", args=[hall.zh.pk])).status_code == 404


def test_what_waits_for_review_is_not_filled(editor: User, hall: Hall) -> None:
    client = signed_in(editor)
    fill_hall(page=hall.zh, line="", intro="", picture=None, body=[story(), season()], by=editor)
    client.post(reverse("wagtailadmin_pages:edit", args=[hall.en.pk]), posted(hall.en, **{"action-submit": "1"}))
    before = hall.en.revisions.count()
    client.post(reverse("fill_from_chinese", args=[hall.en.pk]))
    assert hall.en.revisions.count() == before


def test_filling_again_takes_the_newest_chinese_draft(hall: Hall, editor: User) -> None:
    fill_hall(page=hall.zh, line="", intro="", picture=None, body=[story()], by=editor)
    begin_english(page=hall.en, by=editor)
    fill_hall(page=hall.zh, line="", intro="", picture=None, body=[story(), season()], by=editor)
    hall.en.refresh_from_db()
    assert len(begin_english(page=hall.en, by=editor).body) == 2


def test_halls_are_of_counties(db: None) -> None:
    with pytest.raises(NotACounty):
        make_hall(county=Region.objects.get(code="430400000000"))


def test_two_counties_of_one_name_have_two_addresses(hall: Hall) -> None:
    namesake = Region.objects.filter(level=3, latin="Qidong").exclude(code=hall.zh.county_id).get()
    assert make_hall(county=namesake).zh.slug == f"qidong-{namesake.code[:6]}"


def test_the_editor_sees_the_draft_as_visitors_would(editor: User, hall: Hall, product: Product) -> None:
    fill_hall(page=hall.zh, line="", intro="", picture=None, body=[story(), goods(product.pk)], by=editor)
    draft = signed_in(editor).get(reverse("wagtailadmin_pages:view_draft", args=[hall.zh.pk]))
    assert draft.status_code == 200
    assert "黄花菜只在清晨采" in draft.content.decode() and product.name in draft.content.decode()
    assert Client().get("/halls/qidong/").status_code == 404


def test_a_page_answers_a_look_at_its_head(hall: Hall) -> None:
    publish(hall.zh)
    assert [Client().head(path).status_code for path in ("/", "/halls/", "/halls/qidong/")] == [200, 200, 200]
    assert Client().post("/halls/qidong/").status_code == 405
