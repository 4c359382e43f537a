"""What stations did lately, read from their counted days (reports.activity writes them)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import BigIntegerField, Case, Count, Exists, F, OuterRef, Q, Sum, When
from django.utils import timezone

from stations.models import Station, StationDay, StationKind
from stations.models.station import StationQuerySet

WINDOW_DAYS = 30
WORKED = Q(stores_opened__gt=0) | Q(parcels__gt=0) | Q(sales__gt=0)


@dataclass(frozen=True, slots=True)
class Activity:
    """Sums of one station over the window; `days` on which it worked."""

    stores: int = 0
    parcels: int = 0
    sales: int = 0
    sales_fen: int = 0
    days: int = 0

    def and_(self, stores: int, parcels: int, sales: int, sales_fen: int) -> "Activity":
        """These sums and what others did."""
        return Activity(
            self.stores + stores, self.parcels + parcels, self.sales + sales, self.sales_fen + sales_fen, self.days
        )


def window() -> dt.date:
    """The first of the last thirty days, today included (Shanghai's)."""
    return timezone.localdate() - dt.timedelta(days=WINDOW_DAYS - 1)


def activity_of(stations: Iterable[Station]) -> dict[int, Activity]:
    """The activity of these stations by their keys; one query, and nothing for a station that did nothing."""
    return activity_and_below(stations)[0]


def activity_and_below(stations: Iterable[Station]) -> tuple[dict[int, Activity], dict[int, Activity]]:
    """What each did itself, and each township station and centre together with all that stand under it now; by their keys, one query.

    A parcel counts at every station that handled it. The second has no `days`: those of many stations add up to nothing.
    """
    known = list(stations)
    keys = {station.pk for station in known}
    heads = {station.pk for station in known if station.kind != StationKind.VILLAGE}
    wanted = Q(station__in=keys)
    if heads:  # the stations first, and then their days by the index: a province has more days than stations
        under = Q(pk__in=keys) | Q(parent__in=heads) | Q(parent__parent__in=heads)
        wanted = Q(station__in=Station.objects.filter(under).values("pk"))
    itself = Case(When(station__in=keys, then=F("station_id")), default=None, output_field=BigIntegerField())
    rows = (
        StationDay.objects.filter(wanted, day__gte=window())
        .order_by()
        .values_list(itself, "station__parent_id", "station__parent__parent_id")
        .annotate(
            Sum("stores_opened"), Sum("parcels"), Sum("sales"), Sum("sales_fen"), worked=Count("pk", filter=WORKED)
        )
    )
    own: dict[int, Activity] = {}
    together = dict.fromkeys(heads, Activity())
    for key, above, centre, *sums, days in rows:
        if key is not None:
            own[key] = Activity(days=days).and_(*sums)
        for head in {key, above, centre} & heads:
            together[head] = together[head].and_(*sums)
    return own, together


def that_worked(stations: StationQuerySet) -> StationQuerySet:
    """Those of the stations that worked in the last thirty days."""
    days = StationDay.objects.filter(WORKED, station=OuterRef("pk"), day__gte=window())
    return stations.filter(Exists(days))
