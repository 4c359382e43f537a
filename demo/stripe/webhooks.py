"""Webhooks: each event is POSTed, signed as Stripe signs, until the receiver answers 2xx."""

import hmac
import http.client
import json
import logging
import threading
import time
from hashlib import sha256
from urllib.parse import urlsplit

from .store import Store

log = logging.getLogger(__name__)

LONGEST_WAIT = 24 * 60 * 60.0  # seconds between two attempts, at most
_PATIENCE = 10.0  # seconds for the receiver's answer
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def sign(payload: str, secret: str, moment: int) -> str:
    """The `Stripe-Signature` header: HMAC-SHA256 over "moment.payload" (https://docs.stripe.com/webhooks#verify-manually)."""
    digest = hmac.new(secret.encode(), f"{moment}.{payload}".encode(), sha256).hexdigest()
    return f"t={moment},v1={digest}"


def wait_after(attempts: int) -> float:
    """Seconds until the next attempt after so many: 1, 2, 4, 8 ... a day. Stripe takes hours; a demo has none."""
    return min(2.0 ** min(attempts - 1, 40), LONGEST_WAIT)


def is_loopback(url: str) -> bool:
    """Whether the address is plain http on this machine: nothing leaves it."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


class Deliverer(threading.Thread):
    """The thread that delivers: what is due first goes first, one at a time; it sleeps until something is due."""

    def __init__(self, store: Store, url: str, secret: str) -> None:
        super().__init__(name="webhooks", daemon=True)
        self._store = store
        self._url = urlsplit(url)
        self._secret = secret
        self._wake = threading.Event()
        self._stopped = False
        self.paused = False

    def wake(self) -> None:
        """Look again at once: something was queued, paused or resumed."""
        self._wake.set()

    def stop(self) -> None:
        """Begin nothing more; an attempt under way may take until its receiver answers."""
        self._stopped = True
        self.wake()

    def run(self) -> None:
        """Deliver until stopped; after a start everything undelivered is due at once."""
        with self._store.transaction():
            self._store.hasten_deliveries(time.time())
        while not self._stopped:
            self._wake.clear()
            try:
                pause = self._deliver_next()
            except Exception:  # the thread must outlive anything a receiver or a row can do to it
                log.exception("delivery failed in an unforeseen way")
                pause = 5.0
            if pause:
                self._wake.wait(pause)

    def _deliver_next(self) -> float:
        """Attempt the delivery that is due; the seconds to sleep before the next."""
        if self.paused:
            return 60.0
        with self._store.transaction():
            row = self._store.next_delivery()
            found = self._store.find("event", row["event"]) if row is not None else None
        if row is None or found is None:
            return 60.0
        early = row["due"] - time.time()
        if early > 0:
            return min(float(early), 60.0)
        event = found[1]
        taken, outcome = self._post(json.dumps(event, indent=2, ensure_ascii=False))
        with self._store.transaction():
            if taken:
                self._store.close_delivery(row["place"], now=time.time(), outcome=outcome)
                self._store.save({**event, "pending_webhooks": 0})
            else:
                due = time.time() + wait_after(row["attempts"] + 1)
                self._store.postpone_delivery(row["place"], due=due, outcome=outcome)
        log.info("%s %s: %s (attempt %d)", event["type"], event["id"], outcome, row["attempts"] + 1)
        return 0.0

    def _post(self, payload: str) -> tuple[bool, str]:
        """Whether the receiver took it, and what it said. A redirect is a refusal, as at Stripe."""
        address = self._url
        target = (address.path or "/") + (f"?{address.query}" if address.query else "")
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Daylily-Stripe-stand-in/1.0",
            "Stripe-Signature": sign(payload, self._secret, int(time.time())),
        }
        connection = http.client.HTTPConnection(str(address.hostname), address.port or 80, timeout=_PATIENCE)
        try:
            connection.request("POST", target, payload.encode(), headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as failure:
            return False, f"{type(failure).__name__}: {failure}"
        finally:
            connection.close()
        return 200 <= status < 300, f"HTTP {status}"
