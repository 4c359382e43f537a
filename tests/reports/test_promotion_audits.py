"""The audit of promotions: sound books agree, and each fault is seen."""

# ruff: noqa: E501 - a query reads better in whole clauses

import pytest

from orders.expiry import expire_reservations
from orders.models import Order, OrderLine, Payer, PromotionKind
from orders.portions import Portion
from orders.refunding import refund_lines
from reports.promotion_audit import PROMOTION_CHECKS
from tests.cast import make_user
from tests.orders.promoting import make_coupon, make_promotion
from tests.orders.scene import Scene, make_scene, order_of, paid
from tests.reports.test_audits import found, tamper, unnoticed

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Scene:
    """A campaign of the county, a coupon of the platform, free freight of two, part of it paid back, one expired, one called off."""
    scene, buyer = make_scene(), make_user()
    make_promotion(payer=Payer.COUNTY, percent_bp=1_500, most_per_buyer=9)
    make_coupon(percent_bp=777, most_per_buyer=5)
    make_promotion(PromotionKind.FREIGHT, Payer.SELLER, store=scene.tea.product.store)
    make_promotion(PromotionKind.FREIGHT, minimum_fen=5_000)
    order = paid(order_of(scene, lines=[(scene.daylily.pk, 5), (scene.tea.pk, 2)], coupon="HUANGHUA10", buyer=buyer))
    for line in OrderLine.objects.filter(consignment__order=order):
        refund_lines(order=order, portions=[Portion(line.pk, units=1)], by=None, reason="one is too many")
    order_of(scene, coupon="HUANGHUA10", buyer=buyer)
    Order.objects.filter(state="reserved").update(reserved_until="2026-01-01T00:00:00Z")
    expire_reservations()
    off = paid(order_of(scene, coupon="HUANGHUA10", buyer=buyer))
    lines = [Portion(line.pk) for line in OrderLine.objects.filter(consignment__order=off)]
    refund_lines(order=off, portions=lines, by=None, reason="cancelled: buyer")
    return scene


A_GOODS_ROW = "(SELECT id FROM orders_linediscount WHERE kind = 'price' ORDER BY id LIMIT 1)"
A_COUPON_ROW = "(SELECT id FROM orders_linediscount WHERE kind = 'coupon' ORDER BY id LIMIT 1)"
FUND = "(SELECT id FROM payments_ledgeraccount WHERE kind = 'county_fund')"
FAULTS = {
    "a line that says more was taken off": "UPDATE orders_orderline SET discount_fen = discount_fen + 1, amount_fen = amount_fen - 1 WHERE discount_fen > 0 AND back_fen < amount_fen",
    "a discount of another sum": f"UPDATE orders_linediscount SET fen = fen + 1 WHERE id = {A_GOODS_ROW}",
    "a discount that was taken out": f"DELETE FROM orders_linediscount WHERE id = {A_GOODS_ROW}",
    "a discount that another pays": f"UPDATE orders_linediscount SET payer = 'platform' WHERE id = {A_GOODS_ROW}",
    "a discount of another kind": "UPDATE orders_linediscount SET kind = 'price' WHERE kind = 'freight' AND payer = 'seller'",
    "a coupon's discount without its coupon": f"UPDATE orders_linediscount SET coupon_id = NULL WHERE id = {A_COUPON_ROW}",
    "a county's money in another county": "UPDATE orders_promotion SET region_id = '430822000000' WHERE payer = 'county'",
    "a store's money for another store": """UPDATE orders_promotion SET store_id = (SELECT min(id) FROM sellers_store) WHERE payer = 'seller'""",
    "a fund that paid the platform's part": f"UPDATE payments_entry SET account_id = {FUND} WHERE account_id = (SELECT id FROM payments_ledgeraccount WHERE kind = 'platform_subsidy')",
    "a fund of another county": "UPDATE payments_ledgeraccount SET owner = '430822' WHERE kind = 'county_fund'",
    "a fund that got back nothing": f"DELETE FROM payments_entry WHERE amount_fen < 0 AND account_id = {FUND}",
    "a fund that paid nothing": f"DELETE FROM payments_entry WHERE amount_fen > 0 AND account_id = {FUND}",
    "a refund that says funds got more": "UPDATE orders_linerefund SET funded_fen = funded_fen + 1 WHERE funded_fen > 0",
    "a refund that says the seller bears less": "UPDATE orders_linerefund SET borne_fen = borne_fen - 1 WHERE borne_fen > 0",
    "a promotion that says it spent less": "UPDATE orders_promotion SET spent_fen = spent_fen - 1 WHERE spent_fen > 0",
    "a coupon that says it was used once more": "UPDATE orders_coupon SET used = used + 1",
    "a coupon used by somebody else": "UPDATE orders_coupon SET user_id = (SELECT min(id) FROM accounts_user WHERE id NOT IN (SELECT user_id FROM orders_order WHERE user_id IS NOT NULL))",
    "a buyer who had more than was counted": "UPDATE orders_promotionuse SET used = used - 1 WHERE used > 0",
    "a buyer who had more than one may": "UPDATE orders_promotion SET most_per_buyer = 0 WHERE most_per_buyer > 0",
    "a use that was taken out": "DELETE FROM orders_promotionuse WHERE used > 0",
    "freight that nobody paid": "DELETE FROM orders_linediscount WHERE kind = 'freight' AND payer = 'platform'",
}  # fmt: skip


# What PostgreSQL would refuse by itself: the audit sees it without these constraints too.
REFUSED = {
    "a line that says funds add more": ("ALTER TABLE orders_orderline DROP CONSTRAINT a_discount_leaves_something_to_pay", "UPDATE orders_orderline SET funded_fen = funded_fen + 1 WHERE funded_fen > 0"),
    "a seller who bears more": ("ALTER TABLE orders_orderline DROP CONSTRAINT freight_never_costs_more_than_the_goods", "UPDATE orders_orderline SET borne_fen = borne_fen + 1 WHERE borne_fen > 0"),
    "a county's money by one person": ("ALTER TABLE orders_promotion DROP CONSTRAINT county_fund_needs_two_people", "UPDATE orders_promotion SET approved_by_id = proposed_by_id WHERE payer = 'county'"),
    "money that nobody approved": ("ALTER TABLE orders_promotion DROP CONSTRAINT promotion_approved_by_somebody", "UPDATE orders_promotion SET approved_at = NULL"),
    "a budget that was cut below what is spent": ("ALTER TABLE orders_promotion DROP CONSTRAINT promotion_within_its_budget", "UPDATE orders_promotion SET budget_fen = spent_fen - 1 WHERE spent_fen > 0"),
    "a coupon used more often than it may": ("ALTER TABLE orders_coupon DROP CONSTRAINT coupon_used_as_often_as_it_may", "UPDATE orders_coupon SET most_uses = 0"),
}  # fmt: skip


def test_books_with_promotions_agree(books: Scene) -> None:
    assert found("check_ledger") == found("check_volume") == ""


def test_every_clause_of_the_promotions_audit_finds_something(books: Scene) -> None:
    assert unnoticed("check_ledger", FAULTS) == []
    assert len(PROMOTION_CHECKS) == 7


@pytest.mark.parametrize("fault", REFUSED)
def test_it_does_not_rely_on_constraints(books: Scene, fault: str) -> None:
    assert found("check_ledger") == ""
    tamper(*REFUSED[fault])
    assert found("check_ledger")
