"""The forms of what is sold ahead: a harvest to come, the days of a visit; and what only crafts and visits have to say."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.fixed_point import YuanField
from catalog.fields import KilogramField, NameText, PlainText
from catalog.growing import gathers
from catalog.models import Grade, Product, Variant
from catalog.models.lot import DEPOSIT_LEAST, DEPOSIT_MOST
from catalog.visits import days_between
from catalog.weeks import WEEK, monday_of, week_text
from sellers.models import Household, HouseholdQuerySet

WEEKS_AHEAD = 52
MOST_PLACES = 1000
DEPOSITS = (DEPOSIT_LEAST, 10, 15, DEPOSIT_MOST)
WEEKDAYS = [(0, _("Mon")), (1, _("Tue")), (2, _("Wed")), (3, _("Thu")), (4, _("Fri")), (5, _("Sat")), (6, _("Sun"))]


def weeks_to_come() -> list[tuple[str, str]]:
    """The weeks that can be promised, as choices by their Monday."""
    first = monday_of(timezone.localdate()) + WEEK
    mondays = (first + WEEK * number for number in range(WEEKS_AHEAD))
    return [(monday.isoformat(), week_text(monday)) for monday in mondays]


def _number(label: Any, **options: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, widget=forms.TextInput(attrs={"inputmode": "numeric"}), **options)


class PresaleForm(forms.Form):
    """A harvest to come: in which pack it is sold, when it is sent, how much of it may be sold; whose it is where several grow it."""

    pack = forms.ModelChoiceField(Variant.objects.none(), label=_("In which pack"), empty_label=None)
    household = forms.ModelChoiceField(
        Household.objects.none(), label=_("Whose harvest it will be"), empty_label=_("choose the household")
    )
    promised_week = forms.TypedChoiceField(label=_("Sent in the week of"), coerce=dt.date.fromisoformat)
    cap_g = KilogramField(
        label=_("At most so many kilograms"),
        help_text=_("Sell less than you expect to harvest: whoever orders must get it."),
    )
    deposit_percent = forms.TypedChoiceField(
        label=_("Deposit"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_(
            "What the buyer pays when ordering. The rest is paid in the two weeks before it is sent. Who does not pay the rest loses the"
            " deposit to you; if the goods cannot be sent, the buyer gets all of it back."
        ),
    )
    grade = forms.ModelChoiceField(Grade.objects.none(), label=_("Grade"), required=False, empty_label=_("not graded"))

    def __init__(self, *args: Any, product: Product, growers: HouseholdQuerySet, **options: Any) -> None:
        super().__init__(*args, **options)
        pack, week, grower, grade = (self.fields[name] for name in ("pack", "promised_week", "household", "grade"))
        assert isinstance(pack, forms.ModelChoiceField) and isinstance(week, forms.TypedChoiceField)
        assert isinstance(grower, forms.ModelChoiceField) and isinstance(grade, forms.ModelChoiceField)
        pack.queryset = product.variants.filter(active=True, day=None).order_by("position", "pk")
        pack.label_from_instance = lambda variant: variant.label  # type: ignore[method-assign,assignment]
        week.choices = weeks_to_come()
        deposit = self.fields["deposit_percent"]
        assert isinstance(deposit, forms.TypedChoiceField)
        deposit.choices = [
            ("", _("none: the buyer pays in full at once")),
            *((percent, gettext("%(percent)s %% of the price") % {"percent": percent}) for percent in DEPOSITS),
        ]
        if gathers(product.store):
            grower.queryset = growers.select_related("region")
        else:
            del self.fields["household"]
        kinds = [key for key in (product.category_id, product.category.parent_id) if key]
        grade.queryset = Grade.objects.filter(
            scheme__category_id__in=kinds, scheme__county_code__in=["", product.county_code]
        ).select_related("scheme")


class DaysForm(forms.Form):
    """Several days at once: from when to when, on which days of the week, how many places, at which price."""

    name = NameText(
        label=_("What is booked"),
        max_length=20,
        required=False,
        help_text=_("Only where there is a choice: double room, picking with lunch."),
    )
    name_en = PlainText(label=_("The same in English"), max_length=40, required=False)
    first = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On these days of the week"),
        choices=WEEKDAYS,
        coerce=int,
        initial=[number for number, _name in WEEKDAYS],
        widget=forms.CheckboxSelectMultiple,
    )
    places = _number(_("Places on each day"), min_value=1, max_value=MOST_PLACES)
    price_fen = YuanField(label=_("Price of one place in yuan"))

    def clean(self) -> dict[str, Any]:
        """Some day to come must be meant."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if not first or not last:
            return cleaned
        if first < timezone.localdate():
            self.add_error("first", _("This day is over."))
        elif last < first:
            self.add_error("last", _("It ends before it begins."))
        elif "weekdays" in cleaned:
            cleaned["days"] = days_between(first, last, cleaned["weekdays"])
            if not cleaned["days"]:
                self.add_error("weekdays", _("None of these days lies in between."))
        return cleaned


class DayForm(forms.Form):
    """The places and the price of one day."""

    places = _number(
        _("Places"), min_value=0, max_value=MOST_PLACES, help_text=_("With those that are booked. 0 closes the day.")
    )
    price_fen = YuanField(label=_("Price of one place in yuan"))


class VisitForm(forms.Form):
    """What guests must know of a visit."""

    directions = PlainText(label=_("How to get there"), max_length=600, lines=3)
    directions_en = PlainText(label=_("How to get there, in English"), max_length=900, lines=3, required=False)
    hours = PlainText(label=_("From when to when"), max_length=40, required=False, help_text=_("Such as: 9:00-17:00."))
    calling_off = PlainText(
        label=_("If a guest can't come"),
        max_length=400,
        lines=3,
        help_text=_(
            "Until 18:00 of the day before, guests call it off themselves and get all money back. Say what holds after that. Guests see"
            " this before they book."
        ),
    )
    calling_off_en = PlainText(label=_("The same in English"), max_length=600, lines=3, required=False)


class CraftForm(forms.Form):
    """What buyers want to know of a piece of folk craft."""

    maker = NameText(label=_("Made by"), max_length=60)
    maker_en = PlainText(label=_("Made by, in English"), max_length=100, required=False)
    material = PlainText(label=_("Material"), max_length=80)
    material_en = PlainText(label=_("Material in English"), max_length=120, required=False)
    size = PlainText(label=_("Size"), max_length=60, help_text=_("Such as: 40 × 60 cm."))
    days_to_make = _number(_("Days to make one"), min_value=1, max_value=1000, required=False)
