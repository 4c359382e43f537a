"""The way of a payout through the ledger: from what the household has available into transit, and from there paid, or back.

A household has several accounts in the ledger: one for each of its stores, and one for what stations' stores sell for it. It is paid from
all of them together, so that what one owes is taken from the others. Lock order: the run, the household, its payout, ledger accounts by
key. Balances are read after the accounts were locked: two payouts at once never spend the same money (docs/adr/0032).
"""

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any, Final

import pghistory
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from payments import ledger
from payments.ledger import Part
from payments.models import AccountKind, Entry, TransferKind
from payments.reconciling import open_mismatches
from sellers.models import Household, Payout, PayoutAccount, PayoutState, PayoutWay
from sellers.payouts import usable_payout
from sellers.telling import numbers_of, tell_of_money
from stations.scope import NotAllowed

# No letter that is read for another or for a digit.
NUMBER_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER_SIGNS: Final = 6
SHOWN: Final = 12
TOLD_WITHIN: Final = dt.timedelta(days=1)
# Reasons of ours are kept as the sources have them, and read in the reader's language (Payout.why).
ELSEWHERE: Final = gettext_noop("The farmer's money goes elsewhere since this payout was prepared.")


class OwnHousehold(NotAllowed):
    """Somebody would prepare, approve or pay money for their own household."""


class PayoutMoved(ValueError):
    """The payout is no longer in the state that this step starts from."""


class NothingAvailable(ValueError):
    """The household has less available than is to be paid, or nothing."""


class NoUsableAccount(ValueError):
    """The household's money goes elsewhere than this payout, or nowhere yet."""


def why_payouts_stop() -> str:
    """Why nobody is paid now: Stripe's books and the ledger differ, and a person has to say what is right. Empty where they agree."""
    if not open_mismatches().exists():
        return ""
    return _(
        "Nothing is paid out at the moment: the platform's books and Stripe's differ, and the operator is looking into it. "
        "Nobody's money is lost. Please try again later."
    )


def owners_of(household: Household) -> list[str]:
    """The owners of the household's accounts in the ledger, in key order: its stores, and itself."""
    return sorted([*household.stores.values_list("slug", flat=True), household.account])


def available_of(household: Household) -> int:
    """Fen that may be paid to the household now, all its accounts together; below zero where it owes us."""
    return -sum(ledger.balances(AccountKind.SELLER_AVAILABLE, owners_of(household)).values())


def pending_of(household: Household) -> int:
    """Fen that become available later, if nothing is paid back to buyers."""
    return -sum(ledger.balances(AccountKind.SELLER_PENDING, owners_of(household)).values())


def is_own(by: User, household: Household) -> bool:
    """Whether the household is the user's own: by its account, or by the mobile number that it has or had."""
    return household.user_id == by.pk or bool(by.phone and by.phone in (household.phone, household.phone_before))


def refuse_own(by: User, household: Household) -> None:
    """Raises OwnHousehold."""
    if is_own(by, household):
        raise OwnHousehold(_("This is your own household: a colleague has to do it."))


def new_number(letter: str, day: dt.date) -> str:
    """A number for people: a letter, the day, and six signs drawn at random. It opens nothing."""
    drawn = "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(NUMBER_SIGNS))
    return f"{letter}{day:%y%m%d}-{drawn}"


def account_for(household: Household, way: str, *, at: dt.datetime | None = None) -> PayoutAccount:
    """The account that the household's money goes to at this moment, if it is of this way. Raises NoUsableAccount with what to do.

    A change counts after 48 hours (sellers.payouts): until then money goes where it went before.
    """
    account = usable_payout(household, at)
    if account is None:
        raise NoUsableAccount(_("The farmer has not confirmed yet where the money is to go. Please ask them first."))
    if account.way == way:
        return account
    if account.way == PayoutWay.BANK:
        raise NoUsableAccount(
            _(
                "The farmer's money goes to the card of %(bank)s ending in %(tail)s, not out in cash. The farmer can change "
                "that; the change counts after 48 hours."
            )
            % {"bank": account.bank, "tail": account.number_tail}
        )
    if account.way == PayoutWay.CONNECT:
        raise NoUsableAccount(
            _("This seller's money goes to an account at Stripe, not out in cash. A change counts after 48 hours.")
        )
    raise NoUsableAccount(_("The farmer fetches the money in cash at the service point."))


def lock_households(keys: Sequence[int]) -> dict[int, Household]:
    """These households by key, held until the transaction ends: nobody changes meanwhile where their money goes."""
    rows = Household.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    return {household.pk: household for household in rows}


def move_payout(payout: Payout, to: PayoutState, **changes: Any) -> None:
    """Move a payout and set `changes` with it, if its state in the database is still the one read. Raises PayoutMoved.

    Which moves there are the database says (the trigger payout_goes_forward).
    """
    with pghistory.context(on_behalf_of=payout.household_id):
        if not Payout.objects.filter(pk=payout.pk, state=payout.state).update(state=to, **changes):
            raise PayoutMoved(_("This payout has changed meanwhile. Please look again."))
    payout.state = to
    for name, value in changes.items():
        setattr(payout, name, value)


def send_off(payout: Payout, household: Household, *, at: dt.datetime | None = None, **changes: Any) -> None:
    """Take a planned payout's sum from what its household has available into transit. The caller holds the household's lock.

    Raises NoUsableAccount where the money goes elsewhere by now, NothingAvailable, PayoutMoved; then nothing is moved.
    """
    when = at or timezone.now()
    if account_for(household, payout.account.way, at=at).pk != payout.account_id:
        raise NoUsableAccount(_(ELSEWHERE))
    owners = owners_of(household)
    ledger.lock_accounts((AccountKind.SELLER_AVAILABLE, owner) for owner in owners)
    held = ledger.balances(AccountKind.SELLER_AVAILABLE, owners)
    there = -sum(held.values())
    if there < payout.amount_fen:
        raise NothingAvailable(
            _("Meanwhile only %(there)s yuan are available, not %(wanted)s.")
            % {"there": f"{max(there, 0) / 100:,.2f}", "wanted": f"{payout.amount_fen / 100:,.2f}"}
        )
    move_payout(payout, PayoutState.IN_TRANSIT, sent_at=when, **changes)
    county = household.region_id[:6]
    taken = [Part(AccountKind.SELLER_AVAILABLE, owner, fen, county) for owner, fen in _taken(held, payout.amount_fen)]
    ledger.post(
        kind=TransferKind.PAYOUT,
        key=f"payout:{payout.pk}",
        parts=[*taken, Part(AccountKind.PAYOUT_TRANSIT, payout.ref, -payout.amount_fen, county)],
        at=when,
    )


def _taken(held: dict[str, int], amount_fen: int) -> list[tuple[str, int]]:
    """How many fen each owner's account gives: all that is owed to us is settled first, the rest comes from the others in key order.

    `held` are balances as the ledger has them: below zero is the household's money, above zero its debt.
    """
    parts = [(owner, -fen) for owner, fen in sorted(held.items()) if fen > 0]
    left = amount_fen - sum(fen for _owner, fen in parts)
    for owner, fen in sorted(held.items()):
        part = min(-fen, left)
        if fen < 0 < part:
            parts.append((owner, part))
            left -= part
    return parts


def book_paid(payout: Payout, source: Part, *, at: dt.datetime | None = None, **changes: Any) -> None:
    """A payout in transit has reached the household; `source` is the part by which the money left us. Raises PayoutMoved."""
    when = at or timezone.now()
    move_payout(payout, PayoutState.PAID, ended_at=when, **changes)
    ledger.post(
        kind=TransferKind.PAYOUT_PAID,
        key=f"payout-paid:{payout.pk}",
        parts=[Part(AccountKind.PAYOUT_TRANSIT, payout.ref, payout.amount_fen, source.county_code), source],
        at=when,
    )
    tell(payout, at=at)


def book_failed(payout: Payout, reason: str, *, at: dt.datetime | None = None) -> None:
    """A payout in transit did not reach the household: the money goes back to the accounts that it was taken from. Raises PayoutMoved."""
    when = at or timezone.now()
    move_payout(payout, PayoutState.FAILED, ended_at=when, reason=reason.strip()[:200])
    taken = Entry.objects.filter(transfer__key=f"payout:{payout.pk}").select_related("account").order_by("pk")
    ledger.post(
        kind=TransferKind.PAYOUT_FAILED,
        key=f"payout-failed:{payout.pk}",
        parts=[
            Part(AccountKind(entry.account.kind), entry.account.owner, -entry.amount_fen, entry.county_code)
            for entry in taken
        ],
        at=when,
    )
    tell(payout, at=at)


def book_returned(payout: Payout, source: Part, reason: str, *, at: dt.datetime | None = None) -> None:
    """What a payout had paid came back to us (`source` is the part by which it did): the household has it again, in the accounts that it
    was taken from. Raises PayoutMoved.
    """
    when = at or timezone.now()
    move_payout(payout, PayoutState.RETURNED, returned_at=when, reason=reason.strip()[:200])
    taken = Entry.objects.filter(transfer__key=f"payout:{payout.pk}", account__kind=AccountKind.SELLER_AVAILABLE)
    parts = [
        Part(AccountKind.SELLER_AVAILABLE, entry.account.owner, -entry.amount_fen, entry.county_code)
        for entry in taken.select_related("account").order_by("pk")
    ]
    ledger.post(kind=TransferKind.PAYOUT_RETURNED, key=f"payout-returned:{payout.pk}", parts=[*parts, source], at=when)
    tell(payout, at=at)


def cancel_planned(payout: Payout, reason: str, *, at: dt.datetime | None = None) -> None:
    """Give a planned payout up: no money has moved, and none does. Raises PayoutMoved."""
    move_payout(payout, PayoutState.CANCELLED, ended_at=at or timezone.now(), reason=reason.strip()[:200])


def payouts_of(household: Household) -> list[Payout]:
    """The household's payouts as the farmer reads them, the newest first: on the way, paid, come back; not what was only planned."""
    told = (PayoutState.IN_TRANSIT, PayoutState.PAID, PayoutState.FAILED, PayoutState.RETURNED)
    rows = Payout.objects.filter(household=household, state__in=told).select_related("account", "station")
    return list(rows.order_by("-sent_at", "-pk")[:SHOWN])


def tell(payout: Payout, *, at: dt.datetime | None = None) -> None:
    """Have the farmer told by text how the payout stands now, once: with the move, so that neither is without the other.

    Of what happened days ago (`at`, where the past is simulated) nobody is told.
    """
    if at is not None and timezone.now() - at > TOLD_WITHIN:
        return
    for number in range(len(numbers_of(payout.household))):
        tell_of_money.defer(payout_id=payout.pk, state=str(payout.state), number=number)
