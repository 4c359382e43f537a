"""`make stop`: ends a running demo, and the servers that `make shell-env` left running."""

import contextlib
import fcntl
import os
import signal
import sys
import time
from pathlib import Path

from local import places, servers
from local.children import STOP_SECONDS, end_leftovers
from local.places import Place


def main() -> None:
    """Stop everything of this clone but test runs, which end by themselves."""
    place = places.demo()
    runner = runner_of(place)
    if runner:
        os.kill(runner, signal.SIGTERM)
        _wait_for_end(place)
    end_leftovers(place.folder / "children.json")
    (place.folder / "keep").unlink(missing_ok=True)
    with places.locked(place.folder / "servers.lock"):
        if not servers.in_use(place):
            servers.stop(place)
    print("Stopped.")


def runner_of(place: Place) -> int | None:
    """The process that runs `make start` in this clone, if any: whoever holds the start lock wrote its number there."""
    path: Path = place.folder / "start.lock"
    if not path.exists():
        return None
    with path.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(lock.read())
    return None


def _wait_for_end(place: Place) -> None:
    deadline = time.monotonic() + 2 * STOP_SECONDS
    while runner_of(place):
        if time.monotonic() > deadline:
            sys.exit("The running demo does not end. Its terminal may say why.")
        time.sleep(0.2)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
