"""Pickup: a buyer shows a code at the station and gets the parcel."""

import datetime as dt
import secrets

from django.core.cache import cache
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from delivery.models import Handover, HeldScan, Parcel, ParcelState, ScanKind
from delivery.scanning import first_answer, scan
from stations.models import Station

# A code has a million values: with so many tries in so long nobody finds it by trying.
TRIES, TRIES_SECONDS = 5, 900


class WrongPickupCode(Exception):
    """The code isn't this parcel's."""


class TooManyTries(Exception):
    """Too many wrong codes were tried in a short time."""


def pick_up(
    *, parcel: Parcel, code: str, station: Station, by: User, nonce: str, at: dt.datetime | None = None
) -> Handover | HeldScan:
    """Hand the parcel (with a parcel in a box, its box) to whoever shows its pickup code; otherwise as scanning.scan.

    Five wrong codes for one parcel, or by one clerk, shut it for a quarter of an hour. Raises WrongPickupCode and TooManyTries.
    """
    parcel = parcel.box or parcel
    answer = first_answer(nonce, parcel, ScanKind.PICKUP)
    if answer is not None:
        return answer
    _require_tries(parcel, by)
    if not parcel.pickup_code or not secrets.compare_digest(parcel.pickup_code.encode(), code.strip().encode()):
        _count_try(parcel, by)
        raise WrongPickupCode(_("This pickup code is wrong. Ask the buyer to show it once more."))
    return scan(parcel=parcel, kind=ScanKind.PICKUP, station=station, by=by, nonce=nonce, at=at)


def find_by_code(*, code: str, station: Station, by: User) -> Parcel:
    """The parcel or box that is ready at the station under this code. Raises WrongPickupCode and TooManyTries."""
    _require_tries(None, by)
    # One that is stopped is found too: the clerk must read why it isn't handed out.
    here = Parcel.objects.filter(station=station, box=None).filter(Q(state=ParcelState.READY) | ~Q(stop=""))
    parcel = here.filter(pickup_code=code.strip()).first() if code.strip() else None
    if parcel is None:
        _count_try(None, by)
        raise WrongPickupCode(_("Nothing here is ready for pickup under this code."))
    return parcel


def _counters(parcel: Parcel | None, by: User) -> list[str]:
    counters = [f"pickup:clerk:{by.pk}"]
    return [*counters, f"pickup:parcel:{parcel.pk}"] if parcel else counters


def _require_tries(parcel: Parcel | None, by: User) -> None:
    if max(cache.get_many(_counters(parcel, by)).values(), default=0) >= TRIES:
        raise TooManyTries(_("Too many wrong pickup codes. Try again in a quarter of an hour."))


def _count_try(parcel: Parcel | None, by: User) -> None:
    for counter in _counters(parcel, by):
        cache.add(counter, 0, TRIES_SECONDS)
        cache.incr(counter)
