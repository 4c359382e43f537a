"""`manage.py route`: the way of a parcel from a station to a station or region."""

import datetime as dt
import json
import sys
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery.routing import NoRoute, Route, find_route
from stations.models import Region, Station
from stations.models.region import UnknownRegion

NO_WAY = 2
ONE_KILOGRAM = 1000


class BadInput(ValueError):
    """An argument that means nothing; its text says which."""


class Command(BaseCommand):
    """Prints the route that arrives first; exit status 2 and one line on stderr where there is none, or the input is no good."""

    help = "The route of a parcel that arrives first, over runs and the carrier. Exit status 2 and one line where there is none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("station", metavar="STATION_CODE", help="where the goods are, such as 430426101201V")
        parser.add_argument(
            "--to", required=True, metavar="CODE", help="a station's code, or a region's, short or full"
        )
        parser.add_argument("--weight-g", default=str(ONE_KILOGRAM), metavar="N", help="grams; 1000 by default")
        parser.add_argument("--chilled", action="store_true", help="the goods must stay cold")
        parser.add_argument(
            "--at", metavar="ISO_TIME", help="when they are ready; now by default, Shanghai time without an offset"
        )
        parser.add_argument("--format", choices=("table", "json"), default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            route = find_route(
                origin=_station(options["station"]),
                to=_place(options["to"]),
                weight_g=_grams(options["weight_g"]),
                chilled=options["chilled"],
                at=_time(options["at"]),
            )
        except (NoRoute, BadInput) as error:
            self._refuse(str(error))
        self.stdout.write(_as_json(route) if options["format"] == "json" else _as_table(route))

    def _refuse(self, line: str) -> NoReturn:
        self.stderr.write(line)
        sys.exit(NO_WAY)


def _station(code: str) -> Station:
    station = Station.objects.filter(code__iexact=code.strip()).first()
    if station is None:
        raise BadInput(_("No station has the code %(code)s.") % {"code": code})
    return station


def _place(code: str) -> Station | Region:
    station = Station.objects.filter(code__iexact=code.strip()).first()
    if station is not None:
        return station
    try:
        return Region.objects.all().find(code.strip())
    except UnknownRegion as error:
        raise BadInput(_("No station and no region has the code %(code)s.") % {"code": code}) from error


def _grams(text: str) -> int:
    grams = int(text) if str(text).isascii() and str(text).isdigit() else 0
    if not 0 < grams <= 2**31 - 1:
        raise BadInput(_("%(text)s is no weight in whole grams.") % {"text": text})
    return grams


def _time(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
        return moment if timezone.is_aware(moment) else timezone.make_aware(moment, timezone.get_default_timezone())
    except (ValueError, OverflowError) as error:
        raise BadInput(_("%(text)s is no time such as 2026-11-21T08:00.") % {"text": text}) from error


def _code(place: Station | Region) -> str:
    return place.code


def _local(moment: dt.datetime) -> dt.datetime:
    return timezone.localtime(moment, timezone.get_default_timezone())


def _as_json(route: Route) -> str:
    legs = [
        {
            "from": _code(leg.from_),
            "to": _code(leg.to),
            "depart": _local(leg.depart).isoformat(),
            "arrive": _local(leg.arrive).isoformat(),
            "cost_fen": leg.cost_fen,
        }
        for leg in route.legs
    ]
    answer = {"legs": legs, "arrive": _local(route.arrive).isoformat(), "cost_fen": route.cost_fen}
    return json.dumps(answer, ensure_ascii=False, indent=2)


def _as_table(route: Route) -> str:
    rows = [
        f"{_local(leg.depart):%Y-%m-%d %H:%M}  {_local(leg.arrive):%Y-%m-%d %H:%M}  {leg.cost_fen / 100:>9.2f}  {leg.from_} -> {leg.to}"
        for leg in route.legs
    ]
    total = f"{'':16}  {_local(route.arrive):%Y-%m-%d %H:%M}  {route.cost_fen / 100:>9.2f}"
    return "\n".join([*rows, total])
