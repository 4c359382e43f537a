"""What must be true once all is at rest: of each order, by Stripe's own word, and of all books, by both audits."""

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import psycopg

from reports.audit import LEDGER_CHECKS, VOLUME_CHECKS, in_full


def ask_stripe(base: str, secret: str, path: str, **params: str) -> Iterator[dict[str, Any]]:
    """All objects of a list of the stand-in."""
    last = ""
    while True:
        query = urllib.parse.urlencode({"limit": "100", **params, **({"starting_after": last} if last else {})})
        request = urllib.request.Request(f"{base}{path}?{query}", headers={"Authorization": f"Bearer {secret}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            page = json.load(answer)
        yield from page["data"]
        if not page["has_more"]:
            return
        last = page["data"][-1]["id"]


def look_at_order(database: "psycopg.Connection[Any]", base: str, secret: str, email: str) -> list[str]:
    """What is wrong with this buyer's one order: not one, not paid, paid or given back twice; nothing where it is right."""
    orders = database.execute("SELECT ref, state, total_fen FROM orders_order WHERE email = %s", [email]).fetchall()
    if len(orders) != 1:
        return [f"{email} has {len(orders)} orders"]
    ref, state, total = orders[0]
    payments = database.execute(
        "SELECT session_id, intent_id, state, amount_fen FROM payments_payment WHERE order_ref = %s", [ref]
    ).fetchall()
    wrong = [] if len(payments) == 1 else [f"{ref} has {len(payments)} payments"]
    sessions = [one for one in ask_stripe(base, secret, "/v1/checkout/sessions") if one["client_reference_id"] == ref]
    paid = [one for one in sessions if one["payment_status"] == "paid"]
    if len(paid) != 1 or paid[0]["amount_total"] != total:
        wrong.append(f"{ref}: Stripe took {[one['amount_total'] for one in paid]} for an order of {total}")
    if state not in ("paid", "refunded"):
        wrong.append(f"{ref} was paid and is {state}")
    back = sum(one["amount"] for intent in {row[1] for row in payments if row[1]} for one in ask_stripe(
        base, secret, "/v1/refunds", payment_intent=intent) if one["status"] == "succeeded")  # fmt: skip
    booked = database.execute(
        "SELECT coalesce(sum(r.amount_fen), 0)::bigint, count(*) FILTER (WHERE r.state <> 'succeeded') FROM payments_refund r"
        " JOIN payments_payment p ON p.id = r.payment_id WHERE p.order_ref = %s",
        [ref],
    ).fetchone()
    if booked is None or booked[0] != back or booked[1] or not 0 < back < total:
        wrong.append(f"{ref}: Stripe gave {back} of {total} back, the books say {booked}")
    return wrong


def look_at_books(database: "psycopg.Connection[Any]") -> list[str]:
    """What the audits of ledger and volume find."""
    wrong = []
    for checks in (LEDGER_CHECKS, VOLUME_CHECKS):
        for title, query in checks.items():
            wrong += [f"{title}: {row}" for row in database.execute(in_full(query).encode()).fetchall()[:5]]
    return wrong


def compare_totals(database: "psycopg.Connection[Any]", base: str, secret: str) -> list[str]:
    """Stripe's money and the ledger's, to the fen; and jobs that nobody does any more."""
    paid = sum(
        one["amount_total"]
        for one in ask_stripe(base, secret, "/v1/checkout/sessions")
        if one["payment_status"] == "paid"
    )
    back = sum(one["amount"] for one in ask_stripe(base, secret, "/v1/refunds") if one["status"] == "succeeded")
    held = database.execute(
        "SELECT coalesce(sum(e.amount_fen), 0)::bigint FROM payments_entry e JOIN payments_ledgeraccount a ON a.id = e.account_id"
        " JOIN payments_transfer t ON t.id = e.transfer_id"
        " WHERE a.kind = 'stripe' AND t.kind IN ('sale', 'late_payment', 'refund', 'refund_failed')"  # not its fees
    ).fetchone()
    failed = database.execute(
        "SELECT task_name, count(*) FROM procrastinate_jobs WHERE status = 'failed' GROUP BY 1 ORDER BY 1"
    ).fetchall()
    wrong = [] if held == (paid - back,) else [f"Stripe holds {paid - back}, the ledger says {held}"]
    return wrong + [f"{number} of {task} failed for good" for task, number in failed]
