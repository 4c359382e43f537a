"""Texts that a change of a farmer's money or phone wants: jobs, enqueued with the change, so that none is lost and none leaves without it.

A job carries keys alone, never a number: what is sent, and where to, is read when it runs.
"""

import datetime as dt
import logging
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts import codes
from accounts.messages import TextNotSent, send_text
from accounts.phones import masked_phone
from sellers.models import Household, Mandate, Payout, PayoutAccount, PayoutState, PayoutWay
from sellers.scopes import allowed_in_words

logger = logging.getLogger("daylily.messages")

# A phone gets one text in half a minute: whoever comes too early comes again. Where no text can leave, a day of tries is enough.
TRIES: Final = RetryStrategy(max_attempts=12, wait=40, linear_wait=600)
# A number that was given up rests for 90 days at least before somebody else may get it (Specification for telecommunications services,
# Ministry of Information Industry, order 36 of 2005, annex 2): until then whoever reads it is the farmer.
OLD_NUMBER_LASTS: Final = dt.timedelta(days=90)


def numbers_of(household: Household, *, at: dt.datetime | None = None) -> list[str]:
    """The numbers that reach the farmer: theirs, and for 90 days after a change the one before."""
    numbers = [household.phone, household.phone_before if phone_is_fresh(household, at=at) else ""]
    return [number for number in numbers if number]


def phone_is_fresh(household: Household, *, at: dt.datetime | None = None) -> bool:
    """Whether the number was changed within 90 days."""
    changed = household.phone_changed_at
    return changed is not None and (at or timezone.now()) - changed < OLD_NUMBER_LASTS


def in_their_language(household: Household) -> override:
    """A context in which texts are in the farmer's language; Chinese for whoever has no account."""
    return override(household.user.language if household.user else "zh-hans")


@app.task(name="sellers.text_ending_code", retry=False)
def text_ending_code(household_id: int, ticket: str, old_number: bool = False) -> None:
    """The code with which a farmer ends by phone what they allowed; nothing for a household that is none (see sellers.withdrawal).

    It opens only in the browser that holds the ticket. The text was counted against the number's limits when it was asked for.
    """
    household = Household.objects.select_related("user").filter(pk=household_id).first()
    if household is None:
        return
    code = codes.new_code()
    with in_their_language(household):
        text = _("%(code)s is your code to end what you allowed. Did you not ask? Then tell nobody.") % {"code": code}
    try:
        send_text(household.phone_before if old_number else household.phone, text, counted=True)
    except TextNotSent:
        # Nobody waits for an answer who may be told that the number is known.
        logger.warning("No code to end a mandate went to household %s", household_id)
        return
    codes.keep_code(code, purpose="end_mandate", subject=ending_subject(household.pk, ticket))


def ending_subject(household_id: int, ticket: str) -> str:
    """What a code to end by phone is kept for: the household, by which all its codes are ended, and the browser that asked."""
    return f"{household_id}:{ticket}"


@app.task(name="sellers.tell_of_phone", retry=TRIES)
def tell_of_phone(household_id: int) -> None:
    """Tell the old number that another one stands in its place."""
    household = Household.objects.select_related("user").get(pk=household_id)
    if not household.phone_before:
        return
    with in_their_language(household):
        text = _(
            "Daylily: the mobile number of %(farmer)s is now %(phone)s. Was that not you? "
            "With this number you can still stop everything: on our page “End a mandate”, or call the county centre."
        ) % {"farmer": household.label, "phone": masked_phone(household.phone)}
    send_text(household.phone_before, text)


@app.task(name="sellers.tell_of_payout", retry=TRIES)
def tell_of_payout(account_id: int, number: int = 0) -> None:
    """Tell one of the farmer's numbers (0: theirs, 1: the one before) that their money is to go elsewhere, and from when."""
    account = PayoutAccount.objects.select_related("household__user").get(pk=account_id)
    numbers = numbers_of(account.household)
    if account.ended_at is not None or account.usable_from is None or number >= len(numbers):
        return
    with in_their_language(account.household):
        text = _(
            "Daylily: from %(when)s your money goes %(where)s. Was that not you? "
            "Stop it before then: on our page “End a mandate”, or call the county centre."
        ) % {
            "when": timezone.localtime(account.usable_from).strftime("%Y-%m-%d %H:%M"),
            "where": where_in_words(account),
        }
    send_text(numbers[number], text)


@app.task(name="sellers.tell_of_paper", retry=TRIES)
def tell_of_paper(mandate_id: int, number: int = 0) -> None:
    """Tell one of the farmer's numbers (0: theirs, 1: the one before) what a signed paper allows in their name, and how to end it."""
    mandate = Mandate.objects.select_related("household__user", "station").get(pk=mandate_id)
    numbers = numbers_of(mandate.household)
    if mandate.withdrawn_at is not None or mandate.refused_at is not None or number >= len(numbers):
        return
    with in_their_language(mandate.household):
        text = _(
            "Daylily: on a signed paper %(station)s may do this for you up to and including %(until)s: %(scope)s. "
            "Did you not sign? End it here: %(page)s"
        ) % {
            "station": mandate.station.label,
            "until": mandate.ends_on.isoformat(),
            "scope": allowed_in_words(mandate),
            "page": settings.SITE_URL + reverse("end_mandate"),
        }
    send_text(numbers[number], text)


@app.task(name="sellers.tell_of_money", retry=TRIES)
def tell_of_money(payout_id: int, state: str, number: int = 0) -> None:
    """Tell one of the farmer's numbers (0: theirs, 1: the one before) that money waits, was paid or came back.

    Nothing where the payout has moved on meanwhile: that move has a text of its own.
    """
    payout = Payout.objects.select_related("household__user", "account").get(pk=payout_id)
    numbers = numbers_of(payout.household)
    if payout.state != state or number >= len(numbers):
        return
    with in_their_language(payout.household):
        values = {
            "sum": f"{payout.amount_fen / 100:,.2f}",
            "where": where_in_words(payout.account),
            "number": payout.number,
        }
        if payout.state == PayoutState.PAID:
            text = _(
                "Daylily: %(sum)s yuan were paid %(where)s (%(number)s). Was that not you? Call the county centre."
            )
        elif payout.state == PayoutState.RETURNED:
            text = _(
                "Daylily: %(sum)s yuan that were paid %(where)s came back to us (%(number)s). The money is yours as before. "
                "Please look at “Where my money goes”, or ask at the service point."
            )
        elif payout.state == PayoutState.FAILED:
            text = _(
                "Daylily: %(sum)s yuan could not be paid %(where)s (%(number)s). The money is yours as before. "
                "Please look at “Where my money goes”, or ask at the service point."
            )
        elif payout.account.way == PayoutWay.COUNTER:
            text = _(
                "Daylily: %(sum)s yuan are ready for you in cash at the service point (%(number)s). Bring your phone."
            )
        else:
            return
        text %= values
    send_text(numbers[number], text)


def where_in_words(account: PayoutAccount) -> str:
    """'to the card of ... ending in 1234', as a text message and a page say it."""
    if account.way == PayoutWay.COUNTER:
        return _("to you in cash at the service point")
    if account.way == PayoutWay.CONNECT:
        return _("to the account at Stripe %(account)s") % {"account": account.connected_id}
    return _("to the card of %(bank)s ending in %(tail)s") % {"bank": account.bank, "tail": account.number_tail}
