"""The period and region that a page of figures is asked for."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.months import BadMonth, parse_month, show_month, this_month
from reports.volume import GROUPINGS

LONGEST_MONTHS = 120
GROUPING_LABELS = {
    "month": gettext_lazy("by month"),
    "region": gettext_lazy("by region"),
    "category": gettext_lazy("by category"),
    "channel": gettext_lazy("by channel"),
}


class MonthField(forms.CharField):
    """A month written as 2026-01, cleaned to its number; browsers that know months offer a calendar."""

    widget = forms.DateInput(attrs={"type": "month", "placeholder": "2026-01"})

    def clean(self, value: Any) -> int:
        """The month's number. Raises ValidationError."""
        text = super().clean(value)
        try:
            return parse_month(text)
        except BadMonth as error:
            raise forms.ValidationError(str(error)) from error

    def prepare_value(self, value: Any) -> Any:
        """The month as the widget shows it."""
        return show_month(value) if isinstance(value, int) else value


class PeriodForm(forms.Form):
    """From month to month, in rows by something; the last twelve months unless asked otherwise."""

    first = MonthField(label=gettext_lazy("From"))
    last = MonthField(label=gettext_lazy("To"))
    by = forms.ChoiceField(
        label=gettext_lazy("Group by"), choices=[(name, GROUPING_LABELS[name]) for name in GROUPINGS]
    )

    def __init__(self, data: Any = None) -> None:
        last = this_month()
        asked = {"first": show_month(last - 11), "last": show_month(last), "by": "region"}
        asked.update({name: data[name] for name in asked if data and data.get(name)})
        super().__init__(asked)

    def clean(self) -> dict[str, Any]:
        """The cleaned period. Raises ValidationError when it runs backwards or is longer than ten years."""
        period = super().clean() or {}
        if {"first", "last"} <= period.keys():
            if period["first"] > period["last"]:
                raise forms.ValidationError(_("The first month comes after the last one."))
            if period["last"] - period["first"] >= LONGEST_MONTHS:
                raise forms.ValidationError(_("Ten years at most can be shown at once."))
        return period
