"""What is the same for everybody for some minutes, kept in Redis; without Redis it is worked out each time."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from django.core.cache import cache
from redis.exceptions import RedisError

Value = TypeVar("Value")


def kept_for(seconds: int, key: str, make: Callable[[], Value]) -> Value:
    """What `make` gave under this key in the last `seconds`, or gives now; never None."""
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
