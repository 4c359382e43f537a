"""Verified volume: sales whose goods went from a village point to the buyer by an unbroken chain of handovers."""

import datetime as dt

from django.utils import timezone

from catalog.models import Flow
from delivery.models import Handover, ParcelState, ScanKind
from delivery.scanning import verify_chain
from orders.models import Sale, SaleKind, Verification
from stations.models import StationKind


def verify_delivered(*, at: dt.datetime | None = None) -> int:
    """Write a Verification for each outbound sale that custody proves by now and that has none; returns how many."""
    when = at or timezone.now()
    waiting = Sale.objects.filter(
        kind=SaleKind.SALE,
        flow=Flow.OUTBOUND,
        verification=None,
        line__consignment__parcel__state=ParcelState.DELIVERED,
        line__consignment__parcel__delivered_at__lte=when,
    ).select_related("line__consignment__parcel")
    proved: dict[int, bool] = {}
    verified = []
    for sale in waiting:
        assert sale.line is not None and sale.line.consignment.parcel is not None
        parcel = sale.line.consignment.parcel
        if parcel.pk not in proved:
            proved[parcel.pk] = _collected_in_a_village(parcel.pk) and verify_chain(parcel)
        if proved[parcel.pk]:
            verified.append(Verification(sale=sale, verified_at=parcel.delivered_at or when))
    Verification.objects.bulk_create(verified, ignore_conflicts=True)
    return len(verified)


def _collected_in_a_village(parcel_id: int) -> bool:
    first = Handover.objects.filter(parcel_id=parcel_id).select_related("station").order_by("position").first()
    return (
        first is not None
        and first.kind == ScanKind.COLLECT
        and first.station is not None
        and first.station.kind == StationKind.VILLAGE
    )
