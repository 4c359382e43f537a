"""The forms of opening a store: one a screen, few fields, what is wrong said where it is."""

from collections.abc import Collection
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.phones import BadPhone, checked_phone
from accounts.plain_text import refuse_invisible
from pictures.intake import PictureRefused, clean_file
from sellers.form_parts import EnglishFields, TermsFields
from sellers.identity import BadIdentityNumber, checked_identity
from sellers.licence import BadLicence, checked_licence
from sellers.models import Evidence, HouseholdKind, Mandate, Opening, ReturnedField
from sellers.names import store_names
from sellers.openings import station_serves_one_village, villages_of
from stations.models import Region, Station

# National registration of poor households (建档立卡) began in 2014; the last county left the list in 2020.
POVERTY_YEARS = range(2014, 2021)
KINDS = (HouseholdKind.HOUSEHOLD, HouseholdKind.COOPERATIVE, HouseholdKind.ENTERPRISE)


class Screen(forms.Form):
    """A form that knows the opening it belongs to."""

    def __init__(self, opening: Opening, *args: Any, **options: Any) -> None:
        self.opening = opening
        super().__init__(*args, **options)


def _name_field() -> forms.CharField:
    return forms.CharField(
        label=_("Name"),
        max_length=60,
        min_length=2,
        help_text=_("As on the identity card, or as on the licence."),
        validators=[refuse_invisible],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class FarmerFields(forms.Form):
    """Who sells, in three answers."""

    name = _name_field()
    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=20,
        help_text=_("The farmer's own phone, if they have one: the code is sent there."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=_("Who sells?"),
        choices=[(kind.value, kind.label) for kind in KINDS],
        initial=HouseholdKind.HOUSEHOLD.value,
        widget=forms.RadioSelect,
    )

    def clean_phone(self) -> str:
        """Eleven digits, whatever spaces were typed."""
        try:
            return checked_phone(self.cleaned_data["phone"])
        except BadPhone as refused:
            raise ValidationError(str(refused)) from refused


class NameForm(forms.Form):
    """The farmer's name, when it was given back to be mended."""

    name = _name_field()


class FarmerForm(FarmerFields):
    """The first screen: the farmer agrees, and says name and phone. Nothing is kept without the tick."""

    consent = forms.BooleanField(
        label=_("The farmer has heard this and agrees."),
        error_messages={
            "required": _("Without the farmer's consent nothing can be written down. Please read it to them.")
        },
    )
    station = forms.ModelChoiceField(Station.objects.none(), label=_("Station"), empty_label=None)

    field_order = ("consent", "name", "phone", "kind", "station")

    def __init__(self, stations: list[Station], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["station"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Station.objects.filter(pk__in=[station.pk for station in stations])
        field.initial = stations[0].pk
        if len(stations) == 1:
            field.widget = forms.HiddenInput()


def _by_township(villages: list[Region]) -> list[Any]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for village in villages:
        groups.setdefault(village.parent.label if village.parent else "", []).append((village.code, village.label))
    return list(groups.items()) if len(groups) > 1 else [pair for pairs in groups.values() for pair in pairs]


class CleanPictureField(forms.FileField):
    """A picture that the pipeline has read and written anew; the message of a refusal is for whoever sent it."""

    # The camera opens first; shrink.js makes the photograph small before it is sent.
    widget = forms.FileInput(attrs={"accept": "image/*", "capture": "environment", "data-shrink": ""})

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The cleaned file, or None when there is none and none is asked for."""
        file = super().clean(data, initial)
        if not file:
            return None
        try:
            return clean_file(file)
        except PictureRefused as refused:
            raise ValidationError(str(refused)) from refused


def _checked_input(what: str) -> forms.TextInput:
    """A number whose last character identity.js checks while it is typed."""
    said = {"data-good": _("The number fits."), "data-bad": _("The last character does not fit the others.")}
    plain = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
    return forms.TextInput(attrs={**plain, **said, "data-check": what})


class IdentityForm(Screen):
    """Who they are: a family by its identity number, a co-operative or an enterprise by its licence.

    An organisation is not asked for anybody's identity number: its licence says who it is, and whoever represents it may also sell
    as a family of their own. The village is asked only where the station serves several.
    """

    FAMILY: ClassVar = ("identity_consent", "identity", "women_led", "youth_led", "poverty_registered_year")
    LICENCE: ClassVar = ("licence_code", "representative", "licence")
    MORE: ClassVar = ("women_led", "youth_led", "poverty_registered_year")

    identity_consent = forms.BooleanField(
        label=_("The farmer separately agrees to the use of the identity number."),
        error_messages={"required": _("The identity number needs a consent of its own. Please read it to them.")},
    )
    identity = forms.CharField(
        label=_("Identity number"),
        max_length=30,
        help_text=_("18 characters. The last one is worked out from the others, so a slip is noticed at once."),
        widget=_checked_input("identity"),
    )
    licence_code = forms.CharField(
        label=_("Unified social credit code"),
        max_length=30,
        help_text=_("18 characters, at the top of the licence."),
        widget=_checked_input("licence"),
    )
    representative = forms.CharField(
        label=_("Legal representative"),
        max_length=60,
        min_length=2,
        validators=[refuse_invisible],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    licence = CleanPictureField(
        label=_("Photograph of the licence"),
        help_text=_("Flat on the table, all four corners in the picture, the code readable."),
        error_messages={"required": _("Please take a photograph of the licence.")},
    )
    region = forms.ChoiceField(label=_("Village"))
    women_led = forms.BooleanField(label=_("A woman runs it"), required=False)
    youth_led = forms.BooleanField(label=_("Somebody under 35 runs it"), required=False)
    poverty_registered_year = forms.TypedChoiceField(
        label=_("Registered as a poor household in"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("not registered, or not to be said")), *((year, str(year)) for year in POVERTY_YEARS)],
    )

    MENDS: ClassVar = {
        ReturnedField.IDENTITY.value: ("identity",),
        ReturnedField.VILLAGE.value: ("region",),
        ReturnedField.LICENCE.value: LICENCE,
    }

    def __init__(self, opening: Opening, *args: Any, mended: Collection[str] | None = None, **options: Any) -> None:
        """`mended` names the ReturnedFields of a store that was given back; only those are then asked again."""
        super().__init__(opening, *args, **options)
        for name in self.LICENCE if opening.kind == HouseholdKind.HOUSEHOLD else self.FAMILY:
            del self.fields[name]
        if "licence" in self.fields:
            self.fields["licence"].required = mended is None and not opening.licence_paper
        if mended is not None:
            asked = {name for field in mended for name in self.MENDS[field]}
            for name in set(self.fields) - asked:
                del self.fields[name]
        if "region" not in self.fields:
            return
        if station_serves_one_village(opening.station):
            del self.fields["region"]
        else:
            field = self.fields["region"]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", "…"), *_by_township(villages_of(opening.station))]

    def clean_identity(self) -> str:
        """The checked number."""
        try:
            return checked_identity(self.cleaned_data["identity"])
        except BadIdentityNumber as refused:
            raise ValidationError(str(refused)) from refused

    def clean_licence_code(self) -> str:
        """The checked code."""
        try:
            return checked_licence(self.cleaned_data["licence_code"])
        except BadLicence as refused:
            raise ValidationError(str(refused)) from refused

    def clean_region(self) -> Region:
        """The village itself."""
        return Region.objects.get(code=self.cleaned_data["region"])

    def answers(self) -> dict[str, Any]:
        """What openings.record_identity takes: the consent has been given and is no answer."""
        return {name: value for name, value in self.cleaned_data.items() if name != "identity_consent"}


def _code_field(*, required: bool) -> forms.RegexField:
    return forms.RegexField(
        r"^\s*\d{6}\s*$",
        required=required,
        label=_("The code on the farmer's phone"),
        help_text=_("Six digits. Ask the farmer to read them out."),
        error_messages={"invalid": _("The code has six digits.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "8"}),
    )


class MandateForm(TermsFields, Screen):
    """What the farmer allows the station's staff to do, until when, and how they give their word.

    `code` and `paper` may stay empty: the mandate is then written down, and holds once the farmer has given their word.
    """

    SCOPES: ClassVar = ("may_list", "may_price", "may_answer", "may_receive_cash")

    may_list = forms.BooleanField(
        label=_("put up goods and describe them"), disabled=True, required=False, initial=True
    )
    how = forms.ChoiceField(
        label=_("How does the farmer say yes?"),
        choices=[(Evidence.CODE.value, _("by a code to their phone")), (Evidence.PAPER.value, _("by a signed paper"))],
        initial=Evidence.CODE.value,
        widget=forms.RadioSelect,
    )
    paper = CleanPictureField(label=_("Photograph of the signed paper"), required=False)
    code = _code_field(required=False)


class CodeForm(forms.Form):
    """The six digits that the farmer reads out."""

    code = _code_field(required=True)


class PaperForm(forms.Form):
    """The photograph of the signed paper."""

    paper = CleanPictureField(
        label=_("Photograph of the signed paper"),
        help_text=_("Flat on the table, all four corners in the picture, the signature readable."),
        error_messages={"required": _("Please take a photograph of the signed paper.")},
    )


class StoreForm(EnglishFields, Screen):
    """Name, story and picture of the store. One of the suggested names is taken with a tap; a name that was typed goes first."""

    suggestion = forms.TypedChoiceField(
        label=_("Tap a name to take it"), required=False, coerce=int, empty_value=None, widget=forms.RadioSelect
    )
    name = forms.CharField(
        label=_("Name of the store"),
        max_length=40,
        min_length=2,
        required=False,
        validators=[refuse_invisible],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    picture = CleanPictureField(
        label=_("Picture"),
        required=False,
        help_text=_("The family, the house or the field. Where it was taken is not kept."),
    )
    story = forms.CharField(
        label=_("Story"),
        max_length=2000,
        required=False,
        help_text=_("What do they grow, since when, what is special? Two sentences are enough."),
        validators=[refuse_invisible],
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, opening: Opening, *args: Any, **options: Any) -> None:
        super().__init__(opening, *args, **options)
        self.names = store_names(opening.household) if opening.household and not opening.store_name else []
        if not self.names:
            del self.fields["suggestion"]
            self.fields["name"].required = True
            return
        field = self.fields["suggestion"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(number, name) for number, (name, _name_en) in enumerate(self.names)]
        self.fields["name"].label = _("Or another name")

    def clean(self) -> dict[str, Any]:
        """The typed name, or else the suggested one with its English."""
        answers = super().clean() or self.cleaned_data
        chosen = answers.pop("suggestion", None)
        if not answers.get("name") and "name" not in self.errors:
            if chosen is None:
                self.add_error("name", _("Please tap a name, or type one."))
            else:
                name, name_en = self.names[chosen]
                answers.update(name=name, name_en=answers.get("name_en") or name_en)
        return answers


def terms_of(mandate: Mandate | None) -> dict[str, Any]:
    """What a mandate says, as the initial values of MandateForm."""
    if mandate is None:
        return {}
    return {name: getattr(mandate, name) for name in (*MandateForm.SCOPES, "ends_on")}
