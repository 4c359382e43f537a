"""`manage.py torture`: kills the real web server, worker and stand-in at chosen points of buying, and audits what is left."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Kills web server, worker or Stripe's stand-in at each point of checkout, payment and refund, on servers of its own, and audits."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--points", type=int, default=1000, help="how many points")
        parser.add_argument("--seed", type=int, help="the order of the points; printed, so that a run can be repeated")
        parser.add_argument("--only", default="", help="one point again, as it was printed: 'web statement 17'")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("A production is not tortured.")
        from torture.run import main

        seed = options["seed"] if options["seed"] is not None else secrets.randbelow(10**6)
        if faults := main(max(options["points"], 1), seed, options["only"]):
            raise CommandError(f"{len(faults)} faults. Again with --seed {seed}:\n" + "\n".join(faults[:20]))
