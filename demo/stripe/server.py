"""The HTTP server: one thread a connection, on loopback only."""

import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from time import monotonic
from typing import cast

from . import api, control, hosted, pages
from .api import Request, Standin
from .books import PLATFORM
from .errors import BodyRefused
from .faults import AnswerLost
from .replies import Reply, as_json, page
from .texts import language_of

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
_LONGEST_BODY = 1_000_000  # bytes
_FORM = "application/x-www-form-urlencoded"
_ASSETS = {
    f"/assets/{name}": Reply(
        200,
        (Path(__file__).parent / "assets" / name).read_bytes(),
        {"Content-Type": kind, "Cache-Control": "max-age=300", "X-Content-Type-Options": "nosniff"},
    )
    for name, kind in (("standin.css", "text/css; charset=utf-8"), ("icon.svg", "image/svg+xml"))
}


class Server(ThreadingHTTPServer):
    """Accepts on 127.0.0.1 and counts the requests under way, so that a stop can wait for them."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, standin: Standin) -> None:
        self.standin = standin
        self._busy = 0
        self._idle = threading.Condition()
        super().__init__((HOST, port), Exchange)

    def server_bind(self) -> None:
        """Bind without asking the name service for the host's full name, which can take long offline."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, int(self.server_address[1])

    def begin(self) -> None:
        """A request is under way."""
        with self._idle:
            self._busy += 1

    def end(self) -> None:
        """It is answered."""
        with self._idle:
            self._busy -= 1
            self._idle.notify_all()

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait for the requests under way; whether all were answered in time."""
        with self._idle:
            return self._idle.wait_for(lambda: self._busy == 0, seconds)


class Exchange(BaseHTTPRequestHandler):
    """One connection: read a request, answer it, keep the line open."""

    protocol_version = "HTTP/1.1"
    server_version = "Daylily-Stripe-stand-in"
    sys_version = ""
    timeout = 75  # seconds that an idle line stays open
    wbufsize = -1  # head and body leave in one piece
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer a GET."""
        self._exchange()

    def do_POST(self) -> None:
        """Answer a POST."""
        self._exchange()

    def _exchange(self) -> None:
        server = cast(Server, self.server)
        server.begin()
        started = monotonic()
        try:
            reply = self._reply(server.standin)
            self._write(reply)
            self.wfile.flush()
            log.info("%s %s %d %.1f ms", self.command, self.path, reply.status, 1000 * (monotonic() - started))
        except AnswerLost as lost:
            log.info("%s %s answered, and the answer lost", self.command, lost)
            self.close_connection = True
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            self.close_connection = True
        finally:
            server.end()

    def _reply(self, standin: Standin) -> Reply:
        path, _, query = self.path.partition("?")
        try:
            body = self._body()
            request = Request(self.command, path, query if self.command == "GET" else body, self.headers)
            return _dispatch(standin, request)
        except BodyRefused as refusal:
            self.close_connection = True  # what is left of the body must not be read as the next request
            return as_json(400, refusal.body())
        except AnswerLost:
            raise
        except Exception:
            log.exception("%s %s failed", self.command, path)
            if path.startswith("/c/"):
                return page(500, pages.broken_page(language_of(None, self.headers.get("Accept-Language", ""))))
            return as_json(500, {"error": {"type": "api_error", "message": "The stand-in failed; its log says why."}})

    def _body(self) -> str:
        if self.headers.get("Transfer-Encoding"):
            raise BodyRefused("Send a Content-Length; chunked bodies are not read here.")
        length = self.headers.get("Content-Length") or "0"
        if not length.isascii() or not length.isdigit() or int(length) > _LONGEST_BODY:
            raise BodyRefused(f"A body has at most {_LONGEST_BODY} bytes.")
        raw = self.rfile.read(int(length))
        kind = self.headers.get("Content-Type", _FORM).partition(";")[0].strip().lower()
        if raw and kind != _FORM:
            raise BodyRefused(f"Send bodies as {_FORM}, not {kind}.")
        try:
            return raw.decode("ascii")
        except UnicodeDecodeError as broken:
            raise BodyRefused("A form-encoded body is ASCII.") from broken

    def _write(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the base class's own lines off standard error: requests are logged once, above."""
        log.debug(format, *args)


def _dispatch(standin: Standin, request: Request) -> Reply:
    path = request.path
    if path.startswith("/v1/"):
        answered = api.answer(standin, request)
        return as_json(answered.status, answered.body, answered.headers)
    if path.startswith("/_standin/"):
        answered = control.answer(standin, request)
        return as_json(answered.status, answered.body)
    if path.startswith("/c/pay/"):
        return hosted.answer(standin, request)
    if request.method == "GET" and path == "/healthz":
        with standin.store.transaction():
            standin.store.next_delivery()
        return as_json(200, {"status": "ok"})
    if request.method == "GET" and path in _ASSETS:
        return _ASSETS[path]
    return page(404, pages.missing_page(language_of(None, request.headers.get("Accept-Language", ""))))


class Sweeper(threading.Thread):
    """Ends overdue sessions and authorisations, every second."""

    def __init__(self, standin: Standin) -> None:
        super().__init__(name="sweeper", daemon=True)
        self._standin = standin
        self._stopped = threading.Event()

    def run(self) -> None:
        """Sweep until stopped."""
        while not self._stopped.wait(1.0):
            try:
                with self._standin.store.transaction():
                    ended = api.close_overdue(self._standin.books(PLATFORM))
                if ended:
                    self._standin.wake()
            except Exception:  # one bad sweep must not end all later ones
                log.exception("sweep failed")

    def stop(self) -> None:
        """Sweep no more."""
        self._stopped.set()
