"""`manage.py simulate`: a large marketplace, for measuring."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from demo.load import NotADemo
from demo.simulate import simulate


class Command(BaseCommand):
    help = "Fills the database up to so many simulated stores and products of many counties. Refuses in production."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--stores", type=int, default=6000, help="how many simulated stores there shall be")
        parser.add_argument("--products", type=int, default=50_000, help="how many simulated products there shall be")
        parser.add_argument(
            "--no-pictures", action="store_true", help="goods without a picture, where there are none yet"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if min(options["stores"], options["products"]) < 1:
            raise CommandError("At least one store and one product.")
        try:
            stores, products = simulate(
                stores=options["stores"], products=options["products"], pictures=not options["no_pictures"]
            )
        except NotADemo as error:
            raise CommandError(str(error)) from error
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        self.stdout.write(f"{stores} stores and {products} products were added.")
