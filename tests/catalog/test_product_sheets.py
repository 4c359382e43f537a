"""Lists of goods: taken in whole or not at all, under the rules of the desk's forms; taken out and brought in again, nothing changes."""

import csv
import io
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog import reviewing
from catalog.models import Effect, GoodsRule, Lot, Product, ProductStatus, Review, SoldBy, Stock, Variant
from catalog.product_rows import COLUMNS, product_rows
from catalog.product_sheets import ProductIntake
from pictures.models import Picture
from sellers.models import Mandate, Store, StoreStatus
from stations.models import Region, Sheet, SheetKind, SheetState
from stations.sheets import csv_of, xlsx_of
from stations.taking_in import bring_in, take_in
from tests import cast
from tests.pictures.conftest import Folders, photograph
from tests.pictures.conftest import folders as folders

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]
EVENTS: Any = apps.get_model("catalog", "ProductEvent")
HEAD = [column.key for column in COLUMNS]
BAG = {
    "name": "祁东黄花菜", "category": "daylily", "pack": "500克袋装", "weight": "0.5", "price": "38.80", "stock": "20",
    "harvested_on": "2026-07-12",
}  # fmt: skip


class Scene:
    """A county's centre, two open stores, and one kind of goods."""

    def __init__(self) -> None:
        self.stations = cast.Stations()
        self.county = Region.objects.get(code=cast.QIDONG)
        self.category = cast.make_category()
        self.store: Store = cast.make_store(self.stations.point, name="李秀英家")
        self.other: Store = cast.make_store(self.stations.second_point, name="刘建国家")
        self.centre: User = cast.make_clerk(self.stations.centre)
        BAG["category"] = self.category.slug

    def row(self, **cells: str) -> dict[str, str]:
        return {"store": self.store.slug, **BAG, **cells}

    def bring(self, *rows: dict[str, str], pictures: bytes = b"", dry_run: bool = False, data: bytes = b"") -> Sheet:
        head = [key for key in HEAD if any(key in row for row in rows)]
        packed = ContentFile(pictures, name="p.zip") if pictures else None
        sheet = bring_in(
            by=self.centre, kind=SheetKind.PRODUCTS, region=self.county, name="商品.csv", dry_run=dry_run, language="zh-hans",
            data=data or as_csv([head, *([row.get(key, "") for key in head] for row in rows)]), pictures=packed,
        )  # fmt: skip
        return take_in(Sheet.objects.get(pk=sheet.pk), ProductIntake)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def as_csv(rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return target.getvalue()


def said(sheet: Sheet) -> str:
    return "\n".join(f"{row} {column} {message}" for row, column, message in sheet.faults)


def test_new_goods_come_in_with_packs_stock_lot_and_photographs_and_wait_for_the_county(scene: Scene) -> None:
    shots = {
        "a.jpg": photograph(seed=1).getvalue(),
        "更多/B.JPG": photograph(seed=2).getvalue(),
        "__MACOSX/._a.jpg": b"x",
    }
    bag = scene.row(
        photographs="a.jpg；b.jpg", season_from="6", season_to="8", shelf_life="540", temperature="冷藏", gross="0.6"
    )
    loose = {**scene.row(pack="散装", sold_by="按重量", price="35", stock="60"), "weight": ""}
    loose["sold_by"] = str(SoldBy.WEIGHT.label)
    sheet = scene.bring(bag, loose, pictures=zipped(shots))
    assert (sheet.state, said(sheet), sheet.added) == (SheetState.WRITTEN, "", 2)
    product = Product.objects.get(name="祁东黄花菜")
    assert (product.status, product.listed_by, product.season_from, product.temperature) == (
        "in_review",
        scene.centre,
        6,
        "chilled",
    )
    assert product.mandate == Mandate.objects.get(household=scene.store.household)
    assert Review.objects.get(product=product).asked_by == scene.centre
    packs = list(
        product.variants.order_by("position").values_list(
            "name", "price_fen", "net_weight_g", "gross_weight_g", "on_hand"
        )
    )
    assert packs == [("500克袋装", 3880, 500, 600, 20), ("散装", 3500, 500, 560, 60)]
    lot = product.lots.get()
    assert (lot.quantity_g, lot.used_g, str(lot.harvested_on)) == (40_000, 40_000, "2026-07-12")
    assert product.picture is not None and product.pictures.count() == 1 and Picture.objects.count() == 2
    assert product.price_from_fen == 3500 and product.in_stock, "lists and search know it"
    event = EVENTS.objects.filter(pgh_obj=product).earliest("pgh_id")
    assert event.pgh_context.metadata["on_behalf_of"] == scene.store.household.pk
    assert not Sheet.objects.get().file and not Sheet.objects.get().pictures


def test_a_dry_run_changes_nothing_and_can_be_taken_in_later(scene: Scene, folders: Folders) -> None:
    sheet = scene.bring(
        scene.row(photographs="a.jpg"), pictures=zipped({"a.jpg": photograph(seed=1).getvalue()}), dry_run=True
    )
    assert (sheet.state, sheet.added) == (SheetState.CHECKED, 1)
    assert not Product.objects.exists() and not Picture.objects.exists()
    assert {path.split("/")[1] for path in folders.files()} == {"sheets"}


def test_one_wrong_row_and_nothing_is_taken_in(scene: Scene, folders: Folders) -> None:
    shots = zipped({"a.jpg": photograph(seed=1).getvalue()})
    sheet = scene.bring(scene.row(photographs="a.jpg"), scene.row(name="金银花", price="free"), pictures=shots)
    assert sheet.state == SheetState.FAULTY and "3 单价（元） 请" in said(sheet)
    assert not Product.objects.exists() and not Lot.objects.exists() and not Picture.objects.exists()


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"store": "谁家"}, "本县没有这个名称的店铺"),
        ({"category": "龙涎香"}, "没有这个类目"),
        ({"price": "-5"}, "单价"),
        ({"price": "0"}, "必须大于 0"),
        ({"price": "NaN"}, "单价"),
        ({"price": "1e9"}, "单价"),
        ({"stock": "1000000000"}, "请填写 0 到 1000000 之间的整数"),
        ({"stock": "2.5"}, "请填写 0 到 1000000 之间的整数"),
        ({"weight": ""}, "请填写每件净重"),
        ({"harvested_on": ""}, "请填写采收日期"),
        ({"harvested_on": "2099-01-01"}, "采收日期"),
        ({"season_from": "13", "season_to": "2"}, "请填写 1 到 12 之间的整数"),
        ({"season_from": "3"}, "应季要同时填写起止月份"),
        ({"name": "🌼🌼"}, "商品名称"),
        ({"name": "黄花\u202e菜"}, "看不见"),
        ({"summary": "长" * 121}, "最多 120 个字"),
        ({"place": "上海市"}, "产地"),
        ({"least": "5", "most": "2"}, "限购数不能小于起购数"),
        ({"gross": "0.1"}, "毛重不能小于净重"),
        ({"grower": "王"}, "农户编号以 H 开头"),
        ({"number": "a" * 22}, "本县没有这个编号的商品"),
        ({"sku": "430426-1-1"}, "新规格的编号自动生成"),
        ({"photographs": "a.jpg"}, "没有这个文件名的照片"),
        ({"price": "=1+1"}, "公式"),
    ],
)
def test_what_is_wrong_is_told_beside_its_cell(scene: Scene, cells: dict[str, str], told: str) -> None:
    sheet = scene.bring(scene.row(**cells))
    assert sheet.state == SheetState.FAULTY and not Product.objects.exists()
    assert told in said(sheet), said(sheet)


def test_a_store_without_a_mandate_and_one_of_another_county_are_refused(scene: Scene) -> None:
    Mandate.objects.filter(household=scene.store.household).update(withdrawn_at="2026-01-01T00:00:00Z")
    assert "2 店铺" in said(scene.bring(scene.row()))
    far = cast.make_store(cast.Stations(cast.SANGZHI).point)
    assert "本县没有这个名称的店铺" in said(scene.bring(scene.row(store=far.slug)))


def test_forbidden_goods_are_refused_and_goods_of_a_closed_store_too(scene: Scene) -> None:
    GoodsRule.objects.create(effect=Effect.FORBIDDEN, words="穿山甲", reason="保护动物", source="野生动物保护法")
    assert "穿山甲" in said(scene.bring(scene.row(name="穿山甲干")))
    Store.objects.filter(pk=scene.store.pk).update(status=StoreStatus.CLOSED)
    assert "店铺已关闭" in said(scene.bring(scene.row()))


def test_rows_of_the_same_goods_say_the_same_and_name_each_pack_once(scene: Scene) -> None:
    text = said(
        scene.bring(
            scene.row(summary="甲"), scene.row(pack="1公斤装", weight="1", summary="乙"), scene.row(summary="甲")
        )
    )
    assert "第 2 行写的不一样" in text and "出现了两次" in text


def test_goods_that_the_store_lists_already_need_their_number(scene: Scene) -> None:
    assert scene.bring(scene.row()).state == SheetState.WRITTEN
    assert "已有同名商品" in said(scene.bring(scene.row()))
    assert Product.objects.count() == 1


def exported(scene: Scene, form: str = "csv") -> bytes:
    rows = product_rows(scene.centre, scene.county, "zh-hans")
    headings = [column.heading("zh-hans") for column in COLUMNS]
    return b"".join(csv_of(headings, rows)) if form == "csv" else xlsx_of(headings, rows)


def test_what_is_wrong_with_goods_and_pack_is_told_at_once(scene: Scene) -> None:
    sheet = scene.bring(scene.row(season_from="13", price="free", weight="-1"))
    assert {column for _row, column, _message in sheet.faults} == {"应季起（月）", "单价（元）", "净重（公斤）"}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_list_names_store_kind_and_place_in_words(scene: Scene, language: str) -> None:
    scene.bring(scene.row())
    cells = dict(zip(HEAD, next(product_rows(scene.centre, scene.county, language)), strict=True))
    village = scene.store.region
    assert (cells["store"], cells["category"], cells["place"]) == (
        "李秀英家", scene.category.name_en if language == "en" else scene.category.name, village.label_in(language),
    )  # fmt: skip
    Store.objects.filter(pk=scene.other.pk).update(name="李秀英家")
    cast.make_category("lily-too", scene.category.name, scene.category.name_en, aliases="")
    twin = Region.objects.filter(level=5, code__startswith=village.code[:6]).exclude(parent=village.parent).first()
    assert twin is not None
    Region.objects.filter(pk=twin.pk).update(name=village.name, latin=village.latin)
    cells = dict(zip(HEAD, next(product_rows(scene.centre, scene.county, language)), strict=True))
    assert village.parent is not None
    assert (cells["store"], cells["category"], cells["place"]) == (
        scene.store.slug, scene.category.slug, f"{village.parent.label_in(language)} {village.label_in(language)}",
    )  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_taken_out_and_brought_in_again_nothing_changes(scene: Scene, form: str) -> None:
    loose = {**scene.row(pack="散装", price="35", stock="60", weight=""), "sold_by": str(SoldBy.WEIGHT.label)}
    story = "<p>天不亮就下地。</p>\n<p>=不是公式</p>"
    scene.bring(
        scene.row(
            story=story,
            summary="'-甜",
            season_from="11",
            season_to="2",
            length="30.5",
            width="20",
            height="9",
            most="6",
        ),
        loose,
        scene.row(store=scene.other.slug, name="'+野茶", stock=""),
        scene.row(name="没有规格", pack="", weight="", price="", stock="", harvested_on=""),
    )
    assert Product.objects.count() == 3
    before = [list(model.objects.order_by("pk").values()) for model in (Product, Variant, Stock, Lot, Review)]
    events = EVENTS.objects.count()
    sheet = scene.bring(data=exported(scene, form))
    assert (sheet.state, said(sheet), sheet.rows, sheet.same) == (SheetState.WRITTEN, "", 4, 4)
    assert [list(model.objects.order_by("pk").values()) for model in (Product, Variant, Stock, Lot, Review)] == before
    assert EVENTS.objects.count() == events


def changed(scene: Scene, **cells: str) -> Sheet:
    """The present list with these cells changed in its first row."""
    lines = list(csv.reader(io.StringIO(exported(scene).decode("utf-8-sig"))))
    for key, value in cells.items():
        lines[1][HEAD.index(key)] = value
    return scene.bring(data=as_csv(lines))


def test_changes_of_goods_on_record_are_made_by_the_rules_of_the_desk(scene: Scene) -> None:
    scene.bring(scene.row())
    sheet = changed(scene, price="40", stock="15", summary="自家晒的", most="9")
    assert (sheet.state, said(sheet), sheet.changed) == (SheetState.WRITTEN, "", 1)
    product = Product.objects.get()
    pack, lot = product.variants.get(), product.lots.get()
    assert (product.summary, pack.price_fen, pack.on_hand, pack.most, lot.used_g) == ("自家晒的", 4000, 15, 9, 7500)
    assert product.price_from_fen == 4000


def test_a_new_name_and_a_price_beyond_the_band_of_goods_on_sale_wait(scene: Scene) -> None:
    scene.bring(scene.row())
    Review.objects.update(state="approved", decided_at="2026-11-01T00:00:00Z")
    Product.objects.update(status=ProductStatus.LISTED)
    sheet = changed(scene, name="冠军黄花菜", price="9999")
    assert sheet.state == SheetState.WRITTEN, said(sheet)
    product = Product.objects.get()
    assert (product.name, product.variants.get().price_fen) == ("祁东黄花菜", 3880)
    assert set(Review.objects.filter(state="waiting").values_list("kind", flat=True)) == {"change", "price"}


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"stock": "21"}, "只剩 0 公斤"),
        ({"pack": "1斤装"}, "规格定了就不能改"),
        ({"weight": "0.4"}, "规格定了就不能改"),
        ({"harvested_on": "2026-08-01"}, "采收日期不能改"),
        ({"sku": ""}, "请填写规格编号"),
        ({"store": "刘建国家"}, "属于另一家店铺"),
    ],
)
def test_what_can_t_change_is_told(scene: Scene, cells: dict[str, str], told: str) -> None:
    scene.bring(scene.row())
    assert told.replace(" ", "") in said(changed(scene, **cells)).replace(" ", "")


def test_stock_that_buyers_hold_is_not_counted_away(scene: Scene) -> None:
    scene.bring(scene.row())
    Stock.objects.update(held=5)
    assert "5" in said(changed(scene, stock="4"))
    assert Variant.objects.get().on_hand == 20


def test_what_waits_and_is_changed_by_a_list_is_looked_at_again(scene: Scene) -> None:
    scene.bring(scene.row())
    review = Review.objects.waiting().get()
    assert changed(scene, name="冠军黄花菜", price="40").state == SheetState.WRITTEN
    now = Review.objects.waiting().get()
    assert now.revision > review.revision
    with pytest.raises(reviewing.ReviewChanged):
        reviewing.approve_review(by=cast.make_official(), review=now, seen=review.revision)


def test_an_address_means_its_store_whatever_another_is_called(scene: Scene) -> None:
    Store.objects.filter(pk=scene.other.pk).update(name=scene.store.slug)
    scene.bring(scene.row(store=scene.store.slug))
    assert Product.objects.get().store == scene.store
    cells = dict(zip(HEAD, next(product_rows(scene.centre, scene.county, "zh-hans")), strict=True))
    assert cells["store"] == "李秀英家"
    Product.objects.update(store=scene.other)
    cells = dict(zip(HEAD, next(product_rows(scene.centre, scene.county, "zh-hans")), strict=True))
    assert cells["store"] == scene.other.slug, "its name is the address of the other store"


def test_a_pack_that_waits_for_the_county_is_not_added_again(scene: Scene) -> None:
    scene.bring(scene.row())
    Review.objects.update(state="approved", decided_at="2026-11-01T00:00:00Z")
    Product.objects.update(status=ProductStatus.LISTED)
    box = scene.row(number=Product.objects.get().ref, pack="礼盒", weight="1", price="199", stock="", harvested_on="")
    assert scene.bring(box).state == SheetState.WRITTEN
    waiting = Review.objects.waiting().get()
    assert (waiting.kind, waiting.variant) == ("pack", Variant.objects.get(name="礼盒", active=False))
    assert "同名规格正在等待县里审核" in said(scene.bring(box))
    assert Variant.objects.count() == 2


def test_a_pack_is_added_to_goods_on_record(scene: Scene) -> None:
    scene.bring(scene.row())
    number = Product.objects.get().ref
    sheet = scene.bring(
        scene.row(number=number, pack="1公斤装", weight="1", price="70", stock="3", harvested_on="2026-07-20")
    )
    assert (sheet.state, said(sheet), sheet.added) == (SheetState.WRITTEN, "", 1)
    assert list(Variant.objects.values_list("name", "on_hand")) == [("500克袋装", 20), ("1公斤装", 3)]


class TestPhotographs:
    def test_each_passes_the_door(self, scene: Scene, folders: Folders) -> None:
        text = said(scene.bring(scene.row(photographs="a.jpg"), pictures=zipped({"a.jpg": b"<svg/>"})))
        assert "a.jpg: 这个文件不是我们能用的图片" in text
        assert not Picture.objects.exists()

    def test_two_of_one_name_and_one_for_two_stores_are_told(self, scene: Scene) -> None:
        shot, other = photograph(seed=1).getvalue(), photograph(seed=2).getvalue()
        double = zipped({"a.jpg": shot, "x/A.jpg": other})
        assert "有两张照片" in said(scene.bring(scene.row(photographs="a.jpg"), pictures=double))
        rows = scene.row(photographs="a.jpg"), scene.row(store=scene.other.slug, photographs="b.jpg")
        assert "同一张照片" in said(scene.bring(*rows, pictures=zipped({"a.jpg": shot, "b.jpg": shot})))

    def test_a_failed_write_leaves_no_file(
        self, scene: Scene, folders: Folders, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(_ids: object) -> None:
            raise IntegrityError

        monkeypatch.setattr("catalog.product_writing.index_products", fails)
        shots = zipped({"a.jpg": photograph(seed=1).getvalue()})
        assert scene.bring(scene.row(photographs="a.jpg"), pictures=shots).state == SheetState.FAULTY
        assert {path.split("/")[1] for path in folders.files()} <= {"sheets"} and not Product.objects.exists()


class TestPages:
    def test_a_list_is_brought_in_at_the_desk(self, scene: Scene) -> None:
        client = Client()
        client.force_login(scene.centre)
        head = [key for key in HEAD if key in scene.row()]
        data = as_csv([head, [scene.row()[key] for key in head]])
        sent = {"region": cast.QIDONG, "file": SimpleUploadedFile("商品.csv", data), "take": "1"}
        answer = client.post(reverse("desk_goods_lists"), sent)
        sheet = Sheet.objects.get(kind=SheetKind.PRODUCTS)
        assert answer.status_code == 302 and not sheet.dry_run
        assert client.get(answer["Location"])["Refresh"] == "2"
        take_in(sheet, ProductIntake)
        assert "已全部导入。" in client.get(answer["Location"]).content.decode()
        template = client.get(reverse("desk_goods_list_out", args=["template", "csv"])).content.decode("utf-8-sig")
        assert template.startswith("商品编号,店铺*,商品名称*")
        assert "商品批量导入导出" in client.get(reverse("desk_goods")).content.decode()

    @pytest.mark.parametrize(
        ("packed", "told"),
        [(b"no zip", "不是 ZIP 文件"), (zipped({f"{n}.jpg": b"" for n in range(5001)}), "超过 5000 个文件")],
    )
    def test_a_zip_that_can_t_be_taken_is_told(self, scene: Scene, packed: bytes, told: str) -> None:
        client = Client()
        client.force_login(scene.centre)
        sent = {
            "region": cast.QIDONG,
            "file": SimpleUploadedFile("a.csv", b"x"),
            "photographs": SimpleUploadedFile("p.zip", packed),
        }
        assert told in client.post(reverse("desk_goods_lists"), sent).content.decode()
        assert not Sheet.objects.exists() and storages["private"].exists("sheets") is False


def test_a_village_that_no_other_is_named_like_needs_no_township(scene: Scene) -> None:
    here, there = scene.stations.point.region, scene.stations.other_point.region
    assert here.name != there.name and here.parent is not None
    sheet = scene.bring(scene.row(place=there.name))
    assert (sheet.state, said(sheet)) == (SheetState.WRITTEN, "")
    assert Product.objects.get().origin == there
    Region.objects.filter(pk=there.pk).update(name=here.name)
    assert "本县有几个同名的村" in said(scene.bring(scene.row(name="另一种", place=here.name)))
    sheet = scene.bring(scene.row(name="另一种", place=f"{here.parent.name} {here.name}"))
    assert (sheet.state, said(sheet)) == (SheetState.WRITTEN, "")
