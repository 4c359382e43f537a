"""Promotions: what goes off, who pays it, what the seller earns, what comes back, and what is refused."""

import datetime as dt
import random
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from catalog.models import SoldBy, Variant
from orders.amounts import AmountRefused
from orders.checkout import NothingToBuy, PriceChanged, Seen
from orders.discounts import price_line
from orders.ending import end_reservation
from orders.models import (
    Coupon,
    LineDiscount,
    Order,
    OrderLine,
    OrderState,
    Payer,
    Promotion,
    PromotionKind,
    PromotionPrice,
    PromotionUse,
    Sale,
)  # fmt: skip
from orders.portions import Portion
from orders.promotions import CouponRefused, Off, Offer, Piece, PromotionGone, count
from orders.refunding import refund_lines
from orders.statement import state_month
from orders.statement_sheet import statement_rows
from orders.weights import due_fen
from payments import ledger
from payments.models import AccountKind, Entry, Provider
from reports.audit import LEDGER_CHECKS, VOLUME_CHECKS, differences
from tests.cast import make_user
from tests.orders.promoting import make_coupon, make_promotion
from tests.orders.scene import Scene, order_of, paid, to_the_point

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english(chinese: None) -> None:
    """Refusals are read in English here."""
    translation.activate("en")


def sound() -> None:
    """The audits find nothing."""
    assert differences(LEDGER_CHECKS) == differences(VOLUME_CHECKS) == []


def lines_of(order: Order) -> list[OrderLine]:
    return list(OrderLine.objects.filter(consignment__order=order).order_by("pk"))


def moved(order: Order) -> dict[tuple[str, str], int]:
    """What the ledger moved for an order, by account."""
    sums: dict[tuple[str, str], int] = {}
    for entry in Entry.objects.filter(transfer__order_ref=order.ref).select_related("account"):
        key = (entry.account.kind, entry.account.owner)
        sums[key] = sums.get(key, 0) + entry.amount_fen
    return {key: fen for key, fen in sums.items() if fen}


def test_a_county_pays_what_its_campaign_takes_off_and_the_seller_earns_the_whole_price(scene: Scene) -> None:
    campaign = make_promotion(payer=Payer.COUNTY, percent_bp=2_000)
    order = paid(order_of(scene))
    (line,) = lines_of(order)
    assert (line.amount_fen, line.discount_fen, line.funded_fen) == (6208, 1552, 1552)
    assert (line.commission_fen, line.station_fee_fen) == (155, 233)  # 2 % and 3 % of 77.60 yuan
    assert order.goods_fen == 6208
    assert ledger.balance(AccountKind.COUNTY_FUND, "430426") == 1552
    assert ledger.owed(AccountKind.SELLER_PENDING, scene.store.slug) == 7760 - 155 - 233 == line.seller_fen
    campaign.refresh_from_db()
    assert campaign.spent_fen == 1552
    assert Sale.objects.get().amount_fen == 6208
    sound()


def test_a_seller_pays_for_their_own_coupon(scene: Scene) -> None:
    make_coupon(payer=Payer.SELLER, store=scene.store)
    order = paid(order_of(scene, coupon="huanghua 10"))
    (line,) = lines_of(order)
    assert (line.amount_fen, line.discount_fen, line.funded_fen) == (6760, 1000, 0)
    assert line.seller_fen == 6760 - 135 - 203
    assert not Entry.objects.filter(account__kind__in=(AccountKind.COUNTY_FUND, AccountKind.PLATFORM_SUBSIDY)).exists()
    sound()


def test_a_named_price_counts_for_its_pack_alone(scene: Scene) -> None:
    campaign = make_promotion(payer=Payer.SELLER, store=scene.store)
    PromotionPrice.objects.create(promotion=campaign, variant=scene.daylily, price_fen=3000)
    order = order_of(scene, lines=scene.three)
    assert [line.amount_fen for line in lines_of(order)] == [6000, 2650, 12800]


def test_a_coupon_is_split_over_its_lines_to_the_fen(scene: Scene) -> None:
    make_coupon(off_fen=1_000)
    order = paid(order_of(scene, lines=scene.three, coupon="HUANGHUA10"))
    offs = [line.discount_fen for line in lines_of(order)]
    assert sum(offs) == 1000
    assert offs == [334, 114, 552]  # 7759 : 2649 : 12799, largest remainder
    assert ledger.balance(AccountKind.PLATFORM_SUBSIDY) == 1000
    sound()


def test_campaign_and_coupon_on_one_line_and_refunds_in_steps_end_at_zero(scene: Scene) -> None:
    make_promotion(payer=Payer.COUNTY, percent_bp=1_500)
    make_coupon(percent_bp=777)
    make_promotion(PromotionKind.FREIGHT, minimum_fen=5_000)
    order = paid(order_of(scene, lines=[(scene.daylily.pk, 7), (scene.more_daylily.pk, 3)], coupon="HUANGHUA10"))
    assert order.freight_fen == 0
    sound()
    first, second = lines_of(order)
    for step in (Portion(first.pk, units=0, amount_fen=333), Portion(first.pk, units=2), Portion(second.pk, units=1)):
        refund_lines(order=order, portions=[step], by=None, reason="in steps")
        sound()
    refund_lines(order=order, portions=[Portion(first.pk), Portion(second.pk)], by=None, reason="the rest")
    order.refresh_from_db()
    assert order.state == OrderState.REFUNDED
    assert moved(order) == {}
    assert set(Promotion.objects.values_list("spent_fen", flat=True)) == {0}
    assert Coupon.objects.get().used == 0
    sound()


def test_free_freight_is_paid_by_whoever_promised_it(scene: Scene) -> None:
    make_promotion(PromotionKind.FREIGHT, Payer.COUNTY, minimum_fen=7_000)
    order = paid(order_of(scene, lines=scene.three))
    li, wang, tian = order.consignments.order_by("id")
    assert (li.freight_fen, wang.freight_fen, tian.freight_fen) == (0, 0, 600)
    assert order.freight_fen == 600
    assert ledger.balance(AccountKind.COUNTY_FUND, "430426") == 750
    assert ledger.owed(AccountKind.FREIGHT, "430426") == 750
    sound()


def test_below_the_sum_the_freight_is_the_buyers(scene: Scene) -> None:
    make_promotion(PromotionKind.FREIGHT, Payer.COUNTY, minimum_fen=7_761)
    assert order_of(scene).freight_fen == 750


def test_a_store_that_offers_free_freight_bears_it(scene: Scene) -> None:
    make_promotion(PromotionKind.FREIGHT, Payer.SELLER, store=scene.store, minimum_fen=7_000)
    order = paid(order_of(scene))
    (line,) = lines_of(order)
    assert (order.freight_fen, line.borne_fen) == (0, 750)
    assert ledger.owed(AccountKind.SELLER_PENDING, scene.store.slug) == 7760 - 155 - 233 - 750
    sound()
    refund_lines(order=order, portions=[Portion(line.pk, units=1)], by=None, reason="one is too many")
    sound()
    refund_lines(order=order, portions=[Portion(line.pk)], by=None, reason="none at all")
    assert moved(order) == {}
    sound()


def test_no_store_pays_more_freight_than_half_of_what_its_goods_bring(scene: Scene) -> None:
    make_promotion(PromotionKind.FREIGHT, Payer.SELLER, store=scene.store)
    Variant.objects.filter(pk=scene.daylily.pk).update(price_fen=749)
    order = order_of(scene)
    assert (order.goods_fen, order.freight_fen) == (1498, 750)


def test_what_a_reservation_took_comes_back_once(scene: Scene) -> None:
    coupon = make_coupon(most_per_buyer=1)
    buyer = make_user()
    order = order_of(scene, coupon=coupon.code, buyer=buyer)
    coupon.refresh_from_db()
    assert (coupon.used, coupon.promotion.spent_fen, PromotionUse.objects.get().used) == (1, 1000, 1)
    with transaction.atomic():
        end_reservation(Order.objects.select_for_update().get(pk=order.pk))
    coupon = Coupon.objects.select_related("promotion").get()
    assert (coupon.used, coupon.promotion.spent_fen, PromotionUse.objects.get().used) == (0, 0, 0)
    sound()
    order_of(scene, coupon=coupon.code, buyer=buyer)
    sound()


def test_late_money_is_returned_when_the_budget_went_to_another_meanwhile(scene: Scene) -> None:
    make_coupon(budget_fen=1_000)
    late = order_of(scene, coupon="HUANGHUA10")
    with transaction.atomic():
        end_reservation(late)
    paid(order_of(scene, coupon="HUANGHUA10"))
    assert paid(late).state == OrderState.EXPIRED
    sound()


def test_late_money_takes_its_discount_again(scene: Scene) -> None:
    coupon = make_coupon()
    late = order_of(scene, coupon="HUANGHUA10")
    with transaction.atomic():
        end_reservation(late)
    assert paid(late).state == OrderState.PAID
    coupon.promotion.refresh_from_db()
    assert coupon.promotion.spent_fen == 1000
    sound()


def refused(scene: Scene, **fields: Any) -> str:
    """What the buyer reads; and nothing has moved."""
    with pytest.raises(CouponRefused) as told, transaction.atomic():
        order_of(scene, **{"coupon": "HUANGHUA10", **fields})
    assert not Order.objects.exists()
    assert set(Promotion.objects.values_list("spent_fen", flat=True)) <= {0}
    return str(told.value)


def test_a_coupon_that_does_not_hold_says_why(scene: Scene) -> None:
    now, day = timezone.now(), dt.timedelta(days=1)
    assert refused(scene) == "There is no coupon with this code."
    coupon = make_coupon(minimum_fen=10_000)
    promotion = coupon.promotion

    def change(**fields: Any) -> None:
        Promotion.objects.filter(pk=promotion.pk).update(**{"minimum_fen": 0, **fields})

    assert "100.00" in refused(scene) and "77.60" in refused(scene)
    change(store=scene.tea.product.store)
    assert refused(scene) == "This coupon is not for these goods."
    change(store=None, category_slug="tea")
    assert refused(scene) == "This coupon is not for these goods."
    change(category_slug="", region_id="430822000000")
    assert refused(scene) == "This coupon is not for these goods."
    change(region_id=None, ended_at=now)
    assert refused(scene) == "This coupon is no longer valid."
    change(ended_at=None, starts_at=now - 2 * day, ends_at=now - day)
    assert refused(scene) == "This coupon is no longer valid."
    change(starts_at=now + day, ends_at=now + 2 * day)
    assert refused(scene) == "This coupon does not hold yet."
    change(starts_at=now - day, budget_fen=999)
    assert refused(scene) == "This coupon is used up."
    change(budget_fen=5_000)
    Coupon.objects.update(most_uses=0)
    assert refused(scene) == "This coupon is used up."


def test_anothers_coupon_is_refused(scene: Scene) -> None:
    owner, other = make_user(), make_user()
    make_coupon(user=owner)
    assert refused(scene, buyer=other) == "This coupon belongs to another account."
    assert refused(scene) == "Sign in to use this coupon."
    assert order_of(scene, buyer=owner, coupon="HUANGHUA10").goods_fen == 6760


def test_a_coupon_once_a_buyer_is_refused_the_second_time(scene: Scene) -> None:
    make_coupon(most_per_buyer=1)
    buyer = make_user()
    order_of(scene, buyer=buyer, coupon="HUANGHUA10")
    with pytest.raises(CouponRefused, match="used this coupon already"):
        order_of(scene, buyer=buyer, coupon="HUANGHUA10")
    assert order_of(scene, buyer=make_user(), coupon="HUANGHUA10").goods_fen == 6760
    sound()


def test_a_code_written_twice_is_no_code_and_counts_once(scene: Scene) -> None:
    make_coupon()
    assert refused(scene, coupon="HUANGHUA10 HUANGHUA10") == "There is no coupon with this code."
    order_of(scene, coupon="HUANGHUA10", key="twice")
    order_of(scene, coupon="HUANGHUA10", key="twice")
    assert (Order.objects.count(), Coupon.objects.get().used) == (1, 1)


def test_a_buyer_has_the_campaign_price_for_so_many_units_and_pays_the_rest_in_full(scene: Scene) -> None:
    campaign = make_promotion(percent_bp=1_000, most_per_buyer=3)
    buyer = make_user()
    assert order_of(scene, buyer=buyer).goods_fen == 2 * 3880 - 2 * 388
    assert order_of(scene, buyer=buyer).goods_fen == 2 * 3880 - 388
    assert order_of(scene, buyer=buyer).goods_fen == 2 * 3880
    assert order_of(scene).goods_fen == 2 * 3880  # a guest is nobody whom one could count
    campaign.refresh_from_db()
    assert campaign.spent_fen == 3 * 388
    sound()


@pytest.mark.parametrize("quantity", [0, -1, 10**9])
def test_no_quantity_makes_more_of_a_coupon(scene: Scene, quantity: int) -> None:
    make_coupon()
    with pytest.raises((NothingToBuy, AmountRefused)):
        order_of(scene, lines=[(scene.daylily.pk, quantity)], coupon="HUANGHUA10")
    assert Coupon.objects.get().used == 0


def test_a_coupon_leaves_a_tenth_to_be_paid(scene: Scene) -> None:
    make_coupon(off_fen=50_000)
    order = order_of(scene, coupon="HUANGHUA10")
    assert order.goods_fen == 7760 - 6984


def test_a_discount_that_the_buyer_did_not_see_is_not_used(scene: Scene) -> None:
    make_promotion(percent_bp=1_000)
    with pytest.raises(PriceChanged) as refused:
        order_of(scene, seen=Seen(prices={scene.daylily.pk: 3880}, freight_fen=750, off_fen=900))
    assert refused.value.off == (900, 776)
    assert Promotion.objects.get().spent_fen == 0


def test_the_budget_holds_without_our_look(scene: Scene) -> None:
    """Counting alone refuses what was worked out before somebody else spent it; and the database refuses whoever does not ask."""
    promotion = make_promotion(percent_bp=1_000, budget_fen=700)
    row = LineDiscount(promotion=promotion, kind="price", payer="platform", fen=701)
    with pytest.raises(PromotionGone), transaction.atomic():
        count([row], buyer_id=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Promotion.objects.update(spent_fen=701)
    assert order_of(scene).goods_fen == 7760  # 7.76 yuan are not there: nothing is given in part


def test_one_person_does_not_spend_a_countys_money_alone(scene: Scene) -> None:
    promotion = make_promotion(payer=Payer.COUNTY, percent_bp=1_000)
    with pytest.raises(IntegrityError, match="county_fund_needs_two_people"), transaction.atomic():
        Promotion.objects.update(approved_by=promotion.proposed_by)
    with pytest.raises(IntegrityError, match="sellers_pay_for_their_own"), transaction.atomic():
        Promotion.objects.update(payer=Payer.SELLER)


def test_without_a_promotion_nothing_more_is_asked_and_with_one_a_fixed_number(scene: Scene) -> None:
    def statements(lines: list[tuple[int, int]], **fields: Any) -> int:
        with CaptureQueriesContext(connection) as asked:
            order_of(scene, lines=lines, **fields)
        return len(asked)

    one, three = [(scene.daylily.pk, 1)], [(scene.daylily.pk, 1), (scene.more_daylily.pk, 1)]
    plain = statements(one)
    assert plain == statements(three) <= 19
    make_promotion(percent_bp=1_000)
    make_coupon(percent_bp=500)
    assert statements(one) == statements(three) == plain + 4
    assert statements(one, coupon="HUANGHUA10") == statements(three, coupon="HUANGHUA10") == plain + 6


def test_goods_by_weight_cost_less_by_the_same_part(scene: Scene) -> None:
    Variant.objects.filter(pk=scene.daylily.pk).update(sold_by=SoldBy.WEIGHT, tolerance_percent=10)
    make_promotion(percent_bp=2_000)
    (line,) = lines_of(order_of(scene))
    assert (line.full_fen, line.amount_fen) == (8536, 8536 - 2 * 854)
    assert due_fen(line, line.unit_weight_g * 2) == round(7760 * line.amount_fen / line.full_fen)
    assert due_fen(line, line.unit_weight_g * 3) == line.amount_fen


def test_ten_thousand_random_splits_sum_exactly(scene: Scene) -> None:
    """Any coupon over any lines: what goes off is exact, no line is free, and steps of a refund add up for seller and funds."""
    chance = random.Random(37)
    platform, seller = make_coupon(), make_promotion(PromotionKind.PRICE, Payer.COUNTY, percent_bp=1_000)
    scene.daylily.product.category.parent = None
    for _round in range(10_000):
        sums = [chance.choice((1, 2, 9, 10, 99, chance.randrange(1, 10**6))) for _ in range(chance.randrange(1, 6))]
        pieces = [Piece(scene.daylily, 1, fen) for fen in sums]
        platform.promotion.off_fen = chance.randrange(1, 10**6)
        platform.promotion.budget_fen = 10**9
        offer = Offer(coupon=platform)
        try:
            offs = offer.take_off(pieces)
        except CouponRefused:
            assert sum(piece.fen for piece in pieces) <= 2 * len(pieces)
            continue
        whole = sum(piece.fen for piece in pieces)
        wanted = min(platform.promotion.off_fen, whole * 9 // 10, whole - len(pieces))
        assert sum(off.fen for some in offs for off in some) == wanted
        for piece, some in zip(pieces, offs, strict=True):
            line = OrderLine(quantity=1, amount_fen=piece.fen, commission_bp=200, station_fee_bp=300)
            price_line(line, [*some, Off(seller, 0)])
            assert line.amount_fen >= 1
            assert line.amount_fen + line.funded_fen == piece.fen
            cut = chance.randrange(0, line.amount_fen + 1)
            assert (
                line.back_of(line.funded_fen, cut) <= line.funded_fen == line.back_of(line.funded_fen, line.amount_fen)
            )


def test_cash_at_the_counter_is_what_the_buyer_pays(scene: Scene) -> None:
    make_coupon()
    order = order_of(
        scene, coupon="HUANGHUA10", delivery=to_the_point(scene.qidong.other_point), pay_by=Provider.COUNTER
    )
    paid(order)
    assert ledger.balance(AccountKind.STATION_CASH, scene.qidong.other_point.code) == order.total_fen
    sound()


def test_the_statement_says_who_paid_for_the_buyer(scene: Scene) -> None:
    make_promotion(payer=Payer.COUNTY, percent_bp=1_000)
    make_coupon(payer=Payer.SELLER, store=scene.store)
    make_promotion(PromotionKind.FREIGHT, Payer.SELLER, store=scene.store)
    order = paid(order_of(scene, coupon="HUANGHUA10"))
    (line,) = lines_of(order)
    refund_lines(order=order, portions=[Portion(line.pk, units=1)], by=None, reason="cancelled: buyer")
    month = timezone.localdate().replace(day=1)
    stated = state_month(scene.store.household, month)
    assert stated.sold_fen == 7760
    assert [(row.words, row.fen) for row in stated.funded] == [("Of this, paid by the county fund", 776)]
    own = {row.words: row.fen for row in stated.taken}
    assert (own["Coupon of your store"], own["Freight that you pay for the buyer"]) == (-1000, -750)
    assert stated.sold_fen + stated.taken_fen + sum(row.fen for row in stated.returned) == stated.closing_fen
    assert not stated.moved and [one.fen for one in stated.coming] == [stated.closing_fen]
    rows = list(statement_rows(stated))
    assert sum(row[-1] for row in rows[:-1]) == rows[-1][-1]
