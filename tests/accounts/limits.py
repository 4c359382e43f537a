"""The limits of these tests lie in the cache: what is there, and how a test lets the time of a limit pass."""

from django.core.cache import caches
from django_redis.cache import RedisCache


def _redis() -> RedisCache:
    cache = caches["default"]
    assert isinstance(cache, RedisCache)
    return cache


def lift(pattern: str) -> None:
    """Forget every limit whose key is like this."""
    _redis().delete_pattern(pattern)


def keys() -> list[str]:
    """The keys of everything in the cache, sessions too."""
    return list(_redis().keys("*"))
