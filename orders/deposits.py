"""Deposits: how much of an order is paid first, and between when the balance can be paid. Nothing is written here.

A deposit is a deposit in the sense of the Civil Code of the PRC, art. 586 and 587 (定金): it counts up to a fifth of the contract, a
buyer who doesn't pay the balance loses it, and it goes back whole where the goods can't be sent. (The article would double it for a
seller who breaks the contract; a harvest that fails is no fault of the farmer's.)
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Variant
from catalog.models.lot import DEPOSIT_MOST
from orders.models import Order, OrderLine
from payments.models import Provider

# Stripe takes no payment below half a dollar (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).
LEAST_FEN: Final = 500
OPENS_BEFORE: Final = dt.timedelta(days=14)
ENDS_BEFORE: Final = dt.timedelta(days=3)
ENDS_AT: Final = dt.time(20)
# So long a buyer has at least, once told.
LEAST_OPEN: Final = dt.timedelta(days=5)
# A buyer who regrets it gets the deposit back for so long, unless the balance can be paid already.
REGRET: Final = dt.timedelta(hours=24)


class DepositApart(ValueError):
    """Goods with a deposit were ordered together with others, or were to be paid in cash; its text says which."""


class Priced(NamedTuple):
    """Goods of one line: what they cost without discounts and with them, in fen, and the percent that is paid first (None: all)."""

    full_fen: int
    fen: int
    percent: int | None


def deposit_of(goods: Iterable[Priced]) -> int:
    """What of these goods is paid first, in fen; 0 where all is paid at once.

    Discounts reduce the balance, as long as the deposit is no more than a fifth of what the goods cost in the end. Under LEAST_FEN no
    deposit is asked.
    """
    known = list(goods)
    asked = (
        sum(one.full_fen * (one.percent or 0) for one in known) // 100
    )  # rounded once, however many lots they come from
    fen = min(asked, sum(one.fen for one in known) * DEPOSIT_MOST // 100)
    return fen if fen >= LEAST_FEN else 0


def priced(line: OrderLine) -> Priced:
    """A line that is being sold (load variant)."""
    percent = line.variant.deposit_percent if line.variant else None
    return Priced(line.amount_fen + line.discount_fen, line.amount_fen, percent)


def group_of(variant: Variant) -> str:
    """Which goods can be ordered together: those with a deposit for one week, and all others (empty)."""
    if variant.deposit_percent is None or variant.promised_week is None:
        return ""
    return variant.promised_week.isoformat()


def refuse_mixed(variants: Sequence[Variant]) -> None:
    """Raises DepositApart unless these goods can be ordered together."""
    if len({group_of(variant) for variant in variants}) > 1:
        raise DepositApart(_("Goods with a deposit are ordered apart from all others, each week by itself."))


def refuse_way(deposit_fen: int, pay_by: str) -> None:
    """Raises DepositApart for a deposit at a counter: its balance could not be paid there."""
    if deposit_fen and pay_by != Provider.STRIPE:
        raise DepositApart(_("A deposit and its balance are paid online, not at a counter."))


def opens_at(week: dt.date) -> dt.datetime:
    """When the balance of goods that are sent in the week from this Monday on can be paid: two weeks before."""
    return _moment(week - OPENS_BEFORE, dt.time(8))


def closes_at(week: dt.date, told: dt.datetime) -> dt.datetime:
    """Until when it can be paid: in the evening three days before the week, and five days after its buyer was told at the soonest."""
    usual = _moment(week - ENDS_BEFORE, ENDS_AT)
    return max(usual, _moment(timezone.localdate(told + LEAST_OPEN), ENDS_AT), told + LEAST_OPEN)


def _moment(day: dt.date, at: dt.time) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, at))


def week_of(order: Order) -> dt.date | None:
    """The first week in which something of an order is promised, as far as it is still waited for."""
    lines = OrderLine.objects.left().filter(consignment__order=order, short_since=None, promised_week__isnull=False)
    return lines.order_by("promised_week").values_list("promised_week", flat=True).first()


def balance_fen(order: Order) -> int:
    """What is left to pay after the deposit, freight included, in fen."""
    return order.total_fen - order.deposit_fen


def balance_is_open(order: Order, *, at: dt.datetime | None = None) -> bool:
    """Whether the balance of an order whose deposit is paid can be paid now."""
    now = at or timezone.now()
    return order.balance_opened_at is not None and now < order.reserved_until


def regret_until(order: Order, *, at: dt.datetime | None = None) -> dt.datetime | None:
    """Until when the buyer can call it off and gets the deposit back; None where that time is over, or never was."""
    if order.deposit_paid_at is None or order.balance_from is None or order.balance_opened_at is not None:
        return None
    until = min(order.deposit_paid_at + REGRET, order.balance_from)
    return until if until > (at or timezone.now()) else None
