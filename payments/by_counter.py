"""A station's counter as a way to pay: the buyer brings cash there within a day, and fetches there what is paid back."""

import datetime as dt

from payments.ledger import Part
from payments.models import AccountKind, Provider, Refund
from payments.providers import PaymentProvider
from payments.tills import take_from_till


def _from_the_till(refund: Refund, station_code: str) -> Part:
    """Raises TillShort."""
    return take_from_till(station_code, refund.amount_fen)


BY_COUNTER = PaymentProvider(
    name=Provider.COUNTER.value,
    label=Provider.COUNTER.label,
    waits=dt.timedelta(hours=24),
    account=AccountKind.STATION_CASH,
    at_counter=True,
    hand_out=_from_the_till,
)
