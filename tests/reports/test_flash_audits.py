"""The audit of flash sales: sound books agree, and each fault is seen."""

# ruff: noqa: E501 - a query reads better in whole clauses

import pytest

from orders.expiry import expire_reservations
from orders.flash_claims import lapse_places
from orders.models import Order, Payer
from reports.flash_audit import FLASH_CHECKS
from tests.cast import make_user
from tests.orders.flashing import end_waiting, make_flash, order_place, place_of
from tests.orders.scene import Scene, make_scene, paid
from tests.reports.test_audits import found, tamper, unnoticed

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Scene:
    """Two sales, with places in every state: sold, reserved, waiting, lapsed, and of an order that expired."""
    scene = make_scene()
    sale = make_flash(scene.daylily, units=6)
    for _sold in range(2):
        paid(order_place(scene, place_of(sale, make_user())))
    order_place(scene, place_of(sale, make_user()))
    Order.objects.filter(state="reserved").update(reserved_until="2026-01-01T00:00:00Z")
    expire_reservations()
    end_waiting(place_of(sale, make_user()))
    lapse_places()
    place_of(sale, make_user())
    order_place(scene, place_of(make_flash(scene.tea, payer=Payer.PLATFORM), make_user()))
    return scene


SOLD = "(SELECT id FROM orders_flashclaim WHERE state = 'ordered' ORDER BY id LIMIT 1)"
FLASH_LINES = "id IN (SELECT line_id FROM orders_linediscount WHERE kind = 'flash')"
FAULTS = {
    "a sale that counts one place too many": "UPDATE orders_flashsale SET taken = taken + 1",
    "a sale that counts one place too few": "UPDATE orders_flashsale SET taken = taken - 1",
    "a sale of another pack": "UPDATE orders_flashsale SET variant_id = (SELECT max(id) FROM catalog_variant v WHERE v.id <> variant_id)",
    "another price than the sale's": "UPDATE orders_flashsale SET price_fen = price_fen + 1",
    "a buyer with two orders": "UPDATE orders_order SET user_id = (SELECT min(user_id) FROM orders_flashclaim) WHERE state = 'paid'",
    "a place that another ordered": f"UPDATE orders_flashclaim SET user_id = (SELECT min(id) FROM accounts_user) WHERE id = {SOLD}",
    "a place that stands though its order expired": "UPDATE orders_flashclaim SET state = 'ordered' WHERE state = 'lapsed' AND order_id IS NOT NULL",
    "a place that was given on though its order stands": f"UPDATE orders_flashclaim SET state = 'lapsed' WHERE id = {SOLD}",
    "a place ordered by an order of other goods": "DELETE FROM orders_linediscount WHERE kind = 'flash'",
    "a price that was given without a place": f"DELETE FROM orders_flashclaim WHERE id = {SOLD}",
}  # fmt: skip
# What PostgreSQL would refuse by itself: the audit sees it without these constraints too.
REFUSED = {
    "two of the goods for one place": ("ALTER TABLE orders_orderline DROP CONSTRAINT line_amount_is_price_times_quantity", f"UPDATE orders_orderline SET quantity = 2 WHERE {FLASH_LINES}"),
    "more places than units": ("ALTER TABLE orders_flashsale DROP CONSTRAINT flash_sale_within_its_units", "UPDATE orders_flashsale SET units = 1 WHERE taken > 1"),
    "a buyer with two places": ("ALTER TABLE orders_flashclaim DROP CONSTRAINT one_place_a_buyer_and_flash_sale", "INSERT INTO orders_flashclaim (sale_id, user_id, state, claimed_at, until) SELECT sale_id, user_id, 'lapsed', claimed_at, until FROM orders_flashclaim LIMIT 1"),
    "an ordered place without an order": ("ALTER TABLE orders_flashclaim DROP CONSTRAINT ordered_place_has_its_order", f"UPDATE orders_flashclaim SET order_id = NULL WHERE id = {SOLD}"),
}  # fmt: skip


def test_books_with_flash_sales_agree(books: Scene) -> None:
    assert found("check_ledger") == found("check_volume") == ""


def test_every_clause_of_the_flash_audit_finds_something(books: Scene) -> None:
    assert unnoticed("check_ledger", FAULTS) == []
    assert len(FLASH_CHECKS) == 5


@pytest.mark.parametrize("fault", REFUSED)
def test_it_does_not_rely_on_constraints(books: Scene, fault: str) -> None:
    tamper(*REFUSED[fault])
    assert found("check_ledger")
