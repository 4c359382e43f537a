"""What a case's page shows: the talk in order, with its photographs, and how long whoever's turn it is has left."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from aftersales.models import Case, CaseLine, Side, Step
from aftersales.states import TURNS


@dataclass(frozen=True, slots=True)
class Talk:
    """The steps of a case with their photographs, its lines, and whose turn it is."""

    steps: list[Step]
    lines: list[CaseLine]
    turn: Side | None

    @property
    def waits_for(self) -> str:
        """Whose turn it is, in words."""
        words = {
            Side.SELLER: _("The seller answers"),
            Side.BUYER: _("The buyer answers"),
            Side.COUNTY: _("The county service centre decides"),
        }
        return words[self.turn] if self.turn else ""


def talk_of(case: Case) -> Talk:
    """Everything that was said and done in a case. Three queries."""
    steps = list(case.steps.prefetch_related("photos"))
    lines = list(case.lines.select_related("line__product__picture").order_by("line"))
    return Talk(steps, lines, TURNS[case.state][0] if case.state in TURNS else None)
