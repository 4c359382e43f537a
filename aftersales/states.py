"""How a case moves: whose turn it is, how long they have, and one guarded UPDATE, so that of two answers one counts."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from aftersales.models import OVER, Case, CaseState, Side

TRANSITIONS: Final[Mapping[str, frozenset[str]]] = {
    CaseState.OPEN: frozenset(
        {
            CaseState.OFFERED,
            CaseState.REFUSED,
            CaseState.RETURNING,
            CaseState.COUNTY,
            CaseState.SETTLED,
            CaseState.CLOSED,
        }
    ),
    CaseState.OFFERED: frozenset({CaseState.COUNTY, CaseState.SETTLED, CaseState.CLOSED}),
    CaseState.REFUSED: frozenset({CaseState.COUNTY, CaseState.CLOSED}),
    CaseState.RETURNING: frozenset({CaseState.SENT_BACK, CaseState.CLOSED}),
    CaseState.SENT_BACK: frozenset({CaseState.COUNTY, CaseState.SETTLED}),
    CaseState.COUNTY: frozenset({CaseState.SETTLED, CaseState.CLOSED}),
    CaseState.SETTLED: frozenset(),
    CaseState.CLOSED: frozenset(),
}
# Whose turn it is, and how long they may be silent; what then happens is in aftersales.clocks. Our own rule, told on the page: goods that
# were sent back may be days on the road, so whoever waits for them has longer.
TURNS: Final[Mapping[str, tuple[Side, dt.timedelta]]] = {
    CaseState.OPEN: (Side.SELLER, dt.timedelta(hours=48)),
    CaseState.OFFERED: (Side.BUYER, dt.timedelta(days=3)),
    CaseState.REFUSED: (Side.BUYER, dt.timedelta(days=3)),
    CaseState.RETURNING: (Side.BUYER, dt.timedelta(days=7)),
    CaseState.SENT_BACK: (Side.SELLER, dt.timedelta(days=10)),
    CaseState.COUNTY: (Side.COUNTY, dt.timedelta(days=5)),
}


class CaseMoved(ValueError):
    """The case is no longer where this step starts from: somebody answered meanwhile, or the time was over."""


def move_case(case: Case, to: CaseState, *, at: dt.datetime, **changes: Any) -> None:
    """Move `case` and set `changes` with it, its deadline or its end too. Raises CaseMoved."""
    over = to in OVER
    fields = {
        **changes,
        "state": to,
        "due_at": None if over else at + TURNS[to][1],
        "ended_at": at if over else None,
    }
    allowed = to in TRANSITIONS[case.state]
    if not allowed or not Case.objects.filter(pk=case.pk, state=case.state).update(**fields):
        raise CaseMoved(_("Somebody has answered meanwhile. Please look again."))
    for name, value in fields.items():
        setattr(case, name, value)
