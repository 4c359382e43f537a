"""Forms of the county: a return with its reason, a rule for goods, the price band."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from catalog.fields import PlainText
from catalog.models import Category, Effect, GoodsRule, PriceBand, WhyReturned
from sellers.models import LicenceKind


class ReturnForm(forms.Form):
    """Why something goes back: a reason from the list, and the reviewer's own words."""

    reason = forms.ChoiceField(
        label=_("Why it goes back"), choices=WhyReturned.choices, widget=forms.RadioSelect,
        error_messages={"required": _("Choose a reason.")},
    )  # fmt: skip
    words = PlainText(
        label=_("What has to be done, in your words"), max_length=300, required=False, lines=2,
        help_text=_("The farmer and the clerk read this."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """'Something else' says what."""
        cleaned = super().clean() or {}
        if cleaned.get("reason") == WhyReturned.OTHER and not cleaned.get("words"):
            self.add_error("words", _("Please write what has to be mended."))
        return cleaned


class RuleForm(forms.ModelForm[GoodsRule]):
    """A rule of a county, or for the operator of everywhere."""

    class Meta:
        model = GoodsRule
        fields = (
            "effect",
            "licence",
            "words",
            "unless",
            "category",
            "reason",
            "reason_en",
            "source",
            "source_en",
            "active",
        )
        widgets = {
            "effect": forms.RadioSelect,
            "words": forms.Textarea(attrs={"rows": 4}),
            "unless": forms.Textarea(attrs={"rows": 2}),
        }
        help_texts = {
            "words": _(
                "A listing with one of these words fits. Traditional characters and spaces in between are found as well."
            ),
            "unless": _("Such as the name of a mango that has the word for ivory in it."),
            "category": _("Left empty, goods of every kind."),
            "licence": _("Only for a rule that asks for a licence."),
            "source": _("Name, year and article of the law or list. Whoever is refused reads it."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        effect = self.fields["effect"]
        assert isinstance(effect, forms.ChoiceField)
        effect.choices = Effect.choices
        category = self.fields["category"]
        assert isinstance(category, forms.ModelChoiceField)
        category.queryset = Category.objects.order_by("position", "slug")
        category.empty_label = _("goods of every kind")
        licence = self.fields["licence"]
        assert isinstance(licence, forms.ChoiceField)
        licence.choices = [("", _("none")), *LicenceKind.choices]

    def clean(self) -> dict[str, Any]:
        """A licence for a rule that asks for one, and for no other; words or a kind."""
        cleaned = super().clean() or {}
        if (cleaned.get("effect") == Effect.LICENSED) != bool(cleaned.get("licence")):
            self.add_error("licence", _("Name the licence where the rule asks for one, and only there."))
        if not (cleaned.get("words") or "").strip() and not cleaned.get("category"):
            raise ValidationError(_("Write words, or choose a kind of goods."))
        return cleaned


class BandForm(forms.ModelForm[PriceBand]):
    """How far prices may move before the county looks."""

    class Meta:
        model = PriceBand
        fields = ("up_percent", "down_percent", "days")
