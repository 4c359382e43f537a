"""The three processes that are killed: started, found dead, started again, and let come to rest.

They are forked by a fourth that has loaded the site (torture.warm) and is never killed; those that were not killed live on.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlparse

import psycopg

from local.serving import granian
from torture.points import FOLDER

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS, QUIET_SECONDS = 90, 120
GLANCE = 0.03  # seconds between two looks
WORKER = ["manage.py", "procrastinate", "worker", "--shutdown-graceful-timeout", "5"]


class NotQuiet(Exception):
    """Something is still to be done, or cannot be done, after QUIET_SECONDS."""


class Running:
    """A process that another has forked: whether it is over, and its end, by a handle that no later process inherits."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._handle: int | None = os.pidfd_open(pid)
        except ProcessLookupError:
            self._handle = None

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        if self._handle is not None and select.select([self._handle], [], [], 0)[0]:
            os.close(self._handle)
            self._handle = None
        return self._handle is None

    def kill(self) -> None:
        """End it and all of its group, and wait until it has."""
        if not self.is_over:
            os.killpg(self.pid, signal.SIGKILL)
            while not self.is_over:
                time.sleep(GLANCE)


@dataclass
class Processes:
    """`environment` is what they read; `owner` connects as the owner of the tables, for what a clock would do."""

    environment: dict[str, str]
    owner: str
    folder: Path
    running: dict[str, "Running"] = field(default_factory=dict)
    revived: int = 0
    warm: "subprocess.Popen[str] | None" = None

    @property
    def site(self) -> str:
        """The shop's address."""
        return self.environment["SITE_URL"]

    @property
    def stripe(self) -> str:
        """The stand-in's address."""
        return self.environment["STRIPE_API_BASE"]

    def start(self) -> None:
        """Start all three, the stand-in first."""
        for name in ("stripe", "web", "worker"):
            self._start(name)
        self._wait_until_served()

    def stop(self) -> None:
        """End what runs."""
        for process in self.running.values():
            process.kill()
        self.running.clear()
        if self.warm is not None and self.warm.stdin is not None:
            self.warm.stdin.close()
            self.warm.wait(20)
            self.warm = None

    def dead(self) -> list[str]:
        """Who has died."""
        return [name for name, process in self.running.items() if process.is_over]

    def revive(self) -> bool:
        """Start again whoever died; whether somebody had."""
        gone = self.dead()
        for name in gone:
            self.revived += 1
            if name == "worker":  # half a minute later it is known to be dead
                with psycopg.connect(self.owner, autocommit=True) as database:
                    database.execute(_NO_BEAT)
            self._start(name)
        if gone:
            self._wait_until_served()
        if "worker" in gone:  # what it was at is given back at once, not when the rescue next comes by
            with psycopg.connect(self.owner, autocommit=True) as database:
                self._hasten(database)
        return bool(gone)

    def come_to_rest(self) -> None:
        """Wait until no job and no webhook waits; a dead worker's jobs are given back, and retries come at once. Raises NotQuiet."""
        deadline = time.monotonic() + QUIET_SECONDS
        with psycopg.connect(self.owner, autocommit=True) as database:
            while time.monotonic() < deadline:
                self.revive()
                self._hasten(database)
                waiting = database.execute(_WAITING).fetchone()
                if waiting == (0,) and not self._webhooks_wait():
                    return
                time.sleep(GLANCE)
            rows = database.execute(
                "SELECT id, status, task_name, attempts FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed') LIMIT 9"
            )
            raise NotQuiet(f"Still to be done after {QUIET_SECONDS} s: {rows.fetchall()}")

    def _hasten(self, database: "psycopg.Connection[tuple[object, ...]]") -> None:
        """The minutes pass at once: a dead worker's jobs are given back (by the site's own job), what is to be tried later is tried now."""
        if database.execute(_STALLED).fetchone() != (0,):
            database.execute(_RESCUE)
        database.execute(_HASTEN)

    def _webhooks_wait(self) -> bool:
        request = urllib.request.Request(
            self.stripe + "/_standin/webhooks",
            headers={"Authorization": f"Bearer {self.environment['STRIPE_SECRET_KEY']}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return any(row["delivered"] is None for row in json.load(answer)["data"])
        except OSError:
            return True

    def _start(self, name: str) -> None:
        port = {"web": urlparse(self.site).port, "stripe": urlparse(self.stripe).port}.get(name)
        arguments = {
            "web": granian(port or 0, "--workers", "1", "--blocking-threads", "2", "--no-log"),
            "worker": WORKER,
            "stripe": ["-m", "torture.standin", "--port", str(port), "--data", str(self.folder / "stripe")]
            + ["--webhook-url", self.site + "/webhooks/stripe/"]
            + ["--webhook-secret", self.environment["STRIPE_WEBHOOK_SECRET"]],
        }[name]
        wanted = {"name": name, "arguments": arguments, "log": str(self.folder / f"{name}.log")}
        self.running[name] = Running(int(self._ask_warm(json.dumps(wanted))))

    def _ask_warm(self, line: str) -> str:
        """A line to the process that forks the others, which is started first, and its answer."""
        if self.warm is None:
            more = {FOLDER: str(self.folder), "DJANGO_SETTINGS_MODULE": "torture.settings"}
            with (self.folder / "warm.log").open("ab") as log:
                self.warm = subprocess.Popen(
                    [sys.executable, "-m", "torture.warm"], cwd=ROOT, env={**os.environ, **self.environment, **more},
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True,
                )  # fmt: skip
            assert self.warm.stdout is not None
            if self.warm.stdout.readline().strip() != "warm":
                raise NotQuiet(f"The site could not be loaded; see {self.folder}.")
        assert self.warm.stdin is not None and self.warm.stdout is not None
        self.warm.stdin.write(line + "\n")
        self.warm.stdin.flush()
        return self.warm.stdout.readline()

    def _wait_until_served(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        for address in (self.stripe + "/healthz", self.site + "/healthz"):
            while not _answers(address):
                if time.monotonic() > deadline:
                    raise NotQuiet(f"{address} is not served; see {self.folder}.")
                for name in self.dead():  # killed while it started: an armed point may lie there
                    self._start(name)
                time.sleep(GLANCE)


# The clock's own work (periodic jobs) comes by itself and is no rest to wait for; nor are texts, of which a telephone gets one in half a
# minute and five in an hour, however many refunds and payouts there are.
_TEXTS = "('aftersales.text_seller', 'sellers.tell_of_money')"
_WAITING = f"""
SELECT count(*)::int FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name NOT IN {_TEXTS}
AND task_name NOT IN ('orders.every_minute', 'orders.every_hour', 'orders.every_night', 'shop.rescue_stalled')
"""
_HASTEN = f"""
UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo' AND scheduled_at > now() AND task_name NOT IN {_TEXTS}
"""
_NO_BEAT = "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"
_STALLED = """
SELECT count(*)::int FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - interval '30 seconds')
"""
_RESCUE = """
INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, status, args)
SELECT 'default', 'shop.rescue_stalled', 'torture', 'todo', '{"timestamp": 0}'
WHERE NOT EXISTS (SELECT FROM procrastinate_jobs WHERE queueing_lock = 'torture' AND status IN ('todo', 'doing'))
"""


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
