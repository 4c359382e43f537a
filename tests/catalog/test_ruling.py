"""What the county looks at later: a new rule meets goods on sale, a new pack beyond the band is not offered before it was looked at."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog import packing, reviewing, ruling
from catalog.models import (
    Effect,
    GoodsRule,
    Lot,
    Product,
    ProductStatus,
    Review,
    ReviewKind,
    Variant,
    WhyReturned,
)
from catalog.telling import in_words
from sellers.models import LicenceKind, LicenceState, SellerLicence, Store
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def stations() -> cast.Stations:
    return cast.Stations()


@pytest.fixture
def store(stations: cast.Stations) -> Store:
    return cast.make_store(stations.point)


@pytest.fixture
def product(store: Store) -> Product:
    """Daylilies on sale, 38.80 a bag of 500 g."""
    product = cast.make_product(store)
    cast.make_variant(product, price_fen=3880)
    return product


def rule(words: str, effect: str = Effect.FORBIDDEN, **fields: str) -> GoodsRule:
    known = {"reason": "法律禁止出售", "source": "野生动物保护法（2022年修订）第二十八条", **fields}
    made = GoodsRule(words=words, effect=effect, **known)
    ruling.keep_rule(made)
    return made


def test_goods_on_sale_that_a_new_rule_forbids_leave_the_shop_and_the_seller_reads_why(
    stations: cast.Stations, product: Product, client: Client
) -> None:
    other = cast.make_product(product.store, name="土鸡蛋")
    cast.make_variant(other)
    assert ruling.apply_rules([rule("黃花菜")]) == (1, 0), "traditional characters are one with simplified"
    product.refresh_from_db()
    assert product.status == ProductStatus.RETURNED
    assert Product.objects.on_sale().get() == other
    review = Review.objects.get(product=product)
    assert (review.reason, "第二十八条" in review.words) == (WhyReturned.FORBIDDEN, True)
    client.force_login(cast.make_clerk(stations.point))
    page = client.get(f"/en/desk/goods/{product.ref}/").content.decode()
    assert "Returned by the county" in page and "第二十八条" in page
    assert ruling.apply_rules([rule("黄花")]) == (0, 0), "what is off sale stays as it is"


def test_a_rule_of_another_county_or_out_of_force_does_nothing(product: Product) -> None:
    assert ruling.apply_rules([rule("黄花菜", county_code=cast.SANGZHI[:6])]) == (0, 0)
    off = GoodsRule.objects.create(words="黄花菜", effect=Effect.FORBIDDEN, reason="停用", source="样例", active=False)
    assert ruling.apply_rules([off, rule("黄花菜", county_code=cast.SANGZHI[:6])]) == (0, 0)
    assert ruling.apply_rules([]) == (0, 0)
    assert Product.objects.on_sale().exists()


def test_a_word_in_the_story_alone_takes_nothing_off_sale(product: Product) -> None:
    Product.objects.filter(pk=product.pk).update(story="我们从不打穿山甲。")
    assert ruling.apply_rules([rule("穿山甲")]) == (0, 0)
    assert Product.objects.on_sale().exists()


def test_goods_that_need_a_licence_from_now_on_wait_for_it_and_come_back(product: Product) -> None:
    wants = rule("黄花菜", Effect.LICENSED, licence=LicenceKind.FOOD)
    assert ruling.apply_rules([wants]) == (0, 1)
    product.refresh_from_db()
    assert (product.status, product.licences) == (ProductStatus.WITHDRAWN, [LicenceKind.FOOD])
    wants.words = "别的东西"
    ruling.keep_rule(wants)
    assert ruling.apply_rules([wants]) == (0, 1)
    product.refresh_from_db()
    assert (product.status, product.licences) == (ProductStatus.LISTED, [])


def test_a_seller_with_the_licence_goes_on_selling(product: Product) -> None:
    today = timezone.localdate()
    SellerLicence.objects.create(
        household=product.store.household, kind=LicenceKind.FOOD, number="JY14304260000000", valid_from=today, valid_until=today,
        holder="李秀英", issuer="祁东县市场监督管理局", state=LicenceState.ACCEPTED, decided_at=timezone.now(),
        decided_by=cast.make_user("accepts@daylily.example"),
    )  # fmt: skip
    assert ruling.apply_rules([rule("黄花菜", Effect.LICENSED, licence=LicenceKind.FOOD)]) == (0, 1)
    assert Product.objects.on_sale().exists()


def test_goods_are_read_once_for_all_rules(product: Product, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    several = [rule(word) for word in ("穿山甲", "象牙", "发菜")]
    licensed = cast.make_product(product.store, name="土鸡蛋", licences=[LicenceKind.FOOD])
    rule("土鸡蛋", Effect.LICENSED, licence=LicenceKind.FOOD)
    with django_assert_num_queries(
        4
    ):  # a thousand goods with their packs, the county's rules; that there are no more goods
        assert ruling.apply_rules(several) == (0, 0)
    licensed.refresh_from_db()
    assert licensed.licences == [LicenceKind.FOOD]


def test_of_several_rules_each_county_s_holds_there_alone(product: Product) -> None:
    asks = rule("黄花菜", Effect.LICENSED, licence=LicenceKind.FOOD)
    elsewhere = rule("黄花菜", county_code=cast.SANGZHI[:6])
    assert ruling.apply_rules([elsewhere, asks]) == (0, 1)
    loose = rule("黄花菜，金针菜", Effect.LOOK)
    assert ruling.apply_rules([asks, loose, rule("黄花菜")]) == (1, 0)


def test_the_operator_switches_a_rule_off_and_deletes_none(product: Product) -> None:
    operator, kept = cast.signed_in_client(cast.make_operator()), rule("穿山甲")
    address = reverse("admin:catalog_goodsrule_delete", args=[kept.pk])
    assert operator.post(address, {"post": "yes"}).status_code == 403
    assert GoodsRule.objects.filter(pk=kept.pk).exists()
    assert operator.get(reverse("admin:catalog_goodsrule_change", args=[kept.pk])).status_code == 200


def test_rules_of_a_release_are_met_by_night(product: Product) -> None:
    GoodsRule.objects.create(words="黄花菜", effect=Effect.FORBIDDEN, reason="法律禁止出售", source="样例")
    ruling.follow_rules_of_the_night()
    assert not Product.objects.on_sale().exists()


@pytest.mark.parametrize(
    ("grams", "fen", "offered"),
    [(250, 2500, True), (250, 2523, False), (1000, 5500, True), (1000, 5400, False), (500, 3880, True)],
)
def test_a_new_pack_of_goods_on_sale_keeps_to_the_band_by_weight(
    stations: cast.Stations, product: Product, grams: int, fen: int, offered: bool
) -> None:
    """38.80 for 500 g, 30 % up or down: 13.58 to 25.22 for 250 g, 54.32 to 100.88 for 1 kg."""
    clerk = cast.make_clerk(stations.point)
    pack = packing.add_variant(by=clerk, product=product, name="新包装", price_fen=fen, net_weight_g=grams)
    assert Variant.objects.get(pk=pack.pk).active == pack.active == offered
    assert Review.objects.waiting().filter(kind=ReviewKind.PACK, variant=pack).exists() != offered
    with pytest.raises(packing.PackKnown):
        packing.add_variant(by=clerk, product=product, name="新包装", price_fen=3880)


def test_a_pack_that_waits_is_not_to_be_changed_yet(stations: cast.Stations, product: Product, client: Client) -> None:
    clerk = cast.make_clerk(stations.point)
    pack = packing.add_variant(by=clerk, product=product, name="礼盒", price_fen=9900)
    client.force_login(clerk)
    assert client.get(f"/desk/goods/{product.ref}/packs/{pack.pk}/").status_code == 404
    offered = product.variants.get(active=True)
    assert client.get(f"/desk/goods/{product.ref}/packs/{offered.pk}/").status_code == 200


def test_a_pack_that_waits_is_offered_by_the_county_s_yes(stations: cast.Stations, product: Product) -> None:
    clerk, centre = cast.make_clerk(stations.point), cast.make_clerk(stations.centre, "邹丽")
    pack = packing.add_variant(by=clerk, product=product, name="礼盒", price_fen=9900, on_hand=3)
    product.refresh_from_db()
    assert product.price_from_fen == 3880 and not product.variants.filter(active=True, name="礼盒").exists()
    reviewing.approve_review(by=centre, review=Review.objects.waiting().get())
    pack.refresh_from_db()
    assert (pack.active, pack.price_fen, pack.on_hand) == (True, 9900, 3)


def test_whether_a_pack_waits_is_decided_by_what_stands_in_the_database(
    stations: cast.Stations, product: Product
) -> None:
    as_it_was = Product.objects.get(pk=product.pk)
    as_it_was.status = ProductStatus.IN_REVIEW
    pack = packing.add_variant(by=cast.make_clerk(stations.point), product=as_it_was, name="礼盒", price_fen=9900)
    assert not pack.active


def test_the_seller_is_told_of_the_pack(stations: cast.Stations, product: Product) -> None:
    clerk, centre = cast.make_clerk(stations.point), cast.make_clerk(stations.centre, "邹丽")
    told = []
    for name in ("礼盒", "大礼盒"):
        packing.add_variant(by=clerk, product=product, name=name, price_fen=9900)
    first, second = Review.objects.waiting().order_by("pk")
    reviewing.approve_review(by=centre, review=first)
    reviewing.return_review(by=centre, review=second, reason=WhyReturned.PRICE)
    for review in (first, second):
        told.append(in_words(Review.objects.select_related("product", "variant").get(pk=review.pk)))
    assert "新规格“礼盒”已通过县里审核" in told[0]
    assert "新规格“大礼盒”没有通过县里审核" in told[1] and "价格" in told[1]


@pytest.mark.parametrize("taken_back", [True, False])
def test_a_pack_that_is_not_to_be_gives_its_lot_back(
    stations: cast.Stations, product: Product, taken_back: bool, client: Client
) -> None:
    clerk, centre = cast.make_clerk(stations.point), cast.make_clerk(stations.centre, "邹丽")
    lot = cast.make_lot(product, quantity_g=10_000)
    pack = packing.add_variant(by=clerk, product=product, name="礼盒", price_fen=9900, on_hand=3, lot=lot)
    assert Lot.objects.get(pk=lot.pk).used_g == 1500
    client.force_login(clerk)
    assert (
        "Waits for the county: new pack 礼盒 for ¥99.00"
        in client.get(f"/en/desk/goods/{product.ref}/").content.decode()
    )
    review = Review.objects.waiting().get()
    if taken_back:
        reviewing.take_back(by=clerk, review=review)
    else:
        reviewing.return_review(by=centre, review=review, reason=WhyReturned.PRICE)
    pack.refresh_from_db()
    assert (pack.active, pack.on_hand, Lot.objects.get(pk=lot.pk).used_g) == (False, 0, 0)
