"""What would sell goods better: what counts as done, in which order, and that every link leads to where it is done."""

import datetime as dt

import pytest
from django.test import Client

from catalog.improving import Progress, progress_of
from catalog.models import GoodsKind, LotTest, Product, ProductPicture
from catalog.packing import PACKING_G
from pictures.models import Picture
from tests import cast

pytestmark = pytest.mark.django_db
WHOLE = 10


def progress(product: Product) -> Progress:
    fresh = Product.objects.select_related("store", "category").get(pk=product.pk)
    return progress_of(fresh, variants=list(fresh.variants.all()), lots=list(fresh.lots.prefetch_related("tests")))


def left(product: Product) -> list[str]:
    return [str(step.label) for step in progress(product).left]


@pytest.fixture
def product() -> Product:
    product = cast.make_product(cast.make_store(cast.Stations().point), name_en="")
    variant = cast.make_variant(product)
    variant.gross_weight_g = variant.net_weight_g + PACKING_G
    variant.save()
    return product


def test_everything_is_still_to_be_done_in_the_order_buyers_look(product: Product) -> None:
    assert left(product) == [
        "商品照片", "第二张照片", "商品故事", "最新批次的等级", "检测报告", "时令", "保质期", "认证", "连包装重量", "英文名称",
    ]  # fmt: skip
    assert (progress(product).done, progress(product).whole) == (0, WHOLE)


def test_each_step_counts_once_it_is_there(product: Product) -> None:
    picture = Picture.objects.create(title="黄花菜", width=1, height=1)
    Product.objects.update(
        picture=picture,
        season_from=6,
        season_to=8,
        shelf_life_days=540,
        name_en="Daylily",
        story="我家在山坳里种了三十年黄花菜，自己晒。",
    )
    assert left(product) == ["第二张照片", "最新批次的等级", "检测报告", "认证", "连包装重量"]
    ProductPicture.objects.create(product=product, picture=picture)
    product.variants.update(gross_weight_g=585)
    assert left(product) == ["最新批次的等级", "检测报告", "认证"]


def test_a_story_of_marks_alone_is_none(product: Product) -> None:
    Product.objects.update(story="<p></p><ul><li></li><li></li><li></li></ul>")
    assert "商品故事" in left(product)


def test_a_test_that_failed_is_none(product: Product) -> None:
    test = LotTest(
        lot=product.lots.get(), agency="检测中心", standard="GB 2763-2021", tested_on=dt.date(2026, 7, 20), passed=False
    )
    test.save()
    assert "检测报告" in left(product)


def test_a_craft_is_asked_for_no_harvest(product: Product) -> None:
    product.category.kind = GoodsKind.CRAFT
    product.category.save()
    assert not {"最新批次的等级", "检测报告", "时令"} & set(left(product))


def test_every_link_leads_to_a_page(product: Product, client: Client) -> None:
    clerk = cast.make_clerk(product.store.station)
    client.force_login(clerk)
    page = client.get(f"/desk/goods/{product.ref}/")
    shown: Progress = page.context["progress"]
    assert "最新批次的等级" not in [str(step.label) for step in shown.steps]  # there is no scheme to grade by
    for step in shown.left:
        assert client.get(step.url.partition("#")[0]).status_code == 200, step.label
