"""Ways to take a buyer's money: what each of them needs, and the register of those that are known.

Whoever takes an order, ends it, books its money or pays it back asks here, and never which provider it is: another way is one module
that describes it (see payments.by_stripe, payments.by_counter) and a line in payments.apps.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from payments.ledger import Part
    from payments.models import AccountKind, Payment, Refund


class ProviderError(Exception):
    """A provider that was asked over the network did not do it."""


class ProviderAway(ProviderError):
    """It does not answer, or not now: ask again."""


class ProviderRefused(ProviderError):
    """It will never do this, however often it is asked."""


@dataclass(frozen=True, slots=True)
class PaidSession:
    """What a provider says of its page when asked: the amount in fen, the currency in upper case, the order's reference."""

    session_id: str
    order_ref: str
    amount_fen: int
    currency: str
    paid: bool
    intent_id: str


@dataclass(frozen=True, slots=True)
class SentRefund:
    """What a provider says of a refund: its id, our key for it (empty: not ours), and its status (see payments.refunds.OUTCOMES)."""

    refund_id: str
    key: str
    status: str


class Page(Protocol):
    """A page of the provider's own. Each call goes over the network, never inside a transaction, and raises ProviderError."""

    def open(
        self,
        payment: "Payment",
        *,
        name: str,
        email: str,
        language: str,
        success_url: str,
        cancel_url: str,
        expires_at: dt.datetime,
    ) -> str:
        """Keep a page for the payment (`session_id`, `session_url`), read its state anew, and return the page's address."""

    def close(self, session_id: str, *, patient: bool = True) -> None:
        """Nobody pays there any more; one that is paid or closed stays as it is. Whoever is not `patient` waits some seconds at most."""

    def read(self, session_id: str, *, patient: bool = True) -> PaidSession:
        """What became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentProvider:
    """One way to take a buyer's money, and to give it back.

    `name` is what orders and payments keep (ten letters at most), `waits` how long goods are kept for the money, `account` the kind of
    the ledger's account on which it arrives (its owner is the station that receives it, or nobody). Asked for on its own `page`, at a
    station's counter (`at_counter`: then only for what is picked up where one is near), or by what `instructions` tell the buyer of a
    payment. It goes back over the network by a job (`send`, which raises ProviderError), or is owed to the buyer until a person hands it
    out: `hand_out` is the ledger's part of that, of a refund at a station (its code). One of the two, not both.
    """

    name: str
    label: Any
    waits: dt.timedelta
    account: "AccountKind"
    page: Page | None = None
    at_counter: bool = False
    instructions: "Callable[[Payment], str] | None" = None
    send: "Callable[[Refund], SentRefund] | None" = None
    hand_out: "Callable[[Refund, str], Part] | None" = None

    def __post_init__(self) -> None:
        if (self.send is None) == (self.hand_out is None):
            raise ValueError(f"{self.name}: money goes back by a job or by hand")


class NoSuchProvider(LookupError):
    """No way to pay has this name."""


_known: dict[str, PaymentProvider] = {}


def register(provider: PaymentProvider) -> None:
    """Make a way to pay known; offered in the order of registering. Raises ValueError for a name that another has."""
    if _known.setdefault(provider.name, provider) is not provider:
        raise ValueError(f"another way to pay is called {provider.name}")


def forget(name: str) -> None:
    """Take a way to pay from the register."""
    _known.pop(name, None)


def provider_of(name: str) -> PaymentProvider:
    """The way to pay of this name. Raises NoSuchProvider."""
    try:
        return _known[name]
    except KeyError:
        raise NoSuchProvider(name) from None


def providers() -> list[PaymentProvider]:
    """All ways to pay, in the order of registering."""
    return list(_known.values())


def at_counters() -> list[str]:
    """The names of those that a station's counter takes."""
    return [provider.name for provider in providers() if provider.at_counter]


def sending() -> list[str]:
    """The names of those that give money back over the network, and say later what became of it."""
    return [provider.name for provider in providers() if provider.send is not None]
