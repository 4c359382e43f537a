"""Delivery's jobs: ways that are no longer there are planned again."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from procrastinate.contrib.django import app

from delivery.models import Leg, Parcel, ParcelState, StopMark
from delivery.parcels import MOVING, WAITING, replan
from stations.models import StationStatus

# A parcel whose run left so long ago without it has missed that run.
MISSED_AFTER = dt.timedelta(hours=2)


@app.periodic(cron="*/10 * * * *")
@app.task(name="delivery.replan_stuck", queueing_lock="delivery.replan_stuck")
def replan_stuck(timestamp: int = 0) -> int:
    """Plan anew every way that a closed station or a missed run has cut, or that nobody could plan so far; returns how many."""
    stuck = list(stuck_parcels(at=timezone.now()))
    for parcel in stuck:
        replan(parcel)
    return len(stuck)


def stuck_parcels(*, at: dt.datetime) -> list[Parcel]:
    """The parcels under way, boxes with what is in them, that can't go on as planned."""
    ahead = Leg.objects.filter(parcel=OuterRef("pk"), departed_at=None)
    # A suspended station lets go what lies there; it only collects nothing.
    shut = ~Q(from_station__status__in=(StationStatus.ACTIVE, StationStatus.SUSPENDED)) | (
        ~Q(to_station=None) & ~Q(to_station__status=StationStatus.ACTIVE)
    )
    uncollected = Q(Exists(ahead.filter(from_station__status=StationStatus.SUSPENDED))) & Q(state=ParcelState.PLANNED)
    unfinished = (
        Parcel.objects.filter(box=None, state__in=(*WAITING, *MOVING))
        .exclude(stop=StopMark.HELD)
        .exclude(state=ParcelState.READY)
    )
    missed = Q(Exists(ahead.filter(depart_planned__lt=at - MISSED_AFTER))) & Q(state__in=WAITING)
    wayless = ~Q(Exists(ahead)) & Q(state__in=WAITING) & Q(planned_arrival=None)
    return list(unfinished.filter(missed | wayless | uncollected | Q(Exists(ahead.filter(shut)))).order_by("pk"))
