"""The inbox of held scans: a person looks at each, and settles it."""

import datetime as dt
import hashlib

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from delivery.custody import append_handover, station_side
from delivery.models import HeldScan, Leg, Outcome, Parcel, ParcelState, ScanKind
from delivery.parcels import lay_way
from delivery.scanning import KEEP, NONCE_LENGTH, OutOfPlace, Scan, fitting_leg, lock, take_step
from stations.models import StationStatus

OVER = (ParcelState.DELIVERED, ParcelState.CANCELLED)


class CannotSettle(Exception):
    """The held scan can't be settled this way; its text says why."""


def settle(*, held: HeldScan, outcome: Outcome, by: User, at: dt.datetime | None = None) -> HeldScan:
    """Settle a held scan: apply it now that it fits, take the parcel in where it was scanned, or set the scan aside.

    Taking it in says that the parcel really lies at that station whatever was scanned before; its way is planned again from there. A
    scan that is settled stays as it was settled. Raises CannotSettle, having changed nothing.
    """
    with transaction.atomic():
        parcel = lock(held.parcel)
        current = (
            HeldScan.objects.select_for_update(no_key=True, of=("self",))
            .select_related("station", "by")
            .get(pk=held.pk)
        )
        if current.settled_at is not None:
            return current
        current.parcel = parcel
        if outcome == Outcome.APPLIED:
            _apply(current)
        elif outcome == Outcome.TAKEN_IN:
            _take_in(current, by)
        current.outcome, current.settled_by, current.settled_at = outcome, by, at or timezone.now()
        current.save(update_fields=["outcome", "settled_by", "settled_at"])
    return current


def _apply(held: HeldScan) -> None:
    try:
        take_step(_as_scan(held))
    except OutOfPlace as error:
        raise CannotSettle(str(error)) from error


def why_held(held: HeldScan) -> str:
    """Why the scan doesn't fit now, in the active language; empty when it fits by now and can be applied."""
    try:
        fitting_leg(_as_scan(held))
    except (OutOfPlace, CannotSettle) as error:
        return str(error)
    return ""


def _as_scan(held: HeldScan) -> Scan:
    """The scan as it would be recorded now. Raises CannotSettle for one that needs more than a scan."""
    if held.kind == ScanKind.PICKUP:
        raise CannotSettle(_("A pickup needs the buyer's code: scan it again."))
    if held.kind == ScanKind.COLLECT:
        raise CannotSettle(_("Goods are collected on their own page, where they are weighed."))
    return Scan(
        held.parcel,
        ScanKind(held.kind),
        held.station,
        held.by,
        _nonce(held),
        held.weighed_g,
        held.carrier_number,
        held.device_time,
        timezone.now(),
    )


def _take_in(held: HeldScan, by: User) -> None:
    """Put the parcel where it was found: one handover from whoever had it last, and a new way from there."""
    parcel, station, now = held.parcel, held.station, timezone.now()
    require_takeable(held)
    contents = list(parcel.contents_parcels.select_for_update(no_key=True).order_by("pk"))
    # The leg that it was on ended here, wherever it was to end.
    under_way = Leg.objects.filter(parcel__in=[parcel, *contents], arrived_at=None).exclude(departed_at=None)
    under_way.update(arrived_at=held.device_time, to_station=station, to_region=None)
    arrived = parcel.destination_station_id == station.pk and not parcel.stop
    state = ParcelState.READY if arrived else ParcelState.AT_STATION
    keep_until = timezone.localtime(now, timezone.get_default_timezone()).date() + KEEP if arrived else None
    for each in (parcel, *contents):
        append_handover(
            parcel=each,
            kind=ScanKind.IN,
            station=station,
            taker=station_side(station),
            by=by,
            nonce=_nonce(held, each),
            device_time=held.device_time,
            server_time=now,
        )
        Parcel.objects.filter(pk=each.pk).update(state=state, station=station, keep_until=keep_until)
    parcel.refresh_from_db()
    lay_way(parcel, start=station, ready=now)


def require_takeable(held: HeldScan) -> None:
    """Raises CannotSettle where a held scan's parcel can't be taken in at its station."""
    parcel, station = held.parcel, held.station
    if parcel.state == ParcelState.PLANNED:
        raise CannotSettle(_("It was never collected: %(station)s collects it first.") % {"station": parcel.origin})
    if parcel.box is not None:
        raise CannotSettle(_("It is in box %(number)s: scan the box.") % {"number": parcel.box.number})
    # A suspended station takes nothing new, but what lies there all the same is on record there.
    if parcel.state in OVER or station.status not in (StationStatus.ACTIVE, StationStatus.SUSPENDED):
        text = _("A parcel that is “%(state)s” can't be taken in at %(station)s.")
        raise CannotSettle(text % {"state": parcel.get_state_display(), "station": station})


def takeable(held: HeldScan) -> bool:
    """Whether the parcel of a held scan can be taken in at its station."""
    try:
        require_takeable(held)
    except CannotSettle:
        return False
    return True


def _nonce(held: HeldScan, parcel: Parcel | None = None) -> str:
    """A nonce of the settlement's own, so that the scan's stays what its replay finds."""
    ref = (parcel or held.parcel).ref
    return hashlib.sha256(f"settled:{held.nonce}:{ref}".encode()).hexdigest()[:NONCE_LENGTH]
