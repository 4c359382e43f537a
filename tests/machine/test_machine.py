"""Sequences of the machine (tests/machine/machine.py): by default some dozens, in CI some hundreds, `DAYLILY_MACHINE=2000` for as many as a
release asks for.

    make test ARGS="-n 2 -q tests/machine"                         # seconds
    DAYLILY_MACHINE=2000 make test ARGS="-n 2 -q tests/machine"    # before a release

A sequence that fails is shrunk and kept in var/machine-examples, from where each later run begins with it, as with those in
tests/machine/examples: copy it there with the fix. The `@reproduce_failure(...)` line that is printed as well does the same elsewhere.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.database import DirectoryBasedExampleDatabase, MultiplexedDatabase, ReadOnlyDatabase
from hypothesis.stateful import run_state_machine_as_test

from payments import stripe_balance, stripe_checkout
from payments.models import TransferKind
from tests.machine import books
from tests.machine.machine import Machine
from tests.machine.provider import Provider
from tests.machine.sequence import REACHED
from tests.machine.world import SEEN, World, make_world

SEQUENCES = int(os.environ.get("DAYLILY_MACHINE", "24"))
STEPS = 50
SHARDS = 4
ENOUGH = 200
MOVES = (
    TransferKind.SALE, TransferKind.RELEASE, TransferKind.REFUND, TransferKind.REFUND_PAID, TransferKind.REFUND_FAILED,
    TransferKind.STRIPE_FEE, TransferKind.DISPUTE, TransferKind.PAYOUT, TransferKind.PAYOUT_PAID, TransferKind.PAYOUT_FAILED,
    TransferKind.CASH_HANDED_OVER, TransferKind.CASH_RECEIVED,
)  # fmt: skip
SHRINK = os.environ.get("DAYLILY_MACHINE_SHRINK", "on") == "on"
# New failures are kept under var/; those under version control are only read, since Hypothesis deletes what passes again.
KEPT = MultiplexedDatabase(
    DirectoryBasedExampleDatabase(Path(__file__).parents[2] / "var" / "machine-examples"),
    ReadOnlyDatabase(DirectoryBasedExampleDatabase(Path(__file__).parent / "examples")),
)


@pytest.fixture
def world(transactional_db: None) -> World:
    world = make_world()
    books.begin(acted_upon=SEEN)
    return world


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    client = lambda _patient=True: provider.client  # noqa: E731
    with patch.object(stripe_checkout, "client", client), patch.object(stripe_balance, "client", client):
        yield provider


@pytest.mark.parametrize("shard", range(SHARDS))
def test_whatever_happens_in_any_order_all_agrees(world: World, provider: Provider, shard: int) -> None:
    run_state_machine_as_test(
        lambda: Machine(world, provider),  # type: ignore[arg-type]
        settings=settings(
            max_examples=max(SEQUENCES // SHARDS, 1),
            stateful_step_count=STEPS,
            deadline=None,
            database=KEPT,
            print_blob=True,
            phases=(Phase.explicit, Phase.reuse, Phase.generate, *([Phase.shrink] if SHRINK else [])),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_many_sequences_move_money_in_every_way() -> None:
    """So that no rule falls silent: some hundred sequences of one process get to all of this."""
    missing = {kind: REACHED[kind] for kind in MOVES if not REACHED[kind]}
    assert not missing or REACHED[TransferKind.SALE] < ENOUGH, dict(REACHED)


def test_goods_that_an_ended_reservation_keeps_are_found(world: World, provider: Provider) -> None:
    """The machine itself sees a fault: here units stay held for orders that ended."""
    planted = settings(
        max_examples=60,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    with patch("orders.ending.stock.release"), pytest.raises(AssertionError, match="stock that unpaid"):
        run_state_machine_as_test(lambda: Machine(world, provider), settings=planted)  # type: ignore[arg-type]
