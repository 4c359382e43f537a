"""Who plays in these tests: the stand-in as a real process, the shop's webhook receiver, and a buyer with a browser."""

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import stripe
from stripe.checkout import Session
from stripe.params.checkout import SessionCreateParams

SECRET = "whsec_daylily_tests"
KEY = "sk_test_daylily_tests"
PAID, DECLINED, NO_FUNDS = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0000 0000 9995"
ROOT = Path(__file__).parents[2]

T = TypeVar("T")


def wait_for(ask: Callable[[], T], *, seconds: float = 10.0) -> T:
    """Ask until the answer is true and return it; fails the test after so many seconds."""
    end = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return answer


@dataclass
class Received:
    """One webhook as it came in: the event if its signature is right."""

    event: stripe.Event
    at: float
    body: bytes
    header: str


class Receiver:
    """The shop's webhook address: checks each signature as the SDK does and answers what `statuses` says, then 200."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.forged: list[bytes] = []
        self.statuses: list[int] = []
        receiver = self

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.take(body, self.headers["Stripe-Signature"]))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/stripe/"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def take(self, body: bytes, header: str) -> int:
        """Check and keep a webhook; the status to answer."""
        try:
            event = stripe.Webhook.construct_event(body, header, SECRET)
        except stripe.SignatureVerificationError:
            self.forged.append(body)
            return 400
        self.received.append(Received(event, time.monotonic(), body, header))
        return self.statuses.pop(0) if self.statuses else 200

    def kinds(self) -> list[str]:
        """The types of the events received, in order."""
        return [each.event.type for each in self.received]

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Page:
    """What a browser got: status, text, headers (lower case)."""

    status: int
    text: str
    headers: dict[str, str]


def fetch(url: str, *, form: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> Page:
    """GET the address, or POST the form to it; redirects are not followed."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    sent = dict(headers or {})
    body = None
    if form is not None:
        body = urlencode(form)
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request("GET" if form is None else "POST", target, body, sent)
        response = connection.getresponse()
        got = {name.lower(): value for name, value in response.getheaders()}
        return Page(response.status, response.read().decode(), got)
    finally:
        connection.close()


@dataclass
class Standin:
    """The stand-in as a real process on a free port, with its data where a restart finds it."""

    data: Path
    webhook_url: str | None = None
    public_url: str | None = None
    port: int = 0
    process: subprocess.Popen[str] | None = None
    lines: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Standin":
        """Start it and wait for the line that it prints; the first start chooses the port."""
        command = [sys.executable, "-m", "demo.stripe", "--port", str(self.port), "--data", str(self.data)]
        if self.webhook_url:
            command += ["--webhook-url", self.webhook_url, "--webhook-secret", SECRET]
        if self.public_url:
            command += ["--public-url", self.public_url]
        with (self.data.parent / "standin.log").open("a") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, "PYTHONUTF8": "1"}
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("Stripe stand-in"), self.log()
        self.lines.append(line)
        self.port = int(line.split(" on http://127.0.0.1:")[1].split(",")[0])
        return self

    def stop(self) -> int:
        """SIGTERM, and its exit status."""
        assert self.process is not None
        self.process.terminate()
        return self._gone()

    def kill(self) -> None:
        """SIGKILL: the machine lost power."""
        assert self.process is not None
        self.process.kill()
        self._gone()

    def _gone(self) -> int:
        assert self.process is not None and self.process.stdout is not None
        status = self.process.wait(15)
        self.lines += self.process.stdout.readlines()
        self.process.stdout.close()
        self.process = None
        return status

    def log(self) -> str:
        """What it logged so far."""
        return (self.data.parent / "standin.log").read_text()

    def client(self, account: str | None = None, key: str = KEY, version: str | None = None) -> stripe.StripeClient:
        """The official SDK's client, pointed here and told not to retry by itself."""
        return stripe.StripeClient(
            key, stripe_account=account, stripe_version=version, base_addresses={"api": self.url}, max_network_retries=0
        )

    def control(self, path: str, **form: object) -> Any:
        """POST to the stand-in's own switches below `/_standin/`, or GET them when there is nothing to send."""
        sent = {name: str(value) for name, value in form.items()}
        page = fetch(f"{self.url}/_standin/{path}", form=sent, headers={"Authorization": f"Bearer {KEY}"})
        assert page.status == 200, page.text
        return json.loads(page.text)

    def deliveries(self) -> list[dict[str, Any]]:
        """The webhook deliveries, as `/_standin/webhooks` lists them."""
        page = fetch(f"{self.url}/_standin/webhooks", headers={"Authorization": f"Bearer {KEY}"})
        found: list[dict[str, Any]] = json.loads(page.text)["data"]
        return found

    def pay(self, session: Session, way: str = "card", number: str = PAID) -> Page:
        """Send the hosted page's form, as a browser without JavaScript does."""
        assert session.url is not None
        return fetch(session.url, form={"way": way, "card_number": number} if way == "card" else {"way": way})

    def __exit__(self, *_: object) -> None:
        with suppress(AssertionError):
            self.kill()

    def __enter__(self) -> "Standin":
        return self.start()


def plain(item: stripe.StripeObject | None) -> dict[str, Any]:
    """An object of the SDK as plain dicts and lists, to compare."""
    assert item is not None
    values: dict[str, Any] = item.to_dict()
    return values


def order(**changes: Any) -> SessionCreateParams:
    """What the shop sends for two bags of Qidong daylily and freight: 128.50 yuan."""
    params: dict[str, Any] = {
        "mode": "payment",
        "locale": "zh",
        "success_url": "http://127.0.0.1:9/paid/?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:9/cart/",
        "client_reference_id": "vT3nQ8",
        "metadata": {"order": "vT3nQ8"},
        "payment_intent_data": {"metadata": {"order": "vT3nQ8"}, "description": "Daylily vT3nQ8"},
        "line_items": [line("祁东黄花菜 500 克", 5800, 2), line("运费", 1250, 1)],
    }
    params.update(changes)
    return {name: value for name, value in params.items() if value is not None}  # type: ignore[return-value]


def line(name: str, amount: int, quantity: int, currency: str = "cny") -> dict[str, Any]:
    """A line item with its price data; `amount` in fen."""
    data = {"currency": currency, "unit_amount": amount, "product_data": {"name": name}}
    return {"price_data": data, "quantity": quantity}
