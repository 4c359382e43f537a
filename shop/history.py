"""What the database writes beside every change made in a request: who is signed in, at which address, and from which station."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import lazystr
from pghistory.middleware import HistoryMiddleware as UsersHistoryMiddleware

from stations.scope import scope_of


class HistoryMiddleware(UsersHistoryMiddleware):
    """Adds `station` to the context of changes: the codes of the stations or regions that the acting user is posted to, with commas.

    It is found when the first statement writes (a request that changes nothing asks nothing), and not again in the same request.
    """

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        """`user` (key or None), `url` and `station`."""
        return {**super().get_context(request), "station": lazystr(PostedTo(request))}


class PostedTo:
    """Where the user of a request is posted, in codes; empty for buyers, farmers, visitors and operators."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self._codes: str | None = None

    def __str__(self) -> str:
        if self._codes is None:
            self._codes = self._read()
        return self._codes

    def _read(self) -> str:
        postings = scope_of(self.request.user).postings
        codes = (posting.station.code if posting.station else posting.region_id for posting in postings)
        return ",".join(dict.fromkeys(codes))
