"""Sessions in Redis: sealed, and with a Redis that does not answer being an outage.

What signing up, signing in and proving a number leave in a session for some minutes (an e-mail address, say) is nobody's to read who
looks after Redis or gets hold of its memory.
"""

import json
from typing import Any

from django.contrib.sessions.backends.cache import SessionStore as CacheSessionStore
from django.core.cache.backends.base import BaseCache

from accounts.sealing import SealBroken, seal, unseal


class SealedCache:
    """A cache whose values are sealed for the key that they lie under; what can't be opened there counts as gone."""

    def __init__(self, cache: BaseCache) -> None:
        self.cache = cache

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cache, name)

    def __contains__(self, key: str) -> bool:
        return key in self.cache

    def get(self, key: str) -> dict[str, Any] | None:
        """The data under a key. Raises redis.RedisError."""
        return _opened(key, self.cache.get(key))

    async def aget(self, key: str) -> dict[str, Any] | None:
        """As `get`."""
        return _opened(key, await self.cache.aget(key))

    def set(self, key: str, data: dict[str, Any], timeout: int) -> Any:
        """Keep the data for so many seconds."""
        return self.cache.set(key, _sealed(key, data), timeout)

    async def aset(self, key: str, data: dict[str, Any], timeout: int) -> Any:
        """As `set`."""
        return await self.cache.aset(key, _sealed(key, data), timeout)

    def add(self, key: str, data: dict[str, Any], timeout: int) -> bool:
        """Keep the data if there is nothing under the key."""
        return self.cache.add(key, _sealed(key, data), timeout)

    async def aadd(self, key: str, data: dict[str, Any], timeout: int) -> bool:
        """As `add`."""
        return await self.cache.aadd(key, _sealed(key, data), timeout)


def _sealed(key: str, data: dict[str, Any]) -> bytes:
    return seal(json.dumps(data, separators=(",", ":")), place=f"session:{key}")


def _opened(key: str, kept: Any) -> dict[str, Any] | None:
    if not isinstance(kept, bytes):
        return None
    try:
        data: dict[str, Any] = json.loads(unseal(kept, place=f"session:{key}"))
    except SealBroken:  # the key that sealed it has been taken out since: they sign in again
        return None
    return data


class SessionStore(CacheSessionStore):
    """Django's store takes an error for an empty session, and its middleware then deletes the cookie: a short outage would sign
    out everybody who clicks. Here the error goes through, the page is a 503, and the session is there again afterwards.
    """

    _cache: Any

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._cache = SealedCache(self._cache)

    def load(self) -> dict[str, Any]:
        """The session's data. Raises redis.RedisError."""
        return self._known(self._cache.get(self.cache_key))

    async def aload(self) -> dict[str, Any]:
        """As `load`, for asynchronous views."""
        return self._known(await self._cache.aget(await self.acache_key()))

    def _known(self, data: dict[str, Any] | None) -> dict[str, Any]:
        if data is None:
            self._session_key = None
            return {}
        return data
