"""Sessions in Redis. Where Redis does not answer, the page says so, and nobody is signed out by it."""

from typing import Any

from django.contrib.sessions.backends.cache import SessionStore as CacheSessionStore


class SessionStore(CacheSessionStore):
    """Django's store in the cache, but for one thing: an outage is no empty session.

    Django takes a cache that fails for a session that is gone, shows the page of a stranger and deletes the cookie.
    """

    def load(self) -> dict[str, Any]:
        """The session's data, empty for one that has ended. Raises RedisError where Redis does not answer."""
        data: dict[str, Any] | None = self._cache.get(self.cache_key)  # type: ignore[attr-defined]
        if data is None:
            self._session_key = None
            return {}
        return data
