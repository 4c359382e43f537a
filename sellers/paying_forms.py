"""The forms of payouts: how much in cash, a run's period and way, a bank's answer, a reason."""

import datetime as dt
import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.fixed_point import YuanField
from accounts.plain_text import refuse_invisible
from sellers.bank_files import ANSWER
from sellers.models import PayoutWay

_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")


class SumField(YuanField):
    """A sum that is typed in yuan and kept in fen."""

    most = 10_000_000
    wrong = gettext_lazy("Write the sum in yuan, such as 380 or 380.50.")
    too_fine = gettext_lazy("A sum has two decimals at most: jiao and fen.")
    too_much = gettext_lazy("This sum is above ¥100,000; please check.")

    def clean(self, value: Any) -> Any:
        """The sum in fen; commas between thousands are read over."""
        if isinstance(value, str) and _GROUPED.fullmatch(value.strip()):
            value = value.replace(",", "")
        return super().clean(value)


class CashForm(forms.Form):
    """How much the farmer takes along."""

    amount_fen = SumField(label=gettext_lazy("How much in yuan?"))


class RunForm(forms.Form):
    """For which period, and which way."""

    way = forms.ChoiceField(
        label=gettext_lazy("How is it paid?"), choices=PayoutWay, widget=forms.RadioSelect, initial=PayoutWay.BANK
    )
    period = forms.ChoiceField(label=gettext_lazy("For which period?"))

    def __init__(self, periods: list[tuple[dt.date, dt.date]], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.periods = {f"{first.isoformat()}_{last.isoformat()}": (first, last) for first, last in periods}
        field = self.fields["period"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (key, _("%(first)s to %(last)s") % {"first": first.isoformat(), "last": last.isoformat()})
            for key, (first, last) in self.periods.items()
        ]

    def clean_period(self) -> tuple[dt.date, dt.date]:
        """First and last day."""
        return self.periods[self.cleaned_data["period"]]


class AnswerForm(forms.Form):
    """The file that the bank sent back."""

    file = forms.FileField(
        label=gettext_lazy("The bank's answer"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,text/csv"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        words = _("CSV or XLSX, with the columns %(columns)s.")
        self.fields["file"].help_text = words % {"columns": "、".join(column.zh for column in ANSWER[:4])}


class ReasonForm(forms.Form):
    """Why, in a few words; it stands in the history."""

    reason = forms.CharField(label=gettext_lazy("Why?"), max_length=200, validators=[refuse_invisible])
