"""5,000 webhooks, 30 % of them repeated up to ten times, shuffled, 5 % late, 5 % never sent: the same ledger as in order.

    make test ARGS="-n 1 -q tests/payments/test_storm.py --storm 100000 --storm-seed 7"

Without a seed each run takes a new one; a seed that failed is kept in storm_seeds.txt, and run every time from then on.
"""

import random
import secrets
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from payments.models import Dispute, Payment, Refund, StripeMovement, Transfer, WebhookEvent
from payments.reconciling import find_mismatches
from tests.payments import storm
from tests.payments.stripe_scene import LATER

pytestmark = pytest.mark.django_db
SEEDS = Path(__file__).with_name("storm_seeds.txt")


def seeds(config: pytest.Config) -> list[int]:
    """The seed asked for; or those that failed before, and a new one."""
    asked = config.getoption("--storm-seed")
    kept = [int(line) for line in SEEDS.read_text().splitlines() if line and not line.startswith("#")]
    return [int(asked)] if asked else [*kept, secrets.randbelow(10**9)]


def keep(seed: int) -> None:
    """A seed that failed is run again every time."""
    if str(seed) not in SEEDS.read_text().splitlines():
        SEEDS.write_text(f"{SEEDS.read_text().rstrip()}\n{seed}\n")


def run(world: storm.World, chance: random.Random | None) -> tuple[Counter[tuple[Any, ...]], dict[str, Any], int]:
    """Live through it, audit it, and take it all back: what the ledger held, where all ended, how many webhooks came."""
    point = transaction.savepoint()
    stripe = storm.Stripe()
    with pytest.MonkeyPatch.context() as patch:
        stripe.answer(patch)
        delivery = storm.Delivery(chance)
        storm.live(world, stripe, delivery)
        assert find_mismatches(at=timezone.now() + LATER) == []
    assert not StripeMovement.objects.exclude(state="matched").exists()
    call_command("check_ledger")
    call_command("check_volume")
    ends = storm.fingerprint(), storm.states(), delivery.sent
    transaction.savepoint_rollback(point)
    return ends


def test_a_storm_leaves_the_same_ledger_as_quiet_days(pytestconfig: pytest.Config) -> None:
    world = storm.make_world(pytestconfig.getoption("--storm"))
    booked, ended, _quiet = run(world, None)
    assert {kind for _ref, kind, *_rest in booked} == {
        "sale", "late_payment", "refund", "refund_failed", "dispute", "stripe_fee",
    }  # fmt: skip
    assert not Transfer.objects.exists() and not WebhookEvent.objects.exists(), "the storm begins anew"
    for seed in seeds(pytestconfig):
        stormy, ended_so, sent = run(world, random.Random(seed))
        print(f"seed {seed}: {sent} webhooks for {len(world.plans)} orders")  # noqa: T201
        if (stormy, ended_so) != (booked, ended):
            keep(seed)
        assert stormy == booked, f"seed {seed}: {stormy - booked} too much, {booked - stormy} too little"
        assert ended_so == ended, f"seed {seed}"
        assert sent > pytestconfig.getoption("--storm") * 0.8


def test_without_the_hourly_comparison_it_would_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without the hourly comparison, money whose webhooks were never sent is missing from the ledger."""
    world = storm.make_world(300)
    booked, _ended, _sent = run(world, None)
    monkeypatch.setattr(storm, "NEVER", 1.0)
    monkeypatch.setattr("tests.payments.storm.reconcile", lambda: None)
    point = transaction.savepoint()
    stripe = storm.Stripe()
    with pytest.MonkeyPatch.context() as patch:
        stripe.answer(patch)
        with pytest.raises(AssertionError):  # nothing was paid that could be returned
            storm.live(world, stripe, storm.Delivery(random.Random(1)))
    assert storm.fingerprint() != booked
    transaction.savepoint_rollback(point)
    assert not Dispute.objects.exists() and not Refund.objects.exists() and Payment.objects.exists()
