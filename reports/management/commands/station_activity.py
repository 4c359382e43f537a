"""`manage.py station_activity --since 2026-01-01`: count the days of the stations again."""

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from reports.activity import count_days

MONTH = dt.timedelta(days=30)


class Command(BaseCommand):
    help = "Counts what each station did on each day since a date: stores opened, parcels, sales. Can be run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", required=True, help="the first day, such as 2026-01-01")

    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.localdate()
        try:
            first = dt.date.fromisoformat(options["since"])
        except ValueError as error:
            raise CommandError(f"{options['since']!r} is no day: write it as 2026-01-01.") from error
        if first > today:
            raise CommandError(f"{first} is still to come.")
        written, start = 0, first
        while start <= today:
            end = min(start + MONTH, today)
            written += count_days(start, end)
            self.stdout.write(f"{start} to {end}: counted")
            start = end + dt.timedelta(days=1)
        self.stdout.write(f"{written} days of stations written; the others were right.")
