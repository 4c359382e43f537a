"""The forms of a household's page: a new mandate, fewer scopes, a corrected record, another number, a payout account, a member."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.phones import BadPhone, checked_phone
from accounts.plain_text import refuse_invisible
from sellers.connected import NoStripeAccount, checked_account, is_served
from sellers.form_parts import TermsFields
from sellers.forms import POVERTY_YEARS, CleanPictureField
from sellers.mandates import SCOPES
from sellers.models import Household, HouseholdKind, Mandate, PayoutWay
from sellers.payouts import BadCardNumber, checked_card
from stations.models import Region, Station

BANKS = (
    "中国农业银行", "农村信用社", "农村商业银行", "中国邮政储蓄银行", "中国工商银行", "中国建设银行", "中国银行", "交通银行",
)  # fmt: skip
_DIGITS = {"inputmode": "numeric", "autocomplete": "off"}


def code_field(label: Any, help_text: Any = "") -> forms.RegexField:
    """Six digits that somebody reads out or types from their phone."""
    return forms.RegexField(
        r"^\s*\d{6}\s*$",
        label=label,
        help_text=help_text,
        error_messages={"invalid": _("The code has six digits.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "8"}),
    )


class TermsForm(TermsFields, forms.Form):
    """What the farmer allows the staff of a station, until when."""

    SCOPES: ClassVar = tuple(f"may_{scope}" for scope in SCOPES)
    field_order = ["station"]

    station = forms.ModelChoiceField(Station.objects.none(), label=_("Station"), empty_label=None)

    def __init__(self, stations: list[Station], last: Mandate | None, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["station"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Station.objects.filter(pk__in=[station.pk for station in stations])
        field.initial = last.station_id if last and last.station in stations else stations[0].pk
        if len(stations) == 1:
            field.widget = forms.HiddenInput()
        for name in self.SCOPES if last else ():
            self.fields[name].initial = getattr(last, name)

    def clean(self) -> dict[str, Any]:
        """At least one thing is allowed."""
        given = super().clean() or self.cleaned_data
        if not any(given.get(name) for name in self.SCOPES):
            raise ValidationError(_("Tick at least one thing that the farmer allows."))
        return given


class ReadOutForm(forms.Form):
    """The six digits that the farmer reads out."""

    code = code_field(_("The code on the farmer's phone"), _("Six digits. Ask the farmer to read them out."))


class SignedForm(forms.Form):
    """The photograph of the signed paper."""

    paper = CleanPictureField(
        label=_("Photograph of the signed paper"),
        help_text=_("Flat on the table, all four corners in the picture, the signature readable."),
        error_messages={"required": _("Please take a photograph of the signed paper.")},
    )


class RecordForm(forms.Form):
    """What may be corrected of a household; the names, and the reason, only by the county centre."""

    name = forms.CharField(label=_("Name"), max_length=60, min_length=2, validators=[refuse_invisible])
    representative = forms.CharField(
        label=_("Legal representative"), max_length=60, required=False, validators=[refuse_invisible]
    )
    name_latin = forms.CharField(
        label=_("Name in Latin letters"), max_length=80, required=False, validators=[refuse_invisible]
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
    reason = forms.CharField(
        label=_("Why is it corrected?"),
        max_length=200,
        validators=[refuse_invisible],
        help_text=_("It stands in the history."),
    )

    def __init__(
        self, household: Household, villages: list[Region], *args: Any, by_the_centre: bool, **options: Any
    ) -> None:
        names = [name for name in self.base_fields if name != "reason"]
        options["initial"] = {name: getattr(household, name) for name in names}
        super().__init__(*args, **options)
        self.villages = {village.code: village for village in [household.region, *villages]}
        field = self.fields["region"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, village.label) for code, village in self.villages.items()]
        field.initial = household.region_id
        if household.kind == HouseholdKind.HOUSEHOLD or not by_the_centre:
            del self.fields["representative"]
        if household.kind != HouseholdKind.HOUSEHOLD:
            del self.fields["poverty_registered_year"]
        if not by_the_centre:
            del self.fields["name"], self.fields["reason"]

    def clean_region(self) -> Region:
        """The village itself."""
        return self.villages[self.cleaned_data["region"]]


class PhoneForm(forms.Form):
    """The new number; where the county centre changes it, why."""

    phone = forms.CharField(
        label=_("New mobile number"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=_("Why is it changed?"),
        max_length=200,
        validators=[refuse_invisible],
        help_text=_("For example: the phone is lost, the farmer came in person. It stands in the history."),
    )

    def __init__(self, *args: Any, with_reason: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not with_reason:
            del self.fields["reason"]

    def clean_phone(self) -> str:
        """Eleven digits, whatever spaces were typed."""
        try:
            return checked_phone(self.cleaned_data["phone"])
        except BadPhone as refused:
            raise ValidationError(str(refused)) from refused


class PhoneCodesForm(PhoneForm):
    """The codes that prove the new number, and the old one where it is at hand."""

    code = code_field(_("The code on the new phone"))
    old_code = code_field(_("The code on the old phone"))

    def __init__(self, *args: Any, with_reason: bool, with_old: bool, **options: Any) -> None:
        super().__init__(*args, with_reason=with_reason, **options)
        self.fields["phone"].widget = forms.HiddenInput()
        if with_reason:
            self.fields["reason"].widget = forms.HiddenInput()
        if not with_old:
            del self.fields["old_code"]


class PayoutForm(forms.Form):
    """Where the money is to go: to a card in the farmer's name, in cash at the service point, or to an account at Stripe."""

    way = forms.ChoiceField(
        label=_("How is the money paid?"),
        choices=PayoutWay.choices,
        initial=PayoutWay.BANK,
        widget=forms.RadioSelect,
    )
    holder = forms.CharField(
        label=_("Name on the card"),
        max_length=60,
        help_text=_("The farmer's own name, as on record."),
        error_messages={"required": _("Whose name stands on the card?")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    bank = forms.CharField(
        label=_("Bank"),
        max_length=60,
        error_messages={"required": _("Which bank is it?")},
        validators=[refuse_invisible],
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "banks"}),
    )
    number = forms.CharField(
        label=_("Number of the card"),
        max_length=30,
        error_messages={"required": _("Please give the number of the card.")},
        help_text=_("16 to 19 digits. The last one is worked out from the others, so a slip is noticed at once."),
        widget=forms.TextInput(attrs=_DIGITS),
    )

    connected_id = forms.CharField(
        label=_("Number of the account at Stripe"),
        max_length=80,
        error_messages={"required": _("Please give the number of the account at Stripe.")},
        help_text=_("It begins with acct_. Only for co-operatives and companies that have such an account."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    use_required_attribute = False  # what a card needs, cash does not

    def __init__(self, *args: Any, household: Household, **options: Any) -> None:
        super().__init__(*args, **options)
        self.household = household
        way = self.fields["way"]
        assert isinstance(way, forms.ChoiceField)
        if is_served(household):
            self.fields["connected_id"].required = self.data.get("way") == PayoutWay.CONNECT
        else:
            del self.fields["connected_id"]
            way.choices = [choice for choice in PayoutWay.choices if choice[0] != PayoutWay.CONNECT]
        for name in ("holder", "bank", "number"):
            self.fields[name].required = self.data.get("way", PayoutWay.BANK) == PayoutWay.BANK

    def clean_connected_id(self) -> str:
        """The account at Stripe, if one is meant."""
        if self.data.get("way") != PayoutWay.CONNECT:
            return ""
        try:
            return checked_account(self.household, self.cleaned_data["connected_id"])
        except NoStripeAccount as refused:
            raise ValidationError(str(refused)) from refused

    def clean_number(self) -> str:
        """The digits, if a card is meant."""
        if self.data.get("way") != PayoutWay.BANK:
            return ""
        try:
            return checked_card(self.cleaned_data["number"])
        except BadCardNumber as refused:
            raise ValidationError(str(refused)) from refused


class MemberForm(forms.Form):
    """A family that is on record, and what it grows for the co-operative."""

    name = forms.CharField(
        label=_("The family's name on record"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    phone_tail = forms.RegexField(
        r"^\s*\d{4}\s*$",
        label=_("Last four digits of their mobile number"),
        error_messages={"invalid": _("Four digits, please.")},
        widget=forms.TextInput(attrs={**_DIGITS, "maxlength": "6"}),
    )
    grows = forms.CharField(label=_("What they grow"), max_length=80, validators=[refuse_invisible])
    grows_en = forms.CharField(
        label=_("What they grow, in English"), max_length=120, required=False, validators=[refuse_invisible]
    )
    mu = forms.DecimalField(
        label=_("Land in mu"),
        required=False,
        min_value=0,
        max_digits=6,
        decimal_places=1,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


class NumberForm(forms.Form):
    """The farmer's own number, on the public page."""

    phone = forms.CharField(
        label=_("Your mobile number"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )


class OwnCodeForm(forms.Form):
    """The code on the farmer's own phone."""

    code = code_field(_("Code"))
