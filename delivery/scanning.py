"""Scanning: what a scan does to a parcel, and which scans have to wait for a person.

One scan is one transaction: lock the parcel, look whether the nonce is known, decide, write the handover, move the state and the leg.
What is in a box moves with its box: each parcel in it gets a handover of its own, so that every chain tells the whole way by itself.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from delivery.custody import (
    RECIPIENT,
    append_handover,
    carrier_side,
    run_side,
    station_side,
)
from delivery.custody import verify_chain as verify_chain
from delivery.models import CarrierRate, Handover, HeldScan, Leg, Parcel, ParcelKind, ParcelState, ScanKind, StopMark
from delivery.stopping import delivered_all_the_same, open_stops
from stations.models import Station, StationKind

# How long a parcel waits for its buyer at a station.
KEEP = dt.timedelta(days=7)
NONCE_LENGTH = 40

# Which scan fits which state, and the states it may lead to: the second where the parcel is then at the end of its way.
TRANSITIONS: dict[tuple[ParcelState, ScanKind], tuple[ParcelState, ...]] = {
    (ParcelState.PLANNED, ScanKind.COLLECT): (ParcelState.COLLECTED, ParcelState.READY),
    (ParcelState.PLANNED, ScanKind.PACK): (ParcelState.AT_STATION,),  # a box begins with being packed
    (ParcelState.COLLECTED, ScanKind.PACK): (ParcelState.AT_STATION,),
    (ParcelState.AT_STATION, ScanKind.PACK): (ParcelState.AT_STATION,),
    (ParcelState.COLLECTED, ScanKind.OUT): (ParcelState.ON_THE_WAY,),
    (ParcelState.AT_STATION, ScanKind.OUT): (ParcelState.ON_THE_WAY,),
    (ParcelState.COLLECTED, ScanKind.CARRIER): (ParcelState.WITH_CARRIER,),
    (ParcelState.AT_STATION, ScanKind.CARRIER): (ParcelState.WITH_CARRIER,),
    (ParcelState.ON_THE_WAY, ScanKind.IN): (ParcelState.AT_STATION, ParcelState.READY),
    (ParcelState.WITH_CARRIER, ScanKind.IN): (ParcelState.AT_STATION, ParcelState.READY),
    (ParcelState.WITH_CARRIER, ScanKind.DELIVER): (ParcelState.DELIVERED,),
    (ParcelState.READY, ScanKind.PICKUP): (ParcelState.DELIVERED,),
}
LEAVES = {ScanKind.OUT, ScanKind.CARRIER}
ARRIVES = {ScanKind.IN, ScanKind.DELIVER}
# What may still be scanned of a stopped parcel: where it came to, and, once it goes back to the centre, that it left.
STOPPED_MAY: dict[str, set[ScanKind]] = {
    StopMark.HELD: {ScanKind.IN, ScanKind.DELIVER},
    StopMark.BACK: {ScanKind.IN, ScanKind.OUT},
}


class OutOfPlace(Exception):
    """A scan doesn't fit where the parcel is; its text says why, for whoever scanned."""


class NonceTaken(Exception):
    """The nonce belongs to another scan already: this one was not recorded."""


class StateChanged(Exception):
    """The parcel's state isn't what it was when the scan was checked."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan of one parcel whose row is locked; `at` is when it counts as done, never later than now."""

    parcel: Parcel
    kind: ScanKind
    station: Station
    by: User | None
    nonce: str
    weighed_g: int | None
    carrier_number: str
    device_time: dt.datetime
    server_time: dt.datetime

    @property
    def at(self) -> dt.datetime:
        """The device's time, unless its clock is ahead of ours."""
        return min(self.device_time, self.server_time)


def scan(
    *,
    parcel: Parcel,
    kind: ScanKind,
    station: Station,
    by: User | None,
    nonce: str,
    weighed_g: int | None = None,
    carrier_number: str = "",
    at: dt.datetime | None = None,
) -> Handover | HeldScan:
    """Record that `kind` happened to the parcel at the station, at `at` by the device's clock (now by default).

    Returns the handover; or, when the scan doesn't fit where the parcel is, the held scan that waits for a person and changes nothing
    else. A nonce (at most 40 characters) that is known returns its first answer. Whether `by` may scan at the station is the caller's
    to check. Raises NonceTaken when the nonce belongs to a scan of another parcel or kind.
    """
    with transaction.atomic():
        locked = lock(parcel)
        answer = first_answer(nonce, locked, kind)
        if answer is not None:
            return answer
        now = timezone.now()
        this = Scan(locked, ScanKind(kind), station, by, nonce, weighed_g, carrier_number, at or now, now)
        try:
            handover = take_step(this)
        except OutOfPlace as error:
            return _hold(this, str(error))
    parcel.refresh_from_db()
    return handover


def lock(parcel: Parcel) -> Parcel:
    """The parcel as it is now, its row locked until the transaction ends."""
    return Parcel.objects.select_for_update(no_key=True).get(pk=parcel.pk)


def first_answer(nonce: str, parcel: Parcel, kind: ScanKind) -> Handover | HeldScan | None:
    """What an earlier scan with this nonce got, if there was one. Raises NonceTaken when that was another scan."""
    if not 0 < len(nonce) <= NONCE_LENGTH:
        raise ValueError(f"A nonce has 1 to {NONCE_LENGTH} characters.")
    earlier: Handover | HeldScan | None = (
        Handover.objects.filter(nonce=nonce).first() or HeldScan.objects.filter(nonce=nonce).first()
    )
    if earlier is not None and (earlier.parcel_id, earlier.kind) != (parcel.pk, kind):
        raise NonceTaken(_("This page was used for another scan already. Open it again and scan once more."))
    return earlier


def take_step(this: Scan) -> Handover:
    """Write the handover and move the parcel, and with a box what is in it. Raises OutOfPlace, having changed nothing."""
    leg = fitting_leg(this)
    handover = _record(this, leg)
    for content in this.parcel.contents_parcels.select_for_update(no_key=True).order_by("pk"):
        nonce = hashlib.sha256(f"{this.nonce}:{content.ref}".encode()).hexdigest()[:NONCE_LENGTH]
        inner = Scan(
            content,
            this.kind,
            this.station,
            this.by,
            nonce,
            None,
            this.carrier_number,
            this.device_time,
            this.server_time,
        )
        _record(inner, _leg_like(content, leg))
    if this.parcel.stop and this.kind == ScanKind.DELIVER:
        delivered_all_the_same(this.parcel)
    return handover


def current_leg(parcel: Parcel) -> Leg | None:
    """The leg that the parcel is on, or that comes next."""
    legs = parcel.legs.filter(arrived_at=None).order_by("position")
    return legs.select_related("from_station", "to_station", "to_region").first()


def fitting_leg(this: Scan) -> Leg | None:
    """The leg that the scan begins or ends, if it does either. Raises OutOfPlace when the scan doesn't fit the parcel."""
    parcel, station = this.parcel, this.station
    if parcel.box is not None:
        raise OutOfPlace(_("It is in box %(number)s: scan the box.") % {"number": parcel.box.number})
    if parcel.stop and this.kind not in STOPPED_MAY[parcel.stop]:
        raise OutOfPlace(stop_text(parcel))
    if (ParcelState(parcel.state), this.kind) not in TRANSITIONS:
        text = _("This parcel is “%(state)s” now: “%(kind)s” doesn't fit.")
        raise OutOfPlace(text % {"state": parcel.get_state_display(), "kind": this.kind.label})
    if this.kind == ScanKind.PACK and parcel.kind != ParcelKind.BOX:
        raise OutOfPlace(_("A parcel is packed together with the others of its buyer: use the list of what to pack."))
    leg = current_leg(parcel) if this.kind in LEAVES | ARRIVES else None
    if this.kind == ScanKind.IN and leg is not None and leg.to_station is None:
        raise OutOfPlace(_("The carrier takes this parcel to its buyer; no station scans it in."))
    expected = _expected_station(this, leg)
    if expected is None:
        raise OutOfPlace(_("No way is planned for this parcel: have its way planned again."))
    if expected.pk != station.pk:
        text = _("Wrong station: this parcel is expected at %(expected)s, not at %(station)s.")
        raise OutOfPlace(text % {"expected": expected, "station": station})
    _require_kind_of_leg(this, leg)
    _require_working(this, leg)
    return leg


def stop_text(parcel: Parcel) -> str:
    """What whoever holds a stopped parcel reads first."""
    reasons = " ".join(one.label for one in open_stops(parcel))
    return _("Stop! Do not hand it on, keep it here. %(why)s") % {"why": reasons}


def _require_working(this: Scan, leg: Leg | None) -> None:
    """Nothing new comes to a station that isn't active, neither from the farmer nor by a van that only sets out now.

    What was on the road to it when it was suspended arrives, and all that lies there may leave: custody must say what happens.
    """
    brought_to = this.station if this.kind == ScanKind.COLLECT else None
    shut = leg.to_station if leg is not None and this.kind in LEAVES else brought_to
    if shut is not None and not shut.is_active:
        text = _("%(station)s takes no goods: it is %(status)s. What is on its way to it is planned anew.")
        raise OutOfPlace(text % {"station": shut, "status": shut.get_status_display()})


def _expected_station(this: Scan, leg: Leg | None) -> Station | None:
    """Where this kind of scan may happen to the parcel now."""
    if this.kind == ScanKind.COLLECT:
        return this.parcel.origin
    if this.kind == ScanKind.IN:
        return leg.to_station if leg else None
    if this.kind == ScanKind.DELIVER:
        return leg.from_station if leg else None
    if this.kind in LEAVES and leg is None:
        return None
    return this.parcel.station or this.parcel.origin


def _require_kind_of_leg(this: Scan, leg: Leg | None) -> None:
    """The carrier does the carrier's legs, and only a centre packs."""
    if this.kind == ScanKind.PACK and this.station.kind != StationKind.CENTRE:
        raise OutOfPlace(_("Only a county centre packs boxes."))
    if leg is None:
        return
    if this.kind == ScanKind.OUT and leg.by_carrier:
        raise OutOfPlace(_("This parcel goes on with the carrier: record the hand-over to the carrier."))
    if this.kind == ScanKind.CARRIER and not leg.by_carrier:
        raise OutOfPlace(
            _("This parcel goes on to %(station)s by our own run, not by the carrier.") % {"station": leg.end}
        )
    if this.kind == ScanKind.DELIVER and leg.to_station is not None:
        raise OutOfPlace(
            _("The carrier takes this parcel to %(station)s: it is scanned in there.") % {"station": leg.end}
        )


def _record(this: Scan, leg: Leg | None) -> Handover:
    rate = _rate_of(this, leg)
    handover = append_handover(
        parcel=this.parcel,
        kind=this.kind,
        station=this.station,
        taker=_taker(this, leg, rate),
        by=this.by,
        nonce=this.nonce,
        device_time=this.device_time,
        server_time=this.server_time,
    )
    if leg is not None:
        moment = {"departed_at": this.at} if this.kind in LEAVES else {"arrived_at": this.at}
        Leg.objects.filter(pk=leg.pk).update(**moment)
    _move(this, rate)
    return handover


def _move(this: Scan, rate: CarrierRate | None) -> None:
    """The guarded update of the parcel: it happens only if the state still is what the scan was checked against."""
    parcel = this.parcel
    states = TRANSITIONS[ParcelState(parcel.state), this.kind]
    at_end = parcel.destination_station_id == this.station.pk and len(states) > 1 and not parcel.stop
    changes: dict[str, object] = {"state": states[1] if at_end else states[0]}
    changes["station"] = None if this.kind in LEAVES or changes["state"] == ParcelState.DELIVERED else this.station
    if this.kind == ScanKind.COLLECT:
        changes["collected_at"] = this.at
        changes["weighed_g"] = this.weighed_g or parcel.weighed_g
    if changes["state"] == ParcelState.READY:
        changes["keep_until"] = timezone.localtime(this.at, timezone.get_default_timezone()).date() + KEEP
    if changes["state"] == ParcelState.DELIVERED:
        changes["delivered_at"] = this.at
    if this.kind == ScanKind.CARRIER:
        names = {"carrier": rate.carrier, "carrier_en": rate.carrier_en} if rate else {"carrier": "", "carrier_en": ""}
        changes |= {**names, "carrier_number": this.carrier_number}
    if not Parcel.objects.filter(pk=parcel.pk, state=parcel.state).update(**changes):
        raise StateChanged(parcel.number)


def _taker(this: Scan, leg: Leg | None, rate: CarrierRate | None) -> str:
    if this.kind == ScanKind.OUT:
        assert leg is not None
        return run_side(leg)
    if this.kind == ScanKind.CARRIER:
        return carrier_side(rate.carrier if rate else "")
    if this.kind in (ScanKind.DELIVER, ScanKind.PICKUP):
        return RECIPIENT
    return station_side(this.station)


def _rate_of(this: Scan, leg: Leg | None) -> CarrierRate | None:
    """Whose service takes the parcel from the centre, at a hand-over to the carrier."""
    if this.kind != ScanKind.CARRIER or leg is None:
        return None
    end = leg.to_station.region_id if leg.to_station else leg.to_region_id
    return CarrierRate.objects.filter(centre=this.station, province_id=f"{(end or '')[:2]}0000000000").first()


def _leg_like(content: Parcel, leg: Leg | None) -> Leg | None:
    """The leg of a parcel in a box that goes with the box's leg."""
    return current_leg(content) if leg is not None else None


def _hold(this: Scan, reason: str) -> HeldScan:
    return HeldScan.objects.create(
        parcel=this.parcel,
        kind=this.kind,
        station=this.station,
        by=this.by,
        nonce=this.nonce,
        device_time=this.device_time,
        weighed_g=this.weighed_g,
        carrier_number=this.carrier_number,
        reason=reason[:200],
        received_at=this.server_time,
    )


def scans_to_come(parcel: Parcel, station: Station) -> Iterator[ScanKind]:
    """The kinds of scan that fit the parcel at this station now."""
    now = timezone.now()
    for kind in ScanKind:
        try:
            fitting_leg(Scan(parcel, kind, station, None, "", None, "", now, now))
        except OutOfPlace:
            continue
        yield kind
