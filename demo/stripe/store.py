"""What the stand-in remembers: Stripe's objects as JSON rows in SQLite, so that a restart loses nothing."""

import json
import secrets
import sqlite3
import string
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .errors import JSON, ResourceMissing

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    place   INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order of creation, which lists and their cursors follow
    account TEXT NOT NULL,
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    body    TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (account, kind, place);
CREATE INDEX IF NOT EXISTS objects_by_intent ON objects (json_extract(body, '$.payment_intent'), kind);
CREATE INDEX IF NOT EXISTS sessions_by_end
    ON objects (json_extract(body, '$.status'), json_extract(body, '$.expires_at'))
    WHERE kind = 'checkout.session';
CREATE INDEX IF NOT EXISTS intents_uncaptured ON objects (json_extract(body, '$.status'))
    WHERE kind = 'payment_intent';
CREATE TABLE IF NOT EXISTS answers (
    account TEXT NOT NULL,
    key     TEXT NOT NULL,
    path    TEXT NOT NULL,
    digest  TEXT NOT NULL,
    status  INTEGER NOT NULL,
    body    TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (account, key)
);
CREATE TABLE IF NOT EXISTS deliveries (
    place     INTEGER PRIMARY KEY AUTOINCREMENT,
    event     TEXT NOT NULL,
    attempts  INTEGER NOT NULL DEFAULT 0,
    due       REAL NOT NULL,
    delivered REAL,
    outcome   TEXT
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due) WHERE delivered IS NULL;
"""
_ALPHABET = string.ascii_letters + string.digits

# Stripe's word for each kind of object, in messages such as "No such charge: 'ch_1'".
NOUNS = {
    "balance_transaction": "balance transaction",
    "charge": "charge",
    "checkout.session": "checkout.session",
    "dispute": "dispute",
    "event": "event",
    "payment_intent": "payment_intent",
    "payout": "payout",
    "refund": "refund",
    "transfer": "transfer",
    "transfer_reversal": "transfer reversal",
}


def new_id(prefix: str) -> str:
    """An unguessable identifier in Stripe's manner, such as `pi_` and 24 letters and digits."""
    return f"{prefix}_{''.join(secrets.choice(_ALPHABET) for _ in range(24))}"


class DataInUse(Exception):
    """Another process holds the data directory."""


@dataclass(frozen=True)
class Cursor:
    """Where a list begins and how long a page is (1 to 100), as in `limit`, `starting_after`, `ending_before`."""

    limit: int = 10
    after: str | None = None
    before: str | None = None


class Store:
    """One SQLite file and one lock: every change is a transaction of its own, and no two run at once."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(
            directory / "stripe.sqlite3", isolation_level=None, check_same_thread=False, timeout=2
        )
        self._db.row_factory = sqlite3.Row
        try:
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")  # a second process would deliver every event twice
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as busy:
            self._db.close()
            raise DataInUse(str(directory)) from busy
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Wait for the transaction under way, then close."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, one at a time; do no network call inside."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A part of a transaction that can be undone alone: an exception undoes it and goes on upwards."""
        self._db.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK TO attempt")
            self._db.execute("RELEASE attempt")
            raise
        self._db.execute("RELEASE attempt")

    # Objects

    def add(self, account: str, item: JSON) -> JSON:
        """Keep a new object (its `object`, `id` and `created` say what it is) and return it."""
        self._db.execute(
            "INSERT INTO objects (account, kind, id, created, body) VALUES (?, ?, ?, ?, ?)",
            (account, item["object"], item["id"], item["created"], json.dumps(item)),
        )
        return item

    def save(self, item: JSON) -> JSON:
        """Keep the changed object and return it."""
        self._db.execute("UPDATE objects SET body = ? WHERE id = ?", (json.dumps(item), item["id"]))
        return item

    def get(self, account: str, kind: str, object_id: str, *, param: str = "id") -> JSON:
        """The account's object of that kind; raises ResourceMissing, also for another account's."""
        row = self._db.execute(
            "SELECT body FROM objects WHERE id = ? AND kind = ? AND account = ?", (object_id, kind, account)
        ).fetchone()
        if row is None:
            raise ResourceMissing(NOUNS[kind], object_id, param=param)
        return _loads(row["body"])

    def find(self, kind: str, object_id: str) -> tuple[str, JSON] | None:
        """The account and the object of that kind, whoever's it is, or None."""
        row = self._db.execute(
            "SELECT account, body FROM objects WHERE id = ? AND kind = ?", (object_id, kind)
        ).fetchone()
        return None if row is None else (row["account"], _loads(row["body"]))

    def page(
        self, account: str, kind: str, cursor: Cursor, filters: list[tuple[str, object]]
    ) -> tuple[list[JSON], bool]:
        """One page of an account's objects, newest first, and whether more follow in the direction asked for.

        `filters` are SQL conditions with one `?` each, such as `("json_extract(body, '$.status') = ?", "open")`.
        Raises ResourceMissing when a cursor names nothing.
        """
        where = ["account = ?", "kind = ?", *(condition for condition, _ in filters)]
        values: list[object] = [account, kind, *(value for _, value in filters)]
        order = "DESC"
        if cursor.after is not None:
            where.append("place < ?")
            values.append(self._place(account, kind, cursor.after, param="starting_after"))
        if cursor.before is not None:
            where.append("place > ?")
            values.append(self._place(account, kind, cursor.before, param="ending_before"))
            order = "ASC" if cursor.after is None else order
        rows = self._db.execute(
            f"SELECT body FROM objects WHERE {' AND '.join(where)} ORDER BY place {order} LIMIT ?",
            (*values, cursor.limit + 1),
        ).fetchall()
        found = [_loads(row["body"]) for row in rows[: cursor.limit]]
        return (found if order == "DESC" else found[::-1]), len(rows) > cursor.limit

    def _place(self, account: str, kind: str, object_id: str, *, param: str) -> int:
        row = self._db.execute(
            "SELECT place FROM objects WHERE id = ? AND kind = ? AND account = ?", (object_id, kind, account)
        ).fetchone()
        if row is None:
            raise ResourceMissing(NOUNS[kind], object_id, param=param)
        return int(row["place"])

    def overdue_sessions(self, now: float) -> list[tuple[str, JSON]]:
        """Open checkout sessions whose time is over, with their accounts."""
        rows = self._db.execute(
            "SELECT account, body FROM objects WHERE kind = 'checkout.session'"
            " AND json_extract(body, '$.status') = 'open' AND json_extract(body, '$.expires_at') <= ?",
            (now,),
        ).fetchall()
        return [(row["account"], _loads(row["body"])) for row in rows]

    def uncaptured(self, now: int) -> list[tuple[str, JSON]]:
        """PaymentIntents whose authorisation should have been captured by now, with their accounts."""
        rows = self._db.execute(
            "SELECT i.account, i.body FROM objects i JOIN objects c ON c.id = json_extract(i.body, '$.latest_charge')"
            " WHERE i.kind = 'payment_intent' AND json_extract(i.body, '$.status') = 'requires_capture'"
            " AND json_extract(c.body, '$.payment_method_details.card.capture_before') <= ?",
            (now,),
        ).fetchall()
        return [(row["account"], _loads(row["body"])) for row in rows]

    def disputes_of(self, account: str, charge_id: str, *, but: str) -> list[JSON]:
        """The disputes of a charge that are in any state but one."""
        rows = self._db.execute(
            "SELECT body FROM objects WHERE account = ? AND kind = 'dispute' AND json_extract(body, '$.charge') = ?"
            " AND json_extract(body, '$.status') <> ?",
            (account, charge_id, but),
        ).fetchall()
        return [_loads(row["body"]) for row in rows]

    def balance(self, account: str, now: int) -> list[sqlite3.Row]:
        """What an account's balance transactions come to (columns currency, ready, net), what is available by now apart."""
        return self._db.execute(
            "SELECT json_extract(body, '$.currency') AS currency, json_extract(body, '$.available_on') <= ? AS ready,"
            " sum(json_extract(body, '$.net')) AS net FROM objects WHERE account = ? AND kind = 'balance_transaction'"
            " GROUP BY 1, 2",
            (now, account),
        ).fetchall()

    # Answers kept for idempotency keys

    def answer(self, account: str, key: str) -> sqlite3.Row | None:
        """The answer kept for the key (columns path, digest, status, body), or None."""
        row: sqlite3.Row | None = self._db.execute(
            "SELECT path, digest, status, body FROM answers WHERE account = ? AND key = ?", (account, key)
        ).fetchone()
        return row

    def keep_answer(self, account: str, key: str, path: str, digest: str, status: int, body: JSON, now: int) -> None:
        """Keep an answer for the key, in the same transaction as the change it reports."""
        self._db.execute(
            "INSERT INTO answers (account, key, path, digest, status, body, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (account, key, path, digest, status, json.dumps(body), now),
        )

    def forget_answers(self, before: int) -> None:
        """Drop answers kept since before that moment (Unix seconds)."""
        self._db.execute("DELETE FROM answers WHERE created < ?", (before,))

    # Webhook deliveries

    def add_delivery(self, event_id: str, due: float) -> None:
        """Queue one delivery of the event at that moment (Unix seconds)."""
        self._db.execute("INSERT INTO deliveries (event, due) VALUES (?, ?)", (event_id, due))

    def next_delivery(self) -> sqlite3.Row | None:
        """The undelivered row that is due first (columns place, event, attempts, due), due now or later."""
        row: sqlite3.Row | None = self._db.execute(
            "SELECT place, event, attempts, due FROM deliveries WHERE delivered IS NULL ORDER BY due, place LIMIT 1"
        ).fetchone()
        return row

    def close_delivery(self, place: int, *, now: float, outcome: str) -> None:
        """Record that the receiver took it."""
        self._db.execute(
            "UPDATE deliveries SET attempts = attempts + 1, delivered = ?, outcome = ? WHERE place = ?",
            (now, outcome, place),
        )

    def postpone_delivery(self, place: int, *, due: float, outcome: str) -> None:
        """Record that the receiver did not take it, and when to try again."""
        self._db.execute(
            "UPDATE deliveries SET attempts = attempts + 1, due = ?, outcome = ? WHERE place = ?", (due, outcome, place)
        )

    def hasten_deliveries(self, now: float) -> None:
        """Make every waiting delivery due: after a restart nobody waits for hours."""
        self._db.execute("UPDATE deliveries SET due = ? WHERE delivered IS NULL AND due > ?", (now, now))

    def deliveries(self) -> list[JSON]:
        """Every delivery, oldest first: event, attempts, due, delivered (Unix seconds or None), outcome."""
        rows = self._db.execute(
            "SELECT event, attempts, due, delivered, outcome FROM deliveries ORDER BY place"
        ).fetchall()
        return [dict(row) for row in rows]


def _loads(body: str) -> JSON:
    loaded: JSON = json.loads(body)
    return loaded
