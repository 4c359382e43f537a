"""Campaign prices where buyers look: on cards, in lists and on the product's page, the same as the cart takes."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from catalog import campaigns
from catalog.campaigns import Campaign, Goods, known_campaigns, prices_of_pack, prices_of_product
from catalog.models import Category, Product, Variant
from catalog.search import index_product
from orders.models import Payer, Promotion, PromotionPrice
from orders.promoting import approve, end
from orders.promotions import Offer, Piece
from tests.cast import QIDONG, make_category, make_clerk, make_official, make_variant, set_stock
from tests.orders.promoting import make_promotion
from tests.orders.scene import Scene
from tests.orders.test_buying import fill, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def listed(scene: Scene) -> None:
    """The scene's goods, found by lists."""
    for variant in (scene.daylily, scene.more_daylily, scene.tea):
        index_product(variant.product)


@pytest.fixture
def keeping(settings: Any) -> Iterator[None]:
    """Visitors' pages are kept, as in production."""
    settings.VISITOR_PAGE_SECONDS = 60
    yield
    cache.clear()


def page_of(variant: Variant, language: str = "") -> str:
    return text_of(Client().get(f"{language}/goods/{variant.product.ref}/"))


def look(address: str) -> str:
    """A page as a process shows it that has read the campaigns anew."""
    known_campaigns.forget()
    return text_of(Client().get(address))


@pytest.mark.parametrize("address", ["/search/", "/search/?q=黄花菜", "/category/daylily/", "/store/{store}/"])
def test_every_list_shows_old_and_new_price_by_whom_and_until_when(scene: Scene, address: str) -> None:
    until = timezone.make_aware(dt.datetime(2027, 5, 1))
    make_promotion(payer=Payer.COUNTY, percent_bp=1_000, ends_at=until)
    text = look(address.format(store=scene.store.slug))
    assert '<s class="was"><span class="vh">原价 </span>¥38.80</s>' in text
    assert '<span class="price"><i>¥</i>34.92</span>' in text
    assert "祁东县补贴，至4月30日" in text


def test_what_a_campaign_is_not_for_costs_what_it_costs(scene: Scene) -> None:
    make_promotion(payer=Payer.COUNTY, percent_bp=1_000)
    text = look("/search/?q=白茶")
    assert '<span class="price"><i>¥</i>128</span>' in text and 'class="was"' not in text


def test_the_product_page_and_its_structured_data_say_the_price_that_holds(scene: Scene) -> None:
    make_promotion(payer=Payer.COUNTY, percent_bp=1_000, ends_at=timezone.make_aware(dt.datetime(2027, 5, 1)))
    text = page_of(scene.daylily, "/en")
    assert '<s class="was"><span class="vh">ordinary price </span>¥38.80</s>' in text
    assert "Daylily festival, from Qidong" in text and "until 30 Apr" in text
    offer = offer_of(text)
    assert (offer["price"], offer["priceValidUntil"]) == ("34.92", "2027-04-30")


def offer_of(text: str) -> dict[str, Any]:
    blocks = text.split('<script type="application/ld+json">')[1:]
    found = [json.loads(block.split("</script>")[0]) for block in blocks]
    return dict(next(block for block in found if block["@type"] == "Product")["offers"][0])


def test_a_price_for_accounts_alone_is_told_as_one(scene: Scene) -> None:
    """A guest does not get it at the checkout, so it is neither the price of the page nor of a search engine."""
    make_promotion(percent_bp=1_000, most_per_buyer=2)
    text = page_of(scene.daylily)
    assert "登录后¥34.92，每人限2件" in text and 'class="was"' not in text
    assert offer_of(text)["price"] == "38.80"
    assert "登录后¥34.92，每人限2件" in look("/search/?q=黄花菜")


@pytest.mark.parametrize(
    "change",
    [
        {"ends_at": -dt.timedelta(minutes=1)},
        {"starts_at": dt.timedelta(seconds=30)},
        {"ended_at": dt.timedelta()},
        {"approved_at": None, "approved_by": None},
        {"spent_fen": 100_000 - 387},
    ],
    ids=["over", "not begun", "ended", "not approved", "budget too small for a unit"],
)
def test_what_does_not_hold_is_not_shown(scene: Scene, change: dict[str, Any]) -> None:
    promotion = make_promotion(percent_bp=1_000)
    assert 'class="was"' in look(f"/goods/{scene.daylily.product.ref}/")
    now = timezone.now()
    change = {name: now + value if isinstance(value, dt.timedelta) else value for name, value in change.items()}
    Promotion.objects.filter(pk=promotion.pk).update(**change)
    assert 'class="was"' not in look(f"/goods/{scene.daylily.product.ref}/")


def test_a_price_ends_on_time_though_a_process_keeps_what_it_read(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    promotion = make_promotion(percent_bp=1_000)
    assert 'class="was"' in page_of(scene.daylily)
    after = promotion.ends_at + dt.timedelta(seconds=1)
    monkeypatch.setattr(timezone, "now", lambda: after)
    assert 'class="was"' not in page_of(scene.daylily)


@pytest.mark.usefixtures("keeping")
def test_a_kept_page_does_not_outlive_its_price(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty seconds are longer than this promotion has left."""
    promotion = make_promotion(percent_bp=1_000, ends_at=timezone.now() + dt.timedelta(seconds=20))
    assert 'class="was"' in page_of(scene.daylily)
    Product.objects.filter(pk=scene.daylily.product_id).update(name="换了名字")
    assert "换了名字" not in page_of(scene.daylily), "the page is kept while the price holds"
    monkeypatch.setattr(timezone, "now", lambda: promotion.ends_at)
    after = page_of(scene.daylily)
    assert 'class="was"' not in after and "换了名字" in after


@pytest.mark.usefixtures("keeping")
def test_what_two_people_decide_is_seen_by_visitors_at_once(
    scene: Scene, django_capture_on_commit_callbacks: Any
) -> None:
    clerk, official = make_clerk(scene.qidong.centre), make_official()
    promotion = make_promotion(
        payer=Payer.COUNTY, percent_bp=1_000, proposed_by=clerk, approved_by=None, approved_at=None
    )
    assert 'class="was"' not in page_of(scene.daylily)
    with django_capture_on_commit_callbacks(execute=True):
        approve(by=official, promotion=promotion)
    assert 'class="was"' in page_of(scene.daylily)
    with django_capture_on_commit_callbacks(execute=True):
        end(by=official, promotion=promotion)
    assert 'class="was"' not in page_of(scene.daylily)


def test_a_fixed_price_shows_on_its_pack_and_makes_the_card_cheaper(scene: Scene) -> None:
    big = make_variant(scene.daylily.product, price_fen=7_000, grams=1_000)
    index_product(scene.daylily.product)
    campaign = make_promotion()
    PromotionPrice.objects.create(promotion=campaign, variant=big, price_fen=3_500)
    card = look(f"/search/?q=黄花菜&county={QIDONG[:6]}")
    assert "¥70.00</s>" in card and '<i>¥</i>35</span><small class="from">起</small>' in card
    page = page_of(scene.daylily)
    assert "<i>¥</i>35</span>" in page and "<i>¥</i>38.80</span>" in page


@pytest.mark.parametrize("changes", [{"on_hand": 0}, {"apart_until": timezone.now() + dt.timedelta(days=1)}])
def test_the_price_of_a_pack_that_nobody_can_have_is_not_shown(scene: Scene, changes: dict[str, Any]) -> None:
    big = make_variant(scene.daylily.product, price_fen=7_000, grams=1_000)
    index_product(scene.daylily.product)
    PromotionPrice.objects.create(promotion=make_promotion(), variant=big, price_fen=3_500)
    if "on_hand" in changes:
        set_stock(big, 0)
    else:
        Variant.objects.filter(pk=big.pk).update(**changes)
    card = look(f"/search/?q=黄花菜&county={QIDONG[:6]}")
    assert "<i>¥</i>35</span>" not in card and "38.80" in card


def test_a_campaign_for_a_category_holds_below_it_too(scene: Scene) -> None:
    food = make_category("food", "食品", "Food")
    category = scene.daylily.product.category
    category.parent = food
    category.save()
    make_promotion(percent_bp=1_000, category_slug="food")
    assert 'class="was"' in page_of(scene.daylily) and 'class="was"' not in page_of(scene.tea)


@pytest.mark.parametrize("address", ["/search/?sort=cheap", "/search/?sort=dear", "/search/?price=20-50"])
def test_lists_by_price_say_that_they_compare_ordinary_prices(scene: Scene, address: str) -> None:
    told = "按原价比较"
    assert told not in look(address)
    make_promotion(percent_bp=1_000)
    assert told in look(address)
    assert told not in look("/search/")


def test_lists_cost_one_query_more_and_none_for_some_seconds(
    scene: Scene, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_campaigns, "seconds", 600)
    Client().get("/search/")
    known_campaigns.forget()
    with django_assert_num_queries(1):
        campaigns.holding_now()
    with django_assert_num_queries(0):
        campaigns.holding_now()


def test_the_checkout_has_the_last_word(scene: Scene, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page was read before the campaign ended; the cart shows what holds now."""
    monkeypatch.setattr(known_campaigns, "seconds", 600)
    promotion = make_promotion(percent_bp=1_000)
    assert 'class="was"' in page_of(scene.daylily)
    Promotion.objects.filter(pk=promotion.pk).update(ended_at=timezone.now())
    assert 'class="was"' in page_of(scene.daylily), "another process has not read it again yet"
    fill(client, (scene.daylily, 1))
    cart = text_of(client.get(reverse("cart")))
    assert "¥38.80" in cart and 'class="was"' not in cart


@hypothesis(max_examples=200, deadline=None, derandomize=True)
@given(
    fen=st.integers(2, 10**6),
    rules=st.lists(
        st.tuples(st.integers(1, 9_000) | st.none(), st.integers(1, 10**6), st.integers(1, 10**6)),
        min_size=1,
        max_size=4,
    ),
)
def test_what_a_page_shows_is_what_an_order_pays(fen: int, rules: list[tuple[int | None, int, int]]) -> None:
    """The same rules, read by goods and by the checkout, for one unit: percent or a price of the pack, and a budget."""
    now = timezone.now()
    product = Product(pk=1, county_code="430426", store_id=1, category=Category(pk=1, slug="daylily"))
    variant = Variant(pk=1, product=product, price_fen=fen)
    promotions, shown, prices = [], [], {}
    for pk, (percent, price, budget) in enumerate(rules, start=1):
        promotions.append(Promotion(pk=pk, kind="price", percent_bp=percent, budget_fen=budget))
        packs = {}
        if percent is None:
            prices[pk, 1] = price
            packs = {1: campaigns.Pack(1, 1, fen, 500, price, True)}
        shown.append(Campaign(pk, "", "", now, now, budget, percent or 0, packs))
    paid = Offer(promotions, prices).take_off([Piece(variant, 1, fen)])
    goods = Goods(1, "430426", 1, 1)
    for found in (
        prices_of_pack(shown, goods, variant_id=1, fen=fen),
        prices_of_product(shown, goods, fen=fen),
    ):
        costs = found.open.fen if found.open else fen
        assert costs == fen - sum(off.fen for offs in paid for off in offs)
