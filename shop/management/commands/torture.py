"""`manage.py torture`: kills the real web server, worker and stand-in at chosen points of buying, refunds and payouts, and audits."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Kills web server, worker or Stripe's stand-in at each point of checkout, refund and payout, on servers of its own, and audits."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--points", type=int, default=1000, help="how many points")
        parser.add_argument("--seed", type=int, help="the order of the points; printed, so that a run can be repeated")
        parser.add_argument("--only", default="", help="one point again, as it was printed: 'buy web statement 17'")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("A production is not tortured.")
        from torture.servers import run_apart

        seed = options["seed"] if options["seed"] is not None else secrets.randbelow(10**6)
        if run_apart(max(options["points"], 1), seed, options["only"]):
            raise CommandError(f"Something was lost, double or unbalanced. Again with --seed {seed}.")
