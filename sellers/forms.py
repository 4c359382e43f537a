"""The forms of opening a store: one a screen, few fields, what is wrong said where it is."""

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.phones import BadPhone, checked_phone
from accounts.plain_text import refuse_invisible
from pictures.intake import PictureRefused, clean_file
from sellers.identity import BadIdentityNumber, checked_identity
from sellers.models import Mandate, Opening
from sellers.openings import villages_of
from stations.models import Region, Station

LONGEST_MANDATE = dt.timedelta(days=3 * 366)
# National registration of poor households (建档立卡) began in 2014; the last county left the list in 2020.
POVERTY_YEARS = range(2014, 2021)


class Screen(forms.Form):
    """A form that knows the opening it belongs to."""

    def __init__(self, opening: Opening, *args: Any, **options: Any) -> None:
        self.opening = opening
        super().__init__(*args, **options)


class ConsentForm(forms.Form):
    """The first screen: the farmer agrees, before anything is asked."""

    station = forms.ModelChoiceField(Station.objects.none(), label=_("Station"), empty_label=None)
    consent = forms.BooleanField(
        label=_("The farmer has heard this and agrees."),
        error_messages={
            "required": _("Without the farmer's consent nothing can be written down. Please read it to them.")
        },
    )
    identity_consent = forms.BooleanField(
        label=_("The farmer separately agrees to the use of the identity number."),
        error_messages={"required": _("The identity number needs a consent of its own. Please read it to them.")},
    )

    def __init__(self, stations: list[Station], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["station"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Station.objects.filter(pk__in=[station.pk for station in stations])
        field.initial = stations[0].pk
        if len(stations) == 1:
            field.widget = forms.HiddenInput()


class PersonForm(Screen):
    """Whose store it will be."""

    name = forms.CharField(
        label=_("Farmer's name"),
        max_length=30,
        min_length=2,
        help_text=_("As on the identity card."),
        validators=[refuse_invisible],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=_("Farmer's mobile number"),
        max_length=20,
        help_text=_("Their own phone, if they have one: the code is sent there."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    def clean_phone(self) -> str:
        """Eleven digits, whatever spaces were typed."""
        try:
            return checked_phone(self.cleaned_data["phone"])
        except BadPhone as refused:
            raise ValidationError(str(refused)) from refused


class VillageForm(Screen):
    """Where they live, among the villages of the station; by township where there are several."""

    region = forms.ChoiceField(label=_("Village"))

    def __init__(self, opening: Opening, *args: Any, **options: Any) -> None:
        super().__init__(opening, *args, **options)
        field = self.fields["region"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "…"), *_by_township(villages_of(opening.station))]

    def clean_region(self) -> Region:
        """The village itself."""
        return Region.objects.get(code=self.cleaned_data["region"])


def _by_township(villages: list[Region]) -> list[Any]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for village in villages:
        groups.setdefault(village.parent.label if village.parent else "", []).append((village.code, village.label))
    return list(groups.items()) if len(groups) > 1 else [pair for pairs in groups.values() for pair in pairs]


class IdentityForm(Screen):
    """Their identity number; its last character proves the others."""

    identity = forms.CharField(
        label=_("Identity number"),
        max_length=30,
        help_text=_("18 characters. The last one is worked out from the others, so a slip is noticed at once."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_identity(self) -> str:
        """The checked number."""
        try:
            return checked_identity(self.cleaned_data["identity"])
        except BadIdentityNumber as refused:
            raise ValidationError(str(refused)) from refused


class AboutForm(Screen):
    """What the family tells about itself, if it wants to: all of it may stay empty."""

    women_led = forms.BooleanField(label=_("A woman runs it"), required=False)
    youth_led = forms.BooleanField(label=_("Somebody under 35 runs it"), required=False)
    poverty_registered_year = forms.TypedChoiceField(
        label=_("Registered as a poor household in"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("not registered, or not to be said")), *((year, str(year)) for year in POVERTY_YEARS)],
    )


class TermsForm(Screen):
    """What the farmer allows the station's staff to do, until when."""

    SCOPES: ClassVar = ("may_list", "may_price", "may_answer", "may_receive_cash")

    may_list = forms.BooleanField(
        label=_("put up goods and describe them"), disabled=True, required=False, initial=True
    )
    may_price = forms.BooleanField(label=_("set and change prices"), required=False, initial=True)
    may_answer = forms.BooleanField(label=_("answer buyers"), required=False, initial=True)
    may_receive_cash = forms.BooleanField(label=_("receive cash for the farmer"), required=False)
    ends_on = forms.DateField(
        label=_("The mandate ends on"),
        help_text=_("One year, unless the farmer wants it otherwise."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, opening: Opening, *args: Any, **options: Any) -> None:
        super().__init__(opening, *args, **options)
        today = timezone.localdate()
        self.fields["ends_on"].initial = a_year_after(today)
        attributes = {"min": today + dt.timedelta(days=1), "max": today + LONGEST_MANDATE}
        self.fields["ends_on"].widget.attrs.update({name: day.isoformat() for name, day in attributes.items()})

    def clean_ends_on(self) -> dt.date:
        """A day after today, within three years."""
        ends_on: dt.date = self.cleaned_data["ends_on"]
        if not timezone.localdate() < ends_on <= timezone.localdate() + LONGEST_MANDATE:
            raise ValidationError(_("Please choose a day after today and within three years."))
        return ends_on


def a_year_after(day: dt.date) -> dt.date:
    """The same day of the next year, 28 February for 29 February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


class CodeForm(forms.Form):
    """The six digits that the farmer reads out."""

    code = forms.RegexField(
        r"^\s*\d{6}\s*$",
        label=_("The code on the farmer's phone"),
        help_text=_("Six digits. Ask the farmer to read them out."),
        error_messages={"invalid": _("The code has six digits.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "8"}),
    )


class CleanPictureField(forms.FileField):
    """A picture that the pipeline has read and written anew; the message of a refusal is for whoever sent it."""

    widget = forms.FileInput(attrs={"accept": "image/*"})

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The cleaned file, or None when there is none and none is asked for."""
        file = super().clean(data, initial)
        if not file:
            return None
        try:
            return clean_file(file)
        except PictureRefused as refused:
            raise ValidationError(str(refused)) from refused


class PaperForm(forms.Form):
    """The photograph of the signed paper."""

    paper = CleanPictureField(
        label=_("Photograph of the signed paper"),
        help_text=_("Flat on the table, all four corners in the picture, the signature readable."),
        error_messages={"required": _("Please take a photograph of the signed paper.")},
    )


class NameForm(Screen):
    """What the store is called."""

    name = forms.CharField(
        label=_("Name in Chinese"),
        max_length=40,
        min_length=2,
        validators=[refuse_invisible],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    name_en = forms.CharField(
        label=_("Name in English"),
        max_length=80,
        required=False,
        validators=[refuse_invisible],
        widget=forms.TextInput(attrs={"autocomplete": "off", "lang": "en"}),
    )


class StoryForm(Screen):
    """What buyers read about the family."""

    story = forms.CharField(
        label=_("Story in Chinese"),
        max_length=2000,
        required=False,
        validators=[refuse_invisible],
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    story_en = forms.CharField(
        label=_("Story in English"),
        max_length=4000,
        required=False,
        validators=[refuse_invisible],
        widget=forms.Textarea(attrs={"rows": 4, "lang": "en"}),
    )


class PictureForm(Screen):
    """A picture of the family, the house or the field."""

    picture = CleanPictureField(
        label=_("Picture"),
        required=False,
        help_text=_("JPEG, PNG, WebP, HEIC or AVIF. Where it was taken is not kept."),
    )


class ReviewForm(Screen):
    """Nothing to fill in: the last look."""


class ReturnForm(forms.Form):
    """Why a store goes back to its village point."""

    reason = forms.CharField(
        label=_("What has to be mended?"),
        max_length=300,
        validators=[refuse_invisible],
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Please say what has to be mended.")},
    )


def terms_of(mandate: Mandate | None) -> dict[str, Any]:
    """What a mandate says, as the initial values of TermsForm."""
    if mandate is None:
        return {}
    return {name: getattr(mandate, name) for name in (*TermsForm.SCOPES, "ends_on")}
