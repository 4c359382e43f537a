"""The process: what it binds, says, refuses and survives; and how the API speaks to strangers."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import stripe

from demo.stripe.api import KEY_PREFIX
from tests.stripe_standin.cast import KEY, ROOT, SECRET, Standin, fetch, order


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [sys.executable, "-m", "demo.stripe", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)


def test_healthz(standin: Standin) -> None:
    page = fetch(f"{standin.url}/healthz")
    assert (page.status, json.loads(page.text)) == (200, {"status": "ok"})


def test_it_says_one_line_and_stops_cleanly_on_sigterm(standin: Standin) -> None:
    fetch(f"{standin.url}/healthz")
    assert standin.stop() == 0
    assert standin.lines == [f"Stripe stand-in (demo, not Stripe) on {standin.url}, data in {standin.data}\n"]
    assert "Traceback" not in standin.log()
    assert "GET /healthz 200" in standin.log()


def test_it_listens_on_127_0_0_1_alone(standin: Standin) -> None:
    with socket.socket() as neighbour:
        neighbour.bind(("127.0.0.2", standin.port))  # refused if the stand-in had taken every address
    with socket.socket() as same, pytest.raises(OSError, match="in use"):
        same.bind(("127.0.0.1", standin.port))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--host", "0.0.0.0"], "127.0.0.1 only"),
        (["--host", "localhost"], "127.0.0.1 only"),
        (["--webhook-url", "http://example.org/hook", "--webhook-secret", SECRET], "on this machine"),
        (["--webhook-url", "http://127.0.0.1:1/hook"], "belong together"),
        (["--webhook-url", "http://127.0.0.1:1/hook", "--webhook-secret", "secret"], "begins with whsec_"),
        (["--port", "70000"], "0 to 65535"),
    ],
)
def test_it_refuses_to_start_unsafely(tmp_path: Path, arguments: list[str], reason: str) -> None:
    ended = run("--port", "0", "--data", str(tmp_path / "stripe"), *arguments)
    assert ended.returncode == 2
    assert reason in ended.stderr
    assert not (tmp_path / "stripe").exists()


def test_data_in_use_or_a_taken_port_is_one_clear_line(standin: Standin, tmp_path: Path) -> None:
    in_use = run("--port", "0", "--data", str(standin.data))
    assert (in_use.returncode, in_use.stdout) == (1, "")
    assert "another process uses it" in in_use.stderr
    taken = run("--port", str(standin.port), "--data", str(tmp_path / "other"))
    assert taken.returncode == 1
    assert f"cannot listen on 127.0.0.1:{standin.port}" in taken.stderr
    assert len(taken.stderr.splitlines()) == 1


def test_everything_survives_a_power_cut(standin: Standin) -> None:
    shop = standin.client()
    session = shop.v1.checkout.sessions.create(params=order())
    waiting = shop.v1.checkout.sessions.create(params=order())
    standin.pay(session)
    intent = str(shop.v1.checkout.sessions.retrieve(session.id).payment_intent)
    shop.v1.refunds.create(params={"payment_intent": intent, "amount": 850})
    before = [event.id for event in shop.v1.events.list().data]
    standin.kill()
    standin.start()
    shop = standin.client()
    assert [event.id for event in shop.v1.events.list().data] == before
    assert shop.v1.refunds.list(params={"payment_intent": intent}).data[0].amount == 850
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        shop.v1.refunds.create(params={"payment_intent": intent, "amount": 12001})
    assert standin.pay(waiting).status == 303
    assert shop.v1.checkout.sessions.retrieve(waiting.id).payment_status == "paid"


@pytest.mark.parametrize("key", ["sk_test_someone_else", "sk_live_daylily", "pk_test_daylily"])
def test_other_keys_are_refused(standin: Standin, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError) as refused:
        standin.client(key=key).v1.payment_intents.list()
    assert refused.value.http_status == 401
    assert key not in str(refused.value)
    assert not key.startswith(KEY_PREFIX)


def test_without_a_key_neither_the_api_nor_the_switches_open(standin: Standin) -> None:
    for path in ("/v1/payment_intents", "/_standin/webhooks"):
        page = fetch(f"{standin.url}{path}")
        assert page.status == 401
        assert json.loads(page.text)["error"]["type"] == "invalid_request_error"


def test_unknown_addresses_and_objects(standin: Standin, shop: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL") as unknown:
        shop.v1.customers.list()
    assert unknown.value.http_status == 404
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent: 'pi_nothing'") as missing:
        shop.v1.payment_intents.retrieve("pi_nothing")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError) as cursor:
        shop.v1.payment_intents.list(params={"starting_after": "pi_nothing"})
    assert (cursor.value.code, cursor.value.param) == ("resource_missing", "starting_after")
    assert fetch(f"{standin.url}/").status == 404


@pytest.mark.parametrize("limit", [0, 101, -1])
def test_a_page_has_1_to_100(empty_account: stripe.StripeClient, limit: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        empty_account.v1.payment_intents.list(params={"limit": limit})
    assert refused.value.param == "limit"


def test_a_body_that_is_no_form_is_refused_and_harms_nobody(standin: Standin) -> None:
    head = f"POST /v1/payment_intents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n"
    for rest in (
        "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        "Content-Length: 99999999\r\n\r\n",
        "Content-Length: -1\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 9\r\n\r\na[b=1&c=2",
        "Content-Length: 7\r\n\r\na=%ff%f",
        "Content-Length: 9\r\n\r\na=1&a[b]=",
    ):
        with socket.create_connection(("127.0.0.1", standin.port), timeout=5) as line:
            line.sendall((head + "Connection: close\r\n" + rest).encode())
            answer = b"".join(iter(lambda: line.recv(65536), b"")).decode()
        assert answer.startswith("HTTP/1.1 400"), (rest, answer)
        assert '"invalid_request_error"' in answer
    assert fetch(f"{standin.url}/healthz").status == 200


def test_it_needs_no_django() -> None:
    code = "import sys, demo.stripe.__main__; sys.exit(any(name.split('.')[0] == 'django' for name in sys.modules))"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**os.environ}, timeout=20, check=False)
    assert ended.returncode == 0
