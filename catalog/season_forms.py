"""The fields of a season's box: how many boxes, how far apart, in which season. A pack that leaves all of them empty is an ordinary one."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import SoldBy
from catalog.models.variant import FEWEST_DELIVERIES, MOST_DELIVERIES, MOST_WEEKS_BETWEEN
from catalog.season_boxes import Season, check_season
from catalog.weeks import monday_of


class WeekField(forms.DateField):
    """A week, by any of its days; its value is the Monday."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)

    def to_python(self, value: Any) -> dt.date | None:
        """The Monday of the day that was chosen."""
        day = super().to_python(value)
        return monday_of(day) if day else None


def _number(label: Any, least: int, most: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )


class SeasonFields(forms.Form):
    """What makes a pack a season's box; `check` looks at it when the form is cleaned."""

    deliveries = _number(gettext_lazy("How many boxes in all"), FEWEST_DELIVERIES, MOST_DELIVERIES)
    weeks_between = _number(gettext_lazy("One every so many weeks"), 1, MOST_WEEKS_BETWEEN)
    season_from = WeekField(label=gettext_lazy("First week of the season (any day of it)"), required=False)
    season_until = WeekField(label=gettext_lazy("Last week of the season (any day of it)"), required=False)
    SEASON = ("deliveries", "weeks_between", "season_from", "season_until")

    @property
    def season(self) -> list[forms.BoundField]:
        """The fields that fold away."""
        return [self[name] for name in self.SEASON if name in self.fields]

    @property
    def season_open(self) -> bool:
        """Whether they must be seen: something is wrong there, or something is said."""
        return any(name in self.errors or self[name].value() for name in self.SEASON if name in self.fields)

    def refuse_half_a_season(self, cleaned: dict[str, Any], **known: int) -> None:
        """Adds errors where the season is said in part, doesn't hold its boxes, or is of goods by weight. `known` can't be changed."""
        said: dict[str, Any] = {name: cleaned.get(name) for name in self.SEASON} | known
        if any(name in self.errors for name in self.SEASON):
            return
        if said["deliveries"] and cleaned.get("sold_by") == SoldBy.WEIGHT:
            self.add_error("deliveries", _("A season's box is sold by the piece."))
            return
        try:
            check_season(Season(**said))
        except ValidationError as refused:
            self.add_error(None, refused)
