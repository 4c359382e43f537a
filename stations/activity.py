"""What stations did lately, read from their counted days (reports.activity writes them)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.utils import timezone

from stations.models import Station, StationDay
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


def window() -> dt.date:
    """The first of the last thirty days, today included (Shanghai's)."""
    return timezone.localdate() - dt.timedelta(days=WINDOW_DAYS - 1)


def activity_of(stations: Iterable[Station]) -> dict[int, Activity]:
    """The activity of these stations by their keys; one query, and nothing for a station that did nothing."""
    recent = StationDay.objects.filter(station__in=[station.pk for station in stations], day__gte=window())
    rows = (
        recent.order_by()
        .values("station_id")
        .annotate(
            stores=Sum("stores_opened"),
            handled=Sum("parcels"),
            sold=Sum("sales"),
            fen=Sum("sales_fen"),
            days=Count("pk", filter=WORKED),
        )
        .values_list("station_id", "stores", "handled", "sold", "fen", "days")
    )
    return {key: Activity(*sums) for key, *sums in rows}


def that_worked(stations: StationQuerySet) -> StationQuerySet:
    """Those of the stations that worked in the last thirty days."""
    days = StationDay.objects.filter(WORKED, station=OuterRef("pk"), day__gte=window())
    return stations.filter(Exists(days))
