"""Seal all personal data anew with the first key of PERSONAL_DATA_KEYS, so that the keys after it can be taken out."""

import argparse
import sys
import time

from django.core.management.base import BaseCommand, CommandError

from accounts.sealing import sealing_key
from sellers.resealing import SealsBroken, UnknownKeys, rebuild_index, reseal_all


class Command(BaseCommand):
    """Reseal; it can be run again at any time, and a second run changes nothing."""

    help = "Seal all personal data with the first key of PERSONAL_DATA_KEYS; with --index compute the duplicate index anew."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take --index, for a PERSONAL_DATA_INDEX_KEY that had to change."""
        parser.add_argument(
            "--index",
            action="store_true",
            help="compute the index of identity numbers anew with PERSONAL_DATA_INDEX_KEY (stop the site while it runs: until it "
            "is done, a family that is registered twice may go unnoticed)",
        )

    def handle(self, *args: object, **options: object) -> None:
        """Do it, and say how much there was and what can be removed now."""
        started = time.monotonic()
        try:
            done = (rebuild_index if options["index"] else reseal_all)(progress=self._show)
        except UnknownKeys as error:
            raise CommandError(f"Nothing was changed. {error} Add them, then run this again.") from error
        except SealsBroken as error:
            raise CommandError(f"{error} Everything else is done.") from error
        finally:
            if sys.stderr.isatty():
                sys.stderr.write("\r\033[K")
        seconds = time.monotonic() - started
        self.stdout.write(f"{done.seals:,} sealed values, {done.changed:,} made anew ({seconds:.1f} s).")
        if not options["index"]:
            self.stdout.write(
                f"All are sealed with {sealing_key()}: any other key can be taken out of PERSONAL_DATA_KEYS."
            )

    def _show(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done:>9,} of {total:,}")
            sys.stderr.flush()
