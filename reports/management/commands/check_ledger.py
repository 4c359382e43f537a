"""`manage.py check_ledger`: recompute the ledger independently and name what differs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reports.audit import LEDGER_CHECKS, differences


class Command(BaseCommand):
    help = "Recomputes the ledger in plain SQL; exits with 1 and names what differs."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(differences(LEDGER_CHECKS))
        for line in found:
            self.stderr.write(line)
        if found:
            raise CommandError(f"{len(found)} differences.", returncode=1)
        self.stdout.write(f"{len(LEDGER_CHECKS)} checks of the ledger, no difference.")
