"""The gate before a flash sale, in Redis: answers almost everybody without asking PostgreSQL, and lets through as many as there are places.

It may forget, lag or be gone: whom it lets through PostgreSQL decides (orders.flash_claims). Two hashes a sale, with an end of their own:
`free` (how many more it lets through), `begins` and `ends` (milliseconds); and what became of whoever was let through, by account.
"""

import logging
import threading
import time
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from typing import Final

import redis
from django.conf import settings
from django.db.models import F
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from orders.models import ClaimState, FlashClaim, FlashSale, Promotion

logger = logging.getLogger("daylily.money")

# Some who were let through don't come to an end: their connection broke, or a worker died. PostgreSQL refuses who is too many.
SPARE: Final = 5
# A try that has said nothing for so long is over: whoever made it may try again.
LONGEST_TRY_MS: Final = 5_000
KEPT_AFTER_S: Final = 3_600
# So long nobody asks a Redis that did not answer: a click costs the others no time.
REST_S: Final = 0.5
TIMEOUT_S: Final = 0.5


class Passage(StrEnum):
    """What the gate says to one click."""

    GO = "go"  # PostgreSQL is to decide
    HAS = "has"  # was let through before: their page says what became of it
    SOLD_OUT = "sold_out"
    EARLY = "early"
    OVER = "over"
    UNKNOWN = "unknown"  # the gate holds nothing of this sale


class GateGone(Exception):
    """Redis does not answer."""


_LET: Final = """
local sale = redis.call('HMGET', KEYS[1], 'free', 'begins', 'ends')
if not sale[1] then return 'unknown' end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local tried = redis.call('HGET', KEYS[2], ARGV[1])
if tried == 'has' or (tried and now - tonumber(tried) < tonumber(ARGV[2])) then return 'has' end
if now < tonumber(sale[2]) then return 'early' end
if now >= tonumber(sale[3]) then return 'over' end
if tonumber(sale[1]) <= 0 then return 'sold_out' end
redis.call('HINCRBY', KEYS[1], 'free', -1)
redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', now))
redis.call('PEXPIREAT', KEYS[2], ARGV[3] + tonumber(sale[3]))
return 'go'
"""
# ARGV: free, begins, ends, milliseconds kept after the end, then accounts that have a place.
_FILL: Final = """
redis.call('HSET', KEYS[1], 'free', ARGV[1], 'begins', ARGV[2], 'ends', ARGV[3])
redis.call('PEXPIREAT', KEYS[1], ARGV[3] + ARGV[4])
redis.call('DEL', KEYS[2])
for place = 5, #ARGV do redis.call('HSET', KEYS[2], ARGV[place], 'has') end
if #ARGV > 4 then redis.call('PEXPIREAT', KEYS[2], ARGV[3] + ARGV[4]) end
return 1
"""


class Gate:
    """One process's way to the gate. Every method raises GateGone where Redis does not answer, and rests for a while then."""

    def __init__(self, url: str, prefix: str) -> None:
        self.redis = redis.Redis.from_url(
            url,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 1),  # once more, on a fresh connection, where Redis was started anew meanwhile
        )
        self.prefix = prefix
        self._pass, self._fill = self.redis.register_script(_LET), self.redis.register_script(_FILL)
        self._rests_until = 0.0
        self.filling = threading.Lock()

    def keys(self, sale_id: int) -> tuple[str, str]:
        """The sale's two hashes; the braces keep both on one machine of a cluster."""
        return f"{self.prefix}:flash:{{{sale_id}}}:sale", f"{self.prefix}:flash:{{{sale_id}}}:who"

    def passage(self, sale_id: int, user_id: int) -> Passage:
        """One click: one call."""
        return Passage(self._said(self._pass, self.keys(sale_id), [user_id, LONGEST_TRY_MS, KEPT_AFTER_S * 1000]))

    def fill(self, sale: FlashSale, has_place: Iterable[int]) -> None:
        """Write down what PostgreSQL knows of a sale (load its promotion)."""
        promotion = sale.promotion
        ends = min(promotion.ended_at or promotion.ends_at, promotion.ends_at)
        free = sale.left + SPARE if sale.left > 0 else 0
        times = [round(when.timestamp() * 1000) for when in (promotion.starts_at, ends)]
        self._said(self._fill, self.keys(sale.pk), [free, *times, KEPT_AFTER_S * 1000, *has_place])

    def tell(self, sale_id: int, user_id: int, *, has_place: bool) -> None:
        """What became of a try: whoever has no place may try again, should one come free."""
        _sale, who = self.keys(sale_id)
        if has_place:
            self._ask(lambda: self.redis.hset(who, str(user_id), "has"))
        else:
            self._ask(lambda: self.redis.hdel(who, str(user_id)))

    def is_sold_out(self, sale_id: int) -> None:
        """PostgreSQL says that nothing is left: let nobody through until it says otherwise."""
        self._ask(lambda: self.redis.hset(self.keys(sale_id)[0], "free", 0))

    def forget(self, sale_id: int) -> None:
        """Hold nothing of a sale: the next click has PostgreSQL asked."""
        self._ask(lambda: self.redis.delete(*self.keys(sale_id)))

    def _said(self, script: object, keys: tuple[str, str], values: list[object]) -> str:
        said = self._ask(lambda: script(keys=keys, args=values))  # type: ignore[operator]
        return said.decode() if isinstance(said, bytes) else str(said)

    def _ask(self, ask: object) -> object:
        if time.monotonic() < self._rests_until:
            raise GateGone
        try:
            return ask()  # type: ignore[operator]
        except RedisError as error:
            self._rests_until = time.monotonic() + REST_S
            logger.warning("The gate of flash sales does not answer: %s", type(error).__name__)
            raise GateGone from error


@cache
def gate() -> Gate:
    """This process's gate."""
    return Gate(settings.REDIS_URL, settings.CACHES["default"]["KEY_PREFIX"])


def fill_gate(sale_id: int) -> None:
    """Have the gate hold what PostgreSQL says now. Raises GateGone; FlashSale.DoesNotExist for none that is announced."""
    with gate().filling:  # of this process's clicks that find nothing, one asks PostgreSQL at a time
        sale = FlashSale.objects.announced().select_related("promotion").get(pk=sale_id)
        claims = FlashClaim.objects.filter(sale=sale).exclude(state=ClaimState.LAPSED)
        gate().fill(sale, claims.values_list("user_id", flat=True))


def refresh_gate(sale_id: int) -> None:
    """The same after places came free; without Redis nothing happens."""
    try:
        fill_gate(sale_id)
    except (GateGone, FlashSale.DoesNotExist):
        logger.info("The gate of flash sale %s was not filled.", sale_id)


def forget_sale(sale_id: int) -> None:
    """Have the gate ask PostgreSQL again, after the sale itself was changed; without Redis nothing happens."""
    try:
        gate().forget(sale_id)
    except GateGone:
        logger.info("The gate of flash sale %s was not emptied.", sale_id)


def refill_gates() -> None:
    """Every minute: have the gates of running sales that are not sold out agree with PostgreSQL, should tries have come to no end."""
    running = FlashSale.objects.filter(promotion__in=Promotion.objects.running(), taken__lt=F("units"))
    for sale_id in running.values_list("pk", flat=True):
        refresh_gate(sale_id)
