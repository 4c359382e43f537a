"""What must be true before the demo's processes start: messages, tables, regions, goods and static files. Each step is skipped when done.

One process for all steps: loading Django takes longer than finding that nothing is to be done.
"""

import hashlib
import io
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection

from local.places import CLONE
from local.servers import OWNER, RUN_ROLE
from shop import catalogues


class Counted(io.TextIOBase):
    """Takes the output of `migrate` and shows how far it is: a count that moves in a terminal, a line each 50 elsewhere."""

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0

    def write(self, text: str) -> int:
        """Count what `migrate` reports as done."""
        if "OK" in text:
            self.done += 1
            last = self.done == self.total
            if sys.stdout.isatty():
                print(f"\r      {self.done} of {self.total} changes", end="\n" if last else "", flush=True)
            elif last or self.done % 50 == 0:
                print(f"      {self.done} of {self.total} changes", flush=True)
        return len(text)


def main() -> None:
    """Run the steps in order, each with its name and its seconds."""
    catalogues.compile_all(CLONE)  # before Django is set up: it reads a catalogue once
    django.setup()
    steps: list[tuple[str, Callable[[], object]]] = [
        ("Bringing the database up to date", _migrate),
        ("Loading the regions", _import_regions),
        ("Loading the demo", lambda: call_command("load_demo")),
        ("Collecting the static files", _collect_static),
    ]
    for number, (name, step) in enumerate(steps, 1):
        print(f"[{number}/{len(steps)}] {name} ...", flush=True)
        started = time.monotonic()
        try:
            step()
        except OperationalError as problem:
            sys.exit(f"{name} failed: the database does not answer. {str(problem).strip()}")
        except CommandError as problem:
            sys.exit(f"{name} failed: {problem}")
        seconds = time.monotonic() - started
        if seconds >= 1:
            print(f"      done in {seconds:.0f} s", flush=True)


def _migrate() -> None:
    """Apply the migrations that are missing; the first time there are two hundred."""
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        call_command("migrate", interactive=False, stdout=Counted(len(plan)))
    if connection.settings_dict["USER"] == OWNER:  # a server of one's own has roles of its own
        call_command("grant_run_role", RUN_ROLE)


def _import_regions() -> None:
    from stations.models import Region

    if not Region.objects.exists():
        call_command("import_regions")


def _collect_static() -> None:
    """Collect and compress static files when one of them has changed since the last time."""
    stamp = Path(settings.STATIC_ROOT).with_name("static.stamp")
    state = _state_of_static_files()
    if Path(settings.STATIC_ROOT).exists() and stamp.exists() and stamp.read_text() == state:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(state)


def _state_of_static_files() -> str:
    digest = hashlib.sha256((CLONE / "requirements-local.txt").read_bytes())
    for path in sorted(_own_static_files()):
        digest.update(f"{path}{path.stat().st_mtime_ns}".encode())
    return digest.hexdigest()


def _own_static_files() -> Iterator[Path]:
    for folder in set(CLONE.glob("*/static")) - {Path(settings.STATIC_ROOT)}:
        yield from (path for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
