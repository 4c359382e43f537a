"""What a buyer is told before agreeing to a deposit, and how a cart is ordered where some of it asks one."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from catalog.weeks import week_text
from orders.cart_page import Basket, Item
from orders.deposits import closes_at, group_of, opens_at


@dataclass(frozen=True, slots=True)
class Terms:
    """Deposit and balance in fen, and between when the balance is paid."""

    deposit_fen: int
    balance_fen: int
    opens: dt.datetime
    ends: dt.datetime


@dataclass(frozen=True, slots=True)
class Group:
    """Goods of a cart that can be ordered together: how many lines, and the week that they wait for, where they ask a deposit."""

    key: str
    lines: list[Item]
    week: str


def terms_of(basket: Basket) -> Terms | None:
    """What paying a deposit for this basket means; None where none is asked."""
    if not basket.deposit_fen or not basket.group:
        return None
    now, week = timezone.now(), dt.date.fromisoformat(basket.group)
    opens = max(opens_at(week), now)
    return Terms(basket.deposit_fen, basket.total_fen - basket.deposit_fen, opens, closes_at(week, opens))


def groups_of(basket: Basket) -> list[Group]:
    """The groups in which a cart is ordered, goods without a deposit first; one where all can be ordered together."""
    by_key: dict[str, list[Item]] = {}
    for item in basket.items:
        by_key.setdefault(group_of(item.variant), []).append(item)
    return [
        Group(key, lines, week_text(dt.date.fromisoformat(key)) if key else "") for key, lines in sorted(by_key.items())
    ]
