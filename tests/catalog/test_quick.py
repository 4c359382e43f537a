"""A listing in one screen: what it makes, what it takes from a name, and that bad input changes nothing and loses nothing."""

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django.fixtures import Settings

from accounts.references import public_reference
from catalog.growing import GrowerMissing
from catalog.models import Flow, GoodsKind, Lot, Product, ProductStatus, SoldBy, Stock, Temperature, Variant
from catalog.quick_listing import NameKnown, Pack, category_for, list_quickly, listable_categories, suggestions
from pictures.models import Picture
from sellers.models import Household, HouseholdKind, Mandate, Store, StoreStatus
from tests import cast

pytestmark = pytest.mark.django_db
ON_ITS_WAY = (ProductStatus.IN_REVIEW, ProductStatus.LISTED)


class Scene:
    """A store at a village point, its clerk, and the goods of a neighbour that names are suggested from."""

    def __init__(self) -> None:
        stations = cast.Stations()
        self.store: Store = cast.make_store(stations.point)
        self.clerk = cast.make_clerk(stations.point, "周小兰")
        neighbour = cast.make_store(
            stations.second_point, household=cast.make_household(stations.second_point, "王建国")
        )
        self.category = cast.make_category()
        self.known = cast.make_product(neighbour, name="祁东黄花菜", temperature=Temperature.CHILLED)
        cast.make_variant(self.known, grams=250)
        self.address = f"/desk/stores/{self.store.slug}/quick/"


@pytest.fixture
def scene(settings: Settings, tmp_path: Path) -> Scene:
    settings.MEDIA_ROOT = str(tmp_path)
    return Scene()


@pytest.fixture
def desk(scene: Scene, client: Client) -> Client:
    client.force_login(scene.clerk)
    return client


def photograph() -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", (800, 600), (214, 150, 60)).save(file, "JPEG")
    return SimpleUploadedFile("IMG_1.jpg", file.getvalue(), "image/jpeg")


def sent(**changes: Any) -> dict[str, Any]:
    fields = {
        "ref": public_reference(), "photograph": photograph(), "name": "祁东黄花菜", "category": "", "pack": "500",
        "price_fen": "38.8", "on_hand": "20", "harvest": "today", **changes,
    }  # fmt: skip
    return {f"listing-{name}": value for name, value in fields.items() if value is not None}


def own(scene: Scene) -> Any:
    return Product.objects.filter(store=scene.store)


def page(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def test_one_screen_makes_goods_that_can_be_sold(scene: Scene, desk: Client) -> None:
    response = desk.post(scene.address, sent())
    product = own(scene).get()
    assert response["Location"] == f"/desk/goods/{product.ref}/"
    assert (product.name, product.category, product.status in ON_ITS_WAY) == ("祁东黄花菜", scene.category, True)
    assert product.picture is not None and product.listed_by == scene.clerk and product.mandate is not None
    variant, lot = product.variants.get(), product.lots.get()
    assert (variant.name, variant.net_weight_g, variant.price_fen, variant.on_hand) == ("500克装", 500, 3880, 20)
    assert (lot.harvested_on, lot.quantity_g, lot.left_g, lot.grade) == (timezone.localdate(), 10_000, 0, None)
    assert product.temperature == Temperature.CHILLED  # as the county's goods of this kind travel


def test_the_same_form_twice_lists_once(scene: Scene, desk: Client) -> None:
    ref = public_reference()
    for _ in range(2):
        assert desk.post(scene.address, sent(ref=ref)).status_code == 302
    assert (own(scene).count(), Variant.objects.filter(product__store=scene.store).count()) == (1, 1)


def test_loose_goods_are_counted_by_the_jin(scene: Scene, desk: Client) -> None:
    desk.post(scene.address, sent(pack="weight", price_fen="9.5", on_hand="60", harvest="yesterday"))
    variant = own(scene).get().variants.get()
    assert (variant.sold_by, variant.net_weight_g, variant.name) == (SoldBy.WEIGHT, 500, "散装")
    assert Lot.objects.get(product=own(scene).get()).harvested_on == timezone.localdate() - dt.timedelta(days=1)


def test_a_craft_has_no_harvest(scene: Scene, desk: Client) -> None:
    kind = cast.make_category("bamboo", "竹编", "Bamboo ware", kind=GoodsKind.CRAFT)
    desk.post(scene.address, sent(name="竹编菜篮", pack="other", grams="0.8"))
    product = own(scene).get()
    assert (product.category, product.lots.count()) == (kind, 0)
    assert Stock.objects.get(variant__product=product).lot is None


def test_a_store_that_waits_keeps_a_draft(scene: Scene, desk: Client) -> None:
    Store.objects.filter(pk=scene.store.pk).update(status=StoreStatus.SUBMITTED)
    response = desk.post(scene.address, sent(), follow=True)
    assert own(scene).get().status == ProductStatus.DRAFT
    assert "县里批准开店后即可销售" in page(response)


def test_goods_of_the_same_name_are_not_listed_twice(scene: Scene, desk: Client) -> None:
    cast.make_product(scene.store, name="祁东 黄花菜")
    text = page(desk.post(scene.address, sent()))
    assert "店里已有同名商品" in text and own(scene).count() == 1
    assert Picture.objects.count() == 0


def test_a_gathering_store_names_the_family(scene: Scene) -> None:
    point = scene.store.station
    household = Household.objects.create(kind=HouseholdKind.STATION, station=point, region=point.region, name="集货")
    gathering = cast.make_store(point, household=household)
    family = scene.store.household
    with pytest.raises(GrowerMissing, match="谁家"):
        list_for(scene, gathering, None)
    product = list_for(scene, gathering, family)
    assert product.lots.get().household == family


def list_for(scene: Scene, store: Store, household: Any) -> Product:
    return list_quickly(
        by=scene.clerk, store=store, ref=public_reference(), name="祁东黄花菜", category=scene.category, pack=Pack(500),
        price_fen=3880, on_hand=5, picture=Picture.objects.create(title="黄花菜", width=1, height=1), household=household,
    )  # fmt: skip


def test_names_of_the_county_are_suggested_with_their_pack_and_kind(scene: Scene) -> None:
    first = suggestions(scene.store)[0]
    assert (first.name, first.category, first.pack) == ("祁东黄花菜", scene.category.pk, Pack(250))
    cast.make_product(scene.store, name="祁东黄花菜")
    assert "祁东黄花菜" not in [one.name for one in suggestions(scene.store)]  # the store has them


def test_other_counties_suggest_nothing(scene: Scene) -> None:
    Product.objects.update(county_code="430822")
    assert "祁东黄花菜" not in [one.name for one in suggestions(scene.store)]


def test_names_of_the_stores_own_kinds_come_first_by_how_many_stores_sell_them(scene: Scene) -> None:
    rice, seeds = (
        cast.make_category(slug="rice", name="大米", name_en="Rice"),
        cast.make_category(slug="seeds", name="种子", name_en="Seeds", flow=Flow.INBOUND),
    )
    others = [
        cast.make_store(scene.store.station, household=cast.make_household(scene.store.station, name))
        for name in ("李大姐", "赵二哥")
    ]
    for other, name, category in [
        (others[0], "一级大米", rice), (others[0], "晚稻米", rice), (others[1], "晚稻米", rice), (others[0], "杂交稻种", seeds),
        (others[1], "杂交稻种", seeds),
    ]:  # fmt: skip
        cast.make_variant(cast.make_product(other, name=name, category=category))
    cast.make_product(scene.store, name="糙米", category=rice)
    back = cast.make_product(scene.store, name="紫米", category=rice, status=ProductStatus.WITHDRAWN)
    cast.make_variant(back, grams=1000)
    names = [one.name for one in suggestions(scene.store)]
    assert names == ["紫米", "晚稻米", "一级大米", "大米", "祁东黄花菜", "黄花菜"]
    cast.make_product(scene.store, name="菜籽", category=seeds)
    names = [one.name for one in suggestions(scene.store)]
    assert set(names[1:3]) == {"晚稻米", "杂交稻种"} and names[3] == "一级大米" and "种子" in names


def test_the_kind_comes_from_the_name(scene: Scene) -> None:
    offered, kinds = suggestions(scene.store), listable_categories()
    assert category_for("祁东黄花菜", offered, kinds) == scene.category
    assert category_for("自家晒的金针菜", offered, kinds) == scene.category  # one of its other words
    assert category_for("神秘好物", offered, kinds) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"price_fen": "-5"}, "请填写价格"),
        ({"price_fen": "NaN"}, "请填写价格"),
        ({"price_fen": "Infinity"}, "请填写价格"),
        ({"price_fen": "1e9"}, "请填写价格"),
        ({"price_fen": "99999999999"}, "超过"),
        ({"price_fen": "999999999"}, "超过"),
        ({"price_fen": "0"}, "大于"),
        ({"price_fen": "0.00"}, "大于"),
        ({"price_fen": "1.234"}, "小数"),
        ({"price_fen": "９９９９９９９"}, "超过"),
        ({"on_hand": "0"}, "不能小于"),
        ({"on_hand": "-3"}, "不能小于"),
        ({"on_hand": "1000000000"}, "不能大于"),
        ({"pack": "other", "grams": "1000000", "on_hand": "1000"}, "1000 吨"),
        ({"pack": "other", "grams": "1e9"}, "公斤"),
        ({"pack": "other", "grams": ""}, "重量"),
        ({"pack": "12"}, "选"),
        ({"name": "🌼🌼🌼"}, "文字"),
        ({"name": "黄花\u202e菜"}, "看不见"),
        ({"name": "黄花\u0000菜"}, "不能用的字符"),
        ({"name": "菜" * 61}, "最多 60 个字，现在有 61 个字。"),
        ({"name": "神秘好物"}, "商品分类"),
        ({"category": "999999"}, "选"),
        ({"harvest": "day"}, "日期"),
        ({"harvest": "day", "harvested_on": "2999-01-01"}, "还没到"),
        ({"harvest": "day", "harvested_on": "1026-01-01"}, "太久"),
        ({"photograph": None}, "照片"),
        ({"photograph": SimpleUploadedFile("a.jpg", b"<script>", "image/jpeg")}, "照片"),
        ({"ref": "../../etc"}, "有效"),
    ],
)
def test_bad_input_changes_nothing_and_keeps_what_was_typed(
    scene: Scene, desk: Client, changes: Any, said: str
) -> None:
    response = desk.post(scene.address, sent(**changes))
    text = page(response)
    assert 'role="alert"' in text and said in text
    assert not own(scene).exists() and Lot.objects.filter(product__store=scene.store).count() == 0
    for name in ("price_fen", "on_hand", "name"):
        typed = {"price_fen": "38.8", "on_hand": "20", "name": "祁东黄花菜", **changes}[name]
        assert f'value="{typed}"' in text or "\u0000" in typed


def test_the_photograph_of_a_refused_form_is_kept_for_the_next_try(scene: Scene, desk: Client) -> None:
    response = desk.post(scene.address, sent(price_fen="0"))
    assert "照片已保留" in page(response)
    token = response.context["form"]["kept"].value()
    assert token and desk.post(scene.address, sent(photograph=None, kept=token)).status_code == 302
    assert own(scene).get().picture is not None


def test_somebody_elses_photograph_is_not_taken(scene: Scene, desk: Client) -> None:
    token = desk.post(scene.address, sent(price_fen="0")).context["form"]["kept"].value()
    other = cast.make_clerk(scene.store.station, "彭小玲")
    client = Client()
    client.force_login(other)
    assert "请拍一张商品照片" in page(client.post(scene.address, sent(photograph=None, kept=token)))


def test_without_the_right_to_price_the_page_says_so(scene: Scene, desk: Client) -> None:
    Mandate.objects.filter(household=scene.store.household).update(may_price=False)
    assert desk.get(scene.address).status_code == 403
    assert desk.post(scene.address, sent()).status_code == 403
    assert not own(scene).exists()


def test_the_farmer_lists_their_own_goods(scene: Scene) -> None:
    farmer = cast.make_user("lixiuying@daylily.example", name="李秀英")
    scene.store.household.user = farmer
    scene.store.household.save()
    client = Client()
    client.force_login(farmer)
    address = f"/my-store/{scene.store.slug}/quick/"
    assert "商品" in page(client.get(address))
    assert client.post(address, sent())["Location"] == "/my-store/goods/"
    assert own(scene).get().mandate is None
    assert client.get(f"/my-store/{scene.known.store.slug}/quick/").status_code == 404
    client.force_login(scene.clerk)
    assert client.get(address).status_code == 404  # the clerk's way is the desk


def test_the_twin_is_told_by_its_error(scene: Scene) -> None:
    twin = cast.make_product(scene.store, name="祁东黄花菜")
    with pytest.raises(NameKnown) as known:
        list_for(scene, scene.store, None)
    assert known.value.product == twin
