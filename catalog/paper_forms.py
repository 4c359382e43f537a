"""Forms of papers: a seller's licence, a certificate, a county's brand, and the county's word on them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.fields import NameText, PlainText
from catalog.models import Category, CertificateKind, CountyBrand
from sellers.forms import CleanPictureField
from sellers.models import LicenceKind


class DayField(forms.DateField):
    """A day, chosen or typed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class PaperForm(forms.Form):
    """What every paper says."""

    number = PlainText(label=_("Number, as on the paper"), max_length=60)
    holder = NameText(label=_("Holder, as on the paper"), max_length=80)
    issuer = NameText(label=_("Issued by"), max_length=80)
    valid_from = DayField(label=_("Valid from"))
    valid_until = DayField(label=_("Valid until"))
    paper = CleanPictureField(
        label=_("Photograph of the paper"),
        help_text=_("Flat on the table, all four corners in the picture. Only the county and the farmer can open it."),
    )


class LicenceForm(PaperForm):
    """A seller's licence or filing."""

    kind = forms.ChoiceField(label=_("Kind of licence"), choices=LicenceKind.choices)
    covers = PlainText(
        label=_("What it covers"),
        max_length=200,
        required=False,
        help_text=_("Such as: pesticides, without restricted ones."),
    )
    field_order = ("kind", "number", "holder", "issuer", "covers", "valid_from", "valid_until", "paper")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["valid_until"].required = False
        self.fields["valid_until"].help_text = _("A filing has no end: leave it empty there.")


class CertificateForm(PaperForm):
    """A certificate of one product, or of the store's goods."""

    kind = forms.ChoiceField(
        label=_("Kind"), widget=forms.RadioSelect,
        choices=[(kind.value, kind.label) for kind in CertificateKind if kind != CertificateKind.GEOGRAPHICAL],
    )  # fmt: skip
    category = forms.ModelChoiceField(
        Category.objects.none(), label=_("For which goods"), required=False, empty_label=_("all goods of the store")
    )
    field_order = ("kind", "category", "number", "holder", "issuer", "valid_from", "valid_until", "paper")

    def __init__(self, *args: Any, for_product: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        category = self.fields["category"]
        assert isinstance(category, forms.ModelChoiceField)
        category.queryset = Category.objects.order_by("position", "slug")
        if for_product:
            del self.fields["category"]


class AskForm(forms.Form):
    """Why a store wants to use a brand."""

    why = PlainText(
        label=_("Why it is asked for"), max_length=300, required=False, lines=2,
        help_text=_("Such as: grown in the county on eight mu, tested this year."),
    )  # fmt: skip


class GrantForm(forms.Form):
    """Until when a permission holds."""

    valid_until = DayField(label=_("May use it until"))


class ReasonForm(forms.Form):
    """A reason in one's own words."""

    reason = PlainText(label=_("Reason"), max_length=200, lines=2, help_text=_("The farmer reads this."))


class BrandForm(forms.ModelForm[CountyBrand]):
    """A brand of the county."""

    class Meta:
        model = CountyBrand
        fields = (
            "name",
            "name_en",
            "category",
            "number",
            "holder",
            "issuer",
            "valid_from",
            "valid_until",
            "terms",
            "terms_en",
        )
        widgets = {
            "valid_from": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "valid_until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "terms": forms.Textarea(attrs={"rows": 3}),
            "terms_en": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        category = self.fields["category"]
        assert isinstance(category, forms.ModelChoiceField)
        category.empty_label = _("choose the kind of goods")

    def clean(self) -> dict[str, Any]:
        """It ends after it begins, or never."""
        cleaned = super().clean() or {}
        begins, ends = cleaned.get("valid_from"), cleaned.get("valid_until")
        if begins and ends and ends < begins:
            self.add_error("valid_until", _("It can't end before it begins."))
        return cleaned
