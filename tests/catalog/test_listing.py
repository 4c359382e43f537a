"""Listing goods: under whose mandate, what is refused, and what stands on record afterwards."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from catalog import listing, lots, packing
from catalog.acting import authorise
from catalog.models import Grade, GradeScheme, Product, ProductStatus, SoldBy, Variant
from catalog.stock import hold
from sellers.mandates import MandateMissing
from sellers.models import Mandate, Store, StoreStatus
from stations.scope import NotAllowed
from tests.cast import (
    Stations,
    approve_listing,
    make_category,
    make_clerk,
    make_household,
    make_official,
    make_store,
    make_user,
)

pytestmark = pytest.mark.django_db


@dataclass
class Scene:
    """A village point with a clerk, a farmer's open store, and what it may sell."""

    stations: Stations
    store: Store
    clerk: User


@pytest.fixture
def scene() -> Scene:
    stations = Stations()
    return Scene(stations, make_store(stations.point), make_clerk(stations.point, "周小兰"))


def listed(scene: Scene, by: User | None = None, **facts: Any) -> Product:
    known = {"category": make_category(), "origin": scene.store.region, "name": "祁东黄花菜", "season": (6, 8), **facts}
    return listing.list_product(by=by or scene.clerk, store=scene.store, **known)


def test_a_product_goes_on_sale_with_a_pack_by_the_bag_and_one_by_weight(scene: Scene) -> None:
    product = listed(scene, shelf_life_days=540)
    grade = Grade.objects.create(
        scheme=GradeScheme.objects.create(category=product.category, title="黄花菜等级"),
        rank=1,
        name="特级",
        name_en="top",
    )
    lot = lots.enter_lot(
        by=scene.clerk, product=product, harvested_on=dt.date(2026, 7, 12), quantity_g=80_000, grade=grade
    )
    lots.record_test(
        by=scene.clerk, lot=lot, agency="检验中心", standard="GB 2763-2021", tested_on=dt.date(2026, 7, 20), passed=True
    )
    bag = packing.add_variant(
        by=scene.clerk, product=product, name="500克袋装", price_fen=3880, net_weight_g=500, on_hand=10, lot=lot
    )
    loose = packing.add_variant(
        by=scene.clerk, product=product, name="散装", price_fen=3500, sold_by=SoldBy.WEIGHT, net_weight_g=9, on_hand=20
    )
    listing.put_on_sale(by=scene.clerk, product=product)
    assert not Product.objects.on_sale().exists()
    approve_listing(product)
    product = Product.objects.on_sale().get()
    assert (product.price_from_fen, product.several_prices, product.in_stock, product.grade_name) == (
        3500,
        True,
        True,
        "特级",
    )
    assert loose.net_weight_g == 500 and bag.sku != loose.sku and lot.code.startswith("430426-260712-")


def test_entered_by_whom_for_whom_is_on_record(scene: Scene) -> None:
    product = listed(scene)
    mandate = Mandate.objects.get(household=scene.store.household)
    assert (product.listed_by, product.mandate) == (scene.clerk, mandate)
    event = apps.get_model("catalog", "ProductEvent").objects.get(pgh_obj=product)
    assert event.pgh_context.metadata["on_behalf_of"] == scene.store.household_id
    assert event.pgh_context.metadata["mandate"] == mandate.pk


def test_the_farmer_needs_no_mandate(scene: Scene) -> None:
    Mandate.objects.all().delete()
    farmer = make_user(name="李秀英")
    scene.store.household.user = farmer
    scene.store.household.save()
    assert listed(scene, by=farmer).mandate is None


@pytest.mark.parametrize(
    "change",
    [{"may_list": False}, {"confirmed_at": None}, {"withdrawn_at": timezone.now()},
     {"starts_on": dt.date(2020, 1, 1), "ends_on": dt.date(2021, 1, 1)}],
)  # fmt: skip
def test_without_a_mandate_that_holds_nothing_is_listed(scene: Scene, change: dict[str, Any]) -> None:
    Mandate.objects.update(**change)
    with pytest.raises(MandateMissing):
        listed(scene)
    assert not Product.objects.exists()


def test_staff_of_another_village_and_officials_list_nothing(scene: Scene) -> None:
    for stranger in (make_clerk(scene.stations.second_point), make_official(), make_user()):
        with pytest.raises((NotAllowed, MandateMissing)):
            listed(scene, by=stranger)


def test_prices_need_the_mandate_for_prices(scene: Scene) -> None:
    product = listed(scene)
    variant = packing.add_variant(by=scene.clerk, product=product, name="500克", price_fen=3880, on_hand=5)
    Mandate.objects.update(may_price=False)
    with pytest.raises(MandateMissing):
        packing.change_price(by=scene.clerk, variant=variant, price_fen=1)
    packing.change_price(by=scene.clerk, variant=variant, price_fen=3880)
    packing.count_stock(by=scene.clerk, variant=variant, on_hand=9)
    variant.refresh_from_db()
    assert (variant.price_fen, variant.on_hand) == (3880, 9)


def test_stock_can_t_fall_below_what_buyers_hold(scene: Scene) -> None:
    variant = packing.add_variant(by=scene.clerk, product=listed(scene), name="500克", price_fen=3880, on_hand=5)
    hold({variant.pk: 3})
    with pytest.raises(packing.StockBelowHeld) as refused:
        packing.count_stock(by=scene.clerk, variant=variant, on_hand=2)
    assert refused.value.held == 3
    variant.refresh_from_db()
    assert variant.on_hand == 5
    packing.count_stock(by=scene.clerk, variant=variant, on_hand=3)
    assert not Product.objects.get().in_stock


def test_only_an_open_store_sells_and_only_what_has_a_price(scene: Scene) -> None:
    product = listed(scene)
    with pytest.raises(listing.NothingToSell):
        listing.put_on_sale(by=scene.clerk, product=product)
    packing.add_variant(by=scene.clerk, product=product, name="500克", price_fen=3880)
    Store.objects.update(status=StoreStatus.PAUSED)
    with pytest.raises(listing.StoreNotOpen):
        listing.put_on_sale(by=scene.clerk, product=product)
    assert not Product.objects.on_sale().exists()
    Store.objects.update(status=StoreStatus.CLOSED)
    scene.store.refresh_from_db()
    with pytest.raises(listing.StoreNotOpen):
        listed(scene)


def test_withdrawn_goods_are_not_on_sale(scene: Scene) -> None:
    product = listed(scene)
    packing.add_variant(by=scene.clerk, product=product, name="500克", price_fen=3880)
    listing.put_on_sale(by=scene.clerk, product=product)
    approve_listing(product)
    listing.withdraw(by=scene.clerk, product=product)
    assert Product.objects.get().status == ProductStatus.WITHDRAWN and not Product.objects.on_sale().exists()
    listing.put_on_sale(by=scene.clerk, product=product)
    assert Product.objects.on_sale().get() == product


@pytest.mark.parametrize(
    "facts", [{"season": (0, 13)}, {"season": (6, None)}, {"name": ""}, {"name": "字" * 61}, {"temperature": "hot"}]
)
def test_facts_that_make_no_sense_are_refused(scene: Scene, facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        listed(scene, **facts)
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    "pack", [{"price_fen": 0}, {"price_fen": -5}, {"net_weight_g": 0}, {"gross_weight_g": 10}, {"on_hand": -1}]
)
def test_packs_that_make_no_sense_are_refused(scene: Scene, pack: dict[str, Any]) -> None:
    product = listed(scene)
    with pytest.raises(ValidationError):
        packing.add_variant(by=scene.clerk, product=product, **{"name": "500克", "price_fen": 3880, **pack})
    assert not Variant.objects.exists()


def test_a_lot_is_not_from_the_future_and_its_grade_is_of_its_kind(scene: Scene) -> None:
    product = listed(scene)
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    with pytest.raises(ValidationError):
        lots.enter_lot(by=scene.clerk, product=product, harvested_on=tomorrow, quantity_g=1000)
    tea = GradeScheme.objects.create(category=make_category("tea", "茶", "Tea"), title="茶叶等级")
    with pytest.raises(ValidationError):
        lots.enter_lot(
            by=scene.clerk, product=product, harvested_on=tomorrow - dt.timedelta(days=9), quantity_g=1000,
            grade=Grade.objects.create(scheme=tea, rank=1, name="特级", name_en="top"),
        )  # fmt: skip


def test_sent_twice_a_product_is_there_once(scene: Scene) -> None:
    first, second = listed(scene, ref="a" * 22), listed(scene, ref="a" * 22)
    assert first.pk == second.pk and Product.objects.count() == 1


def test_households_of_one_s_own_village_alone(scene: Scene) -> None:
    other = make_store(scene.stations.second_point, household=make_household(scene.stations.second_point))
    with pytest.raises(NotAllowed):
        authorise(by=scene.clerk, store=other)
