"""Money for the tests of payouts: what a family has earned, cash in a till, a card or the counter to pay to."""

import datetime as dt
from itertools import count

from django.db import transaction
from django.utils import timezone

from accounts.sealing import seal
from payments import ledger
from payments.ledger import Part
from payments.models import AccountKind, TransferKind
from sellers.models import Household, PayoutAccount, PayoutWay
from stations.models import Station

CARD = "6228480402564890018"
CONNECTED = "acct_1OxA2bC3dE4fG5hI"
_keys = count(1)


@transaction.atomic
def earn(household: Household, fen: int, *, owner: str = "", at: dt.datetime | None = None) -> None:
    """`fen` become available to a family (below zero: a refund takes them back), in its own account or that of a store."""
    when = at or timezone.now() - dt.timedelta(days=40)
    name = owner or household.account
    ledger.post(
        kind=TransferKind.RELEASE,
        key=f"earned:{next(_keys)}",
        parts=[Part(AccountKind.SELLER_AVAILABLE, name, -fen), Part(AccountKind.COMMISSION, "", fen)],
        at=when,
    )


@transaction.atomic
def fill_till(station: Station, fen: int, *, at: dt.datetime | None = None) -> None:
    """Cash that somebody brought to a counter."""
    ledger.post(
        kind=TransferKind.SALE,
        key=f"cash:{next(_keys)}",
        parts=[Part(AccountKind.STATION_CASH, station.code, fen), Part(AccountKind.COMMISSION, "", -fen)],
        at=at or timezone.now() - dt.timedelta(days=40),
    )


def pays_to(household: Household, way: PayoutWay = PayoutWay.COUNTER, **fields: object) -> PayoutAccount:
    """Where a family's money goes since a year ago, confirmed by the farmer."""
    known: dict[str, object] = {
        "confirmed_at": timezone.now() - dt.timedelta(days=365),
        "usable_from": timezone.now() - dt.timedelta(days=365),
        **fields,
    }
    account = PayoutAccount(household=household, way=way)
    if way == PayoutWay.BANK:
        known = {"holder": household.name, "bank": "中国农业银行", "number_tail": CARD[-4:], **known}
        account.number_sealed = seal(CARD, place=account.seal_place)
    if way == PayoutWay.CONNECT:
        known = {"connected_id": CONNECTED, **known}
    for name, value in known.items():
        setattr(account, name, value)
    account.save()
    return account


def till_of(station: Station) -> int:
    """Fen in a station's till by the books."""
    return ledger.balance(AccountKind.STATION_CASH, station.code)


def in_transit(ref: str) -> int:
    """Fen of a payout on their way."""
    return ledger.owed(AccountKind.PAYOUT_TRANSIT, ref)
