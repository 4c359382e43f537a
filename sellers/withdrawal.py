"""Ending by phone: the farmer proves their number with a code, sees what they allowed, and takes it back at once. No account is needed.

Nothing here tells whether a number is known: the same page, the same wait, the same limits on texts to it, and a code by text only
where there is a farmer to read it. A code belongs to the browser that asked: what strangers enter elsewhere uses up none of its tries.
"""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Final

import pghistory
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import codes
from accounts.messages import count_text
from accounts.phones import checked_phone
from sellers import payouts
from sellers.mandates import mandates_in_force
from sellers.models import Household, Mandate, PayoutAccount
from sellers.telling import OLD_NUMBER_LASTS, ending_subject, text_ending_code

# From one address in an hour: enough for a village point where many farmers ask, too few to try numbers or codes out.
MOST_ASKED, MOST_TRIED, WITHIN_SECONDS = 12, 30, 3600
PROOF_LASTS: Final = dt.timedelta(minutes=10)


class TooManyTries(ValueError):
    """Too many numbers or codes from one address."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a farmer has allowed and can take back: mandates in force, and a change of the payout account that waits."""

    mandates: list[Mandate] = field(default_factory=list)
    payout: PayoutAccount | None = None


def ask_to_end(*, phone: str, address: str) -> tuple[int, str]:
    """Have a code sent to a farmer's number (theirs, or for 90 days the one before).

    Returns the household's key, 0 for nobody's number, and the ticket without which the code opens nothing. The text is counted and
    a job enqueued in either case, and the sending happens there: neither answer nor time nor what the number may get afterwards
    tells them apart. Raises BadPhone, TooManyTries, TooManyTexts; after the last, an earlier code still holds.
    """
    number = checked_phone(phone)
    _count("asked", address, MOST_ASKED)
    count_text(number)
    lately = timezone.now() - OLD_NUMBER_LASTS
    found = Household.objects.filter(
        Q(phone=number) | Q(phone_before=number, phone_changed_at__gt=lately), forgotten_at=None
    )
    # Whoever has the number now comes before whoever had it.
    household = min(found, key=lambda one: one.phone != number, default=None)
    key, ticket = household.pk if household else 0, secrets.token_urlsafe(16)
    text_ending_code.defer(household_id=key, ticket=ticket, old_number=bool(household and household.phone != number))
    return key, ticket


def prove(*, household_id: int, ticket: str, code: str, address: str) -> None:
    """Use the code up. Raises CodeRefused (for a household that is none as well), TooManyTries."""
    _count("tried", address, MOST_TRIED)
    codes.use_code(code, purpose="end_mandate", subject=ending_subject(household_id, ticket))


def standing_of(household: Household) -> Standing:
    """What can be taken back."""
    return Standing(list(mandates_in_force(household).select_related("station")), payouts.waiting_change(household))


def end_all(*, household: Household, at: dt.datetime | None = None) -> int:
    """Withdraw every mandate of a household, confirmed or not, at the word of the farmer who proved their number; returns how many held.

    Each waits for the changes that are under way under it; once this has returned, nothing more is changed in the farmer's name.
    """
    when = at or timezone.now()
    with transaction.atomic(), pghistory.context(on_behalf_of=household.pk, by_phone=True):
        held = [mandate.pk for mandate in mandates_in_force(household)]
        given = Mandate.objects.filter(household=household, withdrawn_at=None).order_by("pk")
        given.update(withdrawn_at=when, withdrawn_by=household.user_id)
    return len(held)


def stop_payout(*, household: Household, at: dt.datetime | None = None) -> bool:
    """Stop the change of the payout account that waits, from either number; False where none waits."""
    account = payouts.waiting_change(household, at=at)
    if account is None:
        return False
    with pghistory.context(on_behalf_of=household.pk, by_phone=True):
        return payouts.end_waiting(account, at=at)


def _count(what: str, address: str, most: int) -> None:
    key = f"ending:{what}:{hashlib.sha256(address.encode()).hexdigest()[:32]}"
    cache.add(key, 0, WITHIN_SECONDS)
    if cache.incr(key) > most:
        raise TooManyTries(_("Too many tries from here. Please wait an hour, or call your station."))
