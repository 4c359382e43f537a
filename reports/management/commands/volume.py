"""`manage.py volume`: the transaction volume of a region."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reports import tables
from reports.months import BadMonth, parse_month
from reports.volume import GROUPINGS, volume_of
from stations.models import Region
from stations.models.region import UnknownRegion

FORMATS = {"table": tables.as_table, "json": tables.as_json, "csv": tables.as_csv}


class Command(BaseCommand):
    help = "Prints the transaction volume of a region, month by month or by region below it, category or channel."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--region", required=True, help="a region's code, short (43, 4304, 430426) or in twelve digits"
        )
        parser.add_argument("--from", dest="first", required=True, help="first month, as 2026-01")
        parser.add_argument("--to", dest="last", required=True, help="last month, included")
        parser.add_argument("--by", choices=GROUPINGS, default="month")
        parser.add_argument("--format", choices=list(FORMATS), default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            region = Region.objects.find(options["region"])
            first, last = parse_month(options["first"]), parse_month(options["last"])
        except UnknownRegion as error:
            raise CommandError(f"No region has the code {error}.", returncode=2) from error
        except BadMonth as error:
            raise CommandError(str(error), returncode=2) from error
        if first > last:
            raise CommandError("--from is after --to.", returncode=2)
        volume = volume_of(region, first_month=first, last_month=last, by=options["by"])
        self.stdout.write(FORMATS[options["format"]](volume), ending="")
