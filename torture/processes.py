"""The three processes that are killed: started, found dead, started again, and let come to rest."""

import json
import os
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

from torture.points import FOLDER, PROCESS

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS, QUIET_SECONDS = 90, 120
WORKER = ["manage.py", "procrastinate", "worker", "--shutdown-graceful-timeout", "5"]


class NotQuiet(Exception):
    """Something is still to be done, or cannot be done, after QUIET_SECONDS."""


@dataclass
class Processes:
    """`environment` is what they read; `owner` connects as the owner of the tables, for what a clock would do."""

    environment: dict[str, str]
    owner: str
    folder: Path
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    revived: int = 0

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
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(20)
        self.running.clear()

    def dead(self) -> list[str]:
        """Who has died."""
        return [name for name, process in self.running.items() if process.poll() is not None]

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
                time.sleep(0.1)
            rows = database.execute(
                "SELECT id, status, task_name, attempts FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed') LIMIT 9"
            )
            raise NotQuiet(f"Still to be done after {QUIET_SECONDS} s: {rows.fetchall()}")

    def _hasten(self, database: "psycopg.Connection[tuple[object, ...]]") -> None:
        """The minutes pass at once: a dead worker's jobs are given back (by the site's own job), what is to be tried later is tried now."""
        if database.execute(_STALLED).fetchone() != (0,):
            database.execute(_RESCUE)
        database.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo' AND scheduled_at > now()"
        )

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
        command = {
            "web": [
                "-m",
                "granian",
                "--interface",
                "wsgi",
                "--host",
                "127.0.0.1",
                "--port",
                str(port),
                "--workers",
                "1",
            ]
            + ["--blocking-threads", "2", "--no-log", "shop.wsgi:application"],
            "worker": WORKER,
            "stripe": ["-m", "torture.standin", "--port", str(port), "--data", str(self.folder / "stripe")]
            + ["--webhook-url", self.site + "/webhooks/stripe/"]
            + ["--webhook-secret", self.environment["STRIPE_WEBHOOK_SECRET"]],
        }[name]
        more = {FOLDER: str(self.folder), PROCESS: name, "DJANGO_SETTINGS_MODULE": "torture.settings"}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env={**os.environ, **self.environment, **more},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def _wait_until_served(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        for address in (self.stripe + "/healthz", self.site + "/healthz"):
            while not _answers(address):
                if time.monotonic() > deadline:
                    raise NotQuiet(f"{address} is not served; see {self.folder}.")
                for name in self.dead():  # killed while it started: an armed point may lie there
                    self._start(name)
                time.sleep(0.05)


# The clock's own work (periodic jobs) comes by itself and is no rest to wait for.
_WAITING = """
SELECT count(*)::int FROM procrastinate_jobs WHERE status IN ('todo', 'doing')
AND task_name NOT IN ('orders.every_minute', 'orders.every_hour', 'orders.every_night', 'shop.rescue_stalled')
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
