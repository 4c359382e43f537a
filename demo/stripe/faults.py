"""Faults on purpose: the next calls to the API meet a Stripe that is too busy, that breaks, or whose answer gets lost on the way."""

import threading
from dataclasses import dataclass
from typing import Final

from .errors import Broken, StripeError, TooManyRequests

# Before anything was done, except for LOST: what was asked for is done, and nobody hears of it.
BUSY, BROKEN, LOST = "busy", "broken", "lost"
KINDS: Final = (BUSY, BROKEN, LOST)
_REFUSALS: Final[dict[str, type[StripeError]]] = {BUSY: TooManyRequests, BROKEN: Broken}


class AnswerLost(Exception):
    """The line breaks after the request was carried out."""


@dataclass
class _Fault:
    kind: str
    times: int
    path: str


class Faults:
    """What the next requests meet, in the order in which it was asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Fault] = []

    def expect(self, kind: str, times: int, path: str) -> None:
        """The next so many requests to an address that begins with `path` meet this; 0 times forgets what was asked for there."""
        with self._lock:
            if times:
                self._waiting.append(_Fault(kind, times, path))
            else:
                self._waiting = [fault for fault in self._waiting if fault.path != path]

    def meet(self, path: str) -> bool:
        """Whether the answer to this request gets lost. Raises TooManyRequests or Broken where it is refused."""
        kind = self._next(path)
        if kind in _REFUSALS:
            raise _REFUSALS[kind]
        return kind == LOST

    def _next(self, path: str) -> str:
        with self._lock:
            fault = next((fault for fault in self._waiting if path.startswith(fault.path)), None)
            if fault is None:
                return ""
            fault.times -= 1
            if not fault.times:
                self._waiting.remove(fault)
            return fault.kind
