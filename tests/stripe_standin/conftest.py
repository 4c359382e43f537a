"""A fresh stand-in, a receiver and a client for each test; none of it needs Django or its database."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import stripe

from tests.stripe_standin.cast import Receiver, Standin


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The shop's webhook receiver on loopback."""
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def standin(tmp_path: Path, receiver: Receiver) -> Iterator[Standin]:
    """The stand-in, delivering to the receiver."""
    with Standin(tmp_path / "stripe", webhook_url=receiver.url) as standin:
        yield standin


@pytest.fixture
def shop(standin: Standin) -> stripe.StripeClient:
    """The shop's client of the official SDK."""
    return standin.client()


@pytest.fixture(scope="session")
def shared_standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    """One stand-in without webhooks, for the many tests that only look at an answer."""
    with Standin(tmp_path_factory.mktemp("shared") / "stripe") as standin:
        yield standin


@pytest.fixture
def empty_account(shared_standin: Standin) -> stripe.StripeClient:
    """A client of an account of its own, where nothing has happened yet."""
    return shared_standin.client(account=f"acct_{secrets.token_hex(8)}")
