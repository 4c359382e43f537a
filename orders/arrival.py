"""When goods would arrive: on each product for the city that pages reckon with, on its page for a province that a visitor names."""

import datetime as dt
from functools import lru_cache

from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from catalog.cards import USUAL_CITY
from catalog.kept import kept_for
from catalog.models import GoodsKind, Product, Temperature
from catalog.product_page import Arrival, Stop
from delivery.routing import NoRoute, Route, find_route
from orders.places import provinces
from stations.models import Region, Station

# A parcel as most are; heavier ones may wait for the next run.
USUAL_GRAMS = 1000
KEPT_SECONDS = 600


def renew_arrivals(*, at: dt.datetime | None = None) -> int:
    """Writes on every product on sale how many days an order of now takes to the usual city; how many stations were asked for.

    One route a station and temperature. A product without a way has no figure, nor has a visit, which travels nowhere.
    """
    city = Region.objects.filter(code=USUAL_CITY).first()
    if city is None:
        return 0
    now = at or timezone.now()
    on_sale = Product.objects.on_sale().exclude(category__kind=GoodsKind.BOOKING).order_by()
    Product.objects.filter(category__kind=GoodsKind.BOOKING, arrives_in_days__isnull=False).update(arrives_in_days=None)
    asked = on_sale.values_list("store__station_id", "temperature").distinct()
    stations = Station.objects.in_bulk({station_id for station_id, _temperature in asked})
    for station_id, temperature in asked:
        days = _days(stations[station_id], city, chilled=temperature != Temperature.AMBIENT, now=now)
        on_sale.filter(store__station_id=station_id, temperature=temperature).exclude(arrives_in_days=days).update(
            arrives_in_days=days
        )
    return len(asked)


def _days(station: Station, city: Region, *, chilled: bool, now: dt.datetime) -> int | None:
    try:
        route = find_route(origin=station, to=city, weight_g=USUAL_GRAMS, chilled=chilled, at=now)
    except NoRoute:
        return None
    return (timezone.localdate(route.arrive) - timezone.localdate(now)).days


def arrival_at(*, station_id: int, province_code: str, chilled: bool) -> Arrival | None:
    """When an order of now from a station would be in a province (twelve digits); None for what is no province. Kept ten minutes."""
    name = dict(province_choices(get_language() or "")).get(province_code)
    if name is None:
        return None
    key = f"arrival:{station_id}:{province_code}:{chilled}:{get_language()}"
    return kept_for(
        KEPT_SECONDS, key, lambda: _arrival(Station.objects.get(pk=station_id), province_code, name, chilled=chilled)
    )


def _arrival(station: Station, province_code: str, name: str, *, chilled: bool) -> Arrival:
    arrival = Arrival(earliest=None, place=name, from_station=station.label)
    try:
        route = find_route(
            origin=station, to=Region.objects.get(code=province_code), weight_g=USUAL_GRAMS, chilled=chilled
        )
    except NoRoute as trouble:
        arrival.trouble = str(trouble)
        return arrival
    arrival.earliest = timezone.localdate(route.arrive)
    arrival.stops = _stops(route)
    return arrival


def _stops(route: Route) -> list[Stop]:
    return [Stop(leg.to.label, leg.arrive) for leg in route.legs]


@lru_cache(maxsize=128)
def province_options(language: str, chosen: str) -> SafeString:
    """The options of a select of provinces, one of them chosen; put together once a process."""
    rows = [(code, " selected" if code == chosen else "", name) for code, name in province_choices(language)]
    return format_html_join("", '<option value="{}"{}>{}</option>', rows)


@lru_cache(maxsize=4)
def province_choices(language: str) -> list[tuple[str, str]]:
    """The provinces as (code, name) in a language; read once a process."""
    return provinces()
