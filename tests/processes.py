"""The processes that browser tests talk to: the web server as in production, and the stand-in for Stripe."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlparse

from django.conf import settings

from local.servers import OWNER, RUN_ROLE
from local.serving import granian

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60


class DidNotStart(Exception):
    """A process ended or stayed silent instead of serving."""


@contextmanager
def web_server(address: str = "", **environment: str) -> Iterator[str]:
    """Granian with the site at SITE_URL, on this run's database, as the role that owns none of it; yields the address.

    A second one takes an `address` of its own, and what differs in its environment.
    """
    name, url = ("web", str(settings.SITE_URL)) if not address else (f"web-{_port(address)}", address)
    command = granian(int(_port(url)), "--blocking-threads", "4", "--no-log")
    run = os.environ["DATABASE_URL"].replace(f"//{OWNER}@", f"//{RUN_ROLE}@")
    with _running(name, command, url + "/healthz", **{"DATABASE_URL": run, **environment}):
        yield url


@contextmanager
def stripe_stand_in(data: Path) -> Iterator[str]:
    """The stand-in for Stripe at STRIPE_API_BASE, which posts its webhooks to the web server; yields the address."""
    webhook = settings.SITE_URL + "/webhooks/stripe/"
    command = ["-m", "demo.stripe", "--port", _port(settings.STRIPE_API_BASE), "--data", str(data)]
    command += ["--webhook-url", webhook, "--webhook-secret", settings.STRIPE_WEBHOOK_SECRET]
    with _running("stripe", command, settings.STRIPE_API_BASE + "/"):
        yield str(settings.STRIPE_API_BASE)


@contextmanager
def _running(name: str, command: list[str], probe: str, **environment: str) -> Iterator[None]:
    log = Path(settings.VAR_DIR) / f"{name}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env={**os.environ, **environment}, stdout=output, stderr=output
        )
        try:
            _wait_until_served(process, probe, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_served(process: "subprocess.Popen[bytes]", probe: str, log: Path) -> None:
    """Return once `probe` is answered, with whatever status. Raises DidNotStart with the log's end."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(probe, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise DidNotStart(f"{probe} is not served. The end of {log}:\n{log.read_text()[-3000:]}")


def _port(url: str) -> str:
    return str(urlparse(url).port)
