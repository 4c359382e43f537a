"""The worker dies in the middle of a refund: a real process, killed while Stripe still answers."""

import os
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from catalog.models import Stock
from orders import settlement
from orders.models import Order, OrderState
from payments import stripe_checkout
from payments.models import Payment, PaymentState, Refund, RefundState
from shop.jobs import rescue_stalled
from tests.orders.scene import make_scene, order_of

ROOT = Path(__file__).resolve().parents[2]
SLOW = 3000  # milliseconds that the stand-in takes to answer


def slow_down(milliseconds: int) -> None:
    """Let the stand-in wait before it does what it is asked."""
    form = urllib.parse.urlencode({"milliseconds": milliseconds}).encode()
    request = urllib.request.Request(
        f"{settings.STRIPE_API_BASE}/_standin/delay", form, {"Authorization": f"Bearer {settings.STRIPE_SECRET_KEY}"}
    )
    urllib.request.urlopen(request, timeout=5).close()


def wait_for(ask: Callable[[], bool], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not ask():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.1)


@pytest.fixture
def refund(transactional_db: None, stripe_process: str) -> Iterator[Refund]:
    """A refund that waits for the worker, of money that the stand-in holds."""
    scene = make_scene()
    order = order_of(scene)
    intent = stripe_checkout.client().v1.payment_intents.create(
        params={"amount": order.total_fen, "currency": "cny", "payment_method": "pm_card_visa", "confirm": True,
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}},
        options={"idempotency_key": uuid.uuid4().hex},
    )  # fmt: skip
    Order.objects.update(state=OrderState.EXPIRED)
    Payment.objects.update(state=PaymentState.EXPIRED)
    Stock.objects.update(held=0, on_hand=0)
    settlement.settle_payment(Payment.objects.get().pk, intent_id=intent.id)
    ProcrastinateJob.objects.exclude(task_name="payments.send_refund").delete()
    yield Refund.objects.select_related("payment").get()
    slow_down(0)


def returned_by_stripe(refund: Refund) -> list[int]:
    found = stripe_checkout.client().v1.refunds.list(params={"payment_intent": refund.payment.intent_id})
    return [each.amount for each in found.data]


def is_doing() -> bool:
    return ProcrastinateJob.objects.filter(task_name="payments.send_refund", status="doing").exists()


def test_killed_between_the_refund_and_its_commit_it_is_refunded_once(
    refund: Refund, run_jobs: Callable[[], None]
) -> None:
    slow_down(SLOW)
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "procrastinate", "worker"], cwd=ROOT, start_new_session=True
    )
    try:
        wait_for(is_doing, "the worker takes the job")
        time.sleep(1.5)  # by then it waits for Stripe
        assert returned_by_stripe(refund) == []
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(10)
    slow_down(0)
    wait_for(lambda: returned_by_stripe(refund) != [], "Stripe does what the dead worker asked")
    assert Refund.objects.get().state == RefundState.PENDING and is_doing()

    with connection.cursor() as cursor:  # a worker that no longer beats is dead after half a minute
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
        cursor.execute(  # work of the clock that died with it
            "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, status)"
            " VALUES ('default', 'orders.every_minute', 'orders.every_minute', 'doing') RETURNING id"
        )
        of_the_clock = cursor.fetchone()[0]
    with suppress(AlreadyEnqueued):  # the dead worker's own clock may have asked for it
        rescue_stalled.configure().defer(timestamp=0)
    run_jobs()
    run_jobs()
    assert ProcrastinateJob.objects.get(pk=of_the_clock).status == "aborted"
    assert Refund.objects.get().state == RefundState.SUCCEEDED
    assert returned_by_stripe(refund) == [refund.amount_fen]
    call_command("check_ledger")
