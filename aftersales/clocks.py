"""Deadlines: whoever is silent too long has decided.

A seller who says nothing has agreed, and goods on the way back have arrived as they should; a buyer who says nothing takes the offer, or
lets the case go; a county that does not decide leaves the buyer right.
"""

import datetime as dt
import logging

from django.db import transaction
from django.utils import timezone

from aftersales.answering import grant_as_asked
from aftersales.models import Case, CaseState, Deed, Side, Wish
from aftersales.notices import tell_buyer
from aftersales.replying import take_offer
from aftersales.settling import close, pay_back, settle
from aftersales.talking import Said, locked, write_step
from orders.replacing import CannotReplace

logger = logging.getLogger("daylily.money")


def end_silence(*, at: dt.datetime | None = None) -> int:
    """Decide every case whose side is silent beyond its deadline; returns how many. One that fails stops no other."""
    when = at or timezone.now()
    due = Case.objects.open().filter(due_at__lte=when).order_by("due_at", "pk")
    done = 0
    for case in due.select_related("consignment"):
        try:
            done += _end(case, when)
        except Exception:  # it stays due, and somebody has to look
            logger.exception("After-sales case %s could not be decided.", case.pk)
    return done


def _end(case: Case, when: dt.datetime) -> int:
    with transaction.atomic():
        held = locked(case)
        if held.due_at is None or held.due_at > when:
            return 0
        said = Said(Side.CLOCK, None, f"due-{held.state}")
        write_step(held, Deed.TIME_OVER, said, at=when)
        if held.state == CaseState.OFFERED:
            take_offer(held, said, when)
        elif held.state in (CaseState.REFUSED, CaseState.RETURNING):
            close(held, at=when)
        elif held.state == CaseState.OPEN:
            _agree(held, said, when)
        else:  # on its way back, or before the county
            _pay_all(held, when)
        tell_buyer(held)
    return 1


def _agree(case: Case, said: Said, when: dt.datetime) -> None:
    if case.wish != Wish.REPLACEMENT:
        grant_as_asked(case, said, when)
        return
    try:
        with transaction.atomic():
            grant_as_asked(case, said, when)
    except CannotReplace:  # then the money
        _pay_all(case, when)


def _pay_all(case: Case, when: dt.datetime) -> None:
    refund = pay_back(case, goods_fen=case.goods_fen, freight_fen=case.freight_fen, by=None, at=when)
    settle(case, at=when, refund=refund)
