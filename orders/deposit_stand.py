"""How an order with a deposit stands, for its buyer's eyes."""

import datetime as dt
from dataclasses import dataclass

from orders.deposits import balance_fen, balance_is_open, closes_at, opens_at, regret_until, week_of
from orders.models import Order, OrderState


@dataclass(frozen=True, slots=True)
class Stand:
    """Deposit and balance in fen; between when the balance can be paid (`open`: it is now); until when the deposit can be had back."""

    fen: int
    balance_fen: int
    opens: dt.datetime | None
    ends: dt.datetime | None
    open: bool
    regret_until: dt.datetime | None


def stand_of(order: Order) -> Stand | None:
    """How it stands; None of an order without a deposit. One query before the deposit is paid."""
    if not order.deposit_fen:
        return None
    opens, ends = order.balance_opened_at or order.balance_from, order.reserved_until
    if opens is None:
        opens, ends = days_for(order)
    waits = order.state == OrderState.DEPOSIT
    return Stand(
        order.deposit_fen,
        balance_fen(order),
        opens,
        ends,
        waits and balance_is_open(order),
        regret_until(order) if waits else None,
    )


def days_for(order: Order) -> tuple[dt.datetime, dt.datetime]:
    """Between when the balance of an order could be paid whose deposit was paid right when it was placed."""
    week = week_of(order)
    opens = max(opens_at(week), order.placed_at) if week else order.placed_at
    return opens, closes_at(week or opens.date(), opens)
