"""Coupons of one's own, prices by pack and categories at the desk, and codes that can't be guessed."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisGone

from accounts.models import User
from catalog.models import GoodsKind
from catalog.visits import offer_days
from orders import guessing
from orders.cart import CART_COOKIE
from orders.cart_page import read_basket
from orders.giving_coupons import NoSuchBuyer, find_buyer, give_coupon
from orders.models import Coupon, Order, Payer, Promotion, PromotionKind, PromotionPrice
from orders.my_coupons import shown_coupons, usable_coupons
from orders.my_data import export_for_user
from orders.promoting import PromotionRefused, Terms, promote_store
from orders.promotions import CouponRefused
from orders.views import coupons
from payments import stripe_checkout
from stations.scope import NotAllowed
from tests.cast import (
    SANGZHI,
    make_category,
    make_clerk,
    make_official,
    make_operator,
    make_product,
    make_user,
    signed_in_client,
)
from tests.orders.promoting import make_coupon, make_promotion
from tests.orders.scene import Scene, order_of
from tests.orders.season import make_box
from tests.orders.test_buying import DOOR, STRIPE_PAGE, fill, hidden, review, text_of
from tests.orders.test_promotion_pages import days

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stripe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stripe's hosted page, opened without Stripe."""
    monkeypatch.setattr(stripe_checkout, "open_session", lambda **_params: STRIPE_PAGE)


@pytest.fixture
def buyer() -> User:
    return make_user(name="刘敏", phone="13907310000", email="liumin@daylily.example")


@pytest.fixture
def operator() -> User:
    return make_operator()


def personal(**fields: Any) -> Promotion:
    """A coupon promotion of the platform without a code for all."""
    return make_promotion(PromotionKind.COUPON, **{"off_fen": 1_000, **fields})


class TestGiving:
    """By the county, the store or the operator, to one account."""

    @pytest.mark.parametrize("named", ["13907310000", "+86 139-0731-0000", "LiuMin@daylily.example "])
    def test_a_buyer_is_found_by_number_or_address(self, buyer: User, named: str) -> None:
        assert find_buyer(named) == buyer

    @pytest.mark.parametrize("named", ["", " ", "13907310001", "nobody@daylily.example", "刘敏", "'; DROP"])
    def test_nobody_else_is(self, buyer: User, named: str) -> None:
        with pytest.raises(NoSuchBuyer):
            find_buyer(named)

    def test_it_is_the_buyers_alone_and_good_for_one_order(self, scene: Scene, buyer: User, operator: User) -> None:
        coupon = give_coupon(by=operator, promotion=personal(), to=buyer)
        assert (coupon.user, coupon.most_uses, coupon.given_by) == (buyer, 1, operator)
        with pytest.raises(CouponRefused):
            order_of(scene, buyer=make_user(name="陈静"), coupon=coupon.code)
        order_of(scene, buyer=buyer, coupon=coupon.code, key="first")
        with pytest.raises(CouponRefused):
            order_of(scene, buyer=buyer, coupon=coupon.code, key="second")

    def test_once_a_buyer_and_never_to_oneself(self, buyer: User, operator: User) -> None:
        promotion = personal()
        coupon = give_coupon(by=operator, promotion=promotion, to=buyer)
        with pytest.raises(PromotionRefused):
            give_coupon(by=operator, promotion=promotion, to=buyer)
        with pytest.raises(PromotionRefused):
            give_coupon(by=operator, promotion=promotion, to=operator)
        for wrong in ({"user": operator}, {"promotion": promotion, "user": buyer, "pk": None, "code": "ANOTHER"}):
            with pytest.raises(IntegrityError), transaction.atomic():
                row = Coupon.objects.get(pk=coupon.pk)
                for name, value in wrong.items():
                    setattr(row, name, value)
                row.save()

    @pytest.mark.parametrize("change", [{"kind": "price"}, {"ended_at": timezone.now()}, {"ends_at": timezone.now()}])
    def test_only_of_a_coupon_that_is_not_over(self, buyer: User, operator: User, change: dict[str, Any]) -> None:
        promotion = personal()
        for name, value in change.items():
            setattr(promotion, name, value)
        with pytest.raises(PromotionRefused):
            give_coupon(by=operator, promotion=promotion, to=buyer)

    def test_only_by_whose_promotion_it_is(self, scene: Scene, buyer: User) -> None:
        county = personal(payer=Payer.COUNTY)
        with pytest.raises(NotAllowed):
            give_coupon(by=make_official(SANGZHI), promotion=county, to=buyer)
        official = make_official()
        assert give_coupon(by=official, promotion=county, to=buyer).user == buyer
        with pytest.raises(NotAllowed):
            give_coupon(by=official, promotion=personal(), to=buyer)

    def test_at_the_desk(self, scene: Scene, buyer: User) -> None:
        clerk = signed_in_client(make_clerk(scene.qidong.centre))
        clerk.post(reverse("desk_promotions"), days(code="", personal="on"))
        promotion = Promotion.objects.get()
        assert not promotion.coupons.exists()
        give = reverse("desk_coupon_give", args=[promotion.pk])
        told = text_of(clerk.post(give, {"buyer": "13900000000"}, follow=True))
        assert "没有使用这个手机号或邮箱的账户" in told
        told = text_of(clerk.post(give, {"buyer": "139 0731 0000"}, follow=True))
        coupon = Coupon.objects.get()
        assert coupon.user == buyer and coupon.code in told and "已发给1位买家" in told

    def test_who_has_an_account_is_not_found_out_number_by_number(self, scene: Scene, buyer: User) -> None:
        client, promotion = signed_in_client(make_operator()), personal()
        give = reverse("desk_coupon_give", args=[promotion.pk])
        client.post(give, {"buyer": "13900000000"})
        request = RequestFactory().post(give)
        request.user = User.objects.get(pk=client.session["_auth_user_id"])
        for _number in range(59):
            assert coupons._may_look(request)
        assert "查找买家次数太多" in text_of(client.post(give, {"buyer": "13907310000"}, follow=True))
        assert not Coupon.objects.exists()


class TestTheBuyer:
    """My coupons, and the checkout."""

    def test_my_coupons_say_what_they_are_for(self, scene: Scene, buyer: User, operator: User) -> None:
        until = timezone.make_aware(dt.datetime(2027, 5, 1))
        terms = {"minimum_fen": 6_000, "category_slug": "daylily", "ends_at": until}
        coupon = give_coupon(by=operator, promotion=personal(**terms), to=buyer)
        text = text_of(signed_in_client(buyer).get(reverse("coupons")))
        assert "减¥10" in text and "满¥60" in text and "限黄花菜" in text and coupon.code in text and "可用" in text
        assert "4月30日" in text
        english = text_of(signed_in_client(buyer).get(reverse("coupons"), headers={"accept-language": "en"}))
        assert coupon.code in english

    def test_others_do_not_see_them(self, buyer: User, operator: User) -> None:
        coupon = give_coupon(by=operator, promotion=personal(), to=buyer)
        assert coupon.code not in text_of(signed_in_client(make_user(name="陈静")).get(reverse("coupons")))
        assert Client().get(reverse("coupons")).status_code == 302

    def test_used_and_past_ones_say_so(self, scene: Scene, buyer: User, operator: User) -> None:
        used, over, good = (give_coupon(by=operator, promotion=personal(), to=buyer) for _number in range(3))
        Coupon.objects.filter(pk=used.pk).update(used=1)
        Promotion.objects.filter(pk=over.promotion_id).update(ended_at=timezone.now())
        found = shown_coupons(buyer)
        assert found[0].coupon == good and not found[0].state
        assert {one.coupon.pk: bool(one.state) for one in found} == {good.pk: False, used.pk: True, over.pk: True}

    def test_the_checkout_offers_those_that_hold_the_best_first(
        self, scene: Scene, buyer: User, operator: User, client: Client
    ) -> None:
        small, large, dear, tea = (
            give_coupon(by=operator, promotion=personal(**fields), to=buyer)
            for fields in ({}, {"off_fen": 1_500}, {"minimum_fen": 100_000}, {"category_slug": "tea"})
        )
        client.force_login(buyer)
        fill(client, (scene.daylily, 2))
        found = usable_coupons(read_basket(buyer, ""), buyer)
        assert [(one.coupon, one.off_fen) for one in found] == [(large, 1_500), (small, 1_000)]
        text = text_of(client.get(reverse("checkout")))
        assert f'value="{large.code}" checked' in text and small.code in text
        assert dear.code not in text and tea.code not in text

    @pytest.mark.parametrize(("typed", "chosen", "off"), [("", "own", 1_000), ("HUANGHUA10", "own", 500), ("", "", 0)])
    def test_a_chosen_one_is_taken_off_and_a_typed_one_goes_before_it(
        self, scene: Scene, buyer: User, operator: User, client: Client, typed: str, chosen: str, off: int
    ) -> None:
        coupon = give_coupon(by=operator, promotion=personal(), to=buyer)
        make_coupon(off_fen=500)
        client.force_login(buyer)
        fill(client, (scene.daylily, 2))
        _response, data = review(client, coupon=typed, mine=coupon.code if chosen else "")
        assert client.post(reverse("checkout"), data)["Location"] == STRIPE_PAGE
        assert Order.objects.get().goods_fen == 7_760 - off

    def test_what_one_takes_off_a_seasons_box_is_reckoned_on_all_its_deliveries(
        self, scene: Scene, buyer: User, operator: User, client: Client
    ) -> None:
        """Four boxes at 39 yuan, of which two at 29: a tenth of 136 yuan."""
        box = make_box(scene)
        PromotionPrice.objects.create(promotion=make_promotion(most_per_buyer=2), variant=box, price_fen=2_900)
        give_coupon(by=operator, promotion=personal(off_fen=None, percent_bp=1_000), to=buyer)
        client.force_login(buyer)
        fill(client, (box, 1))
        assert [one.off_fen for one in usable_coupons(read_basket(buyer, ""), buyer)] == [1_360]

    def test_of_visits_none_is_ticked_that_the_sum_does_not_know(
        self, scene: Scene, buyer: User, operator: User, client: Client
    ) -> None:
        """Their page can be ordered from at once: there is no freight to ask for first."""
        kind = make_category("visits", "乡村体验", "Farm stays and visits", kind=GoodsKind.BOOKING)
        stay = make_product(scene.store, name="黄花菜地里住一晚", name_en="A night among the daylilies", category=kind)
        week = [timezone.localdate() + dt.timedelta(days=5)]
        [night] = offer_days(
            by=make_clerk(scene.qidong.point), product=stay, days=week, places=4, price_fen=16_800, name="双人房"
        )
        coupon = give_coupon(by=operator, promotion=personal(), to=buyer)
        client.force_login(buyer)
        fill(client, (night, 1))
        first = client.get(reverse("checkout"))
        assert hidden(first, "seen") and coupon.code in text_of(first)
        assert f'value="{coupon.code}" checked' not in text_of(first)
        chosen = client.post(reverse("checkout"), {**DOOR, "action": "review", "mine": coupon.code})
        assert f'value="{coupon.code}" checked' in text_of(chosen)

    def test_another_buyers_is_refused_and_nothing_moves(
        self, scene: Scene, buyer: User, operator: User, client: Client
    ) -> None:
        coupon = give_coupon(by=operator, promotion=personal(), to=buyer)
        client.force_login(make_user(name="陈静"))
        fill(client, (scene.daylily, 2))
        response, data = review(client, mine=coupon.code)
        assert "属于另一个账户" in text_of(response) or "账户" in text_of(response)
        assert client.post(reverse("checkout"), data).status_code == 200 and not Order.objects.exists()

    def test_they_are_in_my_data(self, buyer: User, operator: User) -> None:
        coupon = give_coupon(by=operator, promotion=personal(), to=buyer)
        assert [one["number"] for one in export_for_user(buyer)["coupons"]] == [coupon.code]


class TestGuessing:
    """Ten wrong codes an hour; then none is looked up."""

    def test_after_ten_wrong_codes_even_a_right_one_is_not_looked_up(self, scene: Scene, client: Client) -> None:
        make_coupon()
        fill(client, (scene.daylily, 2))
        for number in range(10):
            assert "没有这个优惠码" in text_of(review(client, coupon=f"GUESS{number}")[0])
        response, data = review(client, coupon="HUANGHUA10")
        assert "输错次数太多" in text_of(response) and "−¥10.00" not in text_of(response)
        seen = hidden(review(client)[0], "seen")
        placed = client.post(reverse("checkout"), {**data, "seen": seen})
        assert "输错次数太多" in text_of(placed) and not Order.objects.exists()
        assert client.post(reverse("checkout"), {**data, "seen": seen, "coupon": ""})["Location"] == STRIPE_PAGE

    def test_right_codes_are_not_counted(self, scene: Scene, client: Client) -> None:
        make_coupon()
        fill(client, (scene.daylily, 2))
        for _number in range(12):
            assert "−¥10.00" in text_of(review(client, coupon="HUANGHUA10")[0])

    def test_a_new_cart_does_not_help_for_ever(self, scene: Scene) -> None:
        for number in range(60):
            request = RequestFactory().post(reverse("checkout"))
            request.COOKIES[CART_COOKIE], request.user = f"cart{number}", AnonymousUser()
            guessing.refuse_guessing(request)
            guessing.note_wrong_code(request)
        fresh = Client()
        fill(fresh, (scene.daylily, 1))
        assert "输错次数太多" in text_of(review(fresh, coupon="GUESS60")[0])

    def test_without_redis_codes_are_looked_up_slowly(
        self, scene: Scene, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_coupon()
        fill(client, (scene.daylily, 2))
        slept: list[float] = []
        monkeypatch.setattr(guessing.time, "sleep", slept.append)  # type: ignore[attr-defined]

        def gone(*_args: Any, **_options: Any) -> None:
            raise RedisGone

        monkeypatch.setattr(guessing.ratelimit, "consume", gone)  # type: ignore[attr-defined]
        assert "−¥10.00" in text_of(review(client, coupon="HUANGHUA10")[0])
        assert slept == [guessing.SLOW_SECONDS]


class TestTheForm:
    """Prices by pack, a category, no code for all."""

    def test_a_farmer_names_prices_by_pack(self, scene: Scene) -> None:
        farmer = make_user(name="李秀英")
        scene.store.household.user = farmer
        scene.store.household.save()
        own, client = reverse("desk_store_promotions", args=[scene.store.slug]), signed_in_client(farmer)
        assert scene.daylily.sku in text_of(client.get(own))
        form = days(kind="price", code="", off_fen="", prices=f"{scene.daylily.sku} 32.80\r\n")
        assert client.post(own, form).status_code == 302
        price = PromotionPrice.objects.get()
        assert (price.variant, price.price_fen) == (scene.daylily, 3_280)
        assert order_of(scene).goods_fen == 6_560
        assert "¥32.80" in text_of(client.get(own))

    @pytest.mark.parametrize(
        ("prices", "told"),
        [
            ("{sku}", "每行写规格编号"),
            ("NOSUCH 20", "没有规格编号为NOSUCH的规格"),
            ("{sku} 38.80", "活动价要低于"),
            ("{sku} 3.87", "活动价要低于"),
            ("{sku} -1", ""),
            ("{sku} NaN", ""),
            ("{sku} 0", ""),
            ("{tea} 20", "不是您这里的商品"),
        ],
    )
    def test_prices_that_make_no_sense_are_refused(self, scene: Scene, prices: str, told: str) -> None:
        farmer = make_user(name="李秀英")
        scene.store.household.user = farmer
        scene.store.household.save()
        form = days(kind="price", code="", off_fen="", prices=prices.format(sku=scene.daylily.sku, tea=scene.tea.sku))
        own = reverse("desk_store_promotions", args=[scene.store.slug])
        answer = signed_in_client(farmer).post(own, form)
        assert answer.status_code == 422 and told in text_of(answer)
        assert not Promotion.objects.exists()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"kind": "price", "off_fen": "", "percent": "10", "code": "", "prices": "{sku} 30"},
            {"prices": "{sku} 30"},
            {"kind": "freight", "off_fen": "", "code": "", "category": "daylily"},
            {"category": "nonsense"},
            {"personal": "on"},
            {"personal": "on", "kind": "freight", "off_fen": "", "code": ""},
        ],
    )
    def test_what_does_not_go_together_is_refused(self, scene: Scene, wrong: dict[str, str]) -> None:
        wrong = {name: value.format(sku=scene.daylily.sku) for name, value in wrong.items()}
        answer = signed_in_client(make_operator()).post(reverse("desk_promotions"), days(**wrong))
        assert answer.status_code == 422 and not Promotion.objects.exists()

    def test_a_journey_refuses_it_too(self, scene: Scene) -> None:
        farmer = make_user(name="李秀英")
        scene.store.household.user = farmer
        scene.store.household.save()
        now = timezone.now()
        for prices, percent in (({scene.tea.pk: 100}, None), ({scene.daylily.pk: 3_000}, 1_000), ({}, None)):
            terms = Terms(
                PromotionKind.PRICE, "店庆", "", now, now + dt.timedelta(days=1), 1_000, percent, prices=prices
            )
            with pytest.raises(PromotionRefused):
                promote_store(by=farmer, store=scene.store, terms=terms)

    def test_a_coupon_for_a_category_is_for_its_goods_alone(self, scene: Scene) -> None:
        client = signed_in_client(make_operator())
        assert client.post(reverse("desk_promotions"), days(category="tea")).status_code == 302
        with pytest.raises(CouponRefused):
            order_of(scene, coupon="HUANGHUA10")
        assert order_of(scene, lines=[(scene.tea.pk, 1)], coupon="HUANGHUA10", key="tea").goods_fen == 11_800
