"""The role that the site runs as writes rows, and lifts nothing that guards them."""

from collections.abc import Iterator

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from payments import ledger
from payments.ledger import Part
from payments.models import AccountKind, Entry, Transfer, TransferKind
from shop.run_role import grant_run_role

pytestmark = pytest.mark.django_db(transaction=True)
ROLE = "daylily_app"


@pytest.fixture
def entry(transactional_db: None) -> Entry:
    """One booked transfer, and the role with its grants."""
    parts = [Part(AccountKind.STRIPE, "", 500), Part(AccountKind.BUYER_CREDIT, "o", -500)]
    with transaction.atomic():
        ledger.post(kind=TransferKind.LATE_PAYMENT, key="late:1", parts=parts, order_ref="o")
    grant_run_role(ROLE)
    return Entry.objects.earliest("pk")


@pytest.fixture
def site(entry: Entry) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """A connection as that role."""
    known = connection.settings_dict
    with psycopg.connect(
        host=known["HOST"], port=known["PORT"] or None, dbname=known["NAME"], user=ROLE, autocommit=True
    ) as opened:
        yield opened


LIFTS = (
    "UPDATE payments_entry SET amount_fen = 1",
    "DELETE FROM payments_entry",
    "TRUNCATE payments_entry",
    "TRUNCATE orders_sale CASCADE",
    "ALTER TABLE payments_entry DISABLE TRIGGER ALL",
    "ALTER TABLE payments_entry DROP CONSTRAINT entry_moves_money",
    "DROP TABLE payments_entry CASCADE",
    "SET session_replication_role = replica",
    "SET SESSION AUTHORIZATION postgres",
    "SET ROLE postgres",
    "CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name NAME) RETURNS BOOLEAN AS 'SELECT true' LANGUAGE sql",
    "CREATE TABLE public.mine (id int)",
    "CREATE TRIGGER mine BEFORE INSERT ON payments_entry EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "COPY payments_entry TO PROGRAM 'true'",
)


@pytest.mark.parametrize("statement", LIFTS)
def test_it_changes_no_fact_and_lifts_no_guard(site: "psycopg.Connection[tuple[object, ...]]", statement: str) -> None:
    with pytest.raises(psycopg.Error):
        site.execute(statement.encode())
    assert [row.amount_fen for row in Entry.objects.order_by("pk")] == [500, -500]


def _names(site: "psycopg.Connection[tuple[object, ...]]") -> str:
    rows = site.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = 'payments_entry'::regclass AND NOT tgisinternal")
    return "{" + ",".join(str(name) for (name,) in rows) + "}"


def test_asking_to_be_ignored_counts_for_the_owner_alone(site: "psycopg.Connection[tuple[object, ...]]") -> None:
    names = _names(site)
    site.execute("SELECT set_config('pgtrigger.ignore', %s, false)", [names])
    with pytest.raises(psycopg.Error, match="Cannot update"):
        site.execute("UPDATE payments_entry SET amount_fen = amount_fen + 1 WHERE amount_fen > 0")
    with connection.cursor() as cursor:  # the control: for whoever owns the tables it does count
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, false)", [names])
        cursor.execute("UPDATE payments_entry SET county_code = '430426'")
        assert cursor.rowcount == 2
        cursor.execute("RESET pgtrigger.ignore")


def test_what_does_not_balance_fails_at_commit(site: "psycopg.Connection[tuple[object, ...]]", entry: Entry) -> None:
    with pytest.raises(psycopg.errors.CheckViolation), site.transaction():
        site.execute(
            "INSERT INTO payments_entry (transfer_id, account_id, amount_fen, currency, county_code, happened_at)"
            " VALUES (%s, %s, 7, 'CNY', '', now())",
            [entry.transfer_id, entry.account_id],
        )
    with pytest.raises(psycopg.errors.CheckViolation), site.transaction():
        site.execute(
            "INSERT INTO payments_transfer (kind, key, order_ref, happened_at) VALUES ('sale', 'sale:9', '', now())"
        )
    assert Transfer.objects.count() == 1


def test_the_owner_and_a_name_that_is_none_are_refused(entry: Entry) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        owner = cursor.fetchone()[0]
    for name in (owner, "x; DROP TABLE payments_entry", ""):
        with pytest.raises(CommandError):
            call_command("grant_run_role", name)
