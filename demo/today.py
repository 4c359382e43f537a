"""What waits at the demo's village point today: goods to collect, a parcel for a neighbour to fetch, and a scan that did not fit."""

import datetime as dt
from dataclasses import replace

from django.db.models import QuerySet
from django.utils import timezone

from catalog.models import Flow, Variant
from delivery.models import ParcelState, ScanKind
from demo.year import Year
from orders.boxes import is_frozen
from orders.models import Consignment
from orders.wishes import day_key
from stations.models import Station

MINUTES_AGO = (12, 31, 54)
# Long enough for every run between the county seat and a village, a Sunday among them.
DAYS_AGO = 4
# For this many days from today a buyer wants one of the orders.
DAYS_WISHED = 8


def leave_work(*, year: Year, point: Station) -> None:
    """Leave paid consignments to collect at `point`, one wished for later, a parcel ready for pickup there, and a held scan."""
    own = list(_on_sale(Flow.OUTBOUND).filter(product__store__station=point)[: len(MINUTES_AGO)])
    for minutes, variant in zip(MINUTES_AGO, own, strict=False):
        year.buy([(variant.pk, 1)], year.to_a_city(), year.now - dt.timedelta(minutes=minutes))
    for variant in own[:1]:  # somebody is away until next week
        later = timezone.localdate(year.now) + dt.timedelta(days=DAYS_WISHED)
        delivery = replace(
            year.to_a_city(), days={day_key((variant.product.county_code, None, is_frozen(variant))): later}
        )
        year.buy([(variant.pk, 1)], delivery, year.now - dt.timedelta(minutes=MINUTES_AGO[0]))
    county = point.region_id[:6]
    inward = list(_on_sale(Flow.INBOUND).filter(product__county_code=county).exclude(product__store__station=point)[:2])
    for variant, forgotten in zip(inward, (False, True), strict=False):
        _send_to(point, year, variant, forgotten)


def _on_sale(flow: Flow) -> QuerySet[Variant]:
    found = Variant.objects.filter(product__flow=flow, product__status="listed", active=True, on_hand__gt=5)
    found = found.filter(day=None, promised_week=None, deliveries=None, least=1)  # goods that a parcel takes today
    return found.order_by("position", "pk")


def _send_to(point: Station, year: Year, variant: Variant, forgotten: bool) -> None:
    """Goods ride to the point. When `forgotten`, nobody scanned them onto the last van, so the point's scan does not fit."""
    lines = [(variant.pk, 1)]
    order = year.buy(lines, year.to_a_point(lines, point), year.now - dt.timedelta(days=DAYS_AGO))
    parcel = year.collect_now(Consignment.objects.select_related("parcel", "station").get(order=order))
    assert parcel is not None
    for leg in year.legs_of(parcel):
        assert leg.from_station is not None
        assert leg.to_station is not None
        last = leg.to_station_id == point.pk
        if not (last and forgotten):
            year.scan_in_time(parcel, ScanKind.OUT, leg.from_station, leg.depart_planned)
        year.scan_in_time(parcel, ScanKind.IN, leg.to_station, leg.arrive_planned)
    assert parcel.state == (ParcelState.AT_STATION if forgotten else ParcelState.READY)
