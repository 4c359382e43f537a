"""Idempotency keys: a repeated request gets the first one's answer, whoever of the two was first."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

from .books import Books
from .errors import JSON, KeyInUse, KeyReusedDifferently, ParameterRefused

_KEPT = 24 * 60 * 60  # seconds that a key is remembered
_LONGEST = 255


class KeysInUse:
    """The keys whose first request is being answered right now, in this process (which is the only one)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[tuple[str, str]] = set()

    @contextmanager
    def hold(self, account: str, key: str) -> Iterator[None]:
        """Hold the account's key for the length of a request; raises KeyInUse if another request holds it."""
        held = (account, key)
        with self._lock:
            if held in self._keys:
                raise KeyInUse(f"Another request with the idempotency key '{key}' is still in progress.")
            self._keys.add(held)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(held)


def check_key(key: str) -> None:
    """Refuse a key that is too long (ParameterRefused)."""
    if len(key) > _LONGEST:
        raise ParameterRefused(f"Idempotency keys have at most {_LONGEST} characters")


def recall(books: Books, key: str, path: str, values: JSON) -> tuple[int, JSON] | None:
    """The status and body kept for the key, or None for a new key.

    Raises KeyReusedDifferently when the key was first used for another address or with other parameters.
    """
    books.store.forget_answers(books.now - _KEPT)
    kept = books.store.answer(books.account, key)
    if kept is None:
        return None
    advice = f"Try using a key other than '{key}' if you meant to execute a different request."
    if kept["path"] != path:
        raise KeyReusedDifferently(
            f"Keys for idempotent requests can only be used for the same endpoint they were first used for"
            f" ('{path}' vs '{kept['path']}'). {advice}"
        )
    if kept["digest"] != _digest(values):
        raise KeyReusedDifferently(
            "Keys for idempotent requests can only be used with the same parameters they were first used with."
            f" {advice}"
        )
    return kept["status"], json.loads(kept["body"])


def keep(books: Books, key: str, path: str, values: JSON, status: int, body: JSON) -> None:
    """Keep the answer for the key, in the transaction of the change that it reports."""
    books.store.keep_answer(books.account, key, path, _digest(values), status, body, books.now)


def _digest(values: JSON) -> str:
    return sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
