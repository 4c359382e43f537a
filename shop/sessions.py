"""Sessions in Redis, for which a Redis that does not answer is an outage."""

from typing import Any

from django.contrib.sessions.backends.cache import SessionStore as CacheSessionStore
from django.core.cache.backends.base import BaseCache


class SessionStore(CacheSessionStore):
    """Django's store takes an error for an empty session, and its middleware then deletes the cookie: a short outage would sign
    out everybody who clicks. Here the error goes through, the page is a 503, and the session is there again afterwards.
    """

    _cache: BaseCache

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
