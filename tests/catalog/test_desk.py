"""The goods desk: who comes in, what bad input gets, and that a whole listing goes through."""

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings

from accounts.models import User
from catalog.models import Grade, GradeScheme, Lot, Product, ProductStatus, SoldBy, Stock, Variant
from pictures.models import Picture
from sellers.models import Mandate, Store
from tests.cast import (
    Stations,
    approve_listing,
    make_category,
    make_clerk,
    make_official,
    make_product,
    make_store,
    make_user,
    make_variant,
)

pytestmark = pytest.mark.django_db
REF = "a" * 22
PAGES = ("", "edit/", "photographs/", "packs/", "packs/{pack}/", "lots/", "lots/{lot}/test/")
ACTIONS = ("sell/", "withdraw/")


class Scene:
    """A village point, its farmer's store with one product, and its clerk."""

    def __init__(self) -> None:
        self.stations = Stations()
        self.store: Store = make_store(self.stations.point)
        self.clerk: User = make_clerk(self.stations.point, "周小兰")
        self.product = make_product(self.store, status=ProductStatus.DRAFT)
        self.variant = make_variant(self.product)

    def address(self, page: str) -> str:
        lot = Lot.objects.get()
        return f"/desk/goods/{self.product.ref}/{page.format(pack=self.variant.pk, lot=lot.pk)}"


@pytest.fixture
def scene(settings: Settings, tmp_path: Path) -> Scene:
    settings.MEDIA_ROOT = str(tmp_path)
    return Scene()


@pytest.fixture
def desk(scene: Scene, client: Client) -> Client:
    client.force_login(scene.clerk)
    return client


def photograph(name: str = "IMG_0001.jpg") -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", (1600, 1200), (220, 120, 40)).save(file, "JPEG")
    return SimpleUploadedFile(name, file.getvalue(), "image/jpeg")


def facts(scene: Scene, **changes: str) -> dict[str, str]:
    category = make_category()
    return {
        "ref": REF, "name": "祁东黄花菜", "name_en": "Qidong daylily", "category": str(category.pk), "origin": scene.store.region_id,
        "season_from": "6", "season_to": "8", "shelf_life_days": "540", "temperature": "ambient", **changes,
    }  # fmt: skip


def test_staff_list_goods_from_the_first_word_to_the_sale(desk: Client, scene: Scene) -> None:
    scheme = GradeScheme.objects.create(category=make_category(), title="黄花菜等级")
    grade = Grade.objects.create(scheme=scheme, rank=1, name="特级", name_en="top grade")
    there = desk.post(f"/desk/goods/for/{scene.store.slug}/", facts(scene), follow=True)
    assert "周小兰代李秀英录入" in there.content.decode()
    base = f"/desk/goods/{REF}/"
    assert desk.post(base + "photographs/", {"photographs": [photograph(), photograph("b.jpg")]}).status_code == 302
    assert (
        desk.post(
            base + "lots/", {"harvested_on": "2026-07-12", "quantity_g": "80.5", "grade": str(grade.pk)}
        ).status_code
        == 302
    )
    product = Product.objects.get(ref=REF)
    lot = product.lots.get()
    report = {"agency": "检验中心", "standard": "GB 2763-2021", "tested_on": "2026-07-20", "passed": "yes"}
    report |= {"items-TOTAL_FORMS": "0", "items-INITIAL_FORMS": "0"}
    assert desk.post(f"{base}lots/{lot.pk}/test/", report).status_code == 302
    bag = {
        "sold_by": "piece",
        "name": "500克袋装",
        "net_weight_g": "0.5",
        "price_fen": "38.80",
        "on_hand": "20",
        "lot": str(lot.pk),
    }
    loose = {"sold_by": "weight", "name": "散装", "price_fen": "35", "on_hand": "60"}
    assert desk.post(base + "packs/", bag).status_code == desk.post(base + "packs/", loose).status_code == 302
    assert "已提交县里审核" in desk.post(base + "sell/", follow=True).content.decode()
    approve_listing(product)
    assert (product.status, product.listed_by, lot.quantity_g, lot.tests.get().passed) == (
        "listed",
        scene.clerk,
        80_500,
        True,
    )
    assert product.picture is not None and product.pictures.count() == 1
    assert list(product.variants.values_list("sold_by", "price_fen", "net_weight_g", "on_hand")) == [
        (SoldBy.PIECE, 3880, 500, 20), (SoldBy.WEIGHT, 3500, 500, 60),
    ]  # fmt: skip
    page = desk.get(f"/goods/{REF}/").content.decode()
    assert "特级" in page and "检验中心" in page and "李秀英" not in page.replace(product.store.name, "")


@pytest.mark.parametrize("page", [*PAGES, *ACTIONS])
def test_staff_of_another_village_find_nothing(client: Client, scene: Scene, page: str) -> None:
    client.force_login(make_clerk(scene.stations.second_point, "刘建国"))
    answer = client.post(scene.address(page)) if page in ACTIONS else client.get(scene.address(page))
    assert answer.status_code == 404
    assert client.get(f"/desk/goods/for/{scene.store.slug}/").status_code == 404
    assert scene.product.name not in client.get("/desk/goods/").content.decode()


@pytest.mark.parametrize("page", [*PAGES, *ACTIONS])
def test_nobody_comes_in_without_signing_in(client: Client, scene: Scene, page: str) -> None:
    answer = client.post(scene.address(page)) if page in ACTIONS else client.get(scene.address(page))
    assert answer.status_code == 302 and "/account/login/" in answer["Location"]


@pytest.mark.parametrize("page", [*PAGES[1:], *ACTIONS])
def test_an_official_looks_but_does_not_touch(client: Client, scene: Scene, page: str) -> None:
    client.force_login(make_official())
    assert client.get(scene.address("")).status_code == 200
    answer = client.post(scene.address(page), {})
    assert answer.status_code == 403
    scene.product.refresh_from_db()
    assert scene.product.status == ProductStatus.DRAFT


def test_a_buyer_has_no_desk(client: Client, scene: Scene) -> None:
    client.force_login(make_user())
    assert client.get("/desk/goods/").status_code == 403
    assert client.get(scene.address("")).status_code == 404


@pytest.mark.parametrize("page", [*PAGES[1:], *ACTIONS])
def test_without_the_farmer_s_word_the_desk_says_so(desk: Client, scene: Scene, page: str) -> None:
    Mandate.objects.all().delete()
    answer = desk.post(scene.address(page), {})
    assert answer.status_code == 403 and "授权" in answer.content.decode()


@pytest.mark.parametrize(
    ("price", "words"),
    [
        *((wrong, "请填写价格") for wrong in ("NaN", "-5", "1e9", "Infinity", "12,5", "9" * 20, "٣")),
        ("0", "必须大于 0"),
        ("0.001", "最多两位小数"),
        ("999999", "10 万元"),
        ("", "form-errors"),
    ],
)
def test_prices_that_make_no_sense_are_refused_and_kept(desk: Client, scene: Scene, price: str, words: str) -> None:
    pack = {"sold_by": "piece", "name": "一公斤", "net_weight_g": "1", "price_fen": price, "on_hand": "20"}
    text = desk.post(scene.address("packs/"), pack).content.decode()
    assert words in text
    assert 'value="一公斤"' in text and (not price or f'value="{price}"' in text)
    assert Variant.objects.count() == 1


@pytest.mark.parametrize(
    ("price", "fen"),
    [("38", 3880 - 80), ("38.8", 3880), ("¥38.80", 3880), ("３８．８", 3880), ("38.800", 3880), ("0.01", 1)],
)
def test_prices_in_yuan_become_fen(desk: Client, scene: Scene, price: str, fen: int) -> None:
    assert desk.post(scene.address("packs/{pack}/"), {"price_fen": price, "on_hand": "20"}).status_code == 302
    scene.variant.refresh_from_db()
    assert scene.variant.price_fen == fen


@pytest.mark.parametrize("name", ["黄花\x00菜", "黄花\x07菜", "黄花\u202e菜", "黄花\u2066菜"])
def test_invisible_characters_in_a_name_are_refused(desk: Client, scene: Scene, name: str) -> None:
    answer = desk.post(f"/desk/goods/for/{scene.store.slug}/", facts(scene, name=name))
    assert answer.status_code == 200 and "form-errors" in answer.content.decode()
    assert not Product.objects.filter(ref=REF).exists()


def test_a_script_in_a_name_is_text(desk: Client, scene: Scene) -> None:
    page = desk.post(
        f"/desk/goods/for/{scene.store.slug}/", facts(scene, name="<script>alert(1)</script>"), follow=True
    )
    assert "<script>alert" not in page.content.decode() and "&lt;script&gt;alert" in page.content.decode()


@pytest.mark.parametrize(
    "changes",
    [{"season_to": ""}, {"season_from": "13"}, {"shelf_life_days": "-1"}, {"shelf_life_days": "9" * 30}, {"origin": "430426000000"},
     {"origin": "x"}, {"category": "0"}, {"category": "x"}, {"temperature": "hot"}, {"name": " "}, {"name": "字" * 61}, {"ref": "../../x"}],
)  # fmt: skip
def test_facts_that_make_no_sense_change_nothing(desk: Client, scene: Scene, changes: dict[str, str]) -> None:
    answer = desk.post(f"/desk/goods/for/{scene.store.slug}/", facts(scene, **changes))
    assert answer.status_code == 200 and "form-errors" in answer.content.decode()
    assert Product.objects.count() == 1


def test_a_double_click_lists_once(desk: Client, scene: Scene) -> None:
    for _click in range(2):
        assert desk.post(f"/desk/goods/for/{scene.store.slug}/", facts(scene)).status_code == 302
    assert Product.objects.filter(ref=REF).count() == 1


def test_another_store_s_reference_is_not_handed_out(desk: Client, scene: Scene) -> None:
    other = make_product(make_store(scene.stations.second_point), name="别家的")
    answer = desk.post(f"/desk/goods/for/{scene.store.slug}/", facts(scene, ref=other.ref))
    assert answer.status_code == 200 and "form-errors" in answer.content.decode()


def test_bad_photographs_are_named_and_good_ones_stay(desk: Client, scene: Scene) -> None:
    letter = SimpleUploadedFile("信.jpg", b"dear buyer", "image/jpeg")
    text = desk.post(scene.address("photographs/"), {"photographs": [photograph(), letter]}).content.decode()
    assert "信.jpg" in text and "不是我们能用的图片" in text and "已添加 1 张照片" in text
    assert Picture.objects.count() == 1
    assert "form-errors" in desk.post(scene.address("photographs/"), {}).content.decode()
    assert (
        "最多选 6 张"
        in desk.post(scene.address("photographs/"), {"photographs": [photograph() for _n in range(7)]}).content.decode()
    )


def test_stock_below_what_is_ordered_is_refused(desk: Client, scene: Scene) -> None:
    Stock.objects.update(held=5)
    lot = scene.variant.stock.get().lot_id
    text = desk.post(scene.address("packs/{pack}/"), {"price_fen": "38.8", "lot": lot, "on_hand": "4"}).content.decode()
    assert "已有 5 份被下单" in text and 'value="4"' in text


def test_a_pack_of_the_same_name_is_refused(desk: Client, scene: Scene) -> None:
    pack = {"sold_by": "piece", "name": scene.variant.name, "net_weight_g": "0.5", "price_fen": "38", "on_hand": "20"}
    assert "同名规格" in desk.post(scene.address("packs/"), pack).content.decode()


def test_harvests_of_tomorrow_are_refused(desk: Client, scene: Scene) -> None:
    for day in ("2099-01-01", "1999-01-01", "0000-00-00", "x"):
        assert (
            "form-errors"
            in desk.post(scene.address("lots/"), {"harvested_on": day, "quantity_g": "1"}).content.decode()
        )
    assert Lot.objects.count() == 1


def test_the_desk_is_in_english_too(desk: Client, scene: Scene) -> None:
    text = desk.get(f"/en/desk/goods/{scene.product.ref}/").content.decode()
    assert "Packs, prices and stock" in text and "规格" not in text


def test_a_store_not_yet_open_waits(desk: Client, scene: Scene) -> None:
    Store.objects.update(status="recommended")
    assert "还没有开业" in desk.post(scene.address("sell/"), follow=True).content.decode()
    scene.product.refresh_from_db()
    assert scene.product.status == ProductStatus.DRAFT
