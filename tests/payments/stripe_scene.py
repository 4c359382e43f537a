"""A stand-in for Stripe that sends no webhooks, and what tests of the books at Stripe do with it."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from orders.models import Order
from orders.paying import payment_page
from orders.sessions import settle_session
from payments import stripe_checkout
from payments.models import Payment, Refund
from tests.orders.scene import Scene, order_of
from tests.stripe_standin.cast import PAID, Standin, fetch

LATER = dt.timedelta(hours=3)
ASKS = (
    "orders.settle_session", "orders.follow_dispute", "payments.follow_refund", "payments.send_refund",
    "sellers.transfer_payout", "sellers.follow_transfer",
)  # fmt: skip


@contextmanager
def silent_stripe(data: Path, settings: Any) -> Iterator[Standin]:
    """The shop pays at a stand-in of its own, whose webhooks never come."""
    with Standin(data / "stripe") as standin:
        settings.STRIPE_API_BASE = standin.url
        stripe_checkout.client.cache_clear()
        yield standin
    stripe_checkout.client.cache_clear()


_DONE: set[int] = set()


def work_off() -> list[str]:
    """Do the jobs that ask Stripe, here and now, until there is none left to do; returns their names."""
    done: list[str] = []
    while waiting := ProcrastinateJob.objects.filter(task_name__in=ASKS).exclude(pk__in=_DONE).order_by("id"):
        job = waiting[0]
        _DONE.add(job.pk)
        app.tasks[job.task_name](**job.args)
        done.append(job.task_name)
    return done


def bought(scene: Scene, *, way: str = "card", **fields: Any) -> Order:
    """An order, paid on Stripe's page; the shop was told nothing."""
    order = order_of(scene, **fields)
    form = {"way": way, "card_number": PAID} if way == "card" else {"way": way}
    assert fetch(payment_page(order), form=form).status == 303
    order.refresh_from_db()
    return order


def told(order: Order) -> Order:
    """The order, its webhook come."""
    settle_session(Payment.objects.get(order_ref=order.ref).session_id)
    order.refresh_from_db()
    return order


def charge_of(order: Order) -> str:
    intent = stripe_checkout.client().v1.payment_intents.retrieve(Payment.objects.get(order_ref=order.ref).intent_id)
    return str(intent.latest_charge)


def refund_of(order: Order) -> Refund:
    return Refund.objects.filter(payment__order_ref=order.ref).latest("pk")
