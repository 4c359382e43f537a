"""Parts that forms of sellers share: what a mandate allows and until when, and a store's texts in English."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.plain_text import refuse_invisible
from sellers.mandates import Terms

LONGEST_MANDATE = dt.timedelta(days=3 * 366)


class TermsFields(forms.Form):
    """What the farmer allows the staff of a station, until when."""

    may_list = forms.BooleanField(label=_("put up goods and describe them"), required=False, initial=True)
    may_price = forms.BooleanField(label=_("set and change prices"), required=False, initial=True)
    may_answer = forms.BooleanField(label=_("answer buyers"), required=False, initial=True)
    may_receive_cash = forms.BooleanField(label=_("receive cash for the farmer"), required=False)
    ends_on = forms.DateField(
        label=_("The mandate ends on"),
        help_text=_("One year, unless the farmer wants it otherwise."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        today = timezone.localdate()
        self.fields["ends_on"].initial = a_year_after(today)
        bounds = {"min": today + dt.timedelta(days=1), "max": today + LONGEST_MANDATE}
        self.fields["ends_on"].widget.attrs.update({name: day.isoformat() for name, day in bounds.items()})

    def clean_ends_on(self) -> dt.date:
        """A day after today, within three years."""
        ends_on: dt.date = self.cleaned_data["ends_on"]
        if not timezone.localdate() < ends_on <= timezone.localdate() + LONGEST_MANDATE:
            raise ValidationError(_("Please choose a day after today and within three years."))
        return ends_on

    def terms(self) -> Terms:
        """What openings.record_terms and mandates.renew_mandate take."""
        given = self.cleaned_data
        return Terms(
            ends_on=given["ends_on"],
            may_list=given["may_list"],
            may_price=given["may_price"],
            may_receive_cash=given["may_receive_cash"],
            may_answer=given["may_answer"],
        )


class EnglishFields(forms.Form):
    """A store's texts in English, behind its own."""

    name_en = forms.CharField(
        label=_("Name in English"),
        max_length=80,
        required=False,
        validators=[refuse_invisible],
        widget=forms.TextInput(attrs={"autocomplete": "off", "lang": "en"}),
    )
    story_en = forms.CharField(
        label=_("Story in English"),
        max_length=4000,
        required=False,
        validators=[refuse_invisible],
        widget=forms.Textarea(attrs={"rows": 4, "lang": "en"}),
    )

    def order_fields(self, field_order: Any) -> None:
        """The English ones come last."""
        ours = [name for name in self.fields if name not in EnglishFields.base_fields]
        super().order_fields(field_order or [*ours, *EnglishFields.base_fields])


def a_year_after(day: dt.date) -> dt.date:
    """The same day of the next year, 28 February for 29 February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)
