"""A webhook is believed when Stripe signed it just now, kept once, and is only a hint."""

import hashlib
import hmac
import json
import time

import pytest
from django.conf import settings
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from payments.models import WebhookEvent

pytestmark = pytest.mark.django_db
URL = "/webhooks/stripe/"


def event(kind: str = "checkout.session.completed", number: str = "evt_1") -> bytes:
    return json.dumps({"id": number, "type": kind, "data": {"object": {"id": "cs_1"}}}).encode()


def signed(body: bytes, *, at: float | None = None, secret: str = "") -> str:
    moment = int(at if at is not None else time.time())
    digest = hmac.new((secret or settings.STRIPE_WEBHOOK_SECRET).encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={digest.hexdigest()}"


def send(body: bytes, signature: str) -> int:
    response = Client(enforce_csrf_checks=True).post(
        URL, body, content_type="application/json", headers={"Stripe-Signature": signature}
    )
    return response.status_code


def jobs() -> int:
    return ProcrastinateJob.objects.filter(task_name="orders.settle_session").count()


def test_a_signed_event_is_kept_and_gets_its_job() -> None:
    assert send(event(), signed(event())) == 200
    assert WebhookEvent.objects.get().object_id == "cs_1"
    assert jobs() == 1


def test_a_repeated_event_does_nothing_more() -> None:
    for _ in range(3):
        assert send(event(), signed(event())) == 200
    assert WebhookEvent.objects.count() == 1
    assert jobs() == 1


def test_an_event_that_asks_for_nothing_is_kept() -> None:
    assert send(event("charge.updated"), signed(event("charge.updated"))) == 200
    assert jobs() == 0


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "nonsense",
        "t=abc,v1=00",
        signed(event(), secret="whsec_of_somebody_else"),
        signed(b'{"another": "body"}'),
    ],
    ids=["none", "nonsense", "no time", "another secret", "another body"],
)
def test_a_forged_event_is_refused(signature: str) -> None:
    assert send(event(), signature) == 400
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_a_stale_event_and_one_from_the_future_are_refused(seconds: int) -> None:
    assert send(event(), signed(event(), at=time.time() + seconds)) == 400
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff\xfe", b'{"id": "evt_1", "type": "x", "data": null}'])
def test_a_signed_body_that_is_no_event_is_refused(body: bytes) -> None:
    assert send(body, signed(body)) == 400
    assert not WebhookEvent.objects.exists()
