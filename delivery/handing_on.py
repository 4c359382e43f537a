"""A station closes: what is planned from it, to it and through it goes by another one, and its vans drive there.

Goods themselves are never moved by a row: what stands there, or is on a van to it, has to be scanned out first.
"""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q

from delivery.models import Leg, Parcel, ParcelState, Run
from delivery.models.parcel import ParcelQuerySet
from delivery.parcels import free_code, replan
from stations.models import Station


class GoodsStand(ValueError):
    """Parcels stand at a station that is to close, or are on their way to it: `parcels`."""

    def __init__(self, parcels: list[Parcel]) -> None:
        super().__init__(", ".join(parcel.number for parcel in parcels))
        self.parcels = parcels


def standing(station: Station) -> ParcelQuerySet:
    """What lies at the station, or is on a van or with the carrier on the way to it; a box counts, not what is in it."""
    begun = Leg.objects.filter(parcel=OuterRef("pk"), to_station=station, arrived_at=None).exclude(departed_at=None)
    return _outside().filter(Q(station=station) | Q(Exists(begun)))


def to_be_collected(station: Station) -> ParcelQuerySet:
    """What the farmers still bring to the station."""
    return _outside().filter(origin=station, state=ParcelState.PLANNED)


def bound_for(station: Station) -> ParcelQuerySet:
    """What its buyers will pick up at the station, and that isn't there yet."""
    return _outside().filter(destination_station=station).exclude(pk__in=standing(station).values("pk"))


def passing(station: Station) -> ParcelQuerySet:
    """What is planned to pass the station, neither beginning nor ending there."""
    ahead = Leg.objects.filter(parcel=OuterRef("pk"), departed_at=None)
    touched = Q(Exists(ahead.filter(Q(from_station=station) | Q(to_station=station))))
    begins = Q(origin=station, state=ParcelState.PLANNED)
    return _outside().filter(touched).exclude(begins | Q(destination_station=station))


def redirect_runs(*, station: Station, heir: Station) -> int:
    """The vans between the station and those below it drive to the heir, at the same hours; all its other runs end. How many it were.

    Called before the stations below it are under the heir. Where the heir has a van on that stretch, the old one ends too.
    """
    runs = list(Run.objects.filter(Q(from_station=station) | Q(to_station=station), active=True).order_by("pk"))
    below = set(Station.objects.filter(parent=station).values_list("pk", flat=True))
    known = set(
        Run.objects.filter(active=True)
        .filter(Q(from_station=heir) | Q(to_station=heir))
        .values_list("from_station_id", "to_station_id")
    )
    for run in runs:
        outward = run.from_station_id == station.pk
        other = run.to_station_id if outward else run.from_station_id
        stretch = (heir.pk, other) if outward else (other, heir.pk)
        if other in below and stretch not in known:
            run.from_station_id, run.to_station_id = stretch
        else:
            run.active = False
    Run.objects.bulk_update(runs, ["from_station", "to_station", "active"])
    return len(runs)


def lock_parcels(station: Station) -> list[Parcel]:
    """Every parcel under way that the station's closing concerns, locked in the order of their keys. Raises GoodsStand."""
    concerned = [query.values_list("pk", flat=True) for query in _concerned(station)]
    keys = {key for query in concerned for key in query}
    list(Parcel.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))
    here = list(standing(station).order_by("number"))
    if here:
        raise GoodsStand(here)
    return list(Parcel.objects.filter(pk__in=keys).order_by("pk"))


def hand_on(*, station: Station, heir: Station, parcels: Iterable[Parcel]) -> int:
    """Let these locked parcels begin, pass and end at the heir, once the station is closed; returns how many have no way now.

    A parcel that its buyer picks up gets a new pickup code. One without a way is tried again by itself (delivery.jobs).
    """
    stuck = 0
    for parcel in parcels:
        if parcel.origin_id == station.pk and parcel.state == ParcelState.PLANNED:
            Parcel.objects.filter(pk=parcel.pk).update(origin=heir)
        if parcel.destination_station_id == station.pk:
            contents = Q(pk=parcel.pk) | Q(box=parcel)
            Parcel.objects.filter(contents).update(
                destination_station=heir, destination_region=heir.region_id, pickup_code=free_code(heir)
            )
        stuck += bool(replan(parcel))
    return stuck


def _outside() -> ParcelQuerySet:
    return Parcel.objects.under_way().filter(box=None)


def _concerned(station: Station) -> tuple[ParcelQuerySet, ...]:
    return standing(station), to_be_collected(station), bound_for(station), passing(station)


def follow_parent(*, station: Station, before: Station, now: Station) -> int:
    """The station stands under another one (`now`): its vans drive there, and what was planned over the old one goes the new way.

    Returns how many parcels have no way now.
    """
    both = Q(from_station=station, to_station=before) | Q(from_station=before, to_station=station)
    there = Q(from_station=station, to_station=now) | Q(from_station=now, to_station=station)
    known = set(Run.objects.filter(there, active=True).values_list("from_station_id", "to_station_id"))
    runs = list(Run.objects.filter(both, active=True).order_by("pk"))
    for run in runs:
        stretch = (station.pk, now.pk) if run.from_station_id == station.pk else (now.pk, station.pk)
        if stretch in known:
            run.active = False
        else:
            run.from_station_id, run.to_station_id = stretch
    Run.objects.bulk_update(runs, ["from_station", "to_station", "active"])
    ahead = Leg.objects.filter(both, parcel=OuterRef("pk"), departed_at=None)
    return sum(bool(replan(parcel)) for parcel in _outside().filter(Q(Exists(ahead))).order_by("pk"))
