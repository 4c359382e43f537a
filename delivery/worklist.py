"""The work list: what waits at a station, in the order in which one does it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from delivery.models import HeldScan, Leg, Parcel, ParcelKind, ParcelState, StopMark
from delivery.stopping import stopped_at
from stations.models import Station, StationKind

# More than this a page doesn't list; the count says how many there are.
LISTED = 100
HERE = (ParcelState.COLLECTED, ParcelState.AT_STATION)
MOVING = (ParcelState.ON_THE_WAY, ParcelState.WITH_CARRIER)


@dataclass(slots=True)
class Group:
    """One buyer's parcels at the centre that go to one place; `away` more are still on their way to it."""

    parcels: list[Parcel] = field(default_factory=list)
    away: int = 0

    @property
    def to_pack(self) -> bool:
        """Whether there is something to pack together, now or when the others come."""
        return len(self.parcels) + self.away > 1


@dataclass(slots=True)
class Worklist:
    """What waits at some stations. Each parcel bears `ahead`, the legs that it hasn't ended yet."""

    to_collect: list[Parcel] = field(default_factory=list)
    to_send_on: list[Parcel] = field(default_factory=list)
    to_pack: list[Group] = field(default_factory=list)
    to_carrier: list[Parcel] = field(default_factory=list)
    without_way: list[Parcel] = field(default_factory=list)
    arriving: list[Parcel] = field(default_factory=list)
    with_carrier: list[Parcel] = field(default_factory=list)
    ready: list[Parcel] = field(default_factory=list)
    stopped: list[Parcel] = field(default_factory=list)
    held: int = 0

    @property
    def nothing(self) -> bool:
        """Whether nothing at all is to be done."""
        lists = (self.to_collect, self.to_send_on, self.to_pack, self.to_carrier, self.without_way)
        return not any((*lists, self.stopped, self.arriving, self.with_carrier, self.ready, self.held))


def what_waits(stations: Sequence[Station]) -> Worklist:
    """What these stations have to do now; what lies in a box is listed as the box. A fixed number of queries."""
    here = [station.pk for station in stations]
    work = Worklist(held=HeldScan.objects.filter(station__in=here, settled_at=None).count())
    outside = _listed(Parcel.objects.filter(box=None))
    work.to_collect = list(outside.filter(origin__in=here, state=ParcelState.PLANNED).order_by("created_at")[:LISTED])
    work.ready = list(outside.filter(station__in=here, state=ParcelState.READY).order_by("keep_until", "pk")[:LISTED])
    work.stopped = stopped_at(stations)
    lying = (
        outside.exclude(stop=StopMark.HELD)
        .filter(station__in=here, state__in=HERE)
        .order_by("planned_arrival", "pk")[:LISTED]
    )
    _sort_out(work, list(lying))
    begun = Leg.objects.filter(parcel=OuterRef("pk"), arrived_at=None).exclude(departed_at=None)
    moving = outside.filter(state__in=MOVING).order_by("planned_arrival", "pk")
    work.arriving = list(moving.filter(Exists(begun.filter(to_station__in=here)))[:LISTED])
    given = Q(Exists(begun.filter(from_station__in=here, to_station=None)), state=ParcelState.WITH_CARRIER)
    work.with_carrier = list(moving.filter(given)[:LISTED])
    return work


def next_leg(parcel: Parcel) -> Leg | None:
    """The leg that a listed parcel is on, or that comes next."""
    ahead: list[Leg] = parcel.ahead  # type: ignore[attr-defined]
    return ahead[0] if ahead else None


def _listed(parcels: QuerySet[Parcel]) -> QuerySet[Parcel]:
    legs = Leg.objects.filter(arrived_at=None).select_related("from_station", "to_station", "to_region")
    return parcels.select_related(
        "origin", "destination_station", "destination_region__parent__parent", "station"
    ).prefetch_related(Prefetch("legs", legs.order_by("position"), to_attr="ahead"))


def _sort_out(work: Worklist, lying: list[Parcel]) -> None:
    """What lies here is packed, goes to the carrier, goes on by our own run, or has no way."""
    groups = _groups([parcel for parcel in lying if _packable(parcel)])
    packed = set()
    for group in groups:
        if group.to_pack:
            work.to_pack.append(group)
            packed |= {parcel.pk for parcel in group.parcels}
    for parcel in lying:
        leg = next_leg(parcel)
        if parcel.pk in packed:
            continue
        if leg is None:
            work.without_way.append(parcel)
        elif leg.by_carrier:
            work.to_carrier.append(parcel)
        else:
            work.to_send_on.append(parcel)


def _packable(parcel: Parcel) -> bool:
    at_centre = parcel.station is not None and parcel.station.kind == StationKind.CENTRE
    return (
        at_centre
        and not parcel.stop
        and parcel.kind == ParcelKind.PARCEL
        and bool(parcel.group_ref)
        and next_leg(parcel) is not None
    )


def _groups(parcels: list[Parcel]) -> list[Group]:
    """Parcels by buyer and destination, with how many of the same are still on their way to the centre. One query."""
    groups: dict[tuple[str, int | None, str, str, bool], Group] = {}
    for parcel in parcels:
        groups.setdefault(_buyer(parcel), Group()).parcels.append(parcel)
    if not groups:
        return []
    here = {parcel.pk for parcel in parcels}
    coming = Parcel.objects.filter(
        group_ref__in={buyer[0] for buyer in groups},
        kind=ParcelKind.PARCEL,
        box=None,
        state__in=(ParcelState.PLANNED, *HERE, ParcelState.ON_THE_WAY),
    ).exclude(pk__in=here)
    for parcel in coming:
        if (group := groups.get(_buyer(parcel))) is not None:
            group.away += 1
    return list(groups.values())


def _buyer(parcel: Parcel) -> tuple[str, int | None, str, str, bool]:
    """What parcels have in common that may share a box: frozen ones have their own."""
    place = (parcel.destination_station_id, parcel.destination_region_id, parcel.county_code)
    return (parcel.group_ref, *place, parcel.frozen)
