"""Texts by HTTP, against a real server on this machine: what leaves, what counts as sent, and what the user reads when it fails."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from pytest_django import Settings

from accounts.messages import TextNotSent, send_text
from accounts.text_gateway import send_by_http

PHONE, TEXT = "13907340001", "萱草集：验证码 482913"


class Gateway(BaseHTTPRequestHandler):
    """A gateway that answers what the test says, after as long as it says."""

    received: list[tuple[dict[str, str], bytes]]
    status, answer, seconds, drips, moved = 200, b'{"code": 0}', 0.0, False, ""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((dict(self.headers), body))
        time.sleep(self.seconds)
        self.send_response(self.status)
        if self.moved:
            self.send_header("Location", self.moved)
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        try:
            for byte in self.answer if self.drips else [self.answer]:
                self.wfile.write(bytes([byte]) if isinstance(byte, int) else byte)
                time.sleep(0.1 if self.drips else 0)
        except OSError:
            return  # the other side no longer listens

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def gateway(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Gateway]]:
    """A gateway of this test, and the settings that lead to it."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    class Own(Gateway):
        received: list[tuple[dict[str, str], bytes]] = []

    server = ThreadingHTTPServer(("127.0.0.1", 0), Own)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.SMS_BACKEND = "accounts.text_gateway.send_by_http"
    settings.SMS_HTTP = {
        "URL": f"http://127.0.0.1:{server.server_port}/sms", "FORMAT": "json", "PHONE_FIELD": "mobile", "PHONE_PREFIX": "+86",
        "TEXT_FIELD": "content", "EXTRA": '{"sign": "萱草集"}', "TOKEN": "Bearer s3cret", "TOKEN_HEADER": "Authorization",
        "SUCCESS": "code=0", "TIMEOUT_SECONDS": "0.5",
    }  # fmt: skip
    yield Own
    server.shutdown()
    server.server_close()


def test_a_text_goes_out_as_json_with_the_token(gateway: type[Gateway]) -> None:
    send_text(PHONE, TEXT)
    [(headers, body)] = gateway.received
    assert json.loads(body) == {"mobile": f"+86{PHONE}", "content": TEXT, "sign": "萱草集"}
    assert headers["Authorization"] == "Bearer s3cret"
    assert headers["Content-Type"].startswith("application/json")


def test_or_as_a_form(gateway: type[Gateway], settings: Settings) -> None:
    settings.SMS_HTTP = {
        **settings.SMS_HTTP,
        "FORMAT": "form",
        "TOKEN_HEADER": "X-Key",
        "TOKEN": "k",
        "PHONE_PREFIX": "",
    }
    send_text(PHONE, TEXT)
    [(headers, body)] = gateway.received
    assert parse_qs(body.decode()) == {"mobile": [PHONE], "content": [TEXT], "sign": ["萱草集"]}
    assert headers["X-Key"] == "k"


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [
        ("code=0", b'{"code": 0}'),
        ("code=0", b'{"code": "0"}'),
        ("success=true", b'{"success": true}'),
        ("result.status=OK", b'{"result": {"status": "OK"}}'),
        ("", b"whatever"),
    ],
)
def test_what_counts_as_sent_is_configured(
    gateway: type[Gateway], settings: Settings, wanted: str, answer: bytes
) -> None:
    settings.SMS_HTTP = {**settings.SMS_HTTP, "SUCCESS": wanted}
    gateway.answer = answer
    send_text(PHONE, TEXT)
    assert gateway.received


@pytest.mark.parametrize(
    "answer", [b'{"code": 42, "message": "blacklisted 13907340001"}', b"", b"<html>", b"[]", b"{}", b"\xff\xfe"]
)
def test_a_refusal_in_the_answer_is_one(gateway: type[Gateway], answer: bytes) -> None:
    gateway.answer = answer
    with pytest.raises(TextNotSent, match="短信暂时发不出去"):
        send_text(PHONE, TEXT)


@pytest.mark.parametrize("status", [400, 401, 404, 500, 503])
def test_so_is_another_status(gateway: type[Gateway], status: int) -> None:
    gateway.status = status
    with pytest.raises(TextNotSent):
        send_text(PHONE, TEXT)


def test_a_redirect_is_not_followed(gateway: type[Gateway], settings: Settings) -> None:
    gateway.status, gateway.moved = 302, settings.SMS_HTTP["URL"]
    with pytest.raises(TextNotSent):
        send_text(PHONE, TEXT)
    assert len(gateway.received) == 1


def test_a_slow_gateway_holds_nobody(gateway: type[Gateway]) -> None:
    gateway.seconds = 3
    began = time.monotonic()
    with pytest.raises(TextNotSent):
        send_text(PHONE, TEXT)
    assert time.monotonic() - began < 2


def test_nor_does_one_that_drips(gateway: type[Gateway]) -> None:
    gateway.answer, gateway.drips = b'{"code": 0}' + b" " * 60, True
    began = time.monotonic()
    with pytest.raises(TextNotSent):
        send_text(PHONE, TEXT)
    assert time.monotonic() - began < 2


def test_no_gateway_listens(settings: Settings) -> None:
    settings.SMS_HTTP = {**settings.SMS_HTTP, "URL": "http://127.0.0.1:9/sms"}
    with pytest.raises(TextNotSent):
        send_by_http(PHONE, TEXT)


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "ftp://127.0.0.1/"])
def test_a_gateway_is_reached_by_http_alone(settings: Settings, url: str) -> None:
    settings.SMS_HTTP = {**settings.SMS_HTTP, "URL": url}
    with pytest.raises(TextNotSent):
        send_by_http(PHONE, TEXT)


def test_neither_number_nor_text_nor_token_is_logged(gateway: type[Gateway], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    gateway.answer = json.dumps({"code": 7, "message": f"{PHONE} {TEXT}"}).encode()
    with pytest.raises(TextNotSent) as refused:
        send_text(PHONE, TEXT)
    gateway.status = 500
    with pytest.raises(TextNotSent):
        send_by_http(PHONE, TEXT)
    logged = caplog.text + str(refused.value)
    assert "139****0001" in logged
    for secret in (PHONE, "482913", "s3cret"):
        assert secret not in logged


def test_production_says_when_no_text_can_be_sent(settings: Settings) -> None:
    from shop.checks import texts_can_be_sent

    settings.PRODUCTION = True
    http = {**settings.SMS_HTTP, "URL": "https://sms.example.org/send"}
    by_http = "accounts.text_gateway.send_by_http"
    for backend, over, found in [
        ("", http, ["daylily.W002"]),
        ("accounts.messages.keep_for_demo", http, ["daylily.E003"]),
        (by_http, {**http, "URL": ""}, ["daylily.E004"]),
        (by_http, {**http, "URL": "http://sms.example.org/"}, ["daylily.E004"]),
        (by_http, {**http, "EXTRA": "sign=x"}, ["daylily.E005"]),
        (by_http, {**http, "FORMAT": "xml"}, ["daylily.E005"]),
        (by_http, {**http, "TIMEOUT_SECONDS": "soon"}, ["daylily.E005"]),
        (by_http, http, []),
    ]:
        settings.SMS_BACKEND, settings.SMS_HTTP = backend, over
        assert [message.id for message in texts_can_be_sent(None)] == found
