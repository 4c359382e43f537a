"""The forms of deciding on a store, and of a station's own store."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.plain_text import refuse_invisible
from sellers.form_parts import EnglishFields
from sellers.forms import CleanPictureField
from sellers.models import ReturnedField
from stations.models import Station


class ReturnForm(forms.Form):
    """Why a store goes back to its village point: a tick and a few words for each thing that has to be mended, at least one."""

    def __init__(self, returned: list[ReturnedField], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.returned = returned
        for field in returned:
            self.fields[f"tick_{field}"] = forms.BooleanField(label=field.label, required=False)
            self.fields[f"why_{field}"] = forms.CharField(
                label=_("What is wrong with it?"),
                max_length=200,
                required=False,
                validators=[refuse_invisible],
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )

    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The tick and the words of each thing, for the page."""
        return [(self[f"tick_{field}"], self[f"why_{field}"]) for field in self.returned]

    def clean(self) -> dict[str, Any]:
        """Words for every tick; words without a tick count as well."""
        answers = super().clean() or self.cleaned_data
        for field in self.returned:
            if answers.get(f"tick_{field}") and not answers.get(f"why_{field}") and f"why_{field}" not in self.errors:
                self.add_error(f"why_{field}", _("Please say what has to be mended."))
        if not self.errors and not self.reasons():
            raise ValidationError(_("Please tick at least one thing, and say what has to be mended."))
        return answers

    def reasons(self) -> dict[str, str]:
        """What onboarding.return_store takes."""
        words = {field.value: self.cleaned_data.get(f"why_{field}", "") for field in self.returned}
        return {field: text for field, text in words.items() if text}


class GatheringForm(EnglishFields, forms.Form):
    """The store in which a station sells what it gathers."""

    station = forms.ModelChoiceField(Station.objects.none(), label=_("Station"), empty_label=None)
    name = forms.CharField(
        label=_("Name of the store"),
        max_length=40,
        min_length=2,
        validators=[refuse_invisible],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    picture = CleanPictureField(
        label=_("Picture"), required=False, help_text=_("The station, or the goods as they come together.")
    )
    story = forms.CharField(
        label=_("Story"),
        max_length=2000,
        required=False,
        help_text=_("Whose goods come together here, and how are they checked?"),
        validators=[refuse_invisible],
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, stations: QuerySet[Station], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["station"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = stations
        setattr(field, "label_from_instance", lambda station: station.label)  # noqa: B010 - mypy takes no other
