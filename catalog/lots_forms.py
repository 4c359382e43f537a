"""The forms of lots: a harvest, its measurements, what is made of it, what is gone, and an agency's test item by item."""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.documents import MOST_PHOTOGRAPHS
from catalog.fields import KilogramField, NameText, Photographs, PhotographsInput, PlainText
from catalog.forms import Day
from catalog.grading import Value
from catalog.lots import Found
from catalog.making_lots import Piece
from catalog.models import Criterion, Grade, LossReason, Lot, LotTest, Product
from catalog.models.grade import DECIMALS, MOST_DIGITS, plain_number
from sellers.models import Household, HouseholdKind, HouseholdQuerySet

PIECES, ROWS = 4, 5
_DECIMAL_KEYS = {"inputmode": "decimal", "autocomplete": "off"}


class LotForm(forms.Form):
    """One harvest: when, where, how much; whose, where the store sells for several households (`growers`).

    A grade can be chosen only where its scheme has nothing to measure; any other comes by grading.
    """

    household = forms.ModelChoiceField(
        Household.objects.none(), label=_("Whose lot this is"), empty_label=_("choose the household")
    )
    harvested_on = Day(label=_("Harvested on"))
    harvested_until = Day(label=_("Harvested until"), required=False, help_text=_("Only where it took several days."))
    quantity_g = KilogramField(label=_("Quantity in kilograms"))
    plot = PlainText(
        label=_("Plot"),
        max_length=60,
        required=False,
        help_text=_("As the family calls it, such as: behind the house."),
    )
    grade = forms.ModelChoiceField(Grade.objects.none(), label=_("Grade"), required=False, empty_label=_("not graded"))

    def __init__(self, *args: Any, product: Product, growers: HouseholdQuerySet, **options: Any) -> None:
        super().__init__(*args, **options)
        grower, kind = self.fields["household"], product.store.household.kind
        assert isinstance(grower, forms.ModelChoiceField)
        grower.queryset, grower.required = growers.select_related("region"), kind == HouseholdKind.STATION
        grower.label_from_instance = lambda household: f"{household.label} · {household.region.label}"  # type: ignore[method-assign,assignment]
        if kind == HouseholdKind.STATION:
            grower.help_text = _(
                "Families that have allowed your station to list their goods. The money goes to this family."
            )
        elif kind != HouseholdKind.COOPERATIVE:
            del self.fields["household"]
        self._offer_grades(product)

    def _offer_grades(self, product: Product) -> None:
        grade = self.fields["grade"]
        assert isinstance(grade, forms.ModelChoiceField)
        kinds = [pk for pk in (product.category_id, product.category.parent_id) if pk]
        today = timezone.localdate()
        grade.queryset = (
            Grade.objects.filter(
                scheme__category_id__in=kinds,
                scheme__county_code__in=["", product.county_code],
                scheme__criteria=None,
                scheme__valid_from__lte=today,
            )
            .exclude(scheme__replaced_by__valid_from__lte=today)
            .select_related("scheme")
        )
        if not grade.queryset.exists():
            del self.fields["grade"]

    def clean(self) -> dict[str, Any]:
        """It ends after it began."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("harvested_on"), cleaned.get("harvested_until")
        if first and last and last < first:
            self.add_error("harvested_until", _("It can't end before it began."))
        return cleaned


class MeasureForm(forms.Form):
    """The values of one scheme's criteria, each with what the grades ask of it beside the field."""

    def __init__(self, *args: Any, criteria: Sequence[Criterion], grades: Sequence[Grade], **options: Any) -> None:
        super().__init__(*args, **options)
        self.criteria = criteria
        for criterion in criteria:
            self.fields[f"c{criterion.pk}"] = _field(criterion, _asked(criterion, grades))

    @property
    def measurements(self) -> dict[int, Value]:
        """What was measured, by criterion id, once the form is valid."""
        return {criterion.pk: self.cleaned_data[f"c{criterion.pk}"] for criterion in self.criteria}


def _field(criterion: Criterion, asked: str) -> forms.Field:
    if criterion.is_number:
        label = f"{criterion.label} ({criterion.unit})" if criterion.unit else criterion.label
        return forms.DecimalField(
            label=label, help_text=asked, min_value=Decimal(0), max_digits=MOST_DIGITS, decimal_places=DECIMALS,
            localize=False, widget=forms.TextInput(attrs=_DECIMAL_KEYS),
        )  # fmt: skip
    return forms.TypedChoiceField(
        label=criterion.label, help_text=asked, coerce=int, choices=list(enumerate(criterion.words())),
        widget=forms.RadioSelect,
    )  # fmt: skip


def _asked(criterion: Criterion, grades: Iterable[Grade]) -> str:
    """'Extra ≥ 12 · First ≥ 9'."""
    limits = [(grade, limit) for grade in grades for limit in grade.limits.all() if limit.criterion_id == criterion.pk]
    if not criterion.is_number:
        return " · ".join(f"{grade.label}: {limit.said()}" for grade, limit in limits)
    sign = "≥" if criterion.kind == "least" else "≤"
    return " · ".join(f"{grade.label} {sign} {plain_number(limit.number)}" for grade, limit in limits if limit.number)


class TogetherForm(forms.Form):
    """How many kilograms of each lot go into a new one, and what came out of it."""

    def __init__(self, *args: Any, lots: Sequence[Lot], **options: Any) -> None:
        super().__init__(*args, **options)
        self.lots = lots
        for lot in lots:
            whose = f" · {lot.household.label}" if lot.household else ""
            self.fields[f"g{lot.pk}"] = KilogramField(
                label=f"{lot.code}{whose}",
                required=False,
                help_text=_("%(kilograms)s kg left") % {"kilograms": plain_number(Decimal(lot.left_g) / 1000)},
            )
        self.fields["quantity_g"] = KilogramField(
            label=_("What came out, in kilograms"),
            required=False,
            help_text=_("Only where it weighs less than what went in, as after drying."),
        )
        self.fields["plot"] = PlainText(label=_("What it is called"), max_length=60, required=False)

    @property
    def parts(self) -> list[tuple[Lot, int]]:
        """Which lots go in, with their grams, once the form is valid."""
        return [(lot, grams) for lot in self.lots if (grams := self.cleaned_data.get(f"g{lot.pk}"))]


class SortForm(forms.Form):
    """Up to PIECES lots that were sorted out of one: kilograms, and a word for each."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for number in range(1, PIECES + 1):
            self.fields[f"g{number}"] = KilogramField(
                label=_("%(number)s. Kilograms") % {"number": number}, required=number == 1
            )
            self.fields[f"plot{number}"] = PlainText(
                label=_("%(number)s. What it is called") % {"number": number}, max_length=60, required=False
            )

    @property
    def pieces(self) -> list[Piece]:
        """What was sorted out, once the form is valid."""
        found = self.cleaned_data
        return [
            Piece(found[f"g{number}"], found[f"plot{number}"])
            for number in range(1, PIECES + 1)
            if found.get(f"g{number}")
        ]

    def pairs(self) -> Iterator[tuple[Any, Any]]:
        """The fields, two by two."""
        for number in range(1, PIECES + 1):
            yield self[f"g{number}"], self[f"plot{number}"]


class WriteOffForm(forms.Form):
    """What of a lot is gone, and why."""

    grams = KilogramField(label=_("How many kilograms are gone"))
    reason = forms.ChoiceField(label=_("Why"), choices=LossReason.choices, widget=forms.RadioSelect)
    note = PlainText(label=_("Note"), max_length=120, required=False)


class ReportFiles(Photographs):
    """The agency's report: one PDF, or photographs of its pages."""

    def __init__(self, **options: Any) -> None:
        super().__init__(most=MOST_PHOTOGRAPHS, **options)
        self.widget = PhotographsInput(attrs={"accept": "image/*,application/pdf", "multiple": True})
        self.widget.is_required = False


class ReportForm(forms.Form):
    """A test of a lot, as the agency's report says."""

    agency = NameText(label=_("Agency"), max_length=80)
    standard = PlainText(
        label=_("Standard"), max_length=60, help_text=_("Its number as on the report, such as GB 2763-2021.")
    )
    sample = PlainText(label=_("Sample number"), max_length=40, required=False)
    sampled_on = Day(label=_("Sampled on"), required=False)
    tested_on = Day(label=_("Tested on"))
    repeats = forms.ModelChoiceField(
        LotTest.objects.none(),
        label=_("Repeats the test that was not passed"),
        required=False,
        empty_label=_("no, a test of its own"),
    )
    passed = forms.TypedChoiceField(
        label=_("Result as a whole"),
        choices=[("yes", _("passed")), ("no", _("not passed"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Follows from the items where you enter them."),
    )
    finding = PlainText(label=_("What the report found"), max_length=200, required=False)
    finding_en = PlainText(label=_("The finding in English"), max_length=300, required=False)
    report = ReportFiles(
        label=_("The report"),
        required=False,
        help_text=_("One PDF, or a photograph of each page. Buyers see it with a watermark."),
    )

    def __init__(self, *args: Any, lot: Lot, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["repeats"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = LotTest.objects.failures().filter(lot=lot)
        field.label_from_instance = lambda test: f"{test.agency} {test.tested_on:%Y-%m-%d}"  # type: ignore[method-assign,assignment]
        if not field.queryset.exists():
            del self.fields["repeats"]

    def clean(self) -> dict[str, Any]:
        """The sample came first."""
        cleaned = super().clean() or {}
        sampled, tested = cleaned.get("sampled_on"), cleaned.get("tested_on")
        if sampled and tested and sampled > tested:
            self.add_error("sampled_on", _("The sample was taken before the test."))
        return cleaned


class ItemForm(forms.Form):
    """One line of the report's table; an empty one is left out."""

    name = NameText(label=_("Item"), max_length=40, required=False)
    name_en = PlainText(
        label=_("Item in English"), max_length=80, required=False, help_text=_("Shown on the English pages.")
    )
    found = PlainText(label=_("Found"), max_length=30, required=False)
    limit = PlainText(label=_("Limit"), max_length=30, required=False)
    unit = PlainText(label=_("Unit"), max_length=12, required=False)
    passed = forms.TypedChoiceField(
        label=_("Verdict"),
        choices=[("", _("by the limit")), ("yes", _("passed")), ("no", _("not passed"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """A line has a name and a result, or nothing."""
        cleaned = super().clean() or {}
        if not any(cleaned.get(name) for name in ("name", "name_en", "found", "limit")):
            return cleaned
        for name in ("name", "found"):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Fill in this field."))
        return cleaned


ItemForms = forms.formset_factory(ItemForm, extra=ROWS, max_num=40, absolute_max=60, validate_max=True)


def items_of(rows: Iterable[Any]) -> list[tuple[int, Found]]:
    """The lines that were filled in, each with its place in the form from 1."""
    found = []
    for number, row in enumerate(rows, 1):
        kept = row.cleaned_data
        if kept.get("name"):
            unit = re.sub(r"\s+", "", kept["unit"])
            item = Found(kept["name"], kept["found"], kept["limit"], unit, kept["passed"], kept["name_en"])
            found.append((number, item))
    return found


class StrikeForm(forms.Form):
    """Why a test is struck out."""

    why = PlainText(label=_("Why"), max_length=120)
