"""`manage.py check_tally`: recount the goods on sale, compare with the tally that lists read, and mend it if asked to."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.tally import differences, recount


class Command(BaseCommand):
    help = "Compares the tally of goods with a recount; with --mend it is made anew where they differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mend", action="store_true", help="make the tally anew if it is not what a recount finds")

    def handle(self, *args: Any, **options: Any) -> None:
        found = differences()
        for category_id, one, other, tallied, counted in found[:20]:
            self.stdout.write(
                f"category {category_id}, {one or '-'} {other or '-'}: {tallied} in the tally, {counted} counted"
            )
        if not found:
            self.stdout.write("The tally is what a recount finds.")
        elif options["mend"]:
            recount()
            self.stdout.write(f"{len(found)} figures differed; the tally was made anew.")
        else:
            raise CommandError(f"{len(found)} figures differ. --mend makes the tally anew.")
