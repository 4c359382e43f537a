"""The ledger: double entry, posted once a key, and balances as sums of entries.

Debits are above zero, credits below. What we hold (Stripe, cash at stations) has a balance above zero; what we owe (sellers, stations,
buyers) and what we earn below. PostgreSQL refuses a transfer that does not sum to zero, and any change of a posted one.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db.models import Sum
from django.utils import timezone

from payments.models import AccountKind, Entry, LedgerAccount, Transfer, TransferKind


class Part(NamedTuple):
    """One account's part of a transfer: `fen` above zero debits it, below credits it; `county_code` has six digits or none."""

    kind: AccountKind
    owner: str
    fen: int
    county_code: str = ""


class Unbalanced(ValueError):
    """Parts that do not sum to zero."""


class KeyReused(ValueError):
    """A key that posted one transfer came with another."""


def post(
    *,
    kind: TransferKind,
    key: str,
    parts: Iterable[Part],
    order_ref: str = "",
    currency: str = "CNY",
    at: dt.datetime | None = None,
) -> Transfer:
    """Post one transfer inside the caller's transaction; a key that is known returns the transfer posted then and moves nothing.

    Parts of zero fen are left out. Raises Unbalanced, and KeyReused for a known key with another transfer.
    A fixed number of statements, whatever the number of parts.
    """
    moving = _merged(parts)
    known = Transfer.objects.filter(key=key).first()
    if known is not None:
        _require_same(known, kind, order_ref, moving, currency)
        return known
    if sum(part.fen for part in moving):
        raise Unbalanced(f"{key}: {moving}")
    when = at or timezone.now()
    accounts = _accounts({(part.kind, part.owner) for part in moving}, currency)
    transfer = Transfer.objects.create(kind=kind, key=key, order_ref=order_ref, parts=len(moving), happened_at=when)
    Entry.objects.bulk_create(
        Entry(
            transfer=transfer,
            account_id=accounts[part.kind, part.owner],
            amount_fen=part.fen,
            currency=currency,
            county_code=part.county_code,
            happened_at=when,
        )
        for part in moving
    )
    return transfer


def _require_same(known: Transfer, kind: TransferKind, order_ref: str, moving: Sequence[Part], currency: str) -> None:
    posted = known.entries.values_list("account__kind", "account__owner", "amount_fen", "county_code", "currency")
    wanted = sorted((str(part.kind), part.owner, part.fen, part.county_code, currency) for part in moving)
    if (known.kind, known.order_ref) != (kind, order_ref) or sorted(posted) != wanted:
        raise KeyReused(known.key)


def balance(kind: AccountKind, owner: str = "", *, currency: str = "CNY") -> int:
    """The sum of an account's entries in fen: above zero is held by us, below is owed by us; 0 for an account that never moved."""
    entries = Entry.objects.filter(account__kind=kind, account__owner=owner, account__currency=currency)
    return entries.aggregate(total=Sum("amount_fen"))["total"] or 0


def owed(kind: AccountKind, owner: str = "", *, currency: str = "CNY") -> int:
    """What we owe on an account, in fen, as a figure above zero."""
    return -balance(kind, owner, currency=currency)


def balances(
    kind: AccountKind, owners: Any, *, until: dt.datetime | None = None, currency: str = "CNY"
) -> dict[str, int]:
    """The balances in fen of one kind by owner, those of zero left out; `owners` is a collection or a subquery of one column.

    `until` leaves out what happened at that moment or later. One query.
    """
    entries = Entry.objects.filter(account__kind=kind, account__owner__in=owners, account__currency=currency)
    if until is not None:
        entries = entries.filter(happened_at__lt=until)
    sums = entries.order_by().values_list("account__owner").annotate(total=Sum("amount_fen"))
    return {owner: total for owner, total in sums if total}


def lock_accounts(accounts: Iterable[tuple[AccountKind, str]], *, currency: str = "CNY") -> None:
    """Hold these accounts (kind, owner) until the caller's transaction ends; one that does not exist yet is opened.

    Whoever decides on a balance locks first and reads it afterwards: of two that would spend the same money the second waits, and
    finds what the first has left. Posting alone takes no lock (a sale or a refund doesn't wait for a payout run). Locked in key order.
    """
    wanted = set(accounts)
    numbers = _accounts(wanted, currency)
    keys = [numbers[one] for one in wanted]
    rows = LedgerAccount.objects.filter(pk__in=keys).order_by("kind", "owner").select_for_update(no_key=True)
    list(rows.values_list("pk", flat=True))


def _merged(parts: Iterable[Part]) -> Sequence[Part]:
    sums: dict[tuple[AccountKind, str, str], int] = defaultdict(int)
    for part in parts:
        sums[part.kind, part.owner, part.county_code] += part.fen
    return [Part(kind, owner, fen, county) for (kind, owner, county), fen in sums.items() if fen]


def _accounts(wanted: set[tuple[AccountKind, str]], currency: str) -> dict[tuple[str, str], int]:
    """The ids of accounts by (kind, owner); those that do not exist yet are opened, in key order."""
    known = _known_accounts(wanted, currency)
    missing = sorted(wanted - known.keys())
    if missing:
        LedgerAccount.objects.bulk_create(
            [LedgerAccount(kind=kind, owner=owner, currency=currency) for kind, owner in missing], ignore_conflicts=True
        )
        known = _known_accounts(wanted, currency)
    return known


def _known_accounts(wanted: set[tuple[AccountKind, str]], currency: str) -> dict[tuple[str, str], int]:
    rows = LedgerAccount.objects.filter(
        kind__in={kind for kind, _ in wanted}, owner__in={owner for _, owner in wanted}, currency=currency
    ).values_list("kind", "owner", "id")
    return {(kind, owner): number for kind, owner, number in rows}
