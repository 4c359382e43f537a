"""`manage.py load_demo`: fill an empty database with the demo."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from demo.load import ORDERS, NotADemo, load_demo


class Command(BaseCommand):
    help = "Loads the demo once: stations, people, stores, goods, halls and a year of orders. Refuses in production."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--orders", type=int, default=ORDERS, help="how many orders the past year gets")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_demo(orders=options["orders"])
        except NotADemo as error:
            raise CommandError(str(error)) from error
        self.stdout.write("The demo is loaded." if loaded else "The demo was loaded before; nothing changed.")
