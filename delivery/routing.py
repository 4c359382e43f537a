"""Routing: the earliest arrival over scheduled runs and the carrier, along the hierarchy of the stations.

The rules (design, section 8):
- Goods climb only to the lowest common station: two villages of one township meet at the township. Only the stations between the two
  ends and that one are on the way; a run may skip one of them, never leave them.
- Into another county, or to a buyer's region, goods go up to the county centre and on by the carrier; another county's runs bring them
  down from its centre. A region inside the origin's own county, at the level of a township or village, is reached over the station that
  serves it; any other region of that county by the carrier.
- A station that isn't active takes nothing and lets nothing pass; a suspended one lets go what lies there.
- Chilled goods travel on chilled runs and with a carrier that takes them, and rest only where there is a cold store: at every station
  that they pass, and where they wait for the buyer. The origin needs none: the farmer brings chilled goods on the day of the run.
- A run has room for what is planned on it already and the new goods together. Two parcels planned in the same instant may overfill it;
  the driver then leaves one behind, and it is planned again.

Labels are set in the order of arrival (Dijkstra, Numerische Mathematik 1, 1959); waiting for a run is part of the edge. This finds the
earliest arrival because leaving a station later never brings one to the next station sooner.
"""

import datetime as dt
import heapq
import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery.models import CarrierRate, Leg, ParcelState, Run
from delivery.models.run import GRAMS_A_KILOGRAM, started_kilograms
from stations.models import Level, Region, Station, StationStatus
from stations.statements import fetch

# From a van's arrival until the goods may leave again: unload, scan, sort, load.
HANDLING = dt.timedelta(minutes=30)
# How far ahead a departure with room is looked for.
HORIZON_DAYS = 14
# The first digits of a region's code name its province and its township.
PROVINCE_DIGITS, TOWNSHIP_DIGITS, CODE_DIGITS = 2, 9, 12


class NoRoute(Exception):
    """There is no way; its text says why in one line, in the active language."""


@dataclass(frozen=True, slots=True)
class RouteLeg:
    """One stretch: by a run between two stations, or by the carrier (`run` is None) to a centre or a region."""

    from_: Station
    to: Station | Region
    depart: dt.datetime
    arrive: dt.datetime
    cost_fen: int
    run: Run | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """The legs in order, none when the goods are there already; `arrive` is the last arrival, `cost_fen` the sum."""

    legs: tuple[RouteLeg, ...]
    arrive: dt.datetime
    cost_fen: int


@dataclass(frozen=True, slots=True)
class Goods:
    """What a route depends on besides places and time."""

    weight_g: int
    chilled: bool
    lying_there: bool = False


def find_route(
    *,
    origin: Station,
    to: Station | Region,
    weight_g: int,
    chilled: bool = False,
    lying_there: bool = False,
    at: dt.datetime | None = None,
) -> Route:
    """The way from a station to a station or region that arrives first, for goods that are ready at `at` (aware; now by default).

    Arrival comes first; cost only breaks ties. Goods that are `lying_there`, or on the road to the origin, may leave a suspended station.
    At most six queries. Raises NoRoute, and ValueError when the weight isn't positive.
    """
    if weight_g <= 0:
        raise ValueError(f"Goods weigh more than {weight_g} g.")
    goods, ready = Goods(weight_g, chilled, lying_there), at or timezone.now()
    target = destination(origin=origin, to=to, chilled=chilled)
    ends = {end.pk for end in (origin, target) if isinstance(end, Station)}
    known = {station.pk: station for station in fetch(with_those_above, sorted(ends))}
    start = known[origin.pk]
    if isinstance(target, Region):
        legs = _through_the_centre(start, target, goods, ready)
    elif target.county_code == start.county_code:
        legs = _local_legs(between(start, known[target.pk]), goods, ready)
    else:
        legs = _across_counties(start, known[target.pk], goods, ready)
    return Route(tuple(legs), legs[-1].arrive if legs else ready, sum(leg.cost_fen for leg in legs))


def with_those_above(keys: Sequence[int]) -> QuerySet[Station]:
    """These stations, with the two above each."""
    return Station.objects.filter(pk__in=keys).select_related("parent__parent")


def destination(*, origin: Station, to: Station | Region, chilled: bool) -> Station | Region:
    """Where goods really go: for a township or village of the origin's own county, the active station that serves it, if there is one."""
    if isinstance(to, Station) or to.level <= Level.COUNTY or to.county_code != origin.county_code:
        return to
    township = to.code[:TOWNSHIP_DIGITS].ljust(CODE_DIGITS, "0")
    serving = Station.objects.active().filter(region_id__in={to.code, township}).order_by("-region_id")
    return (serving.filter(cold_store=True) if chilled else serving).first() or to


def line_up(station: Station) -> list[Station]:
    """The station and those above it, the county centre last."""
    line = [station]
    while (above := line[-1].parent) is not None:
        line.append(above)
    return line


def between(origin: Station, to: Station) -> list[Station]:
    """The stations from one to another of the same county over their lowest common station, both ends with them."""
    up, down = line_up(origin), line_up(to)
    below = {station.pk: place for place, station in enumerate(down)}
    top = next((place for place, station in enumerate(up) if station.pk in below), None)
    if top is None:  # the county has a second centre, closed or new: the two ends have nothing in common
        raise NoRoute(_no_run(origin, to))
    return up[: top + 1] + down[: below[up[top].pk]][::-1]


def carrier_rate(*, centre: Station, to: Station | Region, chilled: bool) -> CarrierRate:
    """The carrier's service from a county centre to the province of `to`. Raises NoRoute."""
    code = to.region_id if isinstance(to, Station) else to.code
    province = code[:PROVINCE_DIGITS].ljust(CODE_DIGITS, "0")
    rates = fetch(_rates, centre.pk, province)
    if not rates:
        name = Region.objects.get(code=province).label
        raise NoRoute(_("No carrier goes from %(centre)s to %(province)s.") % {"centre": centre, "province": name})
    rate = rates[0]
    if chilled and not rate.chilled:
        text = _("The carrier from %(centre)s to %(province)s takes no chilled goods.")
        raise NoRoute(text % {"centre": centre, "province": rate.province})
    return rate


def _rates(centre_id: int, province_code: str) -> QuerySet[CarrierRate]:
    return CarrierRate.objects.filter(centre=centre_id, province_id=province_code).select_related("province")


def _through_the_centre(start: Station, target: Station | Region, goods: Goods, ready: dt.datetime) -> list[RouteLeg]:
    """Up to the county centre by runs, and on by the carrier."""
    legs = _local_legs(line_up(start), goods, ready)
    centre = line_up(start)[-1]
    rate = carrier_rate(centre=centre, to=target, chilled=goods.chilled)
    depart = _next_collection(rate, legs[-1].arrive + HANDLING if legs else ready)
    arrive = depart + dt.timedelta(days=rate.days)
    cost = rate.freight_fen(weight_g=goods.weight_g, chilled=goods.chilled)
    return [*legs, RouteLeg(centre, target, depart, arrive, cost)]


def _across_counties(start: Station, target: Station, goods: Goods, ready: dt.datetime) -> list[RouteLeg]:
    """By the carrier from centre to centre, and down by the other county's runs."""
    down = line_up(target)[::-1]
    obstacles = [_obstacle(station, goods) for station in down]
    if obstacles[0] or obstacles[-1]:
        raise NoRoute(obstacles[0] or obstacles[-1])
    legs = _through_the_centre(start, down[0], goods, ready)
    return legs + _local_legs(down, goods, legs[-1].arrive + HANDLING)


def _local_legs(way: Sequence[Station], goods: Goods, ready: dt.datetime) -> list[RouteLeg]:
    """The legs of the earliest arrival from the way's first station to its last over runs between its stations."""
    passable, runs = runs_along(way, goods)
    if len(way) == 1:
        return []
    legs = _earliest(way[0], way[-1], passable, [run for run in runs if _takes(run, goods)], goods, ready)
    if legs is None:
        raise NoRoute(why_not(way, runs, goods))
    return legs


def cheapest_fen(way: Sequence[Station], goods: Goods) -> int:
    """What the cheapest runs along the way cost, whatever their hours. Raises NoRoute."""
    _passable, runs = runs_along(way, goods)
    costs = {way[0].pk: 0}
    for _round in way:
        for run in runs:
            if run.from_station_id in costs and _takes(run, goods):
                fen = costs[run.from_station_id] + run.cost_fen(weight_g=goods.weight_g)
                costs[run.to_station_id] = min(fen, costs.get(run.to_station_id, fen))
    if way[-1].pk not in costs:
        raise NoRoute(why_not(way, runs, goods))
    return costs[way[-1].pk]


def runs_along(way: Sequence[Station], goods: Goods) -> tuple[dict[int, Station], list[Run]]:
    """The way's stations that the goods may pass, and every run between those. Raises NoRoute when one of its ends is shut to them."""
    obstacles = _obstacles(way, goods)
    if blocked := obstacles.get(way[0].pk) or obstacles.get(way[-1].pk):
        raise NoRoute(blocked)
    passable = {station.pk: station for station in way if station.pk not in obstacles}
    if len(way) == 1:
        return passable, []
    return passable, fetch(_runs, list(passable), list(passable))


def why_not(way: Sequence[Station], runs: list[Run], goods: Goods) -> str:
    """Why no way leads along these stations: one of them is shut to the goods, or a run is missing."""
    return next(iter(_obstacles(way, goods).values()), "") or _missing_run(way, runs, goods)


def _runs(departing: Sequence[int], arriving: Sequence[int]) -> QuerySet[Run]:
    return Run.objects.filter(active=True, from_station__in=departing, to_station__in=arriving)


def _obstacles(way: Sequence[Station], goods: Goods) -> dict[int, str]:
    """Which stations of the way the goods can't pass, and why."""
    found = {station.pk: _obstacle(station, goods) for station in way}
    if way[0].is_active or (goods.lying_there and way[0].status == StationStatus.SUSPENDED):
        found[way[0].pk] = ""  # it needs no cold store: chilled goods are brought on the day of the run
    return {key: text for key, text in found.items() if text}


def _earliest(
    first: Station, last: Station, passable: dict[int, Station], runs: list[Run], goods: Goods, ready: dt.datetime
) -> list[RouteLeg] | None:
    """Label-setting over the hours of arrival; None when the last station can't be reached."""
    loads, leaving = _loads(runs, ready), defaultdict(list)
    for run in runs:
        leaving[run.from_station_id].append(run)
    order = itertools.count()
    labels: list[tuple[dt.datetime, int, int, int, tuple[RouteLeg, ...]]] = [(ready, 0, next(order), first.pk, ())]
    settled: set[int] = set()
    while labels:
        arrived, cost, _order, place, legs = heapq.heappop(labels)
        if place == last.pk:
            return list(legs)
        if place in settled:
            continue
        settled.add(place)
        earliest = arrived + HANDLING if legs else arrived
        for run in leaving[place]:
            depart = _next_departure(run, earliest, goods, loads)
            if depart is None or run.to_station_id in settled:
                continue
            arrive, fen = depart + dt.timedelta(minutes=run.minutes), run.cost_fen(weight_g=goods.weight_g)
            leg = RouteLeg(passable[place], passable[run.to_station_id], depart, arrive, fen, run)
            heapq.heappush(labels, (arrive, cost + fen, next(order), run.to_station_id, (*legs, leg)))
    return None


def _takes(run: Run, goods: Goods) -> bool:
    return run.capacity_kg * GRAMS_A_KILOGRAM >= goods.weight_g and (run.chilled or not goods.chilled)


def _obstacle(station: Station, goods: Goods) -> str:
    """Why the station can't be passed, or nothing."""
    if not station.is_active:
        text = _("%(station)s takes no goods: it is %(status)s.")
        return text % {"station": station, "status": station.get_status_display()}
    if goods.chilled and not station.cold_store:
        return _("%(station)s has no cold store for chilled goods.") % {"station": station}
    return ""


def _loads(runs: Iterable[Run], since: dt.datetime) -> dict[tuple[int | None, dt.datetime], int]:
    """Grams planned on each departure; what lies in a box is counted with the box."""
    planned = Leg.objects.filter(run__in=list(runs), depart_planned__gte=since, parcel__box=None)
    planned = planned.exclude(parcel__state=ParcelState.CANCELLED).order_by()
    rows = planned.values_list("run_id", "depart_planned").annotate(grams=Sum("parcel__weight_g"))
    return {(run_id, depart): grams for run_id, depart, grams in rows}


def _next_departure(
    run: Run, earliest: dt.datetime, goods: Goods, loads: dict[tuple[int | None, dt.datetime], int]
) -> dt.datetime | None:
    """The run's first departure at `earliest` or later that has room, within the horizon."""
    today = timezone.localtime(earliest, timezone.get_default_timezone()).date()
    for ahead in range(HORIZON_DAYS + 1):
        day = today + dt.timedelta(days=ahead)
        if not run.days >> day.weekday() & 1:
            continue
        depart = timezone.make_aware(dt.datetime.combine(day, run.departs_at), timezone.get_default_timezone())
        room = run.capacity_kg * GRAMS_A_KILOGRAM - loads.get((run.pk, depart), 0)
        if depart >= earliest and room >= goods.weight_g:
            return depart
    return None


def _next_collection(rate: CarrierRate, earliest: dt.datetime) -> dt.datetime:
    """When the carrier collects at the centre next; it comes every day."""
    local = timezone.localtime(earliest, timezone.get_default_timezone())
    collection = timezone.make_aware(dt.datetime.combine(local.date(), rate.collects_at), local.tzinfo)
    return collection if collection >= earliest else collection + dt.timedelta(days=1)


def _missing_run(way: Sequence[Station], runs: list[Run], goods: Goods) -> str:
    """Which stretch of the way no run serves, or why none of its runs takes the goods."""
    for start, end in itertools.pairwise(way):
        here = [run for run in runs if (run.from_station_id, run.to_station_id) == (start.pk, end.pk)]
        names = {"start": start, "end": end, "kilograms": started_kilograms(goods.weight_g), "days": HORIZON_DAYS}
        if not here:
            return _no_run(start, end)
        if goods.chilled and not any(run.chilled for run in here):
            return _("No run from %(start)s to %(end)s takes chilled goods.") % names
        if not any(_takes(run, goods) for run in here):
            return _("No run from %(start)s to %(end)s takes %(kilograms)s kg.") % names
    return _("The runs from %(start)s to %(end)s have no room in the next %(days)s days.") % (
        names | {"start": way[0], "end": way[-1]}
    )


def _no_run(start: Station, end: Station) -> str:
    return _("No run goes from %(start)s to %(end)s.") % {"start": start, "end": end}
