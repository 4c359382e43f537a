"""`manage.py check_volume`: recompute the volume independently and name what differs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reports.audit import VOLUME_CHECKS, differences


class Command(BaseCommand):
    help = "Recomputes the volume in plain SQL; exits with 1 and names what differs."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(differences(VOLUME_CHECKS))
        for line in found:
            self.stderr.write(line)
        if found:
            raise CommandError(f"{len(found)} differences.", returncode=1)
        self.stdout.write(f"{len(VOLUME_CHECKS)} checks of the volume, no difference.")
