"""The ledger balances, happens once a key, and never changes: Python says so, and PostgreSQL says so without Python."""

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from payments import ledger
from payments.ledger import Part, Unbalanced
from payments.models import AccountKind, Entry, LedgerAccount, Transfer, TransferKind

pytestmark = pytest.mark.django_db

SALE = [
    Part(AccountKind.STRIPE, "", 1000),
    Part(AccountKind.SELLER_PENDING, "store1", -900, "430426"),
    Part(AccountKind.COMMISSION, "", -100, "430426"),
]


def check_deferred_now() -> None:
    """Make PostgreSQL check what it would check at the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_sale_is_booked_on_both_sides() -> None:
    ledger.post(kind=TransferKind.SALE, key="sale:1", parts=SALE, order_ref="o1")
    check_deferred_now()
    assert ledger.balance(AccountKind.STRIPE) == 1000
    assert ledger.owed(AccountKind.SELLER_PENDING, "store1") == 900
    assert ledger.owed(AccountKind.SELLER_PENDING, "another store") == 0


def test_a_key_moves_money_once() -> None:
    first = ledger.post(kind=TransferKind.SALE, key="sale:1", parts=SALE)
    again = ledger.post(kind=TransferKind.SALE, key="sale:1", parts=SALE)
    assert first == again
    assert ledger.balance(AccountKind.STRIPE) == 1000


def test_parts_that_do_not_sum_to_zero_are_refused() -> None:
    with pytest.raises(Unbalanced):
        ledger.post(kind=TransferKind.SALE, key="sale:1", parts=SALE[:2])


def test_postgresql_refuses_an_unbalanced_transfer() -> None:
    account = LedgerAccount.objects.create(kind=AccountKind.STRIPE)
    transfer = Transfer.objects.create(kind=TransferKind.SALE, key="sale:1")
    Entry.objects.create(transfer=transfer, account=account, amount_fen=5)
    with pytest.raises(DatabaseError, match="does not balance"):
        check_deferred_now()


def test_postgresql_refuses_entries_that_join_a_transfer_later() -> None:
    posted = ledger.post(kind=TransferKind.SALE, key="sale:1", parts=SALE)
    check_deferred_now()
    held, owed = LedgerAccount.objects.order_by("pk")[:2]
    with pytest.raises(DatabaseError, match="other entries"):
        Entry.objects.bulk_create(
            Entry(transfer=posted, account=account, amount_fen=fen) for account, fen in ((held, 7), (owed, -7))
        )


def test_postgresql_refuses_an_empty_transfer() -> None:
    Transfer.objects.create(kind=TransferKind.SALE, key="sale:1")
    with pytest.raises(DatabaseError, match="no entries"):
        check_deferred_now()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments_entry SET amount_fen = amount_fen + 1",
        "DELETE FROM payments_entry",
        "UPDATE payments_transfer SET key = 'x'",
        "DELETE FROM payments_transfer",
        "TRUNCATE payments_entry",
        "TRUNCATE payments_transfer CASCADE",
    ],
)
def test_what_is_posted_stays(statement: str) -> None:
    ledger.post(kind=TransferKind.SALE, key="sale:1", parts=SALE)
    check_deferred_now()
    with (
        pytest.raises((InternalError, IntegrityError, DatabaseError)),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert ledger.balance(AccountKind.STRIPE) == 1000


def test_the_statements_do_not_grow_with_the_parts() -> None:
    def many(number: int) -> list[Part]:
        parts = [Part(AccountKind.SELLER_PENDING, f"s{number}-{i}", -10, "430426") for i in range(number)]
        return [*parts, Part(AccountKind.STRIPE, "", 10 * number)]

    counts = []
    for number in (2, 40):
        with CaptureQueriesContext(connection) as queries:
            ledger.post(kind=TransferKind.SALE, key=f"sale:{number}", parts=many(number))
        counts.append(len(queries))
    assert counts[0] == counts[1]
