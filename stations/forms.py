"""The form of a posting: who, and until when."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.plain_text import refuse_invisible
from stations import appointing


class PostingForm(forms.Form):
    """Who is posted; where stands in the address of the page."""

    name = forms.CharField(
        label=_("Their name"),
        min_length=2,
        max_length=60,
        validators=[refuse_invisible],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    contact = forms.CharField(
        label=_("Mobile number or e-mail"),
        max_length=120,
        help_text=_("They sign in with it. Please check it twice: whoever holds this number gets the posting."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("Leave it empty for a posting without an end."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def clean_contact(self) -> str:
        """A number or an address that can be reached."""
        text: str = self.cleaned_data["contact"]
        try:
            appointing.contact_of(text)
        except appointing.BadContact as bad:
            raise ValidationError(str(bad)) from bad
        return text
