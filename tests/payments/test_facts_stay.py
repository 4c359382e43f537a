"""Guards that hold without Python: facts of sale and custody stay, a key is one transfer, a signature is what the library read."""

import time

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from orders import settlement
from orders.models import Sale, Verification
from payments import ledger
from payments.ledger import KeyReused, Part
from payments.models import AccountKind, Payment, TransferKind, WebhookEvent
from tests.orders.scene import make_scene, order_of
from tests.shop.test_webhooks import URL, event, signed

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE orders_sale SET amount_fen = amount_fen + 1",
        "UPDATE orders_sale SET left_out = 'test'",
        "DELETE FROM orders_sale",
        "TRUNCATE orders_sale CASCADE",
        "UPDATE orders_verification SET verified_at = now()",
        "DELETE FROM orders_verification",
        "TRUNCATE orders_verification",
    ],
)
def test_facts_of_sale_and_their_proof_stay(statement: str) -> None:
    order = order_of(make_scene())
    settlement.settle_payment(Payment.objects.get(order_ref=order.ref).pk)
    Verification.objects.create(sale=Sale.objects.get(), verified_at=order.placed_at)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)
    assert Sale.objects.count() == Verification.objects.count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"parts": [Part(AccountKind.STRIPE, "", 900), Part(AccountKind.COMMISSION, "", -900)]},
        {"parts": [Part(AccountKind.STRIPE, "", 1000), Part(AccountKind.FREIGHT, "430426", -1000)]},
        {"kind": TransferKind.REFUND},
        {"order_ref": "another"},
        {"currency": "USD"},
    ],
)
def test_a_key_posts_one_transfer_and_refuses_another(other: dict[str, object]) -> None:
    first = {
        "kind": TransferKind.SALE, "key": "sale:1", "order_ref": "one",
        "parts": [Part(AccountKind.STRIPE, "", 1000), Part(AccountKind.COMMISSION, "", -1000)],
    }  # fmt: skip
    assert ledger.post(**first) == ledger.post(**first)  # type: ignore[arg-type]
    with pytest.raises(KeyReused):
        ledger.post(**{**first, **other})  # type: ignore[arg-type]
    assert ledger.balance(AccountKind.STRIPE) == 1000


def test_a_second_stamp_in_the_signature_does_not_hide_a_future_one() -> None:
    """The library believes the first stamp; a webhook signed for next year must not pass by a second stamp of today."""
    future = signed(event(), at=time.time() + 365 * 86_400)
    for header in (f"{future},t={int(time.time())}", future):
        response = Client().post(URL, event(), content_type="application/json", headers={"Stripe-Signature": header})
        assert response.status_code == 400
    assert not WebhookEvent.objects.exists()
