"""The forms of cash: what is handed over to whom, what was counted, and what becomes of a difference."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.fixed_point import FEN_A_YUAN, YuanField
from accounts.plain_text import refuse_invisible
from pictures.intake import PictureRefused, clean_file
from stations.cash import MOST_FEN, MOST_REASON, Way
from stations.models import CashOutcome

BANK = "bank"


class SumField(YuanField):
    """A sum of cash, typed in yuan and kept in fen."""

    most = MOST_FEN
    wrong = _("Write the sum in yuan, such as 380 or 380.50.")
    too_fine = _("A sum has two decimals at most: jiao and fen.")
    too_much = _("That is more than 100,000 yuan: please count again, or make two of it.")


class CountField(SumField):
    """What was counted; nothing is a count as well."""

    def clean(self, value: Any) -> Any:
        """Fen."""
        text = str(value or "").strip()
        if text and not text.strip("0０.．"):
            return 0
        return super().clean(value)


class HandOverForm(forms.Form):
    """How much goes where, with the slip that goes with it. `ref` makes the page's handover happen once."""

    ref = forms.RegexField(regex=r"^[A-Za-z0-9_-]{10,24}$", widget=forms.HiddenInput)
    to = forms.ChoiceField(label=_("For"), error_messages={"required": _("Choose who gets it.")})
    fen = SumField(label=_("How much did you count?"))
    slip = forms.CharField(
        label=_("Number of the slip"),
        max_length=40,
        required=False,
        validators=[refuse_invisible],
        help_text=_(
            "For the bank, the number on its slip. Between stations it may stay empty: you print one afterwards."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    photograph = forms.FileField(
        label=_("Photograph of the slip"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment", "data-shrink": ""}),
    )

    def __init__(self, ways: list[Way], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ways = {way.receiver.code if way.receiver else BANK: way for way in ways}
        choices = [
            (code, way.receiver.label if way.receiver else gettext("the bank")) for code, way in self.ways.items()
        ]
        self.fields["to"].choices = choices  # type: ignore[attr-defined]

    def clean_photograph(self) -> Any:
        """The picture, read and written anew; None where there is none."""
        file = self.cleaned_data["photograph"]
        try:
            return clean_file(file) if file else None
        except PictureRefused as refused:
            raise ValidationError(str(refused)) from refused


class FetchForm(forms.Form):
    """Change that the county centre fetched from the bank."""

    ref = forms.RegexField(regex=r"^[A-Za-z0-9_-]{10,24}$", widget=forms.HiddenInput)
    fen = SumField(label=_("How much did you fetch?"))
    slip = forms.CharField(
        label=_("Number of the bank's slip"), max_length=40, required=False, validators=[refuse_invisible]
    )


class CountForm(forms.Form):
    """What the receiver counted."""

    fen = CountField(label=_("How much did you count?"))


class DifferenceForm(forms.Form):
    """What becomes of a difference, and why."""

    outcome = forms.ChoiceField(label=_("What becomes of the difference?"), choices=CashOutcome.choices)
    reason = forms.CharField(
        label=_("Why?"),
        max_length=MOST_REASON,
        validators=[refuse_invisible],
        error_messages={"required": _("Write why: what was found, and who was asked.")},
    )


def in_yuan(fen: int) -> str:
    """'1,234.50', exact."""
    whole, part = divmod(abs(fen), FEN_A_YUAN)
    return f"{'−' if fen < 0 else ''}{whole:,}.{part:02d}"
