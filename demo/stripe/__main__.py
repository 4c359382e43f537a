"""`python -m demo.stripe`: start the stand-in, say where it is, stop on SIGTERM or Ctrl-C."""

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from .api import Standin
from .server import HOST, Server, Sweeper
from .store import DataInUse, Store
from .webhooks import Deliverer, is_loopback

_PATIENCE = 5.0  # seconds that a stop waits for requests under way


def read_arguments() -> argparse.Namespace:
    """The command line, checked; exits with status 2 and one line on what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m demo.stripe", description="A stand-in for Stripe on loopback.")
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes any free one")
    parser.add_argument("--host", default=HOST, help="only 127.0.0.1 is taken")
    parser.add_argument("--data", type=Path, required=True, help="directory of its SQLite file; made if missing")
    parser.add_argument("--webhook-url", help="where events go, such as http://127.0.0.1:8000/webhooks/stripe/")
    parser.add_argument("--webhook-secret", help="the signing secret, whsec_...")
    parser.add_argument("--public-url", help="where buyers' browsers reach it, if not where the API's caller does")
    arguments = parser.parse_args()
    if arguments.host != HOST:
        parser.error(f"the stand-in serves {HOST} only: it has no real security and must not be reachable")
    if not 0 <= arguments.port <= 65535:
        parser.error("--port is 0 to 65535")
    if bool(arguments.webhook_url) != bool(arguments.webhook_secret):
        parser.error("--webhook-url and --webhook-secret belong together")
    if arguments.webhook_url and not is_loopback(arguments.webhook_url):
        parser.error("--webhook-url must be http:// on this machine (127.0.0.1, localhost)")
    if arguments.webhook_secret and not arguments.webhook_secret.startswith("whsec_"):
        parser.error("--webhook-secret begins with whsec_")
    return arguments


def main() -> int:
    """Run until told to stop; the exit status."""
    arguments = read_arguments()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s stripe-standin %(message)s")
    try:
        store = Store(arguments.data)
    except (DataInUse, OSError) as failure:
        reason = "another process uses it" if isinstance(failure, DataInUse) else str(failure)
        return _fail(f"cannot open {arguments.data}: {reason}")
    deliverer = None
    if arguments.webhook_url:
        deliverer = Deliverer(store, arguments.webhook_url, arguments.webhook_secret)
    standin = Standin(store, deliverer, public_url=(arguments.public_url or "").rstrip("/"))
    try:
        server = Server(arguments.port, standin)
    except OSError as failure:
        store.close()
        return _fail(f"cannot listen on {HOST}:{arguments.port}: {failure.strerror}; choose another --port")
    _run(server, standin, arguments.data)
    return 0


def _fail(reason: str) -> int:
    sys.stderr.write(f"Stripe stand-in: {reason}\n")
    return 1


def _run(server: Server, standin: Standin, data: Path) -> None:
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    sweeper = Sweeper(standin)
    threads = [sweeper, *([standin.deliverer] if standin.deliverer else [])]
    for thread in threads:
        thread.start()
    threading.Thread(target=server.serve_forever, name="server", daemon=True).start()
    sys.stdout.write(f"Stripe stand-in (demo, not Stripe) on http://{HOST}:{server.server_port}, data in {data}\n")
    sys.stdout.flush()
    stop.wait()
    server.shutdown()
    server.server_close()
    server.wait_until_idle(_PATIENCE)
    sweeper.stop()
    if standin.deliverer is not None:
        standin.deliverer.stop()
    for thread in threads:
        thread.join(_PATIENCE)
    standin.store.close()


if __name__ == "__main__":
    sys.exit(main())
