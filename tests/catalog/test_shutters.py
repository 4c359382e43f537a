"""A store's shutters: who may move them, what buyers see of the goods, what becomes of orders, and that a closed store stays closed."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from catalog import listing, packing
from catalog.jobs import every_hour
from catalog.models import Product, Stock
from catalog.shutters import BadPauseEnd, close_store, pause_store, reopen_due, resume_store
from sellers.mandates import MandateMissing
from sellers.models import Mandate, PauseReason, Store, StoreStatus
from sellers.onboarding import StoreMoved
from stations.scope import NotAllowed
from tests.cast import Stations, make_clerk, make_official, make_product, make_store, make_user, make_variant

pytestmark = pytest.mark.django_db
HARVEST = PauseReason.HARVEST


@dataclass
class Scene:
    """An open store with goods, its farmer with an account, and the staff around it."""

    stations: Stations
    store: Store
    farmer: User
    clerk: User
    product: Product


@pytest.fixture
def scene() -> Scene:
    stations = Stations()
    store = make_store(stations.point)
    farmer = make_user("farmer@daylily.example", name="李秀英")
    store.household.user = farmer
    store.household.save()
    product = make_product(store)
    make_variant(product)
    return Scene(stations, store, farmer, make_clerk(stations.point), product)


def shown(scene: Scene) -> bool:
    return Product.objects.on_sale().filter(pk=scene.product.pk).exists()


def pause(scene: Scene, by: User | None = None, **more: Any) -> Store:
    return pause_store(by=by or scene.farmer, store=scene.store, reason=HARVEST, **more)


def in_days(days: int) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=days)


def test_a_pause_hides_the_goods_and_opening_again_shows_them(scene: Scene, client: Client) -> None:
    kept = pause(scene, until=in_days(9))
    assert (kept.status, kept.pause_reason, kept.paused_until) == (StoreStatus.PAUSED, HARVEST, in_days(9))
    assert not shown(scene)
    assert client.get(reverse("product", args=[scene.product.ref])).status_code == 404
    kept = resume_store(by=scene.farmer, store=kept)
    assert (kept.status, kept.pause_reason, kept.paused_at, kept.paused_until) == (StoreStatus.OPEN, "", None, None)
    assert shown(scene)


def test_another_stores_goods_stay_on_sale(scene: Scene) -> None:
    other = make_product(make_store(scene.stations.second_point), name="黄花菜干")
    pause(scene)
    assert list(Product.objects.on_sale()) == [other]


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_a_pause_ends_on_a_later_day_within_a_year(scene: Scene, days: int) -> None:
    with pytest.raises(BadPauseEnd):
        pause(scene, until=in_days(days))
    scene.store.refresh_from_db()
    assert scene.store.status == StoreStatus.OPEN


@pytest.mark.parametrize("step", [pause_store, close_store])
def test_the_clerk_needs_the_farmers_mandate_to_list(scene: Scene, step: Any) -> None:
    more = {"reason": HARVEST} if step is pause_store else {}
    Mandate.objects.update(may_list=False)
    with pytest.raises(MandateMissing):
        step(by=scene.clerk, store=scene.store, **more)
    Mandate.objects.update(may_list=True)
    step(by=scene.clerk, store=scene.store, **more)
    assert not shown(scene)


def test_only_the_stores_own_people_move_it(scene: Scene) -> None:
    strangers = [make_clerk(scene.stations.second_point), make_official(), make_user("other@daylily.example")]
    for stranger in strangers:
        with pytest.raises((NotAllowed, MandateMissing)):
            pause(scene, by=stranger)
        with pytest.raises((NotAllowed, MandateMissing)):
            close_store(by=stranger, store=scene.store)
    pause(scene)
    for stranger in strangers:
        with pytest.raises((NotAllowed, MandateMissing)):
            resume_store(by=stranger, store=scene.store)


def test_the_county_centre_closes_for_a_cause_and_nobody_else_does(scene: Scene) -> None:
    centre, township = make_clerk(scene.stations.centre), make_clerk(scene.stations.township)
    Mandate.objects.update(withdrawn_at=timezone.now())
    with pytest.raises(MandateMissing):
        close_store(by=centre, store=scene.store)
    for other in (township, scene.clerk, scene.farmer, make_official()):
        with pytest.raises(NotAllowed):
            close_store(by=other, store=scene.store, cause="检测不合格")
    kept = close_store(by=centre, store=scene.store, cause="检测不合格")
    assert (kept.status, kept.county_note) == (StoreStatus.CLOSED, "检测不合格")


def test_what_the_county_paused_the_county_opens(scene: Scene) -> None:
    centre = make_clerk(scene.stations.centre)
    kept = pause(scene, by=centre, cause="检测不合格", until=in_days(1))
    for other in (scene.farmer, scene.clerk):
        with pytest.raises(NotAllowed):
            resume_store(by=other, store=kept)
    assert reopen_due(on=in_days(2)) == 0, "the county's pause does not end by itself"
    Mandate.objects.update(withdrawn_at=timezone.now())
    kept = resume_store(by=centre, store=kept)
    assert (kept.status, kept.county_note) == (StoreStatus.OPEN, "")


def test_a_closed_store_stays_closed(scene: Scene) -> None:
    kept = close_store(by=scene.farmer, store=scene.store)
    assert kept.closed_at is not None
    assert not shown(scene)
    for step in (resume_store, close_store):
        with pytest.raises(StoreMoved):
            step(by=scene.farmer, store=kept)
    with pytest.raises(StoreMoved):
        pause(scene)
    assert reopen_due(on=in_days(400)) == 0


def test_a_paused_store_can_be_closed(scene: Scene) -> None:
    kept = close_store(by=scene.farmer, store=pause(scene, until=in_days(3)))
    assert (kept.status, kept.paused_until) == (StoreStatus.CLOSED, None)


def test_stores_open_again_when_their_day_has_come(scene: Scene) -> None:
    pause(scene, until=in_days(1))
    assert reopen_due() == 0
    assert not shown(scene)
    Store.objects.update(paused_until=in_days(0))
    every_hour(0)
    assert shown(scene)
    scene.store.refresh_from_db()
    assert (scene.store.status, scene.store.paused_until) == (StoreStatus.OPEN, None)


def test_a_pause_without_a_day_waits_for_the_farmer(scene: Scene) -> None:
    pause(scene)
    assert reopen_due(on=in_days(3000)) == 0


def test_history_says_who_paused_for_whom(scene: Scene) -> None:
    pause(scene, by=scene.clerk)
    event = apps.get_model("sellers.StoreEvent").objects.select_related("pgh_context").latest("pgh_id")
    assert event.status == StoreStatus.PAUSED
    assert event.pgh_context.metadata["on_behalf_of"] == scene.store.household_id


def test_goods_changed_during_a_pause_stay_hidden(scene: Scene) -> None:
    """The product in hand still believes its store open."""
    assert scene.product.store.status == StoreStatus.OPEN
    pause_store(by=scene.farmer, store=Store.objects.get(pk=scene.store.pk), reason=HARVEST)
    listing.edit_product(by=scene.farmer, product=scene.product, summary="新货")
    assert not shown(scene)
    with pytest.raises(listing.StoreNotOpen):
        listing.put_on_sale(by=scene.farmer, product=scene.product)


def test_stock_is_counted_up_and_down_but_never_below_what_buyers_hold(scene: Scene) -> None:
    variant = scene.product.variants.get()
    packing.add_stock(by=scene.farmer, variant=variant, units=-18)
    Stock.objects.update(held=2)
    with pytest.raises(packing.StockBelowHeld):
        packing.add_stock(by=scene.farmer, variant=variant, units=-1)
    packing.add_stock(by=scene.farmer, variant=variant, units=5)
    assert variant.on_hand == 7
    with pytest.raises(NotAllowed):
        packing.add_stock(by=make_clerk(scene.stations.second_point), variant=variant, units=1)
