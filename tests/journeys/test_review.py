"""The county looks at goods, on a phone: a listing is returned, mended and approved; a price waits; a brand's badge comes and goes."""

import datetime as dt
import io
from dataclasses import dataclass

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from accounts.models import User
from catalog import brands
from catalog.models import CountyBrand, Product, ProductStatus
from catalog.search import index_product
from pictures.intake import take_in
from sellers.models import Store
from stations.models import Region
from tests import cast
from tests.browser import Windows
from tests.journeys.people import Someone, Street
from tests.look.accessibility import axe_faults, scrolls_sideways, small_targets

PACK = "500克袋装"


@dataclass
class Scene:
    """A clerk's draft with a pack and its picture missing, and the county's centre."""

    store: Store
    clerk: User
    centre: User
    product: Product


@pytest.fixture
def scene(windows: Windows) -> Scene:
    stations = cast.Stations()
    store = cast.make_store(stations.point)
    product = cast.make_product(store, status=ProductStatus.DRAFT, name="包好黄花菜")
    cast.make_variant(product, price_fen=3880)
    file = io.BytesIO()
    Image.new("RGB", (64, 48), (214, 150, 60)).save(file, "JPEG")
    Product.objects.filter(pk=product.pk).update(picture=take_in(file, title="黄花菜", at_once=True))
    index_product(product)
    return Scene(store, cast.make_clerk(stations.point), cast.make_clerk(stations.centre, "邹丽"), product)


def fits(someone: Someone) -> None:
    assert axe_faults(someone.page) == []
    assert small_targets(someone.page, 44) == []
    assert not scrolls_sideways(someone.page)


def test_returned_mended_approved_and_seen_by_a_buyer(scene: Scene, windows: Windows) -> None:
    street = Street(windows)
    clerk = street.phone().sign_in(scene.clerk)
    listing_sent(clerk, scene.product)
    centre = street.phone().sign_in(scene.centre, "desk_reviews")
    fits(centre)
    centre.open("包好黄花菜")
    fits(centre)
    centre.unfold("Return it")
    centre.tick("The name promises something that the goods are not.")
    centre.fill("What has to be done, in your words", "名称里不要写“包好”。")
    centre.press("Return with this reason")
    centre.reads("Nothing waits for review")
    clerk.go("desk_product", scene.product.ref)
    clerk.reads("Returned by the county")
    clerk.finds("名称里不要写“包好”。")
    fits(clerk)
    clerk.follow("Change the description")
    clerk.fill("Name of the goods", "祁东黄花菜")
    clerk.press("Save")
    listing_sent(clerk, scene.product)
    centre.go("desk_reviews")
    centre.open("祁东黄花菜")
    centre.press("Approve: it goes on sale")
    buyer = street.phone()
    buyer.go("product", scene.product.ref)
    buyer.reads_title("祁东黄花菜")


def listing_sent(clerk: Someone, product: Product) -> None:
    """The clerk sends the goods to the county."""
    clerk.go("desk_product", product.ref)
    clerk.press("Put on sale")
    clerk.reads("Waits for the county's review")


def test_a_price_beyond_the_band_waits_and_buyers_see_the_old_one(scene: Scene, windows: Windows) -> None:
    product = cast.make_product(scene.store)
    variant = cast.make_variant(product, price_fen=3880)
    index_product(product)
    street = Street(windows)
    clerk = street.phone().sign_in(scene.clerk)
    clerk.go("desk_goods_stock", product.ref, variant.pk)
    clerk.fill("Price in yuan", "68")
    clerk.press("Save")
    clerk.finds("¥38.80 → ¥68.00")
    buyer = street.phone()
    buyer.go("product", product.ref)
    buyer.finds("38.80")
    centre = street.phone().sign_in(scene.centre, "desk_reviews")
    centre.page.locator("main .jobs a").first.click()
    fits(centre)
    centre.press("Approve")
    buyer.go("product", product.ref)
    buyer.finds("¥68")


def test_the_county_s_brand_is_asked_for_granted_and_ended(scene: Scene, windows: Windows) -> None:
    product = cast.make_product(scene.store)
    cast.make_variant(product)
    index_product(product)
    brand: CountyBrand = brands.enter_brand(
        by=scene.centre, county=Region.objects.get(code=cast.QIDONG), name="祁东黄花菜地理标志", category=product.category,
        number="AGI-0001", holder="祁东县黄花菜协会", issuer="国家知识产权局", valid_from=timezone.localdate() - dt.timedelta(days=9),
    )  # fmt: skip
    street = Street(windows)
    clerk, buyer = street.phone().sign_in(scene.clerk), street.phone()
    clerk.go("desk_papers", scene.store.slug)
    fits(clerk)
    clerk.unfold("Ask to use this brand")
    clerk.fill("Why it is asked for", "本村自种")
    clerk.press("Ask the county")
    centre = street.phone().sign_in(scene.centre, "desk_brands")
    fits(centre)
    centre.open(scene.store.name)
    centre.press("Grant it")
    buyer.go("product", product.ref)
    buyer.finds(brand.number)
    centre.open(scene.store.name)
    fits(centre)
    centre.unfold("End it")
    centre.fill("Reason", "抽检不合格")
    centre.press("End with this reason")
    buyer.go("product", product.ref)
    expect(buyer.page.locator("main")).not_to_contain_text(brand.number)
    clerk.go("desk_papers", scene.store.slug)
    clerk.finds("抽检不合格")
