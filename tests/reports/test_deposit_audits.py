"""The audit of deposits: sound books agree, and each fault is seen."""

# ruff: noqa: E501 - a query reads better in whole clauses

import pytest
from django.db import transaction

from orders.cancelling import cancel_consignment
from orders.deposit_back import regret_deposit
from orders.expiry import expire_reservations
from orders.models import Consignment, Order, OrderState
from reports.deposit_audit import DEPOSIT_CHECKS
from tests.orders.depositing import let_it_lapse, open_now, pay_balance, sell_ahead, with_deposit
from tests.orders.scene import Scene, make_scene, order_of
from tests.reports.test_audits import found, tamper, unnoticed

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Scene:
    """An order with a deposit in each state: unpaid, waiting, asked for, paid, paid back whole, lapsed, called off."""
    scene = make_scene()
    ahead, _lot = sell_ahead(scene, kg=20)
    order_of(scene, lines=[(ahead.pk, 2)])
    with_deposit(scene, ahead)
    open_now(with_deposit(scene, ahead))
    pay_balance(with_deposit(scene, ahead))
    back = pay_balance(with_deposit(scene, ahead))
    cancel_consignment(order=back, number=Consignment.objects.get(order=back).number, by=None)
    let_it_lapse(open_now(with_deposit(scene, ahead)))
    expire_reservations()
    regret_deposit(order=with_deposit(scene, ahead))
    return scene


OF = "SELECT id FROM orders_order WHERE state ="
ACCOUNT = "SELECT id FROM payments_ledgeraccount WHERE kind ="
FAULTS = {
    "a deposit that was spent": "DELETE FROM payments_entry WHERE account_id = (SELECT a.id FROM payments_ledgeraccount a JOIN orders_order o ON o.ref = a.owner WHERE a.kind = 'deposit' AND o.state = 'deposit' ORDER BY o.id LIMIT 1)",
    "an order that waits though its deposit was kept": "UPDATE orders_order SET state = 'deposit' WHERE state = 'lapsed'",
    "an order that is over though its deposit is held": f"UPDATE orders_order SET state = 'lapsed' WHERE id = ({OF} 'deposit' ORDER BY id LIMIT 1)",
    "a deposit of another sum": f"UPDATE orders_order SET deposit_fen = deposit_fen - 1 WHERE id = ({OF} 'deposit' ORDER BY id LIMIT 1)",
    "a deposit that a paid order never brought": "UPDATE orders_order SET deposit_fen = 0, deposit_paid_at = NULL, balance_from = NULL, balance_opened_at = NULL WHERE state = 'paid' AND deposit_fen > 0",
    "a deposit at another time": f"UPDATE orders_order SET deposit_paid_at = deposit_paid_at - interval '1 day' WHERE id = ({OF} 'deposit' ORDER BY id LIMIT 1)",
    "a deposit's payment that says it paid all": "UPDATE payments_payment SET purpose = 'whole' WHERE purpose = 'deposit' AND state = 'succeeded'",
    "a deposit kept by another": f"UPDATE payments_entry SET account_id = ({ACCOUNT} 'seller_pending' LIMIT 1) WHERE transfer_id = (SELECT id FROM payments_transfer WHERE kind = 'deposit_kept') AND amount_fen < 0",
    "a deposit of which the platform took a part": "UPDATE payments_transfer SET kind = 'deposit_kept' WHERE kind = 'refund'",
    "a deposit that was kept for nothing": "UPDATE orders_order SET state = 'called_off' WHERE state = 'lapsed'",
    "a deposit that never went back": "DELETE FROM payments_refund WHERE reason = 'deposit: buyer'",
    "a deposit that went back though it was kept": "UPDATE payments_refund SET payment_id = (SELECT p.id FROM payments_payment p JOIN orders_order o ON o.ref = p.order_ref WHERE o.state = 'lapsed' AND p.purpose = 'deposit') WHERE reason = 'deposit: buyer'",
    "the rest of a refund by the balance": "UPDATE payments_refund r SET payment_id = f.payment_id FROM payments_refund f WHERE f.id = r.beside_id",
    "the rest of a refund though more was left": "UPDATE payments_refund SET amount_fen = amount_fen - 1 WHERE id = (SELECT beside_id FROM payments_refund WHERE beside_id IS NOT NULL)",
    "a balance that nobody asked for": f"UPDATE orders_order SET balance_from = now() - interval '1 day' WHERE id = ({OF} 'deposit' AND balance_opened_at IS NULL)",
    "a balance that is overdue": f"UPDATE orders_order SET reserved_until = now() - interval '4 days' WHERE id = ({OF} 'deposit' AND balance_opened_at IS NULL)",
    "a balance with less than five days": "UPDATE orders_order SET reserved_until = balance_opened_at + interval '4 days' WHERE state = 'deposit' AND balance_opened_at IS NOT NULL",
    "a balance that is open for an order that is over": "UPDATE payments_payment SET state = 'open' WHERE purpose = 'balance'",
    "a first payment of the whole": "UPDATE payments_payment SET amount_fen = amount_fen + 1 WHERE state = 'open' AND purpose = 'deposit'",
    "goods that are held for nobody": "UPDATE orders_order SET state = 'expired' WHERE state = 'reserved'",
    "a sale without its balance": "UPDATE payments_payment SET amount_fen = amount_fen - 1 WHERE purpose = 'balance' AND state = 'succeeded'",
    "a deposit's movement without a deposit": "UPDATE payments_transfer SET key = key || 'x' WHERE kind = 'deposit'",
    "a kept deposit's movement without an order": "UPDATE payments_transfer SET key = 'deposit-kept:0' WHERE kind = 'deposit_kept'",
}  # fmt: skip


def test_books_with_deposits_agree(books: Scene) -> None:
    states = set(Order.objects.values_list("state", flat=True))
    assert states == {
        OrderState.RESERVED,
        OrderState.DEPOSIT,
        OrderState.PAID,
        OrderState.REFUNDED,
        OrderState.LAPSED,
        OrderState.CALLED_OFF,
    }
    assert found("check_ledger") == found("check_volume") == ""


def test_every_fault_is_seen(books: Scene) -> None:
    # The database would refuse some of them; the audit sees them without its constraints too.
    tamper("ALTER TABLE orders_order DROP CONSTRAINT a_balance_follows_a_deposit")
    assert unnoticed("check_ledger", FAULTS) == []


@pytest.mark.parametrize("check", DEPOSIT_CHECKS)
def test_each_check_sees_something(books: Scene, check: str) -> None:
    """None of the checks of deposits is there for nothing: some fault is named by it."""
    tamper("ALTER TABLE orders_order DROP CONSTRAINT a_balance_follows_a_deposit")
    for statement in FAULTS.values():
        before = transaction.savepoint()
        tamper(statement)
        named = found("check_ledger")
        transaction.savepoint_rollback(before)
        if check in named:
            return
    pytest.fail(f"No fault is named by: {check}")
