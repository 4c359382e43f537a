"""Reviewing: what waits for the county, who may decide, on what they saw, and what buyers see meanwhile."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from catalog import changes, listing, packing, reviewing, rules
from catalog.models import (
    Category,
    Effect,
    GoodsRule,
    PriceBand,
    Product,
    ProductStatus,
    Review,
    ReviewKind,
    ReviewState,
    Variant,
    WhyReturned,
)
from catalog.reviewing import approve_review, return_review, take_back
from sellers.models import Store, StoreStatus
from stations.scope import NotAllowed
from tests.cast import (
    SANGZHI,
    Stations,
    make_category,
    make_clerk,
    make_official,
    make_product,
    make_store,
    make_user,
    make_variant,
)

pytestmark = pytest.mark.django_db


@dataclass
class Scene:
    """A store with its clerk, and the county's centre that reviews."""

    stations: Stations
    store: Store
    clerk: User
    centre: User

    def draft(self, **facts: Any) -> Product:
        known = {"category": make_category(), "origin": self.store.region, "name": "祁东黄花菜", **facts}
        product = listing.list_product(by=self.clerk, store=self.store, **known)
        packing.add_variant(by=self.clerk, product=product, name="500克袋装", price_fen=3880, on_hand=5)
        return product

    def waiting(self, **facts: Any) -> tuple[Product, Review]:
        product = self.draft(**facts)
        listing.put_on_sale(by=self.clerk, product=product)
        return product, Review.objects.waiting().get(product=product)

    def on_sale(self, **facts: Any) -> Product:
        product, review = self.waiting(**facts)
        approve_review(by=self.centre, review=review)
        product.refresh_from_db()
        return product


@pytest.fixture
def scene() -> Scene:
    stations = Stations()
    return Scene(stations, make_store(stations.point), make_clerk(stations.point), make_clerk(stations.centre, "邹丽"))


def test_new_goods_wait_are_approved_and_on_sale(scene: Scene) -> None:
    product, review = scene.waiting()
    assert product.status == ProductStatus.IN_REVIEW and not Product.objects.on_sale().exists()
    assert (review.kind, review.asked_by, review.store) == (ReviewKind.NEW, scene.clerk, scene.store)
    approve_review(by=scene.centre, review=review, seen=review.revision)
    assert Product.objects.on_sale().get() == product
    review.refresh_from_db()
    assert (review.state, review.decided_by) == (ReviewState.APPROVED, scene.centre)
    assert apps.get_model("catalog", "ReviewEvent").objects.filter(pgh_obj_id=review.pk).count() == 2


def test_returned_goods_say_why_are_mended_and_sent_again(scene: Scene) -> None:
    product, review = scene.waiting()
    return_review(by=scene.centre, review=review, reason=WhyReturned.PICTURES, words="请补一张实物照片")
    product.refresh_from_db()
    assert product.status == ProductStatus.RETURNED
    listing.edit_product(by=scene.clerk, product=product, summary="当年新花")
    listing.put_on_sale(by=scene.clerk, product=product)
    approve_review(by=scene.centre, review=Review.objects.waiting().get())
    assert Product.objects.on_sale().get().summary == "当年新花"


def test_something_else_needs_words(scene: Scene) -> None:
    product, review = scene.waiting()
    with pytest.raises(reviewing.WordsMissing):
        return_review(by=scene.centre, review=review, reason=WhyReturned.OTHER, words="  ")
    product.refresh_from_db()
    assert product.status == ProductStatus.IN_REVIEW


def test_whoever_listed_or_asked_and_the_family_do_not_decide(scene: Scene) -> None:
    centre = scene.centre
    product, review = scene.waiting()
    product.listed_by = centre
    product.save(update_fields=["listed_by"])
    with pytest.raises(reviewing.OwnEntry):
        approve_review(by=centre, review=review)
    Product.objects.update(listed_by=scene.clerk)
    Review.objects.update(asked_by=centre)
    with pytest.raises(reviewing.OwnEntry):
        return_review(by=centre, review=review, reason=WhyReturned.NAME)
    Review.objects.update(asked_by=scene.clerk)
    scene.store.household.user = centre
    scene.store.household.save()
    with pytest.raises(reviewing.OwnEntry):
        approve_review(by=centre, review=review)
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.update(asked_by=centre, decided_by=centre, state=ReviewState.APPROVED, decided_at=timezone.now())


def test_only_the_county_decides(scene: Scene) -> None:
    _product, review = scene.waiting()
    township = make_clerk(scene.stations.township)
    for stranger in (township, make_official(SANGZHI), make_user()):
        with pytest.raises(NotAllowed):
            approve_review(by=stranger, review=review)
    approve_review(by=make_official(), review=review)


def test_the_second_reviewer_hears_that_it_is_decided(scene: Scene) -> None:
    product, review = scene.waiting()
    approve_review(by=scene.centre, review=review)
    with pytest.raises(reviewing.AlreadyDecided):
        return_review(by=make_official(), review=review, reason=WhyReturned.NAME)
    product.refresh_from_db()
    assert product.status == ProductStatus.LISTED
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(state=ReviewState.RETURNED, reason=WhyReturned.NAME)


def test_a_reviewer_decides_on_what_they_saw(scene: Scene) -> None:
    product, review = scene.waiting()
    seen = review.revision
    listing.edit_product(by=scene.clerk, product=product, name="祁东黄花菜 特级")
    with pytest.raises(reviewing.ReviewChanged):
        approve_review(by=scene.centre, review=review, seen=seen)
    variant = product.variants.get()
    packing.change_price(by=scene.clerk, variant=variant, price_fen=9900)
    review.refresh_from_db()
    assert review.revision == seen + 2
    approve_review(by=scene.centre, review=review, seen=review.revision)


def test_what_waits_is_taken_back(scene: Scene) -> None:
    product, review = scene.waiting()
    take_back(by=scene.clerk, review=review)
    product.refresh_from_db()
    assert product.status == ProductStatus.DRAFT
    with pytest.raises(reviewing.AlreadyDecided):
        approve_review(by=scene.centre, review=review)


def test_the_database_lists_nothing_that_nobody_approved(scene: Scene) -> None:
    product = scene.draft()
    for way in (["listed"], ["withdrawn", "listed"], ["in_review", "listed"]):
        with pytest.raises(IntegrityError), transaction.atomic():
            for status in way:
                Product.objects.filter(pk=product.pk).update(status=status)


def test_sent_twice_it_waits_once(scene: Scene) -> None:
    product, review = scene.waiting()
    listing.put_on_sale(by=scene.clerk, product=product)
    assert Review.objects.get() == review


def test_a_new_name_waits_and_buyers_see_the_old_one(scene: Scene) -> None:
    product = scene.on_sale()
    tea = make_category("tea", "茶", "Tea")
    listing.edit_product(by=scene.clerk, product=product, name="高山云雾茶", category=tea, summary="新的一行")
    product.refresh_from_db()
    assert (product.name, product.category.slug, product.summary) == ("祁东黄花菜", "daylily", "新的一行")
    review = Review.objects.waiting().get()
    assert review.before == {"category": Category.objects.get(slug="daylily").pk, "name": "祁东黄花菜"}
    assert changes.as_proposed(product).name == "高山云雾茶" and changes.as_proposed(product).category == tea
    approve_review(by=scene.centre, review=review)
    product.refresh_from_db()
    assert (product.name, product.category) == ("高山云雾茶", tea)


def test_a_change_that_is_returned_leaves_the_old_one(scene: Scene) -> None:
    product = scene.on_sale()
    listing.edit_product(by=scene.clerk, product=product, name="包治百病黄花菜")
    return_review(by=scene.centre, review=Review.objects.waiting().get(), reason=WhyReturned.CLAIM)
    product.refresh_from_db()
    assert (product.name, product.status) == ("祁东黄花菜", ProductStatus.LISTED)


def test_a_change_back_takes_the_waiting_one_back(scene: Scene) -> None:
    product = scene.on_sale()
    listing.edit_product(by=scene.clerk, product=product, name="黄花菜王")
    listing.edit_product(by=scene.clerk, product=product, name="祁东黄花菜")
    assert not Review.objects.waiting().exists()


@pytest.mark.parametrize(("price", "waits"), [(5044, False), (5045, True), (2716, False), (2715, True)])
def test_a_price_beyond_the_band_waits(scene: Scene, price: int, waits: bool) -> None:
    """3880 fen, 30 % up or down."""
    variant = scene.on_sale().variants.get()
    review = packing.change_price(by=scene.clerk, variant=variant, price_fen=price)
    variant.refresh_from_db()
    assert (review is not None, variant.price_fen) == (waits, 3880 if waits else price)
    if review:
        approve_review(by=scene.centre, review=review)
        variant.refresh_from_db()
        assert variant.price_fen == price and Product.objects.get().price_from_fen == price


def test_a_price_that_waits_does_not_hold_during_a_flash_sale(scene: Scene) -> None:
    variant = scene.on_sale().variants.get()
    review = packing.change_price(by=scene.clerk, variant=variant, price_fen=9000)
    assert review is not None
    Variant.objects.update(apart_until=timezone.now() + dt.timedelta(hours=1))
    with pytest.raises(reviewing.PackInSale):
        approve_review(by=scene.centre, review=review)
    Variant.objects.update(apart_until=timezone.now())
    approve_review(by=scene.centre, review=review)
    assert Variant.objects.get().price_fen == 9000


def test_many_small_steps_are_one_large_one(scene: Scene) -> None:
    variant = scene.on_sale().variants.get()
    assert packing.change_price(by=scene.clerk, variant=variant, price_fen=4900) is None
    events = apps.get_model("catalog", "VariantEvent").objects.filter(pgh_obj_id=variant.pk)
    events.filter(price_fen=4900).update(pgh_created_at=timezone.now())  # one transaction has one time
    assert packing.change_price(by=scene.clerk, variant=variant, price_fen=5900) is not None
    variant.refresh_from_db()
    assert variant.price_fen == 4900


def test_the_county_s_own_band(scene: Scene) -> None:
    variant = scene.on_sale().variants.get()
    PriceBand.objects.create(county_code="430426", up_percent=10, down_percent=10, days=7)
    assert packing.change_price(by=scene.clerk, variant=variant, price_fen=4300) is not None


def test_an_old_price_is_forgotten_after_the_band_s_days(scene: Scene) -> None:
    product = make_product(scene.store)
    variant = make_variant(product, price_fen=1000)
    events = apps.get_model("catalog", "VariantEvent").objects.filter(pgh_obj_id=variant.pk)
    Variant.objects.filter(pk=variant.pk).update(price_fen=1290)
    long_ago = timezone.now() - dt.timedelta(days=31)
    events.update(pgh_created_at=long_ago)
    assert changes.base_price(variant) == 1290


def rule(words: str = "", effect: str = Effect.FORBIDDEN, **fields: Any) -> GoodsRule:
    known = {"reason": "法律禁止出售", "source": "野生动物保护法（2022年修订）第二十八条", **fields}
    return GoodsRule.objects.create(words=words, effect=effect, **known)


@pytest.mark.parametrize("name", ["野生穿山甲片", "穿 山 甲", "穿·山·甲", "穿山甲鱗片", "Pangolin scales"])
def test_forbidden_goods_are_refused_with_reason_and_source(scene: Scene, name: str) -> None:
    rule("穿山甲\npangolin")
    with pytest.raises(rules.GoodsForbidden) as refused:
        scene.draft(name=name)
    assert "野生动物保护法" in str(refused.value) and not Product.objects.exists()


def test_a_word_counts_in_traditional_characters_too(scene: Scene) -> None:
    rule("猎枪")
    with pytest.raises(ValidationError):
        scene.draft(name="老獵槍")


@pytest.mark.parametrize("name", ["象牙芒果", "大象 牙膏"[:2] + "。牙膏", "Pangolins are safe here book"])
def test_other_words_are_not_meant(scene: Scene, name: str) -> None:
    rule("象牙\npangolin", unless="象牙芒")
    assert scene.draft(name=name).pk


def test_a_story_is_only_looked_at(scene: Scene) -> None:
    made = rule("甲拌磷")
    _product, review = scene.waiting(story="地里从不打甲拌磷，虫子用手捉。")
    assert ("story", "甲拌磷") in [(hit["where"], hit["word"]) for hit in review.fired if hit["rule"] == made.pk]


def test_a_story_that_a_rule_fits_waits_when_it_comes_later(scene: Scene) -> None:
    rule("根治糖尿病", effect=Effect.LOOK, source="广告法（2021年修正）第十七条", reason="食品不得宣传疗效")
    product = scene.on_sale(story="自家地里种的。")
    listing.edit_product(by=scene.clerk, product=product, story="泡水喝根治糖尿病。", summary="好吃")
    product.refresh_from_db()
    assert (product.story, product.summary) == ("自家地里种的。", "好吃")
    assert "根治糖尿病" in [hit["word"] for hit in Review.objects.waiting().get().fired]


def test_another_county_s_rule_does_not_count(scene: Scene) -> None:
    rule("黄花菜", county_code=SANGZHI[:6])
    assert scene.draft().pk


def test_a_rule_that_came_meanwhile_stops_the_approval(scene: Scene) -> None:
    product, review = scene.waiting()
    rule("黄花菜")
    with pytest.raises(rules.GoodsForbidden):
        approve_review(by=scene.centre, review=review)
    product.refresh_from_db()
    review.refresh_from_db()
    assert (product.status, review.state) == (ProductStatus.IN_REVIEW, ReviewState.WAITING)


def test_a_closed_store_sends_nothing(scene: Scene) -> None:
    product = scene.draft()
    Store.objects.update(status=StoreStatus.PAUSED)
    with pytest.raises(reviewing.StoreNotOpen):
        listing.put_on_sale(by=scene.clerk, product=product)
    assert not Review.objects.exists()
