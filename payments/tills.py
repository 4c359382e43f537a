"""Tills: the cash that lies at a station's counter. What is not in it cannot be handed out."""

import datetime as dt

from django.utils.translation import gettext as _

from payments import ledger
from payments.ledger import Part
from payments.models import AccountKind


class TillShort(ValueError):
    """There is less cash in the till than is to be handed out."""


def take_from_till(station_code: str, fen: int, *, county_code: str = "", at: dt.datetime | None = None) -> Part:
    """The part of a transfer by which `fen` leave a station's till, which is held until the caller's transaction ends.

    `at` is the moment that it is taken at, where the past is simulated: what came in later was not there. Raises TillShort.
    """
    ledger.lock_accounts([(AccountKind.STATION_CASH, station_code)])
    there = ledger.balance(AccountKind.STATION_CASH, station_code)
    if at is not None:
        then = ledger.balances(AccountKind.STATION_CASH, [station_code], until=at + dt.timedelta(microseconds=1))
        there = min(there, then.get(station_code, 0))
    if there < fen:
        raise TillShort(
            _("The till holds %(there)s yuan by the books, and %(wanted)s are needed. Nothing was paid out.")
            % {"there": f"{max(there, 0) / 100:,.2f}", "wanted": f"{fen / 100:,.2f}"}
        )
    return Part(AccountKind.STATION_CASH, station_code, -fen, county_code)
