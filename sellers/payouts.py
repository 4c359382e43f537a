"""Where a farmer's money goes: staff or the farmer propose it, the farmer confirms it, always, and a change waits until it can be stopped.

What stands against a clerk who wants the money: the card is in the farmer's name; the code goes to the farmer's phone and names the
card; a change waits 48 hours and is told to every number that reaches the farmer. A clerk who first changes the phone to a number of
their own finds that the number before still counts for 90 days: it is told, it can stop the change, the wait is then seven days, also
for the first account, and the county centre sees it on a list.
"""

import datetime as dt
import re
import unicodedata
from typing import Final

import pghistory
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import codes
from accounts.messages import send_text
from accounts.models import User
from accounts.sealing import seal
from sellers.connected import checked_account
from sellers.mandates import mandate_for
from sellers.models import Household, HouseholdKind, PayoutAccount, PayoutWay
from sellers.telling import in_their_language, numbers_of, phone_is_fresh, tell_of_payout, where_in_words
from stations.models import Role
from stations.scope import NotAllowed, scope_of

WAITS: Final = dt.timedelta(hours=48)
WAITS_AFTER_NEW_PHONE: Final = dt.timedelta(days=7)
# ISO/IEC 7812-1: a card number has at most 19 digits, the last one by the Luhn formula (annex B). UnionPay's have 16 to 19.
CARD = re.compile(r"[0-9]{16,19}")


class BadCardNumber(ValueError):
    """Not the number of a bank card."""


class NotTheirCard(ValueError):
    """A card in somebody else's name."""


class NothingToConfirm(ValueError):
    """What was proposed is confirmed, replaced or given up already."""


class TooLateToStop(ValueError):
    """The account is in use, or ended already; another one has to be proposed."""


class PhoneMissing(ValueError):
    """The farmer has no number that a code could go to."""


def checked_card(text: str) -> str:
    """The digits of a card's number without spaces and hyphens, its last digit verified (Luhn, ISO/IEC 7812-1). Raises BadCardNumber."""
    number = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text))
    if not CARD.fullmatch(number):
        raise BadCardNumber(_("The number of a bank card has 16 to 19 digits."))
    if _luhn(number) % 10:
        raise BadCardNumber(_("The last digit does not fit the others. Please compare the number with the card."))
    return number


def _luhn(number: str) -> int:
    """The sum of the digits from the right, every second one doubled and reduced to one digit."""
    digits = [int(sign) for sign in reversed(number)]
    return sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])


def propose_payout(
    *,
    by: User,
    household: Household,
    way: str,
    holder: str = "",
    bank: str = "",
    number: str = "",
    connected_id: str = "",
) -> PayoutAccount:
    """Write down where the money is to go; it counts once the farmer has confirmed it. An earlier proposal ends.

    For staff a card or an account at Stripe needs a mandate in force, cash at the service point one to receive cash. Raises
    MandateMissing, BadCardNumber, NotTheirCard, NoStripeAccount.
    """
    mandate = mandate_for(by, household, "receive_cash" if way == PayoutWay.COUNTER else "list")
    account = PayoutAccount(household=household, way=way, proposed_by=by)
    if way == PayoutWay.BANK:
        digits = checked_card(number)
        account.holder, account.bank = _their_own(household, holder), bank.strip()
        account.number_sealed = seal(digits, place=account.seal_place)
        account.number_tail = digits[-4:]
    elif way == PayoutWay.CONNECT:
        account.connected_id = checked_account(household, connected_id)
    context = pghistory.context(on_behalf_of=household.pk, mandate=mandate.pk if mandate else None)
    with transaction.atomic(), context:
        Household.objects.select_for_update(no_key=True).get(pk=household.pk)
        mandate_for(by, household, "receive_cash" if way == PayoutWay.COUNTER else "list")
        for earlier in household.payout_accounts.filter(confirmed_at=None, ended_at=None):
            codes.end_codes(**_code_of(earlier))
            PayoutAccount.objects.filter(pk=earlier.pk).update(ended_at=timezone.now())
        account.save()
    return account


def _their_own(household: Household, holder: str) -> str:
    """The account's holder: the farmer, or the co-operative, the enterprise or who represents it. Raises NotTheirCard."""
    name = re.sub(r"\s", "", unicodedata.normalize("NFKC", holder))
    own = {household.name}
    if household.kind != HouseholdKind.HOUSEHOLD:
        own.add(household.representative)
    if name not in {re.sub(r"\s", "", one) for one in own if one}:
        raise NotTheirCard(
            _("The card has to be in the name of %(farmer)s, as it stands on record.") % {"farmer": household.name}
        )
    return name


def text_payout_code(*, by: User, account: PayoutAccount) -> None:
    """Text the farmer a code that names the bank and the last four digits. Raises MandateMissing, NothingToConfirm, PhoneMissing,
    TooManyTexts, TextNotSent. Outside any transaction.
    """
    mandate_for(by, account.household, "receive_cash" if account.way == PayoutWay.COUNTER else "list")
    account.refresh_from_db()
    if account.confirmed_at or account.ended_at:
        raise _nothing_to_confirm()
    if not account.household.phone:
        raise PhoneMissing(_("There is no mobile number on record that a code could go to."))
    code = codes.new_code()
    with in_their_language(account.household):
        words = _("%(code)s is your code. With it your money goes %(where)s. Is that not right? Then tell nobody.")
        text = words % {"code": code, "where": where_in_words(account)}
    send_text(account.household.phone, text)
    codes.keep_code(code, **_code_of(account))


def payout_code_is_sent(account: PayoutAccount) -> bool:
    """Whether the farmer was sent a code for this proposal."""
    return codes.is_sent(**_code_of(account))


def confirm_payout_by_code(*, account: PayoutAccount, code: str, at: dt.datetime | None = None) -> PayoutAccount:
    """The farmer told the code that was texted to them. Raises CodeRefused, NothingToConfirm."""
    codes.use_code(code, **_code_of(account))
    return _confirm(account, at)


def confirm_payout_by_farmer(*, by: User, account: PayoutAccount, at: dt.datetime | None = None) -> PayoutAccount:
    """The farmer confirms it with their own account. Raises NotAllowed for anyone else, NothingToConfirm."""
    if account.household.user_id is None or account.household.user_id != by.pk:
        raise NotAllowed(_("Only the farmer says where their money goes."))
    return _confirm(account, at)


def _confirm(account: PayoutAccount, at: dt.datetime | None) -> PayoutAccount:
    now = at or timezone.now()
    with transaction.atomic(), pghistory.context(on_behalf_of=account.household_id):
        household = Household.objects.select_for_update(no_key=True).get(pk=account.household_id)
        kept = PayoutAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
        if kept.confirmed_at or kept.ended_at:
            raise _nothing_to_confirm()
        if before := waiting_change(household, at=now):
            end_waiting(before, at=now)
        wait = wait_of(household, at=now)
        PayoutAccount.objects.filter(pk=kept.pk).update(confirmed_at=now, usable_from=now + wait)
        codes.end_codes(**_code_of(kept))
        if wait:
            for number in range(len(numbers_of(household, at=now))):
                tell_of_payout.defer(account_id=kept.pk, number=number)
    account.refresh_from_db()
    return account


def wait_of(household: Household, *, at: dt.datetime | None = None) -> dt.timedelta:
    """How long an account that is confirmed now waits: seven days within 90 days of a new phone, 48 hours for a change, nothing else."""
    now = at or timezone.now()
    if phone_is_fresh(household, at=now):  # also where it is the first number on record: it may be anybody's
        return WAITS_AFTER_NEW_PHONE
    return (
        WAITS
        if household.payout_accounts.filter(confirmed_at__isnull=False, usable_from__lte=now).exists()
        else NO_WAIT
    )


NO_WAIT: Final = dt.timedelta(0)


def usable_payout(household: Household, at: dt.datetime | None = None) -> PayoutAccount | None:
    """The account that money goes to at this moment: the one that became usable last; None where there is none."""
    now = at or timezone.now()
    used = household.payout_accounts.filter(usable_from__lte=now).exclude(ended_at__lte=now)
    return used.order_by("-usable_from", "-pk").first()


def waiting_change(household: Household, at: dt.datetime | None = None) -> PayoutAccount | None:
    """The confirmed account whose time has not come yet, which can still be stopped."""
    now = at or timezone.now()
    return household.payout_accounts.filter(usable_from__gt=now, ended_at=None).order_by("-pk").first()


def proposed_payout(household: Household) -> PayoutAccount | None:
    """What the farmer has been asked to confirm and has not yet."""
    return household.payout_accounts.filter(confirmed_at=None, ended_at=None).first()


def cancel_payout(*, by: User, account: PayoutAccount, at: dt.datetime | None = None) -> None:
    """Stop an account that is proposed or waits: the farmer, or the county centre. Raises NotAllowed, TooLateToStop.

    Whoever proposed it may take a proposal back that nobody has confirmed.
    """
    own = account.household.user_id is not None and account.household.user_id == by.pk
    taken_back = account.confirmed_at is None and account.proposed_by_id == by.pk
    if not own and not taken_back:
        scope_of(by).require((Role.CENTRE_STAFF,), account.household.region_id)
    with pghistory.context(on_behalf_of=account.household_id):
        if not end_waiting(account, at=at):
            raise TooLateToStop(_("Nothing was changed: this account is in use or has ended already."))


def end_waiting(account: PayoutAccount, at: dt.datetime | None = None) -> bool:
    """End an account before it is used; False where it is used or ended already. One statement decides."""
    now = at or timezone.now()
    waiting = PayoutAccount.objects.filter(pk=account.pk, ended_at=None).exclude(usable_from__lte=now)
    return bool(waiting.update(ended_at=now))


def changes_that_wait(user: User) -> QuerySet[PayoutAccount]:
    """The confirmed accounts of the user's households that wait, soonest first: what a county centre watches."""
    now = timezone.now()
    mine = Household.objects.visible_to(user).filter(pk=OuterRef("household_id"))
    waiting = PayoutAccount.objects.filter(Exists(mine), usable_from__gt=now, ended_at=None)
    return waiting.select_related("household__region", "proposed_by").order_by("usable_from")


def _nothing_to_confirm() -> NothingToConfirm:
    return NothingToConfirm(_("Nothing was changed: this account is confirmed or given up already."))


def _code_of(account: PayoutAccount) -> dict[str, str]:
    return {"purpose": "payout", "subject": str(account.pk)}
