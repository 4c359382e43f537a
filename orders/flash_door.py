"""The door of a flash sale: a ticket that the sale's page carries, the gate in Redis, and PostgreSQL for whom it lets through.

Without Redis the door stays open: a few clicks at a time ask PostgreSQL, and once one hears that nothing is left, the clicks of the next
moments hear it too.
"""

import hashlib
import logging
import threading
import time
from enum import StrEnum
from typing import Final

from django.core.signing import BadSignature, Signer

from orders.flash_claims import Outcome, claim_place, lapse_places
from orders.flash_gate import GateGone, Passage, fill_gate, gate
from orders.models import ClaimState, FlashClaim, FlashSale

logger = logging.getLogger("daylily.money")

TICKET_S: Final = 24 * 3_600
# Without Redis: so many clicks of a process ask PostgreSQL at once, the others wait so long for their turn.
AT_ONCE: Final = 2
LONGEST_WAIT_S: Final = 5.0
# So long a process repeats without asking that nothing is left.
SOLD_OUT_S: Final = 0.3
_SALT: Final = "orders.flash_door"


class Answer(StrEnum):
    """What whoever clicked is told."""

    YOURS = "yours"  # their page says which place they have, or had
    SOLD_OUT = "sold_out"
    EARLY = "early"
    OVER = "over"
    BUSY = "busy"  # PostgreSQL had no turn for them: click again
    UNKNOWN = "unknown"  # there is no such sale


class BadTicket(ValueError):
    """A ticket that is not this browser's, for another sale, too old, or none."""


def ticket_for(*, user_id: int, sale_id: int, session: str) -> str:
    """What the page of a sale gives to a signed-in buyer, for the browser whose session cookie this is; it holds a day."""
    return _signer(session).sign(f"{user_id}.{sale_id}.{int(time.time()) + TICKET_S}")


def read_ticket(text: str, *, sale_id: int, session: str) -> int:
    """The account that a ticket was given to. Asks nobody. Raises BadTicket."""
    try:
        user_id, ticket_sale, until = (int(part) for part in _signer(session).unsign(text).split("."))
    except (BadSignature, ValueError) as error:
        raise BadTicket from error
    if ticket_sale != sale_id or until < time.time() or not session:
        raise BadTicket
    return user_id


def _signer(session: str) -> Signer:
    """A ticket is of no use in another browser, or after signing out and in again."""
    return Signer(salt=f"{_SALT}:{hashlib.sha256(session.encode()).hexdigest()}")


def knock(*, sale_id: int, user_id: int) -> Answer:
    """One click of one buyer, and its final answer."""
    try:
        passage = _passage(sale_id, user_id)
    except FlashSale.DoesNotExist:
        return Answer.UNKNOWN
    except GateGone:
        return _without_gate(sale_id, user_id)
    match passage:
        case Passage.GO:
            return _ask(sale_id, user_id)
        case Passage.HAS:
            return Answer.YOURS
        case Passage.EARLY | Passage.OVER:
            return Answer(passage.value)
        case _:
            return Answer.SOLD_OUT


def _passage(sale_id: int, user_id: int) -> Passage:
    passage = gate().passage(sale_id, user_id)
    if passage == Passage.UNKNOWN:
        lapse_places(sale_id=sale_id)
        fill_gate(sale_id)
        passage = gate().passage(sale_id, user_id)
    return passage


def _ask(sale_id: int, user_id: int) -> Answer:
    """PostgreSQL decides, and the gate hears of it."""
    outcome = claim_place(sale_id=sale_id, user_id=user_id)
    has_place = outcome in (Outcome.GOT_IT, Outcome.HAS_ONE)
    try:
        gate().tell(sale_id, user_id, has_place=has_place)
        if outcome == Outcome.SOLD_OUT:
            gate().is_sold_out(sale_id)
    except GateGone:
        logger.info("The gate of flash sale %s did not hear of a place.", sale_id)
    return Answer.YOURS if has_place else Answer(outcome.value)


class _Turns:
    """Who may ask PostgreSQL while Redis is gone, and what was heard a moment ago: nothing is left, and these accounts have a place."""

    def __init__(self) -> None:
        self.at_once = threading.BoundedSemaphore(AT_ONCE)
        self.sold_out: dict[int, tuple[float, frozenset[int]]] = {}

    def heard(self, sale_id: int, user_id: int) -> Answer | None:
        """What is still known of a moment ago, if anything."""
        until, owners = self.sold_out.get(sale_id, (0.0, frozenset()))
        if time.monotonic() >= until:
            return None
        return Answer.YOURS if user_id in owners else Answer.SOLD_OUT

    def keep_sold_out(self, sale_id: int) -> None:
        """Remember it for a moment; of long ago nothing is kept."""
        claims = FlashClaim.objects.filter(sale_id=sale_id).exclude(state=ClaimState.LAPSED)
        owners = frozenset(claims.values_list("user_id", flat=True))
        now = time.monotonic()
        known = {sale: kept for sale, kept in self.sold_out.items() if kept[0] > now}
        self.sold_out = known | {sale_id: (now + SOLD_OUT_S, owners)}


_turns = _Turns()


def _without_gate(sale_id: int, user_id: int) -> Answer:
    if known := _turns.heard(sale_id, user_id):
        return known
    if not _turns.at_once.acquire(timeout=LONGEST_WAIT_S):
        return Answer.BUSY
    try:
        if known := _turns.heard(sale_id, user_id):
            return known
        outcome = claim_place(sale_id=sale_id, user_id=user_id)
        if outcome == Outcome.SOLD_OUT:
            _turns.keep_sold_out(sale_id)
    except FlashSale.DoesNotExist:
        return Answer.UNKNOWN
    finally:
        _turns.at_once.release()
    return Answer.YOURS if outcome in (Outcome.GOT_IT, Outcome.HAS_ONE) else Answer(outcome.value)
