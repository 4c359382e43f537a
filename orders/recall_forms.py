"""The forms of recalls: starting one, ending one, and taking its buyers' numbers out for an authority."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import Advice, RecallReason


class RecallForm(forms.Form):
    """Why a lot is recalled, and what buyers should do. `drill`: nothing is at stake, so nobody has to say that they are sure."""

    reason = forms.ChoiceField(label=_("Why"), choices=RecallReason.choices)
    words = forms.CharField(
        label=_("In a few words, for buyers"),
        help_text=_("What was found, by whom. Buyers read it as it stands here."),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    words_en = forms.CharField(
        label=_("The same in English"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    advice = forms.ChoiceField(
        label=_("What buyers should do"), choices=Advice.choices, widget=forms.RadioSelect, initial=Advice.DESTROY
    )
    sure = forms.BooleanField(
        label=_("I know that sale stops and buyers are paid back at once"),
        error_messages={"required": _("Not recalled yet: please tick that you know what a recall does.")},
    )

    def __init__(self, *args: Any, drill: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sure"].required = not drill


class EndForm(forms.Form):
    """Why a recall was a false alarm."""

    why = forms.CharField(
        label=_("Why it is over"),
        help_text=_("Buyers who had been told read this."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class TakeOutForm(forms.Form):
    """For whom the list leaves with names and numbers in clear."""

    purpose = forms.CharField(
        label=_("Which authority asks, and under which paper"),
        help_text=_("It is written down with your name before the file is made."),
        max_length=120,
        min_length=4,
    )
