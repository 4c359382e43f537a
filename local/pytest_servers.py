"""Pytest plugin: gives each run of the suite its own database and Redis number on the embedded test servers.

Loaded by `-p local.pytest_servers` (pyproject.toml) before pytest-django reads the settings, so the environment is complete by then.
Runs at the same time share the servers and differ in their slot; the slot's lock ends with its process.
"""

import atexit
import fcntl
import os
import sys
from pathlib import Path
from typing import IO

from local import places, ports, programs, servers
from shop import catalogues

SLOTS = 60
_held: list[IO[str]] = []


def pytest_addoption() -> None:
    """Take a slot as soon as pytest has loaded this plugin; each worker of pytest-xdist its own, other processes their parent's."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if os.environ.get("DAYLILY_TEST_WORKER") != worker:
        _prepare()
        os.environ["DAYLILY_TEST_WORKER"] = worker


def _prepare() -> None:
    # Before Django is set up: it reads a catalogue once, and in a new clone none is compiled yet.
    catalogues.compile_all(places.CLONE)
    place = places.test()
    if servers.ended(place):
        sys.stderr.write("Starting the test servers ...\n")
    try:
        users = servers.join(place)
    except (programs.ServerFailed, places.FolderNotOurs) as problem:
        raise SystemExit(f"The test servers can't run: {problem}") from problem
    atexit.register(servers.leave, place, users)
    slot = _take_slot(places.made(place.folder / "slots"))
    running = servers.Servers(place)
    var = places.made(place.folder / f"var-{slot}")
    places.made(var / "static")  # whitenoise warns when it is missing
    os.environ.update(
        DAYLILY_ENV="test",
        DAYLILY_TEST_SLOT=str(slot),
        DATABASE_URL=running.database_url(f"test_daylily_{slot}"),
        REDIS_URL=running.redis_url(slot),
        VAR_DIR=str(var),
        SITE_URL=f"http://localhost:{ports.free_port()}",
        STRIPE_API_BASE=f"http://localhost:{ports.free_port()}",
    )


def _take_slot(folder: Path) -> int:
    """The lowest number from 1 that no other run holds."""
    for slot in range(1, SLOTS + 1):
        handle = (folder / str(slot)).open("a")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            continue
        _held.append(handle)
        return slot
    raise SystemExit(f"{SLOTS} runs of the test suite are going on already.")
