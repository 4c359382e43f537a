"""A township's station gathers the tea of two families in one store; what a buyer pays lands on the account of whose bag it was."""

from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from catalog.models import Product, Variant
from orders.settlement import settle_payment
from payments.models import Payment
from sellers.models import Household, Store, StoreStatus
from tests import browser as chromium
from tests.cast import approve_listing, make_category, make_clerk, make_household, make_mandate, make_user
from tests.journeys import storekeeping
from tests.journeys.people import Someone, Street
from tests.look.accessibility import axe_faults, scrolls_sideways, small_targets
from tests.orders.scene import Scene, make_scene, order_of

STORE, GOODS = "澧源百家茶", "澧源白茶"
TIAN, XIANG = "田桂英", "向明华"


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return make_scene()


@pytest.fixture
def families(scene: Scene) -> list[Household]:
    """Two families of two villages; each has allowed its own point to list its goods."""
    make_category("tea", "茶叶", "Tea")
    made = []
    for point, name in ((scene.sangzhi.point, TIAN), (scene.sangzhi.second_point, XIANG)):
        made.append(make_household(point, name))
        make_mandate(made[-1], point)
    return made


def test_each_bag_earns_for_the_family_that_grew_it(
    scene: Scene, families: list[Household], windows: chromium.Windows, tmp_path: Path
) -> None:
    street, picture = Street(windows), storekeeping.photograph(tmp_path)
    township = street.phone().sign_in(make_clerk(scene.sangzhi.township, "肖建军"), then="desk_stores")
    the_station_opens_its_store(township, picture)
    the_county_approves(street.phone().sign_in(make_clerk(scene.sangzhi.centre, "邹丽"), then="desk_stores"))
    the_station_lists_two_lots(township, picture)
    a_buyer_sees_whose_it_is(street.table())
    the_money_lands(scene, families[0], street.phone())


def the_station_opens_its_store(clerk: Someone, picture: Path) -> None:
    clerk.follow("Open a store for a station that gathers goods")
    clerk.fill("Name of the store", STORE)
    clerk.upload("Picture", picture)
    clerk.fill("Story", "一家三五亩茶，站里统一收、统一称，一家一个批次，卖了钱记到各家名下。")
    fit_for_a_thumb(clerk)
    clerk.press("Submit to the county")
    clerk.reads_title(STORE)
    assert Store.objects.get(name=STORE).status == StoreStatus.RECOMMENDED


def the_county_approves(centre: Someone) -> None:
    centre.open(STORE)
    centre.press("Approve: the store opens")
    centre.reads_title(STORE)
    assert Store.objects.get(name=STORE).status == StoreStatus.OPEN


def the_station_lists_two_lots(clerk: Someone, picture: Path) -> None:
    clerk.go("desk_goods")
    clerk.unfold("List new goods")
    clerk.open(STORE)
    clerk.follow("Fill in everything at once instead")
    clerk.fill("Name of the goods", GOODS)
    clerk.choose("Kind of goods", "茶叶")
    clerk.fill("Keeps for how many days", "720")
    clerk.press("Save")
    clerk.follow("Next: take photographs")
    clerk.upload("Photographs", picture)
    clerk.press("Save")
    clerk.follow("Next: enter the lot and its grade")
    clerk.fill("Harvested on", "2026-04-12")
    clerk.fill("Quantity in kilograms", "20")
    clerk.press("Save")  # whose it is was left out
    clerk.page.locator("[name=household]:invalid").wait_for(state="attached")
    _name_the_family(clerk, TIAN)
    clerk.follow("Enter a lot")
    clerk.fill("Harvested on", "2026-04-15")
    clerk.fill("Quantity in kilograms", "15")
    _name_the_family(clerk, XIANG)
    for name in (TIAN, XIANG):
        _add_pack(clerk, name)
    clerk.press("Put on sale")
    clerk.reads("Sent to the county for review. You hear as soon as it has decided.")
    approve_listing(Product.objects.get(status="in_review"))


def _name_the_family(clerk: Someone, name: str) -> None:
    choice = clerk.page.locator("[name=household]")
    choice.select_option(value=choice.locator("option", has_text=name).get_attribute("value"))
    fit_for_a_thumb(clerk)
    clerk.press("Save")
    clerk.finds(name)


def _add_pack(clerk: Someone, grower: str) -> None:
    lot = Household.objects.get(name=grower).lots.get()
    clerk.go("desk_goods_pack", lot.product.ref)
    clerk.fill("Pack", f"250克 {grower}")
    clerk.fill("Net weight of one piece in kilograms", "0.25")
    clerk.fill("Price in yuan", "60")
    clerk.fill("How many are there", "9")
    clerk.page.locator("[name=lot]").select_option(value=str(lot.pk))
    clerk.press("Save")


def a_buyer_sees_whose_it_is(buyer: Someone) -> None:
    lot = Household.objects.get(name=TIAN).lots.get()
    buyer.go("product", lot.product.ref)
    buyer.finds("田家")
    buyer.go("trace", lot.ref)
    buyer.finds("田家")
    expect(buyer.page.locator("main")).not_to_contain_text("向家")


def the_money_lands(scene: Scene, tian: Household, farmer: Someone) -> None:
    """Two bags of Tian's for 120 yuan, less two per cent and three: 114 for Tian, who reads it on her own page."""
    pack = Variant.objects.get(stock__lot__household=tian)
    settle_payment(Payment.objects.get(order_ref=order_of(scene, lines=[(pack.pk, 2)]).ref).pk)
    call_command("check_ledger")
    call_command("check_volume")
    tian.user = make_user("tian@daylily.example", name=TIAN)
    tian.save()
    farmer.sign_in(tian.user, then="my_store")
    farmer.open(farmer.says("Sold and earned"))
    farmer.finds("114.00")


def fit_for_a_thumb(person: Someone) -> None:
    assert axe_faults(person.page) == []
    assert small_targets(person.page, 44) == []
    assert not scrolls_sideways(person.page)
