"""The forms of the goods desk: one a screen, few fields."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from accounts.references import public_reference
from catalog.editing import watch
from catalog.fields import NameText, Photographs, PlainText, StoryText
from catalog.models import Category, Product, Temperature
from stations.models import Region

MOST_PHOTOGRAPHS = 6
MOST_UNITS = 1_000_000
LONGEST_SHELF_LIFE = 3650
OLDEST_HARVEST = dt.timedelta(days=5 * 366)


class ProductForm(forms.Form):
    """What the goods are, where they come from, and how they keep."""

    ref = forms.RegexField(r"^[A-Za-z0-9_-]{22}$", widget=forms.HiddenInput, initial=public_reference)
    name = NameText(
        label=_("Name of the goods"),
        max_length=60,
        help_text=_("As buyers would call it, with the grade: Qidong daylily, top grade."),
    )
    name_en = PlainText(label=_("Name of the goods in English"), max_length=120, required=False)
    category = forms.ModelChoiceField(Category.objects.none(), label=_("Kind of goods"))
    origin = forms.ModelChoiceField(Region.objects.none(), label=_("Village of origin"), empty_label=None)
    summary = PlainText(label=_("In one line"), max_length=120, required=False)
    summary_en = PlainText(label=_("In one line, in English"), max_length=200, required=False)
    season_from = forms.TypedChoiceField(label=_("Season from"), coerce=int, empty_value=None, required=False)
    season_to = forms.TypedChoiceField(label=_("Season to"), coerce=int, empty_value=None, required=False)
    shelf_life_days = forms.IntegerField(
        label=_("Keeps for how many days"),
        min_value=1,
        max_value=LONGEST_SHELF_LIFE,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    temperature = forms.ChoiceField(
        label=_("How it must travel"),
        choices=Temperature.choices,
        widget=forms.RadioSelect,
        initial=Temperature.AMBIENT,
    )
    story = StoryText(label=_("Its story"), max_length=4000, required=False, lines=4)
    story_en = StoryText(label=_("Its story in English"), max_length=6000, required=False, lines=4)

    def __init__(self, *args: Any, villages: Iterable[Region], product: Product | None = None, **options: Any) -> None:
        if product is not None:
            options["initial"] = {name: getattr(product, name) for name in self.base_fields}
        super().__init__(*args, **options)
        months = [("", "—"), *MONTHS.items()]
        for name in ("season_from", "season_to"):
            field = self.fields[name]
            assert isinstance(field, forms.TypedChoiceField)
            field.choices = months
        category, origin = self.fields["category"], self.fields["origin"]
        assert isinstance(category, forms.ModelChoiceField) and isinstance(origin, forms.ModelChoiceField)
        category.queryset = Category.objects.filter(children=None)
        origin.queryset = Region.objects.filter(pk__in=[village.pk for village in villages])
        if product is not None:
            watch(self)

    def clean(self) -> dict[str, Any]:
        """A season has two ends, or none."""
        cleaned = super().clean() or {}
        ends = [cleaned.get("season_from"), cleaned.get("season_to")]
        if None in ends and any(ends):
            self.add_error("season_to" if ends[1] is None else "season_from", _("Choose both months, or neither."))
        return cleaned

    def facts(self) -> dict[str, Any]:
        """What listing.list_product and edit_product take, once the form is valid."""
        facts = {
            name: value for name, value in self.cleaned_data.items() if name not in {"ref", "season_from", "season_to"}
        }
        first, last = self.cleaned_data["season_from"], self.cleaned_data["season_to"]
        return {**facts, "season": (first, last) if first else None}


class PhotographsForm(forms.Form):
    """Photographs of the goods."""

    photographs = Photographs(
        most=MOST_PHOTOGRAPHS,
        label=_("Photographs"),
        help_text=_("By daylight, the goods alone. The first one stands in lists."),
    )


class Day(forms.DateField):
    """A day up to today."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)

    def validate(self, value: Any) -> None:
        """Neither ahead, nor so long ago that a digit must be wrong."""
        super().validate(value)
        if value and value > timezone.localdate():
            raise ValidationError(_("This day has not come yet."))
        if value and value < timezone.localdate() - OLDEST_HARVEST:
            raise ValidationError(_("This day is more than five years ago; please check."))
