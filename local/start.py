"""`make start`: the whole marketplace on this machine, until Ctrl-C."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from types import FrameType

from local import environment, places, ports, programs, servers
from local.children import Children, end_leftovers
from local.places import CLONE, Place
from local.serving import granian

WEB_SECONDS = 60
# The name before @daylily.example, and who it is; the password is the same for all.
ACCOUNTS = {
    "buyer": "a city buyer",
    "farmer": "a farmer with a store",
    "village": "staff of a village point",
    "township": "staff of a township station",
    "county": "staff of the county centre",
    "official": "county official",
    "prefecture": "prefecture official",
    "province": "province official",
    "moderator": "publishes pages",
    "operator": "runs the platform",
}


class Stopped(BaseException):
    """Somebody asked the demo to stop: Ctrl-C, a closed terminal or SIGTERM."""


class ChildEnded(Exception):
    """A process of the demo ended by itself; the message says which, and shows its log."""


def main() -> None:
    """Run the demo. Exit code 0 when asked to stop, 1 when something failed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    place = places.demo()
    try:
        with alone(place):
            run(place)
    except Stopped:
        print("\nStopped. The data stays; `make start` goes on with it, `make reset` throws it away.")
    except (ChildEnded, programs.ServerFailed, places.FolderNotOurs) as problem:
        sys.exit(f"\n{problem}")


def run(place: Place) -> None:
    """Start servers, bring the data up to date, start the processes, and watch them."""
    for name in end_leftovers(place.folder / "children.json"):
        print(f"Ended the process '{name}' that a killed run left behind.")
    port = ports.check(os.environ.get("PORT") or str(environment.DEFAULT_PORT))
    named = {name for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    children = Children(places.made(place.folder / "logs"), place.folder / "children.json")
    with contextlib.ExitStack() as stack:
        running = None
        if named != {"DATABASE_URL", "REDIS_URL"}:
            print("Starting PostgreSQL and Redis ...", flush=True)
            running = stack.enter_context(servers.using(place))
            running.ensure_database("daylily")
        stack.callback(children.stop)
        stack.callback(_ignore_signals)  # runs first
        variables = environment.demo_environment(running, port=port, stripe_port=ports.free_port(port + 1))
        _prepare(variables)
        stack.enter_context(environment.published(variables))
        _start_all(children, environment.run_environment(variables, running), port=port)
        _wait_until_served(children, f"http://127.0.0.1:{port}/healthz")
        print(welcome(port, variables), flush=True)
        watch(children, running)


@contextlib.contextmanager
def alone(place: Place) -> Iterator[None]:
    """Hold this clone's start lock. Ends the program with one line when another start holds it."""
    with (place.folder / "start.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            sys.exit(
                f"Daylily is running from this folder already (process {lock.read() or 'unknown'})."
                " Stop it with Ctrl-C there, or with `make stop` here."
            )
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def watch(children: Children, running: servers.Servers | None) -> None:
    """Return never; raise ChildEnded when a process or one of our servers ends."""
    while True:
        _raise_if_ended(children)
        gone = servers.ended(running.place) if running else None
        if running and gone:
            raise ChildEnded(
                f"{gone} ended by itself, so everything else was stopped too. Its log is in {running.place.sockets}."
            )
        time.sleep(0.5)


def welcome(port: int, variables: dict[str, str]) -> str:
    """What the terminal shows once the site answers."""
    rows = "\n".join(f"  {name + '@daylily.example':<30}{who}" for name, who in ACCOUNTS.items())
    address = f"http://localhost:{port}"
    return f"""
Daylily runs at {address}/   (English: {address}/en/)
  /office/ halls and campaigns    /desk/ stations    /my-store/ farmers    /volume/ figures    /admin/ the platform

Demo accounts, password daylily-demo:
{rows}

Payments go to a stand-in for Stripe at {variables["STRIPE_API_BASE"]}. Logs: var/logs/. Ctrl-C stops everything; the data stays.
"""


def _prepare(variables: dict[str, str]) -> None:
    """Run local.prepare in a process of its own, which ends with this one."""
    process = subprocess.Popen(
        [sys.executable, "-m", "local.prepare"], cwd=CLONE, env={**os.environ, **variables}, start_new_session=True
    )
    try:
        if process.wait():
            raise ChildEnded(
                "Daylily did not start, for the reason above. Nothing keeps running. `make start` tries again from that step."
            )
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def _start_all(children: Children, variables: dict[str, str], *, port: int) -> None:
    python, stripe = sys.executable, variables["STRIPE_API_BASE"].rpartition(":")[2]
    threads = ["--workers", str(min(4, os.cpu_count() or 1)), "--blocking-threads", "4"]
    web = [python, *granian(port, *threads)]
    stand_in = [python, "-m", "demo.stripe", "--port", stripe, "--data", str(places.made(CLONE / "var" / "stripe"))]
    webhook = [
        "--webhook-url",
        f"http://127.0.0.1:{port}/webhooks/stripe/",
        "--webhook-secret",
        variables["STRIPE_WEBHOOK_SECRET"],
    ]
    print("Starting the web server, the worker and the stand-in for Stripe ...", flush=True)
    children.start("stripe", [*stand_in, *webhook], cwd=CLONE, env=variables)
    children.start("worker", [python, "manage.py", "procrastinate", "worker"], cwd=CLONE, env=variables)
    children.start("web", web, cwd=CLONE, env=variables)


def _wait_until_served(children: Children, url: str) -> None:
    deadline = time.monotonic() + WEB_SECONDS
    while time.monotonic() < deadline:
        _raise_if_ended(children)
        with contextlib.suppress(OSError):
            try:
                urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own loopback address
            except urllib.error.HTTPError as answer:
                raise ChildEnded(
                    f"The site answers {url} with {answer.code}. The end of its log:\n{children.tail('web')}"
                ) from answer
            return
        time.sleep(0.2)
    raise ChildEnded(
        f"The site did not answer within {WEB_SECONDS} seconds. The end of its log:\n{children.tail('web')}"
    )


def _raise_if_ended(children: Children) -> None:
    name = children.ended()
    if name:
        log, code = children.log(name).relative_to(CLONE), children.running[name].returncode
        raise ChildEnded(
            f"The process '{name}' ended by itself (code {code}), so the others were stopped too."
            f" The end of {log}:\n{children.tail(name)}"
        )


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _ignore_signals() -> None:
    """From here on we are stopping; a second Ctrl-C must not leave half of it running."""
    print("\nStopping ...", flush=True)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    main()
