"""Asking once: the same key with the same request is answered as before, and refuses another request.

A key is taken, worked on and answered in one transaction: until it commits the row is locked, and whoever brings the key again waits. So a
row that others can see has its answer, and needs no state of its own.
"""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from payments.models import IdempotencyKey

# A page that is older asks for its prices and its session again; Stripe forgets its keys after a day.
KEPT_FOR: Final = dt.timedelta(days=30)


class IdempotencyConflict(Exception):
    """A key that has answered one request came with another (409); `answer` is what the first request got."""

    def __init__(self, answer: Any) -> None:
        super().__init__("This key has answered another request.")
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Claim:
    """A key taken by this transaction, or, where `answer` is not None, what it answered before. `now` is the database's clock."""

    pk: int
    answer: Any
    now: dt.datetime


def request_hash(body: Any) -> str:
    """64 hex digits that are equal for equal requests (`body` is anything JSON can write)."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


_CLAIM = f"""
    INSERT INTO {IdempotencyKey._meta.db_table} (actor, operation, key, request_hash, created_at)
    VALUES (%s, %s, %s, %s, now()) ON CONFLICT (actor, operation, key) DO NOTHING RETURNING id, created_at
"""


def claim_key(*, actor: str, operation: str, key: str, body: Any) -> Claim:
    """Take `key` within the caller's transaction, waiting for another that holds it. Raises IdempotencyConflict.

    When the caller's transaction fails the key is free again, so a corrected request may use it.
    """
    digest = request_hash(body)
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [actor, operation, key, digest])
        taken = cursor.fetchone()
    if taken:
        return Claim(pk=taken[0], answer=None, now=taken[1])
    known = IdempotencyKey.objects.get(actor=actor, operation=operation, key=key)
    if known.request_hash != digest:
        raise IdempotencyConflict(known.answer)
    return Claim(pk=known.pk, answer=known.answer, now=known.created_at)


def prune_keys(*, at: dt.datetime | None = None) -> int:
    """Forget the keys of pages that nobody can still have open; how many."""
    old = IdempotencyKey.objects.filter(created_at__lt=(at or timezone.now()) - KEPT_FOR)
    return old.delete()[0]


def answer_claim(claim: Claim, answer: Any) -> None:
    """Write down what the key answers from now on."""
    IdempotencyKey.objects.filter(pk=claim.pk).update(answer=answer)
