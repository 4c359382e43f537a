"""What is the same for everybody for a while: kept in Redis for all processes, or by each process for itself."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

from django.core.cache import cache
from redis.exceptions import RedisError

Value = TypeVar("Value")


def kept_for(seconds: int, key: str, make: Callable[[], Value]) -> Value:
    """What `make` gave under this key in the last `seconds`, or gives now; never None. Without Redis it is worked out each time."""
    try:
        kept: Value | None = cache.get(key)
    except RedisError:
        kept = None
    if kept is not None:
        return kept
    made = make()
    with suppress(RedisError):  # the next visitor asks again
        cache.set(key, made, seconds)
    return made


class KeptByProcess(Generic[Value]):
    """What `make` gave this process in the last `seconds`, for what every list asks and what hardly ever changes."""

    def __init__(self, seconds: int, make: Callable[[], Value]) -> None:
        self.seconds, self.make = seconds, make
        self._kept: tuple[float, Value] | None = None

    def __call__(self) -> Value:
        """What is kept, made anew where it is too old."""
        if self._kept is None or time.monotonic() >= self._kept[0]:
            self._kept = time.monotonic() + self.seconds, self.make()
        return self._kept[1]

    def forget(self) -> None:
        """Make it anew next time."""
        self._kept = None
