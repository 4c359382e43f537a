"""What a buyer is written of a deposit and its balance: by orders.informing, in the order's language, each once."""

from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from catalog.standing import yuan
from catalog.weeks import week_text
from orders.deposit_back import CALLED_OFF, HARVEST_SHORT, RECALLED, REGRETTED
from orders.deposits import balance_fen, regret_until, week_of
from orders.informing import Letter, address_of, writes
from orders.models import Notice, NoticeStep, OrderLine, OrderState
from payments.models import Refund


def _letter(notice: Notice, subject: str, template: str, *, short: str = "", **context: Any) -> Letter:
    order = notice.order
    lines = list(OrderLine.objects.filter(consignment__order=order).order_by("pk"))
    week = week_of(order)
    context |= {"order": order, "lines": lines, "url": address_of(order), "balance_fen": balance_fen(order)}
    context["week"] = week_text(week) if week else ""
    text = render_to_string(f"orders/{template}_mail.txt", context)
    facts = {"number": order.number, "sum": yuan(balance_fen(order))}
    return Letter(subject % facts, text, f"{short % facts} {address_of(order)}" if short else "")


@writes(NoticeStep.DEPOSIT)
def deposit_paid(notice: Notice) -> Letter | None:
    """The deposit has arrived: from when to when the balance can be paid, and what happens if it isn't."""
    if notice.order.state != OrderState.DEPOSIT:
        return None
    subject = _("Daylily order %(number)s: your deposit has arrived")
    return _letter(notice, subject, "deposit", regret=regret_until(notice.order))


@writes(NoticeStep.BALANCE, NoticeStep.BALANCE_ENDS)
def balance_due(notice: Notice) -> Letter | None:
    """The balance can be paid, or is due within a day; nothing where it was paid meanwhile."""
    if notice.order.state != OrderState.DEPOSIT:
        return None
    ends = notice.step == NoticeStep.BALANCE_ENDS
    subject = (
        _("Daylily order %(number)s: pay the balance of %(sum)s by tomorrow")
        if ends
        else _("Daylily order %(number)s: the balance of %(sum)s can be paid now")
    )
    short = (
        _("Daylily: the balance of %(sum)s for order %(number)s is due within a day, or the deposit is lost:")
        if ends
        else _("Daylily: the balance of %(sum)s for order %(number)s can be paid now:")
    )
    return _letter(notice, subject, "balance", short=short, ends=ends)


@writes(NoticeStep.LAPSED)
def lapsed(notice: Notice) -> Letter:
    """The balance was not paid: the order is over, and the deposit is the farmer's."""
    return _letter(notice, _("Daylily order %(number)s is over: the balance was not paid"), "lapsed")


@writes(NoticeStep.DEPOSIT_BACK)
def deposit_back(notice: Notice) -> Letter:
    """The order was called off, why, and that the deposit (the part: its refund's key) comes back."""
    refund = Refund.objects.get(pk=int(notice.part))
    why = {
        REGRETTED: "",
        HARVEST_SHORT: _("The harvest was too small."),
        CALLED_OFF: _("The farm can't send what was promised."),
        RECALLED: _("The goods were recalled."),
    }.get(refund.reason, "")
    subject = _("Daylily order %(number)s is called off: your deposit comes back")
    return _letter(notice, subject, "deposit_back", refund=refund, why=why)
